/*
 * records.c - record layouts; entries put, renewed, dropped and touched
 *
 * FORMAT.md draws every byte. Pure but for the functions that take a db.
 */
#include "store/records.h"

#include "store/body.h"

#include <errno.h>
#include <string.h>

enum {
    TRAILER_MAGIC = 0x4c434331, /* "LCC1" */
    TRAILER_SIZE = 4 + 4 + 7 * 8 + LCC_HASH_SIZE + 8,
    FLAG_SIDE_FILE = 1,
    FLAG_PARTS = 2,
    FLAG_USED = 4, /* of a life alone */
    LIFE_SIZE = 7 * 8 + LCC_HASH_SIZE + 8,
};

/* --- the entry's record -------------------------------------------------- */

static uint64_t record_checksum(struct lcc_span record,
                                const struct lcc_name *name)
{
    struct lcc_key key = lcc_key_entry(name);

    return lcc_checksum(record) ^ lcc_checksum(lcc_key_span(&key)) * 3;
}

int lcc_record_close(struct lcc_buf *record, const struct lcc_name *name,
                     const struct lcc_trailer *trailer)
{
    uint32_t flags = trailer->in_side_file ? FLAG_SIDE_FILE
                     : trailer->is_partial ? FLAG_PARTS
                                           : 0;
    int result = lcc_buf_reserve(record, record->size + TRAILER_SIZE);

    if (result != 0) {
        return result;
    }
    (void)lcc_buf_put_u32(record, TRAILER_MAGIC);
    (void)lcc_buf_put_u32(record, flags);
    (void)lcc_buf_put_u64(record, trailer->meta_size);
    (void)lcc_buf_put_u64(record, trailer->body_size);
    (void)lcc_buf_put_u64(record, (uint64_t)trailer->stored_s);
    (void)lcc_buf_put_u64(record, (uint64_t)trailer->expires_s);
    (void)lcc_buf_put_u64(record, trailer->parts_bytes);
    (void)lcc_buf_put_u64(record, trailer->parts_count);
    (void)lcc_buf_put_u64(record, trailer->seq);
    (void)lcc_buf_append(record,
                         lcc_span_of(trailer->side_file.bytes, LCC_HASH_SIZE));
    return lcc_buf_put_u64(record, record_checksum(lcc_buf_span(record), name));
}

static bool take_hash(struct lcc_span *from, struct lcc_hash *ret)
{
    if (from->size < LCC_HASH_SIZE) {
        return false;
    }
    memcpy(ret->bytes, from->data, LCC_HASH_SIZE);
    *from = lcc_span_of((const uint8_t *)from->data + LCC_HASH_SIZE,
                        from->size - LCC_HASH_SIZE);
    return true;
}

static bool trailer_take(struct lcc_span from, struct lcc_trailer *ret,
                         uint64_t *ret_checksum)
{
    uint32_t magic = 0;
    uint32_t flags = 0;
    uint64_t stored = 0;
    uint64_t expires = 0;
    bool whole =
        lcc_take_u32(&from, &magic) && lcc_take_u32(&from, &flags) &&
        lcc_take_u64(&from, &ret->meta_size) &&
        lcc_take_u64(&from, &ret->body_size) && lcc_take_u64(&from, &stored) &&
        lcc_take_u64(&from, &expires) &&
        lcc_take_u64(&from, &ret->parts_bytes) &&
        lcc_take_u64(&from, &ret->parts_count) &&
        lcc_take_u64(&from, &ret->seq) && take_hash(&from, &ret->side_file) &&
        lcc_take_u64(&from, ret_checksum);

    ret->stored_s = (int64_t)stored;
    ret->expires_s = (int64_t)expires;
    ret->in_side_file = flags == FLAG_SIDE_FILE;
    ret->is_partial = flags == FLAG_PARTS;
    return whole && magic == TRAILER_MAGIC && flags <= FLAG_PARTS;
}

bool lcc_record_peek(struct lcc_span record, struct lcc_trailer *ret)
{
    uint64_t checksum;

    return record.size >= TRAILER_SIZE &&
           trailer_take(lcc_span_of((const uint8_t *)record.data +
                                        (record.size - TRAILER_SIZE),
                                    TRAILER_SIZE),
                        ret, &checksum);
}

bool lcc_record_open(struct lcc_span record, const struct lcc_name *name,
                     struct lcc_trailer *ret)
{
    struct lcc_trailer trailer;
    uint64_t checksum;
    uint64_t inside;

