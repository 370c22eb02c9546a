/*
 * records.c - keys and record layouts; entries put, dropped and touched
 *
 * FORMAT.md draws every byte. Pure but for the functions that take a db.
 */
#include "store/records.h"

#include <errno.h>
#include <string.h>

enum {
    TRAILER_MAGIC = 0x4c434331, /* "LCC1" */
    TRAILER_SIZE = 4 + 4 + 4 * 8 + LCC_HASH_SIZE + 8,
    FLAG_SIDE_FILE = 1,
    LIFE_SIZE = 5 * 8 + 8 + LCC_HASH_SIZE + 8,
    TOTALS_SIZE = 3 * 8,
};

/* --- keys ---------------------------------------------------------------- */

static void key_add(struct lcc_key *key, const void *bytes, size_t size)
{
    memcpy(key->bytes + key->size, bytes, size);
    key->size += size;
}

static void key_add_u64(struct lcc_key *key, uint64_t value)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
    }
    key_add(key, bytes, sizeof(bytes));
}

/* Signed numbers in the order of unsigned ones. */
static uint64_t sortable(int64_t value)
{
    return (uint64_t)value ^ UINT64_C(1) << 63;
}

static struct lcc_key key_start(char kind)
{
    struct lcc_key key = {.size = 1};

    key.bytes[0] = (uint8_t)kind;
    return key;
}

static void key_add_name(struct lcc_key *key, const struct lcc_name *name)
{
    key_add(key, name->id.url.bytes, LCC_HASH_SIZE);
    key_add(key, name->id.request.bytes, LCC_HASH_SIZE);
    key_add(key, name->variant.bytes, LCC_HASH_SIZE);
}

struct lcc_key lcc_key_entry(const struct lcc_name *name)
{
    struct lcc_key key = key_start('E');

    key_add_name(&key, name);
    return key;
}

struct lcc_key lcc_key_of_url(const struct lcc_hash *url)
{
    struct lcc_key key = key_start('E');

    if (url) {
        key_add(&key, url->bytes, LCC_HASH_SIZE);
    }
    return key;
}

struct lcc_key lcc_key_of_request(const struct lcc_id *id)
{
    struct lcc_key key = lcc_key_of_url(&id->url);

    key_add(&key, id->request.bytes, LCC_HASH_SIZE);
    return key;
}

struct lcc_key lcc_key_side_file(const struct lcc_hash *file)
{
    struct lcc_key key = key_start('B');

    key_add(&key, file->bytes, LCC_HASH_SIZE);
    return key;
}

struct lcc_key lcc_key_uses(void)
{
    return key_start('U');
}

struct lcc_key lcc_key_expiries(void)
{
    return key_start('X');
}

static struct lcc_key key_life(const struct lcc_name *name)
{
    struct lcc_key key = key_start('L');

    key_add_name(&key, name);
    return key;
}

static struct lcc_key key_use(const struct lcc_name *name,
                              const struct lcc_life *life)
{
    struct lcc_key key = lcc_key_uses();

    key_add_u64(&key, sortable(life->last_used_s));
    key_add_u64(&key, life->seq);
    key_add_name(&key, name);
    return key;
}

static struct lcc_key key_expiry(const struct lcc_name *name,
                                 const struct lcc_life *life)
{
    struct lcc_key key = lcc_key_expiries();

    key_add_u64(&key, sortable(life->expires_s));
    key_add_name(&key, name);
    return key;
}

bool lcc_key_name(struct lcc_span key, struct lcc_name *ret)
{
    const uint8_t *bytes = key.data;
    size_t before;

    if (key.size == 0) {
        return false;
    }
    before = bytes[0] == 'E' ? 1 : bytes[0] == 'X' ? 9 : 17;
    if (!memchr("EXU", bytes[0], 3) || key.size != before + LCC_NAME_SIZE) {
        return false;
    }
    bytes += before;
    memcpy(ret->id.url.bytes, bytes, LCC_HASH_SIZE);
    memcpy(ret->id.request.bytes, bytes + LCC_HASH_SIZE, LCC_HASH_SIZE);
    memcpy(ret->variant.bytes, bytes + 2 * LCC_HASH_SIZE, LCC_HASH_SIZE);
    return true;
}

bool lcc_key_has_prefix(struct lcc_span key, const struct lcc_key *prefix)
{
    return key.size >= prefix->size &&
           memcmp(key.data, prefix->bytes, prefix->size) == 0;
}

