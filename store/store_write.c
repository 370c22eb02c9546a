/*
 * store_write.c - writers, their commits, and making room for them
 */
#include "store/flight.h"
#include "store/store_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PUT_ROUNDS = 16,   /* commits that make way for one that crowds */
    RECORD_MORE = 128, /* bytes of a record behind meta and body, about */
    RELEASE_TRIES = 4, /* for the process's mutex, each LCC_LOCK_WAIT_MS */
};

int lcc_writer_new(struct lcc_store *store, struct lcc_writer **ret)
{
    struct lcc_writer *writer;

    if (store->config.readonly) {
        return LCC_STORE_UNAVAILABLE;
    }
    writer = calloc(1, sizeof(*writer));
    if (!writer) {
        return -ENOMEM;
    }
    writer->store = store;
    lcc_body_init(&writer->body, store->path);
    *ret = writer;
    return 0;
}

void lcc_writer_release(struct lcc_writer *writer)
{
    struct lcc_store *store = writer->store;

    for (int tries = 0; writer->reserved > 0 && tries < RELEASE_TRIES;
         tries++) {
        if (lcc_store_enter(store) == 0) {
            lcc_flight_set(lcc_pager_ctl(store->pager), &writer->body.name, 0);
            writer->reserved = 0;
            lcc_store_leave(store);
        }
    }
}

struct lcc_writer *lcc_writer_free(struct lcc_writer *writer)
{
    struct lcc_call call = lcc_call_begin();

    if (writer) {
        lcc_body_done(&writer->body);
        lcc_writer_release(writer);
        free(writer);
    }
    lcc_call_end(call);
    return NULL;
}

uint64_t lcc_writer_size(const struct lcc_writer *writer)
{
    return writer->size;
}

/* --- appending ----------------------------------------------------------- */

/* The newest snapshot, and what lies in front of it counts too. */
static int look_on(struct lcc_store *store, void *arg)
{
    int result = lcc_store_sync_recent(store);

    (void)arg;
    return result < 0 ? 0 : result;
}

/* What is on disk and not yet in the index counts too, for all processes; so
 * there is room for it before it is written. @bytes: of the whole file. */
static int reserve(struct lcc_writer *writer, uint64_t bytes,
                   const struct lcc_name *keep)
{
    struct lcc_store *store = writer->store;
    const struct lcc_hash *name = &writer->body.name;
    int result = lcc_body_name(&writer->body);

    if (result == 0) {
        result = lcc_store_enter(store);
    }
    if (result != 0) {
        return 0; /* the commit will say so */
    }
    result = lcc_store_disk_is_low(store)
                 ? LCC_STORE_DISK_LOW
                 : lcc_store_run(store, false, look_on, NULL);
    if (result == 0) {
        bytes = lcc_store_take_spare(store, &writer->body, bytes);
        lcc_flight_set(lcc_pager_ctl(store->pager), name, bytes);
        writer->reserved = bytes;
        result = lcc_store_make_room(store, name, bytes, INT64_MIN, keep);
    }
    lcc_store_leave(store);
    /* busy or out of order: the commit will say so, or find it gone */
    return result == LCC_STORE_FULL || result == LCC_STORE_DISK_LOW ? result
                                                                    : 0;
}

static int append(struct lcc_writer *writer, struct lcc_span bytes)
{
    uint64_t max = writer->store->config.max_entry_bytes;
    uint64_t will;
    int result = 0;

    if (bytes.size > max || writer->size > max - bytes.size) {
        return LCC_STORE_TOO_LARGE;
    }
    will = lcc_body_will_write(&writer->body, bytes.size);
    if (will > writer->body.written) {
        result = reserve(writer, will, NULL);
    }
    if (result == 0) {
        result = lcc_body_append(&writer->body, bytes);
    }
    if (result == 0) {
        writer->size += bytes.size;
    }
    return result;
}

int lcc_writer_append(struct lcc_writer *writer, struct lcc_span bytes)
{
    struct lcc_call call = lcc_call_begin();
    int result = append(writer, bytes);

    lcc_call_end(call);
    return result;
}

/* --- committing ---------------------------------------------------------- */

struct put {
    const struct lcc_name *name;
    struct lcc_span record;
    struct lcc_life life;
    const struct lcc_hash *own; /* its body, counted by the commit itself */
    struct lcc_evict want;
    struct lcc_evicted is;
    struct lcc_garbage garbage;
    bool crowded; /* it fits when more has gone */
};

