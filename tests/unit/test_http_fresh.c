/*
 * Lifetime, age and verdict (RFC 9111, sections 4.2 and 5.2.1).
 *
 * Every response arrives at MESSAGE_NOW_S, which is what DATE says.
 */
#include "store/http_fresh.h"
#include "tests/support/cases.h"
#include "tests/unit/message.h"

#include <stdio.h>

#define DATE "Date: Mon, 01 Jan 2024 00:00:00 GMT\n"
#define HOUR_AHEAD "Expires: Mon, 01 Jan 2024 01:00:00 GMT\n"
#define TEN_DAYS_OLD "Last-Modified: Fri, 22 Dec 2023 00:00:00 GMT\n"
#define TEN_HOURS_OLD "Last-Modified: Sun, 31 Dec 2023 14:00:00 GMT\n"
#define URL "http://example.org/api/x"

/* What a table's row sets; the rest is the default. */
struct wish {
    int64_t ttl_s;      /* 0: unset, -1: 0 seconds */
    int64_t fallback_s; /* 0: an hour, -1: 0 seconds */
    enum lcc_cache_control control;
    enum lcc_mode mode;
    const char *pattern; /* of a URL rule */
    int64_t pattern_ttl_s;
    int code; /* a named status */
    bool all;
};

static struct lcc_policy policy_of(const struct wish *wish,
                                   struct lcc_url_ttl *rule)
{
    struct lcc_policy policy = {
        .ttl_s = wish->ttl_s == 0    ? LCC_TTL_UNSET
                 : wish->ttl_s == -1 ? 0
                                     : wish->ttl_s,
        .fallback_ttl_s = wish->fallback_s == 0    ? 3600
                          : wish->fallback_s == -1 ? 0
                                                   : wish->fallback_s,
        .cache_control = wish->control,
        .mode = wish->mode,
        .codes = {.set = wish->code || wish->all, .all = wish->all},
    };
    if (wish->code) {
        policy.codes.bits[wish->code / 64] |= UINT64_C(1) << (wish->code % 64);
    }
    if (wish->pattern && rule) {
        *rule =
            (struct lcc_url_ttl){.pattern = (char *)(uintptr_t)wish->pattern,
                                 .ttl_s = wish->pattern_ttl_s};
        policy.urls_ttl = (struct lcc_url_ttls){rule, 1};
    }
    return policy;
}

static struct lcc_response response_of(int status, const char *lines)
{
    static char heads[8][1024];
    static size_t next;
    char *head = heads[next++ % LCC_ARRAY_SIZE(heads)];

    (void)snprintf(head, sizeof(heads[0]), "HTTP/1.1 %d x\n%s\n", status,
                   lines);
    return message_response(head);
}

/* --- lifetime ------------------------------------------------------------ */

struct lifetime_case {
    const char *name;
    struct wish wish;
    int status;
    const char *lines;
    int64_t seconds;
    enum lcc_rule rule;
};

#define AUTO .control = LCC_CACHE_CONTROL_AUTO
#define SERVER .control = LCC_CACHE_CONTROL_SERVER
#define IGNORE .control = LCC_CACHE_CONTROL_IGNORE
#define NO_STORE LCC_TTL_NO_STORE

