/*
 * What answers a request for a range (RFC 9110, sections 14.2, 15.3.7 and
 * 15.5.17; RFC 9111, section 3.4).
 */
#include "store/http_ranged.h"
#include "tests/support/cases.h"
#include "tests/unit/message.h"

#include <errno.h>
#include <stdlib.h>

/* --- which answer -------------------------------------------------------- */

struct decide_case {
    const char *name;
    const char *range; /* NULL: none */
    const char *if_range;
    const char *stored; /* status and field lines */
    bool partial;
    bool decoded;
    enum lcc_ranged_kind kind;
    size_t count; /* of ranges */
    bool ignored;
};

#define OK "HTTP/1.1 200 OK\n"
#define PARTIAL "HTTP/1.1 206 Partial Content\n"

/* clang-format off */
static const struct decide_case decisions[] = {
    {"no range asked for", NULL, "", OK, false, false, LCC_RANGED_AS_STORED, 0, false},
    {"a range of a whole, 15.3.7.1", "bytes=0-1", "", OK, false, false, LCC_RANGED_PART, 1, false},
    {"two ranges of a whole, 15.3.7.2", "bytes=0-1,4-5", "", OK, false, false, LCC_RANGED_PARTS, 2, false},
    {"one of two is left, 15.3.7.2", "bytes=0-1,40-", "", OK, false, false, LCC_RANGED_PART, 1, false},
    {"past the end, 15.5.17", "bytes=10-", "", OK, false, false, LCC_RANGED_UNSATISFIABLE, 0, false},
    {"more than all, 17.15", "bytes=0-,0-", "", OK, false, false, LCC_RANGED_ASK, 0, false},
    {"of an error, 14.2", "bytes=0-1", "", "HTTP/1.1 404 Not Found\n", false, false, LCC_RANGED_AS_STORED, 0, false},
    {"of a redirect, 14.2", "bytes=0-1", "", "HTTP/1.1 301 Moved\n", false, false, LCC_RANGED_AS_STORED, 0, false},
    {"of a server without ranges, 14.3", "bytes=0-1", "", OK "Accept-Ranges: none\n", false, false, LCC_RANGED_AS_STORED, 0, false},
    {"of a server that gave the whole before, 14.2", "bytes=0-1", "", OK, false, false, LCC_RANGED_AS_STORED, 0, true},
    {"of a server with ranges, 14.3", "bytes=0-1", "", OK "Accept-Ranges: bytes\n", false, false, LCC_RANGED_PART, 1, false},
    {"If-Range holds, 13.1.5", "bytes=0-1", "\"a\"", OK "ETag: \"a\"\n", false, false, LCC_RANGED_PART, 1, false},
    {"If-Range fails, 13.1.5", "bytes=0-1", "\"a\"", OK "ETag: \"b\"\n", false, false, LCC_RANGED_AS_STORED, 0, false},
    {"If-Range fails before a 416, 13.2.2", "bytes=99-", "\"a\"", OK "ETag: \"b\"\n", false, false, LCC_RANGED_AS_STORED, 0, false},
    {"If-Range without Range, 13.1.5", NULL, "\"a\"", OK "ETag: \"b\"\n", false, false, LCC_RANGED_AS_STORED, 0, false},
    {"decoded bytes cannot be cut", "bytes=0-1", "", OK "Content-Encoding: gzip\n", false, true, LCC_RANGED_ASK, 0, false},
    {"encoded bytes can", "bytes=0-1", "", OK "Content-Encoding: gzip\n", false, false, LCC_RANGED_PART, 1, false},
    {"nothing was encoded", "bytes=0-1", "", OK "Content-Encoding: identity\n", false, true, LCC_RANGED_PART, 1, false},
    {"a part of parts", "bytes=0-1", "", PARTIAL, true, false, LCC_RANGED_PART, 1, false},
    {"the whole of parts, RFC 9111 3.4", NULL, "", PARTIAL, true, false, LCC_RANGED_WHOLE, 1, false},
    {"If-Range fails on parts", "bytes=0-1", "\"a\"", PARTIAL "ETag: \"b\"\n", true, false, LCC_RANGED_WHOLE, 1, false},
    {"past the end of parts", "bytes=10-", "", PARTIAL, true, false, LCC_RANGED_UNSATISFIABLE, 0, false},
};
/* clang-format on */

