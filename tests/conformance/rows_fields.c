/*
 * rows_fields.c - which fields of a response are stored and shown again
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define KEEPS(name_, value_)                                                   \
    ROW(name_ " is kept", "RFC 9111, 3.1", ASK(LONG "\n" name_ ": " value_),   \
        HIT(.sees = name_ ": " value_))
#define DROPS(name_, value_, section_)                                         \
    ROW(name_ " is not kept", section_, ASK(LONG "\n" name_ ": " value_),      \
        HIT(.lacks = name_ ": " value_))

const struct row rows_fields[] = {
    KEEPS("Test-Field", "a"), KEEPS("X-Test-Field", "a"), KEEPS("Content-Foo", "a"), KEEPS("X-Content-Foo", "a"),
    ROW("Cache-Control is kept", "RFC 9111, 3.1", ASK(LONG), HIT(.sees = LONG)),
    KEEPS("Content-Language", "de"), KEEPS("Content-Location", "/a"), KEEPS("Content-MD5", "rL0Y20zC+Fzt72VPzMSk2A=="),
    KEEPS("Content-Disposition", "attachment; filename=a"), KEEPS("Content-Security-Policy", "default-src 'self'"),
    KEEPS("Content-Type", "text/plain"), KEEPS("Clear-Site-Data", "\"cookies\""), KEEPS("Content-Encoding", "x-own"),
    KEEPS("ETag", "\"a\""), KEEPS("Expires", "Mon, 11 Jan 2038 11:11:11 GMT"), KEEPS("Last-Modified", "{=-5000}"),
    KEEPS("Link", "</a>; rel=next"), KEEPS("Public-Key-Pins", "a"), KEEPS("Server", "a/1.0"), KEEPS("Set-Cookie", "a=b"),
    KEEPS("Set-Cookie2", "a=b"), KEEPS("Strict-Transport-Security", "max-age=1"), KEEPS("Vary", "Accept-Language"),
    KEEPS("WWW-Authenticate", "Basic realm=\"a\""), KEEPS("X-Frame-Options", "deny"), KEEPS("X-XSS-Protection", "1"),
    KEEPS("Retry-After", "120"), KEEPS("Warning", "199 - \"a\""), KEEPS("Via", "1.1 a"), KEEPS("Alt-Svc", "clear"),
    KEEPS("Access-Control-Allow-Origin", "*"), KEEPS("Content-Range", "bytes 0-1/2"), KEEPS("Accept-Ranges", "bytes"),
    ROW("Content-Length is kept", "RFC 9111, 3.1",
        ASK(LONG, .body = "0123456789"), HIT(.sees = "Content-Length: 10")),
    ROW("Date is kept as it came", "RFC 9110, 6.6.1", ASK(LONG "\nDate: {=-100}"), HIT(.sees = "Date: {=-100}")),
    ROW("Date is kept as it came under Expires", "RFC 9110, 6.6.1",
        ASK("Date: {=-100}\nExpires: {=9000}"), HIT(.sees = "Date: {=-100}\nExpires: {=9000}")),
    ROW("a field with bytes above 127 is kept", "RFC 9110, 5.5",
        ASK(LONG "\nX-Odd: \xc3\xbc\xff"), HIT(.sees = "X-Odd: \xc3\xbc\xff")),
    ROW("a field with an empty value is kept", "RFC 9110, 5.5", ASK(LONG "\nX-Empty:"), HIT(.sees = "X-Empty: ")),
    ROW("two lines of a field are both kept", "RFC 9110, 5.3",
        ASK(LONG "\nX-Two: a\nX-Two: b"), HIT(.sees = "X-Two: a\nX-Two: b")),
    ROW("two cookies are both kept", "RFC 6265, 3",
        ASK(LONG "\nSet-Cookie: a=1\nSet-Cookie: b=2"), HIT(.sees = "Set-Cookie: a=1\nSet-Cookie: b=2")),
    DROPS("Keep-Alive", "timeout=5", "RFC 9110, 7.6.1"),
    DROPS("Proxy-Connection", "keep-alive", "RFC 9110, 7.6.1"),
    DROPS("TE", "trailers", "RFC 9110, 7.6.1"),
    DROPS("Upgrade", "h2c", "RFC 9110, 7.6.1"),
    DROPS("Connection", "x-none", "RFC 9110, 7.6.1"),
    DROPS("Proxy-Authenticate", "Basic realm=\"a\"", "RFC 9111, 3.1"),
    DROPS("Proxy-Authentication-Info", "a=1", "RFC 9111, 3.1"),
    DROPS("Proxy-Authorization", "a", "RFC 9111, 3.1"),
    ROW("Transfer-Encoding is not kept", "RFC 9112, 6.1",
        ASK(LONG, .quirks = CHUNKED), HIT(.lacks = "Transfer-Encoding")),
    ROW("fields that Connection names are not kept", "RFC 9110, 7.6.1",
        ASK(LONG "\nConnection: x-a, x-b\nx-a: 1\nx-b: 2\nx-c: 3"), HIT(.sees = "x-c: 3", .lacks = "x-a\nx-b")),
    ROW("fields that Connection names in capitals are not kept", "RFC 9110, 5.1",
        ASK(LONG "\nConnection: X-A\nx-a: 1\nx-c: 3"), HIT(.sees = "x-c: 3", .lacks = "x-a")),
    ROW("fields that a second Connection names are not kept", "RFC 9110, 5.3",
        ASK(LONG "\nConnection: x-b\nConnection: x-a\nx-a: 1\nx-b: 2\nx-c: 3"),
        HIT(.sees = "x-c: 3", .lacks = "x-a\nx-b")),
    ROW("the first time the program sees all there was", "RFC 9110, 7.6.1",
        ASK(LONG "\nConnection: x-a\nx-a: 1", .sees = "Connection: x-a\nx-a: 1"), HIT(.lacks = "x-a")),
    ROW("a folded line of a field that Connection names is not kept", "RFC 9112, 5.2",
        ASK(LONG "\nConnection: x-a\nx-a: 1\n folded\nx-c: 3"), HIT(.sees = "x-c: 3", .lacks = "x-a")),
    ROW_END,
};
/* clang-format on */