/* clang-format off */
static const struct lifetime_case lifetimes[] = {
    {"silent, behaviour (6)", {0}, 200, DATE, 3600, LCC_RULE_FALLBACK},
    {"silent without a Date", {0}, 200, "", 3600, LCC_RULE_FALLBACK},
    {"silent redirect for ever", {0}, 301, DATE, 3600, LCC_RULE_FALLBACK},
    {"silent 308", {0}, 308, DATE, 3600, LCC_RULE_FALLBACK},
    {"silent, no fallback", {.fallback_s = -1}, 200, DATE, 0, LCC_RULE_NONE},
    {"silent, fallback never ends", {.fallback_s = LCC_TTL_NEVER}, 200, DATE TEN_DAYS_OLD, LCC_TTL_NEVER, LCC_RULE_FALLBACK},
    {"silent with Set-Cookie, (6)", {0}, 200, DATE "Set-Cookie: a=b\n", 0, LCC_RULE_NONE},
    {"Set-Cookie and Last-Modified: the tenth alone, (6)", {0}, 200, DATE "Set-Cookie: a=b\n" TEN_HOURS_OLD, 3600, LCC_RULE_HEURISTIC},
    {"silent 404, (6)", {0}, 404, DATE, 0, LCC_RULE_NONE},
    {"404 with Last-Modified, RFC 9111 4.2.2", {0}, 404, DATE TEN_HOURS_OLD, 3600, LCC_RULE_HEURISTIC},
    {"silent 302 is not heuristically cacheable, RFC 9110 15.1", {0}, 302, DATE TEN_DAYS_OLD, 0, LCC_RULE_NONE},
    {"silent 500", {0}, 500, DATE TEN_DAYS_OLD, 0, LCC_RULE_NONE},
    {"the tenth, more than the fallback", {.fallback_s = 600}, 200, DATE TEN_HOURS_OLD, 3600, LCC_RULE_HEURISTIC},
    {"the tenth, less than the fallback", {.fallback_s = 7200}, 200, DATE TEN_HOURS_OLD, 7200, LCC_RULE_FALLBACK},
    {"the tenth is a day at most", {0}, 200, DATE "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\n", 86400, LCC_RULE_HEURISTIC},
    {"the tenth without a fallback", {.fallback_s = -1}, 200, DATE TEN_DAYS_OLD, 86400, LCC_RULE_HEURISTIC},
    {"modified in the future", {.fallback_s = -1}, 200, DATE "Last-Modified: Mon, 01 Jan 2024 10:00:00 GMT\n", 0, LCC_RULE_HEURISTIC},
    {"Last-Modified that is no date", {.fallback_s = -1}, 200, DATE "Last-Modified: 0\n", 0, LCC_RULE_NONE},
    {"max-age, RFC 9111 4.2.1", {0}, 200, DATE "Cache-Control: max-age=60\n", 60, LCC_RULE_MAX_AGE},
    {"max-age before Expires, 5.3", {0}, 200, DATE HOUR_AHEAD "Cache-Control: max-age=60\n", 60, LCC_RULE_MAX_AGE},
    {"max-age=0 is no silence", {0}, 200, DATE "Cache-Control: max-age=0\n", 0, LCC_RULE_MAX_AGE},
    {"s-maxage is for shared caches, 5.2.2.10", {0}, 200, DATE "Cache-Control: s-maxage=9, max-age=60\n", 60, LCC_RULE_MAX_AGE},
    {"s-maxage alone says nothing here", {0}, 200, DATE "Cache-Control: s-maxage=9\n", 3600, LCC_RULE_FALLBACK},
    {"private may be stored, 5.2.2.7", {0}, 200, DATE "Cache-Control: private, max-age=9\n", 9, LCC_RULE_MAX_AGE},
    {"must-revalidate states no lifetime, 5.2.2.2", {0}, 200, DATE "Cache-Control: must-revalidate\n", 3600, LCC_RULE_FALLBACK},
    {"immutable states no lifetime, RFC 8246 2", {0}, 200, DATE "Cache-Control: immutable\n", 3600, LCC_RULE_FALLBACK},
    {"Expires, 4.2.1", {0}, 200, DATE HOUR_AHEAD, 3600, LCC_RULE_EXPIRES},
    {"Expires in the past", {0}, 200, DATE "Expires: Sun, 31 Dec 2023 00:00:00 GMT\n", 0, LCC_RULE_EXPIRES},
    {"Expires: 0 has expired, 5.3", {0}, 200, DATE "Expires: 0\n", 0, LCC_RULE_EXPIRES},
    {"Expires counts from the server's Date, 4.2.1", {0}, 200, "Date: Mon, 01 Jan 2024 00:30:00 GMT\n" HOUR_AHEAD, 1800, LCC_RULE_EXPIRES},
    {"Expires without a Date counts from arrival", {0}, 200, HOUR_AHEAD, 3600, LCC_RULE_EXPIRES},
    {"Expires beside a Date that is none", {0}, 200, "Date: x\n" HOUR_AHEAD, 3600, LCC_RULE_EXPIRES},
    {"no-cache, 5.2.2.4", {0}, 200, DATE "Cache-Control: no-cache, max-age=60\n", 0, LCC_RULE_NO_CACHE},
    {"Pragma in a response keeps us from guessing, 5.4", {0}, 200, DATE TEN_DAYS_OLD "Pragma: no-cache\n", 0, LCC_RULE_NO_CACHE},
    {"and from trusting Expires, 5.4", {0}, 200, DATE HOUR_AHEAD "Pragma: no-cache\n", 0, LCC_RULE_NO_CACHE},
    {"but does not speak against max-age, 5.4", {0}, 200, DATE "Cache-Control: max-age=60\nPragma: no-cache\n", 60, LCC_RULE_MAX_AGE},
    {"no-cache for a field", {0}, 200, DATE "Cache-Control: no-cache=\"a\", max-age=60\n", 0, LCC_RULE_NO_CACHE},
    {"explicit freshness of any status", {0}, 500, DATE "Cache-Control: max-age=60\n", 60, LCC_RULE_MAX_AGE},
    {"no-store beside must-understand, a code we know, 5.2.2.3", {0}, 200, DATE "Cache-Control: no-store, must-understand, max-age=60\n", 60, LCC_RULE_MAX_AGE},
    {"no-store beside must-understand, a code we do not know, 5.2.2.3", {0}, 299, DATE "Cache-Control: no-store, must-understand, max-age=60\n", NO_STORE, LCC_RULE_NONE},
    {"must-understand alone forbids nothing, 5.2.2.3", {0}, 200, DATE "Cache-Control: must-understand, max-age=60\n", 60, LCC_RULE_MAX_AGE},
    {"public makes any code heuristically cacheable, 4.2.2", {0}, 599, DATE TEN_HOURS_OLD "Cache-Control: public\n", 3600, LCC_RULE_HEURISTIC},
    {"private does not, 5.2.2.7", {0}, 599, DATE TEN_HOURS_OLD "Cache-Control: private\n", 0, LCC_RULE_NONE},
    {"public 500 without Last-Modified", {0}, 500, DATE "Cache-Control: public\n", 0, LCC_RULE_NONE},
    {"no-store, 5.2.2.5, behaviour (1)", {0}, 200, DATE "Cache-Control: no-store, max-age=60\n", NO_STORE, LCC_RULE_NONE},
    {"the TTL, (3)", {.ttl_s = 90}, 200, DATE "Cache-Control: max-age=60\n", 90, LCC_RULE_TTL},
    {"the TTL against no-cache", {.ttl_s = 90}, 200, DATE "Cache-Control: no-cache\n", 90, LCC_RULE_TTL},
    {"the TTL against max-age=0", {.ttl_s = 90}, 200, DATE "Cache-Control: max-age=0\n", 90, LCC_RULE_TTL},
    {"the TTL of a cookie", {.ttl_s = 90}, 200, DATE "Set-Cookie: a=b\n", 90, LCC_RULE_TTL},
    {"a TTL of 0", {.ttl_s = -1}, 200, DATE "Cache-Control: max-age=60\n", 0, LCC_RULE_TTL},
    {"a TTL for ever", {.ttl_s = LCC_TTL_NEVER}, 200, DATE, LCC_TTL_NEVER, LCC_RULE_TTL},
    {"no-store before the TTL, (1)", {.ttl_s = 90}, 200, DATE "Cache-Control: no-store\n", NO_STORE, LCC_RULE_NONE},
    {"CACHE_CONTROL=0 ignores no-store", {.ttl_s = 90, IGNORE}, 200, DATE "Cache-Control: no-store\n", 90, LCC_RULE_TTL},
    {"but not without a TTL", {IGNORE}, 200, DATE "Cache-Control: no-store\n", NO_STORE, LCC_RULE_NONE},
    {"CACHE_CONTROL=1: the server, (4)", {.ttl_s = 90, SERVER}, 200, DATE "Cache-Control: max-age=60\n", 60, LCC_RULE_MAX_AGE},
    {"CACHE_CONTROL=1: the TTL as fallback, (5)", {.ttl_s = 90, SERVER}, 200, DATE TEN_DAYS_OLD, 90, LCC_RULE_TTL_FALLBACK},
    {"CACHE_CONTROL=1 without a TTL changes nothing", {SERVER}, 200, DATE, 3600, LCC_RULE_FALLBACK},
    {"a URL rule, (2)", {.ttl_s = 90, .pattern = "example.org/api", .pattern_ttl_s = 5}, 200, DATE "Cache-Control: max-age=60\n", 5, LCC_RULE_URL},
    {"a URL rule before the server, (2)", {.ttl_s = 90, SERVER, .pattern = "example.org/api", .pattern_ttl_s = 5}, 200, DATE "Cache-Control: max-age=60\n", 5, LCC_RULE_URL},
    {"a URL rule that does not match", {.pattern = "example.org/live", .pattern_ttl_s = 5}, 200, DATE, 3600, LCC_RULE_FALLBACK},
    {"a URL rule's no-store", {.pattern = "example.org", .pattern_ttl_s = NO_STORE}, 200, DATE, NO_STORE, LCC_RULE_URL},
    {"no-store before a URL rule, (1)", {.pattern = "example.org", .pattern_ttl_s = 5}, 200, DATE "Cache-Control: no-store\n", NO_STORE, LCC_RULE_NONE},
    {"CACHE_CONTROL=0 under a URL rule", {IGNORE, .pattern = "example.org", .pattern_ttl_s = 5}, 200, DATE "Cache-Control: no-store\n", 5, LCC_RULE_URL},
    {"CACHE_CONTROL=0 and another URL's rule", {IGNORE, .pattern = "example.com", .pattern_ttl_s = 5}, 200, DATE "Cache-Control: no-store\n", NO_STORE, LCC_RULE_NONE},
    {"Retry-After bounds an error, RFC 9110 10.2.3", {.ttl_s = 90}, 503, DATE "Retry-After: 30\n", 30, LCC_RULE_TTL},
    {"Retry-After bounds never", {.ttl_s = LCC_TTL_NEVER}, 503, DATE "Retry-After: 30\n", 30, LCC_RULE_TTL},
    {"Retry-After as a date", {.ttl_s = LCC_TTL_NEVER}, 503, DATE "Retry-After: Mon, 01 Jan 2024 00:02:00 GMT\n", 120, LCC_RULE_TTL},
    {"a longer Retry-After changes nothing", {.ttl_s = 90}, 503, DATE "Retry-After: 300\n", 90, LCC_RULE_TTL},
    {"Retry-After that is none", {.ttl_s = 90}, 503, DATE "Retry-After: soon\n", 90, LCC_RULE_TTL},
    {"Retry-After of no error", {.ttl_s = 90}, 301, DATE "Retry-After: 30\n", 90, LCC_RULE_TTL},
};
/* clang-format on */

