/*
 * parts.c - parts found, put, removed one by one, and purged set by set
 */
#include "store/parts.h"

#include "store/body.h"
#include "store/store.h"
#include "store/totals.h"

#include <errno.h>
#include <string.h>

enum {
    GONE_SIZE = 2 * 8,
    PART_RECORD_MAX = LCC_PART_FIXED + LCC_INLINE_BODY_MAX, /* bytes */
};

void lcc_garbage_add(struct lcc_garbage *garbage, const struct lcc_hash *file)
{
    if (garbage->count < LCC_ARRAY_SIZE(garbage->files)) {
        garbage->files[garbage->count++] = *file;
    }
}

uint64_t lcc_part_cost(const struct lcc_part_record *part)
{
    uint64_t side =
        part->in_side_file ? lcc_body_file_size(part->file_bytes) : 0;

    return LCC_PART_FIXED + LCC_PART_COST + part->bytes.size +
           lcc_disk_bytes(side);
}

/* What the cursor stands on, when it is one of this set. */
static int take_current(struct lcc_db *db, const struct lcc_hash *set,
                        const struct lcc_buf *value,
                        struct lcc_part_record *ret)
{
    struct lcc_key prefix = lcc_key_parts(set);
    struct lcc_span key = lcc_db_key(db);
    uint64_t last;

    if (!lcc_key_has_prefix(key, &prefix)) {
        return LCC_STORE_MISS;
    }
    return lcc_key_part_last(key, &last) &&
                   lcc_part_decode(lcc_buf_span(value), set, last, ret)
               ? 0
               : LCC_STORE_UNAVAILABLE;
}

int lcc_parts_find(struct lcc_db *db, const struct lcc_hash *set, uint64_t at,
                   struct lcc_buf *value, struct lcc_part_record *ret)
{
    struct lcc_key from = lcc_key_part(set, at);
    int result = lcc_db_seek(db, lcc_key_span(&from), value);

    return result == 0 ? take_current(db, set, value, ret) : result;
}

int lcc_parts_next(struct lcc_db *db, const struct lcc_hash *set,
                   struct lcc_buf *value, struct lcc_part_record *ret)
{
    int result = lcc_db_next(db, value);

    return result == 0 ? take_current(db, set, value, ret) : result;
}

int lcc_parts_put(struct lcc_db *db, const struct lcc_hash *set,
                  const struct lcc_part_record *part, struct lcc_buf *scratch)
{
    struct lcc_key key = lcc_key_part(set, lcc_part_last(part));
    int result;

    lcc_buf_clear(scratch);
    result = lcc_part_encode(set, part, scratch);
    if (result == 0) {
        result = lcc_db_put(db, lcc_key_span(&key), lcc_buf_span(scratch));
    }
    if (result == 0 && part->in_side_file) {
        result = lcc_side_put(db, &part->side_file,
                              lcc_span_of(key.bytes + 1, key.size - 1),
                              part->file_bytes);
    }
    return result;
}

/* It must have been there. */
static int remove_key(struct lcc_db *db, const struct lcc_key *key)
{
    int result = lcc_db_remove(db, lcc_key_span(key));

    return result == LCC_STORE_MISS ? LCC_STORE_UNAVAILABLE : result;
}

int lcc_parts_remove(struct lcc_db *db, const struct lcc_hash *set,
                     const struct lcc_part_record *part,
                     struct lcc_garbage *garbage)
{
    struct lcc_key key = lcc_key_part(set, lcc_part_last(part));
    int result = remove_key(db, &key);

    if (result == 0 && part->in_side_file) {
        result = lcc_side_remove(db, &part->side_file);
        lcc_garbage_add(garbage, &part->side_file);
    }
    return result;
}

/* --- sets that are gone -------------------------------------------------- */

int lcc_parts_mark_gone(struct lcc_db *db, const struct lcc_hash *set,
                        uint64_t cost_bytes)
{
    struct lcc_key key = lcc_key_gone(set);
    uint8_t memory[GONE_SIZE];
    struct lcc_buf out = {memory, 0, sizeof(memory), sizeof(memory)};

    (void)lcc_buf_put_u64(&out, cost_bytes);
    (void)lcc_buf_put_u64(&out, lcc_checksum(lcc_buf_span(&out)));
    return lcc_db_put(db, lcc_key_span(&key), lcc_buf_span(&out));
}