/* Member by member: the list of files alone is 5 KiB. */
static void put_init(struct put *put, const struct lcc_name *name)
{
    put->name = name;
    put->record = LCC_SPAN_EMPTY;
    put->life = (struct lcc_life){0};
    put->own = NULL;
    put->want = (struct lcc_evict){0};
    put->is = (struct lcc_evicted){0};
    lcc_garbage_clear(&put->garbage);
    put->crowded = false;
}

int lcc_store_cap_variants(struct lcc_db *db, const struct lcc_name *name,
                           struct lcc_garbage *garbage)
{
    struct lcc_key prefix = lcc_key_of_request(&name->id);
    struct lcc_name names[LCC_VARIANTS_MAX];
    size_t oldest = 0;
    int64_t oldest_s = INT64_MAX;
    size_t count = 0;
    int result = lcc_db_seek(db, lcc_key_span(&prefix), NULL);

    while (result == 0 && count < LCC_VARIANTS_MAX &&
           lcc_key_has_prefix(lcc_db_key(db), &prefix) &&
           lcc_key_name(lcc_db_key(db), &names[count])) {
        if (lcc_hash_equal(&names[count].variant, &name->variant)) {
            break; /* it takes the place of that one */
        }
        count++;
        result = lcc_db_next(db, NULL);
    }
    lcc_db_seek_end(db);
    if (count < LCC_VARIANTS_MAX || (result != 0 && result != LCC_STORE_MISS)) {
        return result == LCC_STORE_MISS ? 0 : result;
    }
    for (size_t i = 0; i < count; i++) {
        struct lcc_life life;

        result = lcc_records_life(db, &names[i], &life);
        if (result == 0 && life.stored_s < oldest_s) {
            oldest_s = life.stored_s;
            oldest = i;
        }
    }
    return lcc_records_remove(db, &names[oldest], garbage);
}

static int put_on(struct lcc_store *store, void *arg)
{
    struct put *put = arg;
    size_t purged;
    int result;

    lcc_garbage_clear(&put->garbage);
    store->dropped = &put->garbage;
    put->crowded = false;
    put->want =
        lcc_store_limits(store, put->own, put->life.stored_s, put->name);
    result = lcc_store_before(store, &put->want);
    if (result == 0) {
        result = lcc_store_cap_variants(store->db, put->name, &put->garbage);
    }
    if (result == 0) {
        result =
            lcc_evict_parts(store->db, LCC_PARTS_FEW, &put->garbage, &purged);
    }
    if (result == 0) {
        result = lcc_records_put(store->db, put->name, put->record, &put->life,
                                 &put->garbage);
    }
    if (result == 0) {
        result = lcc_evict(store->db, &put->want, &put->garbage, &put->is);
    }
    put->crowded = result == 0 && !lcc_evict_fits(&put->want, &put->is);
    if (result == 0) {
        lcc_store_note_left(&put->garbage, &put->want, &put->is);
    }
    return put->crowded ? LCC_STORE_FULL : result;
}

int lcc_store_run_with_way(struct lcc_store *store, lcc_store_fn fn, void *arg,
                           const struct lcc_evict *want, const bool *crowded)
{
    int result = lcc_store_run(store, true, fn, arg);

    for (int round = 0;
         result == LCC_STORE_FULL && *crowded && round < PUT_ROUNDS; round++) {
        result = lcc_store_make_way(store, want);
        result = result == 0 ? lcc_store_run(store, true, fn, arg) : result;
    }
    return result;
}

/* Entered. In a commit of its own. */
static int commit_record(struct lcc_store *store, struct put *put)
{
    int result = lcc_store_settle(store, &put->name->id.url);

    if (result == 0) {
        result = lcc_store_run_with_way(store, put_on, put, &put->want,
                                        &put->crowded);
    }
    if (result == 0) {
        lcc_store_note_fill(store, &put->want, &put->is, put->life.cost_bytes);
        lcc_store_discard(store, &put->garbage);
    }
    return result;
}

