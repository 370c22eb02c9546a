/*
 * store_part.c - the bytes of a 206 join the parts that are stored (RFC 9111,
 * section 3.4)
 */
#include "store/part_fit.h"
#include "store/store_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PRUNE_ROUNDS = 64, /* commits that make way for a very wide part */
    WAY_ROUNDS = 16,   /* and for one that the limits leave no room */
};

struct part_put {
    const struct lcc_name *name;
    const struct lcc_part *part;
    struct lcc_span meta;
    const struct lcc_stamp *stamp;
    struct lcc_part_record whole; /* all that was written */
    struct lcc_hash new_set;      /* when one is begun */
    uint64_t max_entry_bytes;
    const struct lcc_hash *own; /* its body, counted by the commit itself */
    struct lcc_evict want;
    struct lcc_evicted is;
    bool used_file;
    bool crowded;
    struct lcc_partial old; /* what it is added to */
    struct lcc_fit fit;
    struct lcc_buf value;
    struct lcc_buf joined;
    struct lcc_garbage garbage;
};

static void put_done(struct part_put *put)
{
    lcc_buf_done(&put->old.record);
    lcc_fit_done(&put->fit);
    lcc_buf_done(&put->value);
    lcc_buf_done(&put->joined);
    free(put);
}

/* --- what it is added to ------------------------------------------------- */

static void begin_set(struct part_put *put)
{
    put->old.trailer = (struct lcc_trailer){
        .is_partial = true,
        .side_file = put->new_set,
        .body_size = put->part->complete_length,
    };
    put->old.life = (struct lcc_life){
        .is_partial = true,
        .side_file = put->new_set,
    };
}

/* Does some stored part reach to the end or behind it? */
static int reaches(struct lcc_db *db, struct part_put *put, uint64_t end,
                   bool *ret)
{
    struct lcc_part_record part;
    int result = lcc_parts_find(db, &put->old.trailer.side_file, end,
                                &put->value, &part);

    lcc_db_seek_end(db);
    *ret = result == 0;
    return result == LCC_STORE_MISS ? 0 : result;
}

/* Can both be of one length? Then it is the stored one's from now on. */
static int lengths_agree(struct lcc_db *db, struct part_put *put, bool *ret)
{
    uint64_t *stored = &put->old.trailer.body_size;
    uint64_t said = put->part->complete_length;
    bool longer = false;
    int result = 0;

    if (*stored == LCC_LENGTH_UNKNOWN && said != LCC_LENGTH_UNKNOWN) {
        result = reaches(db, put, said, &longer);
        *ret = !longer;
        *stored = said;
    } else {
        *ret = (said == LCC_LENGTH_UNKNOWN || said == *stored) &&
               lcc_part_last(&put->whole) < *stored;
    }
    return result;
}

/* What is stored under the name, if it combines. *ret_added: it does.
 * LCC_RUN_NOTHING: a whole response combines, and has it all. */
static int find_old(struct lcc_db *db, struct part_put *put, bool *ret_added)
{
    struct lcc_key key = lcc_key_entry(put->name);
    struct lcc_partial *old = &put->old;
    int result = lcc_db_get(db, lcc_key_span(&key), &old->record);

    *ret_added = false;
    if (result != 0) {
        return result == LCC_STORE_MISS ? 0 : result;
    }
    if (!lcc_record_open(lcc_buf_span(&old->record), put->name,
                         &old->trailer) ||
        !put->part->combines ||
        !put->part->combines(
            put->part->arg,
            lcc_span_of(old->record.data, (size_t)old->trailer.meta_size))) {
        return 0;
    }
    if (!old->trailer.is_partial) {
        return LCC_RUN_NOTHING;
    }
    result = lengths_agree(db, put, ret_added);
    return result == 0 ? lcc_records_life(db, put->name, &old->life) : result;
}

/* --- the commit ---------------------------------------------------------- */

static int remove_covered(struct lcc_db *db, struct part_put *put)
{
    const struct lcc_hash *set = &put->old.trailer.side_file;
    int result = 0;

    for (size_t i = 0; result == 0 && i < put->fit.gone_count; i++) {
        result = lcc_parts_remove(db, set, &put->fit.gone[i], &put->garbage);
        lcc_partial_take_off(&put->old, &put->fit.gone[i]);
    }
    return result;
}

