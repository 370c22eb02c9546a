/*
 * Range, Content-Range, If-Range, strong validators (RFC 9110, sections 8.8,
 * 13.1.5 and 14; RFC 9111, section 3.4).
 */
#include "store/http_range.h"
#include "tests/support/cases.h"
#include "tests/unit/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* --- Range, and what a length leaves of it ------------------------------- */

struct range_case {
    const char *name;
    const char *value;
    uint64_t complete;
    const char *want; /* "a-b c-d", "416", "ask", "ignored" */
};

/* clang-format off */
static const struct range_case ranges[] = {
    {"first 500 bytes, 14.1.2", "bytes=0-499", 10000, "0-499"},
    {"second 500 bytes, 14.1.2", "bytes=500-999", 10000, "500-999"},
    {"last 500 bytes, 14.1.2", "bytes=-500", 10000, "9500-9999"},
    {"from a position on, 14.1.2", "bytes=9500-", 10000, "9500-9999"},
    {"first and last byte, 14.1.2", "bytes=0-0,-1", 10000, "0-0 9999-9999"},
    {"first, middle and last, 14.1.2", "bytes= 0-999, 4500-5499, -1000", 10000, "0-999 4500-5499 9000-9999"},
    {"one byte", "bytes=5-5", 10, "5-5"},
    {"everything", "bytes=0-", 10, "0-9"},
    {"the order asked for stays, 15.3.7.2", "bytes=5-6,1-2", 10, "5-6 1-2"},
    {"last past the end, 14.1.2", "bytes=5-100", 10, "5-9"},
    {"suffix longer than the whole, 14.1.2", "bytes=-100", 10, "0-9"},
    {"first at the end, 14.1.2", "bytes=10-", 10, "416"},
    {"first past the end, 14.1.2", "bytes=10-20", 10, "416"},
    {"suffix of nothing, 14.1.2", "bytes=-0", 10, "416"},
    {"one of two is past the end, 14.1.2", "bytes=2-3,20-30", 10, "2-3"},
    {"both are past the end", "bytes=20-30,40-", 10, "416"},
    {"an empty whole", "bytes=0-", 0, "416"},
    {"a suffix of an empty whole", "bytes=-1", 0, "ask"},
    {"nothing of an empty whole", "bytes=-0", 0, "416"},
    {"unit without case, 14.1", "BYTES=1-2", 10, "1-2"},
    {"empty elements, 5.6.1", "bytes=,1-2,,5-6,", 10, "1-2 5-6"},
    {"white space around commas, 5.6.1", "bytes=1-2 ,\t5-6", 10, "1-2 5-6"},
    {"leading zeros", "bytes=0001-02", 10, "1-2"},
    {"a first above all lengths", "bytes=99999999999999999999-", 10, "416"},
    {"a last above all lengths", "bytes=5-99999999999999999999", 10, "5-9"},
    {"a suffix above all lengths", "bytes=-99999999999999999999", 10, "0-9"},
    {"the largest file", "bytes=9223372036854775805-", UINT64_C(9223372036854775806), "9223372036854775805-9223372036854775805"},
    {"both halves", "bytes=0-4,5-9", 10, "0-4 5-9"},
    {"together longer than the whole, 17.15", "bytes=0-4,4-9", 10, "ask"},
    {"the whole twice, 17.15", "bytes=0-,0-", 10, "ask"},
    {"some overlap", "bytes=0-2,1-3", 10, "0-2 1-3"},
    {"last before first, 14.1.2", "bytes=5-4", 10, "ignored"},
    {"one of two is broken, 14.1.2", "bytes=1-2,5-4", 10, "ignored"},
    {"another unit, 14.2", "lines=1-2", 10, "ignored"},
    {"no unit", "1-2", 10, "ignored"},
    {"no equals sign", "bytes 1-2", 10, "ignored"},
    {"space before the equals sign", "bytes =1-2", 10, "ignored"},
    {"no range", "bytes=", 10, "ignored"},
    {"only commas", "bytes=,,", 10, "ignored"},
    {"a dash", "bytes=-", 10, "ignored"},
    {"two dashes", "bytes=1--2", 10, "ignored"},
    {"negative, as a resumed -1 is sent", "bytes=-1-", 10, "ignored"},
    {"letters", "bytes=a-b", 10, "ignored"},
    {"letters behind", "bytes=1-2x", 10, "ignored"},
    {"a number alone", "bytes=5", 10, "ignored"},
    {"space inside", "bytes=1 -2", 10, "ignored"},
    {"hexadecimal", "bytes=0x1-2", 10, "ignored"},
    {"nothing", "", 10, "ignored"},
};
/* clang-format on */