LCC_CASES(http_fresh, lifetimes, lifetimes)
{
    const struct lifetime_case *c = &lifetimes[*which];
    struct lcc_url_ttl rule;
    struct lcc_policy policy = policy_of(&c->wish, &rule);
    struct lcc_response response = response_of(c->status, c->lines);
    struct lcc_lifetime got =
        lcc_fresh_lifetime(&policy, lcc_span_str(URL), &response);

    cr_expect_eq(got.seconds, c->seconds, "%s: %lld", c->name,
                 (long long)got.seconds);
    cr_expect_eq(got.rule, c->rule, "%s: %s", c->name, lcc_rule_text(got.rule));
    lcc_response_done(&response);
}

/* --- codes --------------------------------------------------------------- */

struct code_case {
    const char *name;
    struct wish wish;
    int status;
    const char *lines;
    bool want;
};

#define FRESH "Cache-Control: max-age=60\n"

/* clang-format off */
static const struct code_case codes[] = {
    {"200 and silent", {0}, 200, DATE, true},
    {"404 and silent, heuristically cacheable", {0}, 404, DATE, true},
    {"302 and silent", {0}, 302, DATE, false},
    {"500 and silent", {0}, 500, DATE, false},
    {"302 and fresh, RFC 9111 3", {0}, 302, DATE FRESH, true},
    {"404 and fresh", {0}, 404, DATE FRESH, true},
    {"500 and fresh", {0}, 500, DATE FRESH, true},
    {"200 under a TTL", {.ttl_s = 90}, 200, DATE, true},
    {"301 under a TTL", {.ttl_s = 90}, 301, DATE, true},
    {"302 under a TTL, as the last response", {.ttl_s = 90}, 302, DATE, false},
    {"404 under a TTL", {.ttl_s = 90}, 404, DATE, false},
    {"404 and fresh under a TTL", {.ttl_s = 90}, 404, DATE FRESH, false},
    {"404 and fresh, the TTL as fallback", {.ttl_s = 90, SERVER}, 404, DATE FRESH, true},
    {"404 and silent, the TTL as fallback", {.ttl_s = 90, SERVER}, 404, DATE, false},
    {"404 under a URL rule", {.pattern = "example.org", .pattern_ttl_s = 9}, 404, DATE, false},
    {"named", {.ttl_s = 90, .code = 404}, 404, DATE, true},
    {"not named", {.ttl_s = 90, .code = 404}, 200, DATE, false},
    {"not named, even fresh", {.code = 404}, 200, DATE FRESH, false},
    {"all", {.ttl_s = 90, .all = true}, 500, DATE, true},
    {"401 needs its name", {.ttl_s = 90, .all = true}, 401, DATE, false},
    {"403 needs its name", {.ttl_s = 90, .all = true}, 403, DATE, false},
    {"407 needs its name", {.ttl_s = 90, .all = true}, 407, DATE, false},
    {"429 needs its name, RFC 6585 4", {.ttl_s = 90, .all = true}, 429, DATE, false},
    {"429 and fresh, RFC 6585 4", {0}, 429, DATE FRESH, false},
    {"428 and fresh, RFC 6585 3", {0}, 428, DATE FRESH, false},
    {"511 and fresh, RFC 6585 6", {0}, 511, DATE FRESH, false},
    {"401 named", {.ttl_s = 90, .all = true, .code = 401}, 401, DATE, true},
    {"206 is a part, RFC 9111 3.3", {.ttl_s = 90, .code = 206}, 206, DATE FRESH, false},
    {"304 is a part, RFC 9111 3.3", {.ttl_s = 90, .code = 304}, 304, DATE FRESH, false},
    {"600 and more is no status", {.ttl_s = 90, .all = true}, 600, DATE FRESH, false},
    {"999", {0}, 999, DATE FRESH, false},
    {"599, public and modified, 4.2.2", {0}, 599, DATE TEN_HOURS_OLD "Cache-Control: public\n", true},
    {"599 and modified", {0}, 599, DATE TEN_HOURS_OLD, false},
    {"public is no explicit freshness under a TTL", {.ttl_s = 90}, 500, DATE "Cache-Control: public\n", false},
    {"must-understand a known one, RFC 9111 5.2.2.3", {0}, 200, DATE "Cache-Control: max-age=5, must-understand\n", true},
    {"must-understand an unknown one, 5.2.2.3", {0}, 299, DATE "Cache-Control: max-age=5, must-understand\n", false},
};
/* clang-format on */

