/*
 * What holds for every response, request, policy and moment.
 *
 * Messages are drawn, written as text and read by the parsers; what the rules
 * may answer is reckoned from the draw by an oracle of its own, sentence by
 * sentence of RFC 9111, RFC 5861 and RFC 6585. It is simple because it only
 * says what is forbidden.
 *
 * LCC_THEORY_SEED=number draws another million.
 */
#include "store/http_keep.h"
#include "tests/unit/draw.h"

#include <stdlib.h>

enum { ROUNDS = 1000000 };
#define DEFAULT_SEED UINT64_C(20240101)
#define NEVER INT64_MAX
#define URL "http://example.org/"

/* --- the oracle ---------------------------------------------------------- */

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The user's word stands above the server's and the program's. */
static bool user_overrules(const struct draw *d)
{
    return d->policy.cache_control == LCC_CACHE_CONTROL_IGNORE &&
           d->policy.ttl_s != LCC_TTL_UNSET;
}

static bool user_decides(const struct draw *d)
{
    return d->policy.ttl_s != LCC_TTL_UNSET &&
           d->policy.cache_control != LCC_CACHE_CONTROL_SERVER;
}

static int64_t resident(const struct draw *d, int64_t now_s)
{
    return larger(0, now_s - d->arrived_s);
}

/* RFC 9111, section 4.2.3, word by word; delta-seconds end at 2^31. */
static int64_t server_age(const struct draw *d, int64_t now_s)
{
    int64_t apparent = d->has_date ? larger(0, d->arrived_s - d->date_s) : 0;
    int64_t corrected = (d->age_s == NONE ? 0 : smaller(d->age_s, 1LL << 31)) +
                        (d->arrived_s - d->asked_s);

    return smaller(larger(apparent, corrected) + resident(d, now_s), 1LL << 31);
}

/* Section 4.2.1; NONE where the response is silent. */
static int64_t stated(const struct draw *d)
{
    int64_t date = d->has_date ? d->date_s : d->arrived_s;

    if (d->max_age_s != NONE) {
        return smaller(d->max_age_s, 1LL << 31);
    }
    if (!d->has_expires) {
        return NONE;
    }
    return d->expires_is_text ? 0 : larger(0, d->expires_s - date);
}

/* Section 4.2.2 and the fallback: never more than the larger of them. */
static int64_t most_guessed(const struct draw *d)
{
    int64_t date = d->has_date ? d->date_s : d->arrived_s;
    int64_t tenth = d->has_modified ? (date - d->modified_s) / 10 : 0;

    return larger(smaller(larger(0, tenth), 86400), d->policy.fallback_ttl_s);
}

static bool says_no_cache(const struct draw *d)
{
    return d->no_cache || d->no_cache_field;
}

/* The most that any rule that may speak here allows. */
static int64_t most_lifetime(const struct draw *d)
{
    if (user_decides(d)) {
        return d->policy.ttl_s;
    }
    if (says_no_cache(d)) {
        return 0;
    }
    if (stated(d) != NONE) {
        return stated(d);
    }
    return d->policy.ttl_s != LCC_TTL_UNSET ? d->policy.ttl_s : most_guessed(d);
}

/* The age that this lifetime is held against: never less than this. */
static int64_t least_age(const struct draw *d, int64_t now_s)
{
    bool silent = stated(d) == NONE && !says_no_cache(d);
    bool users =
        user_decides(d) || (silent && d->policy.ttl_s != LCC_TTL_UNSET);

    return users ? resident(d, now_s) : server_age(d, now_s);
}

static bool knows_code(int status)
{
    static const int known[] = {200, 203, 204, 300, 301, 302, 303,
                                307, 308, 404, 405, 410, 414, 501};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(known); i++) {
        if (known[i] == status) {
            return true;
        }
    }
    return false;
}

static bool may_not_be_stored(const struct draw *d)
{
    bool no_store =
        d->no_store && !(d->must_understand && knows_code(d->status));

    return d->vary_any || d->status == 206 || d->status == 304 ||
           d->status == 999 || d->status == 401 || d->status == 429 ||
           (d->must_understand && !knows_code(d->status)) ||
           (!user_overrules(d) && (no_store || d->wants_no_store));
}

/* NULL, or the sentence that this answer breaks. */
static const char *broken_by_any_answer(const struct draw *d)
{
    bool asked = !user_overrules(d);
    bool no_store =
        d->no_store && !(d->must_understand && knows_code(d->status));

    if (d->policy.mode != LCC_MODE_NORMAL || d->policy.always_revalidate) {
        return "the mode asks the origin";
    }
    if (no_store && asked) {
        return "no-store is no answer";
    }
    if (asked && d->wants_no_cache) {
        return "request no-cache, 5.2.1.4";
    }
    if (asked && d->wants_max_age_s != NONE &&
        (d->wants_max_age_s == 0 ||
         server_age(d, d->now_s) > smaller(d->wants_max_age_s, 1LL << 31))) {
        return "request max-age, 5.2.1.1";
    }
    if (asked && d->wants_min_fresh_s != NONE && most_lifetime(d) != NEVER &&
        most_lifetime(d) - least_age(d, d->now_s) <
            smaller(d->wants_min_fresh_s, 1LL << 31)) {
        return "request min-fresh, 5.2.1.3";
    }
    return NULL;
}

