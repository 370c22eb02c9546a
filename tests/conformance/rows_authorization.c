/*
 * rows_authorization.c - credentials: a private cache stores, for who gave them
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define AS(who) .ask = "Authorization: Bearer " who

const struct row rows_authorization[] = {
    ROW("an answer to credentials is used for the same credentials", "RFC 9111, 3.5",
        ASK(LONG, AS("a")), HIT(AS("a"))),
    ROW("not for other credentials", "RFC 9111, 3.5", ASK(LONG, AS("a")), ANEW(AS("b"))),
    ROW("not without credentials", "RFC 9111, 3.5", ASK(LONG, AS("a")), ANEW()),
    ROW("an answer without credentials is not used for some", "RFC 9111, 3.5", ASK(LONG), ANEW(AS("a"))),
    ROW("each has an answer of its own", "RFC 9111, 3.5",
        ASK(LONG, AS("a")), ASK(LONG, AS("b")), HIT(AS("a"), .shows = 1), HIT(AS("b"), .shows = 2)),
    ROW("public does not share it among them", "RFC 9111, 3.5",
        ASK("Cache-Control: max-age=3600, public", AS("a")), ANEW(AS("b"))),
    ROW("no directive for shared caches is needed", "RFC 9111, 3.5",
        ASK("Expires: {3600}", AS("a")), HIT(AS("a"))),
    ROW("no-store is kept", "RFC 9111, 5.2.2.5", ASK("Cache-Control: no-store", AS("a")), ANEW(AS("a"))),
    ROW("the credentials go along with a check", "RFC 9111, 4.3.1",
        ASK(SHORT "\nETag: \"a\"", AS("a")),
        CHECK(LONG "\nETag: \"a\"", .wait = true, AS("a"), .sends = "Authorization: Bearer a")),
    ROW("an unknown field may be a credential too", "RFC 9110, 11.6.2",
        ASK(LONG, .ask = "Private-Token: a"), ANEW(.ask = "Private-Token: b"), HIT(.ask = "Private-Token: a")),
    ROW("a 401 is passed on and not stored", "RFC 9110, 11.6.1",
        ASK(LONG "\nWWW-Authenticate: Basic realm=\"a\"", .code = 401), ASK(LONG, AS("a")), HIT(AS("a"), .shows = 2)),
    ROW_END,
};
/* clang-format on */
