/*
 * Header lines made of stored ones and fresh ones (RFC 9111, section 3.2).
 */
#include "store/http_valid.h"
#include "tests/support/cases.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct head {
    struct lcc_buf bytes;
    struct lcc_buf pieces;
};

static struct head head_new(void)
{
    return (struct head){LCC_BUF_INIT(LCC_ENTRY_HEAD_MAX),
                         LCC_BUF_INIT(LCC_ENTRY_MAX)};
}

static void head_done(struct head *head)
{
    lcc_buf_done(&head->bytes);
    lcc_buf_done(&head->pieces);
}

static enum lcc_piece_kind kind_of(const char *line, bool ended)
{
    if (!strncmp(line, "HTTP/", 5)) {
        return LCC_PIECE_STATUS;
    }
    if (*line == '\n' || *line == '\r') {
        return LCC_PIECE_END;
    }
    return ended ? LCC_PIECE_TRAILER : LCC_PIECE_FIELD;
}

static struct head head_of(const char *text)
{
    struct head head = head_new();
    bool ended = false;

    while (*text) {
        size_t size = (size_t)(strchr(text, '\n') - text) + 1;
        enum lcc_piece_kind kind = kind_of(text, ended);

        ended = kind == LCC_PIECE_END || (ended && kind != LCC_PIECE_STATUS);
        cr_assert_eq(lcc_pieces_add(&head.bytes, &head.pieces, kind,
                                    lcc_span_of(text, size)),
                     0);
        text += size;
    }
    return head;
}

static struct lcc_pieces pieces_of(const struct head *head)
{
    return (struct lcc_pieces){lcc_buf_span(&head->bytes),
                               lcc_buf_span(&head->pieces)};
}

/* The result can be stored: its pieces cover the head, in lines. */
static void expect_head(const struct head *got, const char *want,
                        const char *name)
{
    const struct lcc_entry entry = {
        .method = lcc_span_str("GET"),
        .url = lcc_span_str("http://a/"),
        .status = 200,
        .head = lcc_buf_span(&got->bytes),
        .pieces = lcc_buf_span(&got->pieces),
    };
    struct lcc_buf meta = LCC_BUF_INIT(LCC_ENTRY_MAX);
    struct lcc_entry back;

    cr_expect(lcc_span_equal(entry.head, lcc_span_str(want)), "%s:\n%.*s", name,
              (int)entry.head.size, (const char *)entry.head.data);
    cr_assert_eq(lcc_entry_encode(&entry, &meta), 0, "%s", name);
    cr_assert_eq(lcc_entry_decode(lcc_buf_span(&meta), &back), 0, "%s", name);
    lcc_buf_done(&meta);
}

struct merge_case {
    const char *name;
    const char *stored;
    const char *fresh;
    const char *want;
};

#define STORED(fields) "HTTP/1.1 200 OK\r\n" fields "\r\n"
#define FRESH(fields) "HTTP/1.1 304 Not Modified\r\n" fields "\r\n"

