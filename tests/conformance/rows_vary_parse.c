/*
 * rows_vary_parse.c - Vary, well and badly formed
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define ASKS .ask = "Foo: 1\nBaz: 789"
#define STAR(name_, lines_)                                                    \
    ROW(name_, "RFC 9111, 4.1", ASK(LONG "\n" lines_, ASKS), ANEW(ASKS))
#define NAMES(name_, section_, lines_)                                         \
    ROW(name_, section_, ASK(LONG "\n" lines_, .ask = "Accept-Language: a"),   \
        ANEW(.ask = "Accept-Language: b"), HIT(.ask = "Accept-Language: a"))

const struct row rows_vary_parse[] = {
    STAR("a star", "Vary: *"),
    STAR("a star twice", "Vary: *, *"),
    STAR("a star twice on two lines", "Vary: *\nVary: *"),
    STAR("a star after an empty member", "Vary: , *"),
    STAR("a star after an empty line", "Vary: \nVary: *"),
    STAR("a star before a name", "Vary: *, Foo"),
    STAR("a star after a name", "Vary: Foo, *"),
    STAR("a star after a name, on two lines", "Vary: Foo\nVary: *"),
    STAR("a star in white space", "Vary: \t * \t"),
    NAMES("a name in capitals", "RFC 9110, 12.5.5", "Vary: ACCEPT-LANGUAGE"),
    NAMES("the field's name in capitals", "RFC 9110, 5.1", "VARY: Accept-Language"),
    NAMES("white space around the names", "RFC 9110, 5.6.1", "Vary:  Foo  ,\t Accept-Language \t"),
    NAMES("empty members", "RFC 9110, 5.6.1.2", "Vary: ,, Accept-Language, ,"),
    NAMES("no white space", "RFC 9110, 5.6.1", "Vary: Foo,Accept-Language,Bar"),
    NAMES("two lines", "RFC 9110, 5.3", "Vary: Foo\nVary: Accept-Language"),
    NAMES("a name twice", "RFC 9110, 12.5.5", "Vary: Accept-Language, accept-language"),
    REUSED("an empty Vary names nothing", "RFC 9110, 12.5.5", LONG "\nVary: "),
    REUSED("Vary with commas alone names nothing", "RFC 9110, 5.6.1.2", LONG "\nVary: , ,"),
    ROW_END,
};
/* clang-format on */
