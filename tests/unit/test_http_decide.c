/*
 * Who is asked, who may have a stale answer, and what is left when the origin
 * fails (RFC 9111, sections 4.2.4, 5.2.1 and 5.2.2; RFC 5861).
 *
 * Every response arrives at MESSAGE_NOW_S, which is what DATE says.
 */
#include "store/http_fresh.h"
#include "tests/support/cases.h"
#include "tests/unit/message.h"

#include <stdio.h>

#define DATE "Date: Mon, 01 Jan 2024 00:00:00 GMT\n"
#define SAYS(directives) "Cache-Control: " directives "\n"
#define ASK(directives) "Cache-Control: " directives "\n"
#define URL "http://example.org/api/x"
#define MINUTE SAYS("max-age=60")

enum { FOR_EVER = 1000000 }; /* seconds; longer than any window here */

/* What a row sets; the rest is the default. */
struct wish {
    int64_t ttl_s; /* 0: unset, -1: 0 seconds */
    int64_t error_s;
    int64_t beside_s;
    enum lcc_cache_control control;
    enum lcc_mode mode;
    bool always;
};

static struct lcc_policy policy_of(const struct wish *wish)
{
    return (struct lcc_policy){
        .ttl_s = wish->ttl_s == 0    ? LCC_TTL_UNSET
                 : wish->ttl_s == -1 ? 0
                                     : wish->ttl_s,
        .stale_if_error_s = wish->error_s ? wish->error_s : LCC_TTL_UNSET,
        .stale_while_revalidate_s =
            wish->beside_s ? wish->beside_s : LCC_TTL_UNSET,
        .always_revalidate = wish->always,
        .fallback_ttl_s = 3600,
        .cache_control = wish->control,
        .mode = wish->mode,
    };
}

struct decide_case {
    const char *name;
    struct wish wish;
    const char *asked; /* field lines of the request */
    const char *lines; /* of the stored response */
    int64_t later_s;
    enum lcc_verdict verdict;
    enum lcc_reason reason;
    bool stale_if_error;
};

#define SERVE LCC_VERDICT_SERVE
#define STALE LCC_VERDICT_SERVE_STALE
#define REFRESH LCC_VERDICT_SERVE_REFRESH
#define VALIDATE LCC_VERDICT_VALIDATE
#define FETCH LCC_VERDICT_FETCH
#define REFUSE LCC_VERDICT_REFUSE
#define HIT LCC_REASON_HIT
#define HIT_STALE LCC_REASON_HIT_STALE
#define EXPIRED LCC_REASON_EXPIRED
#define REFETCHED LCC_REASON_REFETCHED
#define BESIDE LCC_REASON_STALE_WHILE_REVALIDATE
#define ONLY LCC_REASON_ONLY_IF_CACHED
#define IGNORE .control = LCC_CACHE_CONTROL_IGNORE
#define SERVER .control = LCC_CACHE_CONTROL_SERVER
#define OFFLINE .mode = LCC_MODE_OFFLINE

#define SWR SAYS("max-age=60, stale-while-revalidate=30")
#define SIE SAYS("max-age=60, stale-if-error=30")