/* clang-format off */
static const struct merge_case merges[] = {
    {"nothing new", STORED("A: 1\r\n"), FRESH(""), STORED("A: 1\r\n")},
    {"a value takes the place of the stored one, 3.2", STORED("A: 1\r\nB: 2\r\n"),
     FRESH("a: 9\r\n"), STORED("a: 9\r\nB: 2\r\n")},
    {"a new field goes to the end", STORED("A: 1\r\n"), FRESH("C: 3\r\n"), STORED("A: 1\r\nC: 3\r\n")},
    {"all lines of a name go", STORED("A: 1\r\nB: 2\r\nA: 3\r\n"), FRESH("A: 9\r\n"),
     STORED("A: 9\r\nB: 2\r\n")},
    {"all lines of a name come", STORED("A: 1\r\nB: 2\r\n"), FRESH("A: 8\r\nX: 1\r\nA: 9\r\n"),
     STORED("A: 8\r\nA: 9\r\nB: 2\r\nX: 1\r\n")},
    {"new lines of one name stay together", STORED("B: 2\r\n"), FRESH("A: 8\r\nX: 1\r\nA: 9\r\n"),
     STORED("B: 2\r\nA: 8\r\nA: 9\r\nX: 1\r\n")},
    {"Content-Length stays, 3.2", STORED("Content-Length: 5\r\n"), FRESH("Content-Length: 0\r\n"),
     STORED("Content-Length: 5\r\n")},
    {"and does not appear", STORED("A: 1\r\n"), FRESH("Content-Length: 0\r\n"), STORED("A: 1\r\n")},
    {"the coding stays", STORED("Content-Encoding: gzip\r\n"), FRESH("Content-Encoding: br\r\nContent-Range: bytes 0-1/2\r\n"),
     STORED("Content-Encoding: gzip\r\n")},
    {"hop by hop, RFC 9110 7.6.1", STORED("Connection: close\r\n"),
     FRESH("Connection: keep-alive\r\nKeep-Alive: 5\r\nTransfer-Encoding: chunked\r\nUpgrade: h2c\r\n"),
     STORED("Connection: close\r\n")},
    {"what Connection lists", STORED("A: 1\r\nB: 1\r\n"), FRESH("A: 2\r\nB: 2\r\nConnection: a, close\r\n"),
     STORED("A: 1\r\nB: 2\r\n")},
    {"a default type of a 304", STORED("Content-Type: application/json\r\n"),
     FRESH("Content-Type: text/html; charset=UTF-8\r\n"), STORED("Content-Type: application/json\r\n")},
    {"another parameter of the same type", STORED("Content-Type: text/plain\r\n"),
     FRESH("Content-Type: TEXT/plain;charset=utf-8\r\n"), STORED("Content-Type: TEXT/plain;charset=utf-8\r\n")},
    {"a stored tag stays", STORED("ETag: W/\"a\"\r\n"), FRESH("ETag: \"a\"\r\n"), STORED("ETag: W/\"a\"\r\n")},
    {"a new tag comes", STORED("A: 1\r\n"), FRESH("ETag: \"a\"\r\n"), STORED("A: 1\r\nETag: \"a\"\r\n")},
    {"the stored Age goes", STORED("Age: 50\r\nA: 1\r\n"), FRESH(""), STORED("A: 1\r\n")},
    {"or is renewed", STORED("Age: 50\r\nA: 1\r\n"), FRESH("Age: 2\r\n"), STORED("Age: 2\r\nA: 1\r\n")},
    {"Date, Expires, Cache-Control", STORED("Date: x\r\nExpires: x\r\nCache-Control: x\r\n"),
     FRESH("Cache-Control: y\r\nDate: y\r\nExpires: y\r\n"),
     STORED("Date: y\r\nExpires: y\r\nCache-Control: y\r\n")},
    {"a folded line goes whole", STORED("A: 1\r\n 2\r\nB: 2\r\n"), FRESH("A: 9\r\n"), STORED("A: 9\r\nB: 2\r\n")},
    {"a folded line comes whole", STORED("A: 1\r\nB: 2\r\n"), FRESH("A: 9\r\n\t8\r\n"), STORED("A: 9\r\n\t8\r\nB: 2\r\n")},
    {"a line that is no field stays", STORED("nonsense\r\nA: 1\r\n"), FRESH("rubbish\r\nA: 2\r\n"),
     STORED("nonsense\r\nA: 2\r\n")},
    {"earlier blocks and trailers stay",
     "HTTP/1.1 302 Found\r\nA: 1\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\n\r\nA: trailer\r\n",
     FRESH("A: 2\r\n"),
     "HTTP/1.1 302 Found\r\nA: 1\r\n\r\nHTTP/1.1 200 OK\r\nA: 2\r\n\r\nA: trailer\r\n"},
    {"the last block of the fresh ones counts", STORED("A: 1\r\n"),
     "HTTP/1.1 302 Found\r\nA: 5\r\nB: 5\r\n\r\n" FRESH("A: 2\r\n"), STORED("A: 2\r\n")},
    {"Set-Cookie lines are replaced", STORED("Set-Cookie: a=1\r\nSet-Cookie: b=1\r\n"),
     FRESH("Set-Cookie: a=2\r\n"), STORED("Set-Cookie: a=2\r\n")},
};
/* clang-format on */

