/*
 * rows_invalidation.c - what a request that changes things makes unusable
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define BY(method_) .method = method_, .post = "abc"
#define UNSAFE(method_)                                                        \
    ROW(method_ " that succeeds invalidates its URL", "RFC 9111, 4.4",         \
        ASK(LONG), HIT(), ASK("", BY(method_)), ANEW()),                       \
    ROW(method_ " that fails does not", "RFC 9111, 4.4",                       \
        ASK(LONG), ASK("", BY(method_), .code = 500), HIT()),                  \
    ROW(method_ " invalidates what its Location names", "RFC 9111, 4.4",       \
        ASK(LONG, .path = "/other"), HIT(.path = "/other"),                    \
        ASK("Location: {path}/other", BY(method_), .code = 201),               \
        ANEW(.path = "/other")),                                               \
    ROW(method_ " invalidates what its Content-Location names", "RFC 9111, 4.4", \
        ASK(LONG, .path = "/other"), HIT(.path = "/other"),                    \
        ASK("Content-Location: {path}/other", BY(method_)),                    \
        ANEW(.path = "/other"))
#define SAFE(method_)                                                          \
    ROW(method_ " does not invalidate its URL", "RFC 9110, 9.2.1",             \
        ASK(LONG), ANEW(.method = method_), HIT())

const struct row rows_invalidation[] = {
    UNSAFE("POST"), UNSAFE("PUT"), UNSAFE("DELETE"), UNSAFE("PATCH"), UNSAFE("M-SEARCH"),
    SAFE("OPTIONS"), SAFE("TRACE"),
    ROW("a redirect as its answer is a success", "RFC 9111, 4.4",
        ASK(LONG), ASK("Location: {path}/other", BY("POST"), .code = 303), ANEW()),
    ROW("an answer of 4xx is none", "RFC 9111, 4.4", ASK(LONG), ASK("", BY("POST"), .code = 404), HIT()),
    ROW("every variant of the URL goes", "RFC 9111, 4.4",
        ASK(LONG "\nVary: Accept-Language", .ask = "Accept-Language: a"),
        ASK(LONG "\nVary: Accept-Language", .ask = "Accept-Language: b"), ASK("", BY("POST")),
        ANEW(.ask = "Accept-Language: a"), ANEW(.ask = "Accept-Language: b")),
    ROW("the URL with another query stays", "RFC 9111, 4.4",
        ASK(LONG, .path = "?a=1"), ASK("", BY("POST"), .path = "?a=2"), HIT(.path = "?a=1")),
    ROW("a Location given whole", "RFC 9111, 4.4",
        ASK(LONG, .path = "/other"), ASK("Location: {base}/other", BY("POST"), .code = 201), ANEW(.path = "/other")),
    ROW("a Location relative to the URL", "RFC 9111, 4.4",
        ASK(LONG, .path = "/d/other"), ASK("Location: other", BY("POST"), .path = "/d/one", .code = 201),
        ANEW(.path = "/d/other")),
    ROW("a Location of another host invalidates nothing", "RFC 9111, 4.4",
        ASK(LONG, .path = "/other"), ASK("Location: http://localhost:1{path}/other", BY("POST"), .code = 201),
        HIT(.path = "/other")),
    ROW("the Location of a failure invalidates nothing", "RFC 9111, 4.4",
        ASK(LONG, .path = "/other"), ASK("Location: {path}/other", BY("POST"), .code = 500), HIT(.path = "/other")),
    ROW("the Location of a GET invalidates nothing", "RFC 9111, 4.4",
        ASK(LONG, .path = "/other"), ASK("Location: {path}/other", .code = 302), HIT(.path = "/other")),
    ROW("what is fetched after it is stored again", "RFC 9111, 4.4",
        ASK(LONG), ASK("", BY("DELETE")), ASK(LONG), HIT(.shows = 3)),
    ROW("an invalidated response is not given for max-stale", "RFC 9111, 4.4",
        ASK(LONG), ASK("", BY("POST")), ANEW(.ask = "Cache-Control: max-stale")),
    ROW_END,
};
/* clang-format on */
