/*
 * test_form.c - which responses answer whoever decodes and whoever does not
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "shim/form.h"
#include "tests/support/cases.h"

enum { LINES_MAX = 6 };

struct shared_case {
    const char *name;
    bool shared;
    int status;
    const char *lines[LINES_MAX]; /* "": the end of a block */
};

/* clang-format off */
static const struct shared_case cases[] = {
    {"no coding", true, 200, {"HTTP/1.1 200 OK", "Content-Type: a/b", ""}},
    {"no fields", true, 200, {"HTTP/1.1 200 OK", ""}},
    {"gzip", false, 200, {"HTTP/1.1 200 OK", "Content-Encoding: gzip", ""}},
    {"names have no case", false, 200, {"HTTP/1.1 200 OK", "content-ENCODING: br", ""}},
    {"of HTTP/2", false, 200, {"HTTP/2 200", "content-encoding:gzip", ""}},
    {"identity, which libcurl knows as one", false, 200, {"HTTP/1.1 200 OK", "Content-Encoding: identity", ""}},
    {"nothing named", false, 200, {"HTTP/1.1 200 OK", "Content-Encoding:", ""}},
    {"a space before the colon", false, 200, {"HTTP/1.1 200 OK", "Content-Encoding : gzip", ""}},
    {"the last of several fields", false, 200, {"HTTP/1.1 200 OK", "A: b", "Vary: x", "Content-Encoding: gzip", ""}},
    {"in a value", true, 200, {"HTTP/1.1 200 OK", "Vary: Content-Encoding", ""}},
    {"a field whose name begins alike", true, 200, {"HTTP/1.1 200 OK", "Content-Enc: gzip", ""}},
    {"transfer coding is of the connection", true, 200, {"HTTP/1.1 200 OK", "Transfer-Encoding: chunked", ""}},
    {"at a hop", false, 200, {"HTTP/1.1 302 Found", "Content-Encoding: gzip", "", "HTTP/1.1 200 OK", ""}},
    {"behind a hop", false, 200, {"HTTP/1.1 302 Found", "", "HTTP/1.1 200 OK", "Content-Encoding: gzip", ""}},
    {"a part", false, 206, {"HTTP/1.1 206 Partial Content", "Content-Range: bytes 0-1/9", ""}},
    {"an error", true, 404, {"HTTP/1.1 404 Not Found", ""}},
};
/* clang-format on */

static enum lcc_piece_kind kind_of(const char *line)
{
    if (!line[0]) {
        return LCC_PIECE_END;
    }
    return strncmp(line, "HTTP/", 5) == 0 ? LCC_PIECE_STATUS : LCC_PIECE_FIELD;
}

LCC_CASES(form, shared, cases)
{
    const struct shared_case *c = &cases[*which];
    struct lcc_buf head = LCC_BUF_INIT(LCC_ENTRY_HEAD_MAX);
    struct lcc_buf pieces = LCC_BUF_INIT(LCC_ENTRY_MAX);
    struct lcc_entry entry = {.status = c->status};

    for (size_t i = 0; i < LINES_MAX && c->lines[i]; i++) {
        char line[128];

        snprintf(line, sizeof(line), "%s\r\n", c->lines[i]);
        cr_assert_eq(lcc_pieces_add(&head, &pieces, kind_of(c->lines[i]),
                                    lcc_span_str(line)),
                     0);
    }
    entry.head = lcc_buf_span(&head);
    entry.pieces = lcc_buf_span(&pieces);
    cr_expect_eq(lcc_form_is_shared(&entry), c->shared, "%s", c->name);
    lcc_buf_done(&head);
    lcc_buf_done(&pieces);
}

Test(form, each_key_is_the_other_of_the_other)
{
    struct lcc_id id = {.url = {{1, 2, 3}}, .request = {{4, 5, 6}}};
    struct lcc_id other = lcc_form_other(&id);
    struct lcc_id back = lcc_form_other(&other);

    cr_expect(lcc_hash_equal(&other.url, &id.url), "POST drops both");
    cr_expect_not(lcc_hash_equal(&other.request, &id.request));
    cr_expect(lcc_hash_equal(&back.request, &id.request));
    cr_expect_eq(memcmp(&other, &id, sizeof(id) - 1), 0, "neighbours");
}