LCC_CASES(http_fresh, codes, codes)
{
    const struct code_case *c = &codes[*which];
    struct lcc_url_ttl rule;
    struct lcc_policy policy = policy_of(&c->wish, &rule);
    struct lcc_response response = response_of(c->status, c->lines);
    struct lcc_lifetime lifetime =
        lcc_fresh_lifetime(&policy, lcc_span_str(URL), &response);

    cr_expect_eq(lcc_fresh_covers(&policy, &response, &lifetime), c->want, "%s",
                 c->name);
    lcc_response_done(&response);
}

/* --- age ----------------------------------------------------------------- */

struct age_case {
    const char *name;
    const char *lines;
    int64_t delay_s; /* from request to response */
    int64_t later_s; /* from arrival to now */
    int64_t age_s;
    int64_t resident_s;
};

/* clang-format off */
static const struct age_case ages[] = {
    {"just arrived, 4.2.3", DATE, 0, 0, 0, 0},
    {"time passes", DATE, 0, 7, 7, 7},
    {"the Date was older: apparent_age", "Date: Sun, 31 Dec 2023 23:59:00 GMT\n", 0, 7, 67, 7},
    {"the Date was ahead", "Date: Mon, 01 Jan 2024 00:01:00 GMT\n", 0, 7, 7, 7},
    {"no Date", "", 0, 7, 7, 7},
    {"the Age field", DATE "Age: 100\n", 0, 7, 107, 7},
    {"the Age field and the delay: corrected_age_value", DATE "Age: 100\n", 5, 7, 112, 7},
    {"the larger of the two", "Date: Sun, 31 Dec 2023 23:59:00 GMT\nAge: 10\n", 5, 7, 67, 7},
    {"the clock stepped back", DATE "Age: 100\n", 0, -50, 100, 0},
    {"the clock stepped back while asking", DATE "Age: 100\n", -50, 0, 100, 0},
    {"saturates, 1.2.2", DATE "Age: 2147483648\n", 0, 7, LCC_DELTA_MAX_S, 7},
    {"as late as can be", DATE, 0, INT64_MAX - MESSAGE_NOW_S, LCC_DELTA_MAX_S, INT64_MAX - MESSAGE_NOW_S},
};
/* clang-format on */