/* Some set that is gone, and what its parts count. */
static int find_gone(struct lcc_db *db, struct lcc_hash *ret,
                     uint64_t *ret_cost)
{
    struct lcc_key all = lcc_key_gone(NULL);
    uint8_t memory[GONE_SIZE];
    struct lcc_buf value = {memory, 0, sizeof(memory), sizeof(memory)};
    struct lcc_span from;
    uint64_t checksum = 0;
    int result = lcc_db_seek(db, lcc_key_span(&all), NULL);

    if (result == 0 && !lcc_key_has_prefix(lcc_db_key(db), &all)) {
        result = LCC_STORE_MISS;
    }
    if (result == 0 && !lcc_key_gone_set(lcc_db_key(db), ret)) {
        result = LCC_STORE_UNAVAILABLE;
    }
    lcc_db_seek_end(db);
    if (result != 0) {
        return result;
    }
    all = lcc_key_gone(ret);
    result = lcc_db_get(db, lcc_key_span(&all), &value);
    from = lcc_buf_span(&value);
    if (result == 0 &&
        (!lcc_take_u64(&from, ret_cost) || !lcc_take_u64(&from, &checksum) ||
         checksum != lcc_checksum(lcc_span_of(memory, 8)))) {
        result = LCC_STORE_UNAVAILABLE;
    }
    return result == -EFBIG || result == LCC_STORE_MISS ? LCC_STORE_UNAVAILABLE
                                                        : result;
}

/* The first @max parts of a set. LCC_STORE_MISS: these were all. */
static int list_parts(struct lcc_db *db, const struct lcc_hash *set, size_t max,
                      struct lcc_part_record *list, size_t *count)
{
    struct lcc_buf value = LCC_BUF_INIT(PART_RECORD_MAX);
    int result = lcc_parts_find(db, set, 0, &value, &list[0]);

    *count = 0;
    while (result == 0 && ++*count < max) {
        result = lcc_parts_next(db, set, &value, &list[*count]);
    }
    lcc_db_seek_end(db);
    lcc_buf_done(&value);
    return result;
}

struct gone {
    struct lcc_hash set;
    uint64_t cost_bytes; /* what its parts count */
};

static int purge_set(struct lcc_db *db, const struct gone *gone, size_t max,
                     struct lcc_garbage *garbage, size_t *ret_count,
                     uint64_t *ret_bytes)
{
    struct lcc_part_record list[LCC_PARTS_BATCH];
    const struct lcc_hash *set = &gone->set;
    uint64_t cost = gone->cost_bytes;
    struct lcc_key key = lcc_key_gone(set);
    uint64_t bytes = 0;
    size_t count = 0;
    int listed = list_parts(db, set, max, list, &count);
    int result = listed == LCC_STORE_MISS ? 0 : listed;

    for (size_t i = 0; result == 0 && i < count; i++) {
        uint64_t size = list[i].in_side_file ? 0 : list[i].size;

        list[i].bytes = lcc_span_of(NULL, (size_t)size); /* counted only */
        bytes += lcc_part_cost(&list[i]);
        result = lcc_parts_remove(db, set, &list[i], garbage);
    }
    bytes = bytes < cost ? bytes : cost; /* as far as they agree */
    if (result == 0) {
        result = listed == LCC_STORE_MISS
                     ? remove_key(db, &key)
                     : lcc_parts_mark_gone(db, set, cost - bytes);
    }
    *ret_count = count > 0 ? count : 1;
    *ret_bytes = listed == LCC_STORE_MISS ? cost : bytes;
    return result;
}

int lcc_parts_purge(struct lcc_db *db, size_t max, struct lcc_garbage *garbage,
                    size_t *ret_count, uint64_t *ret_bytes)
{
    struct gone gone;
    int result = find_gone(db, &gone.set, &gone.cost_bytes);

    *ret_count = 0;
    *ret_bytes = 0;
    if (result != 0) {
        return result == LCC_STORE_MISS ? 0 : result;
    }
    return purge_set(db, &gone, max, garbage, ret_count, ret_bytes);
}
