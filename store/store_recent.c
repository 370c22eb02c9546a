/*
 * store_recent.c - small records go to the file of recent ones first, and from
 * there into the database, many in one commit
 */
#include "store/store_private.h"

#include <errno.h>

enum { EVICT_EVERY = 16 /* rows taken in before room is made again */ };

size_t lcc_store_recent_rows(const struct lcc_store *store)
{
    const uint64_t share = store->config.max_size_bytes /
                           LCC_EVICT_JOURNAL_SHARE / LCC_EVICT_VICTIM_BYTES;

    return share < LCC_EVICT_LEAST  ? 0
           : share < LCC_RECENT_MAX ? (size_t)share
                                    : LCC_RECENT_MAX;
}

int lcc_store_sync_recent(struct lcc_store *store)
{
    const struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);
    int result = page ? lcc_recent_sync(&store->recent, store->path, page) : 0;

    /* what was taken into the database meanwhile is missing in both */
    return result == 0 && !lcc_pager_is_fresh(store->pager) ? LCC_DB_STALE
                                                            : result;
}

/* What its side file takes on the disk. */
static uint64_t side_bytes_of(const struct lcc_trailer *trailer)
{
    return trailer->in_side_file
               ? lcc_disk_bytes(lcc_body_file_size(trailer->body_size))
               : 0;
}

/* Put one record to what the database counts. */
static int count_one(struct lcc_store *store,
                     const struct lcc_recent_item *item,
                     struct lcc_totals *totals)
{
    const struct lcc_span record = lcc_recent_bytes(&store->recent, item);
    struct lcc_trailer trailer;
    struct lcc_life life;
    struct lcc_life old;
    int result;

    if (lcc_recent_record(&store->recent, &item->name) != item ||
        !lcc_record_open(record, &item->name, &trailer)) {
        return 0;
    }
    life = lcc_life_of(record.size, &trailer);
    totals->bytes += life.cost_bytes;
    totals->side_bytes += side_bytes_of(&trailer);
    result = lcc_records_life(store->db, &item->name, &old);
    if (result == LCC_STORE_MISS) {
        totals->entries++;
        return 0;
    }
    totals->bytes -= result == 0 ? old.cost_bytes : 0;
    return result;
}

int lcc_store_count_recent(struct lcc_store *store, struct lcc_totals *totals)
{
    const struct lcc_recent *recent = &store->recent;
    int result = lcc_store_sync_recent(store);

    for (size_t i = 0; result == 0 && i < recent->count; i++) {
        if (recent->items[i].size > 0) {
            result = count_one(store, &recent->items[i], totals);
        }
    }
    return result;
}

/* --- into the database --------------------------------------------------- */

struct merge {
    struct lcc_evict want;
    struct lcc_evicted is;
    struct lcc_garbage garbage;
    uint64_t put_bytes;
    bool crowded;
};

/* A row that is damaged, or has a newer one, is left out. */
static int take_record(struct lcc_store *store, struct merge *merge,
                       const struct lcc_recent_item *item)
{
    const struct lcc_span record = lcc_recent_bytes(&store->recent, item);
    struct lcc_trailer trailer;
    struct lcc_life life;
    int result;

    if (!lcc_record_open(record, &item->name, &trailer)) {
        return 0;
    }
    if (lcc_recent_record(&store->recent, &item->name) != item) {
        if (trailer.in_side_file) {
            lcc_garbage_add(&merge->garbage, &trailer.side_file);
        }
        return 0;
    }
    life = lcc_life_of(record.size, &trailer);
    merge->put_bytes += life.cost_bytes;
    result = lcc_store_cap_variants(store->db, &item->name, &merge->garbage);
    return result == 0 ? lcc_records_put(store->db, &item->name, record, &life,
                                         &merge->garbage)
                       : result;
}

static int take_use(struct lcc_store *store, const struct lcc_recent_item *item)
{
    int result =
        lcc_records_touch(store->db, &item->name, item->used_s, lcc_now_ns());

    return result == LCC_STORE_MISS ? 0 : result;
}

static bool has_row(const void *recent, const struct lcc_name *name)
{
    return lcc_recent_record(recent, name) != NULL;
}

/* For each row one goes that lies on the same page, as long as there is @over
 * too much and one is old enough. */
static int make_room_beside(struct lcc_store *store, const struct merge *merge,
                            size_t from, size_t until, uint64_t over)
{
    const struct lcc_recent *recent = &store->recent;
    struct lcc_evict_old old = {.comes = has_row, .arg = recent};
    int result = lcc_evict_old(store->db, &merge->want, &old);

    for (size_t i = from; result == 0 && old.any && over > 0 && i < until;
         i++) {
        if (recent->items[i].size > 0) {
            result = lcc_evict_beside(store->db, &old, &recent->items[i].name,
                                      &over);
        }
    }
    return result;
}

