/*
 * Which variant a request selects (RFC 9111, section 4.1).
 */
#include "store/http_vary.h"
#include "tests/support/cases.h"
#include "tests/unit/message.h"

#include <errno.h>
#include <stdio.h>

static const struct lcc_secret secret = {"0123456789abcde"};

struct vary_case {
    const char *name;
    const char *vary;   /* field lines of the response */
    const char *stored; /* field lines of the request that it answered */
    const char *asked;  /* field lines of a later request */
    bool want;
};

/* clang-format off */
static const struct vary_case cases[] = {
    {"no Vary", "", "A: 1\n", "A: 2\n", true},
    {"empty Vary", "Vary:\n", "A: 1\n", "A: 2\n", true},
    {"the same value, 4.1", "Vary: A\n", "A: 1\n", "A: 1\nB: 9\n", true},
    {"another value, 4.1", "Vary: A\n", "A: 1\n", "A: 2\n", false},
    {"names without case", "Vary: accept\n", "Accept: x\n", "ACCEPT: x\n", true},
    {"values with case", "Vary: A\n", "A: x\n", "A: X\n", false},
    {"absent in both, 4.1", "Vary: A\n", "B: 1\n", "B: 2\n", true},
    {"absent then, 4.1", "Vary: A\n", "", "A: 1\n", false},
    {"absent now, 4.1", "Vary: A\n", "A: 1\n", "", false},
    {"empty is not absent", "Vary: A\n", "A:\n", "", false},
    {"white space around a value, 4.1", "Vary: A\n", "A: 1\n", "A:\t 1 \n", true},
    {"lines are combined, 4.1", "Vary: A\n", "A: 1\nA: 2\n", "A: 1, 2\n", true},
    {"in their order", "Vary: A\n", "A: 1\nA: 2\n", "A: 2\nA: 1\n", false},
    {"all names count", "Vary: A, B\n", "A: 1\nB: 2\n", "A: 1\nB: 3\n", false},
    {"of all lines", "Vary: A\nVary: B\n", "A: 1\nB: 2\n", "A: 1\nB: 3\n", false},
    {"one name's value is not another's", "Vary: A, B\n", "A: 1\n", "B: 1\n", false},
};
/* clang-format on */

LCC_CASES(http_vary, selection, cases)
{
    const struct vary_case *c = &cases[*which];
    char head[256];
    struct lcc_buf encoded = LCC_BUF_INIT(1000);
    struct lcc_request stored = message_request("GET", "http://a/", c->stored);
    struct lcc_request asked = message_request("GET", "http://a/", c->asked);

    (void)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\n%s", c->vary);
    struct lcc_response response = message_response(head);
    cr_assert_eq(lcc_vary_encode(&secret, &response, &stored, &encoded), 0);
    struct lcc_span bytes = lcc_buf_span(&encoded);
    cr_expect(lcc_vary_selects(&secret, bytes, &stored), "itself: %s", c->name);
    cr_expect_eq(lcc_vary_selects(&secret, bytes, &asked), c->want, "%s",
                 c->name);
    lcc_buf_done(&encoded);
    lcc_response_done(&response);
    lcc_fields_done(&stored.fields);
    lcc_fields_done(&asked.fields);
}

static struct lcc_buf encode(const char *head, const char *lines, int want)
{
    struct lcc_buf encoded = LCC_BUF_INIT(100000);
    struct lcc_request request = message_request("GET", "http://a/", lines);
    struct lcc_response response = message_response(head);

    cr_assert_eq(lcc_vary_encode(&secret, &response, &request, &encoded), want,
                 "%s", head);
    lcc_response_done(&response);
    lcc_fields_done(&request.fields);
    return encoded;
}

Test(http_vary, order_case_and_repetition_of_names_do_not_matter)
{
    const char *lines = "A: 1\nB: 2\n";
    struct lcc_buf one = encode("HTTP/1.1 200 OK\nVary: A, B\n", lines, 0);
    struct lcc_buf two =
        encode("HTTP/1.1 200 OK\nVary: b, A, a, B\n", lines, 0);

    cr_expect_gt(one.size, 0);
    cr_expect(lcc_span_equal(lcc_buf_span(&one), lcc_buf_span(&two)));
    lcc_buf_done(&one);
    lcc_buf_done(&two);
}

Test(http_vary, a_star_selects_nothing)
{
    struct lcc_buf out =
        encode("HTTP/1.1 200 OK\nVary: A\nVary: B, *\n", "", LCC_VARY_ANY);

    cr_expect_eq(out.size, 0);
    lcc_buf_done(&out);
}

Test(http_vary, too_many_names_are_refused)
{
    char head[1024] = "HTTP/1.1 200 OK\nVary: x";

    for (int i = 0; i < LCC_VARY_NAMES_MAX; i++) {
        size_t at = strlen(head);
        (void)snprintf(head + at, sizeof(head) - at, ",n%d", i);
    }
    struct lcc_buf out = encode(head, "", -E2BIG);
    cr_expect_eq(out.size, 0);
    lcc_buf_done(&out);
}

Test(http_vary, no_value_is_in_the_encoded_form_and_another_secret_differs)
{
    const struct lcc_secret other = {"another secret."};
    struct lcc_request request =
        message_request("GET", "http://a/", "Authorization: hunter2\n");
    struct lcc_buf out = encode("HTTP/1.1 200 OK\nVary: Authorization\n",
                                "Authorization: hunter2\n", 0);

    cr_expect_null(memmem(out.data, out.size, "hunter2", 7));
    cr_expect(lcc_vary_selects(&secret, lcc_buf_span(&out), &request));
    cr_expect_not(lcc_vary_selects(&other, lcc_buf_span(&out), &request));
    lcc_buf_done(&out);
    lcc_fields_done(&request.fields);
}

Test(http_vary, damaged_bytes_select_nothing)
{
    struct lcc_request request = message_request("GET", "http://a/", "A: 1\n");
    struct lcc_buf out = encode("HTTP/1.1 200 OK\nVary: A\n", "A: 1\n", 0);

    for (size_t size = 1; size < out.size; size++) {
        cr_expect_not(
            lcc_vary_selects(&secret, lcc_span_of(out.data, size), &request));
    }
    for (size_t i = 1; i < out.size; i++) {
        out.data[i] ^= 0x80;
        cr_expect_not(lcc_vary_selects(&secret, lcc_buf_span(&out), &request),
                      "byte %zu", i);
        out.data[i] ^= 0x80;
    }
    lcc_buf_done(&out);
    lcc_fields_done(&request.fields);
}
