/*
 * rows_age.c - Age, read and written
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define AGED(value) LONG "\nAge: " value

const struct row rows_age[] = {
    REUSED("text is ignored", "RFC 9111, 5.1", AGED("old")),
    REUSED("a negative number is ignored", "RFC 9111, 5.1", AGED("-7200")),
    REUSED("a fraction is ignored", "RFC 9111, 5.1", AGED("7200.0")),
    REUSED("an empty value is ignored", "RFC 9111, 5.1", AGED("")),
    REUSED("a number in quotes is ignored", "RFC 9111, 5.1", AGED("\"7200\"")),
    REUSED("a number with a sign is ignored", "RFC 9111, 5.1", AGED("+7200")),
    REUSED("a number with text after it is ignored", "RFC 9111, 5.1", AGED("7200s")),
    NOT_REUSED("2^31 - 1", "RFC 9111, 1.2.2", AGED("2147483647")),
    NOT_REUSED("2^31", "RFC 9111, 1.2.2", AGED("2147483648")),
    NOT_REUSED("2^31 + 1", "RFC 9111, 1.2.2", AGED("2147483649")),
    NOT_REUSED("2^32 is not 0", "RFC 9111, 1.2.2", AGED("4294967296")),
    NOT_REUSED("2^64 is not 0", "RFC 9111, 1.2.2", AGED("18446744073709551616")),
    NOT_REUSED("forty digits", "RFC 9111, 1.2.2", AGED("1000000000100000000010000000001000000000")),
    NOT_REUSED("leading zeros", "RFC 9111, 1.2.2", AGED("0000007200")),
    NOT_REUSED("the first of a list counts: old, 0", "RFC 9111, 5.1", AGED("7200, 0")),
    REUSED("the first of a list counts: 0, old", "RFC 9111, 5.1", AGED("0, 7200")),
    NOT_REUSED("the first of two lines counts: old", "RFC 9111, 5.1", AGED("7200\nAge: 0")),
    REUSED("the first of two lines counts: 0", "RFC 9111, 5.1", AGED("0\nAge: 7200")),
    REUSED("a list of zeros", "RFC 9111, 5.1", AGED("0, 0")),
    REUSED("two lines of zeros", "RFC 9111, 5.1", AGED("0\nAge: 0")),
    REUSED("two lines, equal and within the lifetime", "RFC 9111, 5.1",
           "Cache-Control: max-age=10000\nAge: 3600\nAge: 3600"),
    ROW("a reused response says its age", "RFC 9111, 5.1", ASK(LONG), HIT(.wait = true, .sees = "Age: >1")),
    ROW("a reused response adds to the age it came with", "RFC 9111, 5.1",
        ASK(AGED("30")), HIT(.wait = true, .sees = "Age: >31")),
    ROW("the same under Expires", "RFC 9111, 5.1",
        ASK("Expires: {2592000}\nAge: 30"), HIT(.wait = true, .sees = "Age: >31\nAge: <60")),
    ROW("an older Date counts into the age that is said", "RFC 9111, 4.2.3",
        ASK(LONG "\nDate: {-100}"), HIT(.sees = "Age: >98\nAge: <130")),
    ROW("one Age is said, not two", "RFC 9111, 5.1",
        ASK(AGED("30\nAge: 40")), HIT(.sees = "Age: <39", .lacks = "Age: 40\nAge: 30, 40")),
    ROW("a response from the origin keeps the Age it has", "RFC 9111, 5.1",
        ASK(AGED("30"), .sees = "Age: 30")),
    ROW("a response from the origin without Age gets none", "RFC 9111, 5.1", ASK(LONG, .lacks = "Age")),
    ROW("the origin's delay counts into the age that is said", "RFC 9111, 4.2.3",
        ASK(LONG "\nAge: 10", .quirks = SLOW), HIT(.sees = "Age: >10")),
    ROW_END,
};
/* clang-format on */