    if (record.size < TRAILER_SIZE) {
        return false;
    }
    inside = record.size - TRAILER_SIZE;
    if (!trailer_take(
            lcc_span_of((const uint8_t *)record.data + inside, TRAILER_SIZE),
            &trailer, &checksum)) {
        return false;
    }
    if (checksum !=
        record_checksum(
            lcc_span_of(record.data, record.size - sizeof(checksum)), name)) {
        return false;
    }
    if (trailer.meta_size > inside ||
        (trailer.in_side_file || trailer.is_partial
             ? trailer.meta_size != inside
             : trailer.body_size != inside - trailer.meta_size)) {
        return false;
    }
    *ret = trailer;
    return true;
}

uint64_t lcc_record_cost(uint64_t record_size, uint64_t side_file_size)
{
    return record_size + LCC_RECORD_COST + lcc_disk_bytes(side_file_size);
}

struct lcc_life lcc_life_of(uint64_t record_size,
                            const struct lcc_trailer *trailer)
{
    return (struct lcc_life){
        .last_used_s = trailer->stored_s,
        .seq = trailer->seq,
        .stored_s = trailer->stored_s,
        .expires_s = trailer->expires_s,
        .cost_bytes = lcc_record_cost(
            record_size,
            trailer->in_side_file ? lcc_body_file_size(trailer->body_size) : 0),
        .in_side_file = trailer->in_side_file,
        .is_partial = trailer->is_partial,
        .side_file = trailer->side_file,
        .body_size = trailer->body_size,
    };
}

/* --- the others ---------------------------------------------------------- */

static int life_put(struct lcc_db *db, const struct lcc_name *name,
                    const struct lcc_life *life)
{
    struct lcc_key key = lcc_key_life(name);
    uint8_t memory[LIFE_SIZE];
    struct lcc_buf out = {memory, 0, sizeof(memory), sizeof(memory)};

    (void)lcc_buf_put_u64(&out, (uint64_t)life->last_used_s);
    (void)lcc_buf_put_u64(&out, life->seq);
    (void)lcc_buf_put_u64(&out, (uint64_t)life->stored_s);
    (void)lcc_buf_put_u64(&out, (uint64_t)life->expires_s);
    (void)lcc_buf_put_u64(&out, life->cost_bytes);
    (void)lcc_buf_put_u64(&out, life->parts_cost_bytes);
    (void)lcc_buf_put_u64(&out, (life->in_side_file ? FLAG_SIDE_FILE
                                 : life->is_partial ? FLAG_PARTS
                                                    : 0) |
                                    (life->used ? FLAG_USED : 0));
    (void)lcc_buf_append(&out,
                         lcc_span_of(life->side_file.bytes, LCC_HASH_SIZE));
    (void)lcc_buf_put_u64(&out, lcc_checksum(lcc_buf_span(&out)));
    return lcc_db_put(db, lcc_key_span(&key), lcc_buf_span(&out));
}

bool lcc_life_read(struct lcc_span from, struct lcc_life *ret)
{
    struct lcc_span covered = lcc_span_of(from.data, LIFE_SIZE - 8);
    uint64_t n[7] = {0};
    uint64_t checksum = 0;
    bool whole = from.size == LIFE_SIZE;

    for (size_t i = 0; i < LCC_ARRAY_SIZE(n); i++) {
        whole = whole && lcc_take_u64(&from, &n[i]);
    }
    whole = whole && take_hash(&from, &ret->side_file) &&
            lcc_take_u64(&from, &checksum) && checksum == lcc_checksum(covered);
    ret->last_used_s = (int64_t)n[0];
    ret->seq = n[1];
    ret->stored_s = (int64_t)n[2];
    ret->expires_s = (int64_t)n[3];
    ret->cost_bytes = n[4];
    ret->parts_cost_bytes = n[5];
    ret->kept = true;
    ret->used = (n[6] & FLAG_USED) != 0;
    n[6] &= ~(uint64_t)FLAG_USED;
    ret->in_side_file = n[6] == FLAG_SIDE_FILE;
    ret->is_partial = n[6] == FLAG_PARTS;
    return whole && n[6] <= FLAG_PARTS && n[5] <= n[4];
}

/* 0; LCC_STORE_MISS. */
static int life_get(struct lcc_db *db, const struct lcc_name *name,
                    struct lcc_life *ret)
{
    struct lcc_key key = lcc_key_life(name);
    uint8_t memory[LIFE_SIZE];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};
    int result = lcc_db_get(db, lcc_key_span(&key), &value);

    if (result == -EFBIG) {
        return LCC_STORE_UNAVAILABLE;
    }
    if (result == 0 && !lcc_life_read(lcc_buf_span(&value), ret)) {
        return LCC_STORE_UNAVAILABLE;
    }
    return result;
}

int lcc_records_life_since(struct lcc_db *db, const struct lcc_name *name,
                           const struct lcc_life *stored, struct lcc_life *ret)
{
    int result = life_get(db, name, ret);

    if (result == LCC_STORE_MISS) {
        *ret = *stored;
        result = 0;
    }
    return result;
}

