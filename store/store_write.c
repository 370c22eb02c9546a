/*
 * store_write.c - writers, their commits, and making room for them
 */
#include "store/store_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM_ROUNDS = 32, /* evicting commits before giving up */
};

static void unlink_all(struct lcc_store *store,
                       const struct lcc_garbage *garbage)
{
    for (size_t i = 0; i < garbage->count; i++) {
        lcc_body_unlink(store->path, &garbage->files[i]);
    }
}

static int purge_on(struct lcc_store *store, void *arg)
{
    struct lcc_garbage *garbage = arg;
    size_t count = 0;
    int result;

    lcc_garbage_clear(garbage);
    result = lcc_evict_parts(store->db, LCC_PARTS_BATCH, garbage, &count);
    garbage->parts = count > 0; /* there may be more */
    return result == 0 && count == 0 ? LCC_RUN_NOTHING : result;
}

/* Some commits' worth of parts that are gone. *@more: there may be more. */
static int purge(struct lcc_store *store, struct lcc_garbage *more)
{
    int result = 0;

    for (int round = 0; result == 0 && more->parts && round < LCC_PURGE_ROUNDS;
         round++) {
        result = lcc_store_run(store, true, purge_on, more);
        if (result == 0) {
            unlink_all(store, more);
        }
    }
    return result;
}

void lcc_store_discard(struct lcc_store *store,
                       const struct lcc_garbage *garbage)
{
    struct lcc_garbage more = {.parts = garbage->parts};

    unlink_all(store, garbage);
    (void)purge(store, &more); /* whoever commits next goes on */
}

int lcc_store_tidy(struct lcc_store *store, bool *ret_more)
{
    struct lcc_call call = lcc_call_begin();
    struct lcc_garbage more = {.parts = true};
    int result =
        store->config.readonly ? LCC_STORE_UNAVAILABLE : lcc_store_enter(store);

    if (result == 0) {
        result = purge(store, &more);
        lcc_store_leave(store);
    }
    if (result == 0) {
        *ret_more = more.parts;
    }
    lcc_call_end(call);
    return result;
}

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

struct lcc_writer *lcc_writer_free(struct lcc_writer *writer)
{
    struct lcc_call call = lcc_call_begin();

    if (writer) {
        atomic_fetch_sub(&writer->store->reserved_bytes, writer->reserved);
        lcc_body_done(&writer->body);
        free(writer);
    }
    lcc_call_end(call);
    return NULL;
}

uint64_t lcc_writer_size(const struct lcc_writer *writer)
{
    return writer->size;
}

/* --- room ---------------------------------------------------------------- */

struct room {
    uint64_t limit_bytes; /* for what is stored */
    int64_t now_s;
    uint64_t bytes; /* what is stored */
    const struct lcc_name *keep;
    struct lcc_garbage garbage;
};

static int room_on(struct lcc_store *store, void *arg)
{
    struct room *room = arg;
    const struct lcc_evict want = {room->limit_bytes, room->now_s, room->keep};

    lcc_garbage_clear(&room->garbage);
    return lcc_evict(store->db, &want, &room->garbage, &room->bytes);
}

static int measure_on(struct lcc_store *store, void *arg)
{
    struct room *room = arg;
    struct lcc_totals totals;
    int result = lcc_records_totals(store->db, &totals);

    room->bytes = totals.bytes;
    return result;
}

int lcc_store_make_room(struct lcc_store *store, uint64_t incoming,
                        int64_t now_s, const struct lcc_name *keep)
{
    uint64_t max = store->config.max_size_bytes;
    struct room room = {.now_s = now_s, .keep = keep};
    int result;

    if (incoming > max) {
        return LCC_STORE_FULL;
    }
    room.limit_bytes = max - incoming;
    result = lcc_store_run(store, false, measure_on, &room);
    for (int round = 0;
         result == 0 && room.bytes > room.limit_bytes && round < ROOM_ROUNDS;
         round++) {
        result = lcc_store_run(store, true, room_on, &room);
        if (result == 0) {
            lcc_store_discard(store, &room.garbage);
        }
    }
    return result == 0 && room.bytes > room.limit_bytes ? LCC_STORE_FULL
                                                        : result;
}

/* --- appending ----------------------------------------------------------- */

/* What is on disk and not yet in the index counts too. */
static int reserve(struct lcc_writer *writer, uint64_t bytes)
{
    struct lcc_store *store = writer->store;
    int result;

    writer->reserved += bytes;
    atomic_fetch_add(&store->reserved_bytes, bytes);
    result = lcc_store_enter(store);
    if (result == 0) {
        result = lcc_store_make_room(store, atomic_load(&store->reserved_bytes),
                                     INT64_MIN, NULL);
        lcc_store_leave(store);
    }
    /* busy or out of order: the commit will say so, or find it gone */
    return result == LCC_STORE_FULL ? result : 0;
}