LCC_CASES(http_fresh, ages, ages)
{
    const struct age_case *c = &ages[*which];
    struct lcc_response response = response_of(200, c->lines);
    int64_t now_s = MESSAGE_NOW_S + c->later_s;

    response.request_time_s = MESSAGE_NOW_S - c->delay_s;
    cr_expect_eq(lcc_fresh_age(&response, now_s), c->age_s, "%s", c->name);
    cr_expect_eq(lcc_fresh_resident(&response, now_s), c->resident_s, "%s",
                 c->name);
    lcc_response_done(&response);
}

/* Small and reproducible; not for secrets. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Times as hosts and servers give them, extremes included. */
static int64_t random_time(uint64_t *state)
{
    static const int64_t odd[] = {
        LCC_TIME_ABSENT, LCC_TIME_INVALID, INT64_MIN + 2, -1, 0, 1,
        MESSAGE_NOW_S,   INT64_MAX,        INT64_MAX - 1,
    };
    uint64_t random = next_random(state);

    if (random % 3 == 0) {
        return odd[random / 3 % LCC_ARRAY_SIZE(odd)];
    }
    return MESSAGE_NOW_S + (int64_t)(random % 200000) - 100000;
}

static struct lcc_response random_response(uint64_t *state)
{
    return (struct lcc_response){
        .status = 200,
        .request_time_s = random_time(state),
        .response_time_s = random_time(state),
        .date_s = random_time(state),
        .expires_s = random_time(state),
        .last_modified_s = random_time(state),
        .age_s = (int64_t)(next_random(state) % 1000000),
        .cc = {.max_age_s = (int64_t)(next_random(state) % 5000) - 1},
    };
}

