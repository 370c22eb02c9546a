/*
 * rows_method.c - which methods are stored and which answer which
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define POST(body_) .method = "POST", .post = body_
#define TWICE(method_)                                                         \
    ROW(method_ " is asked each time", "RFC 9110, 9.2.3",                      \
        ASK(LONG, .method = method_), ASK(LONG, .method = method_))

const struct row rows_method[] = {
    ROW("GET is stored", "RFC 9110, 9.3.1", ASK(LONG), HIT()),
    ROW("GET by another word is GET", "RFC 9110, 9.3.1", ASK(LONG), HIT(.method = "GET")),
    ROW("POST is asked each time", "RFC 9110, 9.3.3", ASK(LONG, POST("a")), ASK(LONG, POST("a"))),
    ROW("a POST's answer is not given for GET", "RFC 9110, 9.3.3", ASK(LONG, POST("a")), ASK(LONG)),
    ROW("a stored GET is not given for POST", "RFC 9110, 9.3.3", ASK(LONG), ASK(LONG, POST("a"))),
    ROW("a POST's answer that is the URL's content is given for GET", "RFC 9110, 9.3.3",
        ASK("Expires: {2592000}\nContent-Location: {path}", POST("a")), HIT()),
    ROW("the same by max-age and a whole URL", "RFC 9110, 9.3.3",
        ASK(LONG "\nContent-Location: {base}", POST("a")), HIT()),
    ROW("a POST's answer without stated freshness is not", "RFC 9110, 9.3.3",
        ASK("Content-Location: {path}", POST("a")), ASK(LONG)),
    ROW("a POST's answer that is another URL's content is not", "RFC 9110, 9.3.3",
        ASK(LONG "\nContent-Location: {path}/other", POST("a")), ASK(LONG)),
    ROW("a POST's answer that says no-store is not", "RFC 9111, 5.2.2.5",
        ASK("Cache-Control: no-store\nContent-Location: {path}", POST("a")), ASK(LONG)),
    ROW("a PUT's answer without Content-Location is not given for GET", "RFC 9110, 9.3.4",
        ASK(LONG, .method = "PUT", .post = "a"), ASK(LONG)),
    TWICE("PUT"), TWICE("DELETE"), TWICE("PATCH"), TWICE("OPTIONS"), TWICE("TRACE"), TWICE("PROPFIND"), TWICE("FOO"),
    ROW("a stored GET is not given for OPTIONS", "RFC 9110, 9.3.7", ASK(LONG), ASK(LONG, .method = "OPTIONS")),
    ROW("a method in small letters is another method", "RFC 9110, 9.1", ASK(LONG), ASK(LONG, .method = "get")),
    ROW_UNDER(WITH_POST, "POST that the user names is stored by its body", "RFC 9110, 9.3.3",
              ASK(LONG, POST("a")), HIT(POST("a")), ASK(LONG, POST("b")), HIT(POST("b"), .shows = 3)),
    ROW_UNDER(WITH_POST, "and its answer is not given for GET", "RFC 9110, 9.3.3",
              ASK(LONG, POST("a")), ASK(LONG)),
    ROW_END,
};
/* clang-format on */
