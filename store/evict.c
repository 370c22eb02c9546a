/*
 * evict.c - picks victims and drops them inside the caller's commit
 */
#include "store/evict.h"

#include <string.h>

static bool same_name(const struct lcc_name *a, const struct lcc_name *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* The first entry of an index that is not to be kept. */
static int first_of(struct lcc_db *db, const struct lcc_key *index,
                    const struct lcc_evict *want, struct lcc_name *ret)
{
    int result = lcc_db_seek(db, lcc_key_span(index), NULL);

    while (result == 0) {
        struct lcc_span key = lcc_db_key(db);

        if (!lcc_key_has_prefix(key, index) ||
            (index->bytes[0] == 'X' && lcc_key_expiry(key) > want->now_s)) {
            result = LCC_STORE_MISS;
        } else if (!lcc_key_name(key, ret)) {
            result = LCC_STORE_UNAVAILABLE;
        } else if (want->keep && same_name(want->keep, ret)) {
            result = lcc_db_next(db, NULL);
        } else {
            break;
        }
    }
    lcc_db_seek_end(db);
    return result;
}

static int victim(struct lcc_db *db, const struct lcc_evict *want,
                  struct lcc_name *ret)
{
    struct lcc_key expiries = lcc_key_expiries();
    struct lcc_key uses = lcc_key_uses();
    int result = LCC_STORE_MISS;

    if (want->now_s != INT64_MIN) {
        result = first_of(db, &expiries, want, ret);
    }
    return result == LCC_STORE_MISS ? first_of(db, &uses, want, ret) : result;
}

/* One entry goes; 0 of them when only the one to be kept is left. */
static int drop_victim(struct lcc_db *db, const struct lcc_evict *want,
                       struct lcc_garbage *garbage, size_t *ret_count)
{
    struct lcc_name name;
    int result = victim(db, want, &name);

    *ret_count = 0;
    if (result != 0) {
        return result == LCC_STORE_MISS ? 0 : result;
    }
    *ret_count = 1;
    result = lcc_records_remove(db, &name, garbage);
    return result == LCC_STORE_MISS
               ? LCC_STORE_UNAVAILABLE /* an index without its entry */
               : result;
}

int lcc_evict_parts(struct lcc_db *db, size_t max, struct lcc_garbage *garbage,
                    size_t *ret_count)
{
    uint64_t bytes = 0;
    int result = lcc_parts_purge(db, max, garbage, ret_count, &bytes);

    return result == 0 && bytes > 0 ? lcc_records_count(db, 0, -(int64_t)bytes)
                                    : result;
}

int lcc_evict(struct lcc_db *db, const struct lcc_evict *want,
              struct lcc_garbage *garbage, uint64_t *ret_bytes)
{
    struct lcc_totals totals;
    size_t dropped = 0;
    int result = lcc_records_totals(db, &totals);

    while (result == 0 && dropped < LCC_EVICT_MAX &&
           totals.bytes > want->limit_bytes) {
        size_t count = 0;

        result = lcc_evict_parts(db, LCC_PARTS_BATCH, garbage, &count);
        if (result == 0 && count == 0) {
            result = drop_victim(db, want, garbage, &count);
        }
        if (result != 0 || count == 0) {
            break;
        }
        dropped += count;
        result = lcc_records_totals(db, &totals);
    }
    if (result == 0) {
        *ret_bytes = totals.bytes;
    }
    return result;
}