static char *resolved(const char *value, uint64_t complete)
{
    struct lcc_range_set set;
    struct lcc_range list[LCC_RANGES_MAX];
    struct lcc_buf out = LCC_BUF_INIT(10000);
    size_t count = 0;
    int r;

    if (!lcc_range_parse(lcc_span_str(value), &set)) {
        return strdup("ignored");
    }
    r = lcc_range_resolve(&set, complete, list, &count);
    if (r) {
        return strdup(r == LCC_RANGE_UNSATISFIABLE ? "416" : "ask");
    }
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(lcc_buf_printf(&out, "%s%" PRIu64 "-%" PRIu64,
                                    i ? " " : "", list[i].first, list[i].last),
                     0);
    }
    cr_assert_eq(lcc_buf_put_u8(&out, 0), 0);
    return (char *)out.data;
}

LCC_CASES(http_range, range_field, ranges)
{
    const struct range_case *c = &ranges[*which];
    char *got = resolved(c->value, c->complete);

    cr_expect_str_eq(got, c->want, "%s: %s", c->name, got);
    free(got);
}

static void many(size_t count, bool want)
{
    struct lcc_buf text = LCC_BUF_INIT(10000);
    struct lcc_range_set set;

    cr_assert_eq(lcc_buf_append_str(&text, "bytes="), 0);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(lcc_buf_printf(&text, "%zu-%zu,", 2 * i, 2 * i), 0);
    }
    cr_expect_eq(lcc_range_parse(lcc_buf_span(&text), &set), want, "%zu",
                 count);
    lcc_buf_done(&text);
}

Test(http_range, more_ranges_than_the_limit_are_ignored)
{
    many(LCC_RANGES_MAX, true);
    many(LCC_RANGES_MAX + 1, false);
}

/* What a set resolves to always lies inside, and is never more than all. */
Test(http_range, what_is_resolved_lies_inside_the_length)
{
    srand(1);
    for (int n = 0; n < 20000; n++) {
        struct lcc_range_set set = {.count = (size_t)(rand() % 5) + 1};
        struct lcc_range list[LCC_RANGES_MAX];
        uint64_t complete = (uint64_t)(rand() % 40);
        uint64_t sum = 0;
        size_t count = 0;

        for (size_t i = 0; i < set.count; i++) {
            uint64_t first = (uint64_t)(rand() % 50);
            set.list[i] = (struct lcc_range_spec){
                .suffix = rand() % 3 == 0,
                .open = rand() % 3 == 0,
                .first = first,
                .last = first + (uint64_t)(rand() % 50)};
            set.list[i].open = set.list[i].open && !set.list[i].suffix;
        }
        if (lcc_range_resolve(&set, complete, list, &count)) {
            continue;
        }
        cr_assert(count >= 1 && count <= set.count);
        for (size_t i = 0; i < count; i++) {
            cr_assert(list[i].first <= list[i].last);
            cr_assert(list[i].last < complete);
            sum += list[i].last - list[i].first + 1;
        }
        cr_assert(sum <= complete);
    }
}

/* --- Content-Range ------------------------------------------------------- */

struct content_case {
    const char *name;
    const char *value;
    const char *want; /* "a-b/c", "a-b/?", "none/c"; "" when it is not one */
};