int64_t lcc_key_expiry(struct lcc_span key)
{
    uint64_t value = 0;
    struct lcc_span number =
        lcc_span_of((const uint8_t *)key.data + 1, key.size - 1);

    (void)lcc_take_u64(&number, &value);
    return (int64_t)(value ^ UINT64_C(1) << 63);
}

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
    uint32_t flags = trailer->in_side_file ? FLAG_SIDE_FILE : 0;
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
        lcc_take_u64(&from, &expires) && take_hash(&from, &ret->side_file) &&
        lcc_take_u64(&from, ret_checksum);

    ret->stored_s = (int64_t)stored;
    ret->expires_s = (int64_t)expires;
    ret->in_side_file = (flags & FLAG_SIDE_FILE) != 0;
    return whole && magic == TRAILER_MAGIC;
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
        (trailer.in_side_file
             ? trailer.meta_size != inside
             : trailer.body_size != inside - trailer.meta_size)) {
        return false;
    }
    *ret = trailer;
    return true;
}

uint64_t lcc_record_cost(uint64_t record_size, uint64_t side_file_size)
{
    const uint64_t block = 4096;
    uint64_t index = record_size + LCC_RECORD_COST;
    uint64_t side = (side_file_size + block - 1) / block * block;

    return index + side;
}

/* --- the others ---------------------------------------------------------- */

static int life_put(struct lcc_db *db, const struct lcc_name *name,
                    const struct lcc_life *life)
{
    struct lcc_key key = key_life(name);
    uint8_t memory[LIFE_SIZE];
    struct lcc_buf out = {memory, 0, sizeof(memory), sizeof(memory)};

    (void)lcc_buf_put_u64(&out, (uint64_t)life->last_used_s);
    (void)lcc_buf_put_u64(&out, life->seq);
    (void)lcc_buf_put_u64(&out, (uint64_t)life->stored_s);
    (void)lcc_buf_put_u64(&out, (uint64_t)life->expires_s);
    (void)lcc_buf_put_u64(&out, life->cost_bytes);
    (void)lcc_buf_put_u64(&out, life->in_side_file ? FLAG_SIDE_FILE : 0);
    (void)lcc_buf_append(&out,
                         lcc_span_of(life->side_file.bytes, LCC_HASH_SIZE));
    (void)lcc_buf_put_u64(&out, lcc_checksum(lcc_buf_span(&out)));
    return lcc_db_put(db, lcc_key_span(&key), lcc_buf_span(&out));
}

static bool life_take(struct lcc_span from, struct lcc_life *ret)
{
    struct lcc_span covered = lcc_span_of(from.data, LIFE_SIZE - 8);
    uint64_t n[6] = {0};
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
    ret->in_side_file = (n[5] & FLAG_SIDE_FILE) != 0;
    return whole;
}

int lcc_records_life(struct lcc_db *db, const struct lcc_name *name,
                     struct lcc_life *ret)
{
    struct lcc_key key = key_life(name);
    uint8_t memory[LIFE_SIZE];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};
    int result = lcc_db_get(db, lcc_key_span(&key), &value);

    if (result == -EFBIG) {
        return LCC_STORE_UNAVAILABLE;
    }
    if (result == 0 && !life_take(lcc_buf_span(&value), ret)) {
        return LCC_STORE_UNAVAILABLE;
    }
    return result;
}

int lcc_records_totals(struct lcc_db *db, struct lcc_totals *ret)
{
    struct lcc_key key = key_start('T');
    uint8_t memory[TOTALS_SIZE];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};
    struct lcc_totals totals = {0, 0};
    uint64_t checksum = 0;
    struct lcc_span from;
    int result = lcc_db_get(db, lcc_key_span(&key), &value);

    if (result == LCC_STORE_MISS) {
        *ret = totals;
        return 0;
    }
    if (result != 0) {
        return result == -EFBIG ? LCC_STORE_UNAVAILABLE : result;
    }
    from = lcc_buf_span(&value);
    if (!lcc_take_u64(&from, &totals.entries) ||
        !lcc_take_u64(&from, &totals.bytes) ||
        !lcc_take_u64(&from, &checksum) ||
        checksum != lcc_checksum(lcc_span_of(memory, TOTALS_SIZE - 8))) {
        return LCC_STORE_UNAVAILABLE;
    }
    *ret = totals;
    return 0;
}

static int totals_add(struct lcc_db *db, int entries, int64_t bytes)
{
    struct lcc_key key = key_start('T');
    uint8_t memory[TOTALS_SIZE];
    struct lcc_buf out = {memory, 0, sizeof(memory), sizeof(memory)};
    struct lcc_totals totals;
    int result = lcc_records_totals(db, &totals);

    if (result != 0) {
        return result;
    }
    totals.entries += (uint64_t)(int64_t)entries;
    totals.bytes += (uint64_t)bytes;
    (void)lcc_buf_put_u64(&out, totals.entries);
    (void)lcc_buf_put_u64(&out, totals.bytes);
    (void)lcc_buf_put_u64(&out, lcc_checksum(lcc_buf_span(&out)));
    return lcc_db_put(db, lcc_key_span(&key), lcc_buf_span(&out));
}