LCC_CASES(http_ranged, answer, decisions)
{
    const struct decide_case *c = &decisions[*which];
    struct lcc_response stored = message_response(c->stored);
    struct lcc_range_set set;
    struct lcc_ranged_answer answer;
    struct lcc_ranged_question question = {
        .set = c->range ? &set : NULL,
        .if_range = lcc_span_str(c->if_range),
        .response = &stored,
        .partial = c->partial,
        .decoded = c->decoded,
        .ignored = c->ignored,
        .complete = 10,
    };

    cr_assert(!c->range || lcc_range_parse(lcc_span_str(c->range), &set));
    lcc_ranged_decide(&question, &answer);
    cr_expect_eq(answer.kind, c->kind, "%s: %d", c->name, (int)answer.kind);
    cr_expect_eq(answer.count, c->count, "%s", c->name);
    cr_expect_eq(answer.complete, 10);
    if (c->kind == LCC_RANGED_WHOLE) {
        cr_expect_eq(answer.ranges[0].first, 0);
        cr_expect_eq(answer.ranges[0].last, 9);
    }
    lcc_response_done(&stored);
}

/* --- what it looks like
 * -------------------------------------------------------- */

struct make_case {
    const char *name;
    const char *stored; /* lines with \r\n, a trailer after the empty one */
    struct lcc_ranged_answer answer;
    const char *head;
    const char *body;
};

#define CRLF "\r\n"
#define BODY "0123456789"
#define B "000102030405060708090a0b"
#define WHOLE_HEAD                                                             \
    "HTTP/1.1 200 OK" CRLF "Content-Type: text/plain" CRLF                     \
    "Content-Length: 10" CRLF "ETag: \"a\"" CRLF CRLF
#define PART_HEAD                                                              \
    "HTTP/1.1 206 Partial Content" CRLF "Content-Length: 2" CRLF               \
    "content-range:  bytes 2-3/10" CRLF "ETag: \"a\"" CRLF CRLF
#define ONE(first, last)                                                       \
    {                                                                          \
        LCC_RANGED_PART, 10, 1,                                                \
        {                                                                      \
            {                                                                  \
                first, last                                                    \
            }                                                                  \
        }                                                                      \
    }
#define TWO(a, b, c, d)                                                        \
    {                                                                          \
        LCC_RANGED_PARTS, 10, 2,                                               \
        {                                                                      \
            {a, b},                                                            \
            {                                                                  \
                c, d                                                           \
            }                                                                  \
        }                                                                      \
    }
#define PARTS_BODY(type)                                                       \
    CRLF "--" B CRLF type "Content-Range: bytes 0-1/10" CRLF CRLF "01" CRLF    \
         "--" B CRLF type "Content-Range: bytes 8-9/10" CRLF CRLF "89" CRLF    \
         "--" B "--" CRLF

