/*
 * entry.c - a stored response without its body, and its bytes
 *
 * Pure. FORMAT.md draws the bytes: what can be read comes first, the numbers
 * that tell where to cut come last and have a fixed width, so that nothing
 * needs to be searched for. Whatever is decoded may have been damaged.
 */
#include "store/entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENTRY_MAGIC = 0x4c434345, /* "LCCE" */
    ENTRY_VERSION = 1,
    FOOTER_SIZE = 72,
    PIECE_SIZE = 4, /* u8 kind, u24 length */
    LINE_EXTRA = 6, /* " ", " 200", "\n" around method and URL */
    STATUS_DIGITS = 3,
};

/* The fixed part at the end, as numbers. */
struct footer {
    uint32_t magic;
    uint16_t version;
    uint16_t status;
    uint32_t method_size;
    uint32_t url_size;
    uint32_t head_size;
    uint32_t pieces_size;
    uint32_t vary_size;
    uint32_t hops_size;
    uint32_t infos_size;
    uint32_t reserved; /* 0 */
    uint64_t request_time_s;
    uint64_t response_time_s;
    uint64_t fetch_us;
    uint64_t body_bytes;
};

static uint32_t load_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

/* --- pieces -------------------------------------------------------------- */

int lcc_pieces_add(struct lcc_buf *head, struct lcc_buf *pieces,
                   enum lcc_piece_kind kind, struct lcc_span line)
{
    size_t before = head->size;

    if (line.size > LCC_ENTRY_HEAD_MAX - head->size ||
        pieces->size >= (size_t)LCC_ENTRY_PIECES_MAX * PIECE_SIZE) {
        return -EFBIG;
    }
    int result = lcc_buf_append(head, line);
    if (!result) {
        result =
            lcc_buf_put_u32(pieces, (uint32_t)kind << 24 | (uint32_t)line.size);
    }
    if (result) {
        head->size = before;
    }
    return result;
}

bool lcc_pieces_next(struct lcc_pieces *from, struct lcc_piece *ret)
{
    const uint8_t *at = from->pieces.data;
    const uint8_t *line = from->head.data;

    if (from->pieces.size < PIECE_SIZE) {
        return false;
    }
    uint32_t packed = load_u32(at);
    size_t size = packed & 0xffffff;
    if (packed >> 24 >= LCC_PIECE_KIND_MAX_ || size > from->head.size) {
        return false;
    }
    ret->kind = (enum lcc_piece_kind)(packed >> 24);
    ret->bytes = lcc_span_of(line, size);
    from->head = lcc_span_of(size ? line + size : line, from->head.size - size);
    from->pieces = lcc_span_of(at + PIECE_SIZE, from->pieces.size - PIECE_SIZE);
    return true;
}

/* Do the pieces cover the head exactly? */
static bool pieces_add_up(const struct lcc_entry *entry)
{
    struct lcc_pieces pieces = LCC_PIECES_OF(entry);
    struct lcc_piece piece;

    if (entry->head.size > LCC_ENTRY_HEAD_MAX ||
        entry->pieces.size > (size_t)LCC_ENTRY_PIECES_MAX * PIECE_SIZE) {
        return false;
    }
    while (lcc_pieces_next(&pieces, &piece)) {
        continue;
    }
    return pieces.head.size == 0 && pieces.pieces.size == 0;
}

/* --- bytes --------------------------------------------------------------- */

/* One printable word, so that the first line can be trusted on a terminal. */
static bool is_word(struct lcc_span text)
{
    const uint8_t *at = text.data;

    for (size_t i = 0; i < text.size; i++) {
        if (at[i] <= ' ' || at[i] >= 127) {
            return false;
        }
    }
    return text.size > 0;
}

static bool is_status(int status)
{
    return status >= 100 && status <= 999;
}

/* Between the URL and the head. */
static struct lcc_span line_end(int status, char out[LINE_EXTRA])
{
    out[0] = ' ';
    out[1] = (char)('0' + status / 100);
    out[2] = (char)('0' + status / 10 % 10);
    out[3] = (char)('0' + status % 10);
    out[4] = '\n';
    return lcc_span_of(out, LINE_EXTRA - 1);
}

static int put_texts(struct lcc_buf *out, const struct lcc_entry *entry)
{
    char end[LINE_EXTRA];
    const struct lcc_span parts[] = {
        entry->method, lcc_span_of(" ", 1),
        entry->url,    line_end(entry->status, end),
        entry->head,   entry->pieces,
        entry->vary,   entry->hops,
        entry->infos,
    };
    int result = 0;

    for (size_t i = 0; i < LCC_ARRAY_SIZE(parts) && !result; i++) {
        result = lcc_buf_append(out, parts[i]);
    }
    return result;
}

