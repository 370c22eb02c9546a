/*
 * rows_expires.c - lifetimes by Expires
 */
#include "tests/conformance/rows.h"

/* clang-format off */
const struct row rows_expires[] = {
    REUSED("an Expires in the future", "RFC 9111, 5.3", "Expires: {2592000}"),
    NOT_REUSED("an Expires in the past", "RFC 9111, 5.3", "Expires: {-2592000}"),
    NOT_REUSED("an Expires that is now", "RFC 9111, 4.2.1", "Expires: {0}\nDate: {0}"),
    ROW("an Expires that comes to pass", "RFC 9111, 4.2.1", ASK("Expires: {1}\nDate: {0}"), ANEW(.wait = true)),
    NOT_REUSED("the lifetime is Expires less Date: an origin ahead of time", "RFC 9111, 4.2.1",
               "Expires: {300}\nDate: {400}"),
    ROW("the lifetime is Expires less Date: one second, an hour ahead", "RFC 9111, 4.2.1",
        ASK("Expires: {3601}\nDate: {3600}"), ANEW(.wait = true)),
    NOT_REUSED("an origin behind by more than the lifetime looks old", "RFC 9111, 4.2.3",
               "Expires: {-3000}\nDate: {-3600}"),
    NOT_REUSED("an Expires that is 0", "RFC 9111, 5.3", "Expires: 0"),
    NOT_REUSED("an Expires that is -1", "RFC 9111, 5.3", "Expires: -1"),
    ROW("without Date the time of arrival stands for it", "RFC 9110, 6.6.1",
        ASK("Expires: {60}", .quirks = NO_DATE), HIT()),
    REUSED("so it does beside a Date that is none", "RFC 9110, 6.6.1", "Expires: {60}\nDate: yesterday"),
    NOT_REUSED("an Age above Expires less Date, Date behind", "RFC 9111, 4.2.3",
               "Date: {-10}\nExpires: {10}\nAge: 25"),
    NOT_REUSED("an Age above Expires less Date, Date ahead", "RFC 9111, 4.2.3",
               "Date: {10}\nExpires: {20}\nAge: 15"),
    REUSED("an Age below Expires less Date", "RFC 9111, 4.2.3", "Date: {-10}\nExpires: {100}\nAge: 25"),
    NOT_REUSED("an Expires in the past wins over a heuristic", "RFC 9111, 4.2.2",
               "Expires: {-10}\nLast-Modified: {-864000}"),
    REUSED("Expires beside directives that give no lifetime", "RFC 9111, 5.3",
           "Expires: {3600}\nCache-Control: private"),
    NOT_REUSED("Expires beside no-cache", "RFC 9111, 5.2.2.4", "Expires: {3600}\nCache-Control: no-cache"),
    NOT_REUSED("Expires beside no-store", "RFC 9111, 5.2.2.5", "Expires: {3600}\nCache-Control: no-store"),
    REUSED("Expires beside a lifetime for shared caches", "RFC 9111, 5.2.2.10",
           "Expires: {3600}\nCache-Control: s-maxage=0"),
    ROW_END,
};
/* clang-format on */