/* clang-format off */
static const struct make_case makings[] = {
    {"one range of a whole, 15.3.7.1", WHOLE_HEAD, ONE(2, 4),
     "HTTP/1.1 206 Partial Content" CRLF "Content-Type: text/plain" CRLF "Content-Length: 3" CRLF "ETag: \"a\"" CRLF "Content-Range: bytes 2-4/10" CRLF CRLF, "234"},
    {"two ranges of a whole, 15.3.7.2", WHOLE_HEAD, TWO(0, 1, 8, 9),
     "HTTP/1.1 206 Partial Content" CRLF "Content-Type: multipart/byteranges; boundary=" B CRLF "Content-Length: 210" CRLF "ETag: \"a\"" CRLF CRLF, PARTS_BODY("Content-Type: text/plain" CRLF)},
    {"two ranges without a type, 14.6", "HTTP/1.1 200 OK" CRLF CRLF, TWO(0, 1, 8, 9),
     "HTTP/1.1 206 Partial Content" CRLF "Content-Length: 158" CRLF "Content-Type: multipart/byteranges; boundary=" B CRLF CRLF, PARTS_BODY("")},
    {"a fetched range comes back as it was", PART_HEAD, ONE(2, 3), PART_HEAD, "23"},
    {"another range of the parts", PART_HEAD, ONE(4, 6),
     "HTTP/1.1 206 Partial Content" CRLF "Content-Length: 3" CRLF "Content-Range: bytes 4-6/10" CRLF "ETag: \"a\"" CRLF CRLF, "456"},
    {"parts that have everything, RFC 9111 3.4", PART_HEAD, {LCC_RANGED_WHOLE, 10, 1, {{0, 9}}},
     "HTTP/1.1 200 OK" CRLF "Content-Length: 10" CRLF "ETag: \"a\"" CRLF CRLF, BODY},
    {"nothing there, 15.5.17", "HTTP/1.1 200 OK" CRLF "Server: x" CRLF "Content-Type: text/plain" CRLF "Content-Length: 10" CRLF "ETag: \"a\"" CRLF "Last-Modified: x" CRLF CRLF, {LCC_RANGED_UNSATISFIABLE, 10, 0, {{0, 0}}},
     "HTTP/1.1 416 Range Not Satisfiable" CRLF "Server: x" CRLF "Content-Length: 0" CRLF "Content-Range: bytes */10" CRLF CRLF, ""},
    {"framing and digests of the whole go", "HTTP/1.1 200 OK" CRLF "Transfer-Encoding: chunked" CRLF "Trailer: X" CRLF "Content-MD5: x" CRLF "Content-Digest: x" CRLF "Repr-Digest: x" CRLF CRLF "X: trailer" CRLF, ONE(0, 0),
     "HTTP/1.1 206 Partial Content" CRLF "Repr-Digest: x" CRLF "Content-Length: 1" CRLF "Content-Range: bytes 0-0/10" CRLF CRLF, "0"},
    {"a folded line goes with its field", "HTTP/1.1 200 OK" CRLF "Content-MD5: x" CRLF " y" CRLF "A: 1" CRLF " 2" CRLF CRLF, ONE(0, 0),
     "HTTP/1.1 206 Partial Content" CRLF "A: 1" CRLF " 2" CRLF "Content-Length: 1" CRLF "Content-Range: bytes 0-0/10" CRLF CRLF, "0"},
    {"a length given twice", "HTTP/1.1 200 OK" CRLF "Content-Length: 10" CRLF "Content-Length: 10" CRLF CRLF, ONE(0, 0),
     "HTTP/1.1 206 Partial Content" CRLF "Content-Length: 1" CRLF "Content-Range: bytes 0-0/10" CRLF CRLF, "0"},
    {"HTTP/2 has no words and lower case", "HTTP/2 200 " CRLF "content-type: a" CRLF CRLF, ONE(0, 0),
     "HTTP/2 206 " CRLF "content-type: a" CRLF "content-length: 1" CRLF "content-range: bytes 0-0/10" CRLF CRLF, "0"},
    {"HTTP/1.0 stays", "HTTP/1.0 200 OK" CRLF CRLF, ONE(0, 0),
     "HTTP/1.0 206 Partial Content" CRLF "Content-Length: 1" CRLF "Content-Range: bytes 0-0/10" CRLF CRLF, "0"},
    {"earlier blocks stay", "HTTP/1.1 301 Moved" CRLF "Content-Length: 5" CRLF "Location: /b" CRLF CRLF "HTTP/1.1 200 OK" CRLF CRLF, ONE(0, 0),
     "HTTP/1.1 301 Moved" CRLF "Content-Length: 5" CRLF "Location: /b" CRLF CRLF "HTTP/1.1 206 Partial Content" CRLF "Content-Length: 1" CRLF "Content-Range: bytes 0-0/10" CRLF CRLF, "0"},
    {"a type of an earlier block is not that of the parts", "HTTP/1.1 301 Moved" CRLF "Content-Type: a" CRLF CRLF "HTTP/1.1 200 OK" CRLF CRLF, TWO(0, 1, 8, 9),
     "HTTP/1.1 301 Moved" CRLF "Content-Type: a" CRLF CRLF "HTTP/1.1 206 Partial Content" CRLF "Content-Length: 158" CRLF "Content-Type: multipart/byteranges; boundary=" B CRLF CRLF, PARTS_BODY("")},
};
/* clang-format on */

