/*
 * rows_cc_response.c - directives of responses other than lifetimes
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define CC "Cache-Control: "
#define TAG "\nETag: \"a\""

const struct row rows_cc_response[] = {
    NOT_REUSED("no-store is not stored", "RFC 9111, 5.2.2.5", CC "no-store"),
    NOT_REUSED("no-store in capitals", "RFC 9111, 5.2", CC "No-StORE"),
    NOT_REUSED("no-store wins over max-age and Expires", "RFC 9111, 5.2.2.5",
               CC "max-age=10000, no-store\nExpires: {10000}"),
    NOT_REUSED("no-store with an argument is no-store", "RFC 9111, 5.2.2.5", CC "no-store=1, max-age=3600"),
    ROW("no-store leaves an older response where it is", "RFC 9111, 5.2.2.5",
        ASK(LONG), ASK(CC "no-store", .ask = "Cache-Control: no-cache"), HIT(.shows = 1)),
    ROW("no-store with a tag is not checked later either", "RFC 9111, 5.2.2.5",
        ASK(CC "no-store" TAG), ASK(CC "no-store" TAG, .withholds = "If-None-Match")),
    NOT_REUSED("no-cache is not used unchecked", "RFC 9111, 5.2.2.4", CC "max-age=10000, no-cache\nExpires: {10000}"),
    NOT_REUSED("no-cache in capitals", "RFC 9111, 5.2", CC "max-age=10000, NO-cache\nExpires: {10000}"),
    NOT_REUSED("no-cache alone", "RFC 9111, 5.2.2.4", CC "no-cache"),
    ROW("no-cache is stored and checked", "RFC 9111, 5.2.2.4",
        ASK(CC "no-cache" TAG), CHECK(CC "no-cache" TAG), CHECK(CC "no-cache" TAG)),
    ROW("no-cache is stored and checked in spite of a lifetime", "RFC 9111, 5.2.2.4",
        ASK(CC "max-age=10000, no-cache" TAG "\nExpires: {10000}"), CHECK(CC "no-cache" TAG)),
    ROW("no-cache with a date is checked by it", "RFC 9111, 5.2.2.4",
        ASK(CC "no-cache\nLast-Modified: {=-5000}"),
        CHECK(CC "no-cache", .sends = "If-Modified-Since: {=-5000}")),
    ROW("no-cache naming a field keeps the field from unchecked use", "RFC 9111, 5.2.2.4",
        ASK(CC "no-cache=\"a\", max-age=3600\na: 1\nb: 2" TAG),
        {.expect = ANY_OUTCOME, .say = LONG "\na: 3\nb: 2" TAG, .shows = 1, .status = 200, .sees = "b: 2",
         .sends = "If-None-Match: \"a\""}),
    ROW("no-cache naming two fields does the same", "RFC 9111, 5.2.2.4",
        ASK(CC "no-cache=\"a, b\", max-age=3600\na: 1\nb: 2" TAG), CHECK(LONG TAG)),
    REUSED("private may be stored by a private cache", "RFC 9111, 5.2.2.7", CC "private, max-age=3600"),
    REUSED("private naming a field may be stored whole", "RFC 9111, 5.2.2.7",
           CC "private=\"set-cookie\", max-age=3600\nSet-Cookie: a=b"),
    REUSED("public changes nothing for a private cache", "RFC 9111, 5.2.2.9", CC "public, max-age=3600"),
    NOT_REUSED("public alone gives no lifetime", "RFC 9111, 5.2.2.9", CC "public"),
    REUSED("must-revalidate is used while fresh", "RFC 9111, 5.2.2.2", CC "max-age=10000, must-revalidate" TAG),
    ROW("must-revalidate is checked when stale", "RFC 9111, 5.2.2.2",
        ASK(CC "max-age=1, must-revalidate" TAG), CHECK(CC "max-age=1, must-revalidate" TAG, .wait = true)),
    REUSED("proxy-revalidate does not bind a private cache", "RFC 9111, 5.2.2.8",
           CC "max-age=3600, proxy-revalidate"),
    REUSED("no-transform changes nothing", "RFC 9111, 5.2.2.6", CC "max-age=3600, no-transform"),
    REUSED("immutable is used while fresh", "RFC 8246, 2", CC "max-age=10000, immutable" TAG),
    ROW("immutable is checked when stale", "RFC 8246, 2",
        ASK(CC "max-age=1, immutable" TAG), CHECK(CC "max-age=1, immutable" TAG, .wait = true)),
    NOT_REUSED("immutable alone gives no lifetime", "RFC 8246, 2", CC "immutable"),
    REUSED("must-understand with a status we know sets no-store aside", "RFC 9111, 5.2.2.3",
           CC "max-age=3600, no-store, must-understand"),
    ROW("must-understand with a status nobody knows is not stored", "RFC 9111, 5.2.2.3",
        ASK(CC "max-age=3600, must-understand", .code = 599), ANEW(.code = 599)),
    ROW("the same with no-store", "RFC 9111, 5.2.2.3",
        ASK(CC "max-age=3600, no-store, must-understand", .code = 599), ANEW(.code = 599)),
    NOT_REUSED("only-if-cached says nothing in a response", "RFC 9111, 5.2.2", CC "only-if-cached"),
    NOT_REUSED("min-fresh and max-stale say nothing in a response", "RFC 9111, 5.2.2",
               CC "max-stale=3600, min-fresh=1"),
    ROW("the directives of the newest response count", "RFC 9111, 4.3.3",
        ASK(LONG), ASK(CC "no-cache" TAG, .ask = "Cache-Control: no-cache"), CHECK(LONG TAG, .shows = 2)),
    ROW_END,
};
/* clang-format on */
