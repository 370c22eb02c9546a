/*
 * The stored entry: what was encoded is decoded, and damage is seen.
 */
#include "store/entry.h"
#include "tests/support/cases.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct built {
    struct lcc_buf head;
    struct lcc_buf pieces;
    struct lcc_buf encoded;
};

static enum lcc_piece_kind kind_of(const char *line)
{
    if (strncmp(line, "HTTP/", 5) == 0) {
        return LCC_PIECE_STATUS;
    }
    if (line[0] == '\r') {
        return LCC_PIECE_END;
    }
    return line[0] == 'T' ? LCC_PIECE_TRAILER : LCC_PIECE_FIELD;
}

/* Lines are parted by \n; one that begins with T is a trailer. */
static struct lcc_entry build(struct built *b, const char *lines, int status)
{
    *b = (struct built){LCC_BUF_INIT(LCC_ENTRY_HEAD_MAX),
                        LCC_BUF_INIT(SIZE_MAX), LCC_BUF_INIT(SIZE_MAX)};
    while (*lines) {
        size_t size = (size_t)(strchr(lines, '\n') - lines) + 1;
        cr_assert_eq(lcc_pieces_add(&b->head, &b->pieces, kind_of(lines),
                                    lcc_span_of(lines, size)),
                     0);
        lines += size;
    }
    return (struct lcc_entry){
        .method = lcc_span_str("GET"),
        .url = lcc_span_str("http://example.org/a?token=REDACTED"),
        .status = status,
        .request_time_s = 1704067199,
        .response_time_s = -5,
        .fetch_us = 123456,
        .body_bytes = UINT64_MAX,
        .head = lcc_buf_span(&b->head),
        .pieces = lcc_buf_span(&b->pieces),
        .vary = lcc_span_str("vary"),
        .hops = lcc_span_of("hops\0", 5),
        .infos = lcc_span_str(""),
    };
}

static void done(struct built *b)
{
    lcc_buf_done(&b->head);
    lcc_buf_done(&b->pieces);
    lcc_buf_done(&b->encoded);
}

#define PLAIN "HTTP/1.1 200 OK\r\nA: b\r\nDate: x\r\n\r\n"

Test(entry, what_was_encoded_is_decoded)
{
    struct built b;
    struct lcc_entry entry = build(&b, PLAIN "T: railer\r\n", 200);
    struct lcc_entry got;

    cr_assert_eq(lcc_entry_encode(&entry, &b.encoded), 0);
    cr_assert_eq(lcc_entry_decode(lcc_buf_span(&b.encoded), &got), 0);
    cr_expect(lcc_span_equal(got.method, entry.method));
    cr_expect(lcc_span_equal(got.url, entry.url));
    cr_expect(lcc_span_equal(got.head, entry.head));
    cr_expect(lcc_span_equal(got.pieces, entry.pieces));
    cr_expect(lcc_span_equal(got.vary, entry.vary));
    cr_expect(lcc_span_equal(got.hops, entry.hops));
    cr_expect(lcc_span_equal(got.infos, entry.infos));
    cr_expect_eq(got.status, entry.status);
    cr_expect_eq(got.request_time_s, entry.request_time_s);
    cr_expect_eq(got.response_time_s, entry.response_time_s);
    cr_expect_eq(got.fetch_us, entry.fetch_us);
    cr_expect_eq(got.body_bytes, entry.body_bytes);
    done(&b);
}

Test(entry, it_begins_with_what_can_be_read)
{
    struct built b;
    struct lcc_entry entry = build(&b, PLAIN, 200);
    const char *want = "GET http://example.org/a?token=REDACTED 200\n" PLAIN;

    cr_assert_eq(lcc_entry_encode(&entry, &b.encoded), 0);
    cr_assert_gt(b.encoded.size, strlen(want));
    cr_expect_arr_eq(b.encoded.data, want, strlen(want));
    done(&b);
}