/* clang-format off */
static const struct decide_case decisions[] = {
    /* who is asked first */
    {"ALWAYS_REVALIDATE asks about what is fresh", {.always = true}, "", DATE MINUTE, 0, VALIDATE, REFETCHED, false},
    {"ALWAYS_REVALIDATE under a TTL", {.always = true, .ttl_s = 90}, "", DATE, 0, VALIDATE, REFETCHED, false},
    {"ALWAYS_REVALIDATE under CACHE_CONTROL=0", {.always = true, .ttl_s = 90, IGNORE}, "", DATE, 0, VALIDATE, REFETCHED, false},
    {"ALWAYS_REVALIDATE before max-stale", {.always = true}, ASK("max-stale"), DATE MINUTE, 90, VALIDATE, REFETCHED, false},
    {"ALWAYS_REVALIDATE before stale-while-revalidate", {.always = true}, "", DATE SWR, 70, VALIDATE, REFETCHED, false},
    {"ALWAYS_REVALIDATE has nobody to ask offline", {.always = true, OFFLINE}, "", DATE MINUTE, 0, SERVE, HIT, false},
    {"MODE=refresh checks all", {.mode = LCC_MODE_REFRESH}, "", DATE MINUTE, 0, VALIDATE, REFETCHED, false},
    {"MODE=refresh and a no-store of before", {.mode = LCC_MODE_REFRESH}, "", DATE SAYS("no-store"), 0, FETCH, LCC_REASON_RESPONSE_NO_STORE, false},
    {"MODE=refresh when the origin fails, by the setting", {.mode = LCC_MODE_REFRESH, .error_s = 30}, "", DATE MINUTE, 0, VALIDATE, REFETCHED, true},
    {"MODE=recache takes nothing stored", {.mode = LCC_MODE_RECACHE, .error_s = 30}, "", DATE MINUTE, 0, FETCH, REFETCHED, false},
    {"MODE=readonly asks as ever", {.mode = LCC_MODE_READONLY}, "", DATE MINUTE, 60, VALIDATE, EXPIRED, false},
    {"MODE=readonly serves beside", {.mode = LCC_MODE_READONLY}, "", DATE SWR, 70, REFRESH, BESIDE, false},
    {"a TTL of 0 always asks", {.ttl_s = -1}, "", DATE MINUTE, 0, VALIDATE, EXPIRED, false},
    {"no-store is no answer, even to an error", {.error_s = FOR_EVER}, "", DATE SAYS("no-store"), 0, FETCH, LCC_REASON_RESPONSE_NO_STORE, false},

    /* only-if-cached, RFC 9111 5.2.1.7 */
    {"only-if-cached and fresh", {0}, ASK("only-if-cached"), DATE MINUTE, 0, SERVE, HIT, false},
    {"only-if-cached and expired", {0}, ASK("only-if-cached"), DATE MINUTE, 60, REFUSE, ONLY, false},
    {"only-if-cached does not fall back to an error's answer", {.error_s = FOR_EVER}, ASK("only-if-cached"), DATE MINUTE, 60, REFUSE, ONLY, false},
    {"only-if-cached with max-stale", {0}, ASK("only-if-cached, max-stale"), DATE MINUTE, 60, STALE, HIT_STALE, false},
    {"only-if-cached with max-age that is met", {0}, ASK("only-if-cached, max-age=9"), DATE MINUTE, 9, SERVE, HIT, false},
    {"only-if-cached with max-age that is not", {0}, ASK("only-if-cached, max-age=9"), DATE MINUTE, 10, REFUSE, ONLY, false},
    {"only-if-cached with min-fresh that is not", {0}, ASK("only-if-cached, min-fresh=51"), DATE MINUTE, 10, REFUSE, ONLY, false},
    {"only-if-cached with no-cache", {0}, ASK("only-if-cached, no-cache"), DATE MINUTE, 0, REFUSE, ONLY, false},
    {"only-if-cached within stale-while-revalidate: nobody refreshes", {0}, ASK("only-if-cached"), DATE SWR, 70, STALE, BESIDE, false},
    {"only-if-cached and a no-store of before", {0}, ASK("only-if-cached"), DATE SAYS("no-store"), 0, REFUSE, ONLY, false},
    {"only-if-cached under MODE=recache", {.mode = LCC_MODE_RECACHE}, ASK("only-if-cached"), DATE MINUTE, 0, REFUSE, ONLY, false},
    {"only-if-cached offline, expired", {OFFLINE}, ASK("only-if-cached"), DATE MINUTE, 60, STALE, HIT_STALE, false},
    {"CACHE_CONTROL=0 ignores only-if-cached", {.ttl_s = 90, IGNORE}, ASK("only-if-cached"), DATE, 90, VALIDATE, EXPIRED, false},

    /* stale-while-revalidate, RFC 5861 3 */
    {"stale-while-revalidate while fresh, RFC 5861 3", {0}, "", DATE SWR, 59, SERVE, HIT, false},
    {"stale-while-revalidate at once, RFC 5861 3", {0}, "", DATE SWR, 60, REFRESH, BESIDE, false},
    {"stale-while-revalidate at its end", {0}, "", DATE SWR, 90, REFRESH, BESIDE, false},
    {"stale-while-revalidate past its end", {0}, "", DATE SWR, 91, VALIDATE, EXPIRED, false},
    {"stale-while-revalidate counts the Age, 4.2.3", {0}, "", DATE SWR "Age: 40\n", 51, VALIDATE, EXPIRED, false},
    {"stale-while-revalidate=0", {0}, "", DATE SAYS("max-age=60, stale-while-revalidate=0"), 60, VALIDATE, EXPIRED, false},
    {"stale-while-revalidate that is no number", {0}, "", DATE SAYS("max-age=60, stale-while-revalidate=x"), 60, VALIDATE, EXPIRED, false},
    {"stale-while-revalidate beside Expires", {0}, "", DATE "Expires: Mon, 01 Jan 2024 00:01:00 GMT\n" SAYS("stale-while-revalidate=30"), 70, REFRESH, BESIDE, false},
    {"stale-while-revalidate beside max-age=0", {0}, "", DATE SAYS("max-age=0, stale-while-revalidate=30"), 5, REFRESH, BESIDE, false},
    {"STALE_WHILE_REVALIDATE", {.beside_s = 30}, "", DATE MINUTE, 90, REFRESH, BESIDE, false},
    {"STALE_WHILE_REVALIDATE past its end", {.beside_s = 30}, "", DATE MINUTE, 91, VALIDATE, EXPIRED, false},
    {"STALE_WHILE_REVALIDATE under a TTL", {.beside_s = 30, .ttl_s = 60}, "", DATE, 90, REFRESH, BESIDE, false},
    {"STALE_WHILE_REVALIDATE, the response's window is longer", {.beside_s = 5}, "", DATE SWR, 90, REFRESH, BESIDE, false},
    {"STALE_WHILE_REVALIDATE=never", {.beside_s = LCC_TTL_NEVER}, "", DATE MINUTE, FOR_EVER, REFRESH, BESIDE, false},
    {"STALE_WHILE_REVALIDATE against a TTL of 0", {.beside_s = 30, .ttl_s = -1}, "", DATE, 5, VALIDATE, EXPIRED, false},
    {"must-revalidate forbids it, RFC 9111 5.2.2.2", {.beside_s = 30}, "", DATE SAYS("max-age=60, must-revalidate, stale-while-revalidate=30"), 70, VALIDATE, EXPIRED, false},
    {"must-revalidate forbids it under a TTL", {.beside_s = 30, .ttl_s = 60}, "", DATE SAYS("must-revalidate"), 70, VALIDATE, EXPIRED, false},
    {"must-revalidate has no say under CACHE_CONTROL=0", {.beside_s = 30, .ttl_s = 60, IGNORE}, "", DATE SAYS("must-revalidate"), 70, REFRESH, BESIDE, false},
    {"no-cache forbids it, 5.2.2.4", {.beside_s = 30}, "", DATE SAYS("no-cache, stale-while-revalidate=30"), 5, VALIDATE, EXPIRED, false},
    {"no-cache for a field forbids it", {.beside_s = 30}, "", DATE SAYS("no-cache=\"set-cookie\", max-age=1"), 5, VALIDATE, EXPIRED, false},
    {"proxy-revalidate has no say here, 5.2.2.8", {0}, "", DATE SAYS("max-age=60, proxy-revalidate, stale-while-revalidate=30"), 70, REFRESH, BESIDE, false},
    {"request no-cache forbids it, 5.2.1.4", {0}, ASK("no-cache"), DATE SWR, 70, VALIDATE, REFETCHED, false},
    {"request max-age forbids it, 5.2.1.1", {0}, ASK("max-age=100"), DATE SWR, 70, VALIDATE, EXPIRED, false},
    {"request max-age with max-stale does not, 5.2.1.1", {0}, ASK("max-age=100, max-stale=30"), DATE SWR, 70, STALE, HIT_STALE, false},
    {"request min-fresh forbids it, 5.2.1.3", {0}, ASK("min-fresh=0"), DATE SWR, 60, VALIDATE, REFETCHED, false},
    {"min-fresh=0 wants what is fresh, 5.2.1.3", {0}, ASK("min-fresh=0, max-stale"), DATE MINUTE, 60, VALIDATE, REFETCHED, false},
    {"and has it", {0}, ASK("min-fresh=0"), DATE MINUTE, 59, SERVE, HIT, false},
    {"min-fresh=0 and a clock of the future", {0}, ASK("min-fresh=0, max-stale"), DATE MINUTE, -200000, VALIDATE, REFETCHED, false},
    {"max-stale needs nobody beside", {0}, ASK("max-stale=30"), DATE SWR, 70, STALE, HIT_STALE, false},
    {"max-stale too short", {0}, ASK("max-stale=5"), DATE SWR, 70, REFRESH, BESIDE, false},
    {"stale-while-revalidate in a request says nothing", {0}, ASK("stale-while-revalidate=100"), DATE MINUTE, 70, VALIDATE, EXPIRED, false},
    {"stored by a clock of the future: no window", {.beside_s = FOR_EVER}, "", DATE SWR, -200000, VALIDATE, EXPIRED, false},
    {"nor max-stale", {0}, ASK("max-stale=1000"), DATE MINUTE, -200000, VALIDATE, EXPIRED, false},
    {"but max-stale of any age", {0}, ASK("max-stale"), DATE MINUTE, -200000, STALE, HIT_STALE, false},

    /* stale-if-error, RFC 5861 4 */
    {"an origin that fails, and nobody allows", {0}, "", DATE MINUTE, 60, VALIDATE, EXPIRED, false},
    {"stale-if-error of the response, RFC 5861 4", {0}, "", DATE SIE, 90, VALIDATE, EXPIRED, true},
    {"stale-if-error past its end", {0}, "", DATE SIE, 91, VALIDATE, EXPIRED, false},
    {"stale-if-error=0", {0}, "", DATE SAYS("max-age=60, stale-if-error=0"), 60, VALIDATE, EXPIRED, false},
    {"stale-if-error of the request, RFC 5861 4", {0}, ASK("stale-if-error=30"), DATE MINUTE, 90, VALIDATE, EXPIRED, true},
    {"stale-if-error of the request past its end", {0}, ASK("stale-if-error=30"), DATE MINUTE, 91, VALIDATE, EXPIRED, false},
    {"stale-if-error of the request beside no-cache", {0}, ASK("no-cache, stale-if-error=30"), DATE MINUTE, 5, VALIDATE, REFETCHED, true},
    {"the response's against request no-cache, 5.2.1.4", {0}, ASK("no-cache"), DATE SIE, 70, VALIDATE, REFETCHED, false},
    {"the response's against request max-age, 5.2.1.1", {0}, ASK("max-age=9"), DATE SIE, 10, VALIDATE, REFETCHED, false},
    {"the response's against must-revalidate, 5.2.2.2", {0}, "", DATE SAYS("max-age=60, must-revalidate, stale-if-error=30"), 70, VALIDATE, EXPIRED, false},
    {"the response's against no-cache, 5.2.2.4", {0}, "", DATE SAYS("no-cache, stale-if-error=30"), 5, VALIDATE, EXPIRED, false},
    {"the request's against must-revalidate, 4.2.4", {0}, ASK("stale-if-error=30"), DATE SAYS("max-age=60, must-revalidate"), 70, VALIDATE, EXPIRED, false},
    {"the request's against no-cache, 4.2.4", {0}, ASK("stale-if-error=30"), DATE SAYS("no-cache"), 5, VALIDATE, EXPIRED, false},
    {"STALE_IF_ERROR", {.error_s = 30}, "", DATE MINUTE, 90, VALIDATE, EXPIRED, true},
    {"STALE_IF_ERROR past its end", {.error_s = 30}, "", DATE MINUTE, 91, VALIDATE, EXPIRED, false},
    {"STALE_IF_ERROR=never", {.error_s = LCC_TTL_NEVER}, "", DATE MINUTE, FOR_EVER, VALIDATE, EXPIRED, true},
    {"STALE_IF_ERROR against must-revalidate, 4.2.4", {.error_s = 30}, "", DATE SAYS("max-age=60, must-revalidate"), 70, VALIDATE, EXPIRED, true},
    {"STALE_IF_ERROR against no-cache, 4.2.4", {.error_s = 30}, "", DATE SAYS("no-cache"), 5, VALIDATE, EXPIRED, true},
    {"STALE_IF_ERROR against request no-cache", {.error_s = 30}, ASK("no-cache"), DATE MINUTE, 5, VALIDATE, REFETCHED, true},
    {"STALE_IF_ERROR under a TTL of 0", {.error_s = 30, .ttl_s = -1}, "", DATE, 30, VALIDATE, EXPIRED, true},
    {"STALE_IF_ERROR and ALWAYS_REVALIDATE", {.error_s = 30, .always = true}, "", DATE MINUTE, 5, VALIDATE, REFETCHED, true},
    {"STALE_IF_ERROR and a clock of the future", {.error_s = 30}, "", DATE MINUTE, -200000, VALIDATE, EXPIRED, false},
    {"the response's window is longer than the setting", {.error_s = 5}, "", DATE SIE, 90, VALIDATE, EXPIRED, true},
};
/* clang-format on */