static const char *broken_by_stale(const struct draw *d, int64_t window_s)
{
    bool heard = !user_overrules(d);

    if (heard && (d->must_revalidate || says_no_cache(d))) {
        return "must-revalidate, no-cache, 5.2.2";
    }
    if (d->arrived_s - d->now_s > 86400 && window_s != NEVER) {
        return "a clock that nobody can trust";
    }
    if (window_s < 0) {
        return "no window at all";
    }
    if (window_s != NEVER &&
        least_age(d, d->now_s) - most_lifetime(d) > window_s) {
        return "the window has ended, 5.2.1.2, RFC 5861 3";
    }
    return NULL;
}

/* Section 5.2.1.1: who names an age wants nothing stale without max-stale. */
static int64_t beside_of(const struct draw *d)
{
    bool wants_fresh = !user_overrules(d) && (d->wants_max_age_s != NONE ||
                                              d->wants_min_fresh_s != NONE);

    return wants_fresh ? NONE
                       : larger(d->swr_s, d->policy.stale_while_revalidate_s);
}

static int64_t window_of(const struct draw *d, enum lcc_verdict verdict)
{
    if (verdict == LCC_VERDICT_SERVE_STALE && d->wants_any_stale) {
        return NEVER;
    }
    int64_t beside = beside_of(d);
    int64_t allowed = user_overrules(d) ? NONE : d->wants_max_stale_s;

    if (verdict == LCC_VERDICT_SERVE_REFRESH) {
        return beside;
    }
    /* Beside only-if-cached nobody refreshes, and the answer is called stale.
     */
    return d->wants_only_cached ? larger(allowed, beside) : allowed;
}

static const char *broken(const struct draw *d,
                          const struct lcc_decision *decision)
{
    const char *why = broken_by_any_answer(d);

    switch (decision->verdict) {
    case LCC_VERDICT_SERVE:
        if (!why && most_lifetime(d) != NEVER &&
            least_age(d, d->now_s) >= most_lifetime(d)) {
            return "no rule's lifetime is longer than the age, 4.2";
        }
        return why;
    case LCC_VERDICT_SERVE_STALE:
    case LCC_VERDICT_SERVE_REFRESH:
        return why ? why : broken_by_stale(d, window_of(d, decision->verdict));
    case LCC_VERDICT_VALIDATE:
    case LCC_VERDICT_FETCH:
        return d->wants_only_cached && !user_overrules(d)
                   ? "only-if-cached, 5.2.1.7"
                   : NULL;
    case LCC_VERDICT_REFUSE:
        return d->wants_only_cached ? NULL : "nobody said only-if-cached";
    }
    return "no verdict";
}

/* RFC 5861, section 4: someone's window must be open. */
static const char *broken_by_error_answer(const struct draw *d,
                                          const struct lcc_decision *decision)
{
    int64_t stale = most_lifetime(d) == NEVER
                        ? 0
                        : larger(0, least_age(d, d->now_s) - most_lifetime(d));
    bool forbidden =
        !user_overrules(d) && (d->must_revalidate || says_no_cache(d));
    int64_t others =
        larger(d->sie_s, user_overrules(d) ? NONE : d->wants_sie_s);

    if (!decision->stale_if_error) {
        return NULL;
    }
    if (decision->verdict != LCC_VERDICT_VALIDATE) {
        return "nobody is asked";
    }
    return stale <=
                   larger(d->policy.stale_if_error_s, forbidden ? NONE : others)
               ? NULL
               : "no window is open for an error";
}

/* --- the theories -------------------------------------------------------- */

static uint64_t seed(void)
{
    const char *text = getenv("LCC_THEORY_SEED");
    uint64_t chosen = text ? strtoull(text, NULL, 0) : DEFAULT_SEED;

    cr_log_info("LCC_THEORY_SEED=%llu", (unsigned long long)chosen);
    return chosen;
}

struct sample {
    struct draw d;
    struct text head;
    struct text fields;
    struct lcc_response response;
    struct lcc_request request;
};

static void sample_take(struct dice *dice, struct sample *s)
{
    s->d = draw(dice);
    write_response(&s->d, &s->head);
    write_request(&s->d, &s->fields);
    cr_assert_eq(lcc_response_parse(lcc_span_of(s->head.bytes, s->head.size),
                                    s->d.asked_s, s->d.arrived_s, &s->response),
                 0);
    s->request = message_request("GET", URL, s->fields.bytes);
}