/* The new part, with the bytes of its small neighbours. */
static int put_joined(struct lcc_db *db, struct part_put *put)
{
    struct lcc_part_record part = put->fit.part;
    int result;

    lcc_buf_clear(&put->joined);
    result = lcc_buf_append(&put->joined, lcc_buf_span(&put->fit.left));
    if (result == 0) {
        result = lcc_buf_append(&put->joined, part.bytes);
    }
    if (result == 0) {
        result = lcc_buf_append(&put->joined, lcc_buf_span(&put->fit.right));
    }
    if (!part.in_side_file) {
        part.first -= put->fit.left.size;
        part.size = put->joined.size;
        part.bytes = lcc_buf_span(&put->joined);
    }
    lcc_partial_add_on(&put->old, &part);
    put->used_file = part.in_side_file;
    return result == 0 ? lcc_parts_put(db, &put->old.trailer.side_file, &part,
                                       &put->value)
                       : result;
}

static int save_head(struct lcc_store *store, struct part_put *put, bool added)
{
    struct lcc_partial *old = &put->old;
    struct lcc_buf record = LCC_BUF_INIT(LCC_RECORD_MAX);
    int result;

    old->trailer.stored_s = put->stamp->stored_s;
    old->trailer.expires_s = put->stamp->expires_s;
    old->life.stored_s = put->stamp->stored_s;
    old->life.last_used_s = put->stamp->stored_s;
    old->life.expires_s = put->stamp->expires_s;
    old->life.seq = lcc_now_ns();
    if (added) {
        return lcc_partial_save(store->db, put->name, put->meta, old);
    }
    old->trailer.meta_size = put->meta.size;
    result = lcc_buf_append(&record, put->meta);
    if (result == 0) {
        result = lcc_record_close(&record, put->name, &old->trailer);
    }
    if (result == 0) {
        old->life.cost_bytes =
            lcc_record_cost(record.size, 0) + old->life.parts_cost_bytes;
        result = lcc_records_put(store->db, put->name, lcc_buf_span(&record),
                                 &old->life, &put->garbage);
    }
    lcc_buf_done(&record);
    return result;
}

/* Evict others until the limit holds. */
static int keep_limit(struct lcc_store *store, struct part_put *put)
{
    size_t purged;
    int result =
        lcc_evict_parts(store->db, LCC_PARTS_FEW, &put->garbage, &purged);

    if (result == 0) {
        result = lcc_evict(store->db, &put->want, &put->garbage, &put->is);
    }
    return result == 0 && !lcc_evict_fits(&put->want, &put->is) ? LCC_STORE_FULL
                                                                : result;
}

static int store_part(struct lcc_store *store, struct part_put *put, bool added)
{
    const struct lcc_trailer *trailer = &put->old.trailer;
    int result = remove_covered(store->db, put);

    if (result == 0 && !put->fit.nothing) {
        result = put_joined(store->db, put);
    }
    if (result == 0 && (trailer->parts_bytes > put->max_entry_bytes ||
                        trailer->parts_count > LCC_PARTS_MAX)) {
        result = LCC_STORE_TOO_LARGE;
    }
    if (result == 0) {
        result = save_head(store, put, added);
    }
    return result == 0 ? keep_limit(store, put) : result;
}

static int put_part_on(struct lcc_store *store, void *arg)
{
    struct part_put *put = arg;
    bool added = false;
    int result;

    lcc_garbage_clear(&put->garbage);
    store->dropped = &put->garbage;
    put->used_file = false;
    put->want =
        lcc_store_limits(store, put->own, put->stamp->stored_s, put->name);
    put->crowded = false;
    result = lcc_store_before(store, &put->want);
    if (result == 0) {
        result = find_old(store->db, put, &added);
    }
    if (result != 0) {
        return result;
    }
    if (!added) {
        begin_set(put);
        lcc_fit_begin(&put->fit, &put->whole);
        result = lcc_store_cap_variants(store->db, put->name, &put->garbage);
    } else {
        result = lcc_fit_in(store->db, &put->old.trailer.side_file, &put->whole,
                            &put->fit);
        put->crowded = put->fit.crowded;
    }
    if (result == 0 && put->crowded) {
        return LCC_RUN_NOTHING;
    }
    return result == 0 ? store_part(store, put, added) : result;
}

/* Many parts lie inside the new one: some of them go, in a commit of their
 * own. */
static int prune_on(struct lcc_store *store, void *arg)
{
    struct part_put *put = arg;
    bool added = false;
    int result;

    lcc_garbage_clear(&put->garbage);
    result = find_old(store->db, put, &added);
    if (result == 0 && added) {
        result = lcc_fit_in(store->db, &put->old.trailer.side_file, &put->whole,
                            &put->fit);
    }
    if (result != 0 || !added || !put->fit.crowded) {
        return result == 0 ? LCC_RUN_NOTHING : result;
    }
    lcc_fit_without_neighbours(&put->fit, &put->whole);
    result = remove_covered(store->db, put);
    return result == 0 ? lcc_partial_save(
                             store->db, put->name,
                             lcc_span_of(put->old.record.data,
                                         (size_t)put->old.trailer.meta_size),
                             &put->old)
                       : result;
}