/* Of one whose record is damaged its size is known, and what it counts. */
static int life_of_record(struct lcc_db *db, const struct lcc_name *name,
                          struct lcc_life *ret)
{
    struct lcc_key key = lcc_key_entry(name);
    struct lcc_buf record = LCC_BUF_INIT(LCC_RECORD_MAX);
    struct lcc_trailer trailer = {0};
    int result = lcc_db_get(db, lcc_key_span(&key), &record);

    if (result == 0) {
        const bool whole =
            lcc_record_open(lcc_buf_span(&record), name, &trailer);

        *ret = lcc_life_of(record.size, &trailer);
        ret->damaged = !whole;
    }
    lcc_buf_done(&record);
    return result == -EFBIG ? LCC_STORE_UNAVAILABLE : result;
}

int lcc_records_life(struct lcc_db *db, const struct lcc_name *name,
                     struct lcc_life *ret)
{
    int result = life_get(db, name, ret);

    return result == LCC_STORE_MISS ? life_of_record(db, name, ret) : result;
}

static int remove_key(struct lcc_db *db, const struct lcc_key *key)
{
    int result = lcc_db_remove(db, lcc_key_span(key));

    return result == LCC_STORE_MISS ? 0 : result;
}

static int put_empty(struct lcc_db *db, const struct lcc_key *key)
{
    return lcc_db_put(db, lcc_key_span(key), LCC_SPAN_EMPTY);
}

static struct lcc_key use_of(const struct lcc_name *name,
                             const struct lcc_life *life)
{
    return lcc_key_use(name, life->used, life->last_used_s, life->seq);
}

/* The place of what was never used says too when it expires, for who finds that
 * it leads to nothing. */
static int use_put(struct lcc_db *db, const struct lcc_name *name,
                   const struct lcc_life *life)
{
    struct lcc_key key = use_of(name, life);
    uint8_t memory[sizeof(uint64_t)];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};

    if (!life->used && life->expires_s != INT64_MAX) {
        (void)lcc_buf_put_u64(&value, (uint64_t)life->expires_s);
    }
    return lcc_db_put(db, lcc_key_span(&key), lcc_buf_span(&value));
}

/* What never expires has no place among what does. */
static int expiry_put(struct lcc_db *db, const struct lcc_name *name,
                      const struct lcc_life *life)
{
    struct lcc_key key = lcc_key_expiring(name, life->expires_s);

    return life->expires_s == INT64_MAX ? 0 : put_empty(db, &key);
}

static int expiry_remove(struct lcc_db *db, const struct lcc_name *name,
                         const struct lcc_life *life)
{
    struct lcc_key key = lcc_key_expiring(name, life->expires_s);

    return life->expires_s == INT64_MAX ? 0 : remove_key(db, &key);
}

static int remove_all(struct lcc_db *db, const struct lcc_name *name,
                      const struct lcc_life *life)
{
    const struct lcc_key entry = lcc_key_entry(name);
    const struct lcc_key use = use_of(name, life);
    const struct lcc_key kept = lcc_key_life(name);
    int result = expiry_remove(db, name, life);

    if (result == 0) {
        result = remove_key(db, &entry);
    }
    if (result == 0) {
        result = remove_key(db, &use);
    }
    if (result == 0 && life->kept) {
        result = remove_key(db, &kept);
    }
    return result == 0 && life->in_side_file
               ? lcc_side_remove(db, &life->side_file)
               : result;
}

int lcc_records_remove(struct lcc_db *db, const struct lcc_name *name,
                       struct lcc_garbage *garbage)
{
    struct lcc_life life;
    int result = lcc_records_life(db, name, &life);

    if (result == 0) {
        result = remove_all(db, name, &life);
    }
    if (result == 0 && life.is_partial) {
        garbage->parts = true;
        result =
            lcc_parts_mark_gone(db, &life.side_file, life.parts_cost_bytes);
    }
    if (result == 0) {
        result = lcc_totals_add(
            db, &(struct lcc_totals){
                    .entries = UINT64_MAX,
                    .bytes = 0 - (life.cost_bytes - life.parts_cost_bytes),
                    .unused_bytes = life.used ? 0 : 0 - life.cost_bytes,
                });
    }
    if (result == 0 && life.in_side_file) {
        lcc_garbage_add(garbage, &life.side_file);
    }
    return result;
}

int lcc_records_remove_alone(struct lcc_db *db, const struct lcc_name *name,
                             uint64_t cost_bytes)
{
    const struct lcc_key entry = lcc_key_entry(name);
    int result = lcc_db_remove(db, lcc_key_span(&entry));

    return result == 0 ? lcc_totals_add(db,
                                        &(struct lcc_totals){
                                            .entries = UINT64_MAX,
                                            .bytes = 0 - cost_bytes,
                                            .unused_bytes = 0 - cost_bytes,
                                        })
                       : result;
}