Test(http_fresh, age_never_falls_as_now_grows_and_stays_in_bounds)
{
    uint64_t state = 42;

    for (size_t round = 0; round < 100000; round++) {
        struct lcc_response response = random_response(&state);
        int64_t now = random_time(&state);
        int64_t later = lcc_add_sat(
            now, (int64_t)(next_random(&state) % INT64_C(10000000000)));
        int64_t before = lcc_fresh_age(&response, now);
        int64_t after = lcc_fresh_age(&response, later);
        cr_assert_geq(before, 0);
        cr_assert_leq(after, LCC_DELTA_MAX_S);
        cr_assert_geq(after, before);
    }
}

/* --- verdict ------------------------------------------------------------- */

struct verdict_case {
    const char *name;
    struct wish wish;
    const char *asked; /* field lines of the request */
    const char *lines; /* of the stored response */
    int64_t later_s;
    enum lcc_verdict verdict;
    enum lcc_reason reason;
};

#define ASK(directives) "Cache-Control: " directives "\n"
#define SERVE LCC_VERDICT_SERVE
#define STALE LCC_VERDICT_SERVE_STALE
#define FETCH LCC_VERDICT_FETCH
#define VALIDATE LCC_VERDICT_VALIDATE
#define HIT LCC_REASON_HIT
#define HIT_STALE LCC_REASON_HIT_STALE
#define EXPIRED LCC_REASON_EXPIRED
#define REFETCHED LCC_REASON_REFETCHED

