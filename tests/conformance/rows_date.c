/*
 * rows_date.c - If-Modified-Since and Last-Modified, both ways
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define AT(shift) LONG "\nLast-Modified: {=" shift "}"
#define SINCE(value) .ask = "If-Modified-Since: " value
#define NOT_MODIFIED .status = 304

const struct row rows_date[] = {
    ROW("the date that is stored is a 304", "RFC 9111, 4.3.2",
        ASK(AT("-3000")), HIT(SINCE("{=-3000}"), NOT_MODIFIED)),
    ROW("a later date is a 304", "RFC 9111, 4.3.2", ASK(AT("-3000")), HIT(SINCE("{=-2000}"), NOT_MODIFIED)),
    ROW("an earlier date gets the stored response", "RFC 9111, 4.3.2", ASK(AT("-3000")), HIT(SINCE("{=-4000}"))),
    ROW("the same date in the form of RFC 850", "RFC 9110, 5.6.7",
        ASK(AT("-3000")), HIT(SINCE("{850:=-3000}"), NOT_MODIFIED)),
    ROW("the same date in the form of asctime()", "RFC 9110, 5.6.7",
        ASK(AT("-3000")), HIT(SINCE("{asc:=-3000}"), NOT_MODIFIED)),
    ROW("a date that is none is no condition", "RFC 9110, 13.1.3", ASK(AT("-3000")), HIT(SINCE("yesterday"))),
    ROW("two dates are no condition", "RFC 9110, 13.1.3",
        ASK(AT("-3000")), HIT(SINCE("{=-3000}, {=-2000}"))),
    ROW("without Last-Modified the stored Date stands for it: earlier", "RFC 9111, 4.3.2",
        ASK(LONG "\nDate: {=-100}"), HIT(SINCE("{=-50}"), NOT_MODIFIED)),
    ROW("without Last-Modified the stored Date stands for it: later", "RFC 9111, 4.3.2",
        ASK(LONG "\nDate: {=-100}"), HIT(SINCE("{=-500}"))),
    ROW("a 304 from the cache carries Date and lifetime", "RFC 9110, 15.4.5",
        ASK(AT("-3000")), HIT(SINCE("{=-3000}"), NOT_MODIFIED, .sees = "Date\n" LONG)),
    ROW("If-Modified-Since says nothing beside a method other than GET and HEAD", "RFC 9110, 13.1.3",
        ASK(AT("-3000")), ASK("", .method = "POST", .post = "x", SINCE("{=-3000}"), .code = 200)),
    ROW("a stale response's date is offered to the origin", "RFC 9111, 4.3.1",
        ASK(SHORT "\nLast-Modified: {=-3000}"),
        CHECK(LONG, .wait = true, .sends = "If-Modified-Since: {=-3000}"), HIT()),
    ROW("it is offered byte for byte", "RFC 9111, 4.3.1",
        ASK(SHORT "\nLast-Modified: Wed, 01 Jan 2020 00:00:00 GMT"),
        CHECK(LONG, .wait = true, .sends = "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT")),
    ROW("in whatever form it came", "RFC 9111, 4.3.1",
        ASK(SHORT "\nLast-Modified: Wednesday, 01-Jan-20 00:00:00 GMT"),
        CHECK(LONG, .wait = true, .sends = "If-Modified-Since")),
    ROW("a Last-Modified that is no date is not offered", "RFC 9111, 4.3.1",
        ASK(SHORT "\nLast-Modified: yesterday"), ANEW(.wait = true, .withholds = "If-Modified-Since: yesterday")),
    ROW("a full answer replaces what was stored", "RFC 9111, 4.3.3",
        ASK(SHORT "\nLast-Modified: {=-3000}"),
        CHECK(LONG "\nLast-Modified: {=-10}", .wait = true, .quirks = FULL), HIT(.shows = 2)),
    ROW("a program's date on a stale response that still holds is a 304", "RFC 9111, 4.3.2",
        ASK(SHORT "\nLast-Modified: {=-3000}"),
        ASK(AT("-3000"), .wait = true, SINCE("{=-3000}"), .status = 304, .shows = SHOWS_NOTHING)),
    ROW("which refreshes what is stored", "RFC 9111, 4.3.4",
        ASK(SHORT "\nLast-Modified: {=-3000}"),
        ASK(AT("-3000"), .wait = true, SINCE("{=-3000}"), .status = 304, .shows = SHOWS_NOTHING), HIT()),
    ROW("a condition with nothing stored goes to the origin as it is", "RFC 9111, 4.3.2",
        ASK(AT("-3000"), SINCE("{=-3000}"), .status = 304, .shows = SHOWS_NOTHING,
            .sends = "If-Modified-Since: {=-3000}")),
    ROW("If-Unmodified-Since is for the origin to judge", "RFC 9111, 4.3.2",
        ASK(AT("-3000")),
        {.expect = ANY_OUTCOME, .ask = "If-Unmodified-Since: {=-5000}", .code = 412, .status = 412, .shows = SHOWS_ANY}),
    ROW_END,
};
/* clang-format on */
