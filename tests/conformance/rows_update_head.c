/*
 * rows_update_head.c - HEAD: answered by a stored GET, and what it tells of it
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define TAG "\nETag: \"a\""
#define HEAD .method = "HEAD"
#define TEN .body = "0123456789"

const struct row rows_update_head[] = {
    ROW("a fresh GET answers HEAD", "RFC 9111, 4", ASK(LONG, TEN), HIT(HEAD, .sees = "Content-Length: 10")),
    ROW("a stored HEAD answers HEAD", "RFC 9110, 9.3.2", ASK(LONG "\nX-Test: a", HEAD), HIT(HEAD, .sees = "X-Test: a")),
    ROW("a stored HEAD does not answer GET", "RFC 9110, 9.3.2", ASK(LONG, HEAD), ASK(LONG), HIT(.shows = 2)),
    ROW("HEAD past a stale response asks the origin", "RFC 9111, 4.3.5",
        ASK(SHORT), ANEW(HEAD, .wait = true, .say = LONG)),
    ROW("HEAD reaches the origin as HEAD", "RFC 9110, 9.3.2", ASK(SHORT), ANEW(HEAD, .wait = true, .sends = "Host")),
    ROW("HEAD with the same validators freshens the stored GET", "RFC 9111, 4.3.5",
        ASK(SHORT TAG, TEN), ANEW(HEAD, .wait = true, .say = LONG TAG, TEN, .quirks = FULL), HIT()),
    ROW("HEAD updates its fields", "RFC 9111, 4.3.5",
        ASK(SHORT TAG "\nX-Test: a", TEN), ANEW(HEAD, .wait = true, .say = LONG TAG "\nX-Test: b", TEN, .quirks = FULL),
        HIT(.sees = "X-Test: b", .lacks = "X-Test: a")),
    ROW("HEAD keeps the stored fields that it lacks", "RFC 9111, 4.3.5",
        ASK(SHORT TAG "\nX-Test: a", TEN), ANEW(HEAD, .wait = true, .say = LONG TAG, TEN, .quirks = FULL),
        HIT(.sees = "X-Test: a")),
    ROW("HEAD with another tag makes the stored GET unusable", "RFC 9111, 4.3.5",
        ASK(LONG TAG, TEN), ANEW(.say = LONG "\nETag: \"b\"", HEAD, TEN, .ask = "Cache-Control: no-cache", .quirks = FULL),
        ANEW(.say = LONG "\nETag: \"b\"")),
    ROW("HEAD with another length makes the stored GET unusable", "RFC 9111, 4.3.5",
        ASK(LONG TAG, TEN), ANEW(.say = LONG TAG "\nContent-Length: 11", HEAD, .ask = "Cache-Control: no-cache", .quirks = FULL),
        ANEW(.say = LONG TAG)),
    ROW("an error to HEAD leaves the stored GET's fields", "RFC 9111, 4.3.5",
        ASK(LONG TAG "\nX-Test: a", TEN), ANEW(.say = "X-Test: b", HEAD, .code = 410, .ask = "Cache-Control: no-cache"),
        {.expect = ANY_OUTCOME, .say = LONG TAG, .shows = SHOWS_ANY, .lacks = "X-Test: b"}),
    ROW("HEAD checks a stale response by its tag, or asks whole", "RFC 9111, 4.3.1",
        ASK(SHORT TAG, TEN), ANEW(HEAD, .wait = true, .say = LONG TAG, TEN, .status = 200), HIT()),
    ROW("HEAD with no-store asks for no update", "RFC 9111, 5.2.2.5",
        ASK(LONG TAG "\nX-Test: a", TEN),
        ANEW(.say = "Cache-Control: no-store" TAG "\nX-Test: b", HEAD, TEN, .ask = "Cache-Control: no-cache", .quirks = FULL),
        {.expect = ANY_OUTCOME, .say = LONG TAG, .shows = SHOWS_ANY, .lacks = "X-Test: b"}),
    ROW_END,
};
/* clang-format on */