/* Entered. */
static int store_record(struct lcc_writer *writer, struct put *put)
{
    const struct lcc_recent_row row = {
        .name = *put->name,
        .record = put->record,
        .side_bytes =
            put->life.in_side_file
                ? lcc_disk_bytes(lcc_body_file_size(put->life.body_size))
                : 0,
    };
    struct lcc_store *store = writer->store;
    int result;

    if (put->life.cost_bytes > store->config.max_size_bytes) {
        return LCC_STORE_TOO_LARGE;
    }
    if (lcc_store_disk_is_low(store)) {
        return LCC_STORE_DISK_LOW;
    }
    put->own = &writer->body.name;
    result = lcc_store_add_recent(store, &row);
    if (result == LCC_STORE_MISS) {
        result = commit_record(store, put);
    }
    if (result == 0) {
        (void)lcc_store_carry(store);
    }
    return result;
}

static int indexed_on(struct lcc_store *store, void *arg)
{
    struct lcc_name owner;
    int result = lcc_store_side_owner(store, arg, &owner);

    return result == LCC_STORE_MISS ? lcc_side_is_owned(store->db, arg)
                                    : result;
}

int lcc_store_is_indexed(void *arg, const struct lcc_hash *name)
{
    struct lcc_store *store = arg;
    const struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);
    struct lcc_hash copy = *name;

    if (lcc_store_has_aside(store)) {
        return LCC_STORE_BUSY; /* an entry may still be carried over */
    }
    return lcc_flight_has(page, name)
               ? 0
               : lcc_store_run(store, false, indexed_on, &copy);
}

/* After a process's first commit of a side file. */
void lcc_store_sweep(struct lcc_store *store)
{
    if (!store->swept) {
        store->swept = true;
        lcc_body_sweep(store->path, lcc_store_is_indexed, store);
    }
}

int lcc_writer_keep(struct lcc_writer *writer, const struct lcc_name *keep)
{
    int result = reserve(writer, lcc_body_file_size(writer->size), keep);

    return result == 0 ? lcc_body_keep(&writer->body) : result;
}

static int commit_body(struct lcc_writer *writer, struct lcc_buf *record,
                       struct put *put, struct lcc_trailer *trailer)
{
    int result = lcc_record_close(record, put->name, trailer);

    if (result != 0) {
        return result == -EFBIG ? LCC_STORE_TOO_LARGE : result;
    }
    put->record = lcc_buf_span(record);
    put->life = lcc_life_of(record->size, trailer);
    result = lcc_store_enter(writer->store);
    if (result == 0) {
        result = store_record(writer, put);
        if (result == 0 && trailer->in_side_file) {
            lcc_store_sweep(writer->store);
        }
        lcc_store_leave(writer->store);
    }
    return result;
}

static int commit(struct lcc_writer *writer, const struct lcc_name *name,
                  struct lcc_span meta, const struct lcc_stamp *stamp)
{
    struct lcc_buf record = LCC_BUF_INIT(LCC_RECORD_MAX);
    struct put put;
    struct lcc_trailer trailer = {.meta_size = meta.size,
                                  .body_size = writer->size,
                                  .stored_s = stamp->stored_s,
                                  .expires_s = stamp->expires_s,
                                  .seq = lcc_now_ns(),
                                  .in_side_file =
                                      writer->size > LCC_INLINE_BODY_MAX};
    const struct lcc_span body = trailer.in_side_file
                                     ? LCC_SPAN_EMPTY
                                     : lcc_buf_span(&writer->body.window);
    /* Growing part by part would copy it twice. */
    int result = lcc_buf_reserve(&record, meta.size + body.size + RECORD_MORE);

    put_init(&put, name);
    if (result == 0) {
        result = lcc_buf_append(&record, meta);
    }
    if (result == 0) {
        result = lcc_buf_append(&record, body);
    }
    if (result == 0 && trailer.in_side_file) {
        result = lcc_writer_keep(writer, NULL);
        trailer.side_file = writer->body.name;
    }
    if (result == 0) {
        result = commit_body(writer, &record, &put, &trailer);
        if (result != 0 && trailer.in_side_file) {
            lcc_body_unlink(writer->store->path, &trailer.side_file);
        }
    }
    lcc_buf_done(&record);
    return result == -EFBIG ? LCC_STORE_TOO_LARGE : result;
}

int lcc_writer_commit(struct lcc_writer *writer, const struct lcc_id *id,
                      const struct lcc_hash *variant, struct lcc_span meta,
                      const struct lcc_stamp *stamp)
{
    struct lcc_call call = lcc_call_begin();
    struct lcc_name name = {*id, *variant};
    int result = commit(writer, &name, meta, stamp);

    lcc_call_end(call);
    return result;
}