LCC_CASES(http_valid_merge, fields_are_brought_up_to_date, merges)
{
    const struct merge_case *c = &merges[*which];
    struct head stored = head_of(c->stored);
    struct head fresh = head_of(c->fresh);
    struct head out = head_new();
    struct head again = head_new();

    cr_assert_eq(lcc_valid_merge(pieces_of(&stored), pieces_of(&fresh),
                                 &out.bytes, &out.pieces),
                 0, "%s", c->name);
    expect_head(&out, c->want, c->name);
    /* The same answer once more changes nothing. */
    cr_assert_eq(lcc_valid_merge(pieces_of(&out), pieces_of(&fresh),
                                 &again.bytes, &again.pieces),
                 0, "%s", c->name);
    expect_head(&again, c->want, c->name);
    head_done(&stored);
    head_done(&fresh);
    head_done(&out);
    head_done(&again);
}

struct same_case {
    const char *name;
    const char *stored;
    const char *fresh;
    bool same;
    bool tagged;
};

#define TAG "ETag: \"a\"\r\n"

/* clang-format off */
static const struct same_case sames[] = {
    {"a usual 304 within the second", STORED("Server: n\r\nDate: d\r\nContent-Length: 9\r\nConnection: keep-alive\r\n" TAG),
     FRESH("Server: n\r\nDate: d\r\nConnection: keep-alive\r\n" TAG), true, true},
    {"and a second later", STORED("Date: d\r\n" TAG), FRESH("Date: e\r\n" TAG), false, false},
    {"without a tag", STORED("A: 1\r\n"), FRESH("A: 1\r\n"), true, false},
    {"another case is another line", STORED(TAG), FRESH("etag: \"a\"\r\n"), false, false},
    {"a new field", STORED(TAG), FRESH(TAG "A: 1\r\n"), false, false},
    {"two lines where one is stored", STORED("A: 1\r\n"), FRESH("A: 1\r\nA: 1\r\n"), false, false},
    {"one line where two are stored", STORED("A: 1\r\na: 1\r\n"), FRESH("A: 1\r\n"), false, false},
    {"the stored Age has to go", STORED("Age: 5\r\n" TAG), FRESH(TAG), false, false},
    {"folded lines take a closer look", STORED("A: 1\r\n 2\r\n"), FRESH("A: 1\r\n 2\r\n"), false, false},
    {"the last block counts", "HTTP/1.1 100 Continue\r\nA: 1\r\n\r\n" STORED(TAG),
     "HTTP/1.1 103 Early Hints\r\nB: 1\r\n\r\n" FRESH(TAG), true, true},
};
/* clang-format on */

LCC_CASES(http_valid_merge, what_is_stored_already_is_seen_without_merging,
          sames)
{
    const struct same_case *c = &sames[*which];
    struct head stored = head_of(c->stored);
    struct head fresh = head_of(c->fresh);
    struct head out = head_new();
    bool tagged = false;

    cr_expect_eq(
        lcc_valid_adds_nothing(pieces_of(&stored), pieces_of(&fresh), &tagged),
        c->same, "%s", c->name);
    cr_expect_eq(tagged, c->tagged, "%s", c->name);
    cr_assert_eq(lcc_valid_merge(pieces_of(&stored), pieces_of(&fresh),
                                 &out.bytes, &out.pieces),
                 0, "%s", c->name);
    if (c->same) {
        expect_head(&out, c->stored, c->name);
    }
    head_done(&stored);
    head_done(&fresh);
    head_done(&out);
}

