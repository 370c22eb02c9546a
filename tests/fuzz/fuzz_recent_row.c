/* Bytes that claim to be the file of recent records: read row by row; and rows
 * whose numbers they are, written and read back. */
#include "store/recent_row.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const struct lcc_hash id = {{4, 5, 6}};
static const struct lcc_hash another = {{4, 5, 7}};

static bool is_same(const struct lcc_recent_row *a,
                    const struct lcc_recent_row *b)
{
    return memcmp(&a->name, &b->name, sizeof(a->name)) == 0 &&
           a->used_s == b->used_s && a->side_bytes == b->side_bytes &&
           lcc_span_equal(a->record, b->record);
}

/* Whatever is believed lies inside, and says where it is. */
static void check(struct lcc_span from, const struct lcc_recent_place *place)
{
    struct lcc_recent_place wrong = *place;
    struct lcc_recent_row row;
    size_t size;

    if (!lcc_recent_row_decode(from, place, false, &row, &size)) {
        FUZZ_HOLDS(!lcc_recent_row_decode(from, place, true, &row, &size));
        return;
    }
    FUZZ_HOLDS(size <= from.size && size % LCC_RECENT_ALIGN == 0);
    FUZZ_HOLDS(size <= LCC_RECENT_ROW_MAX &&
               size == lcc_recent_row_size(row.record.size));
    FUZZ_HOLDS((const uint8_t *)row.record.data ==
               (const uint8_t *)from.data + LCC_RECENT_HEAD);
    wrong.at++;
    FUZZ_HOLDS(!lcc_recent_row_decode(from, &wrong, false, &row, &size));
    wrong = *place;
    wrong.generation++;
    FUZZ_HOLDS(!lcc_recent_row_decode(from, &wrong, false, &row, &size));
    wrong = *place;
    wrong.id = &another;
    FUZZ_HOLDS(!lcc_recent_row_decode(from, &wrong, false, &row, &size));
}

static void read_file(struct lcc_span from, uint64_t generation)
{
    const uint8_t *bytes = from.data;
    struct lcc_recent_row row;
    size_t size = 0;

    for (size_t at = 0; at < from.size; at += size) {
        const struct lcc_recent_place place = {&id, generation, at};
        const struct lcc_span rest = lcc_span_of(bytes + at, from.size - at);

        check(rest, &place);
        if (!lcc_recent_row_decode(rest, &place, false, &row, &size)) {
            break;
        }
    }
}

static void write_and_read(struct lcc_span from, uint64_t generation)
{
    const struct lcc_recent_place place = {&id, generation, from.size};
    struct lcc_buf out = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_recent_row row = {.record = from};
    struct lcc_recent_row got;
    size_t size;
    int result;

    memcpy(&row.name, &generation, sizeof(generation));
    if (from.size > 0) { /* a record tells its side file's bytes, a use when */
        row.side_bytes = generation;
    } else {
        row.used_s = (int64_t)generation;
    }
    result = lcc_recent_row_encode(&row, &place, &out);
    FUZZ_HOLDS((result == 0) ==
               (lcc_recent_row_size(from.size) <= LCC_RECENT_ROW_MAX));
    if (result == 0) {
        check(lcc_buf_span(&out), &place);
        FUZZ_HOLDS(lcc_recent_row_decode(lcc_buf_span(&out), &place, true, &got,
                                         &size));
        FUZZ_HOLDS(size == out.size && is_same(&row, &got));
        out.size--; /* not all of it */
        FUZZ_HOLDS(!lcc_recent_row_decode(lcc_buf_span(&out), &place, true,
                                          &got, &size));
    }
    lcc_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lcc_span from = lcc_span_of(data, size);
    uint64_t generation;

    if (lcc_take_u64(&from, &generation)) {
        read_file(from, generation);
        write_and_read(from, generation);
    }
    return 0;
}