bool lcc_records_leads_to(struct lcc_span key, const struct lcc_name *name,
                          const struct lcc_life *life)
{
    const struct lcc_key use = use_of(name, life);
    const struct lcc_key expiring = lcc_key_expiring(name, life->expires_s);

    return life->damaged || lcc_span_equal(key, lcc_key_span(&use)) ||
           lcc_span_equal(key, lcc_key_span(&expiring));
}

int lcc_records_unlist(struct lcc_db *db, const struct lcc_key *key,
                       struct lcc_span value, const struct lcc_life *life)
{
    struct lcc_name name;
    uint64_t expires = 0;
    int result = remove_key(db, key);

    if (result == 0 && lcc_take_u64(&value, &expires) &&
        lcc_key_name(lcc_key_span(key), &name) &&
        (!life || life->expires_s != (int64_t)expires)) {
        struct lcc_key expiring = lcc_key_expiring(&name, (int64_t)expires);

        result = remove_key(db, &expiring);
    }
    return result;
}

/* In place of what has that name. Mostly nothing has, which putting tells. */
static int put_entry(struct lcc_db *db, const struct lcc_name *name,
                     struct lcc_span record, struct lcc_garbage *garbage)
{
    const struct lcc_key entry = lcc_key_entry(name);
    const struct lcc_key life = lcc_key_life(name);
    int result = lcc_db_add(db, lcc_key_span(&entry), record);

    if (result == 0) {
        return remove_key(db, &life); /* pages of several commits may have it */
    }
    if (result == LCC_DB_THERE) {
        result = lcc_records_remove(db, name, garbage);
        result = result == LCC_STORE_MISS ? 0 : result;
        if (result == 0) {
            result = lcc_db_put(db, lcc_key_span(&entry), record);
        }
    }
    return result;
}

int lcc_records_put(struct lcc_db *db, const struct lcc_name *name,
                    struct lcc_span record, const struct lcc_life *life,
                    struct lcc_garbage *garbage)
{
    int result = put_entry(db, name, record, garbage);

    if (result == 0 && (life->is_partial || life->used || life->kept)) {
        result = life_put(db, name, life);
    }
    if (result == 0) {
        result = use_put(db, name, life);
    }
    if (result == 0) {
        result = expiry_put(db, name, life);
    }
    if (result == 0 && life->in_side_file) {
        result =
            lcc_side_put(db, &life->side_file, lcc_span_of(name, sizeof(*name)),
                         life->body_size);
    }
    return result == 0
               ? lcc_totals_add(
                     db,
                     &(struct lcc_totals){
                         .entries = 1,
                         .bytes = life->cost_bytes,
                         .unused_bytes = life->used ? 0 : life->cost_bytes,
                     })
               : result;
}

/* Take the place of @old in the two indexes. */
static int move_in_order(struct lcc_db *db, const struct lcc_name *name,
                         const struct lcc_life *old,
                         const struct lcc_life *life)
{
    struct lcc_key before = use_of(name, old);
    int result = remove_key(db, &before);

    if (result == 0) {
        result = use_put(db, name, life);
    }
    if (result == 0 && old->expires_s != life->expires_s) {
        result = expiry_remove(db, name, old);
        result = result == 0 ? expiry_put(db, name, life) : result;
    }
    if (result == 0) {
        result = life_put(db, name, life);
    }
    return result == 0
               ? lcc_totals_add(
                     db,
                     &(struct lcc_totals){
                         .bytes = life->cost_bytes - old->cost_bytes,
                         .unused_bytes = (life->used ? 0 : life->cost_bytes) -
                                         (old->used ? 0 : old->cost_bytes),
                     })
               : result;
}

int lcc_records_renew(struct lcc_db *db, const struct lcc_name *name,
                      struct lcc_span record, const struct lcc_life *life)
{
    struct lcc_key entry = lcc_key_entry(name);
    struct lcc_life old;
    int result = lcc_records_life(db, name, &old);

    if (result == 0) {
        result = lcc_db_put(db, lcc_key_span(&entry), record);
    }
    return result == 0 ? move_in_order(db, name, &old, life) : result;
}

int lcc_records_touch(struct lcc_db *db, const struct lcc_name *name,
                      int64_t now_s, uint64_t seq)
{
    struct lcc_life old;
    struct lcc_life life;
    int result = lcc_records_life(db, name, &old);

    if (result != 0 || (old.used && old.last_used_s >= now_s)) {
        return result;
    }
    life = old;
    life.used = true;
    life.last_used_s = now_s > old.last_used_s ? now_s : old.last_used_s;
    life.seq = seq;
    return move_in_order(db, name, &old, &life);
}
