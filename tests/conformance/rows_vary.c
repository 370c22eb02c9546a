/*
 * rows_vary.c - which of the stored responses a request selects
 */
#include "tests/conformance/rows.h"

/* clang-format off */
#define BY(names) LONG "\nVary: " names
#define DE .ask = "Accept-Language: de"
#define EN .ask = "Accept-Language: en"
/* Stored for one value, asked for with another that means the same. */
#define SAME(name_, field_, first_, second_)                                   \
    ROW(name_, "RFC 9111, 4.1", ASK(BY(field_), .ask = field_ ": " first_),    \
        HIT(.ask = second_))
#define OTHER(name_, field_, first_, second_)                                  \
    ROW(name_, "RFC 9111, 4.1", ASK(BY(field_), .ask = field_ ": " first_),    \
        ANEW(.ask = second_), HIT(.ask = field_ ": " first_))

const struct row rows_vary[] = {
    ROW("the same value selects the response", "RFC 9111, 4.1", ASK(BY("Accept-Language"), DE), HIT(DE)),
    ROW("another value does not", "RFC 9111, 4.1", ASK(BY("Accept-Language"), DE), ANEW(EN)),
    ROW("a field that was absent and is there now", "RFC 9111, 4.1", ASK(BY("Accept-Language")), ANEW(DE)),
    ROW("a field that was there and is absent now", "RFC 9111, 4.1", ASK(BY("Accept-Language"), DE), ANEW()),
    ROW("a field that is absent both times", "RFC 9111, 4.1", ASK(BY("Accept-Language")), HIT()),
    ROW("an empty field is not an absent one", "RFC 9111, 4.1",
        ASK(BY("Accept-Language"), .ask = "Accept-Language;"), ANEW()),
    ROW("two variants live side by side", "RFC 9111, 4.1",
        ASK(BY("Accept-Language"), DE), ASK(BY("Accept-Language"), EN), HIT(DE, .shows = 1), HIT(EN, .shows = 2)),
    ROW("ten variants live side by side", "RFC 9111, 4.1",
        ASK(BY("Accept-Language"), .ask = "Accept-Language: a"), ASK(BY("Accept-Language"), .ask = "Accept-Language: b"),
        ASK(BY("Accept-Language"), .ask = "Accept-Language: c"), ASK(BY("Accept-Language"), .ask = "Accept-Language: d"),
        ASK(BY("Accept-Language"), .ask = "Accept-Language: e"), ASK(BY("Accept-Language"), .ask = "Accept-Language: f"),
        ASK(BY("Accept-Language"), .ask = "Accept-Language: g"), ASK(BY("Accept-Language"), .ask = "Accept-Language: h"),
        ASK(BY("Accept-Language"), .ask = "Accept-Language: i"), ASK(BY("Accept-Language"), .ask = "Accept-Language: j"),
        HIT(.ask = "Accept-Language: a", .shows = 1)),
    ROW("a field that Vary does not name is no matter", "RFC 9111, 4.1",
        ASK(BY("Accept-Language"), .ask = "Accept-Language: de\nReferer: http://a/"),
        HIT(.ask = "Accept-Language: de\nReferer: http://b/")),
    ROW("an unknown field that Vary names, equal", "RFC 9111, 4.1",
        ASK(BY("Foo"), .ask = "Foo: 1"), HIT(.ask = "Foo: 1")),
    ROW("an unknown field that Vary names, different", "RFC 9111, 4.1",
        ASK(BY("Foo"), .ask = "Foo: 1"), ANEW(.ask = "Foo: 2")),
    ROW("two fields, both equal", "RFC 9111, 4.1",
        ASK(BY("Foo, Bar"), .ask = "Foo: 1\nBar: abc"), HIT(.ask = "Foo: 1\nBar: abc")),
    ROW("two fields, one different", "RFC 9111, 4.1",
        ASK(BY("Foo, Bar"), .ask = "Foo: 1\nBar: abc"), ANEW(.ask = "Foo: 2\nBar: abc")),
    ROW("two fields, both absent now", "RFC 9111, 4.1",
        ASK(BY("Foo, Bar"), .ask = "Foo: 1\nBar: abc"), ANEW()),
    ROW("three fields, all equal", "RFC 9111, 4.1",
        ASK(BY("Foo, Bar, Baz"), .ask = "Foo: 1\nBar: abc\nBaz: 789"), HIT(.ask = "Foo: 1\nBar: abc\nBaz: 789")),
    ROW("three fields in another order", "RFC 9110, 5.3",
        ASK(BY("Foo, Bar, Baz"), .ask = "Foo: 1\nBar: abc\nBaz: 789"), HIT(.ask = "Baz: 789\nFoo: 1\nBar: abc")),
    ROW("three fields, one different", "RFC 9111, 4.1",
        ASK(BY("Foo, Bar, Baz"), .ask = "Foo: 1\nBar: abc\nBaz: 789"), ANEW(.ask = "Foo: 2\nBar: abc\nBaz: 789")),
    ROW("three fields, one different, in another order", "RFC 9111, 4.1",
        ASK(BY("Foo, Bar, Baz"), .ask = "Foo: 1\nBar: abc\nBaz: 789"), ANEW(.ask = "Foo: 1\nBaz: 789\nBar: abcde")),
    ROW("three fields, the same one absent both times", "RFC 9111, 4.1",
        ASK(BY("Foo, Bar, Baz"), .ask = "Foo: 1\nBaz: 789"), HIT(.ask = "Foo: 1\nBaz: 789")),
    ROW("values are swapped between two fields", "RFC 9111, 4.1",
        ASK(BY("Foo, Bar"), .ask = "Foo: 1\nBar: 2"), ANEW(.ask = "Foo: 2\nBar: 1")),
    ROW("Vary: * is never selected", "RFC 9111, 4.1", ASK(BY("*"), DE), ANEW(DE)),
    SAME("capitals of the request field's name", "Accept-Language", "de", "accept-LANGUAGE: de"),
    SAME("white space around the value", "Accept-Language", "de", "Accept-Language:    de  "),
    SAME("white space in a list of languages", "Accept-Language", "en, de", "Accept-Language: en ,   de"),
    SAME("two lines are one list of languages", "Accept-Language", "en, de", "Accept-Language: en\nAccept-Language: de"),
    SAME("capitals of languages", "Accept-Language", "en, de", "Accept-Language: eN, De"),
    OTHER("the order of languages of equal weight", "Accept-Language", "en, de", "Accept-Language: de, en"),
    SAME("the order of languages that have weights", "Accept-Language", "en, de;q=0.5", "Accept-Language: de;q=0.5, en"),
    SAME("a weight of 1 that is said", "Accept-Language", "en, de;q=0.5", "Accept-Language: en;q=1.0, de;q=0.5"),
    OTHER("languages of other weight", "Accept-Language", "en, de;q=0.5", "Accept-Language: en;q=0.5, de"),
    OTHER("the order of charsets of equal weight", "Accept-Charset", "utf-8, latin1", "Accept-Charset: latin1, utf-8"),
    SAME("capitals of charsets", "Accept-Charset", "utf-8, latin1", "Accept-Charset: UTF-8, Latin1"),
    OTHER("another coding", "Accept-Encoding", "gzip", "Accept-Encoding: br"),
    OTHER("the order of media types of equal weight", "Accept", "text/html, text/plain", "Accept: text/plain, text/html"),
    SAME("an unknown field: two lines are one list", "Foo", "1, 2", "Foo: 1\nFoo: 2"),
    SAME("an unknown field: white space between members", "Foo", "1,2", "Foo: 1, 2 "),
    OTHER("an unknown field: its order counts", "Foo", "1, 2", "Foo: 2, 1"),
    OTHER("an unknown field: its capitals count", "Foo", "abc", "Foo: ABC"),
    OTHER("white space inside a quoted string counts", "Foo", "\"a b\"", "Foo: \"a  b\""),
    ROW("a field that libcurl adds by itself", "RFC 9111, 4.1", ASK(BY("Accept")), HIT()),
    ROW("the same field said by the program", "RFC 9111, 4.1", ASK(BY("Accept")), HIT(.ask = "Accept: */*")),
    ROW("a field that libcurl adds, taken away", "RFC 9111, 4.1", ASK(BY("Accept")), ANEW(.ask = "Accept:")),
    ROW("User-Agent that the program sets", "RFC 9111, 4.1",
        ASK(BY("User-Agent"), .ask = "User-Agent: a"), ANEW(.ask = "User-Agent: b"), HIT(.ask = "User-Agent: a")),
    ROW("Cookie, when Vary names it", "RFC 9111, 4.1",
        ASK(BY("Cookie"), .ask = "Cookie: a=1"), ANEW(.ask = "Cookie: a=2"), HIT(.ask = "Cookie: a=1")),
    ROW("Vary of the newest response counts", "RFC 9111, 4.1",
        ASK(BY("Accept-Language"), DE), ASK(LONG, .ask = "Accept-Language: en"), HIT(.ask = "Accept-Language: fr", .shows = 2)),
    ROW("a stale variant is checked by its own tag", "RFC 9111, 4.3.1",
        ASK(SHORT "\nVary: Accept-Language\nETag: \"de\"", DE),
        CHECK(LONG "\nVary: Accept-Language\nETag: \"de\"", DE, .wait = true, .sends = "Accept-Language: de")),
    ROW("a new variant is asked for with the tags of the others", "RFC 9111, 4.3.1",
        ASK(BY("Accept-Language") "\nETag: \"de\"", DE),
        CHECK(BY("Accept-Language") "\nETag: \"en\"", EN, .sends = "If-None-Match: \"de\"", .shows = 2),
        HIT(EN, .shows = 2), HIT(DE)),
    ROW("two stored tags are both offered", "RFC 9111, 4.3.1",
        ASK(BY("Accept-Language") "\nETag: \"de\"", DE), ANEW(EN, .say = BY("Accept-Language") "\nETag: \"en\""),
        CHECK(BY("Accept-Language") "\nETag: \"en\"", .ask = "Accept-Language: fr", .shows = 2)),
    ROW_END,
};
/* clang-format on */