/* Room for the rows from @from on, before they come: so they take pages that
 * this leaves, and the index does not grow for them. Their side files lie on
 * the disk already. */
static int make_room(struct lcc_store *store, struct merge *merge, size_t from,
                     size_t until)
{
    struct lcc_evict want = merge->want;
    uint64_t bytes = 0;
    int result = lcc_evict_measure(store->db, &merge->is);

    for (size_t i = from; i < until; i++) {
        bytes += lcc_record_cost(store->recent.items[i].size, 0);
    }
    want.limit_bytes = want.limit_bytes > bytes ? want.limit_bytes - bytes : 0;
    want.size_before = UINT64_MAX; /* how it grows is asked in the end */
    if (result == 0 && merge->is.totals.bytes > want.limit_bytes) {
        result = make_room_beside(store, merge, from, until,
                                  merge->is.totals.bytes - want.limit_bytes);
    }
    return result == 0
               ? lcc_evict(store->db, &want, &merge->garbage, &merge->is)
               : result;
}

static int take_all(struct lcc_store *store, struct merge *merge)
{
    const struct lcc_recent *recent = &store->recent;
    int result = 0;

    for (size_t i = 0; result == 0 && i < recent->count; i++) {
        const struct lcc_recent_item *item = &recent->items[i];

        if (i % EVICT_EVERY == 0) {
            const size_t until = i + EVICT_EVERY;

            result = make_room(store, merge, i,
                               until < recent->count ? until : recent->count);
        }
        if (result == 0) {
            result = item->size > 0 ? take_record(store, merge, item)
                                    : take_use(store, item);
        }
    }
    return result == 0
               ? lcc_evict(store->db, &merge->want, &merge->garbage, &merge->is)
               : result;
}

/* The newest time that a row tells. */
static int64_t newest_s(const struct lcc_recent *recent)
{
    int64_t newest = INT64_MIN;

    for (size_t i = 0; i < recent->count; i++) {
        const struct lcc_recent_item *item = &recent->items[i];
        struct lcc_trailer trailer = {.stored_s = item->used_s};

        if (item->size > 0 && !lcc_record_open(lcc_recent_bytes(recent, item),
                                               &item->name, &trailer)) {
            continue;
        }
        newest = trailer.stored_s > newest ? trailer.stored_s : newest;
    }
    return newest;
}

static int merge_on(struct lcc_store *store, void *arg)
{
    struct merge *merge = arg;
    size_t purged;
    int result = lcc_store_sync_recent(store);

    if (result == 0 && store->recent.size == 0) {
        return LCC_RUN_NOTHING;
    }
    if (result != 0) {
        return result;
    }
    lcc_garbage_clear(&merge->garbage);
    store->dropped = &merge->garbage;
    merge->crowded = false;
    merge->put_bytes = 0;
    merge->want = lcc_store_merge_limits(store, newest_s(&store->recent));
    result = lcc_store_before(store, &merge->want);
    if (result == 0) {
        result =
            lcc_evict_parts(store->db, LCC_PARTS_FEW, &merge->garbage, &purged);
    }
    if (result == 0) {
        result = take_all(store, merge);
    }
    if (result != 0) {
        return result;
    }
    merge->crowded = !lcc_evict_fits(&merge->want, &merge->is);
    lcc_store_note_left(&merge->garbage, &merge->want, &merge->is);
    lcc_pager_merges(store->pager);
    return merge->crowded ? LCC_STORE_FULL : 0;
}

int lcc_store_merge(struct lcc_store *store)
{
    struct merge merge = {.put_bytes = 0};
    int result = lcc_store_run_with_way(store, merge_on, &merge, &merge.want,
                                        &merge.crowded);

    if (result == -EBADMSG || result == -E2BIG || result == -EIO) {
        return lcc_store_forget_recent(store); /* it would never succeed */
    }
    if (result == 0 && merge.put_bytes > 0) {
        lcc_store_note_fill(store, &merge.want, &merge.is, merge.put_bytes);
        lcc_store_discard(store, &merge.garbage);
    }
    return result;
}

/* --- side files ---------------------------------------------------------- */

static bool names_side_file(const struct lcc_recent *recent,
                            const struct lcc_recent_item *item,
                            struct lcc_hash *ret)
{
    struct lcc_trailer trailer;

    if (!item->has_side_file || !lcc_record_open(lcc_recent_bytes(recent, item),
                                                 &item->name, &trailer)) {
        return false;
    }
    *ret = trailer.side_file;
    return trailer.in_side_file;
}