/* Too large an index, or too much beside it: others go first, and again. */
static int run_put_once(struct lcc_store *store, struct part_put *put)
{
    int result = lcc_store_settle(store, &put->name->id.url);

    if (result == 0) {
        result = lcc_store_run(store, true, put_part_on, put);
    }
    for (int round = 0; result == LCC_STORE_FULL && round < WAY_ROUNDS;
         round++) {
        result = lcc_store_make_way(store, &put->want);
        result =
            result == 0 ? lcc_store_run(store, true, put_part_on, put) : result;
    }
    return result;
}

/* Entered. */
static int run_put(struct lcc_writer *writer, struct part_put *put)
{
    struct lcc_store *store = writer->store;
    const uint64_t cost =
        lcc_part_cost(&put->whole) + lcc_record_cost(put->meta.size, 0);
    int result;

    if (cost > store->config.max_size_bytes) {
        return LCC_STORE_TOO_LARGE;
    }
    if (lcc_store_disk_is_low(store)) {
        return LCC_STORE_DISK_LOW;
    }
    put->own = &writer->body.name;
    result = run_put_once(store, put);
    for (int round = 0; result == 0 && put->crowded && round < PRUNE_ROUNDS;
         round++) {
        result = lcc_store_run(store, true, prune_on, put);
        if (result == 0) {
            lcc_store_discard(store, &put->garbage);
            result = run_put_once(store, put);
        }
    }
    if (result == 0) {
        lcc_store_discard(store, &put->garbage);
    }
    if (result == 0 && !put->crowded) {
        lcc_store_note_fill(store, &put->want, &put->is, cost);
    }
    return result == 0 && put->crowded ? LCC_STORE_TOO_LARGE : result;
}

/* The bytes, inline or in their file. */
static int write_whole(struct lcc_writer *writer, struct part_put *put)
{
    int result = 0;

    put->whole = (struct lcc_part_record){
        .first = put->part->first,
        .size = writer->size,
        .in_side_file = writer->size > LCC_INLINE_BODY_MAX,
    };
    if (put->whole.in_side_file) {
        result = lcc_writer_keep(writer, put->name);
        put->whole.file_bytes = writer->size;
        put->whole.side_file = writer->body.name;
    } else {
        put->whole.bytes = lcc_buf_span(&writer->body.window);
    }
    return result;
}

static int commit_part(struct lcc_writer *writer, struct part_put *put)
{
    struct lcc_store *store = writer->store;
    int result = lcc_folder_random(&put->new_set, sizeof(put->new_set));

    if (result == 0) {
        result = write_whole(writer, put);
    }
    if (result != 0) {
        return result;
    }
    result = lcc_store_enter(store);
    if (result == 0) {
        result = run_put(writer, put);
        if (result == 0 && put->used_file) {
            lcc_store_sweep(store);
        }
        lcc_store_leave(store);
    }
    if (put->whole.in_side_file && (result != 0 || !put->used_file)) {
        lcc_body_unlink(store->path, &put->whole.side_file);
    }
    return result;
}

static bool is_in_range(const struct lcc_writer *writer,
                        const struct lcc_part *part)
{
    return writer->size > 0 && part->first < part->complete_length &&
           writer->size <= part->complete_length - part->first;
}

int lcc_writer_commit_part(struct lcc_writer *writer, const struct lcc_id *id,
                           const struct lcc_hash *variant, struct lcc_span meta,
                           const struct lcc_stamp *stamp,
                           const struct lcc_part *part)
{
    struct lcc_call call = lcc_call_begin();
    struct lcc_name name = {*id, *variant};
    struct part_put *put = NULL;
    int result = is_in_range(writer, part) ? 0 : -EINVAL;

    if (result == 0) {
        put = calloc(1, sizeof(*put));
        result = put ? 0 : -ENOMEM;
    }
    if (result == 0) {
        put->name = &name;
        put->part = part;
        put->meta = meta;
        put->stamp = stamp;
        put->max_entry_bytes = writer->store->config.max_entry_bytes;
        put->old.record = LCC_BUF_INIT(LCC_RECORD_MAX);
        lcc_fit_init(&put->fit);
        put->joined = LCC_BUF_INIT(LCC_INLINE_BODY_MAX);
        put->value = LCC_BUF_INIT(LCC_PART_FIXED + LCC_INLINE_BODY_MAX);
        result = commit_part(writer, put);
        put_done(put);
    }
    lcc_call_end(call);
    return result == -EFBIG ? LCC_STORE_TOO_LARGE : result;
}