Test(http_valid_merge, a_head_of_very_many_lines_is_merged)
{
    char lines[2 * LCC_VALID_SAME_LINES * 16] = "HTTP/1.1 200 OK\r\n";
    struct head head;
    bool tagged;

    for (int i = 0; i < LCC_VALID_SAME_LINES; i++) {
        size_t at = strlen(lines);

        snprintf(lines + at, sizeof(lines) - at, "A%d: 1\r\n", i);
    }
    head = head_of(lines);
    cr_expect(
        lcc_valid_adds_nothing(pieces_of(&head), pieces_of(&head), &tagged));
    head_done(&head);
    strcat(lines, "One: more\r\n");
    head = head_of(lines);
    cr_expect_not(
        lcc_valid_adds_nothing(pieces_of(&head), pieces_of(&head), &tagged));
    head_done(&head);
}

Test(http_valid_merge, without_a_block_there_is_nothing_to_merge)
{
    struct head empty = head_new();
    struct head stored = head_of(STORED("A: 1\r\n"));
    struct head out = head_new();

    cr_expect_eq(lcc_valid_merge(pieces_of(&empty), pieces_of(&stored),
                                 &out.bytes, &out.pieces),
                 -EBADMSG);
    cr_expect_eq(lcc_valid_merge(pieces_of(&stored), pieces_of(&empty),
                                 &out.bytes, &out.pieces),
                 -EBADMSG);
    cr_expect_eq(
        lcc_valid_answer(pieces_of(&empty), 304, &out.bytes, &out.pieces),
        -EBADMSG);
    head_done(&stored);
    head_done(&out);
}

struct answer_case {
    const char *name;
    const char *stored;
    int status;
    const char *want;
};

/* clang-format off */
static const struct answer_case answers[] = {
    {"the fields of 15.4.5",
     STORED("Server: s\r\nDate: d\r\nContent-Type: t\r\nContent-Length: 5\r\nContent-Location: /l\r\n"
            "ETag: \"a\"\r\nVary: A\r\nCache-Control: c\r\nExpires: e\r\nAccept-Ranges: bytes\r\n"
            "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=1\r\n"), 304,
     "HTTP/1.1 304 Not Modified\r\nServer: s\r\nDate: d\r\nContent-Location: /l\r\n"
     "ETag: \"a\"\r\nVary: A\r\nCache-Control: c\r\nExpires: e\r\n\r\n"},
    {"HTTP/2 has no words", "HTTP/2 200 \r\netag: \"a\"\r\n\r\n", 304, "HTTP/2 304 \r\netag: \"a\"\r\n\r\n"},
    {"folded lines and trailers go", "HTTP/1.1 200 OK\r\nContent-Type: a\r\n b\r\nA: 1\r\n 2\r\n\r\nT: 1\r\n", 304,
     "HTTP/1.1 304 Not Modified\r\nA: 1\r\n 2\r\n\r\n"},
    {"earlier blocks stay", "HTTP/1.1 302 Found\r\nContent-Type: a\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\n\r\n", 304,
     "HTTP/1.1 302 Found\r\nContent-Type: a\r\n\r\nHTTP/1.1 304 Not Modified\r\nA: 1\r\n\r\n"},
    {"412", STORED("Server: s\r\nDate: d\r\nContent-Type: t\r\nContent-Length: 5\r\nETag: \"a\"\r\n"), 412,
     "HTTP/1.1 412 Precondition Failed\r\nServer: s\r\nDate: d\r\nContent-Length: 0\r\n\r\n"},
};
/* clang-format on */

LCC_CASES(http_valid_merge, answers_to_own_conditions, answers)
{
    const struct answer_case *c = &answers[*which];
    struct head stored = head_of(c->stored);
    struct head out = head_new();

    cr_assert_eq(lcc_valid_answer(pieces_of(&stored), c->status, &out.bytes,
                                  &out.pieces),
                 0, "%s", c->name);
    expect_head(&out, c->want, c->name);
    head_done(&stored);
    head_done(&out);
}