int lcc_store_side_owner(struct lcc_store *store, const struct lcc_hash *file,
                         struct lcc_name *ret)
{
    const struct lcc_recent *recent = &store->recent;
    struct lcc_hash named;
    int result = lcc_store_sync_recent(store);

    for (size_t i = 0; result == 0 && i < recent->count; i++) {
        const struct lcc_recent_item *item = &recent->items[i];

        if (names_side_file(recent, item, &named) &&
            lcc_hash_equal(&named, file)) {
            *ret = item->name;
            return lcc_recent_record(recent, &item->name) == item
                       ? 0
                       : LCC_STORE_MISS;
        }
    }
    return result == 0 ? lcc_side_owner(store->db, file, ret) : result;
}

/* Those of all rows; the merge that never comes would have known them. */
static void list_side_files(const struct lcc_recent *recent,
                            struct lcc_garbage *garbage)
{
    struct lcc_hash file;

    for (size_t i = 0; i < recent->count; i++) {
        if (names_side_file(recent, &recent->items[i], &file)) {
            lcc_garbage_add(garbage, &file);
        }
    }
}

/* --- before something else changes --------------------------------------- */

static int look_for_url_on(struct lcc_store *store, void *arg)
{
    const struct lcc_hash *url = arg;
    int result = lcc_store_sync_recent(store);

    return result == 0 && !store->recent.broken &&
                   !lcc_recent_has_url(&store->recent, url)
               ? LCC_STORE_MISS
               : result;
}

int lcc_store_settle(struct lcc_store *store, const struct lcc_hash *url)
{
    struct lcc_hash copy = *url;
    int result = lcc_store_run(store, false, look_for_url_on, &copy);

    if (result == LCC_STORE_MISS || result == LCC_STORE_UNAVAILABLE) {
        return 0; /* the caller will meet the damage itself */
    }
    return result == LCC_STORE_BUSY ? result : lcc_store_merge(store);
}

int lcc_store_forget_recent(struct lcc_store *store)
{
    struct lcc_garbage garbage = {.count = 0};
    int result = lcc_pager_begin(store->pager);
    struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);

    if (result == 0 || result == LCC_DB_STALE) {
        if (lcc_recent_sync(&store->recent, store->path, page) == 0) {
            list_side_files(&store->recent, &garbage);
        }
        (void)lcc_recent_forget(store->path, page);
        result = 0;
    }
    lcc_pager_end(store->pager);
    lcc_store_discard(store, &garbage);
    return result;
}

/* --- one more row -------------------------------------------------------- */

static int look_on(struct lcc_store *store, void *arg)
{
    (void)store;
    (void)arg;
    return 0;
}

/* Side files of rows may have so many bytes of the disk. */
static uint64_t side_limit(const struct lcc_store *store)
{
    return store->config.max_size_bytes / LCC_RECENT_SIDE_SHARE;
}

static bool fits(const struct lcc_store *store,
                 const struct lcc_recent_row *row)
{
    const struct lcc_recent *recent = &store->recent;

    return lcc_recent_fits(recent, lcc_store_recent_rows(store),
                           row->record.size) &&
           (row->side_bytes == 0 ||
            (recent->side_bytes < side_limit(store) &&
             row->side_bytes <= side_limit(store) - recent->side_bytes));
}

/* Needs the lock, but not the newest snapshot. */
static int add(struct lcc_store *store, const struct lcc_recent_row *row)
{
    struct lcc_recent *recent = &store->recent;
    int result = lcc_pager_begin_row(store->pager);
    struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);

    if (result == 0 || result == LCC_DB_STALE) {
        result = lcc_pager_takes_recent(store->pager)
                     ? lcc_recent_sync(recent, store->path, page)
                     : LCC_STORE_MISS;
    }
    if (result == 0) {
        result = fits(store, row)
                     ? lcc_recent_append(recent, store->path, page, row)
                     : LCC_STORE_MISS;
    }
    lcc_pager_end_row(store->pager, result);
    return result;
}

int lcc_store_add_recent(struct lcc_store *store,
                         const struct lcc_recent_row *row)
{
    int result = 0;

    if (lcc_store_recent_rows(store) == 0 ||
        row->record.size > LCC_RECENT_ROW_MAX - LCC_RECENT_HEAD ||
        row->side_bytes > side_limit(store)) {
        return LCC_STORE_MISS;
    }
    if (!lcc_pager_is_fresh(store->pager) || store->bad_until_ms != 0) {
        result = lcc_store_run(store, false, look_on, NULL);
    }
    result = result == 0 ? add(store, row) : result;
    if (result == LCC_STORE_MISS) {
        result = lcc_store_merge(store);
        result = result == 0 ? add(store, row) : result;
    }
    return result < 0 ? LCC_STORE_MISS : result;
}
