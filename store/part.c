/*
 * part.c - the record of one part: written, checked, read, trimmed
 */
#include "store/part.h"

#include <string.h>

enum {
    PART_MAGIC = 0x4c434350, /* "LCCP" */
    FLAG_SIDE_FILE = 1,
    HEAD_SIZE = LCC_PART_FIXED - 8, /* what stands before the inline bytes */
};

static uint64_t checksum_of(struct lcc_span covered, const struct lcc_hash *set,
                            uint64_t last)
{
    uint8_t key[LCC_HASH_SIZE + sizeof(last)];

    memcpy(key, set->bytes, LCC_HASH_SIZE);
    for (size_t i = 0; i < sizeof(last); i++) {
        key[LCC_HASH_SIZE + i] = (uint8_t)(last >> (56 - 8 * i));
    }
    return lcc_checksum(covered) ^
           lcc_checksum(lcc_span_of(key, sizeof(key))) * 3;
}

int lcc_part_encode(const struct lcc_hash *set,
                    const struct lcc_part_record *part, struct lcc_buf *out)
{
    size_t before = out->size;
    int result =
        lcc_buf_reserve(out, before + LCC_PART_FIXED + part->bytes.size);
    struct lcc_span covered;

    if (result != 0) {
        return result;
    }
    (void)lcc_buf_put_u32(out, PART_MAGIC);
    (void)lcc_buf_put_u32(out, part->in_side_file ? FLAG_SIDE_FILE : 0);
    (void)lcc_buf_put_u64(out, part->first);
    (void)lcc_buf_put_u64(out, part->size);
    (void)lcc_buf_put_u64(out, part->skip);
    (void)lcc_buf_put_u64(out, part->file_bytes);
    (void)lcc_buf_append(out,
                         lcc_span_of(part->side_file.bytes, LCC_HASH_SIZE));
    (void)lcc_buf_append(out, part->bytes);
    covered = lcc_span_of(out->data + before, out->size - before);
    return lcc_buf_put_u64(out, checksum_of(covered, set, lcc_part_last(part)));
}

static bool take_head(struct lcc_span from, struct lcc_part_record *ret)
{
    uint32_t magic = 0;
    uint32_t flags = 0;

    if (!lcc_take_u32(&from, &magic) || magic != PART_MAGIC ||
        !lcc_take_u32(&from, &flags) || flags > FLAG_SIDE_FILE ||
        !lcc_take_u64(&from, &ret->first) || !lcc_take_u64(&from, &ret->size) ||
        !lcc_take_u64(&from, &ret->skip) ||
        !lcc_take_u64(&from, &ret->file_bytes) || from.size != LCC_HASH_SIZE) {
        return false;
    }
    memcpy(ret->side_file.bytes, from.data, LCC_HASH_SIZE);
    ret->in_side_file = flags == FLAG_SIDE_FILE;
    return true;
}

/* Do the numbers agree with each other and with the key? */
static bool adds_up(const struct lcc_part_record *part, uint64_t last)
{
    if (part->size == 0 || part->size - 1 > UINT64_MAX - part->first ||
        lcc_part_last(part) != last) {
        return false;
    }
    if (part->in_side_file) {
        return part->bytes.size == 0 && part->skip <= part->file_bytes &&
               part->size <= part->file_bytes - part->skip;
    }
    return part->bytes.size == part->size && part->skip == 0 &&
           part->file_bytes == 0 && lcc_hash_is_zero(&part->side_file);
}

bool lcc_part_decode(struct lcc_span record, const struct lcc_hash *set,
                     uint64_t last, struct lcc_part_record *ret)
{
    const uint8_t *bytes = record.data;
    struct lcc_part_record part;
    struct lcc_span tail;
    uint64_t checksum = 0;
    size_t inside;

    if (record.size < LCC_PART_FIXED) {
        return false;
    }
    inside = record.size - LCC_PART_FIXED;
    tail = lcc_span_of(bytes + HEAD_SIZE + inside, sizeof(checksum));
    if (!take_head(lcc_span_of(bytes, HEAD_SIZE), &part) ||
        !lcc_take_u64(&tail, &checksum) ||
        checksum !=
            checksum_of(lcc_span_of(bytes, HEAD_SIZE + inside), set, last)) {
        return false;
    }
    part.bytes = lcc_span_of(bytes + HEAD_SIZE, inside);
    if (!adds_up(&part, last)) {
        return false;
    }
    *ret = part;
    return true;
}

void lcc_part_trim(struct lcc_part_record *part, uint64_t front, uint64_t end)
{
    part->first += front;
    part->size -= front + end;
    if (part->in_side_file) {
        part->skip += front;
    } else {
        part->bytes = lcc_span_of((const uint8_t *)part->bytes.data + front,
                                  (size_t)part->size);
    }
}