static int remove_key(struct lcc_db *db, const struct lcc_key *key)
{
    int result = lcc_db_remove(db, lcc_key_span(key));

    return result == LCC_STORE_MISS ? 0 : result;
}

static int remove_all(struct lcc_db *db, const struct lcc_name *name,
                      const struct lcc_life *life)
{
    struct lcc_key keys[5];
    size_t count = 0;
    int result = 0;

    keys[count++] = lcc_key_entry(name);
    keys[count++] = key_life(name);
    keys[count++] = key_use(name, life);
    keys[count++] = key_expiry(name, life);
    if (life->in_side_file) {
        keys[count++] = lcc_key_side_file(&life->side_file);
    }
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = remove_key(db, &keys[i]);
    }
    return result;
}

int lcc_records_remove(struct lcc_db *db, const struct lcc_name *name,
                       struct lcc_garbage *garbage)
{
    struct lcc_life life;
    int result = lcc_records_life(db, name, &life);

    if (result == 0) {
        result = remove_all(db, name, &life);
    }
    if (result == 0) {
        result = totals_add(db, -1, -(int64_t)life.cost_bytes);
    }
    if (result == 0 && life.in_side_file &&
        garbage->count < LCC_ARRAY_SIZE(garbage->files)) {
        garbage->files[garbage->count++] = life.side_file;
    }
    return result;
}

static int put_empty(struct lcc_db *db, const struct lcc_key *key)
{
    return lcc_db_put(db, lcc_key_span(key), LCC_SPAN_EMPTY);
}

int lcc_records_put(struct lcc_db *db, const struct lcc_name *name,
                    struct lcc_span record, const struct lcc_life *life,
                    struct lcc_garbage *garbage)
{
    struct lcc_key entry = lcc_key_entry(name);
    struct lcc_key use = key_use(name, life);
    struct lcc_key expiry = key_expiry(name, life);
    struct lcc_key side = lcc_key_side_file(&life->side_file);
    int result = lcc_records_remove(db, name, garbage);

    if (result == LCC_STORE_MISS) {
        result = 0;
    }
    if (result == 0) {
        result = lcc_db_put(db, lcc_key_span(&entry), record);
    }
    if (result == 0) {
        result = life_put(db, name, life);
    }
    if (result == 0) {
        result = put_empty(db, &use);
    }
    if (result == 0) {
        result = put_empty(db, &expiry);
    }
    if (result == 0 && life->in_side_file) {
        result = lcc_db_put(db, lcc_key_span(&side),
                            lcc_span_of(entry.bytes + 1, LCC_NAME_SIZE));
    }
    return result == 0 ? totals_add(db, 1, (int64_t)life->cost_bytes) : result;
}

int lcc_records_renew(struct lcc_db *db, const struct lcc_name *name,
                      struct lcc_span record, const struct lcc_life *life)
{
    struct lcc_key entry = lcc_key_entry(name);
    struct lcc_life old;
    struct lcc_key keys[2];
    int result = lcc_records_life(db, name, &old);

    if (result == 0) {
        keys[0] = key_use(name, &old);
        keys[1] = key_expiry(name, &old);
        result = remove_key(db, &keys[0]);
    }
    if (result == 0) {
        result = remove_key(db, &keys[1]);
    }
    if (result == 0) {
        keys[0] = key_use(name, life);
        keys[1] = key_expiry(name, life);
        result = lcc_db_put(db, lcc_key_span(&entry), record);
    }
    if (result == 0) {
        result = life_put(db, name, life);
    }
    if (result == 0) {
        result = put_empty(db, &keys[0]);
    }
    if (result == 0) {
        result = put_empty(db, &keys[1]);
    }
    return result == 0
               ? totals_add(db, 0, (int64_t)(life->cost_bytes - old.cost_bytes))
               : result;
}

int lcc_records_touch(struct lcc_db *db, const struct lcc_name *name,
                      int64_t now_s, uint64_t seq)
{
    struct lcc_life life;
    struct lcc_key key;
    int result = lcc_records_life(db, name, &life);

    if (result != 0 || life.last_used_s >= now_s) {
        return result;
    }
    key = key_use(name, &life);
    result = remove_key(db, &key);
    life.last_used_s = now_s;
    life.seq = seq;
    key = key_use(name, &life);
    if (result == 0) {
        result = put_empty(db, &key);
    }
    return result == 0 ? life_put(db, name, &life) : result;
}
