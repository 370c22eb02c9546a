/*
 * plan.h - from a shadow to a request and its key, or a reason to stay out
 *
 * Everything that decides which bytes a transfer would bring, who sends them
 * and how far they are trusted is in the key. Credentials, unknown fields and
 * cookies go in under the keyed hash alone (store/hash.h).
 */
#ifndef LCC_PLAN_H
#define LCC_PLAN_H

#include "shim/handle.h"
#include "store/http_keep.h"
#include "store/http_range.h"

struct lcc_plan_parts;

struct lcc_plan {
    /* LCC_REASON_NONE: may be looked up and stored. LCC_REASON_UNSAFE_METHOD:
     * fetched, and its success drops what is stored for id.url. Anything else:
     * pass it through and count this. */
    enum lcc_reason reason;
    /* id.url is set whenever the URL could be read. Where libcurl decodes,
     * id.request is of that form alone: lcc_form_other() is the shared one. */
    struct lcc_id id;
    struct lcc_request request; /* spans into the plan's own memory */
    struct lcc_buf url;         /* normal form */
    struct lcc_buf redacted;
    struct lcc_buf fields;      /* bytes that request.fields points into */
    bool follow;                /* redirects are followed */
    bool decodes;               /* libcurl decodes the body */
    bool no_body;               /* HEAD, or NOBODY */
    struct lcc_range_set range; /* asked for; count 0: the whole */
    int64_t resume_from;        /* what libcurl holds the answer against */
    long range_line_bytes;      /* of the Range line as it is sent; 0: none */
    bool unsafe; /* its success drops what is stored for id.url */
    /* id.request of the GET that is the same but for method and body; zero
     * when there is none. A stored answer to it answers a HEAD (RFC 9110,
     * 9.3.2); an answer to a POST may be stored for it (9.3.3). */
    struct lcc_hash as_get;
    uint64_t shadow_changes; /* the shadow it was made from */
    bool reusable;           /* false: cookies or files outside took part */
    struct lcc_plan_parts *parts; /* plan.c's own memory; see plan_parts.h */
};

void lcc_plan_init(struct lcc_plan *plan);
void lcc_plan_done(struct lcc_plan *plan);

/**
 * lcc_plan_make() - read a handle's shadow
 * @handle: may be asked for its cookies, nothing else
 * @plan:   initialised, or an older plan of the same handle, which is kept
 *          when nothing it was made from has changed
 *
 * Return: 0, also for a reason to stay out; -ENOMEM and the like.
 */
int lcc_plan_make(struct lcc_handle *handle, const struct lcc_policy *policy,
                  const struct lcc_secret *secret, struct lcc_plan *plan);

/**
 * lcc_plan_hop() - digest of what the handle would send to a later hop
 * @url: absolute URL of the hop, as libcurl would follow it
 *
 * Cookies and netrc entries of the hop's host (and credentials, where
 * UNRESTRICTED_AUTH lets them go along). Kept with the stored chain and
 * compared at look-up.
 *
 * Return: 0; -errno.
 */
int lcc_plan_hop(struct lcc_handle *handle, const struct lcc_plan *plan,
                 const struct lcc_secret *secret, struct lcc_span url,
                 struct lcc_hash *ret);

/**
 * lcc_plan_follow() - the URL that a Location leads to
 * @base:     absolute URL
 * @location: value of the Location field
 * @ret:      from libcurl; free with real->free()
 *
 * Return: 0; -EINVAL when libcurl would not follow it; -ENOMEM.
 */
int lcc_plan_follow(const struct lcc_real *real, const char *base,
                    const char *location, char **ret);

#endif