static int put_footer(struct lcc_buf *out, const struct lcc_entry *entry)
{
    const uint32_t sizes[] = {
        (uint32_t)entry->method.size, (uint32_t)entry->url.size,
        (uint32_t)entry->head.size,   (uint32_t)entry->pieces.size,
        (uint32_t)entry->vary.size,   (uint32_t)entry->hops.size,
        (uint32_t)entry->infos.size,  0,
    };
    const uint64_t numbers[] = {
        (uint64_t)entry->request_time_s,
        (uint64_t)entry->response_time_s,
        entry->fetch_us,
        entry->body_bytes,
    };
    int result = lcc_buf_put_u32(out, ENTRY_MAGIC);

    if (!result) {
        result = lcc_buf_put_u16(out, ENTRY_VERSION);
    }
    if (!result) {
        result = lcc_buf_put_u16(out, (uint16_t)entry->status);
    }
    for (size_t i = 0; i < LCC_ARRAY_SIZE(sizes) && !result; i++) {
        result = lcc_buf_put_u32(out, sizes[i]);
    }
    for (size_t i = 0; i < LCC_ARRAY_SIZE(numbers) && !result; i++) {
        result = lcc_buf_put_u64(out, numbers[i]);
    }
    return result;
}

/* Larger than any entry when one part alone is. */
static size_t encoded_size(const struct lcc_entry *entry)
{
    const size_t sizes[] = {
        entry->method.size, entry->url.size,  entry->head.size,
        entry->pieces.size, entry->vary.size, entry->hops.size,
        entry->infos.size,  LINE_EXTRA,       FOOTER_SIZE,
    };
    size_t total = 0;

    for (size_t i = 0; i < LCC_ARRAY_SIZE(sizes); i++) {
        if (sizes[i] > LCC_ENTRY_MAX) {
            return SIZE_MAX;
        }
        total += sizes[i];
    }
    return total;
}

int lcc_entry_encode(const struct lcc_entry *entry, struct lcc_buf *out)
{
    size_t before = out->size;
    size_t size = encoded_size(entry);

    if (size > LCC_ENTRY_MAX) {
        return -EFBIG;
    }
    if (!is_word(entry->method) || !is_word(entry->url) ||
        !is_status(entry->status) || !pieces_add_up(entry)) {
        return -EINVAL;
    }
    int result = lcc_buf_reserve(out, before + size);
    if (!result) {
        result = put_texts(out, entry);
    }
    if (!result) {
        result = put_footer(out, entry);
    }
    if (result) {
        out->size = before;
    }
    return result;
}

static bool take_footer(struct lcc_span from, struct footer *f)
{
    return lcc_take_u32(&from, &f->magic) && f->magic == ENTRY_MAGIC &&
           lcc_take_u16(&from, &f->version) && f->version == ENTRY_VERSION &&
           lcc_take_u16(&from, &f->status) && is_status(f->status) &&
           lcc_take_u32(&from, &f->method_size) &&
           lcc_take_u32(&from, &f->url_size) &&
           lcc_take_u32(&from, &f->head_size) &&
           lcc_take_u32(&from, &f->pieces_size) &&
           lcc_take_u32(&from, &f->vary_size) &&
           lcc_take_u32(&from, &f->hops_size) &&
           lcc_take_u32(&from, &f->infos_size) &&
           lcc_take_u32(&from, &f->reserved) && f->reserved == 0 &&
           lcc_take_u64(&from, &f->request_time_s) &&
           lcc_take_u64(&from, &f->response_time_s) &&
           lcc_take_u64(&from, &f->fetch_us) &&
           lcc_take_u64(&from, &f->body_bytes);
}

/* @size bytes off the front; the sizes were found to add up. */
static struct lcc_span take(struct lcc_span *from, size_t size)
{
    struct lcc_span part = lcc_span_of(from->data, size);

    *from = lcc_span_of((const uint8_t *)from->data + size, from->size - size);
    return part;
}

static bool line_adds_up(struct lcc_span end, int status)
{
    char expected[LINE_EXTRA];

    return lcc_span_equal(end, line_end(status, expected));
}