static void sample_done(struct sample *s)
{
    lcc_response_done(&s->response);
    lcc_fields_done(&s->request.fields);
}

static struct lcc_decision decide(const struct sample *s, int64_t now_s)
{
    return lcc_fresh_decide(&s->d.policy, &s->request, &s->response, 1, now_s);
}

static bool is_served(const struct lcc_decision *decision)
{
    return decision->verdict <= LCC_VERDICT_SERVE_REFRESH;
}

#define HOLDS(condition, what)                                                 \
    cr_assert(condition, "round %zu, seed %llu: %s\n%s%s", round,              \
              (unsigned long long)first, what, s.head.bytes, s.fields.bytes)

Test(http_theories, what_is_served_is_never_older_than_every_rule_allows)
{
    uint64_t first = seed();
    struct dice dice = {first};
    size_t served[LCC_VERDICT_REFUSE + 1] = {0};

    for (size_t round = 0; round < ROUNDS; round++) {
        struct sample s;
        sample_take(&dice, &s);
        struct lcc_decision decision = decide(&s, s.d.now_s);
        const char *why = broken(&s.d, &decision);
        HOLDS(!why, why);
        why = broken_by_error_answer(&s.d, &decision);
        HOLDS(!why, why);
        served[decision.verdict]++;
        sample_done(&s);
    }
    /* A theory about nothing would hold as well. */
    for (size_t i = 0; i < LCC_ARRAY_SIZE(served); i++) {
        cr_expect_gt(served[i], ROUNDS / 500, "verdict %zu: %zu", i, served[i]);
    }
}

Test(http_theories, what_must_not_be_stored_is_never_kept)
{
    uint64_t first = seed();
    struct dice dice = {first + 1};
    size_t kept = 0;

    for (size_t round = 0; round < ROUNDS; round++) {
        struct sample s;
        sample_take(&dice, &s);
        enum lcc_reason reason =
            lcc_keep_response(&s.d.policy, &s.request, &s.response, 1);
        HOLDS(reason != LCC_REASON_STORED || !may_not_be_stored(&s.d),
              "kept against a rule");
        kept += reason == LCC_REASON_STORED;
        sample_done(&s);
    }
    cr_expect_gt(kept, ROUNDS / 10);
    cr_expect_lt(kept, ROUNDS - ROUNDS / 10);
}

Test(http_theories, time_makes_nothing_younger_and_nothing_fresh_again)
{
    uint64_t first = seed();
    struct dice dice = {first + 2};

    for (size_t round = 0; round < ROUNDS / 2; round++) {
        struct sample s;
        sample_take(&dice, &s);
        int64_t now = s.d.now_s;
        int64_t later = now + seconds(&dice, 1);
        struct lcc_decision before = decide(&s, now);
        struct lcc_decision after = decide(&s, later);
        HOLDS(before.age_s == server_age(&s.d, now), "the age of 4.2.3");
        HOLDS(after.age_s >= before.age_s, "age fell");
        /* Before the time of arrival a wrong clock is a doubt of its own. */
        if (now >= s.d.arrived_s) {
            HOLDS(is_served(&before) || !is_served(&after), "served again");
            HOLDS(after.ttl_s <= before.ttl_s, "more is left");
        }
        sample_done(&s);
    }
}

Test(http_theories, allowing_more_never_fetches_and_asking_more_never_serves)
{
    uint64_t first = seed();
    struct dice dice = {first + 3};

    for (size_t round = 0; round < ROUNDS / 2; round++) {
        struct sample s;
        sample_take(&dice, &s);
        struct lcc_decision plain = decide(&s, s.d.now_s);
        struct lcc_cc asked = s.request.cc;

        s.request.cc.max_stale_s = larger(asked.max_stale_s, seconds(&dice, 1));
        struct lcc_decision lenient = decide(&s, s.d.now_s);
        HOLDS(!is_served(&plain) || is_served(&lenient),
              "max-stale turned a served one into a fetched one");
        HOLDS(plain.verdict != LCC_VERDICT_SERVE ||
                  lenient.verdict == LCC_VERDICT_SERVE,
              "max-stale turned a fresh one into a stale one");

        s.request.cc = asked;
        s.request.cc.min_fresh_s = larger(asked.min_fresh_s, seconds(&dice, 1));
        struct lcc_decision strict = decide(&s, s.d.now_s);
        HOLDS(is_served(&plain) || !is_served(&strict),
              "min-fresh turned a fetched one into a served one");
        HOLDS(!strict.stale_if_error || plain.stale_if_error ||
                  is_served(&plain),
              "min-fresh allowed an answer to an error");

        s.request.cc = asked;
        s.request.cc.no_cache = true;
        strict = decide(&s, s.d.now_s);
        HOLDS(!is_served(&strict) || user_overrules(&s.d),
              "request no-cache was served");
        sample_done(&s);
    }
}
