/*
 * store_part_read.c - what the parts of a partial response cover, and their
 * bytes
 */
#include "store/store_private.h"

#include <errno.h>
#include <string.h>

enum {
    COVER_STEPS = 1024, /* parts looked at on one snapshot */
    READ_STEPS = 16,    /* parts, or pieces of them, read by one call */
};

/* --- covering ------------------------------------------------------------ */

struct cover {
    const struct lcc_hash *set;
    uint64_t at; /* up to here all is there */
    uint64_t last;
    bool over;
    bool yes;
    struct lcc_buf value;
};

static int cover_on(struct lcc_store *store, void *arg)
{
    struct cover *cover = arg;
    struct lcc_part_record part;
    int result =
        lcc_parts_find(store->db, cover->set, cover->at, &cover->value, &part);

    for (int step = 0; result == 0 && !cover->over && step < COVER_STEPS;
         step++) {
        cover->yes =
            part.first <= cover->at && lcc_part_last(&part) >= cover->last;
        cover->over = cover->yes || part.first > cover->at;
        if (!cover->over) {
            cover->at = lcc_part_last(&part) + 1;
            result =
                lcc_parts_next(store->db, cover->set, &cover->value, &part);
        }
    }
    if (result == LCC_STORE_MISS) {
        cover->over = true;
        result = 0;
    }
    return result;
}

static int covers_parts(struct lcc_store *store, const struct lcc_hit *hit,
                        struct cover *cover)
{
    int result = lcc_store_enter(store);

    if (result != 0) {
        return result;
    }
    cover->set = &hit->parts;
    while (result == 0 && !cover->over) {
        result = lcc_store_run(store, false, cover_on, cover);
    }
    lcc_store_leave(store);
    return result;
}

int lcc_store_covers(struct lcc_store *store, const struct lcc_hit *hit,
                     uint64_t first, uint64_t last, bool *ret_yes)
{
    struct lcc_call call = lcc_call_begin();
    struct cover cover = {
        .at = first,
        .last = last,
        .value = LCC_BUF_INIT(LCC_PART_FIXED + LCC_INLINE_BODY_MAX),
    };
    bool known = hit->body_size != LCC_LENGTH_UNKNOWN;
    int result = 0;

    if (first > last || (known && last >= hit->body_size)) {
        cover.yes = false;
    } else if (!hit->is_partial || hit->parts_bytes == hit->body_size) {
        cover.yes = true;
    } else {
        result = covers_parts(store, hit, &cover);
    }
    lcc_buf_done(&cover.value);
    if (result == 0) {
        *ret_yes = cover.yes;
    }
    lcc_call_end(call);
    return result;
}

/* --- reading ------------------------------------------------------------- */

struct part_read {
    const struct lcc_hit *hit;
    uint64_t at;
    struct lcc_part_record part;
    struct lcc_buf value;
    struct lcc_partial partial; /* for dropping the part */
    struct lcc_garbage garbage;
};

static int find_on(struct lcc_store *store, void *arg)
{
    struct part_read *read = arg;

    return lcc_parts_find(store->db, &read->hit->parts, read->at, &read->value,
                          &read->part);
}

/* The part whose side file is gone goes; a response without parts, too. */
static int drop_part_on(struct lcc_store *store, void *arg)
{
    struct part_read *read = arg;
    const struct lcc_name name = {read->hit->id, read->hit->variant};
    struct lcc_partial *old = &read->partial;
    struct lcc_part_record now;
    int result;

    lcc_garbage_clear(&read->garbage);
    result = lcc_partial_load(store->db, &name, &read->hit->parts, old);
    if (result == 0) {
        result = lcc_parts_find(store->db, &read->hit->parts,
                                lcc_part_last(&read->part), &read->value, &now);
        lcc_db_seek_end(store->db);
    }
    if (result == LCC_STORE_MISS ||
        (result == 0 &&
         !lcc_hash_equal(&now.side_file, &read->part.side_file))) {
        return LCC_RUN_NOTHING;
    }
    if (result == 0) {
        result = lcc_parts_remove(store->db, &read->hit->parts, &now,
                                  &read->garbage);
        lcc_partial_take_off(old, &now);
    }
    if (result != 0) {
        return result;
    }
    return lcc_partial_save(
        store->db, &name,
        lcc_span_of(old->record.data, (size_t)old->trailer.meta_size), old);
}

static void drop_part(struct lcc_store *store, struct part_read *read)
{
    if (!store->config.readonly && lcc_store_enter(store) == 0) {
        if (lcc_store_run(store, true, drop_part_on, read) == 0) {
            lcc_store_discard(store, &read->garbage);
        }
        lcc_store_leave(store);
    }
}

/* What the part that was found has at read->at. */
static int read_found(struct lcc_store *store, struct part_read *read,
                      void *into, size_t size, size_t *ret_got)
{
    const struct lcc_part_record *part = &read->part;
    uint64_t skip = read->at - part->first;
    uint64_t left = part->size - skip;
    const struct lcc_body_ref ref = {store->path, &part->side_file, NULL,
                                     part->file_bytes};

    size = left < size ? (size_t)left : size;
    if (part->in_side_file) {
        return lcc_body_read(&ref, part->skip + skip, into, size, ret_got);
    }
    memcpy(into, (const uint8_t *)part->bytes.data + skip, size);
    *ret_got = size;
    return 0;
}

/* One look-up, and what the part has there. */
static int read_once(struct lcc_store *store, struct part_read *read,
                     void *into, size_t size, size_t *ret_got)
{
    int result = lcc_store_enter(store);

    if (result == 0) {
        result = lcc_store_run(store, false, find_on, read);
        lcc_store_leave(store);
    }
    if (result == LCC_STORE_MISS ||
        (result == 0 && read->part.first > read->at)) {
        return -ESTALE; /* a gap */
    }
    if (result != 0) {
        return result;
    }
    result = read_found(store, read, into, size, ret_got);
    if (result == -ESTALE) {
        drop_part(store, read);
    }
    return result;
}

/* A part that another one has replaced meanwhile is looked up once more. */
static int read_some(struct lcc_store *store, struct part_read *read,
                     void *into, size_t size, size_t *ret_got)
{
    int result = read_once(store, read, into, size, ret_got);

    return result == -ESTALE ? read_once(store, read, into, size, ret_got)
                             : result;
}

int lcc_store_read_parts(struct lcc_store *store, const struct lcc_hit *hit,
                         uint64_t offset, void *into, size_t size,
                         size_t *ret_got)
{
    struct part_read read = {
        .hit = hit,
        .at = offset,
        .value = LCC_BUF_INIT(LCC_PART_FIXED + LCC_INLINE_BODY_MAX),
        .partial.record = LCC_BUF_INIT(LCC_RECORD_MAX),
    };
    size_t done = 0;
    int result = 0;

    for (int step = 0; result == 0 && done < size && step < READ_STEPS &&
                       read.at < hit->body_size;
         step++) {
        size_t got = 0;

        result =
            read_some(store, &read, (uint8_t *)into + done, size - done, &got);
        if (result == 0) {
            done += got;
            read.at += got;
        }
    }
    lcc_buf_done(&read.value);
    lcc_buf_done(&read.partial.record);
    if (result == 0 || done > 0) {
        *ret_got = done;
        result = 0;
    }
    return result;
}
