/* Bytes that claim to be the record of a part; and, when they are none, a part
 * whose numbers they are. */
#include "store/part.h"
#include "tests/fuzz/fuzz.h"

static const struct lcc_hash set = {{1, 2, 3}};

static bool is_same(const struct lcc_part_record *a,
                    const struct lcc_part_record *b)
{
    return a->first == b->first && a->size == b->size &&
           a->in_side_file == b->in_side_file && a->skip == b->skip &&
           a->file_bytes == b->file_bytes &&
           lcc_hash_equal(&a->side_file, &b->side_file) &&
           lcc_span_equal(a->bytes, b->bytes);
}

/* What holds for whatever was believed. */
static void check(const struct lcc_part_record *part, uint64_t last)
{
    struct lcc_part_record cut = *part;

    FUZZ_HOLDS(part->size > 0 && lcc_part_last(part) == last);
    FUZZ_HOLDS(part->first <= last);
    if (part->in_side_file) {
        FUZZ_HOLDS(part->skip + part->size <= part->file_bytes);
    } else {
        FUZZ_HOLDS(part->bytes.size == part->size);
    }
    if (part->size > 2) {
        lcc_part_trim(&cut, 1, 1);
        FUZZ_HOLDS(cut.first == part->first + 1);
        FUZZ_HOLDS(lcc_part_last(&cut) == last - 1);
        FUZZ_HOLDS(cut.in_side_file ? cut.skip == part->skip + 1
                                    : cut.bytes.size == part->size - 2);
    }
}

static void read_back(struct lcc_span record, uint64_t last)
{
    struct lcc_buf again = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_part_record part;

    if (lcc_part_decode(record, &set, last, &part)) {
        check(&part, last);
        FUZZ_HOLDS(lcc_part_encode(&set, &part, &again) == 0);
        FUZZ_HOLDS(lcc_span_equal(record, lcc_buf_span(&again)));
        FUZZ_HOLDS(!lcc_part_decode(record, &set, last + 1, &part));
    }
    lcc_buf_done(&again);
}

/* Numbers of our choice under a checksum that fits: only sound ones pass. */
static void write_and_read(struct lcc_span from)
{
    struct lcc_buf record = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_part_record part = {.in_side_file = from.size % 2 == 1};
    struct lcc_part_record got;

    if (!lcc_take_u64(&from, &part.first) || !lcc_take_u64(&from, &part.size) ||
        !lcc_take_u64(&from, &part.skip) ||
        !lcc_take_u64(&from, &part.file_bytes)) {
        return;
    }
    part.side_file.bytes[0] = part.in_side_file;
    part.bytes = part.in_side_file ? LCC_SPAN_EMPTY : from;
    FUZZ_HOLDS(lcc_part_encode(&set, &part, &record) == 0);
    if (lcc_part_decode(lcc_buf_span(&record), &set, lcc_part_last(&part),
                        &got)) {
        FUZZ_HOLDS(is_same(&part, &got));
        check(&got, lcc_part_last(&part));
    }
    lcc_buf_done(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lcc_span from = lcc_span_of(data, size);
    uint64_t last;

    write_and_read(from);
    if (lcc_take_u64(&from, &last)) {
        read_back(from, last);
    }
    return 0;
}
