/*
 * store_walk.c - visiting every stored response
 */
#include "store/store_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WALK_BYTES = 1024 * 1024 }; /* of records read before visiting */

struct walked {
    struct lcc_name name;
    size_t offset; /* in walk.bytes */
    struct lcc_trailer trailer;
    struct lcc_life life;
};

struct walk {
    struct lcc_key prefix;
    struct lcc_key from;
    struct lcc_buf bytes;
    struct lcc_buf record;
    struct walked list[LCC_BATCH];
    size_t count;
    bool more;
    /* What is newer than the database comes first, and is known again there,
     * taken in meanwhile or not. */
    bool began;
    struct lcc_name recent[LCC_RECENT_MAX];
    size_t recent_count;
};

static bool walk_knows(const struct walk *walk, const struct lcc_name *name)
{
    for (size_t i = 0; i < walk->recent_count; i++) {
        if (memcmp(&walk->recent[i], name, sizeof(*name)) == 0) {
            return true;
        }
    }
    return false;
}

/* Keep a copy of a record, if it is whole. */
static int walk_take(struct walk *walk, const struct lcc_name *name,
                     struct lcc_span record)
{
    struct walked *to = &walk->list[walk->count];

    if (!lcc_record_open(record, name, &to->trailer)) {
        return 0;
    }
    to->name = *name;
    to->offset = walk->bytes.size;
    to->life = lcc_life_of(record.size, &to->trailer);
    walk->count++;
    return lcc_buf_append(
        &walk->bytes, lcc_span_of(record.data, (size_t)to->trailer.meta_size));
}

static int walk_recent_one(const struct lcc_recent *recent, struct walk *walk,
                           const struct lcc_recent_item *item)
{
    const struct lcc_key key = lcc_key_entry(&item->name);
    const int64_t used_s = lcc_recent_used_s(recent, &item->name);
    struct walked *to = &walk->list[walk->count];
    int result;

    if (lcc_recent_record(recent, &item->name) != item ||
        !lcc_key_has_prefix(lcc_key_span(&key), &walk->prefix)) {
        return 0;
    }
    walk->recent[walk->recent_count++] = item->name;
    result = walk_take(walk, &item->name, lcc_recent_bytes(recent, item));
    if (used_s > to->life.last_used_s) {
        to->life.last_used_s = used_s;
    }
    return result;
}

static int walk_recent(struct lcc_store *store, struct walk *walk)
{
    const struct lcc_recent *recent = &store->recent;
    int result = 0;

    walk->recent_count = 0;
    for (size_t i = 0; result == 0 && i < recent->count; i++) {
        if (recent->items[i].size > 0) {
            result = walk_recent_one(recent, walk, &recent->items[i]);
        }
    }
    return result;
}

static int walk_collect(struct lcc_store *store, struct walk *walk)
{
    int result =
        lcc_db_seek(store->db, lcc_key_span(&walk->from), &walk->record);

    while (result == 0 && walk->count < LCC_BATCH &&
           walk->bytes.size < WALK_BYTES) {
        struct lcc_span key = lcc_db_key(store->db);
        struct lcc_name name;

        if (!lcc_key_has_prefix(key, &walk->prefix)) {
            return LCC_STORE_MISS;
        }
        memcpy(walk->from.bytes, key.data, key.size);
        walk->from.bytes[key.size] = 0; /* the least key behind this one */
        walk->from.size = key.size + 1;
        if (lcc_key_name(key, &name) && !walk_knows(walk, &name)) {
            result = walk_take(walk, &name, lcc_buf_span(&walk->record));
        }
        if (result == 0) {
            result = lcc_db_next(store->db, &walk->record);
        }
    }
    return result;
}

static int walk_on(struct lcc_store *store, void *arg)
{
    struct walk *walk = arg;
    struct lcc_key from = walk->from;
    int result = walk->began ? 0 : lcc_store_sync_recent(store);

    walk->count = 0;
    lcc_buf_clear(&walk->bytes);
    if (result != 0) {
        return result < 0 ? LCC_STORE_BUSY : result;
    }
    if (!walk->began) {
        result = walk_recent(store, walk);
        walk->began = result == 0;
        return result;
    }
    result = walk_collect(store, walk);
    walk->more = result == 0;
    if (result != 0 && result != LCC_STORE_MISS) {
        walk->from = from; /* it may be tried again */
        return result;
    }
    for (size_t i = 0; i < walk->count; i++) {
        struct walked *at = &walk->list[i];

        result =
            lcc_records_life_since(store->db, &at->name, &at->life, &at->life);
        if (result != 0 && result != LCC_STORE_MISS) {
            walk->from = from;
            return result;
        }
    }
    return 0;
}

static int walk_visit(const struct walk *walk, lcc_store_visit_fn visit,
                      void *arg)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < walk->count; i++) {
        const struct walked *at = &walk->list[i];
        const struct lcc_record record = {
            .id = at->name.id,
            .variant = at->name.variant,
            .meta = lcc_span_of(walk->bytes.data + at->offset,
                                (size_t)at->trailer.meta_size),
            .body_size = at->trailer.is_partial ? at->trailer.parts_bytes
                                                : at->trailer.body_size,
            .is_partial = at->trailer.is_partial,
            .complete_length = at->trailer.body_size,
            .cost_bytes = at->life.cost_bytes,
            .stored_s = at->trailer.stored_s,
            .expires_s = at->trailer.expires_s,
            .last_used_s = at->life.last_used_s,
        };

        result = visit(arg, &record);
    }
    return result;
}

static int walk_batch(struct lcc_store *store, struct walk *walk)
{
    struct lcc_call call = lcc_call_begin();
    int result = lcc_store_enter(store);

    if (result == 0) {
        result = lcc_store_run(store, false, walk_on, walk);
        lcc_store_leave(store);
    }
    if (result == LCC_STORE_MISS) { /* readonly, and nothing is there */
        walk->count = 0;
        walk->more = false;
        result = 0;
    }
    lcc_call_end(call);
    return result;
}

int lcc_store_walk(struct lcc_store *store, const struct lcc_hash *url,
                   lcc_store_visit_fn visit, void *arg)
{
    struct walk *walk = calloc(1, sizeof(*walk));
    int result = 0;

    if (!walk) {
        return -ENOMEM;
    }
    walk->prefix = lcc_key_of_url(url);
    walk->from = walk->prefix;
    walk->bytes = LCC_BUF_INIT(SIZE_MAX);
    walk->record = LCC_BUF_INIT(SIZE_MAX);
    walk->more = true;
    while (result == 0 && walk->more) {
        result = walk_batch(store, walk);
        if (result == 0) {
            result = walk_visit(walk, visit, arg);
        }
    }
    lcc_buf_done(&walk->bytes);
    lcc_buf_done(&walk->record);
    free(walk);
    return result;
}
