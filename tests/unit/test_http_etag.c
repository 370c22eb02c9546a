/*
 * Entity tags, their comparison and lists of them (RFC 9110, section 8.8.3).
 */
#include "store/http_etag.h"
#include "tests/support/cases.h"

#include <stdio.h>
#include <string.h>

struct pair_case {
    const char *name;
    const char *a;
    const char *b;
    bool strong;
    bool weak;
};

/* clang-format off */
static const struct pair_case pairs[] = {
    /* The table of section 8.8.3.2. */
    {"both weak, the same", "W/\"1\"", "W/\"1\"", false, true},
    {"both weak, not the same", "W/\"1\"", "W/\"2\"", false, false},
    {"one weak", "W/\"1\"", "\"1\"", false, true},
    {"both strong", "\"1\"", "\"1\"", true, true},
    {"a backslash escapes nothing", "\"a\\\"", "\"a\\\"", true, true},
    {"and is a byte of its own", "\"a\\b\"", "\"ab\"", false, false},
    {"letters with case", "\"A\"", "\"a\"", false, false},
    {"w/ in lower case is not weak", "w/\"1\"", "\"1\"", false, false},
    {"W without slash is not weak", "W\"1\"", "\"1\"", false, false},
    {"unquoted, the same", "abc", "abc", true, true},
    {"unquoted is not quoted", "abc", "\"abc\"", false, false},
    {"empty in quotes", "\"\"", "\"\"", true, true},
    {"bytes above 127", "\"\xc3\xa4\"", "\"\xc3\xa4\"", true, true},
};
/* clang-format on */

LCC_CASES(http_etag, comparison, pairs)
{
    const struct pair_case *c = &pairs[*which];
    struct lcc_etag a;
    struct lcc_etag b;

    cr_assert(lcc_etag_parse(lcc_span_str(c->a), &a), "%s", c->name);
    cr_assert(lcc_etag_parse(lcc_span_str(c->b), &b), "%s", c->name);
    cr_expect_eq(lcc_etag_same_strong(&a, &b), c->strong, "%s", c->name);
    cr_expect_eq(lcc_etag_same_weak(&a, &b), c->weak, "%s", c->name);
    cr_expect_eq(lcc_etag_same_strong(&b, &a), c->strong, "%s", c->name);
    cr_expect_eq(lcc_etag_same_weak(&b, &a), c->weak, "%s", c->name);
}

Test(http_etag, what_no_field_can_carry_is_no_tag)
{
    struct lcc_etag tag;

    cr_expect_not(lcc_etag_parse(LCC_SPAN_EMPTY, &tag));
    cr_expect_not(lcc_etag_parse(lcc_span_of("\"a\0b\"", 5), &tag));
    cr_expect_not(lcc_etag_parse(lcc_span_str("\"a\r\n\""), &tag));
    cr_expect_not(lcc_etag_parse(lcc_span_str("\"a\x7f\""), &tag));
}

struct list_case {
    const char *name;
    const char *list;
    const char
        *want; /* the tags, each in angle brackets, W before a weak one */
};

/* clang-format off */
static const struct list_case lists[] = {
    {"one", "\"a\"", "<\"a\">"},
    {"several", "\"a\", W/\"b\" ,\"c\"", "<\"a\">W<\"b\"><\"c\">"},
    {"without white space", "\"a\",\"b\"", "<\"a\"><\"b\">"},
    {"a comma inside", "\"a, b\", \"c\"", "<\"a, b\"><\"c\">"},
    {"a backslash before the quote", "\"a\\\", \"b\"", "<\"a\\\"><\"b\">"},
    {"empty elements", ", ,\"a\",,", "<\"a\">"},
    {"unquoted ones", "a, b", "<a><b>"},
    {"the quote never ends", "\"a\", \"b", "<\"a\">"},
    {"a weak one's neither", "W/\"b", ""},
    {"nothing", "", ""},
    {"white space", " \t", ""},
    {"no comma between", "\"a\"\"b\"", "<\"a\"><\"b\">"},
};
/* clang-format on */

LCC_CASES(http_etag, a_list_falls_into_tags, lists)
{
    const struct list_case *c = &lists[*which];
    struct lcc_span rest = lcc_span_str(c->list);
    struct lcc_etag tag;
    char got[200] = "";
    size_t used = 0;

    while (lcc_etag_next(&rest, &tag)) {
        used += (size_t)snprintf(got + used, sizeof(got) - used, "%s<%.*s>",
                                 tag.weak ? "W" : "", (int)tag.opaque.size,
                                 (const char *)tag.opaque.data);
    }
    cr_expect_str_eq(got, c->want, "%s", c->name);
}

static void expect_list(const struct lcc_buf *list, const char *want)
{
    cr_expect(lcc_span_equal(lcc_buf_span(list), lcc_span_str(want)),
              "%.*s is not %s", (int)list->size, (const char *)list->data,
              want);
}

Test(http_etag, a_list_is_made_of_each_tag_once)
{
    struct lcc_buf list = LCC_BUF_INIT(LCC_ETAGS_BYTES_MAX);
    static const char *const tags[] = {
        "\"a\"", "W/\"b\"", "W/\"a\"", "c", "x,y", "*", "\"", "\"b\"",
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(tags); i++) {
        cr_expect_eq(lcc_etags_add(&list, lcc_span_str(tags[i])), 0);
    }
    expect_list(&list, "\"a\", W/\"b\", c");
    lcc_buf_done(&list);
}

Test(http_etag, a_list_has_an_end_in_number_and_in_bytes)
{
    struct lcc_buf list = LCC_BUF_INIT(LCC_ETAGS_BYTES_MAX);
    struct lcc_span rest;
    struct lcc_etag tag;
    size_t count = 0;
    char text[LCC_ETAGS_BYTES_MAX];

    for (int i = 0; i < 2 * LCC_ETAGS_MAX; i++) {
        (void)snprintf(text, sizeof(text), "\"%d\"", i);
        cr_expect_eq(lcc_etags_add(&list, lcc_span_str(text)), 0);
    }
    rest = lcc_buf_span(&list);
    while (lcc_etag_next(&rest, &tag)) {
        count++;
    }
    cr_expect_eq(count, LCC_ETAGS_MAX);
    lcc_buf_clear(&list);
    memset(text, 'x', sizeof(text));
    text[0] = text[sizeof(text) - 1] = '"';
    cr_expect_eq(lcc_etags_add(&list, lcc_span_of(text, sizeof(text))), 0);
    cr_expect_eq(list.size, 0);
    lcc_buf_done(&list);
}
