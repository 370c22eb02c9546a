/*
 * partial.c - the entry of a response that is stored in parts: read, counted,
 * written back
 */
#include "store/partial.h"

int lcc_partial_load(struct lcc_db *db, const struct lcc_name *name,
                     const struct lcc_hash *set, struct lcc_partial *ret)
{
    struct lcc_key key = lcc_key_entry(name);
    int result = lcc_db_get(db, lcc_key_span(&key), &ret->record);

    if (result == 0 &&
        (!lcc_record_open(lcc_buf_span(&ret->record), name, &ret->trailer) ||
         !ret->trailer.is_partial ||
         (set && !lcc_hash_equal(set, &ret->trailer.side_file)))) {
        result = LCC_STORE_MISS;
    }
    return result == 0 ? lcc_records_life(db, name, &ret->life) : result;
}

int lcc_partial_save(struct lcc_db *db, const struct lcc_name *name,
                     struct lcc_span meta, struct lcc_partial *partial)
{
    struct lcc_buf record = LCC_BUF_INIT(LCC_RECORD_MAX);
    int result = lcc_buf_append(&record, meta);

    partial->trailer.meta_size = meta.size;
    if (result == 0) {
        result = lcc_record_close(&record, name, &partial->trailer);
    }
    if (result == 0) {
        partial->life.cost_bytes =
            lcc_record_cost(record.size, 0) + partial->life.parts_cost_bytes;
        result =
            lcc_records_renew(db, name, lcc_buf_span(&record), &partial->life);
    }
    lcc_buf_done(&record);
    return result;
}

static uint64_t less(uint64_t from, uint64_t by)
{
    return by < from ? from - by : 0;
}

void lcc_partial_take_off(struct lcc_partial *partial,
                          const struct lcc_part_record *part)
{
    /* A power cut may have mixed older pages in: the sums need not agree. */
    partial->trailer.parts_bytes =
        less(partial->trailer.parts_bytes, part->size);
    partial->trailer.parts_count = less(partial->trailer.parts_count, 1);
    partial->life.parts_cost_bytes =
        less(partial->life.parts_cost_bytes, lcc_part_cost(part));
}

void lcc_partial_add_on(struct lcc_partial *partial,
                        const struct lcc_part_record *part)
{
    partial->trailer.parts_bytes += part->size;
    partial->trailer.parts_count++;
    partial->life.parts_cost_bytes += lcc_part_cost(part);
}
