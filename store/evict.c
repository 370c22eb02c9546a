/*
 * evict.c - picks victims and drops them inside the caller's commit
 */
#include "store/evict.h"

#include "store/btree_page.h"

#include <string.h>

static bool same_name(const struct lcc_name *a, const struct lcc_name *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* What goes next, and where an index names it. */
struct victim {
    struct lcc_name name;
    struct lcc_key key;
    struct lcc_life life;
    uint8_t memory[sizeof(uint64_t)];
    size_t value_size;
};

/* The first key of an index that is of nothing to be kept. */
static int first_key(struct lcc_db *db, const struct lcc_key *index,
                     const struct lcc_evict *want, struct victim *ret)
{
    struct lcc_buf value = {ret->memory, 0, sizeof(ret->memory),
                            sizeof(ret->memory)};
    int result = lcc_db_seek(db, lcc_key_span(index), &value);

    while (result == 0) {
        struct lcc_span key = lcc_db_key(db);

        if (!lcc_key_has_prefix(key, index) ||
            (index->bytes[0] == 'X' && lcc_key_expiry(key) > want->now_s)) {
            result = LCC_STORE_MISS;
        } else if (!lcc_key_name(key, &ret->name)) {
            result = LCC_STORE_UNAVAILABLE;
        } else if (want->keep && same_name(want->keep, &ret->name)) {
            result = lcc_db_next(db, &value);
        } else {
            memcpy(ret->key.bytes, key.data, key.size);
            ret->key.size = key.size;
            ret->value_size = value.size;
            break;
        }
    }
    lcc_db_seek_end(db);
    return result;
}

/* The first entry of an index; what leads to none goes on the way. Very many
 * of those: the key of one is left, for the next time. */
static int first_of(struct lcc_db *db, const struct lcc_key *index,
                    const struct lcc_evict *want, struct victim *ret)
{
    int result = 0;

    for (int stale = 0; result == 0 && stale < LCC_EVICT_STALE; stale++) {
        const struct lcc_life *life = &ret->life;

        result = first_key(db, index, want, ret);
        if (result != 0) {
            return result;
        }
        result = lcc_records_life(db, &ret->name, &ret->life);
        if (result == 0 && lcc_records_leads_to(lcc_key_span(&ret->key),
                                                &ret->name, &ret->life)) {
            return 0;
        }
        if (result == LCC_STORE_MISS) {
            life = NULL;
            result = 0;
        }
        if (result == 0) {
            result = lcc_records_unlist(
                db, &ret->key, lcc_span_of(ret->memory, ret->value_size), life);
        }
    }
    return result == 0 ? LCC_STORE_BUSY : result;
}

/* What was never used has more than its share. */
static bool is_crowd(const struct lcc_evict *want,
                     const struct lcc_totals *totals)
{
    return totals->unused_bytes > want->limit_bytes / LCC_EVICT_NEW_SHARE;
}

/* When nothing has expired, *want says not to look again. */
static int find_victim(struct lcc_db *db, struct lcc_evict *want,
                       const struct lcc_totals *totals, struct victim *ret)
{
    const struct lcc_key expiries = lcc_key_expiries();
    const bool crowd = is_crowd(want, totals);
    const struct lcc_key first = lcc_key_uses(!crowd);
    const struct lcc_key second = lcc_key_uses(crowd);
    int result = LCC_STORE_MISS;

    if (want->now_s != INT64_MIN) {
        result = first_of(db, &expiries, want, ret);
        want->now_s = result == LCC_STORE_MISS ? INT64_MIN : want->now_s;
    }
    if (result == LCC_STORE_MISS) {
        result = first_of(db, &first, want, ret);
    }
    return result == LCC_STORE_MISS ? first_of(db, &second, want, ret) : result;
}

/* One entry goes; 0 of them when only the one to be kept is left. */
static int drop_victim(struct lcc_db *db, struct lcc_evict *want,
                       const struct lcc_totals *totals,
                       struct lcc_garbage *garbage, size_t *ret_count)
{
    struct victim victim;
    int result = find_victim(db, want, totals, &victim);

    *ret_count = 0;
    if (result == LCC_STORE_MISS) {
        return 0;
    }
    *ret_count = 1;
    if (result == LCC_STORE_BUSY) {
        return 0;
    }
    return result == 0 ? lcc_records_remove(db, &victim.name, garbage) : result;
}

/* --- beside what comes --------------------------------------------------- */

int lcc_evict_old(struct lcc_db *db, const struct lcc_evict *want,
                  struct lcc_evict_old *ret)
{
    const struct lcc_key expiries = lcc_key_expiries();
    const struct lcc_key unused = lcc_key_uses(false);
    const uint64_t now = lcc_now_ns();
    struct lcc_totals totals = {0};
    struct victim oldest;
    int result = lcc_totals_read(db, &totals);

    ret->any = false;
    ret->none_is_used = totals.unused_bytes == totals.bytes;
    if (result != 0 || !is_crowd(want, &totals)) {
        return result;
    }
    if (want->now_s != INT64_MIN) {
        result = first_of(db, &expiries, want, &oldest);
    }
    if (result == 0 && want->now_s != INT64_MIN) {
        return 0; /* what has expired goes first */
    }
    if (result == 0 || result == LCC_STORE_MISS) {
        result = first_of(db, &unused, want, &oldest);
    }
    if (result == 0 && !oldest.life.damaged) {
        const int64_t first_s = oldest.life.stored_s;
        const uint64_t first = oldest.life.seq;

        ret->any = true;
        ret->stored_s = want->now_s > first_s
                            ? first_s + (want->now_s - first_s) / LCC_EVICT_HALF
                            : first_s;
        ret->seq = now > first ? first + (now - first) / LCC_EVICT_HALF : first;
    }
    return result == LCC_STORE_MISS || result == LCC_STORE_BUSY ? 0 : result;
}

static bool is_old(const struct lcc_evict_old *old, int64_t stored_s,
                   uint64_t seq)
{
    return stored_s < old->stored_s ||
           (stored_s == old->stored_s && seq <= old->seq);
}

/* One of a page that may go. */
struct beside {
    struct lcc_name name;
    int64_t stored_s;
    uint64_t seq;
    uint64_t cost_bytes;
};

/* Entry @index of a page, if it may go as far as it says itself. */
static bool take_beside(const uint8_t *page, uint16_t index,
                        const struct lcc_evict_old *old, struct beside *ret)
{
    struct lcc_btree_item key;
    struct lcc_btree_item value;
    struct lcc_trailer trailer;

    if (!lcc_btree_leaf_item(page, index, &key) ||
        !lcc_btree_leaf_item(page, (uint16_t)(index + 1), &value) ||
        key.overflow || key.deleted || value.overflow || value.deleted ||
        !lcc_key_is_entry(key.bytes, &ret->name) ||
        !lcc_record_peek(value.bytes, &trailer)) {
        return false;
    }
    ret->stored_s = trailer.stored_s;
    ret->seq = trailer.seq;
    ret->cost_bytes = lcc_life_of(value.bytes.size, &trailer).cost_bytes;
    return !trailer.in_side_file && !trailer.is_partial &&
           is_old(old, trailer.stored_s, trailer.seq) &&
           !old->comes(old->arg, &ret->name);
}

static bool is_older(const struct beside *a, const struct beside *b)
{
    return a->stored_s < b->stored_s ||
           (a->stored_s == b->stored_s && a->seq < b->seq);
}

/* The oldest of a page, the oldest first. */
static size_t list_beside(const uint8_t *page, const struct lcc_evict_old *old,
                          struct beside ret[LCC_EVICT_BESIDE])
{
    const uint16_t items = lcc_btree_page_count(page);
    size_t count = 0;

    for (uint16_t i = 0; i + 1 < items; i = (uint16_t)(i + 2)) {
        struct beside one;
        size_t at;

        if (!take_beside(page, i, old, &one)) {
            continue;
        }
        at = count < LCC_EVICT_BESIDE ? count++ : LCC_EVICT_BESIDE;
        for (; at > 0 && is_older(&one, &ret[at - 1]); at--) {
            if (at < LCC_EVICT_BESIDE) {
                ret[at] = ret[at - 1];
            }
        }
        if (at < LCC_EVICT_BESIDE) {
            ret[at] = one;
        }
    }
    return count;
}

/* The page is as the last commit left it: since then it may have gone, and been
 * used. *ret_bytes: 0 then. */
static int drop_beside(struct lcc_db *db, const struct lcc_evict_old *old,
                       const struct beside *one, uint64_t *ret_bytes)
{
    struct lcc_life life = {.kept = false};
    int result = 0;

    *ret_bytes = 0;
    if (!old->none_is_used) {
        result = lcc_records_life_since(db, &one->name, &life, &life);
    }
    if (result == 0 && !life.kept) {
        result = lcc_records_remove_alone(db, &one->name, one->cost_bytes);
        *ret_bytes = result == 0 ? one->cost_bytes : 0;
    }
    return result == LCC_STORE_MISS ? 0 : result;
}

int lcc_evict_beside(struct lcc_db *db, const struct lcc_evict_old *old,
                     const struct lcc_name *name, uint64_t *over)
{
    const struct lcc_key key = lcc_key_entry(name);
    struct beside found[LCC_EVICT_BESIDE];
    const uint8_t *page;
    size_t count = 0;
    int dropped = 0;
    int result = lcc_db_leaf(db, lcc_key_span(&key), &page);

    if (result == 0) {
        count = list_beside(page, old, found);
    }
    for (size_t i = 0; result == 0 && *over > 0 && i < count &&
                       dropped < LCC_EVICT_BESIDE_DROP;
         i++) {
        uint64_t bytes;

        result = drop_beside(db, old, &found[i], &bytes);
        dropped += bytes > 0;
        *over -= bytes < *over ? bytes : *over;
    }
    return result;
}

/* --- and in their turn --------------------------------------------------- */

int lcc_evict_parts(struct lcc_db *db, size_t max, struct lcc_garbage *garbage,
                    size_t *ret_count)
{
    uint64_t bytes = 0;
    int result = lcc_parts_purge(db, max, garbage, ret_count, &bytes);

    return result == 0 && bytes > 0
               ? lcc_totals_add(db, &(struct lcc_totals){.bytes = 0 - bytes})
               : result;
}

/* Pages of the index never come back, so it may not take all there is. */
static uint64_t index_limit(const struct lcc_evict *want)
{
    return want->disk_bytes / LCC_EVICT_INDEX_OF * LCC_EVICT_INDEX_PARTS;
}

static bool index_fits(const struct lcc_evict *want,
                       const struct lcc_evicted *is)
{
    const uint64_t index = is->disk_bytes - is->totals.side_bytes;

    return index <= want->size_before || index <= index_limit(want);
}

bool lcc_evict_fits(const struct lcc_evict *want, const struct lcc_evicted *is)
{
    return is->totals.bytes <= want->count_bytes &&
           (is->disk_bytes <= want->disk_before ||
            (index_fits(want, is) && is->disk_bytes <= want->disk_bytes &&
             want->side_incoming <= want->disk_bytes - is->disk_bytes));
}

uint64_t lcc_evict_left(const struct lcc_evict *want,
                        const struct lcc_evicted *is)
{
    const uint64_t left = is->disk_bytes < want->disk_bytes
                              ? want->disk_bytes - is->disk_bytes
                              : 0;

    return left > want->side_incoming ? left - want->side_incoming : 0;
}

/* Side files may have to go; pages of the index would not come back for it. */
static bool is_over(const struct lcc_evict *want, const struct lcc_evicted *at)
{
    return at->totals.bytes > want->limit_bytes ||
           (at->totals.side_bytes > 0 && !lcc_evict_fits(want, at));
}

static size_t batch(const struct lcc_evict *want)
{
    const uint64_t share =
        want->limit_bytes / LCC_EVICT_JOURNAL_SHARE / LCC_EVICT_VICTIM_BYTES;

    return share < LCC_EVICT_LEAST ? LCC_EVICT_LEAST
           : share < LCC_EVICT_MAX ? (size_t)share
                                   : LCC_EVICT_MAX;
}

int lcc_evict_measure(struct lcc_db *db, struct lcc_evicted *at)
{
    int result = lcc_totals_read(db, &at->totals);

    at->disk_bytes = lcc_db_size(db) + at->totals.side_bytes;
    return result;
}

int lcc_evict(struct lcc_db *db, const struct lcc_evict *want,
              struct lcc_garbage *garbage, struct lcc_evicted *ret)
{
    const size_t max = batch(want);
    const size_t parts = max < LCC_PARTS_BATCH ? max : LCC_PARTS_BATCH;
    struct lcc_evict now = *want;
    struct lcc_evicted at = {0};
    bool parts_left = true;
    int result = lcc_evict_measure(db, &at);

    while (result == 0 && at.count < max && !at.none_left &&
           is_over(want, &at)) {
        size_t count = 0;

        if (parts_left || garbage->parts) {
            result = lcc_evict_parts(db, parts, garbage, &count);
            parts_left = count > 0;
        }
        if (result == 0 && count == 0) {
            result = drop_victim(db, &now, &at.totals, garbage, &count);
        }
        at.none_left = count == 0;
        at.count += count;
        if (result == 0) {
            result = lcc_evict_measure(db, &at);
        }
    }
    if (result == 0) {
        at.free_pages = want->size_before == UINT64_MAX
                            ? 0
                            : lcc_db_free_pages(db, LCC_EVICT_FREE_MAX);
        *ret = at;
    }
    return result;
}

/* How far into the last stretch before a limit? */
static uint64_t into_band(uint64_t bytes, uint64_t limit, uint64_t band)
{
    return bytes > limit - band ? bytes - (limit - band) : 0;
}

uint64_t lcc_evict_aim(const struct lcc_evict *want,
                       const struct lcc_evicted *is, uint64_t aim,
                       uint64_t put_bytes)
{
    const uint64_t band = want->disk_bytes / LCC_EVICT_NEAR_SHARE + 1;
    const uint64_t size = is->disk_bytes - is->totals.side_bytes;
    const uint64_t all = into_band(is->disk_bytes, want->disk_bytes, band);
    const uint64_t index = into_band(size, index_limit(want), band);
    const uint64_t up = all > index ? all : index;
    uint64_t less;

    if (up == 0) {
        return 0;
    }
    if (size > want->size_before) {
        less = (size - want->size_before) *
               (LCC_EVICT_GROWTH + LCC_EVICT_GROWTH_HIGH * up / band);
    } else if (is->free_pages < LCC_EVICT_FREE_FEW) {
        less = put_bytes / LCC_EVICT_FREE_SHARE;
    } else {
        return aim == 0 || is->free_pages < LCC_EVICT_FREE_MAX
                   ? aim
                   : aim + put_bytes / LCC_EVICT_REGAIN;
    }
    return is->totals.bytes > less ? is->totals.bytes - less : 1;
}
