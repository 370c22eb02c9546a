/*
 * evict.h - which entries go when the cache is over its limit
 */
#ifndef LCC_EVICT_H
#define LCC_EVICT_H

#include "store/records.h"

enum { LCC_EVICT_MAX = 64 }; /* victims of one commit, parts included */

struct lcc_evict {
    uint64_t limit_bytes;        /* what all entries may cost */
    int64_t now_s;               /* INT64_MIN: nothing counts as expired */
    const struct lcc_name *keep; /* never this one; may be NULL */
};

/**
 * lcc_evict() - drop entries until the limit holds, LCC_EVICT_MAX at most
 *
 * Parts of sets that are gone go first, then what has expired by the rule at
 * storing time, then what was used least recently. A partial response goes as
 * a whole; its parts follow at once, or in the next commits.
 *
 * Return: 0, whether or not the limit holds now; as lcc_db_get().
 */
int lcc_evict(struct lcc_db *db, const struct lcc_evict *want,
              struct lcc_garbage *garbage, uint64_t *ret_bytes);
/* Remove some parts of sets that are gone, at most @max; *ret_count is 0 when
 * there are no more. */
int lcc_evict_parts(struct lcc_db *db, size_t max, struct lcc_garbage *garbage,
                    size_t *ret_count);

#endif
