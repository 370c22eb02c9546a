/*
 * rows_expires_parse.c - Expires in each legal form and in illegal ones
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define GOOD(name, section, value) REUSED(name, section, "Expires: " value)
#define BAD(name, value) NOT_REUSED(name, "RFC 9111, 5.3", "Expires: " value)

const struct row rows_expires_parse[] = {
    GOOD("the preferred form", "RFC 9110, 5.6.7", "Thu, 18 Aug 2050 02:01:18 GMT"),
    GOOD("the form of RFC 850", "RFC 9110, 5.6.7", "Thursday, 18-Aug-50 02:01:18 GMT"),
    GOOD("the form of RFC 850, counted from now", "RFC 9110, 5.6.7", "{850:3600}"),
    GOOD("the form of asctime()", "RFC 9110, 5.6.7", "Thu Aug 18 02:01:18 2050"),
    GOOD("the form of asctime(), a day of one digit", "RFC 9110, 5.6.7", "Mon Aug  8 02:01:18 2050"),
    GOOD("the form of asctime(), counted from now", "RFC 9110, 5.6.7", "{asc:3600}"),
    GOOD("past what 32 bits hold", "RFC 9111, 5.3", "Tue, 19 Jan 2038 14:14:08 GMT"),
    GOOD("past what 32 bits hold without a sign", "RFC 9111, 5.3", "Sun, 07 Feb 2106 06:28:16 GMT"),
    GOOD("centuries ahead", "RFC 9111, 5.3", "Sun, 21 Nov 2286 04:46:39 GMT"),
    GOOD("the last year that can be written", "RFC 9111, 5.3", "Fri, 31 Dec 9999 23:59:59 GMT"),
    GOOD("a leap day", "RFC 9110, 5.6.7", "Thu, 29 Feb 2052 00:00:00 GMT"),
    GOOD("a weekday in capitals", "RFC 9111, 4.2", "THU, 18 Aug 2050 02:01:18 GMT"),
    GOOD("a month in capitals", "RFC 9111, 4.2", "Thu, 18 AUG 2050 02:01:18 GMT"),
    GOOD("a zone in mixed capitals", "RFC 9111, 4.2", "Thu, 18 Aug 2050 02:01:18 gMT"),
    GOOD("all of it in small letters", "RFC 9111, 4.2", "{lower:3600}"),
    GOOD("white space around it", "RFC 9110, 5.5", "  Thu, 18 Aug 2050 02:01:18 GMT  "),
    REUSED("capitals of the field's name", "RFC 9110, 5.1", "eXPIRES: {3600}"),
    NOT_REUSED("a year of two digits in the form of RFC 850 lies in the past", "RFC 9110, 5.6.7",
               "Expires: Sunday, 06-Nov-94 08:49:37 GMT"),
    BAD("another zone, UTC", "Thu, 18 Aug 2050 02:01:18 UTC"),
    BAD("another zone, AEST", "Thu, 18 Aug 2050 02:01:18 AEST"),
    BAD("another zone, in digits", "Thu, 18 Aug 2050 02:01:18 +0000"),
    BAD("no zone", "Thu, 18 Aug 2050 02:01:18"),
    BAD("a year of two digits in the preferred form", "Thu, 18 Aug 50 02:01:18 GMT"),
    BAD("no comma", "Thu 18 Aug 2050 02:01:18 GMT"),
    BAD("no weekday", "18 Aug 2050 02:01:18 GMT"),
    BAD("two spaces", "Thu, 18  Aug  2050 02:01:18 GMT"),
    BAD("dashes in the preferred form", "Thu, 18-Aug-2050 02:01:18 GMT"),
    BAD("periods in the time", "Thu, 18 Aug 2050 02.01.18 GMT"),
    BAD("an hour of one digit", "Thu, 18 Aug 2050 2:01:18 GMT"),
    BAD("no seconds", "Thu, 18 Aug 2050 02:01 GMT"),
    BAD("an hour that no day has", "Thu, 18 Aug 2050 25:01:18 GMT"),
    BAD("a day that the month has not", "Thu, 31 Jun 2050 02:01:18 GMT"),
    BAD("a month that no year has", "Thu, 18 Foo 2050 02:01:18 GMT"),
    BAD("a number of seconds", "2545000000"),
    BAD("the form of RFC 3339", "2050-08-18T02:01:18Z"),
    BAD("text after it", "Thu, 18 Aug 2050 02:01:18 GMT please"),
    BAD("quotes around it", "\"Thu, 18 Aug 2050 02:01:18 GMT\""),
    BAD("an empty value", ""),
    NOT_REUSED("two lines that differ", "RFC 9111, 4.2.1",
               "Expires: {-3600}\nExpires: {3600}"),
    NOT_REUSED("two lines of which the second is no date", "RFC 9111, 4.2.1",
               "Expires: Thu, 18 Aug 2050 2:01:18 GMT\nExpires: Thu, 18 Aug 2050 2:01:19 GMT"),
    ROW_END,
};
/* clang-format on */
