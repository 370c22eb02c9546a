/*
 * What is stored and what is passed through (RFC 9111, sections 3 and 4.4).
 */
#include "store/http_keep.h"
#include "tests/support/cases.h"
#include "tests/unit/message.h"

#define URL "http://example.org/api/x"
#define DATE "Date: Mon, 01 Jan 2024 00:00:00 GMT\n"

static char *methods[] = {(char[]){"GET"}, (char[]){"HEAD"}};
static char *denied[] = {(char[]){"example.org/live"}};
static struct lcc_url_ttl no_store_rule = {.pattern = (char[]){"nostore.org"},
                                           .ttl_s = LCC_TTL_NO_STORE};

static struct lcc_policy
policy_with(int64_t ttl_s, enum lcc_cache_control control, enum lcc_mode mode)
{
    return (struct lcc_policy){
        .ttl_s = ttl_s ? ttl_s : LCC_TTL_UNSET,
        .fallback_ttl_s = 3600,
        .cache_control = control,
        .mode = mode,
        .methods = {methods, 2},
        .deny = {denied, 1},
        .urls_ttl = {&no_store_rule, 1},
    };
}

struct request_case {
    const char *name;
    const char *method;
    const char *url;
    const char *lines;
    int64_t ttl_s;
    enum lcc_cache_control control;
    enum lcc_mode mode;
    enum lcc_reason want;
};

#define AUTO LCC_CACHE_CONTROL_AUTO
#define SERVER LCC_CACHE_CONTROL_SERVER
#define IGNORE LCC_CACHE_CONTROL_IGNORE
#define NORMAL LCC_MODE_NORMAL
#define NONE LCC_REASON_NONE

/* clang-format off */
static const struct request_case requests[] = {
    {"GET", "GET", URL, "", 0, AUTO, NORMAL, NONE},
    {"HEAD", "HEAD", URL, "", 0, AUTO, NORMAL, NONE},
    {"POST, RFC 9110 9.2.1", "POST", URL, "", 0, AUTO, NORMAL, LCC_REASON_UNSAFE_METHOD},
    {"DELETE", "DELETE", URL, "", 0, AUTO, NORMAL, LCC_REASON_UNSAFE_METHOD},
    {"an unknown method may be unsafe, RFC 9111 4.4", "PURGE", URL, "", 0, AUTO, NORMAL, LCC_REASON_UNSAFE_METHOD},
    {"methods have case, RFC 9110 9.1", "get", URL, "", 0, AUTO, NORMAL, LCC_REASON_UNSAFE_METHOD},
    {"TRACE is safe", "TRACE", URL, "", 0, AUTO, NORMAL, LCC_REASON_METHOD},
    {"PROPFIND is registered as safe, RFC 4918 9.1", "PROPFIND", URL, "", 0, AUTO, NORMAL, LCC_REASON_METHOD},
    {"REPORT, RFC 3253 3.6", "REPORT", URL, "", 0, AUTO, NORMAL, LCC_REASON_METHOD},
    {"SEARCH, RFC 5323 2", "SEARCH", URL, "", 0, AUTO, NORMAL, LCC_REASON_METHOD},
    {"QUERY", "QUERY", URL, "", 0, AUTO, NORMAL, LCC_REASON_METHOD},
    {"PROPPATCH is not, RFC 4918 9.2", "PROPPATCH", URL, "", 0, AUTO, NORMAL, LCC_REASON_UNSAFE_METHOD},
    {"OPTIONS is safe, and not ours", "OPTIONS", URL, "", 0, AUTO, NORMAL, LCC_REASON_METHOD},
    {"an unsafe method invalidates a denied URL too", "PUT", "http://example.org/live", "", 0, AUTO, NORMAL, LCC_REASON_UNSAFE_METHOD},
    {"denied", "GET", "http://example.org/live/1", "", 0, AUTO, NORMAL, LCC_REASON_DENIED},
    {"Range, RFC 9110 14.2", "GET", URL, "Range: bytes=0-1\n", 0, AUTO, NORMAL, NONE},
    {"If-Range beside Range, 13.1.5", "GET", URL, "If-Range: \"a\"\nrange: bytes=0-1\n", 0, AUTO, NORMAL, NONE},
    {"If-None-Match, RFC 9110 13.1.2", "GET", URL, "if-none-match: \"a\"\n", 0, AUTO, NORMAL, NONE},
    {"If-Modified-Since, 13.1.3", "GET", URL, "If-Modified-Since: x\n", 0, AUTO, NORMAL, NONE},
    {"If-Match, 13.1.1", "GET", URL, "If-Match: *\n", 0, AUTO, NORMAL, NONE},
    {"If-Unmodified-Since, 13.1.4", "GET", URL, "If-Unmodified-Since: x\n", 0, AUTO, NORMAL, NONE},
    {"If-Range alone is ignored, 13.1.5", "GET", URL, "If-Range: x\n", 0, AUTO, NORMAL, NONE},
    {"Authorization in a private cache, RFC 9111 3.5", "GET", URL, "Authorization: Basic eA==\n", 0, AUTO, NORMAL, NONE},
    {"a URL rule's no-store", "GET", "http://nostore.org/", "", 0, AUTO, NORMAL, LCC_REASON_RULE_NO_STORE},
    {"no-store, 5.2.1.5", "GET", URL, "Cache-Control: no-store\n", 0, AUTO, NORMAL, LCC_REASON_REQUEST_NO_STORE},
    {"no-store under a TTL", "GET", URL, "Cache-Control: no-store\n", 9, AUTO, NORMAL, LCC_REASON_REQUEST_NO_STORE},
    {"no-store, CACHE_CONTROL=1", "GET", URL, "Cache-Control: no-store\n", 9, SERVER, NORMAL, LCC_REASON_REQUEST_NO_STORE},
    {"no-store, CACHE_CONTROL=0", "GET", URL, "Cache-Control: no-store\n", 9, IGNORE, NORMAL, NONE},
    {"no-store, CACHE_CONTROL=0 without a TTL", "GET", URL, "Cache-Control: no-store\n", 0, IGNORE, NORMAL, LCC_REASON_REQUEST_NO_STORE},
    {"no-store offline: nobody else to ask", "GET", URL, "Cache-Control: no-store\n", 0, AUTO, LCC_MODE_OFFLINE, NONE},
    {"only-if-cached is decided at look-up, 5.2.1.7", "GET", URL, "Cache-Control: only-if-cached\n", 0, AUTO, NORMAL, NONE},
    {"no-store beside only-if-cached fetches nothing", "GET", URL, "Cache-Control: no-store, only-if-cached\n", 0, AUTO, NORMAL, NONE},
    {"no-cache is decided at look-up", "GET", URL, "Cache-Control: no-cache\n", 0, AUTO, NORMAL, NONE},
};
/* clang-format on */