/* clang-format off */
static const struct verdict_case verdicts[] = {
    {"fresh, 4.2", {0}, "", DATE FRESH, 59, SERVE, HIT},
    {"no longer fresh, 4.2", {0}, "", DATE FRESH, 60, VALIDATE, EXPIRED},
    {"an hour for the silent", {0}, "", DATE, 3599, SERVE, HIT},
    {"not longer", {0}, "", DATE, 3600, VALIDATE, EXPIRED},
    {"max-age=0", {0}, "", DATE "Cache-Control: max-age=0\n", 0, VALIDATE, EXPIRED},
    {"no-cache, 5.2.2.4", {0}, "", DATE "Cache-Control: no-cache\n", 0, VALIDATE, EXPIRED},
    {"the server's lifetime counts from its Age", {0}, "", DATE FRESH "Age: 50\n", 20, VALIDATE, EXPIRED},
    {"the TTL counts from arrival", {.ttl_s = 60}, "", DATE "Age: 5000\n", 59, SERVE, HIT},
    {"and ends", {.ttl_s = 60}, "", DATE, 60, VALIDATE, EXPIRED},
    {"a new TTL acts at once", {.ttl_s = 2}, "", DATE FRESH, 3, VALIDATE, EXPIRED},
    {"a TTL of 0", {.ttl_s = -1}, "", DATE FRESH, 0, VALIDATE, EXPIRED},
    {"never", {.ttl_s = LCC_TTL_NEVER}, "", DATE, INT64_C(100000000000), SERVE, HIT},
    {"a URL rule's no-store acts at once", {.pattern = "example.org", .pattern_ttl_s = NO_STORE}, "", DATE FRESH, 0, FETCH, LCC_REASON_RULE_NO_STORE},
    {"stored under CACHE_CONTROL=0, read without", {0}, "", DATE "Cache-Control: no-store\n", 0, FETCH, LCC_REASON_RESPONSE_NO_STORE},
    {"codes act at once", {.code = 404}, "", DATE FRESH, 0, FETCH, LCC_REASON_STATUS},
    {"the clock went far back", {.ttl_s = 60}, "", DATE, -100000, VALIDATE, EXPIRED},
    {"the clock went back a little", {.ttl_s = 60}, "", DATE, -100, SERVE, HIT},
    {"request no-cache, 5.2.1.4", {0}, ASK("no-cache"), DATE FRESH, 0, VALIDATE, REFETCHED},
    {"Pragma, 5.4", {0}, "Pragma: no-cache\n", DATE FRESH, 0, VALIDATE, REFETCHED},
    {"request no-cache under a TTL", {.ttl_s = 60}, ASK("no-cache"), DATE, 0, VALIDATE, REFETCHED},
    {"CACHE_CONTROL=0 ignores it", {.ttl_s = 60, IGNORE}, ASK("no-cache"), DATE, 0, SERVE, HIT},
    {"but not without a TTL", {IGNORE}, ASK("no-cache"), DATE, 0, VALIDATE, REFETCHED},
    {"request max-age, 5.2.1.1", {0}, ASK("max-age=10"), DATE FRESH, 11, VALIDATE, REFETCHED},
    {"request max-age just met", {0}, ASK("max-age=10"), DATE FRESH, 10, SERVE, HIT},
    {"request max-age=0 means the origin", {0}, ASK("max-age=0"), DATE FRESH, 0, VALIDATE, REFETCHED},
    {"request max-age counts from Age too", {.ttl_s = 60}, ASK("max-age=10"), DATE "Age: 11\n", 0, VALIDATE, REFETCHED},
    {"min-fresh, 5.2.1.3", {0}, ASK("min-fresh=10"), DATE FRESH, 51, VALIDATE, REFETCHED},
    {"min-fresh just met", {0}, ASK("min-fresh=10"), DATE FRESH, 50, SERVE, HIT},
    {"min-fresh of what never ends", {.ttl_s = LCC_TTL_NEVER}, ASK("min-fresh=10"), DATE, 50, SERVE, HIT},
    {"max-stale, 5.2.1.2", {0}, ASK("max-stale=10"), DATE FRESH, 70, STALE, HIT_STALE},
    {"max-stale exceeded", {0}, ASK("max-stale=10"), DATE FRESH, 71, VALIDATE, EXPIRED},
    {"max-stale of any age", {0}, ASK("max-stale"), DATE FRESH, 100000, STALE, HIT_STALE},
    {"max-stale against must-revalidate, 5.2.2.2", {0}, ASK("max-stale"), DATE "Cache-Control: max-age=60, must-revalidate\n", 70, VALIDATE, EXPIRED},
    {"max-stale against no-cache, 5.2.2.4", {0}, ASK("max-stale"), DATE "Cache-Control: no-cache\n", 0, VALIDATE, EXPIRED},
    {"proxy-revalidate is for shared caches, 5.2.2.8", {0}, ASK("max-stale"), DATE "Cache-Control: max-age=60, proxy-revalidate\n", 70, STALE, HIT_STALE},
    {"max-stale against a TTL of 0", {.ttl_s = -1}, ASK("max-stale"), DATE, 0, VALIDATE, EXPIRED},
    {"max-stale with request max-age", {0}, ASK("max-stale, max-age=10"), DATE FRESH, 70, VALIDATE, REFETCHED},
    {"immutable does not stop no-cache, RFC 8246 2", {0}, ASK("no-cache"), DATE "Cache-Control: max-age=60, immutable\n", 0, VALIDATE, REFETCHED},
    {"offline, fresh", {.mode = LCC_MODE_OFFLINE}, "", DATE FRESH, 0, SERVE, HIT},
    {"offline, stale", {.mode = LCC_MODE_OFFLINE}, "", DATE FRESH, 100000, STALE, HIT_STALE},
    {"offline, whatever is asked", {.mode = LCC_MODE_OFFLINE}, ASK("no-cache"), DATE "Cache-Control: no-store\n", 0, STALE, HIT_STALE},
    {"recache", {.mode = LCC_MODE_RECACHE}, "", DATE FRESH, 0, FETCH, REFETCHED},
    {"refresh", {.mode = LCC_MODE_REFRESH}, "", DATE FRESH, 0, VALIDATE, REFETCHED},
    {"readonly serves", {.mode = LCC_MODE_READONLY}, "", DATE FRESH, 0, SERVE, HIT},
};
/* clang-format on */

LCC_CASES(http_fresh, verdicts, verdicts)
{
    const struct verdict_case *c = &verdicts[*which];
    struct lcc_url_ttl rule;
    struct lcc_policy policy = policy_of(&c->wish, &rule);
    struct lcc_request request = message_request("GET", URL, c->asked);
    struct lcc_response response = response_of(200, c->lines);
    struct lcc_decision got = lcc_fresh_decide(&policy, &request, &response, 1,
                                               MESSAGE_NOW_S + c->later_s);

    cr_expect_eq(got.verdict, c->verdict, "%s", c->name);
    cr_expect_eq(got.reason, c->reason, "%s: %s", c->name,
                 lcc_reason_word(got.reason));
    lcc_response_done(&response);
    lcc_fields_done(&request.fields);
}