/* clang-format off */
static const struct content_case contents[] = {
    {"first 500 bytes, 14.4", "bytes 0-499/1234", "0-499/1234"},
    {"last 500 bytes, 14.4", "bytes 734-1233/1234", "734-1233/1234"},
    {"unknown length, 14.4", "bytes 42-1233/*", "42-1233/?"},
    {"unsatisfied, 14.4", "bytes */47022", "none/47022"},
    {"unit without case", "Bytes 0-0/1", "0-0/1"},
    {"white space around", " bytes 0-0/1\t", "0-0/1"},
    {"last before first, 14.4", "bytes 5-4/10", ""},
    {"length not above last, 14.4", "bytes 0-10/10", ""},
    {"length zero", "bytes 0-0/0", ""},
    {"unsatisfied without a length, 14.4", "bytes */*", ""},
    {"no length", "bytes 0-1", ""},
    {"no range", "bytes /10", ""},
    {"no unit", "0-1/10", ""},
    {"another unit, 14.4", "lines 0-1/10", ""},
    {"equals sign", "bytes=0-1/10", ""},
    {"open range", "bytes 5-/10", ""},
    {"suffix", "bytes -5/10", ""},
    {"space inside", "bytes 0 - 1/10", ""},
    {"two spaces", "bytes  0-1/10", ""},
    {"rest behind", "bytes 0-1/10x", ""},
    {"two of them", "bytes 0-1/10, 2-3/10", ""},
    {"too large a number", "bytes 0-1/9223372036854775807", ""},
    {"far too large a number", "bytes 0-1/99999999999999999999", ""},
    {"negative", "bytes 0--1/10", ""},
    {"nothing", "", ""},
};
/* clang-format on */

LCC_CASES(http_range, content_range_field, contents)
{
    const struct content_case *c = &contents[*which];
    struct lcc_content_range got;
    char text[100] = "";
    char complete[30] = "?";

    if (lcc_content_range_parse(lcc_span_str(c->value), &got)) {
        if (got.complete_known) {
            (void)snprintf(complete, sizeof(complete), "%" PRIu64,
                           got.complete);
        }
        if (got.unsatisfied) {
            (void)snprintf(text, sizeof(text), "none/%s", complete);
        } else {
            (void)snprintf(text, sizeof(text), "%" PRIu64 "-%" PRIu64 "/%s",
                           got.range.first, got.range.last, complete);
        }
    }
    cr_expect_str_eq(text, c->want, "%s: %s", c->name, text);
}

/* --- If-Range
 * ----------------------------------------------------------------- */

#define DATE "Date: Mon, 01 Jan 2024 00:00:00 GMT\n"
#define SUNDAY "Sun, 31 Dec 2023 00:00:00 GMT"
#define MODIFIED "Last-Modified: " SUNDAY "\n"

struct if_range_case {
    const char *name;
    const char *value;
    const char *stored; /* field lines */
    bool want;
};

/* clang-format off */
static const struct if_range_case if_ranges[] = {
    {"the same strong tag, 13.1.5", "\"a\"", "ETag: \"a\"\n", true},
    {"white space around", " \"a\" ", "ETag: \"a\"\n", true},
    {"another tag", "\"a\"", "ETag: \"b\"\n", false},
    {"tags have case, 8.8.3", "\"a\"", "ETag: \"A\"\n", false},
    {"the empty tag, 8.8.3", "\"\"", "ETag: \"\"\n", true},
    {"weak there, 13.1.5", "W/\"a\"", "ETag: \"a\"\n", false},
    {"weak here, 13.1.5", "\"a\"", "ETag: W/\"a\"\n", false},
    {"both weak, 8.8.3.2", "W/\"a\"", "ETag: W/\"a\"\n", false},
    {"no tag stored", "\"a\"", DATE MODIFIED, false},
    {"two tags stored", "\"a\"", "ETag: \"a\"\nETag: \"a\"\n", false},
    {"a tag without quotes", "a", "ETag: a\n", false},
    {"a star is no tag here", "*", "ETag: \"a\"\n", false},
    {"two tags asked for", "\"a\", \"b\"", "ETag: \"a\"\n", false},
    {"exactly the date, 13.1.5", SUNDAY, DATE MODIFIED, true},
    {"an earlier date", "Sat, 30 Dec 2023 00:00:00 GMT", DATE MODIFIED, false},
    {"a later date is no match, 13.1.5", "Mon, 01 Jan 2024 00:00:00 GMT", DATE MODIFIED, false},
    {"modified in the second of Date, 8.8.2.2", "Mon, 01 Jan 2024 00:00:00 GMT", DATE "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\n", false},
    {"modified after Date, 8.8.2.2", SUNDAY, "Date: Sat, 30 Dec 2023 00:00:00 GMT\n" MODIFIED, false},
    {"no Date stored, 8.8.2.2", SUNDAY, MODIFIED, false},
    {"a date against a tag", SUNDAY, "ETag: \"a\"\n", false},
    {"no date", "yesterday", DATE MODIFIED, false},
    {"nothing", "", "ETag: \"\"\n" DATE MODIFIED, false},
};
/* clang-format on */

