/*
 * Spans and buffers: limits hold, and reading back never runs over the end.
 */
#include "store/bytes.h"
#include "tests/support/cases.h"

#include <errno.h>
#include <string.h>

struct trim_case {
    const char *name;
    const char *text;
    const char *want;
};

static const struct trim_case trims[] = {
    {"nothing", "", ""},
    {"only space, RFC 9110 5.6.3", " \t ", ""},
    {"both ends", "\t a b \t", "a b"},
    {"a line end is no OWS", " a\r", "a\r"},
};

LCC_CASES(bytes, trimming_takes_space_and_tab, trims)
{
    const struct trim_case *c = &trims[*which];

    cr_expect(lcc_span_equal(lcc_span_trim(lcc_span_str(c->text)),
                             lcc_span_str(c->want)),
              "%s", c->name);
}

Test(bytes, names_compare_without_case_and_only_in_ascii)
{
    cr_expect(
        lcc_span_equal_nocase(lcc_span_str("ETag"), lcc_span_str("etAG")));
    cr_expect_not(lcc_span_equal_nocase(lcc_span_str("a"), lcc_span_str("ab")));
    /* '@' and '`' are 32 apart like letters, and so are bytes above 127. */
    cr_expect_not(lcc_span_equal_nocase(lcc_span_str("@"), lcc_span_str("`")));
    cr_expect_not(
        lcc_span_equal_nocase(lcc_span_str("\xc0"), lcc_span_str("\xe0")));
}

Test(bytes, a_buffer_stops_at_its_limit_and_is_unchanged)
{
    struct lcc_buf buf = LCC_BUF_INIT(10);

    cr_assert_eq(lcc_buf_append_str(&buf, "1234567890"), 0);
    cr_expect_eq(lcc_buf_append_str(&buf, "x"), -EFBIG);
    cr_expect_eq(lcc_buf_put_u8(&buf, 1), -EFBIG);
    cr_expect_eq(lcc_buf_reserve(&buf, 11), -EFBIG);
    cr_expect_eq(lcc_buf_append(&buf, LCC_SPAN_EMPTY), 0);
    cr_expect_eq(buf.size, 10);
    cr_expect_leq(buf.capacity, 10);
    lcc_buf_done(&buf);
    cr_expect_eq(lcc_buf_append_str(&buf, "again"), 0);
    lcc_buf_done(&buf);
}

Test(bytes, a_span_that_does_not_fit_leaves_no_length_behind)
{
    struct lcc_buf buf = LCC_BUF_INIT(6);

    cr_expect_eq(lcc_buf_put_span(&buf, lcc_span_str("abc")), -EFBIG);
    cr_expect_eq(buf.size, 0);
    lcc_buf_done(&buf);
}

Test(bytes, printing_takes_any_length_up_to_the_limit)
{
    struct lcc_buf buf = LCC_BUF_INIT(5000);
    char text[4000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    cr_expect_eq(lcc_buf_printf(&buf, "%s-%d", text, 7), 0);
    cr_expect_eq(buf.size, 4001);
    cr_expect_eq(buf.data[4000], '7');
    cr_expect_eq(lcc_buf_printf(&buf, "%s", text), -EFBIG);
    cr_expect_eq(buf.size, 4001);
    lcc_buf_done(&buf);
}

Test(bytes, what_was_put_is_taken)
{
    struct lcc_buf buf = LCC_BUF_INIT(100);
    uint8_t a;
    uint16_t b;
    uint32_t c;
    uint64_t d;
    struct lcc_span e;

    cr_assert_eq(lcc_buf_put_u8(&buf, 0xfe), 0);
    cr_assert_eq(lcc_buf_put_u16(&buf, 0xfedc), 0);
    cr_assert_eq(lcc_buf_put_u32(&buf, 0xfedcba98), 0);
    cr_assert_eq(lcc_buf_put_u64(&buf, UINT64_C(0xfedcba9876543210)), 0);
    cr_assert_eq(lcc_buf_put_span(&buf, lcc_span_str("text")), 0);
    cr_expect_eq(buf.data[1], 0xfe, "big-endian");
    struct lcc_span from = lcc_buf_span(&buf);
    cr_expect(lcc_take_u8(&from, &a) && a == 0xfe);
    cr_expect(lcc_take_u16(&from, &b) && b == 0xfedc);
    cr_expect(lcc_take_u32(&from, &c) && c == 0xfedcba98);
    cr_expect(lcc_take_u64(&from, &d) && d == UINT64_C(0xfedcba9876543210));
    cr_expect(lcc_take_span(&from, &e) &&
              lcc_span_equal(e, lcc_span_str("text")));
    cr_expect_eq(from.size, 0);
    cr_expect_not(lcc_take_u8(&from, &a));
    lcc_buf_done(&buf);
}

Test(bytes, taking_too_much_takes_nothing)
{
    const uint8_t bytes[] = {0, 0, 0, 5, 'a', 'b', 'c', 'd'};
    struct lcc_span from = lcc_span_of(bytes, sizeof(bytes));
    struct lcc_span got = lcc_span_str("untouched");
    uint64_t number = 1;

    cr_expect_not(lcc_take_span(&from, &got));
    cr_expect_eq(from.size, sizeof(bytes));
    cr_expect_eq(got.size, 9);
    from.size = 7;
    cr_expect_not(lcc_take_u64(&from, &number));
    cr_expect_eq(number, 1);
    cr_expect_eq(from.size, 7);
}
