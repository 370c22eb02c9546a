/*
 * totals.c - the record of totals, and the records of side files
 */
#include "store/totals.h"

#include "store/body.h"

#include <errno.h>
#include <string.h>

enum {
    TOTALS_COUNT = 4,
    TOTALS_SIZE = (TOTALS_COUNT + 1) * 8,
    OWNER_MAX = LCC_NAME_SIZE,
    DISK_BLOCK = 4096,
};

static bool totals_take(struct lcc_span from, struct lcc_totals *ret)
{
    const struct lcc_span covered = lcc_span_of(from.data, TOTALS_SIZE - 8);
    uint64_t checksum = 0;

    return from.size == TOTALS_SIZE && lcc_take_u64(&from, &ret->entries) &&
           lcc_take_u64(&from, &ret->bytes) &&
           lcc_take_u64(&from, &ret->side_bytes) &&
           lcc_take_u64(&from, &ret->unused_bytes) &&
           lcc_take_u64(&from, &checksum) && checksum == lcc_checksum(covered);
}

static int totals_get(struct lcc_db *db, struct lcc_totals *ret)
{
    struct lcc_key key = lcc_key_totals();
    uint8_t memory[TOTALS_SIZE];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};
    struct lcc_totals totals = {0};
    int result = lcc_db_get(db, lcc_key_span(&key), &value);

    if (result == 0 && !totals_take(lcc_buf_span(&value), &totals)) {
        result = LCC_STORE_UNAVAILABLE;
    }
    if (result == -EFBIG) {
        result = LCC_STORE_UNAVAILABLE;
    }
    if (result != 0 && result != LCC_STORE_MISS) {
        return result;
    }
    *ret = totals;
    return 0;
}

int lcc_totals_read(struct lcc_db *db, struct lcc_totals *ret)
{
    struct lcc_db_memo *memo = lcc_db_memo(db);
    int result = 0;

    if (!memo->known) {
        result = totals_get(db, &memo->totals);
        memo->known = result == 0;
        memo->changed = false;
    }
    if (result == 0) {
        *ret = memo->totals;
    }
    return result;
}

/* Pages of several commits, mixed by a power cut, need not agree: nothing is
 * less than nothing. */
static uint64_t sum(uint64_t a, uint64_t change)
{
    const bool less = change >> 63 != 0;

    return less && a < 0 - change ? 0 : a + change;
}

int lcc_totals_add(struct lcc_db *db, const struct lcc_totals *change)
{
    struct lcc_totals *totals = &lcc_db_memo(db)->totals;
    struct lcc_totals before;
    int result = lcc_totals_read(db, &before);

    if (result == 0) {
        totals->entries = sum(before.entries, change->entries);
        totals->bytes = sum(before.bytes, change->bytes);
        totals->side_bytes = sum(before.side_bytes, change->side_bytes);
        totals->unused_bytes = sum(before.unused_bytes, change->unused_bytes);
        lcc_db_memo(db)->changed = true;
    }
    return result;
}

int lcc_totals_write(struct lcc_db *db)
{
    struct lcc_db_memo *memo = lcc_db_memo(db);
    struct lcc_key key = lcc_key_totals();
    uint8_t memory[TOTALS_SIZE];
    struct lcc_buf out = {memory, 0, sizeof(memory), sizeof(memory)};

    if (!memo->known || !memo->changed) {
        return 0;
    }
    memo->changed = false;
    (void)lcc_buf_put_u64(&out, memo->totals.entries);
    (void)lcc_buf_put_u64(&out, memo->totals.bytes);
    (void)lcc_buf_put_u64(&out, memo->totals.side_bytes);
    (void)lcc_buf_put_u64(&out, memo->totals.unused_bytes);
    (void)lcc_buf_put_u64(&out, lcc_checksum(lcc_buf_span(&out)));
    return lcc_db_put(db, lcc_key_span(&key), lcc_buf_span(&out));
}

uint64_t lcc_disk_bytes(uint64_t file_bytes)
{
    return (file_bytes + DISK_BLOCK - 1) / DISK_BLOCK * DISK_BLOCK;
}

/* --- side files ---------------------------------------------------------- */

int lcc_side_put(struct lcc_db *db, const struct lcc_hash *file,
                 struct lcc_span owner, uint64_t body_size)
{
    struct lcc_key key = lcc_key_side_file(file);
    const uint64_t bytes = lcc_disk_bytes(lcc_body_file_size(body_size));
    uint8_t memory[OWNER_MAX + 8];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};
    int result = lcc_side_remove(db, file);

    if (result == 0) {
        result = lcc_buf_append(&value, owner);
    }
    if (result == 0) {
        result = lcc_buf_put_u64(&value, bytes);
    }
    if (result == 0) {
        result = lcc_db_put(db, lcc_key_span(&key), lcc_buf_span(&value));
    }
    return result == 0
               ? lcc_totals_add(db, &(struct lcc_totals){.side_bytes = bytes})
               : result;
}

/* The owner, whatever it is, and the bytes. */
static int side_get(struct lcc_db *db, const struct lcc_hash *file,
                    struct lcc_buf *value, uint64_t *ret_bytes)
{
    struct lcc_key key = lcc_key_side_file(file);
    struct lcc_span number;
    int result = lcc_db_get(db, lcc_key_span(&key), value);

    if (result == -EFBIG || (result == 0 && value->size < sizeof(*ret_bytes))) {
        return LCC_STORE_UNAVAILABLE;
    }
    if (result == 0) {
        value->size -= sizeof(*ret_bytes);
        number = lcc_span_of(value->data + value->size, sizeof(*ret_bytes));
        (void)lcc_take_u64(&number, ret_bytes);
    }
    return result;
}

int lcc_side_remove(struct lcc_db *db, const struct lcc_hash *file)
{
    struct lcc_key key = lcc_key_side_file(file);
    uint8_t memory[OWNER_MAX + 8];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};
    uint64_t bytes = 0;
    int result = side_get(db, file, &value, &bytes);

    if (result == 0) {
        result = lcc_db_remove(db, lcc_key_span(&key));
    }
    if (result != 0) {
        return result == LCC_STORE_MISS ? 0 : result;
    }
    return lcc_totals_add(db, &(struct lcc_totals){.side_bytes = 0 - bytes});
}

int lcc_side_owner(struct lcc_db *db, const struct lcc_hash *file,
                   struct lcc_name *ret)
{
    uint8_t memory[OWNER_MAX + 8];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};
    uint64_t bytes;
    int result = side_get(db, file, &value, &bytes);

    if (result == 0 && value.size != sizeof(*ret)) {
        result = LCC_STORE_MISS;
    }
    if (result == 0) {
        memcpy(ret, memory, sizeof(*ret));
    }
    return result;
}

int lcc_side_is_owned(struct lcc_db *db, const struct lcc_hash *file)
{
    uint8_t memory[OWNER_MAX + 8];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};
    uint64_t bytes;

    return side_get(db, file, &value, &bytes);
}