static enum lcc_piece_kind kind_of(const char *line, size_t size, bool body)
{
    if (size == 2) {
        return LCC_PIECE_END;
    }
    if (!strncmp(line, "HTTP/", 5)) {
        return LCC_PIECE_STATUS;
    }
    return body ? LCC_PIECE_TRAILER : LCC_PIECE_FIELD;
}

static void record(const char *text, struct lcc_buf *head,
                   struct lcc_buf *pieces)
{
    bool body = false;

    while (*text) {
        size_t size = (size_t)(strchr(text, '\n') - text) + 1;
        enum lcc_piece_kind kind = kind_of(text, size, body);

        body = kind == LCC_PIECE_END || kind == LCC_PIECE_TRAILER;
        cr_assert_eq(
            lcc_pieces_add(head, pieces, kind, lcc_span_of(text, size)), 0);
        text += size;
    }
}

/* The body that the segments stand for. */
static struct lcc_buf body_of(const struct lcc_ranged *ranged)
{
    struct lcc_buf body = LCC_BUF_INIT(10000);

    for (size_t i = 0; i < ranged->count; i++) {
        const struct lcc_segment *segment = &ranged->segments[i];
        const char *from =
            segment->stored ? BODY : (const char *)ranged->text.data;

        cr_assert_eq(lcc_buf_append(&body, lcc_span_of(from + segment->offset,
                                                       segment->size)),
                     0);
    }
    cr_expect_eq(body.size, ranged->size);
    return body;
}

static void expect_text(const char *name, struct lcc_span got, const char *want)
{
    cr_expect(lcc_span_equal(got, lcc_span_str(want)),
              "%s\n--- got\n%.*s\n--- want\n%s", name, (int)got.size,
              got.size ? (const char *)got.data : "", want);
}

LCC_CASES(http_ranged, lines_and_body, makings)
{
    const struct make_case *c = &makings[*which];
    const struct lcc_hash boundary = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
    struct lcc_buf head = LCC_BUF_INIT(10000);
    struct lcc_buf pieces = LCC_BUF_INIT(10000);
    struct lcc_ranged ranged = LCC_RANGED_INIT;
    struct lcc_buf body;

    record(c->stored, &head, &pieces);
    struct lcc_entry entry = {.head = lcc_buf_span(&head),
                              .pieces = lcc_buf_span(&pieces)};
    for (int again = 0; again < 2; again++) { /* its memory is used again */
        cr_assert_eq(lcc_ranged_make(&entry, &c->answer, &boundary, &ranged), 0,
                     "%s", c->name);
        expect_text(c->name, lcc_buf_span(&ranged.head), c->head);
        body = body_of(&ranged);
        expect_text(c->name, lcc_buf_span(&body), c->body);
        lcc_buf_done(&body);
    }
    lcc_ranged_done(&ranged);
    lcc_buf_done(&head);
    lcc_buf_done(&pieces);
}

Test(http_ranged, an_entry_without_a_head_is_refused)
{
    const struct lcc_hash boundary = {{0}};
    const struct lcc_ranged_answer answer = ONE(0, 0);
    struct lcc_entry entry = {.head = LCC_SPAN_EMPTY};
    struct lcc_ranged ranged = LCC_RANGED_INIT;

    cr_expect_eq(lcc_ranged_make(&entry, &answer, &boundary, &ranged),
                 -EBADMSG);
    lcc_ranged_done(&ranged);
}
