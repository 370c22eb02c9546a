/*
 * Field lines and lists (RFC 9110, section 5; RFC 9112, section 5).
 */
#include "tests/support/cases.h"
#include "tests/unit/message.h"

#include <errno.h>

struct line_case {
    const char *name;
    const char *line;
    const char *field; /* NULL: the line is no field */
    const char *value;
};

static const struct line_case lines[] = {
    {"plain, RFC 9112 5", "Host: a\r\n", "Host", "a"},
    {"no line end", "Host: a", "Host", "a"},
    {"bare newline", "Host: a\n", "Host", "a"},
    {"no space needed, 5", "Host:a", "Host", "a"},
    {"OWS goes, RFC 9110 5.5", "A: \t b c\t \r\n", "A", "b c"},
    {"an empty value is a value", "A:\r\n", "A", ""},
    {"colons in the value", "A: b:c", "A", "b:c"},
    {"white space before the colon, RFC 9112 5.1", "A : b\r\n", NULL, NULL},
    {"tab before the colon", "A\t: b\r\n", NULL, NULL},
    {"no name", ": b\r\n", NULL, NULL},
    {"no colon", "nothing\r\n", NULL, NULL},
    {"a continuation alone, 5.2", " b: c\r\n", NULL, NULL},
    {"empty", "", NULL, NULL},
    {"only a line end", "\r\n", NULL, NULL},
};

LCC_CASES(fields, lines_are_parsed, lines)
{
    const struct line_case *c = &lines[*which];
    struct lcc_fields fields = LCC_FIELDS_INIT;

    cr_assert_eq(lcc_fields_add_line(&fields, lcc_span_str(c->line)), 0);
    cr_assert_eq(fields.count, c->field ? 1 : 0, "%s", c->name);
    if (c->field) {
        cr_expect(lcc_span_equal(fields.list[0].name, lcc_span_str(c->field)),
                  "%s", c->name);
        cr_expect(lcc_span_equal(fields.list[0].value, lcc_span_str(c->value)),
                  "%s", c->name);
    }
    lcc_fields_done(&fields);
}

struct list_case {
    const char *name;
    const char *text;
    const char *want; /* elements joined by "|" */
};

static const struct list_case lists[] = {
    {"two, RFC 9110 5.6.1", "a, b", "a|b"},
    {"empty elements are passed over, 5.6.1.2", ", a ,,b, ", "a|b"},
    {"nothing", "", ""},
    {"only commas", ", ,\t,", ""},
    {"a comma in quotes, 5.6.4", "a=\"x, y\", b", "a=\"x, y\"|b"},
    {"an escaped quote in quotes, 5.6.4", "\"a\\\", b\", c", "\"a\\\", b\"|c"},
    {"a quote that never ends", "a, \"b, c", "a|\"b, c"},
    {"a backslash at the end", "\"a\\", "\"a\\"},
    {"folded, RFC 9112 5.2", "a,\r\n b", "a|b"},
};

LCC_CASES(fields, lists_are_split, lists)
{
    const struct list_case *c = &lists[*which];
    struct lcc_span rest = lcc_span_str(c->text);
    struct lcc_span element;
    struct lcc_buf got = LCC_BUF_INIT(1000);

    while (lcc_list_next(&rest, &element)) {
        cr_assert_eq(lcc_buf_append_str(&got, got.size ? "|" : ""), 0);
        cr_assert_eq(lcc_buf_append(&got, element), 0);
    }
    cr_expect(lcc_span_equal(lcc_buf_span(&got), lcc_span_str(c->want)), "%s",
              c->name);
    lcc_buf_done(&got);
}

Test(fields, all_of_a_name_are_found_in_order_and_without_case)
{
    struct lcc_fields fields = message_fields("A: 1\nB: 2\na: 3\nAb: 4\n");
    const struct lcc_field *first = lcc_fields_find(&fields, "a");

    cr_assert_not_null(first);
    cr_expect(lcc_span_equal(first->value, lcc_span_str("1")));
    const struct lcc_field *second =
        lcc_fields_next(&fields, lcc_span_str("A"), first);
    cr_assert_not_null(second);
    cr_expect(lcc_span_equal(second->value, lcc_span_str("3")));
    cr_expect_null(lcc_fields_next(&fields, lcc_span_str("A"), second));
    cr_expect_null(lcc_fields_find(&fields, "C"));
    lcc_fields_done(&fields);
}

Test(fields, values_are_joined)
{
    struct lcc_fields fields = message_fields("A: 1\nB: 2\na:\nA: 3\n");
    struct lcc_buf out = LCC_BUF_INIT(7);

    cr_expect_eq(lcc_fields_join(&fields, lcc_span_str("a"), &out), 0);
    cr_expect(lcc_span_equal(lcc_buf_span(&out), lcc_span_str("1, , 3")));
    cr_expect_eq(lcc_fields_join(&fields, lcc_span_str("A"), &out), -EFBIG);
    cr_expect_eq(out.size, 6, "a failure appends nothing");
    cr_expect_eq(lcc_fields_join(&fields, lcc_span_str("none"), &out), 0);
    lcc_buf_done(&out);
    lcc_fields_done(&fields);
}

Test(fields, there_is_a_limit)
{
    struct lcc_fields fields = LCC_FIELDS_INIT;

    for (size_t i = 0; i < LCC_FIELDS_MAX; i++) {
        cr_assert_eq(lcc_fields_add_line(&fields, lcc_span_str("a: b")), 0);
    }
    cr_expect_eq(lcc_fields_add_line(&fields, lcc_span_str("a: b")), -E2BIG);
    cr_expect_eq(lcc_fields_add_line(&fields, lcc_span_str("no field")), 0);
    cr_expect_eq(fields.count, LCC_FIELDS_MAX);
    lcc_fields_done(&fields);
}

struct hop_case {
    const char *name;
    const char *field;
    bool want;
};

static const struct hop_case hops[] = {
    {"Connection itself, RFC 9110 7.6.1", "connection", true},
    {"what it names, 7.6.1", "x-a", true},
    {"on its second line too", "X-B", true},
    {"what nobody names", "X-C", false},
    {"Keep-Alive, 7.6.1", "Keep-Alive", true},
    {"TE, 7.6.1", "TE", true},
    {"Transfer-Encoding, 7.6.1", "transfer-encoding", true},
    {"Upgrade, 7.6.1", "Upgrade", true},
    {"Proxy-Connection, 7.6.1", "Proxy-Connection", true},
    {"Proxy-Authenticate, RFC 9111 3.1", "Proxy-Authenticate", true},
    {"Proxy-Authentication-Info, RFC 9111 3.1", "Proxy-Authentication-Info",
     true},
    {"Proxy-Authorization, RFC 9111 3.1", "Proxy-Authorization", true},
    {"an answer's own field", "WWW-Authenticate", false},
    {"Content-Length", "Content-Length", false},
    {"Set-Cookie, RFC 9111 7.3", "Set-Cookie", false},
};

LCC_CASES(fields, hop_by_hop, hops)
{
    const struct hop_case *c = &hops[*which];
    struct lcc_fields fields =
        message_fields("Connection: close, X-A\nA: b\nconnection: x-b\n");

    cr_expect_eq(lcc_fields_is_hop_by_hop(&fields, lcc_span_str(c->field)),
                 c->want, "%s", c->name);
    lcc_fields_done(&fields);
}
