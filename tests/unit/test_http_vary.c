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
    {"white space around commas, 4.1", "Vary: A\n", "A: 1,2\n", "A:  1 ,\t2 \n", true},
    {"white space inside a word", "Vary: A\n", "A: 1 2\n", "A: 12\n", false},
    {"white space inside quotes", "Vary: A\n", "A: \"1, 2\"\n", "A: \"1,2\"\n", false},
    {"a quote that nobody closes", "Vary: A\n", "A: \"1, 2\n", "A: \"1,2\n", false},
    {"white space in a cookie, RFC 6265 4.2", "Vary: Cookie\n", "Cookie: a=1, 2\n", "Cookie: a=1,2\n", false},
    {"white space in a product's comment, RFC 9110 10.1.5", "Vary: User-Agent\n", "User-Agent: a (b, c)\n", "User-Agent: a (b,c)\n", false},
    {"empty elements of an unknown field", "Vary: A\n", "A: 1,,2\n", "A: 1,2\n", false},
    {"order in an unknown field", "Vary: A\n", "A: 1, 2\n", "A: 2, 1\n", false},
    {"order of languages, RFC 9110 12.5.4", "Vary: Accept-Language\n", "Accept-Language: en, de\n", "Accept-Language: de, en\n", false},
    {"case of languages, 12.5.4", "Vary: Accept-Language\n", "Accept-Language: en, de\n", "Accept-Language: eN, De\n", true},
    {"white space between languages", "Vary: Accept-Language\n", "Accept-Language: en, de\n", "Accept-Language:  en ,   de\n", true},
    {"languages on two lines", "Vary: Accept-Language\n", "Accept-Language: en, de\n", "Accept-Language: en\nAccept-Language: de\n", true},
    {"another language", "Vary: Accept-Language\n", "Accept-Language: en, de\n", "Accept-Language: en, fr\n", false},
    {"a language less", "Vary: Accept-Language\n", "Accept-Language: en, de\n", "Accept-Language: en\n", false},
    {"weights belong to their language, 12.4.2", "Vary: Accept-Language\n", "Accept-Language: en;q=0.5, de\n", "Accept-Language: en, de;q=0.5\n", false},
    {"weights in any order", "Vary: Accept-Language\n", "Accept-Language: en;q=0.5, de\n", "Accept-Language: de, en;q=0.5\n", true},
    {"a weight of 1 is none, 12.4.2", "Vary: Accept-Language\n", "Accept-Language: en\n", "Accept-Language: en;q=1.0\n", true},
    {"zeros at a weight's end", "Vary: Accept-Language\n", "Accept-Language: en;q=0.5\n", "Accept-Language: en ; Q=0.500\n", true},
    {"a weight of 0", "Vary: Accept-Language\n", "Accept-Language: en;q=0\n", "Accept-Language: en\n", false},
    {"0 in other words", "Vary: Accept-Language\n", "Accept-Language: en;q=0\n", "Accept-Language: en;q=0.000\n", true},
    {"what is no weight stays", "Vary: Accept-Language\n", "Accept-Language: en;q=1.5\n", "Accept-Language: en\n", false},
    {"empty elements of a list, RFC 9110 5.6.1", "Vary: Accept-Encoding\n", "Accept-Encoding: gzip,, br,\n", "Accept-Encoding: gzip, br\n", true},
    {"order of codings, 12.5.3", "Vary: Accept-Encoding\n", "Accept-Encoding: deflate;q=0.5, gzip, br;q=0.25, zstd;q=0.125\n", "Accept-Encoding: gzip, zstd;q=0.125, DEFLATE;q=0.50, BR;q=0.25\n", true},
    {"order of codings of one weight", "Vary: Accept-Encoding\n", "Accept-Encoding: gzip, br\n", "Accept-Encoding: br, gzip\n", false},
    {"no coding but identity, 12.5.3", "Vary: Accept-Encoding\n", "Accept-Encoding:\n", "", false},
    {"order of media ranges, 12.5.1", "Vary: Accept\n", "Accept: text/html, */*;q=0.1\n", "Accept: */*;q=0.1,TEXT/html\n", true},
    {"a media type's parameter", "Vary: Accept\n", "Accept: text/html;level=1\n", "Accept: text/html;level=2\n", false},
    {"names of parameters have no case, 8.3.1", "Vary: Accept\n", "Accept: text/html;Level=a\n", "Accept: text/html; level=a\n", true},
    {"their values have", "Vary: Accept\n", "Accept: text/html;level=a\n", "Accept: text/html;level=A\n", false},
    {"a comma inside quotes", "Vary: Accept\n", "Accept: a/b;x=\"c, d\", e/f;q=0.5\n", "Accept: e/f;q=0.5, a/b;x=\"c, d\"\n", true},
    {"names behind other separators", "Vary: A; B\n", "A: 1\nB: 2\n", "A: 1\nB: 3\n", false},
    {"names in quotes", "Vary: \"A\"\n", "A: 1\n", "A: 2\n", false},
    {"empty names, RFC 9110 5.6.1", "Vary: , A,,\n", "A: 1\n", "A: 1\nB: 2\n", true},
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

