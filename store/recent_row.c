/*
 * recent_row.c - writes and reads rows of recent records
 */
#include "store/recent_row.h"

#include <errno.h>
#include <string.h>

struct row_head {
    uint32_t magic;
    uint32_t size; /* of the record; 0: a use */
    uint64_t generation;
    uint64_t at;
    uint64_t tells; /* of a use when; of a record its side file's bytes */
    struct lcc_name name;
    uint64_t record_checksum;
    uint64_t checksum; /* of what is before it, and of the cache's id */
};

static const uint32_t row_magic = UINT32_C(0x4c434352); /* "LCCR" */

_Static_assert(sizeof(struct row_head) == LCC_RECENT_HEAD, "as FORMAT.md says");

static uint64_t head_checksum(const struct row_head *head,
                              const struct lcc_hash *id)
{
    return lcc_checksum(
               lcc_span_of(head, offsetof(struct row_head, checksum))) ^
           lcc_checksum(lcc_span_of(id, sizeof(*id))) * 3;
}

size_t lcc_recent_row_size(size_t record_size)
{
    return (LCC_RECENT_HEAD + record_size + LCC_RECENT_ALIGN - 1) /
           LCC_RECENT_ALIGN * LCC_RECENT_ALIGN;
}

int lcc_recent_row_encode(const struct lcc_recent_row *row,
                          const struct lcc_recent_place *place,
                          struct lcc_buf *out)
{
    static const uint8_t zeros[LCC_RECENT_ALIGN];
    struct row_head head = {
        .magic = row_magic,
        .size = (uint32_t)row->record.size,
        .generation = place->generation,
        .at = place->at,
        .tells = row->record.size > 0 ? row->side_bytes : (uint64_t)row->used_s,
        .name = row->name,
    };
    size_t size;
    int result;

    if (row->record.size > LCC_RECENT_ROW_MAX - LCC_RECENT_HEAD) {
        return -EFBIG;
    }
    size = lcc_recent_row_size(row->record.size);
    result = lcc_buf_reserve(out, out->size + size);
    if (result != 0) {
        return result;
    }
    head.record_checksum = lcc_checksum(row->record);
    head.checksum = head_checksum(&head, place->id);
    (void)lcc_buf_append(out, lcc_span_of(&head, sizeof(head)));
    (void)lcc_buf_append(out, row->record);
    return lcc_buf_append(
        out, lcc_span_of(zeros, size - sizeof(head) - row->record.size));
}

static bool is_of_place(const struct row_head *head,
                        const struct lcc_recent_place *place)
{
    return head->magic == row_magic && head->generation == place->generation &&
           head->at == place->at &&
           head->size <= LCC_RECENT_ROW_MAX - LCC_RECENT_HEAD &&
           head->checksum == head_checksum(head, place->id);
}

bool lcc_recent_row_decode(struct lcc_span from,
                           const struct lcc_recent_place *place, bool whole,
                           struct lcc_recent_row *ret, size_t *ret_size)
{
    struct row_head head;
    struct lcc_span record;

    if (from.size < sizeof(head)) {
        return false;
    }
    memcpy(&head, from.data, sizeof(head));
    if (!is_of_place(&head, place) ||
        lcc_recent_row_size(head.size) > from.size) {
        return false;
    }
    record = lcc_span_of((const uint8_t *)from.data + sizeof(head), head.size);
    if (whole && lcc_checksum(record) != head.record_checksum) {
        return false;
    }
    *ret = (struct lcc_recent_row){
        .name = head.name,
        .used_s = head.size > 0 ? 0 : (int64_t)head.tells,
        .record = record,
        .side_bytes = head.size > 0 ? head.tells : 0,
    };
    *ret_size = lcc_recent_row_size(head.size);
    return true;
}