static struct lcc_response with(char *head, size_t size, const char *fields)
{
    (void)snprintf(head, size, "HTTP/1.1 206 Partial Content\n%s", fields);
    return message_response(head);
}

LCC_CASES(http_range, if_range_field, if_ranges)
{
    const struct if_range_case *c = &if_ranges[*which];
    char head[512];
    struct lcc_response stored = with(head, sizeof(head), c->stored);

    cr_expect_eq(lcc_if_range_holds(lcc_span_str(c->value), &stored), c->want,
                 "%s", c->name);
    lcc_response_done(&stored);
}

/* --- combining
 * ----------------------------------------------------------------- */

struct same_case {
    const char *name;
    const char *a;
    const char *b;
    bool same;
    bool strong; /* a alone */
};

/* clang-format off */
static const struct same_case pairs[] = {
    {"one strong tag, RFC 9111 3.4", "ETag: \"a\"\n", "ETag: \"a\"\n", true, true},
    {"another tag", "ETag: \"a\"\n", "ETag: \"b\"\n", false, true},
    {"weak tags, RFC 9111 3.4", "ETag: W/\"a\"\n", "ETag: W/\"a\"\n", false, false},
    {"one weak tag", "ETag: W/\"a\"\n", "ETag: \"a\"\n", false, false},
    {"a tag here alone", "ETag: \"a\"\n" DATE MODIFIED, DATE MODIFIED, false, true},
    {"a tag there alone", DATE MODIFIED, "ETag: \"a\"\n" DATE MODIFIED, false, true},
    {"a weak tag beside a strong date", "ETag: W/\"a\"\n" DATE MODIFIED, "ETag: W/\"a\"\n" DATE MODIFIED, false, false},
    {"one strong date, 8.8.2.2", DATE MODIFIED, DATE MODIFIED, true, true},
    {"the date in another form", DATE MODIFIED, DATE "Last-Modified: Sunday, 31-Dec-23 00:00:00 GMT\n", true, true},
    {"another date", DATE MODIFIED, DATE "Last-Modified: Sat, 30 Dec 2023 00:00:00 GMT\n", false, true},
    {"a date in the second of Date", DATE "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\n", DATE "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\n", false, false},
    {"a date without Date", MODIFIED, MODIFIED, false, false},
    {"no validator", DATE, DATE, false, false},
    {"a broken tag", "ETag: a\n", "ETag: a\n", false, false},
    {"one tag, another encoding", "ETag: \"a\"\n", "ETag: \"a\"\nContent-Encoding: gzip\n", false, true},
    {"one tag, one encoding", "ETag: \"a\"\nContent-Encoding: gzip\n", "ETag: \"a\"\nContent-Encoding: gzip\n", true, true},
};
/* clang-format on */

LCC_CASES(http_range, parts_of_one_representation, pairs)
{
    const struct same_case *c = &pairs[*which];
    char one[512];
    char two[512];
    struct lcc_response a = with(one, sizeof(one), c->a);
    struct lcc_response b = with(two, sizeof(two), c->b);

    cr_expect_eq(lcc_range_same(&a, &b), c->same, "%s", c->name);
    cr_expect_eq(lcc_range_same(&b, &a), c->same, "%s, turned", c->name);
    cr_expect_eq(lcc_range_has_strong(&a), c->strong, "%s, strong", c->name);
    lcc_response_done(&a);
    lcc_response_done(&b);
}
