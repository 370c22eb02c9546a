/*
 * rows_heuristic.c - lifetimes that a cache reckons for itself
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define OLD "Last-Modified: {=-864000}"
#define GUESSED(code_)                                                         \
    ROW("a tenth of a document's age: status " #code_, "RFC 9111, 4.2.2",      \
        ASK(OLD, .code = code_), HIT(.status = code_))
#define NOT_GUESSED(code_)                                                     \
    ROW("no lifetime is guessed for status " #code_, "RFC 9110, 15.1",         \
        ASK(OLD, .code = code_), ANEW(.code = code_))
#define AFTER(seconds)                                                         \
    REUSED("a document changed " #seconds " seconds ago", "RFC 9111, 4.2.2",   \
           "Last-Modified: {-" #seconds "}")

const struct row rows_heuristic[] = {
    GUESSED(200), GUESSED(203), GUESSED(204), GUESSED(300), GUESSED(301), GUESSED(308),
    GUESSED(404), GUESSED(405), GUESSED(410), GUESSED(414), GUESSED(501),
    NOT_GUESSED(201), NOT_GUESSED(202), NOT_GUESSED(302), NOT_GUESSED(303), NOT_GUESSED(307),
    NOT_GUESSED(400), NOT_GUESSED(403), NOT_GUESSED(500), NOT_GUESSED(502), NOT_GUESSED(503),
    NOT_GUESSED(504), NOT_GUESSED(599),
    ROW("public lets a lifetime be guessed for any final status", "RFC 9111, 4.2.2",
        ASK(OLD "\nCache-Control: public", .code = 599), HIT(.status = 599)),
    AFTER(600), AFTER(1200), AFTER(3600), AFTER(43200), AFTER(86400), AFTER(31536000),
    ROW("a document changed ten seconds ago is stale after two", "RFC 9111, 4.2.2",
        ASK("Last-Modified: {-10}"), ANEW(.wait = true)),
    NOT_REUSED("a document changed just now", "RFC 9111, 4.2.2", "Last-Modified: {0}"),
    NOT_REUSED("a document changed in the future", "RFC 9110, 8.8.2.1", "Last-Modified: {3600}"),
    NOT_REUSED("a change at a date that is none", "RFC 9111, 4.2.2", "Last-Modified: yesterday"),
    NOT_REUSED("a tag alone gives no lifetime", "RFC 9111, 4.2.2", "ETag: \"a\""),
    NOT_REUSED("a guess does not overrule Expires", "RFC 9111, 4.2.2", OLD "\nExpires: {-1}"),
    NOT_REUSED("a guess does not overrule max-age", "RFC 9111, 4.2.2", OLD "\nCache-Control: max-age=0"),
    NOT_REUSED("a guess does not overrule no-cache", "RFC 9111, 5.2.2.4", OLD "\nCache-Control: no-cache"),
    NOT_REUSED("a guess does not overrule no-store", "RFC 9111, 5.2.2.5", OLD "\nCache-Control: no-store"),
    NOT_REUSED("a guess counts from Date: old when it came", "RFC 9111, 4.2.3",
               "Date: {-864000}\nLast-Modified: {-872640}"),
    NOT_REUSED("an Age above the guess", "RFC 9111, 4.2.3", "Last-Modified: {-1000}\nAge: 200"),
    REUSED("an Age below the guess", "RFC 9111, 4.2.3", "Last-Modified: {-10000}\nAge: 200"),
    ROW("a guess for a URL with a query", "RFC 9111, 4.2.2",
        ASK(OLD, .path = "?a=1"), HIT(.path = "?a=1")),
    ROW_UNDER(WITH_FALLBACK, "the user's fallback is a lifetime where the origin is silent", "RFC 9111, 4.2.2",
              ASK(""), HIT()),
    ROW_UNDER(WITH_FALLBACK, "the fallback does not overrule max-age=0", "RFC 9111, 4.2.2",
              ASK("Cache-Control: max-age=0"), ANEW()),
    ROW_UNDER(WITH_FALLBACK, "the fallback does not overrule no-store", "RFC 9111, 5.2.2.5",
              ASK("Cache-Control: no-store"), ANEW()),
    ROW_UNDER(WITH_FALLBACK, "the fallback does not overrule no-cache", "RFC 9111, 5.2.2.4",
              ASK("Cache-Control: no-cache"), ANEW()),
    ROW_UNDER(WITH_FALLBACK, "the fallback does not overrule Expires", "RFC 9111, 5.3",
              ASK("Expires: 0"), ANEW()),
    ROW_UNDER(WITH_FALLBACK, "the fallback is not for answers that set a cookie", "RFC 9111, 7.3",
              ASK("Set-Cookie: a=b"), ANEW()),
    ROW_UNDER(WITH_FALLBACK, "the fallback is not for a 404", "RFC 9111, 4.2.2",
              ASK("", .code = 404), ANEW(.code = 404)),
    ROW_END,
};
/* clang-format on */
