/*
 * ranged.h - parts: what is served of a stored response, what is stored of one
 *
 * Between the rules (store/http_ranged.h) and the way of a request.
 */
#ifndef LCC_RANGED_H
#define LCC_RANGED_H

#include "shim/process.h"
#include "shim/transfer.h"
#include "store/http_ranged.h"

/* What the lookup found out about the answer, and its lines and body; kept
 * with a handle once a part played a role. */
struct lcc_ranged_serving {
    struct lcc_ranged_answer answer;
    bool is_made; /* `made` is what is told */
    struct lcc_ranged made;
};
/* Returns NULL; accepts NULL. */
struct lcc_ranged_serving *
lcc_ranged_serving_free(struct lcc_ranged_serving *serving);

/**
 * lcc_ranged_selects() - does the found record have what is asked for?
 * @handle: state->hit holds the record; state->ranged is made where it has to
 * @entry:  decoded from it
 * @final:  final header block of the record
 *
 * Return: false when it is of no use: parts that lack some of it, or an answer
 * that only the origin can give.
 */
bool lcc_ranged_selects(struct lcc_handle *handle, struct lcc_store *store,
                        const struct lcc_entry *entry,
                        const struct lcc_response *final);

/**
 * lcc_ranged_prepare() - header lines and body of the answer
 * @entry:        decoded from state->hit
 * @ret_entry:    the entry to be told; borrows from @entry and state->ranged
 * @ret_segments: its body; borrowed likewise
 * @ret_count:    of segments
 *
 * For what is served as it is stored: @entry, and one segment, @as_stored. So
 * are answers that have no body of the stored one: a 304 or 412 of ours.
 *
 * Return: 0; -ENOMEM; -EFBIG; -EBADMSG.
 */
int lcc_ranged_prepare(struct lcc_handle *handle, struct lcc_store *store,
                       const struct lcc_entry *entry,
                       struct lcc_segment *as_stored,
                       struct lcc_entry *ret_entry,
                       const struct lcc_segment **ret_segments,
                       size_t *ret_count);

/* Is the answer made of the stored one, rather than the stored one itself? */
bool lcc_ranged_is_made(const struct lcc_handle *handle);

/**
 * lcc_ranged_part() - may this answer be stored as a part, and as which?
 * @plan:  of the request
 * @final: final header block of the answer
 * @ret:   its place; the range and the complete length are known
 *
 * Return: false for anything but a 206 with one part of a known length, whose
 * bytes reach the program as the server counts them.
 */
bool lcc_ranged_part(const struct lcc_plan *plan,
                     const struct lcc_response *final,
                     struct lcc_content_range *ret);

/* Has the server answered a range with the whole? So it does again; but not
 * where that may have been the request's own condition. */
bool lcc_ranged_was_ignored(const struct lcc_plan *plan, int status);

/* May this answer be stored as far as parts go? Not a 206 that is no part as
 * above, nor a 416: it answers no request but this one. */
bool lcc_ranged_is_storable(const struct lcc_plan *plan,
                            const struct lcc_response *blocks, size_t count);

struct lcc_ranged_draft {
    const struct lcc_hash *variant;
    struct lcc_span meta;
    const struct lcc_stamp *stamp;
};

/**
 * lcc_ranged_commit() - store a recorded 206 as the part that it is
 * @blocks: of the recorded chain, the 206 last
 *
 * Added to the parts that are stored when both have one strong validator and
 * came by the same redirects (RFC 9111, section 3.4); else it takes the place
 * of what is stored. A whole response that is the same stays.
 *
 * Return: as lcc_writer_commit_part(); -EBADMSG when what arrived is not what
 * Content-Range announced.
 */
int lcc_ranged_commit(struct lcc_recorder *recorder,
                      const struct lcc_response *blocks, size_t count,
                      const struct lcc_ranged_draft *draft);

#endif
