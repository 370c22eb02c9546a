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

int lcc_evict(struct lcc_db *db, const struct lcc_evict *want,
              struct lcc_garbage *garbage, uint64_t *ret_bytes)
{
    struct lcc_totals totals;
    int result = lcc_records_totals(db, &totals);

    for (int dropped = 0; result == 0 && dropped < LCC_EVICT_MAX &&
                          totals.bytes > want->limit_bytes;
         dropped++) {
        struct lcc_name name;

        result = victim(db, want, &name);
        if (result == LCC_STORE_MISS) {
            result = 0;
            break;
        }
        if (result == 0) {
            result = lcc_records_remove(db, &name, garbage);
        }
        if (result == LCC_STORE_MISS) {
            result = LCC_STORE_UNAVAILABLE; /* an index without its entry */
        }
        if (result == 0) {
            result = lcc_records_totals(db, &totals);
        }
    }
    if (result == 0) {
        *ret_bytes = totals.bytes;
    }
    return result;
}
