/*
 * rows_status.c - which codes are stored when their freshness is stated
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define KEPT(code_)                                                            \
    ROW("a fresh " #code_ " is used again", "RFC 9111, 3",                     \
        ASK(LONG, .code = code_), HIT(.status = code_))
#define OLD(code_)                                                             \
    ROW("a stale " #code_ " is not", "RFC 9111, 4",                            \
        ASK("Cache-Control: max-age=10\nAge: 20", .code = code_), ANEW(.code = code_))
#define BOTH(code_) KEPT(code_), OLD(code_)
#define NEVER(code_, section_)                                                 \
    ROW("a " #code_ " is never used again unless named by the user", section_, \
        ASK(LONG, .code = code_), ANEW(.code = code_))

const struct row rows_status[] = {
    BOTH(200), BOTH(201), BOTH(202), BOTH(203), BOTH(204), BOTH(299),
    BOTH(300), BOTH(301), BOTH(302), BOTH(303), BOTH(307), BOTH(308),
    BOTH(400), BOTH(404), BOTH(405), BOTH(410), BOTH(414), BOTH(499),
    BOTH(500), BOTH(501), BOTH(502), BOTH(503), BOTH(504), BOTH(599),
    NEVER(401, "RFC 9110, 11.6.1"), NEVER(403, "RFC 9110, 15.5.4"), NEVER(407, "RFC 9110, 11.7.1"),
    NEVER(428, "RFC 6585, 3"), NEVER(429, "RFC 6585, 4"), NEVER(431, "RFC 6585, 5"), NEVER(511, "RFC 6585, 6"),
    ROW("a 304 that nobody asked for is not stored", "RFC 9111, 3",
        ASK(LONG, .code = 304, .status = 304), ASK(LONG)),
    ROW("an error replaces what was stored, while it is fresh", "RFC 9111, 4",
        ASK(LONG), ASK(LONG, .code = 404, .ask = "Cache-Control: no-cache"), HIT(.status = 404, .shows = 2)),
    ROW("Retry-After bounds how long an error is kept", "RFC 9110, 10.2.3",
        ASK(LONG "\nRetry-After: 1", .code = 503), ANEW(.code = 503, .wait = true)),
    ROW("an error may state no lifetime and is not kept", "RFC 9110, 15.1",
        ASK("", .code = 500), ASK("", .code = 500)),
    ROW_END,
};
/* clang-format on */