Test(entry, the_lines_come_back_one_by_one)
{
    const char *want[] = {"HTTP/1.1 200 OK\r\n", "A: b\r\n", "Date: x\r\n",
                          "\r\n", "T: railer\r\n"};
    struct built b;
    struct lcc_entry entry = build(&b, PLAIN "T: railer\r\n", 200);
    struct lcc_pieces pieces = LCC_PIECES_OF(&entry);
    struct lcc_piece piece;

    for (size_t i = 0; i < LCC_ARRAY_SIZE(want); i++) {
        cr_assert(lcc_pieces_next(&pieces, &piece));
        cr_expect(lcc_span_equal(piece.bytes, lcc_span_str(want[i])));
        cr_expect_eq(piece.kind, kind_of(want[i]));
    }
    cr_expect_not(lcc_pieces_next(&pieces, &piece));
    done(&b);
}

/* No byte of the footer, the pieces or the first line can change unseen; in
 * the texts a change stays inside its text. Nothing crashes. */
Test(entry, damage_is_seen_or_harmless)
{
    struct built b;
    struct lcc_entry entry = build(&b, PLAIN, 200);
    struct lcc_entry got;

    cr_assert_eq(lcc_entry_encode(&entry, &b.encoded), 0);
    struct lcc_span whole = lcc_buf_span(&b.encoded);
    for (size_t size = 0; size < whole.size; size++) {
        cr_expect_eq(lcc_entry_decode(lcc_span_of(whole.data, size), &got),
                     -EBADMSG, "%zu bytes", size);
    }
    for (size_t i = 0; i < whole.size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            struct lcc_response *blocks;
            size_t count;
            b.encoded.data[i] ^= (uint8_t)(1 << bit);
            if (lcc_entry_decode(whole, &got) == 0 &&
                lcc_entry_blocks(&got, &blocks, &count) == 0) {
                cr_expect_eq(count, 1);
                cr_expect_eq(blocks[0].status, got.status);
                lcc_blocks_free(blocks, count);
            }
            b.encoded.data[i] ^= (uint8_t)(1 << bit);
        }
    }
    done(&b);
}

Test(entry, another_version_is_refused)
{
    struct built b;
    struct lcc_entry entry = build(&b, PLAIN, 200);
    struct lcc_entry got;

    cr_assert_eq(lcc_entry_encode(&entry, &b.encoded), 0);
    b.encoded.data[b.encoded.size - 72 + 5]++;
    cr_expect_eq(lcc_entry_decode(lcc_buf_span(&b.encoded), &got), -EBADMSG);
    done(&b);
}

Test(entry, what_could_not_be_read_back_is_not_encoded)
{
    struct built b;
    struct lcc_entry good = build(&b, PLAIN, 200);
    struct lcc_entry bad = good;

    bad.url = lcc_span_str("http://a/ b");
    cr_expect_eq(lcc_entry_encode(&bad, &b.encoded), -EINVAL);
    bad = good;
    bad.method = LCC_SPAN_EMPTY;
    cr_expect_eq(lcc_entry_encode(&bad, &b.encoded), -EINVAL);
    bad = good;
    bad.status = 1000;
    cr_expect_eq(lcc_entry_encode(&bad, &b.encoded), -EINVAL);
    bad = good;
    bad.head.size--;
    cr_expect_eq(lcc_entry_encode(&bad, &b.encoded), -EINVAL);
    bad = good;
    bad.infos = lcc_span_of(PLAIN, LCC_ENTRY_MAX);
    cr_expect_eq(lcc_entry_encode(&bad, &b.encoded), -EFBIG);
    cr_expect_eq(b.encoded.size, 0);
    done(&b);
}

