/*
 * plan_parts.h - what the parts of the plan hand each other
 *
 * Owns nothing. Each step reads the shadow, adds to the plan or to the key,
 * and answers 0 (go on), a negative errno (broken), or the enum lcc_reason to
 * stay out. Whatever is added to the key is length-prefixed and begins with a
 * tag of its own, so that two different requests cannot spell the same bytes.
 */
#ifndef LCC_PLAN_PARTS_H
#define LCC_PLAN_PARTS_H

#include "shim/plan.h"

#include <stdlib.h>

enum {
    LCC_PLAN_KEY_VERSION = 1,
    LCC_PLAN_KEY_MAX = 4 * 1024 * 1024,  /* bytes that decide, serialised */
    LCC_PLAN_FIELDS_MAX = 1024 * 1024,   /* bytes of all request fields */
    LCC_PLAN_LIST_MAX = 4096,            /* lines of one curl_slist */
    LCC_PLAN_LISTS_MAX = 16,             /* options that are lists */
    LCC_PLAN_COOKIES_MAX = 64 * 1024,    /* cookies of one jar */
    LCC_PLAN_FILE_MAX = 1024 * 1024,     /* bytes of a cookie or netrc file */
    LCC_PLAN_BODY_MAX = 4 * 1024 * 1024, /* bytes of a body in the key */
};

/* What a piece of the key is about. Never renumber: add at the end. */
enum lcc_plan_tag {
    LCC_TAG_METHOD = 1,
    LCC_TAG_URL,
    LCC_TAG_FORM,
    LCC_TAG_FIELD,
    LCC_TAG_OPTION,
    LCC_TAG_LOGIN,
    LCC_TAG_ENVIRONMENT,
    LCC_TAG_LIST,
    LCC_TAG_RESOLVE,
    LCC_TAG_COOKIE,
    LCC_TAG_NETRC,
    LCC_TAG_HSTS,
    LCC_TAG_BODY,
    LCC_TAG_PICKED,
};

/* A URL taken apart by libcurl. Strings owned; see lcc_plan_target_done(). */
struct lcc_plan_target {
    char *host;     /* ASCII, without brackets */
    char *path;     /* percent-encoded, without query */
    char *user;     /* as in the URL; NULL when it has none */
    char *password; /* as in the URL; NULL when it has none */
    bool https;
    bool numeric; /* the host is an IP address */
};

/* The plan's own memory, from one use of the handle to the next. */
struct lcc_plan_parts {
    struct lcc_plan_target target;
    /* Bytes from outside the shadow that took part (environment, lists kept
     * by reference, cookies, netrc), and room to read them again. The plan
     * holds as long as both are the same. */
    struct lcc_buf outside;
    struct lcc_buf again;
    size_t
        outside_key; /* the first bytes of outside that belong into the key */
    struct lcc_buf cookies; /* pairs that would be sent, "a=b; c=d" */
    struct lcc_buf key;
    size_t key_method_end; /* bytes of the key that name method and URL */
    struct lcc_buf body;   /* what the key says of the request's body */
    char
        *sent_host; /* last custom Host: libcurl goes on using it for cookies */
    enum lcc_option_row lists[LCC_PLAN_LISTS_MAX];
    size_t lists_count;
    /* Under which it was made: clearing the cache renews the secret. */
    const struct lcc_policy *policy;
    struct lcc_secret secret;
    bool made;   /* the plan stands for plan->shadow_changes */
    bool looked; /* outside took part */
};

/* Everything a step works on; lives for one lcc_plan_make(). */
struct lcc_plan_work {
    struct lcc_handle *handle;
    const struct lcc_shadow *shadow;
    const struct lcc_real *real;
    const struct lcc_policy *policy;
    const struct lcc_secret *secret;
    struct lcc_plan *plan;
    struct lcc_plan_parts *parts;
};

/* For LCC_CLEANUP of a malloc()ed string. */
static inline void lcc_plan_text_free(char **text)
{
    free(*text);
}

/* --- plan_url.c ---------------------------------------------------------- */

/* Fills url, redacted, id.url and the target. BAD_URL; SCHEME. */
int lcc_plan_url(struct lcc_plan_work *work);
/* Take an absolute URL apart for a later hop. 0; BAD_URL; SCHEME; -ENOMEM. */
int lcc_plan_target_read(const struct lcc_real *real, struct lcc_span url,
                         struct lcc_plan_target *ret);
