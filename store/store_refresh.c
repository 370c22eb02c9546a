/*
 * store_refresh.c - a found response gets new fields and times, and keeps its
 * body (RFC 9111, sections 4.3.4 and 4.3.5)
 */
#include "store/store_private.h"

#include <errno.h>

struct refresh {
    struct lcc_name name;
    const struct lcc_hit *hit;
    struct lcc_span meta;
    const struct lcc_stamp *stamp;
    struct lcc_buf found;  /* the record as it is */
    struct lcc_buf record; /* as it will be */
    struct lcc_garbage garbage;
};

/* Is the record the very one that was found? Its bytes tell: a side file's
 * name is never used twice, and an inline body is among them. Parts may have
 * joined a partial one since: then the set and the entry's own bytes tell. */
static bool is_same(const struct refresh *refresh,
                    const struct lcc_trailer *trailer)
{
    const struct lcc_hit *hit = refresh->hit;

    if (trailer->is_partial && hit->is_partial) {
        return lcc_hash_equal(&trailer->side_file, &hit->parts) &&
               lcc_span_equal(
                   lcc_span_of(refresh->found.data, (size_t)trailer->meta_size),
                   hit->meta);
    }
    return lcc_span_equal(lcc_buf_span(&refresh->found),
                          lcc_buf_span(&hit->record));
}

static int still_there(struct lcc_db *db, struct refresh *refresh,
                       struct lcc_trailer *ret)
{
    struct lcc_key key = lcc_key_entry(&refresh->name);
    int result = lcc_db_get(db, lcc_key_span(&key), &refresh->found);

    if (result != 0) {
        return result;
    }
    return lcc_record_open(lcc_buf_span(&refresh->found), &refresh->name,
                           ret) &&
                   is_same(refresh, ret)
               ? 0
               : LCC_STORE_MISS;
}

/* The new entry, the old inline body, the trailer. */
static int make_record(struct refresh *refresh, struct lcc_trailer *trailer)
{
    const uint8_t *old = refresh->found.data;
    size_t body = trailer->in_side_file || trailer->is_partial
                      ? 0
                      : (size_t)trailer->body_size;
    size_t meta_size = (size_t)trailer->meta_size;
    int result = lcc_buf_append(&refresh->record, refresh->meta);

    if (result == 0) {
        result = lcc_buf_append(&refresh->record,
                                lcc_span_of(old + meta_size, body));
    }
    trailer->meta_size = refresh->meta.size;
    trailer->stored_s = refresh->stamp->stored_s;
    trailer->expires_s = refresh->stamp->expires_s;
    return result == 0
               ? lcc_record_close(&refresh->record, &refresh->name, trailer)
               : result;
}

static int refresh_on(struct lcc_store *store, void *arg)
{
    struct refresh *refresh = arg;
    struct lcc_evict want =
        lcc_store_limits(store, NULL, refresh->stamp->stored_s, &refresh->name);
    struct lcc_evicted is;
    struct lcc_trailer trailer;
    struct lcc_life life;
    int result;

    lcc_garbage_clear(&refresh->garbage);
    lcc_buf_clear(&refresh->record);
    result = lcc_store_before(store, &want);
    if (result == 0) {
        result = still_there(store->db, refresh, &trailer);
    }
    if (result == 0) {
        result = lcc_records_life(store->db, &refresh->name, &life);
    }
    if (result == LCC_STORE_MISS) {
        return LCC_RUN_NOTHING;
    }
    if (result == 0) {
        result = make_record(refresh, &trailer);
    }
    if (result != 0) {
        return result;
    }
    life.cost_bytes += refresh->record.size - refresh->found.size;
    life.used = true;
    life.last_used_s = refresh->stamp->stored_s;
    life.stored_s = refresh->stamp->stored_s;
    life.expires_s = refresh->stamp->expires_s;
    life.seq = lcc_now_ns();
    result = lcc_records_renew(store->db, &refresh->name,
                               lcc_buf_span(&refresh->record), &life);
    if (result == 0) {
        result = lcc_evict(store->db, &want, &refresh->garbage, &is);
    }
    return result == 0 && !lcc_evict_fits(&want, &is) ? LCC_STORE_FULL : result;
}

static int run_refresh(struct lcc_store *store, struct refresh *refresh)
{
    int result = lcc_store_enter(store);

    if (result != 0) {
        return result;
    }
    result = lcc_store_settle(store, &refresh->name.id.url);
    if (result == 0) {
        result = lcc_store_run(store, true, refresh_on, refresh);
    }
    if (result == 0 && refresh->record.size == 0) {
        result = LCC_STORE_MISS;
    }
    if (result == 0) {
        lcc_store_discard(store, &refresh->garbage);
    }
    lcc_store_leave(store);
    return result == -EFBIG ? LCC_STORE_TOO_LARGE : result;
}

int lcc_store_refresh(struct lcc_store *store, const struct lcc_id *id,
                      const struct lcc_hit *hit, struct lcc_span meta,
                      const struct lcc_stamp *stamp)
{
    struct lcc_call call = lcc_call_begin();
    struct refresh refresh = {.name = {*id, hit->variant},
                              .hit = hit,
                              .meta = meta,
                              .stamp = stamp,
                              .found = LCC_BUF_INIT(LCC_RECORD_MAX),
                              .record = LCC_BUF_INIT(LCC_RECORD_MAX)};
    int result = store->config.readonly ? LCC_STORE_UNAVAILABLE
                                        : run_refresh(store, &refresh);

    lcc_buf_done(&refresh.found);
    lcc_buf_done(&refresh.record);
    lcc_call_end(call);
    return result;
}