LCC_CASES(http_decide, decisions, decisions)
{
    const struct decide_case *c = &decisions[*which];
    struct lcc_policy policy = policy_of(&c->wish);
    struct lcc_request request = message_request("GET", URL, c->asked);
    char head[1024];
    (void)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\n%s\n", c->lines);
    struct lcc_response response = message_response(head);
    struct lcc_decision got = lcc_fresh_decide(&policy, &request, &response, 1,
                                               MESSAGE_NOW_S + c->later_s);

    cr_expect_eq(got.verdict, c->verdict, "%s: %d", c->name, (int)got.verdict);
    cr_expect_eq(got.reason, c->reason, "%s: %s", c->name,
                 lcc_reason_word(got.reason));
    cr_expect_eq(got.stale_if_error, c->stale_if_error, "%s", c->name);
    lcc_response_done(&response);
    lcc_fields_done(&request.fields);
}

/* --- chains -------------------------------------------------------------- */

struct chain_case {
    const char *name;
    const char *hop;
    const char *last;
    int64_t later_s;
    enum lcc_verdict verdict;
    bool stale_if_error;
};

#define FOUND "HTTP/1.1 302 Found\n" DATE
#define OK "HTTP/1.1 200 OK\n" DATE

/* clang-format off */
static const struct chain_case chains[] = {
    {"both within stale-while-revalidate", FOUND SWR, OK SWR, 70, REFRESH, false},
    {"a fresh hop needs no permission", FOUND SAYS("max-age=100"), OK SWR, 70, REFRESH, false},
    {"a fresh end needs no permission", FOUND SWR, OK SAYS("max-age=100"), 70, REFRESH, false},
    {"a hop that gives none", FOUND MINUTE, OK SWR, 70, VALIDATE, false},
    {"an end that gives none", FOUND SWR, OK MINUTE, 70, VALIDATE, false},
    {"a hop's must-revalidate", FOUND SAYS("max-age=100, must-revalidate"), OK SWR, 70, VALIDATE, false},
    {"both say stale-if-error", FOUND SIE, OK SIE, 70, VALIDATE, true},
    {"the hop does not", FOUND MINUTE, OK SIE, 70, VALIDATE, false},
    {"the hop's lasts less", FOUND SAYS("max-age=60, stale-if-error=5"), OK SIE, 70, VALIDATE, false},
    {"a fresh hop need not say stale-if-error", FOUND SAYS("max-age=100"), OK SIE, 70, VALIDATE, true},
    {"no-store in a hop", FOUND SAYS("no-store"), OK SIE, 0, FETCH, false},
};
/* clang-format on */