static int append(struct lcc_writer *writer, struct lcc_span bytes)
{
    uint64_t max = writer->store->config.max_entry_bytes;
    size_t flushed;
    int result;

    if (bytes.size > max || writer->size > max - bytes.size) {
        return LCC_STORE_TOO_LARGE;
    }
    result = lcc_body_append(&writer->body, bytes, &flushed);
    if (result == 0) {
        writer->size += bytes.size;
    }
    return result == 0 && flushed > 0 ? reserve(writer, flushed) : result;
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
    uint64_t limit_bytes;
    struct lcc_garbage garbage;
};

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
    const struct lcc_evict want = {put->limit_bytes, put->life.stored_s,
                                   put->name};
    uint64_t bytes = 0;
    int result;

    size_t purged;

    lcc_garbage_clear(&put->garbage);
    put->life.seq = lcc_pager_next_seq(store->pager);
    result = lcc_store_cap_variants(store->db, put->name, &put->garbage);
    if (result == 0) {
        result =
            lcc_evict_parts(store->db, LCC_PARTS_FEW, &put->garbage, &purged);
    }
    if (result == 0) {
        result = lcc_records_put(store->db, put->name, put->record, &put->life,
                                 &put->garbage);
    }
    if (result == 0) {
        result = lcc_evict(store->db, &want, &put->garbage, &bytes);
    }
    return result == 0 && bytes > put->limit_bytes ? LCC_STORE_FULL : result;
}

/* Entered. What other writers of this process have on disk is not ours. */
static int store_record(struct lcc_writer *writer, struct put *put)
{
    struct lcc_store *store = writer->store;
    uint64_t max = store->config.max_size_bytes;
    uint64_t others = atomic_load(&store->reserved_bytes) - writer->reserved;
    int result;

    if (put->life.cost_bytes > max) {
        return LCC_STORE_TOO_LARGE;
    }
    if (others > max - put->life.cost_bytes) {
        return LCC_STORE_FULL;
    }
    put->limit_bytes = max - others;
    result = lcc_store_make_room(store, put->life.cost_bytes + others,
                                 put->life.stored_s, NULL);
    if (result == 0) {
        result = lcc_store_run(store, true, put_on, put);
    }
    if (result == 0) {
        lcc_store_discard(store, &put->garbage);
    }
    return result;
}

static int indexed_on(struct lcc_store *store, void *arg)
{
    struct lcc_key key = lcc_key_side_file(arg);
    uint8_t memory[LCC_NAME_SIZE];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};

    return lcc_db_get(store->db, lcc_key_span(&key), &value);
}

static int is_indexed(void *arg, const struct lcc_hash *name)
{
    struct lcc_hash copy = *name;

    return lcc_store_run(arg, false, indexed_on, &copy);
}

/* After a process's first commit of a side file. */
void lcc_store_sweep(struct lcc_store *store)
{
    if (!store->swept) {
        store->swept = true;
        lcc_body_sweep(store->path, is_indexed, store);
    }
}

static int commit_body(struct lcc_writer *writer, struct lcc_buf *record,
                       struct put *put, struct lcc_trailer *trailer)
{
    int result = lcc_record_close(record, put->name, trailer);

    if (result != 0) {
        return result == -EFBIG ? LCC_STORE_TOO_LARGE : result;
    }
    put->record = lcc_buf_span(record);
    put->life.cost_bytes = lcc_record_cost(
        record->size,
        trailer->in_side_file ? lcc_body_file_size(trailer->body_size) : 0);
    put->life.in_side_file = trailer->in_side_file;
    put->life.side_file = trailer->side_file;
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
    struct put put = {.name = name,
                      .life = {.last_used_s = stamp->stored_s,
                               .stored_s = stamp->stored_s,
                               .expires_s = stamp->expires_s}};
    struct lcc_trailer trailer = {.meta_size = meta.size,
                                  .body_size = writer->size,
                                  .stored_s = stamp->stored_s,
                                  .expires_s = stamp->expires_s,
                                  .in_side_file =
                                      writer->size > LCC_INLINE_BODY_MAX};
    int result = lcc_buf_append(&record, meta);

    if (result == 0 && !trailer.in_side_file) {
        result = lcc_buf_append(&record, lcc_buf_span(&writer->body.window));
    } else if (result == 0) {
        result = lcc_body_keep(&writer->body);
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