Test(http_fresh, a_chain_lives_as_long_as_its_shortest_hop)
{
    const struct wish wish = {0};
    struct lcc_policy policy = policy_of(&wish, NULL);
    struct lcc_request request = message_request("GET", URL, "");
    struct lcc_response blocks[] = {
        response_of(301, DATE "Cache-Control: max-age=10\n"),
        response_of(200, DATE "Cache-Control: max-age=60\nAge: 3\n"),
    };
    struct lcc_decision got =
        lcc_fresh_decide(&policy, &request, blocks, 2, MESSAGE_NOW_S + 9);

    cr_expect_eq(got.verdict, LCC_VERDICT_SERVE);
    cr_expect_eq(got.ttl_s, 1);
    cr_expect_eq(got.age_s, 12, "the final block's");
    cr_expect_eq(got.rule, LCC_RULE_MAX_AGE);
    got = lcc_fresh_decide(&policy, &request, blocks, 2, MESSAGE_NOW_S + 10);
    cr_expect_eq(got.verdict, LCC_VERDICT_VALIDATE);
    cr_expect_eq(got.ttl_s, 0);
    lcc_response_done(&blocks[0]);
    lcc_response_done(&blocks[1]);
}

Test(http_fresh, age_is_shown_under_the_servers_rule_alone)
{
    const struct wish server = {0};
    const struct wish user = {.ttl_s = 90};
    struct lcc_policy by_server = policy_of(&server, NULL);
    struct lcc_policy by_user = policy_of(&user, NULL);
    struct lcc_request request = message_request("GET", URL, "");
    struct lcc_response block = response_of(200, DATE FRESH);

    cr_expect(lcc_fresh_decide(&by_server, &request, &block, 1, MESSAGE_NOW_S)
                  .add_age);
    cr_expect_not(
        lcc_fresh_decide(&by_user, &request, &block, 1, MESSAGE_NOW_S).add_age);
    lcc_response_done(&block);
}

Test(http_fresh, max_stale_never_turns_served_into_fetched)
{
    uint64_t state = 7;

    for (size_t round = 0; round < 100000; round++) {
        const struct wish wish = {
            .ttl_s = (int64_t)(next_random(&state) % 3) * 50,
            .control = (enum lcc_cache_control)(next_random(&state) % 3),
        };
        struct lcc_policy policy = policy_of(&wish, NULL);
        struct lcc_response response = random_response(&state);
        struct lcc_request request = {
            .method = lcc_span_str("GET"),
            .url = lcc_span_str(URL),
            .cc = {.max_age_s = (int64_t)(next_random(&state) % 500) - 1,
                   .min_fresh_s = (int64_t)(next_random(&state) % 50) - 1,
                   .max_stale_s = -1},
        };
        int64_t now = random_time(&state);
        struct lcc_decision without =
            lcc_fresh_decide(&policy, &request, &response, 1, now);
        request.cc.max_stale_s = (int64_t)(next_random(&state) % 100000);
        struct lcc_decision with =
            lcc_fresh_decide(&policy, &request, &response, 1, now);
        if (without.verdict == LCC_VERDICT_SERVE) {
            cr_assert_eq(with.verdict, LCC_VERDICT_SERVE);
        }
    }
}

Test(http_fresh, every_rule_has_a_text)
{
    for (size_t i = 0; i < LCC_RULE_MAX_; i++) {
        cr_expect_not_null(lcc_rule_text((enum lcc_rule)i));
    }
    cr_expect_str_eq(lcc_rule_text((enum lcc_rule)99),
                     lcc_rule_text(LCC_RULE_NONE));
}

Test(http_fresh, a_regex_rule_is_searched_for_in_the_whole_url)
{
    regex_t regex;
    cr_assert_eq(regcomp(&regex, "/v[0-9]+/", REG_EXTENDED | REG_NOSUB), 0);
    struct lcc_url_ttl rules[] = {
        {.pattern = (char[]){"re:/v[0-9]+/"}, .regex = &regex, .ttl_s = 1},
        {.pattern = (char[]){"example.org"}, .ttl_s = 2},
    };
    struct lcc_policy policy = {.urls_ttl = {rules, 2}};
    const char *with_tail = "http://example.org/v1/tail";

    cr_expect_eq(lcc_fresh_url_rule(&policy, lcc_span_str(with_tail)),
                 &rules[0], "the first match wins");
    cr_expect_eq(
        lcc_fresh_url_rule(&policy, lcc_span_str("http://example.org/v/")),
        &rules[1]);
    cr_expect_eq(
        lcc_fresh_url_rule(
            &policy, lcc_span_of(with_tail, strlen("http://example.org/v1"))),
        &rules[1], "the URL ends where its span ends");
    cr_expect_null(lcc_fresh_url_rule(&policy, lcc_span_str("http://other/")));
    regfree(&regex);
}