Test(entry, the_head_has_a_limit)
{
    struct lcc_buf head = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_buf pieces = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_span line = lcc_span_str("a: b\r\n");
    int result = 0;
    size_t lines = 0;

    while (!(result = lcc_pieces_add(&head, &pieces, LCC_PIECE_FIELD, line))) {
        lines++;
    }
    cr_expect_eq(result, -EFBIG);
    cr_expect_eq(lines, LCC_ENTRY_PIECES_MAX);
    cr_expect_eq(head.size, lines * line.size);
    char *large = calloc(1, LCC_ENTRY_HEAD_MAX);
    lcc_buf_clear(&pieces);
    cr_expect_eq(lcc_pieces_add(&head, &pieces, LCC_PIECE_FIELD,
                                lcc_span_of(large, LCC_ENTRY_HEAD_MAX)),
                 -EFBIG);
    free(large);
    lcc_buf_done(&head);
    lcc_buf_done(&pieces);
}

#define OK "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
#define FOUND "HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
#define TUNNEL "HTTP/1.1 200 Connection established\r\n\r\n"
#define PROXY_LOGIN "HTTP/1.1 407 Login\r\n\r\n"

struct block_case {
    const char *name;
    const char *lines;
    int status;
    int result;
    int want[4]; /* statuses of the blocks */
};

/* clang-format off */
static const struct block_case blocks_cases[] = {
    {"one", OK, 200, 0, {200}},
    {"a followed redirect", FOUND OK, 200, 0, {302, 200}},
    {"two", FOUND FOUND OK, 200, 0, {302, 302, 200}},
    {"an interim answer is passed over", CONTINUE OK, 200, 0, {200}},
    {"between hops too", FOUND CONTINUE OK, 200, 0, {302, 200}},
    {"the proxy's answer to CONNECT is passed over", TUNNEL OK, 200, 0, {200}},
    {"for every hop", TUNNEL FOUND TUNNEL OK, 200, 0, {302, 200}},
    {"with the login before it", PROXY_LOGIN TUNNEL OK, 200, 0, {200}},
    {"a login without a tunnel counts", PROXY_LOGIN OK, 200, 0, {407, 200}},
    {"a trailer is not merged", OK "Trailer-Field: x\r\n", 200, 0, {200}},
    {"no empty line at the end", "HTTP/1.1 200 OK\r\nA: b\r\n", 200, 0, {200}},
    {"another status than the entry's", OK, 201, -EBADMSG, {0}},
    {"only interim ones", CONTINUE, 100, -EBADMSG, {0}},
    {"no status line", "A: b\r\n\r\n", 200, -EBADMSG, {0}},
    {"nothing", "", 200, -EBADMSG, {0}},
};
/* clang-format on */

LCC_CASES(entry, blocks, blocks_cases)
{
    const struct block_case *c = &blocks_cases[*which];
    struct built b;
    struct lcc_entry entry = build(&b, c->lines, c->status);
    struct lcc_response *blocks;
    size_t count = 0;

    int result = lcc_entry_blocks(&entry, &blocks, &count);
    cr_assert_eq(result, c->result, "%s", c->name);
    for (size_t i = 0; !result && i < count; i++) {
        cr_expect_eq(blocks[i].status, c->want[i], "%s", c->name);
        cr_expect_eq(blocks[i].request_time_s, entry.request_time_s);
        cr_expect_eq(blocks[i].response_time_s, entry.response_time_s);
    }
    if (!result) {
        cr_expect_eq(c->want[count], 0, "%s", c->name);
        cr_expect_null(
            lcc_fields_find(&blocks[count - 1].fields, "Trailer-Field"));
        lcc_blocks_free(blocks, count);
    }
    done(&b);
}

Test(entry, there_is_a_limit_of_blocks)
{
    struct lcc_buf lines = LCC_BUF_INIT(100000);
    struct built b;
    struct lcc_response *blocks;
    size_t count;

    for (int i = 0; i < LCC_ENTRY_BLOCKS_MAX; i++) {
        cr_assert_eq(lcc_buf_append_str(&lines, FOUND), 0);
    }
    cr_assert_eq(lcc_buf_append(&lines, lcc_span_of(OK, sizeof(OK))), 0);
    struct lcc_entry entry = build(&b, (const char *)lines.data, 200);
    cr_expect_eq(lcc_entry_blocks(&entry, &blocks, &count), -E2BIG);
    done(&b);
    lcc_buf_done(&lines);
}
