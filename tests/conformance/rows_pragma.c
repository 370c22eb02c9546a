/*
 * rows_pragma.c - Pragma, which only a request has
 */
#include "tests/conformance/rows.h"

/* clang-format off */
const struct row rows_pragma[] = {
    ROW("Pragma: no-cache in a request asks the origin", "RFC 9111, 5.4", ASK(LONG), ASK(LONG, .ask = "Pragma: no-cache")),
    ROW("it checks a response that has a tag", "RFC 9111, 5.4",
        ASK(LONG "\nETag: \"a\""), CHECK(LONG "\nETag: \"a\"", .ask = "Pragma: no-cache")),
    ROW("in capitals", "RFC 9111, 5.4", ASK(LONG), ASK(LONG, .ask = "PRAGMA: No-Cache")),
    ROW("in a list", "RFC 9111, 5.4", ASK(LONG), ASK(LONG, .ask = "Pragma: shiny, no-cache")),
    ROW("Cache-Control in the request speaks instead of it", "RFC 9111, 5.4",
        ASK(LONG), HIT(.ask = "Pragma: no-cache\nCache-Control: max-age=3600")),
    ROW("an unknown pragma changes nothing", "RFC 9111, 5.4", ASK(LONG), HIT(.ask = "Pragma: shiny")),
    REUSED("Pragma: no-cache in a response says nothing", "RFC 9111, 5.4", LONG "\nPragma: no-cache"),
    NOT_REUSED("without any Cache-Control it is heeded, to be on the safe side", "RFC 9111, 5.4",
               "Expires: {3600}\nPragma: no-cache"),
    NOT_REUSED("and no lifetime is guessed beside it", "RFC 9111, 4.2.2", "Last-Modified: {-864000}\nPragma: no-cache"),
    REUSED("an unknown pragma in a response says nothing", "RFC 9111, 5.4", LONG "\nPragma: shiny"),
    ROW("Pragma: no-cache in a response is kept as any field is", "RFC 9111, 5.4",
        ASK(LONG "\nPragma: no-cache"), HIT(.sees = "Pragma: no-cache")),
    ROW_END,
};
/* clang-format on */
