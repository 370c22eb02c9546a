/*
 * rows_freshness.c - max-age and how long a response is fresh
 */
#include "tests/conformance/rows.h"

/* clang-format off */
const struct row rows_freshness[] = {
    ROW("a response without lifetime and validator is fetched again", "RFC 9111, 4.2",
        ASK(""), ASK("")),
    REUSED("max-age makes a response fresh", "RFC 9111, 5.2.2.1", "Cache-Control: max-age=3600"),
    NOT_REUSED("max-age=0 is stale at once", "RFC 9111, 5.2.2.1", "Cache-Control: max-age=0"),
    ROW("a lifetime that is over is over", "RFC 9111, 4.2",
        ASK("Cache-Control: max-age=1"), ANEW(.wait = true)),
    REUSED("max-age wins over an Expires in the past", "RFC 9111, 5.3", "Cache-Control: max-age=3600\nExpires: {-10000}"),
    ROW("the entity tag is sent when the lifetime is over", "RFC 9111, 4.3.1",
        ASK("Cache-Control: max-age=1\nETag: \"a\""),
        CHECK("ETag: \"a\"\nCache-Control: max-age=60", .wait = true, .sends = "If-None-Match: \"a\"")),
    ROW_END,
};
/* clang-format on */