LCC_CASES(http_keep, requests, requests)
{
    const struct request_case *c = &requests[*which];
    struct lcc_policy policy = policy_with(c->ttl_s, c->control, c->mode);
    struct lcc_request request = message_request(c->method, c->url, c->lines);

    cr_expect_eq(lcc_keep_request(&policy, &request), c->want, "%s: %s",
                 c->name, lcc_reason_word(lcc_keep_request(&policy, &request)));
    lcc_fields_done(&request.fields);
}

struct response_case {
    const char *name;
    int64_t ttl_s;
    enum lcc_cache_control control;
    enum lcc_mode mode;
    const char *hop; /* NULL: no redirect before */
    const char *last;
    enum lcc_reason want;
};

#define OK "HTTP/1.1 200 OK\n" DATE
#define FOUND "HTTP/1.1 302 Found\n" DATE
#define MOVED "HTTP/1.1 301 Moved\n" DATE
#define MISSING "HTTP/1.1 404 Not Found\n" DATE
#define STORED LCC_REASON_STORED

/* clang-format off */
static const struct response_case responses[] = {
    {"plain", 0, AUTO, NORMAL, NULL, OK, STORED},
    {"no-store, RFC 9111 5.2.2.5", 0, AUTO, NORMAL, NULL, OK "Cache-Control: no-store\n", LCC_REASON_RESPONSE_NO_STORE},
    {"no-store under a TTL", 9, AUTO, NORMAL, NULL, OK "Cache-Control: no-store\n", LCC_REASON_RESPONSE_NO_STORE},
    {"no-store, CACHE_CONTROL=0", 9, IGNORE, NORMAL, NULL, OK "Cache-Control: no-store\n", STORED},
    {"private in a private cache, 5.2.2.7", 0, AUTO, NORMAL, NULL, OK "Cache-Control: private\n", STORED},
    {"Vary: *, 4.1", 0, AUTO, NORMAL, NULL, OK "Vary: a, *\n", LCC_REASON_VARY_ANY},
    {"Vary: * under a TTL", 9, IGNORE, NORMAL, NULL, OK "Vary: *\n", LCC_REASON_VARY_ANY},
    {"Vary on names", 0, AUTO, NORMAL, NULL, OK "Vary: a, b\n", STORED},
    {"silent 404", 0, AUTO, NORMAL, NULL, MISSING, LCC_REASON_NO_LIFETIME},
    {"404 under a TTL", 9, AUTO, NORMAL, NULL, MISSING, LCC_REASON_STATUS},
    {"404 and fresh, RFC 9111 3", 0, AUTO, NORMAL, NULL, MISSING "Cache-Control: max-age=9\n", STORED},
    {"silent 302", 0, AUTO, NORMAL, NULL, FOUND, LCC_REASON_STATUS},
    {"silent with a cookie", 0, AUTO, NORMAL, NULL, OK "Set-Cookie: a=b\n", LCC_REASON_NO_LIFETIME},
    {"max-age=0 is stored, to be revalidated or read offline", 0, AUTO, NORMAL, NULL, OK "Cache-Control: max-age=0\n", STORED},
    {"silent 404 with a tag: stored to ask, RFC 9111 4.3", 0, AUTO, NORMAL, NULL, MISSING "ETag: \"a\"\n", STORED},
    {"silent 302 with a tag", 0, AUTO, NORMAL, NULL, FOUND "ETag: \"a\"\n", LCC_REASON_STATUS},
    {"silent with a cookie and a tag", 0, AUTO, NORMAL, NULL, OK "Set-Cookie: a=b\nETag: \"a\"\n", LCC_REASON_NO_LIFETIME},
    {"a silent hop with a tag", 0, AUTO, NORMAL, FOUND "ETag: \"a\"\n", OK, LCC_REASON_NO_LIFETIME},
    {"silent 404 with a date that is none", 0, AUTO, NORMAL, NULL, MISSING "Last-Modified: x\n", LCC_REASON_NO_LIFETIME},
    {"no-store beside must-understand, 5.2.2.3", 0, AUTO, NORMAL, NULL, OK "Cache-Control: no-store, must-understand, max-age=9\n", STORED},
    {"the same of an unknown code, 5.2.2.3", 0, AUTO, NORMAL, NULL, "HTTP/1.1 599 x\n" DATE "Cache-Control: no-store, must-understand, max-age=9\n", LCC_REASON_RESPONSE_NO_STORE},
    {"must-understand of an unknown code, 5.2.2.3", 0, AUTO, NORMAL, NULL, "HTTP/1.1 599 x\n" DATE "Cache-Control: must-understand, max-age=9\n", LCC_REASON_STATUS},
    {"private for a field, 5.2.2.7", 0, AUTO, NORMAL, NULL, OK "Cache-Control: private=\"a\", max-age=9\n", STORED},
    {"no-cache for a field is stored, 5.2.2.4", 0, AUTO, NORMAL, NULL, OK "Cache-Control: no-cache=\"a\", max-age=9\n", STORED},
    {"Vary: * behind another separator", 0, AUTO, NORMAL, NULL, OK "Vary: a; *\n", LCC_REASON_VARY_ANY},
    {"readonly", 0, AUTO, LCC_MODE_READONLY, NULL, OK, LCC_REASON_READONLY},
    {"offline", 0, AUTO, LCC_MODE_OFFLINE, NULL, OK, LCC_REASON_READONLY},
    {"recache stores", 0, AUTO, LCC_MODE_RECACHE, NULL, OK, STORED},
    {"a lasting redirect followed", 0, AUTO, NORMAL, MOVED, OK, STORED},
    {"a silent redirect followed", 0, AUTO, NORMAL, FOUND, OK, LCC_REASON_NO_LIFETIME},
    {"a redirect followed under a TTL", 9, AUTO, NORMAL, FOUND, OK, STORED},
    {"a fresh redirect followed", 0, AUTO, NORMAL, FOUND "Cache-Control: max-age=9\n", OK, STORED},
    {"a hop's no-store keeps the chain out", 9, AUTO, NORMAL, FOUND "Cache-Control: no-store\n", OK, LCC_REASON_RESPONSE_NO_STORE},
    {"a redirect to a 404 under a TTL", 9, AUTO, NORMAL, FOUND, MISSING, LCC_REASON_STATUS},
    {"a hop's Vary: *", 9, AUTO, NORMAL, FOUND "Vary: *\n", OK, LCC_REASON_VARY_ANY},
};
/* clang-format on */

LCC_CASES(http_keep, responses, responses)
{
    const struct response_case *c = &responses[*which];
    struct lcc_policy policy = policy_with(c->ttl_s, c->control, c->mode);
    struct lcc_request request = message_request("GET", URL, "");
    struct lcc_response blocks[2];
    size_t count = 0;

    if (c->hop) {
        blocks[count++] = message_response(c->hop);
    }
    blocks[count++] = message_response(c->last);
    enum lcc_reason got = lcc_keep_response(&policy, &request, blocks, count);
    cr_expect_eq(got, c->want, "%s: %s", c->name, lcc_reason_word(got));
    while (count > 0) {
        lcc_response_done(&blocks[--count]);
    }
}

Test(http_keep, success_and_redirects_invalidate)
{
    cr_expect(lcc_keep_invalidates(200));
    cr_expect(lcc_keep_invalidates(204));
    cr_expect(lcc_keep_invalidates(303));
    cr_expect_not(lcc_keep_invalidates(404));
    cr_expect_not(lcc_keep_invalidates(500));
    cr_expect_not(lcc_keep_invalidates(100));
}
