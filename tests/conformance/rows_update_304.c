/*
 * rows_update_304.c - what a 304 changes in the stored response
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define TAG "\nETag: \"a\""
#define WAS(fields) SHORT TAG "\n" fields
#define IS(fields) LONG TAG "\n" fields
/* The new value is seen at once and from the cache afterwards. */
#define UPDATES(name_, old_, new_)                                             \
    ROW(name_ " is updated", "RFC 9111, 3.2", ASK(WAS(name_ ": " old_)),       \
        CHECK(IS(name_ ": " new_), .wait = true, .sees = name_ ": " new_),     \
        HIT(.sees = name_ ": " new_, .lacks = name_ ": " old_))
#define KEEPS(name_, old_, new_)                                               \
    ROW(name_ " is not updated", "RFC 9111, 3.2", ASK(WAS(name_ ": " old_)),   \
        CHECK(IS(name_ ": " new_), .wait = true, .sees = name_ ": " old_),     \
        HIT(.sees = name_ ": " old_, .lacks = name_ ": " new_))

const struct row rows_update_304[] = {
    UPDATES("Test-Field", "a", "b"), UPDATES("X-Test-Field", "a", "b"), UPDATES("Content-Foo", "a", "b"),
    UPDATES("X-Content-Foo", "a", "b"), UPDATES("Content-Language", "de", "en"), UPDATES("Content-Location", "/a", "/b"),
    UPDATES("Content-Security-Policy", "default-src 'self'", "default-src 'none'"),
    UPDATES("Content-Type", "text/plain", "text/plain;charset=utf-8"), UPDATES("Content-MD5", "rL0Y20zC+Fzt72VPzMSk2A==", "N7UdGUp1E+RbVvZSTy1R8g=="),
    UPDATES("Clear-Site-Data", "\"cache\"", "\"cookies\""),
    UPDATES("Expires", "Mon, 11 Jan 2038 11:11:11 GMT", "Tue, 12 Jan 2038 11:11:11 GMT"),
    UPDATES("Last-Modified", "{=-5000}", "{=-4000}"), UPDATES("Set-Cookie", "a=b", "a=c"), UPDATES("Set-Cookie2", "a=b", "a=c"),
    UPDATES("X-Frame-Options", "deny", "sameorigin"), UPDATES("X-XSS-Protection", "1", "0"), UPDATES("Public-Key-Pins", "a", "b"),
    UPDATES("Link", "</a>", "</b>"), UPDATES("Strict-Transport-Security", "max-age=1", "max-age=2"),
    KEEPS("Content-Type", "application/json", "text/html"),
    KEEPS("Content-Encoding", "x-own", "x-other"),
    KEEPS("Content-Range", "bytes 0-1/2", "bytes 0-3/4"),
    ROW("Content-Length is not updated", "RFC 9111, 3.2",
        ASK(SHORT TAG, .body = "0123456789"),
        CHECK(LONG TAG "\nContent-Length: 99", .wait = true, .sees = "Content-Length: 10"),
        HIT(.sees = "Content-Length: 10")),
    ROW("Cache-Control is updated", "RFC 9111, 3.2",
        ASK(SHORT TAG), CHECK(LONG TAG, .wait = true, .sees = LONG), HIT(.sees = LONG, .lacks = SHORT)),
    ROW("Date is updated", "RFC 9111, 3.2",
        ASK(SHORT TAG "\nDate: {=-3}"), CHECK(LONG TAG "\nDate: {=-1}", .wait = true, .sees = "Date: {=-1}"),
        HIT(.sees = "Date: {=-1}", .lacks = "Date: {=-3}")),
    ROW("Age is reckoned from the 304", "RFC 9111, 4.2.3",
        ASK("Cache-Control: max-age=100\nAge: 99" TAG), CHECK("Cache-Control: max-age=3600" TAG, .wait = true),
        HIT(.sees = "Age: <50")),
    ROW("a field that the 304 lacks stays", "RFC 9111, 3.2",
        ASK(WAS("X-Kept: a")), CHECK(IS("X-New: b"), .wait = true, .sees = "X-Kept: a\nX-New: b"),
        HIT(.sees = "X-Kept: a\nX-New: b")),
    ROW("a field that the 304 brings is added", "RFC 9111, 3.2",
        ASK(WAS("")), CHECK(IS("X-New: b"), .wait = true, .sees = "X-New: b"), HIT(.sees = "X-New: b")),
    ROW("all lines of a field are replaced together", "RFC 9111, 3.2",
        ASK(WAS("X-Two: a\nX-Two: b")), CHECK(IS("X-Two: c"), .wait = true, .sees = "X-Two: c", .lacks = "X-Two: a\nX-Two: b"),
        HIT(.sees = "X-Two: c", .lacks = "X-Two: a\nX-Two: b")),
    ROW("capitals of the name do not matter", "RFC 9110, 5.1",
        ASK(WAS("X-Case: a")), CHECK(IS("x-CASE: b"), .wait = true, .sees = "X-Case: b", .lacks = "X-Case: a"),
        HIT(.sees = "X-Case: b", .lacks = "X-Case: a")),
    ROW("fields that the 304's Connection names are not taken", "RFC 9111, 3.1",
        ASK(WAS("X-Hop: a")), CHECK(IS("Connection: x-hop\nX-Hop: b"), .wait = true), HIT(.lacks = "X-Hop: b")),
    ROW("a 304 by date updates too", "RFC 9111, 4.3.4",
        ASK(SHORT "\nLast-Modified: {=-5000}\nX-Test: a"),
        CHECK(LONG "\nLast-Modified: {=-5000}\nX-Test: b", .wait = true, .sees = "X-Test: b"), HIT(.sees = "X-Test: b")),
    ROW("a 304 by date keeps what it omits", "RFC 9111, 4.3.4",
        ASK(SHORT "\nLast-Modified: {=-5000}\nX-Test: a"), CHECK(LONG, .wait = true, .sees = "X-Test: a")),
    ROW("a 304 that says no-store is obeyed", "RFC 9111, 5.2.2.5",
        ASK(SHORT TAG), CHECK("Cache-Control: no-store" TAG, .wait = true), ANEW()),
    ROW("a 304 that says no-cache is obeyed", "RFC 9111, 5.2.2.4",
        ASK(SHORT TAG), CHECK("Cache-Control: no-cache" TAG, .wait = true), CHECK("Cache-Control: no-cache" TAG)),
    ROW("a 304 with a weak tag updates the response of that weak tag", "RFC 9111, 4.3.4",
        ASK(SHORT "\nETag: W/\"a\"\nX-Test: a"), CHECK(LONG "\nETag: W/\"a\"\nX-Test: b", .wait = true, .sees = "X-Test: b"),
        HIT(.sees = "X-Test: b")),
    ROW("a 304 without validators updates the only response there is", "RFC 9111, 4.3.4",
        ASK(SHORT TAG), CHECK(LONG, .wait = true), HIT()),
    ROW("a second 304 updates what the first one did", "RFC 9111, 3.2",
        ASK("Cache-Control: no-cache" TAG "\nX-Test: a"), CHECK("Cache-Control: no-cache" TAG "\nX-Test: b", .sees = "X-Test: b"),
        CHECK(IS("X-Test: c"), .sees = "X-Test: c"), HIT(.sees = "X-Test: c")),
    ROW_END,
};
/* clang-format on */