LCC_CASES(http_decide, every_hop_must_allow_a_stale_answer, chains)
{
    const struct chain_case *c = &chains[*which];
    const struct wish wish = {0};
    struct lcc_policy policy = policy_of(&wish);
    struct lcc_request request = message_request("GET", URL, "");
    struct lcc_response blocks[] = {message_response(c->hop),
                                    message_response(c->last)};
    struct lcc_decision got = lcc_fresh_decide(&policy, &request, blocks, 2,
                                               MESSAGE_NOW_S + c->later_s);

    cr_expect_eq(got.verdict, c->verdict, "%s: %d", c->name, (int)got.verdict);
    cr_expect_eq(got.stale_if_error, c->stale_if_error, "%s", c->name);
    lcc_response_done(&blocks[0]);
    lcc_response_done(&blocks[1]);
}

/* --- nothing is stored --------------------------------------------------- */

Test(http_decide, a_miss_is_refused_where_the_request_wants_only_the_cache)
{
    struct wish wish = {0};
    struct lcc_policy policy = policy_of(&wish);
    struct lcc_request only =
        message_request("GET", URL, ASK("only-if-cached"));
    struct lcc_request any = message_request("GET", URL, "");

    cr_expect(lcc_fresh_refuses(&policy, &only));
    cr_expect_not(lcc_fresh_refuses(&policy, &any));
    policy.mode = LCC_MODE_OFFLINE;
    cr_expect_not(lcc_fresh_refuses(&policy, &only), "a miss like any other");
    wish = (struct wish){.ttl_s = 90, IGNORE};
    policy = policy_of(&wish);
    cr_expect_not(lcc_fresh_refuses(&policy, &only), "the user overrules it");
    lcc_fields_done(&only.fields);
    lcc_fields_done(&any.fields);
}