void lcc_plan_target_done(struct lcc_plan_target *target);

/* --- plan_fields.c ------------------------------------------------------- */

/* Fills request.fields, and the key with those that are not neutral. OPTION
 * when a value holds a line end. */
int lcc_plan_fields(struct lcc_plan_work *work);
/* One field of the request, but for those that HTTPHEADER names itself. OPTION
 * when the value holds a line end. */
int lcc_plan_add_own(struct lcc_plan_work *work, const char *name,
                     const char *value);
/* The lines of HTTPHEADER as they stand, onto @out. OPTION; -errno. */
int lcc_plan_header_lines(const struct lcc_plan_work *work,
                          struct lcc_buf *out);
/* The value of a custom field of HTTPHEADER as libcurl finds it: the first of
 * that name, also one that only takes the field out. NULL when there is none.
 */
const char *lcc_plan_custom(const struct lcc_shadow *shadow, const char *name);

/* --- plan_range.c -------------------------------------------------------- */

/* The Range field that libcurl makes of its options. OPTION. */
int lcc_plan_range_field(struct lcc_plan_work *work);
/* Fills plan->range from the fields. RANGE: a part that is not answered here.
 */
int lcc_plan_range(struct lcc_plan_work *work);

/* --- plan_body.c --------------------------------------------------------- */

/* Which method is asked for, and has it a body? Fills method, forms and
 * `unsafe`. UNSAFE_METHOD; UPLOAD. */
int lcc_plan_method(struct lcc_plan_work *work);
/* Does this field speak of the request's own body? Then it does not belong to
 * what a GET of the same URL would be. */
bool lcc_plan_is_of_body(const struct lcc_plan_work *work,
                         struct lcc_span name);
/* What the key says of the body: its fields come from plan_fields.c. */
int lcc_plan_body(struct lcc_plan_work *work);
/* The key's beginning: method, URL and form. */
int lcc_plan_key_request(struct lcc_plan_work *work);
/* The hash of a whole key, of the form in which the program gets the body. */
struct lcc_hash lcc_plan_hash(const struct lcc_plan_work *work,
                              struct lcc_span key);
/* Fills plan->as_get, where there is one. */
int lcc_plan_as_get(struct lcc_plan_work *work);

/* --- plan_scope.c -------------------------------------------------------- */

/* OPTION: an option that is not for us. */
int lcc_plan_refuse(struct lcc_plan_work *work);
/* AUTH: a login that a cache cannot see. Else it goes into the key. */
int lcc_plan_login(struct lcc_plan_work *work);
/* Every option that says who answers, in the key. */
int lcc_plan_scope(struct lcc_plan_work *work);
/* Which options are lists now: they are kept by reference, so their lines
 * are read at every use. RESOLVE may be gone by now and has its digest. */
void lcc_plan_lists_find(struct lcc_plan_work *work);
/* Environment and lists onto @out, but for HTTPHEADER. OPTION; -errno. */
int lcc_plan_environment(const struct lcc_plan_work *work, struct lcc_buf *out);

/* A variable's value, borrowed from the environment, or NULL. */
const char *lcc_plan_variable(const char *name);

/* --- plan_cookies.c ------------------------------------------------------ */

/* Load the files that libcurl would load now. COOKIES. */
int lcc_plan_cookies_load(const struct lcc_plan_work *work);
/* The pairs that the engine would send to @target, sorted, "a=b; c=d", onto
 * @out. COOKIES; -errno. */
int lcc_plan_cookies(const struct lcc_plan_work *work,
                     const struct lcc_plan_target *target, struct lcc_buf *out);

/* --- plan_netrc.c -------------------------------------------------------- */

/* What the netrc file says, onto @out. AUTH when it cannot be known. */
int lcc_plan_netrc(const struct lcc_plan_work *work, struct lcc_buf *out);
/* Read a whole regular file, or the null device, at most as many bytes as @out
 * may hold, onto @out.
 * 0; -ENOENT; -EFBIG; -EINVAL when it is no regular file; -errno. */
int lcc_plan_read_file(const char *path, struct lcc_buf *out);

/* --- plan_hsts.c --------------------------------------------------------- */

/* HSTS when libcurl may turn http into https for this host. */
int lcc_plan_hsts(const struct lcc_plan_work *work,
                  const struct lcc_plan_target *target);

#endif
