/* Bytes that claim to be a stored entry; and, when they are none, an entry
 * whose lines they are. */
#include "store/entry.h"
#include "tests/fuzz/fuzz.h"

static void read_blocks(const struct lcc_entry *entry)
{
    struct lcc_response *blocks;
    size_t count;

    if (lcc_entry_blocks(entry, &blocks, &count) == 0) {
        FUZZ_HOLDS(count > 0 && count <= LCC_ENTRY_BLOCKS_MAX);
        FUZZ_HOLDS(blocks[count - 1].status == entry->status);
        for (size_t i = 0; i < count; i++) {
            FUZZ_HOLDS(blocks[i].status >= 200);
        }
        lcc_blocks_free(blocks, count);
    }
}

static bool read_back(struct lcc_span bytes)
{
    struct lcc_buf again = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_entry entry;

    if (lcc_entry_decode(bytes, &entry) != 0) {
        return false;
    }
    FUZZ_HOLDS(lcc_entry_encode(&entry, &again) == 0);
    FUZZ_HOLDS(lcc_span_equal(bytes, lcc_buf_span(&again)));
    read_blocks(&entry);
    lcc_buf_done(&again);
    return true;
}

static enum lcc_piece_kind kind_of(struct lcc_span line)
{
    const char *text = line.data;

    if (line.size > 4 && memcmp(text, "HTTP", 4) == 0) {
        return LCC_PIECE_STATUS;
    }
    if (line.size == 0) {
        return LCC_PIECE_END;
    }
    return text[0] == '~' ? LCC_PIECE_TRAILER : LCC_PIECE_FIELD;
}

static void write_and_read(struct lcc_span lines)
{
    struct lcc_buf head = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_buf pieces = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_buf out = LCC_BUF_INIT(SIZE_MAX);

    while (lines.size > 0) {
        struct lcc_span line = fuzz_take(&lines, '\n');
        if (lcc_pieces_add(&head, &pieces, kind_of(line), line) != 0) {
            break;
        }
    }
    const struct lcc_entry entry = {
        .method = lcc_span_str("GET"),
        .url = lcc_span_str("http://a/"),
        .status = 200,
        .head = lcc_buf_span(&head),
        .pieces = lcc_buf_span(&pieces),
    };
    FUZZ_HOLDS(lcc_entry_encode(&entry, &out) == 0);
    FUZZ_HOLDS(read_back(lcc_buf_span(&out)));
    lcc_buf_done(&head);
    lcc_buf_done(&pieces);
    lcc_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!read_back(lcc_span_of(data, size))) {
        write_and_read(lcc_span_of(data, size));
    }
    return 0;
}
