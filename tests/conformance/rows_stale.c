/*
 * rows_stale.c - stale responses: when they may be given and when not
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define CC "Cache-Control: "
#define TAG "\nETag: \"a\""
/* The origin fails in step 2; the stored response is given all the same. */
#define GIVEN(name_, section_, say_, ...)                                      \
    ROW(name_, section_, ASK(say_), ANEW(.wait = true, .shows = 1, .status = 200, __VA_ARGS__))
#define REFUSED(name_, section_, say_)                                         \
    ROW(name_, section_, ASK(say_), ANEW(.wait = true, .quirks = DROP, .result = 52))
#define GIVEN_UNDER(name_, section_, say_, ...)                                \
    ROW_UNDER(STALE_IF_ERROR, name_, section_, ASK(say_),                      \
              ANEW(.wait = true, .shows = 1, .status = 200, __VA_ARGS__))
#define REFUSED_UNDER(name_, section_, say_)                                   \
    ROW_UNDER(STALE_IF_ERROR, name_, section_, ASK(say_),                      \
              ANEW(.wait = true, .quirks = DROP, .result = 52))

const struct row rows_stale[] = {
    REFUSED("without leave a failing origin is a failure", "RFC 9111, 4.2.4", SHORT),
    REFUSED("must-revalidate forbids it", "RFC 9111, 5.2.2.2", CC "max-age=1, must-revalidate"),
    REFUSED("must-revalidate forbids it beside stale-if-error", "RFC 9111, 5.2.2.2",
            CC "max-age=1, must-revalidate, stale-if-error=60"),
    REFUSED("no-cache forbids it", "RFC 9111, 5.2.2.4", CC "max-age=1, no-cache"),
    REFUSED("no-store leaves nothing to give", "RFC 9111, 5.2.2.5", CC "no-store, stale-if-error=60"),
    REFUSED("a stale-if-error that is over", "RFC 5861, 4", CC "max-age=1, stale-if-error=10\nAge: 60"),
    REFUSED("a stale-if-error that cannot be read", "RFC 5861, 4", CC "max-age=1, stale-if-error=x"),
    REFUSED("stale-while-revalidate is no leave for errors once over", "RFC 5861, 3",
            CC "max-age=1, stale-while-revalidate=10\nAge: 60"),
    GIVEN("stale-if-error when the connection breaks", "RFC 5861, 4", CC "max-age=1, stale-if-error=60", .quirks = DROP),
    GIVEN("stale-if-error in quotes", "RFC 5861, 4", CC "max-age=1, stale-if-error=\"60\"", .quirks = DROP),
    GIVEN("stale-if-error with a tag when the connection breaks", "RFC 5861, 4",
          CC "max-age=1, stale-if-error=60" TAG, .quirks = DROP),
    GIVEN("stale-if-error on a 500", "RFC 5861, 4", CC "max-age=1, stale-if-error=60", .code = 500),
    GIVEN("stale-if-error on a 502", "RFC 5861, 4", CC "max-age=1, stale-if-error=60", .code = 502),
    GIVEN("stale-if-error on a 503", "RFC 5861, 4", CC "max-age=1, stale-if-error=60", .code = 503),
    GIVEN("stale-if-error on a 504", "RFC 5861, 4", CC "max-age=1, stale-if-error=60", .code = 504),
    GIVEN("stale-if-error with a tag on a 503", "RFC 5861, 4", CC "max-age=1, stale-if-error=60" TAG, .code = 503),
    ROW("stale-if-error is not for a 404", "RFC 5861, 4",
        ASK(CC "max-age=1, stale-if-error=60"), ANEW(.wait = true, .code = 404)),
    ROW("stale-if-error is not for a working origin", "RFC 5861, 4",
        ASK(CC "max-age=1, stale-if-error=60"), ASK(LONG, .wait = true), HIT(.shows = 2)),
    ROW("a response given on an error says its age", "RFC 9111, 5.1",
        ASK(CC "max-age=1, stale-if-error=60"),
        ANEW(.wait = true, .quirks = DROP, .shows = 1, .status = 200, .sees = "Age: >1")),
    ROW("the error itself replaces nothing", "RFC 5861, 4",
        ASK(CC "max-age=1, stale-if-error=60"), ANEW(.wait = true, .shows = 1, .status = 200, .code = 503),
        ANEW(.shows = 1, .status = 200, .code = 503)),
    ROW("stale-if-error in the request gives leave too", "RFC 5861, 4",
        ASK(SHORT), ANEW(.wait = true, .ask = CC "stale-if-error=60", .quirks = DROP, .shows = 1, .status = 200)),
    GIVEN_UNDER("the user's leave when the connection breaks", "RFC 9111, 4.2.4", SHORT, .quirks = DROP),
    GIVEN_UNDER("the user's leave on a 503", "RFC 9111, 4.2.4", SHORT, .code = 503),
    GIVEN_UNDER("the user's leave goes before must-revalidate", "RFC 9111, 4.2.4", CC "max-age=1, must-revalidate", .quirks = DROP),
    GIVEN_UNDER("the user's leave goes before no-cache", "RFC 9111, 4.2.4", CC "max-age=1, no-cache", .quirks = DROP),
    REFUSED_UNDER("the user's leave does not bring back no-store", "RFC 9111, 5.2.2.5", CC "no-store, max-age=1"),
    REFUSED_UNDER("the user's leave is not for what is older", "RFC 9111, 4.2.4", SHORT "\nAge: 7200"),
    ROW("stale-while-revalidate gives the stored response at once", "RFC 5861, 3",
        ASK(CC "max-age=1, stale-while-revalidate=60" TAG), HIT(.wait = true, .later = 1, .say = LONG TAG)),
    ROW("and asks beside it, by the tag", "RFC 5861, 3",
        ASK(CC "max-age=1, stale-while-revalidate=60" TAG),
        HIT(.wait = true, .later = 1, .say = LONG TAG, .sends = "If-None-Match: \"a\""), HIT()),
    ROW("what it brings is stored", "RFC 5861, 3",
        ASK(CC "max-age=1, stale-while-revalidate=60"), HIT(.wait = true, .later = 1, .say = LONG), HIT(.shows = 2)),
    ROW("a stale-while-revalidate that is over", "RFC 5861, 3",
        ASK(CC "max-age=1, stale-while-revalidate=10\nAge: 60"), ANEW()),
    ROW("stale-while-revalidate does not overrule must-revalidate", "RFC 9111, 5.2.2.2",
        ASK(CC "max-age=1, stale-while-revalidate=60, must-revalidate" TAG), CHECK(LONG TAG, .wait = true)),
    ROW("stale-while-revalidate does not overrule no-cache", "RFC 9111, 5.2.2.4",
        ASK(CC "no-cache, stale-while-revalidate=60" TAG), CHECK(LONG TAG)),
    ROW("stale-while-revalidate does not overrule the program's no-cache", "RFC 9111, 5.2.1.4",
        ASK(CC "max-age=1, stale-while-revalidate=60" TAG), CHECK(LONG TAG, .wait = true, .ask = CC "no-cache")),
    ROW_UNDER(STALE_REVALIDATE, "the user's leave to revalidate beside", "RFC 9111, 4.2.4",
              ASK(SHORT TAG), HIT(.wait = true, .later = 1, .say = LONG TAG), HIT()),
    ROW_UNDER(STALE_REVALIDATE, "is not for must-revalidate", "RFC 9111, 5.2.2.2",
              ASK(CC "max-age=1, must-revalidate" TAG), CHECK(LONG TAG, .wait = true)),
    ROW_END,
};
/* clang-format on */