struct star_case {
    const char *name;
    const char *lines;
    bool want;
};

static const struct star_case stars[] = {
    {"alone, 4.1", "Vary: *\n", true},
    {"twice", "Vary: *, *\n", true},
    {"on two lines", "Vary: *\nVary: *\n", true},
    {"behind nothing", "Vary: , *\n", true},
    {"behind an empty line", "Vary:\nVary: *\n", true},
    {"before a name", "Vary: *, A\n", true},
    {"behind a name", "Vary: A, *\n", true},
    {"in quotes", "Vary: \"*\"\n", true},
    {"inside a name", "Vary: A*\n", false},
    {"none", "Vary: A\n", false},
    {"in another field", "A: *\n", false},
};

LCC_CASES(http_vary, stars, stars)
{
    const struct star_case *c = &stars[*which];
    char head[256];

    (void)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\n%s", c->lines);
    struct lcc_response response = message_response(head);
    cr_expect_eq(lcc_vary_is_any(&response), c->want, "%s", c->name);
    lcc_response_done(&response);
    struct lcc_buf out = encode(head, "A: 1\n", c->want ? LCC_VARY_ANY : 0);
    lcc_buf_done(&out);
}

Test(http_vary, a_list_too_long_to_sort_is_compared_as_sent)
{
    char one[1024] = "Accept-Language: a";
    char two[1024] = "Accept-Language: b,";

    for (int i = 0; i < LCC_VARY_ELEMENTS_MAX; i++) {
        (void)strcat(one, ",b");
        (void)strcat(two, i ? ",b" : "a");
    }
    struct lcc_fields fields = message_fields(one);
    struct lcc_buf normal = LCC_BUF_INIT(2000);
    cr_assert_eq(
        lcc_vary_normal(&fields, lcc_span_str("accept-language"), &normal), 0);
    cr_expect(lcc_span_equal(lcc_buf_span(&normal),
                             lcc_span_str(strchr(one, ' ') + 1)));
    lcc_buf_done(&normal);
    lcc_fields_done(&fields);
}

Test(http_vary, normalising_twice_changes_nothing)
{
    static const char alphabet[] = "ab;q=01.5,, \"\\*/";
    static const char *const names[] = {"Accept", "Accept-Language", "X"};
    uint64_t state = 99;

    for (size_t round = 0; round < 100000; round++) {
        char line[64];
        char again[192];
        const char *name = names[round % LCC_ARRAY_SIZE(names)];
        size_t at = (size_t)snprintf(line, sizeof(line), "%s:", name);
        struct lcc_buf once = LCC_BUF_INIT(128);
        struct lcc_buf twice = LCC_BUF_INIT(128);

        while (at < sizeof(line) - 1) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            line[at++] = alphabet[(state >> 33) % (sizeof(alphabet) - 1)];
        }
        line[at] = '\0';
        struct lcc_fields fields = message_fields(line);
        cr_assert_eq(lcc_vary_normal(&fields, lcc_span_str(name), &once), 0);
        (void)snprintf(again, sizeof(again), "%s:%.*s", name, (int)once.size,
                       once.size ? (const char *)once.data : "");
        struct lcc_fields normal = message_fields(again);
        cr_assert_eq(lcc_vary_normal(&normal, lcc_span_str(name), &twice), 0);
        cr_assert(lcc_span_equal(lcc_buf_span(&once), lcc_buf_span(&twice)),
                  "%s", line);
        lcc_fields_done(&fields);
        lcc_fields_done(&normal);
        lcc_buf_done(&once);
        lcc_buf_done(&twice);
    }
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
