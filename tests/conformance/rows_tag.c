/*
 * rows_tag.c - If-None-Match and ETag: ours towards the origin, the program's
 * towards the cache
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define T(tag) LONG "\nETag: " tag
#define STALE(tag) SHORT "\nETag: " tag
#define OF(list) .ask = "If-None-Match: " list
#define NOT_MODIFIED .status = 304
/* A program's condition against a fresh stored tag. */
#define MATCH(name_, section_, tag_, list_)                                    \
    ROW(name_, section_, ASK(T(tag_)), HIT(OF(list_), NOT_MODIFIED))
#define NO_MATCH(name_, section_, tag_, list_)                                 \
    ROW(name_, section_, ASK(T(tag_)), HIT(OF(list_)))
#define OFFERS(name_, tag_)                                                    \
    ROW(name_, "RFC 9111, 4.3.1", ASK(STALE(tag_)),                            \
        CHECK(T(tag_), .wait = true, .sends = "If-None-Match: " tag_), HIT())

const struct row rows_tag[] = {
    MATCH("a strong tag that matches is a 304", "RFC 9111, 4.3.2", "\"abc\"", "\"abc\""),
    MATCH("a weak tag that matches is a 304", "RFC 9110, 13.1.2", "W/\"abc\"", "W/\"abc\""),
    MATCH("comparison is weak: a weak tag asked for", "RFC 9110, 8.8.3.2", "\"abc\"", "W/\"abc\""),
    MATCH("comparison is weak: a weak tag stored", "RFC 9110, 8.8.3.2", "W/\"abc\"", "\"abc\""),
    MATCH("the first of a list", "RFC 9110, 13.1.2", "\"abc\"", "\"abc\", \"1\", \"2\""),
    MATCH("the middle one of a list", "RFC 9110, 13.1.2", "\"abc\"", "\"1\", \"abc\", \"2\""),
    MATCH("the last of a list", "RFC 9110, 13.1.2", "\"abc\"", "\"1\", \"2\", \"abc\""),
    MATCH("a list without white space", "RFC 9110, 5.6.1", "\"abc\"", "\"1\",\"abc\",\"2\""),
    MATCH("a list with empty members", "RFC 9110, 5.6.1.2", "\"abc\"", ", , \"abc\""),
    MATCH("a list on two lines", "RFC 9110, 5.3", "\"abc\"", "\"1\"\nIf-None-Match: \"abc\""),
    MATCH("a star matches whatever is stored", "RFC 9110, 13.1.2", "\"abc\"", "*"),
    MATCH("a tag with a comma in it", "RFC 9110, 8.8.3", "\"a,b\"", "\"1\", \"a,b\""),
    MATCH("a tag with bytes above 127", "RFC 9110, 8.8.3", "\"abc\xc3\xbc\"", "\"abc\xc3\xbc\""),
    MATCH("an empty tag", "RFC 9110, 8.8.3", "\"\"", "\"\""),
    NO_MATCH("another tag gets the stored response", "RFC 9111, 4.3.2", "\"abc\"", "\"def\""),
    NO_MATCH("capitals of a tag count", "RFC 9110, 8.8.3.2", "\"abc\"", "\"ABC\""),
    NO_MATCH("a part of a tag does not match", "RFC 9110, 8.8.3.2", "\"abc\"", "\"ab\""),
    NO_MATCH("a comma inside a tag does not split it", "RFC 9110, 8.8.3", "\"b\"", "\"a,b\""),
    ROW("a 304 from the cache carries the tag", "RFC 9110, 15.4.5",
        ASK(T("\"abc\"")), HIT(OF("\"abc\""), NOT_MODIFIED, .sees = "ETag: \"abc\"")),
    ROW("a 304 from the cache carries what guides caches", "RFC 9110, 15.4.5",
        ASK(T("\"abc\"") "\nContent-Location: {path}/x\nVary: Accept-Language"),
        HIT(OF("\"abc\""), NOT_MODIFIED, .sees = LONG "\nDate\nVary: Accept-Language")),
    ROW("If-None-Match goes before If-Modified-Since: a match", "RFC 9110, 13.2.2",
        ASK(T("\"abc\"") "\nLast-Modified: {=-5000}"),
        HIT(.ask = "If-None-Match: \"abc\"\nIf-Modified-Since: {=-9000}", NOT_MODIFIED)),
    ROW("If-None-Match goes before If-Modified-Since: no match", "RFC 9110, 13.2.2",
        ASK(T("\"abc\"") "\nLast-Modified: {=-5000}"),
        HIT(.ask = "If-None-Match: \"def\"\nIf-Modified-Since: {=-1}")),
    ROW("a condition with nothing stored goes to the origin as it is", "RFC 9111, 4.3.2",
        ASK(T("\"abc\""), OF("\"abc\""), .status = 304, .shows = SHOWS_NOTHING, .sends = "If-None-Match: \"abc\"")),
    ROW("a 304 with nothing stored makes no entry", "RFC 9111, 3",
        ASK(T("\"abc\""), OF("\"abc\""), .status = 304, .shows = SHOWS_NOTHING), ASK(T("\"abc\"")), HIT(.shows = 2)),
    ROW("a full answer to a program's condition is stored", "RFC 9111, 3",
        ASK(T("\"abc\""), OF("\"old\"")), HIT()),
    ROW("a condition on a stale response that still holds is a 304 from the origin", "RFC 9111, 4.3.2",
        ASK(STALE("\"abc\"")), ASK(T("\"abc\""), OF("\"abc\""), .wait = true, .status = 304, .shows = SHOWS_NOTHING)),
    ROW("which refreshes what is stored", "RFC 9111, 4.3.4",
        ASK(STALE("\"abc\"")), ASK(T("\"abc\""), OF("\"abc\""), .wait = true, .status = 304, .shows = SHOWS_NOTHING),
        HIT()),
    ROW("a program with another tag gets the whole stored response after a check", "RFC 9111, 4.3.3",
        ASK(STALE("\"abc\"")),
        {.expect = ASKED_ANY, .wait = true, .say = T("\"abc\""), OF("\"old\""), .status = 200, .shows = SHOWS_ANY}),
    OFFERS("a strong tag is offered to the origin", "\"abc\""),
    OFFERS("a weak tag is offered to the origin", "W/\"abc\""),
    OFFERS("a tag with a comma is offered whole", "\"a,b\""),
    OFFERS("a tag with bytes above 127 is offered as it came", "\"abc\xc3\xbc\""),
    ROW("both validators are offered", "RFC 9111, 4.3.1",
        ASK(STALE("\"abc\"") "\nLast-Modified: {=-5000}"),
        CHECK(T("\"abc\""), .wait = true, .sends = "If-None-Match: \"abc\"\nIf-Modified-Since: {=-5000}")),
    ROW("the program sees the 200, not the 304", "RFC 9111, 4.3.3",
        ASK(STALE("\"abc\"") "\nX-Kept: 1"), CHECK(T("\"abc\""), .wait = true, .status = 200, .sees = "X-Kept: 1")),
    ROW("a full answer to our condition replaces what was stored", "RFC 9111, 4.3.3",
        ASK(STALE("\"abc\"")), CHECK(T("\"def\""), .wait = true), HIT(.shows = 2, .sees = "ETag: \"def\"")),
    ROW("an error answer to our condition reaches the program", "RFC 9111, 4.3.3",
        ASK(STALE("\"abc\"")), CHECK("", .wait = true, .code = 404, .status = 404)),
    ROW("a check that brings a new lifetime brings peace", "RFC 9111, 4.3.4",
        ASK(STALE("\"abc\"")), CHECK(T("\"abc\""), .wait = true), HIT(), HIT()),
    ROW("a check that brings none does not", "RFC 9111, 4.3.4",
        ASK("Cache-Control: no-cache\nETag: \"abc\""), CHECK("ETag: \"abc\""), CHECK("ETag: \"abc\"")),
    ROW("the fields that Vary names go along with the condition", "RFC 9111, 4.3.1",
        ASK(STALE("\"abc\"") "\nVary: Accept-Language", .ask = "Accept-Language: de"),
        CHECK(T("\"abc\""), .wait = true, .ask = "Accept-Language: de", .sends = "Accept-Language: de")),
    ROW("a response without validator is fetched, not checked", "RFC 9111, 4.3.1",
        ASK(SHORT), ASK(LONG, .wait = true)),
    ROW("If-Match is for the origin to judge", "RFC 9111, 4.3.2",
        ASK(T("\"abc\"")), {.expect = ANY_OUTCOME, .ask = "If-Match: \"def\"", .code = 412, .status = 412, .shows = SHOWS_ANY}),
    ROW("a 412 leaves alone what is stored", "RFC 9111, 4",
        ASK(T("\"abc\"")), {.expect = ANY_OUTCOME, .ask = "If-Match: \"def\"", .code = 412, .status = 412, .shows = SHOWS_ANY}, HIT()),
    ROW("If-None-Match by HEAD is answered from the cache", "RFC 9111, 4.3.2",
        ASK(T("\"abc\"")), HIT(.method = "HEAD", OF("\"abc\""), NOT_MODIFIED)),
    ROW("a 304 with a strong tag that is not stored is no answer: asked again, whole", "RFC 9111, 4.3.4",
        ASK(STALE("\"abc\"")),
        {.expect = ASKED_ANY, .wait = true, .say = T("\"def\""), .quirks = HOLDS, .requests = 2, .status = 200, .shows = 2},
        HIT(.shows = 2)),
    ROW_END,
};
/* clang-format on */
