/*
 * A response out of its lines (RFC 9112, sections 4 and 5; RFC 9111, 5.1, 5.3).
 */
#include "tests/support/cases.h"
#include "tests/unit/message.h"

#include <errno.h>
#include <stdio.h>

struct status_case {
    const char *name;
    const char *line;
    int status; /* 0: no status line */
};

static const struct status_case statuses[] = {
    {"HTTP/1.1, RFC 9112 4", "HTTP/1.1 200 OK\r\n", 200},
    {"HTTP/1.0", "HTTP/1.0 404 Not Found\r\n", 404},
    {"HTTP/2 as libcurl writes it", "HTTP/2 200 \r\n", 200},
    {"HTTP/3", "HTTP/3 301 \r\n", 301},
    {"no reason", "HTTP/1.1 204\r\n", 204},
    {"no reason, no line end", "HTTP/1.1 204", 204},
    {"interim", "HTTP/1.1 100 Continue\r\n", 100},
    {"of no class", "HTTP/1.1 999 x\r\n", 999},
    {"below 100", "HTTP/1.1 099 x\r\n", 0},
    {"two digits", "HTTP/1.1 20\r\n", 0},
    {"four digits", "HTTP/1.1 2000\r\n", 0},
    {"no version", "HTTP/ 200 OK\r\n", 0},
    {"no space", "HTTP/1.1200\r\n", 0},
    {"another protocol", "ICY 200 OK\r\n", 0},
    {"lower case", "http/1.1 200 OK\r\n", 0},
    {"a field", "Host: a\r\n", 0},
    {"nothing", "", 0},
};

LCC_CASES(http_message, status_lines, statuses)
{
    const struct status_case *c = &statuses[*which];
    struct lcc_response response;
    int result = lcc_response_parse(lcc_span_str(c->line), 1, 2, &response);

    cr_assert_eq(result, c->status ? 0 : -EBADMSG, "%s", c->name);
    if (!result) {
        cr_expect_eq(response.status, c->status, "%s", c->name);
        cr_expect_eq(response.request_time_s, 1);
        cr_expect_eq(response.response_time_s, 2);
        lcc_response_done(&response);
    }
}

#define DAY_BEFORE (MESSAGE_NOW_S - 86400)

struct time_case {
    const char *name;
    const char *lines;
    int64_t date_s, expires_s, last_modified_s, age_s;
};

/* clang-format off */
static const struct time_case times[] = {
    {"none", "", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 0},
    {"all", "Date: Mon, 01 Jan 2024 00:00:00 GMT\nExpires: Sun, 31 Dec 2023 00:00:00 GMT\nlast-modified: Thu, 01 Jan 1970 00:00:01 GMT\nAge: 17\n",
     MESSAGE_NOW_S, DAY_BEFORE, 1, 17},
    {"unreadable, RFC 9111 5.3", "Date: x\nExpires: 0\nLast-Modified:\nAge: x\n", LCC_TIME_INVALID, LCC_TIME_INVALID, LCC_TIME_INVALID, 0},
    {"the first of two counts, RFC 9111 4.2.1", "Expires: Thu, 01 Jan 1970 00:00:02 GMT\nExpires: Thu, 01 Jan 1970 00:00:03 GMT\n", LCC_TIME_ABSENT, 2, LCC_TIME_ABSENT, 0},
    {"the first, even unreadable", "Expires: 0\nExpires: Thu, 01 Jan 1970 00:00:03 GMT\n", LCC_TIME_ABSENT, LCC_TIME_INVALID, LCC_TIME_ABSENT, 0},
    {"Age as a list, RFC 9111 5.1", "Age: 3, 9\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 3},
    {"Age twice, 5.1", "Age: 3\nAge: 9\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 3},
    {"Age saturates, 1.2.2", "Age: 99999999999999999999\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_DELTA_MAX_S},
    {"Age, one less than the largest, 1.2.2", "Age: 2147483647\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 2147483647},
    {"a fraction is no Age, 5.1", "Age: 7200.0\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 0},
    {"text behind it", "Age: 7200a\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 0},
    {"quotes", "Age: \"7200\"\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 0},
    {"a parameter does not make it young", "Age: 7200;foo=bar\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 7200},
    {"a list that begins with what is none", "Age: x, 7200\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 0},
    {"a list that begins with nothing, RFC 9110 5.6.1", "Age: , 7200\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 7200},
    {"the first line, even unreadable", "Age: x\nAge: 7200\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 0},
    {"a negative Age", "Age: -5\n", LCC_TIME_ABSENT, LCC_TIME_ABSENT, LCC_TIME_ABSENT, 0},
};
/* clang-format on */

LCC_CASES(http_message, times, times)
{
    const struct time_case *c = &times[*which];
    char head[512];

    cr_assert_lt(
        snprintf(head, sizeof(head), "HTTP/1.1 200 OK\n%s\n", c->lines),
        (int)sizeof(head));
    struct lcc_response response = message_response(head);
    cr_expect_eq(response.date_s, c->date_s, "%s", c->name);
    cr_expect_eq(response.expires_s, c->expires_s, "%s", c->name);
    cr_expect_eq(response.last_modified_s, c->last_modified_s, "%s", c->name);
    cr_expect_eq(response.age_s, c->age_s, "%s", c->name);
    lcc_response_done(&response);
}

Test(http_message, folded_lines_belong_to_the_field_before)
{
    struct lcc_response response =
        message_response("HTTP/1.1 200 OK\r\n lost\r\nCache-Control:\r\n"
                         " max-age=5,\r\n\tno-store\r\nNot a field\r\n more\r\n"
                         "A: b\r\n\r\n");

    cr_expect_eq(response.fields.count, 2);
    cr_expect_eq(response.cc.max_age_s, 5);
    cr_expect(response.cc.no_store);
    cr_expect(lcc_span_equal(response.fields.list[1].value, lcc_span_str("b")));
    lcc_response_done(&response);
}

Test(http_message, too_many_fields_are_refused)
{
    struct lcc_buf head = LCC_BUF_INIT(100000);
    struct lcc_response response;

    cr_assert_eq(lcc_buf_append_str(&head, "HTTP/1.1 200 OK\r\n"), 0);
    for (size_t i = 0; i <= LCC_FIELDS_MAX; i++) {
        cr_assert_eq(lcc_buf_append_str(&head, "a: b\r\n"), 0);
    }
    cr_expect_eq(lcc_response_parse(lcc_buf_span(&head), 0, 0, &response),
                 -E2BIG);
    lcc_buf_done(&head);
}