int lcc_entry_decode(struct lcc_span bytes, struct lcc_entry *ret)
{
    struct footer f;

    if (bytes.size < LINE_EXTRA + FOOTER_SIZE || bytes.size > LCC_ENTRY_MAX) {
        return -EBADMSG;
    }
    struct lcc_span rest = bytes;
    struct lcc_span texts = take(&rest, bytes.size - FOOTER_SIZE);
    if (!take_footer(rest, &f)) {
        return -EBADMSG;
    }
    /* Seven numbers of 32 bits cannot wrap 64. */
    uint64_t total = (uint64_t)f.method_size + f.url_size + f.head_size +
                     f.pieces_size + f.vary_size + f.hops_size + f.infos_size +
                     LINE_EXTRA;
    if (total != texts.size) {
        return -EBADMSG;
    }
    struct lcc_entry entry = {
        .status = f.status,
        .request_time_s = (int64_t)f.request_time_s,
        .response_time_s = (int64_t)f.response_time_s,
        .fetch_us = f.fetch_us,
        .body_bytes = f.body_bytes,
    };
    entry.method = take(&texts, f.method_size);
    struct lcc_span space = take(&texts, 1);
    entry.url = take(&texts, f.url_size);
    struct lcc_span end = take(&texts, LINE_EXTRA - 1);
    entry.head = take(&texts, f.head_size);
    entry.pieces = take(&texts, f.pieces_size);
    entry.vary = take(&texts, f.vary_size);
    entry.hops = take(&texts, f.hops_size);
    entry.infos = take(&texts, f.infos_size);
    if (!lcc_span_equal(space, lcc_span_str(" ")) ||
        !line_adds_up(end, entry.status) || !is_word(entry.method) ||
        !is_word(entry.url) || !pieces_add_up(&entry)) {
        return -EBADMSG;
    }
    *ret = entry;
    return 0;
}

/* --- blocks -------------------------------------------------------------- */

/* The lines of one block, and where the walk goes on. */
static bool take_block(struct lcc_pieces *from, struct lcc_span *ret)
{
    struct lcc_piece piece;
    bool open = false;
    const uint8_t *begin = from->head.data;
    const uint8_t *end = begin;

    while (from->pieces.size > 0) {
        struct lcc_pieces next = *from;
        if (!lcc_pieces_next(&next, &piece)) {
            return false;
        }
        if (piece.kind == LCC_PIECE_STATUS && open) {
            break;
        }
        if (piece.kind == LCC_PIECE_STATUS) {
            open = true;
        } else if (!open) {
            return false;
        }
        if (piece.kind != LCC_PIECE_TRAILER) {
            end = (const uint8_t *)piece.bytes.data + piece.bytes.size;
        }
        *from = next;
    }
    *ret = lcc_span_of(begin, (size_t)(end - begin));
    return open;
}

static size_t count_blocks(const struct lcc_entry *entry)
{
    const uint8_t *at = entry->pieces.data;
    size_t count = 0;

    for (size_t i = 0; i + PIECE_SIZE <= entry->pieces.size; i += PIECE_SIZE) {
        count += at[i] == LCC_PIECE_STATUS;
    }
    return count;
}

static int parse_blocks(const struct lcc_entry *entry,
                        struct lcc_response *blocks, size_t *count)
{
    struct lcc_pieces rest = LCC_PIECES_OF(entry);
    struct lcc_span lines;

    while (rest.pieces.size > 0) {
        if (!take_block(&rest, &lines)) {
            return -EBADMSG;
        }
        int result =
            lcc_response_parse(lines, entry->request_time_s,
                               entry->response_time_s, &blocks[*count]);
        if (result) {
            return result;
        }
        (*count)++;
    }
    return 0;
}

/*
 * Interim blocks say nothing about caching. A 2xx that is not the last block
 * cannot be a hop: it is the proxy's answer to CONNECT, and so are the 407s
 * right before it.
 */
static void drop_passing_blocks(struct lcc_response *blocks, size_t *count)
{
    bool connect = false; /* the block after this one answered CONNECT */
    size_t kept = *count;

    for (size_t i = *count; i-- > 0;) {
        int status = blocks[i].status;
        bool last = i + 1 == *count;
        bool interim = status < 200;

        if (!interim) {
            connect =
                !last && (status / 100 == 2 || (connect && status == 407));
        }
        if (interim || connect) {
            lcc_response_done(&blocks[i]);
        } else {
            blocks[--kept] = blocks[i];
        }
    }
    *count -= kept;
    memmove(blocks, blocks + kept, *count * sizeof(*blocks));
}

int lcc_entry_blocks(const struct lcc_entry *entry, struct lcc_response **ret,
                     size_t *ret_count)
{
    size_t most = count_blocks(entry);
    size_t count = 0;

    if (most == 0) {
        return -EBADMSG;
    }
    if (most > LCC_ENTRY_BLOCKS_MAX) {
        return -E2BIG;
    }
    struct lcc_response *blocks = calloc(most, sizeof(*blocks));
    if (!blocks) {
        return -ENOMEM;
    }
    int result = parse_blocks(entry, blocks, &count);
    if (!result) {
        drop_passing_blocks(blocks, &count);
        /* The final block is the one the entry is about. */
        if (count == 0 || blocks[count - 1].status != entry->status) {
            result = -EBADMSG;
        }
    }
    if (result) {
        lcc_blocks_free(blocks, count);
        return result;
    }
    *ret = blocks;
    *ret_count = count;
    return 0;
}

void lcc_blocks_free(struct lcc_response *blocks, size_t count)
{
    for (size_t i = 0; blocks && i < count; i++) {
        lcc_response_done(&blocks[i]);
    }
    free(blocks);
}
