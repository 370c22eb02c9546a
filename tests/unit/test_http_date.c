/*
 * HTTP-date (RFC 9110, section 5.6.7; RFC 9111, section 4.2).
 */
#include "store/http_date.h"
#include "tests/support/cases.h"

#include <string.h>
#include <time.h>

#define NOVEMBER_94 INT64_C(784111777)
#define NOW_2024 INT64_C(1704067200)
#define NO_DATE INT64_MIN

struct date_case {
    const char *name;
    const char *text;
    int64_t want;
};

static const struct date_case dates[] = {
    {"IMF-fixdate, RFC 9110 5.6.7", "Sun, 06 Nov 1994 08:49:37 GMT",
     NOVEMBER_94},
    {"RFC 850 form, 5.6.7", "Sunday, 06-Nov-94 08:49:37 GMT", NOVEMBER_94},
    {"asctime form, 5.6.7", "Sun Nov  6 08:49:37 1994", NOVEMBER_94},
    {"asctime, day of two digits", "Wed Nov 16 08:49:37 1994",
     NOVEMBER_94 + 10 * 86400},
    {"case does not matter, RFC 9111 4.2", "sUN, 06 nOV 1994 08:49:37 gmt",
     NOVEMBER_94},
    {"white space around", " Sun, 06 Nov 1994 08:49:37 GMT\t", NOVEMBER_94},
    {"the epoch", "Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"before the epoch", "Wed, 31 Dec 1969 23:59:59 GMT", -1},
    {"leap day", "Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
    {"leap day of 2000", "Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
    {"leap second, 5.6.7", "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
    {"the last second", "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
    {"year 0", "Sat, 01 Jan 0000 00:00:00 GMT", -62167219200},
    {"two digits within 50 years, 5.6.7", "Monday, 01-Jan-74 00:00:00 GMT",
     3281990400},
    {"two digits, more than 50 years ahead, 5.6.7",
     "Wednesday, 01-Jan-75 00:00:00 GMT", 157766400},
    {"two digits, a second more than 50 years ahead, 5.6.7",
     "Monday, 01-Jan-74 00:00:01 GMT", 126230401},
    {"two digits, this year", "Monday, 01-Jan-24 00:00:00 GMT", NOW_2024},
    {"another zone, RFC 9111 4.2", "Sun, 06 Nov 1994 08:49:37 CET", NO_DATE},
    {"UTC is not GMT, 4.2", "Sun, 06 Nov 1994 08:49:37 UTC", NO_DATE},
    {"an offset", "Sun, 06 Nov 1994 08:49:37 +0000", NO_DATE},
    {"no zone", "Sun, 06 Nov 1994 08:49:37", NO_DATE},
    {"text behind", "Sun, 06 Nov 1994 08:49:37 GMT;", NO_DATE},
    {"zero, common for Expires", "0", NO_DATE},
    {"minus one, common for Expires", "-1", NO_DATE},
    {"nothing", "", NO_DATE},
    {"no such day of the week", "Son, 06 Nov 1994 08:49:37 GMT", NO_DATE},
    {"a long day in the new form", "Sunday, 06 Nov 1994 08:49:37 GMT", NO_DATE},
    {"no such month", "Sun, 06 Nom 1994 08:49:37 GMT", NO_DATE},
    {"day 0", "Sun, 00 Nov 1994 08:49:37 GMT", NO_DATE},
    {"31 November", "Sun, 31 Nov 1994 08:49:37 GMT", NO_DATE},
    {"29 February of a common year", "Wed, 29 Feb 2023 00:00:00 GMT", NO_DATE},
    {"29 February of 1900", "Thu, 29 Feb 1900 00:00:00 GMT", NO_DATE},
    {"hour 24", "Sun, 06 Nov 1994 24:00:00 GMT", NO_DATE},
    {"minute 60", "Sun, 06 Nov 1994 08:60:00 GMT", NO_DATE},
    {"second 61", "Sun, 06 Nov 1994 08:49:61 GMT", NO_DATE},
    {"one digit", "Sun, 6 Nov 1994 08:49:37 GMT", NO_DATE},
    {"two spaces", "Sun,  06 Nov 1994 08:49:37 GMT", NO_DATE},
    {"cut short", "Sun, 06 Nov 19", NO_DATE},
    {"dashes with four digits", "Sun, 06-Nov-1994 08:49:37 GMT", NO_DATE},
};

LCC_CASES(http_date, dates, dates)
{
    const struct date_case *c = &dates[*which];
    int64_t got = NO_DATE;
    bool valid = lcc_http_date_parse(lcc_span_str(c->text), NOW_2024, &got);

    cr_expect_eq(valid, c->want != NO_DATE, "%s", c->name);
    cr_expect_eq(got, c->want, "%s: %lld", c->name, (long long)got);
}

Test(http_date, formatting_agrees_with_the_c_library_and_parses_back)
{
    for (int64_t when = -62167219200; when <= 253402300799;
         when += INT64_C(86400) * 97 + 12345) {
        char got[LCC_HTTP_DATE_SIZE];
        char want[LCC_HTTP_DATE_SIZE + 16];
        time_t libc = (time_t)when;
        struct tm parts;
        int64_t back;

        cr_assert_not_null(gmtime_r(&libc, &parts));
        cr_assert_gt(
            strftime(want, sizeof(want), "%a, %d %b %Y %T GMT", &parts), 0);
        lcc_http_date_format(when, got);
        if (parts.tm_year >= -900) { /* %Y of earlier years has no zeros */
            cr_assert_str_eq(got, want);
        }
        cr_assert(lcc_http_date_parse(lcc_span_str(got), 0, &back));
        cr_assert_eq(back, when, "%s", got);
    }
}

Test(http_date, what_has_no_four_digit_year_is_held_at_the_edge)
{
    char text[LCC_HTTP_DATE_SIZE];

    lcc_http_date_format(INT64_MAX, text);
    cr_expect_str_eq(text, "Fri, 31 Dec 9999 23:59:59 GMT");
    lcc_http_date_format(INT64_MIN, text);
    cr_expect_str_eq(text, "Sat, 01 Jan 0000 00:00:00 GMT");
}

Test(http_date, two_digit_years_lie_within_50_years_of_any_now)
{
    for (int64_t now = 0; now < INT64_C(7500000000); now += 86400 * 300) {
        int64_t got;
        cr_assert(lcc_http_date_parse(
            lcc_span_str("Monday, 15-Jun-37 00:00:00 GMT"), now, &got));
        /* Never more than 50 years ahead, and within the century. */
        cr_assert_leq(got - now, INT64_C(50) * 366 * 86400);
        cr_assert_geq(got - now, INT64_C(-51) * 366 * 86400);
    }
}
