/*
 * notes.c - behaviours that the table does not show, and why
 *
 * Things that caches do, or that a suite for shared caches asks for, and that
 * a private cache inside libcurl cannot or should not do.
 */
#include "tests/conformance/table.h"

/* clang-format off */
const struct note notes[] = {
    {"freshness", "a lifetime by s-maxage, in front of max-age and Expires",
     "It is for shared caches (RFC 9111, 5.2.2.10), and this one is private"},
    {"response directives", "a response with private kept out, proxy-revalidate obeyed",
     "Both bind shared caches alone (5.2.2.7, 5.2.2.8)"},
    {"response directives", "immutable sparing a fresh response the check of a reload",
     "A program has no reload button: its no-cache is its own word, and it gets its way"},
    {"response directives", "no-cache=\"field\" serving the response without that field, unchecked",
     "A response is replayed whole or not at all, so the whole of it is checked first"},
    {"Cache-Control parsing", "the longest of several lifetimes",
     "The first one counts, which section 4.2.1 allows and which all readers can foretell"},
    {"status codes", "401, 403, 407, 428, 429, 431 and 511 stored by stated freshness",
     "They hang on who asks or on the moment; the user may name them in CURLCACHE_CODES"},
    {"Vary", "a request field that neither Vary nor our table of neutral fields names left out of the key",
     "It may be a credential (X-Api-Key, PRIVATE-TOKEN), and a wrong guess hands one user's answer to another"},
    {"Vary", "Accept-Encoding compared without order and case where the program takes the bytes as sent",
     "It is part of the key as it was said: packed bytes are of no use to who did not ask for them"},
    {"Vary", "the order of languages, types or codings of one weight taken for no matter",
     "There are origins to which it is a preference, and who gets another language than by asking can tell"},
    {"Vary", "choosing among stored languages by the weights of Accept-Language",
     "Only the origin knows how it chooses (4.1); we compare what was asked, and guess no answer"},
    {"conditional, by tag", "an entity tag without quotes mended or compared",
     "It is no tag (RFC 9110, 8.8.3); what the origin sent goes back as it came or not at all"},
    {"304 updates", "another media type taken from a 304",
     "Servers that put a default Content-Type on every 304 are many; its parameters are taken"},
    {"conditional, by tag", "a stored response updated by a 304 whose strong tag is not stored",
     "Section 4.3.4 forbids it: the request is repeated without the condition"},
    {"serving stale", "CURLCACHE_STALE_IF_ERROR held back by must-revalidate or no-cache",
     "Whoever sets it asks for old answers rather than none, and many frameworks put must-revalidate on everything; "
     "without the setting both are obeyed"},
    {"serving stale", "a stale answer to a broken connection without leave",
     "Without us the program would see the failure; leave is stale-if-error or CURLCACHE_STALE_IF_ERROR"},
    {"serving stale", "a 504 in place of a failure that must-revalidate forbids to paper over",
     "libcurl's own error code says more to a program than a status that no origin sent"},
    {"ranges", "a stored first part completed by asking for the rest",
     "The program's transfer is libcurl's own and one; two answers spliced under it would show in what it reports"},
    {"serving stale", "a Warning field on stale answers",
     "RFC 9111, section 5.5, made it obsolete; Age and, if asked for, Cache-Status tell the same"},
    {"Age parsing", "an Age field added to an answer that has just come from the origin",
     "The program asked the origin and gets what the origin sent, byte for byte"},
    {"Authorization", "public, must-revalidate or s-maxage as leave to share an answer to credentials",
     "Nothing is shared: credentials are part of the key, and each user has an answer of its own"},
    {"Pragma", "Pragma: no-cache in a response without Cache-Control passed over",
     "Its meaning there is not specified (5.4); a check too many is the safe side"},
    {"invalidation", "what a request of another program on another machine changed",
     "A private cache sees only its own user's requests (4.4)"},
    {"methods", "the answer to a PUT given for GET without Content-Location",
     "What a PUT answers is about the action, not the content (RFC 9110, 9.3.4)"},
    {"other", "one answer for requests with and without Cookie",
     "Cookies are credentials and part of the key; Vary: Cookie is often forgotten"},
    {"other", "interim responses shown again from the cache",
     "They are not part of the response (RFC 9110, 15.2), and a cache has nothing to announce"},
    {"other", "targeted fields (CDN-Cache-Control) obeyed",
     "They name another target list (RFC 9213, 2.1), of which this cache is not one"},
    {NULL, NULL, NULL},
};
/* clang-format on */
