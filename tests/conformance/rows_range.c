/*
 * rows_range.c - parts of a response, asked for and stored
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define TAG "\nETag: \"a\""
#define WHOLE .body = "0123456789"
#define RANGE(first_last) "\nContent-Range: bytes " first_last "/10"
/* From a whole stored response. */
#define SLICE(name_, range_, text_, content_range_)                            \
    ROW(name_, "RFC 9110, 14.2", ASK(LONG TAG, WHOLE),                         \
        HIT(.range = range_, .status = 206, .shows_text = text_,               \
            .sees = "Content-Range: bytes " content_range_ "/10"))
/* From a stored part, bytes 5 to 9. */
#define TAIL ASK(LONG TAG RANGE("5-9"), .range = "-5", .code = 206, .body = "56789")
#define INNER(name_, range_, text_, content_range_)                            \
    ROW(name_, "RFC 9111, 3.3", TAIL,                                          \
        HIT(.range = range_, .status = 206, .shows_text = text_,               \
            .sees = "Content-Range: bytes " content_range_ "/10"))

const struct row rows_range[] = {
    SLICE("the first bytes of a stored response", "0-1", "01", "0-1"),
    SLICE("one byte of it", "4-4", "4", "4-4"),
    SLICE("its last byte", "9-9", "9", "9-9"),
    SLICE("all after a byte", "1-", "123456789", "1-9"),
    SLICE("its last bytes", "-3", "789", "7-9"),
    SLICE("more last bytes than there are", "-20", "0123456789", "0-9"),
    SLICE("an end beyond the end", "5-100", "56789", "5-9"),
    SLICE("all of it", "0-9", "0123456789", "0-9"),
    ROW("a range given as a field", "RFC 9110, 14.2",
        ASK(LONG TAG, WHOLE), HIT(.ask = "Range: bytes=2-4", .status = 206, .shows_text = "234")),
    ROW("the length said is that of the part", "RFC 9110, 14.4",
        ASK(LONG TAG, WHOLE), HIT(.range = "2-4", .status = 206, .shows_text = "234", .sees = "Content-Length: 3")),
    ROW("the stored fields go with the part", "RFC 9110, 15.3.7",
        ASK(LONG TAG "\nX-Test: a", WHOLE), HIT(.range = "2-4", .status = 206, .shows_text = "234", .sees = "ETag: \"a\"\nX-Test: a")),
    ROW("a response without validator is cut as well", "RFC 9110, 14.2",
        ASK(LONG, WHOLE), HIT(.range = "0-1", .status = 206, .shows_text = "01")),
    ROW("a range beyond the end is a 416", "RFC 9110, 15.5.17",
        ASK(LONG TAG, WHOLE), {.expect = ANY_OUTCOME, .range = "20-30", .code = 416, .say = "Content-Range: bytes */10", .status = 416, .shows = SHOWS_ANY}),
    ROW("a 416 leaves alone what is stored", "RFC 9111, 4",
        ASK(LONG TAG, WHOLE), {.expect = ANY_OUTCOME, .range = "20-30", .code = 416, .say = "Content-Range: bytes */10", .status = 416, .shows = SHOWS_ANY}, HIT()),
    ROW("a range in another unit is answered whole", "RFC 9110, 14.2",
        ASK(LONG TAG, WHOLE), {.expect = ANY_OUTCOME, .ask = "Range: lines=1-2", WHOLE, .quirks = FULL, .status = 200, .shows = 1}),
    ROW("a range that is none is answered whole", "RFC 9110, 14.2",
        ASK(LONG TAG, WHOLE), {.expect = ANY_OUTCOME, .ask = "Range: bytes=5-2", WHOLE, .quirks = FULL, .status = 200, .shows = 1}),
    ROW("two ranges are not answered by one part", "RFC 9110, 15.3.7.2",
        ASK(LONG TAG, WHOLE), {.expect = ANY_OUTCOME, .range = "0-1,4-5", .code = 200, WHOLE, .status = STATUS_ANY, .shows = SHOWS_ANY, .lacks = "Content-Range: bytes 0-1/10"}),
    ROW("If-Range with the stored tag gets the part", "RFC 9110, 13.1.5",
        ASK(LONG TAG, WHOLE), HIT(.range = "0-1", .ask = "If-Range: \"a\"", .status = 206, .shows_text = "01")),
    ROW("If-Range with another tag gets the whole", "RFC 9110, 13.1.5",
        ASK(LONG TAG, WHOLE), {.expect = ANY_OUTCOME, .range = "0-1", .ask = "If-Range: \"b\"", WHOLE, .quirks = FULL, .status = 200, .shows = 1}),
    ROW("If-Range with a weak tag gets the whole", "RFC 9110, 13.1.5",
        ASK(LONG "\nETag: W/\"a\"", WHOLE), {.expect = ANY_OUTCOME, .range = "0-1", .ask = "If-Range: W/\"a\"", WHOLE, .quirks = FULL, .status = 200, .shows = 1}),
    ROW("If-None-Match goes before Range", "RFC 9110, 13.2.2",
        ASK(LONG TAG, WHOLE), HIT(.range = "0-1", .ask = "If-None-Match: \"a\"", .status = 304)),
    ROW("HEAD pays no heed to Range", "RFC 9110, 14.2",
        ASK(LONG TAG, WHOLE), {.expect = ANY_OUTCOME, .method = "HEAD", .range = "0-1", .say = LONG TAG, WHOLE, .quirks = FULL, .status = 200}),
    ROW("a part is stored and used for the same range", "RFC 9111, 3.3",
        TAIL, HIT(.range = "-5", .status = 206, .shows_text = "56789")),
    ROW("a part without validator is used for the same range", "RFC 9111, 3.3",
        ASK(LONG RANGE("5-9"), .range = "-5", .code = 206, .body = "56789"),
        HIT(.range = "-5", .status = 206, .shows_text = "56789")),
    INNER("a range within a stored part", "6-8", "678", "6-8"),
    INNER("all after a byte within a stored part", "6-", "6789", "6-9"),
    INNER("last bytes within a stored part", "-1", "9", "9-9"),
    INNER("the same part by other words", "5-9", "56789", "5-9"),
    ROW("a range within a stored part without validator", "RFC 9111, 3.3",
        ASK(LONG RANGE("5-9"), .range = "-5", .code = 206, .body = "56789"), HIT(.range = "6-8", .status = 206, .shows_text = "678")),
    ROW("all after a byte within a stored part without validator", "RFC 9111, 3.3",
        ASK(LONG RANGE("5-9"), .range = "-5", .code = 206, .body = "56789"), HIT(.range = "6-", .status = 206, .shows_text = "6789")),
    ROW("last bytes within a stored part without validator", "RFC 9111, 3.3",
        ASK(LONG RANGE("5-9"), .range = "-5", .code = 206, .body = "56789"), HIT(.range = "-1", .status = 206, .shows_text = "9")),
    ROW("a range outside of a stored part asks the origin", "RFC 9111, 3.3",
        TAIL, ANEW(.range = "0-1", .say = LONG TAG RANGE("0-1"), .code = 206, .status = 206, .body = "01")),
    ROW("a part is never given for the whole", "RFC 9111, 3.3",
        TAIL, {.expect = ASKED_ANY, .say = LONG TAG, .quirks = FULL, .code = 200, WHOLE, .status = 200, .shows = 2}),
    ROW("two parts that touch become one", "RFC 9111, 3.4",
        ASK(LONG TAG RANGE("0-4"), .range = "0-4", .code = 206, .body = "01234"),
        ANEW(.range = "5-9", .say = LONG TAG RANGE("5-9"), .code = 206, .status = 206, .body = "56789"),
        HIT(.range = "3-6", .status = 206, .shows_text = "3456")),
    ROW("two parts that make the whole answer a plain request", "RFC 9111, 3.4",
        ASK(LONG TAG RANGE("0-4"), .range = "0-4", .code = 206, .body = "01234"),
        ANEW(.range = "5-9", .say = LONG TAG RANGE("5-9"), .code = 206, .status = 206, .body = "56789"),
        HIT(.shows_text = "0123456789", .sees = "Content-Length: 10", .lacks = "Content-Range")),
    ROW("parts with different tags are not joined", "RFC 9111, 3.4",
        ASK(LONG TAG RANGE("0-4"), .range = "0-4", .code = 206, .body = "01234"),
        ANEW(.range = "5-9", .say = LONG "\nETag: \"b\"" RANGE("5-9"), .code = 206, .status = 206, .body = "fghij"),
        ANEW(.range = "3-6", .say = LONG "\nETag: \"b\"" RANGE("3-6"), .code = 206, .status = 206, .body = "defg")),
    ROW("parts with weak tags are not joined", "RFC 9111, 3.4",
        ASK(LONG "\nETag: W/\"a\"" RANGE("0-4"), .range = "0-4", .code = 206, .body = "01234"),
        ANEW(.range = "5-9", .say = LONG "\nETag: W/\"a\"" RANGE("5-9"), .code = 206, .status = 206, .body = "fghij"),
        ANEW(.range = "3-6", .say = LONG "\nETag: W/\"a\"" RANGE("3-6"), .code = 206, .status = 206, .body = "defg")),
    ROW("the newest part's fields are those of all", "RFC 9111, 3.4",
        ASK(LONG TAG RANGE("0-4") "\nX-Test: a", .range = "0-4", .code = 206, .body = "01234"),
        ANEW(.range = "5-9", .say = LONG TAG RANGE("5-9") "\nX-Test: b", .code = 206, .status = 206, .body = "56789"),
        HIT(.range = "3-6", .status = 206, .shows_text = "3456", .sees = "X-Test: b")),
    ROW("a plain request past a first part gets the whole", "RFC 9111, 3.3",
        ASK(LONG TAG RANGE("0-4"), .range = "0-4", .code = 206, .body = "01234"),
        ANEW(.say = LONG TAG, .code = 200, WHOLE), HIT(.shows = 2), HIT(.range = "3-6", .status = 206, .shows_text = "3456")),
    ROW("a program that resumes is answered from the stored whole", "RFC 9110, 14.2",
        ASK(LONG TAG, WHOLE), HIT(.range = "4-", .ask = "If-Range: \"a\"", .status = 206, .shows_text = "456789")),
    ROW("a stale whole is checked before a part of it is given", "RFC 9111, 4.3",
        ASK(SHORT TAG, WHOLE), {.expect = ASKED_ANY, .wait = true, .range = "0-1", .say = LONG TAG RANGE("0-1"), .code = 206, .body = "01", .status = 206, .shows_text = "01"}),
    ROW("a stale part is not given", "RFC 9111, 4",
        ASK(SHORT TAG RANGE("0-4"), .range = "0-4", .code = 206, .body = "01234"),
        ANEW(.wait = true, .range = "0-4", .say = LONG TAG RANGE("0-4"), .code = 206, .status = 206, .body = "01234")),
    ROW("a part with no-store is not stored", "RFC 9111, 5.2.2.5",
        ASK("Cache-Control: no-store" RANGE("0-4") TAG, .range = "0-4", .code = 206, .body = "01234"),
        ANEW(.range = "0-4", .say = LONG RANGE("0-4") TAG, .code = 206, .status = 206, .body = "01234")),
    ROW("a part without Content-Range is not stored", "RFC 9110, 15.3.7",
        ASK(LONG TAG, .range = "0-4", .code = 206, .body = "01234"),
        ANEW(.range = "0-4", .say = LONG TAG, .code = 206, .status = 206, .body = "01234")),
    ROW("a whole answer to a range is stored as the whole", "RFC 9111, 3.3",
        ASK(LONG TAG, .range = "0-1", WHOLE), HIT(.shows = 1)),
    ROW("a program that asks from the origin by no-cache gets no stored part", "RFC 9111, 5.2.1.4",
        ASK(LONG TAG, WHOLE),
        {.expect = ASKED_ANY, .range = "0-1", .ask = "Cache-Control: no-cache", .say = LONG TAG RANGE("0-1"), .code = 206, .body = "01", .status = 206, .shows_text = "01"}),
    ROW_END,
};
/* clang-format on */
