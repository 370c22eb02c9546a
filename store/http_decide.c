/*
 * http_decide.c - may a stored chain answer this request now?
 *
 * Pure. RFC 9111, sections 4, 4.2.4 and 5.2.1; RFC 5861. Immutable (RFC 8246)
 * speaks of conditional requests that a reload makes: a program that says
 * no-cache still gets its way.
 *
 * Who may have a stale answer. RFC 9111, section 4.2.4 forbids it where the
 * response says no-cache or must-revalidate, and allows it where the client,
 * the origin or a configuration asks for it. So:
 * - max-stale and stale-while-revalidate, the setting of that name included,
 *   never speak against no-cache, must-revalidate or the user's TTL of 0: an
 *   answer at once is a comfort that nobody needs.
 * - stale-if-error of the response or of the request does not speak against
 *   no-cache and must-revalidate either (section 5.2.2.2 wants an error then).
 * - CURLCACHE_STALE_IF_ERROR does, and against what the request asks for. It is
 *   unset unless somebody chose what is to happen without an origin, for these
 *   programs and for so long: the out-of-band agreement of section 4.2.4. Most
 *   APIs say no-cache or must-revalidate by habit; a setting that failed on
 *   them would not do what its name says.
 * What says no-store is never an answer.
 */
#include "store/http_fresh_private.h"

enum {
    FUTURE_MAX_S = 24 * 3600, /* stored later than this from now: doubt */
};

/* How long ago the lifetime ended where a clock was wrong: no window fits. */
#define STALE_FOR_EVER INT64_MAX

/* Of a whole chain: the block that expires first, and the strictest words. */
struct chain {
    const struct lcc_response *blocks;
    const struct lcc_response *last; /* the last block */
    struct lcc_lifetime first;       /* the lifetime that ends first */
    struct lcc_lifetime final;       /* that of the last block */
    int64_t left_s;                  /* until then; INT64_MAX for never */
    int64_t stale_s;                 /* since then; 0 while fresh */
    int64_t age_s;                   /* of the oldest block */
    bool no_stale;                   /* no-cache, must-revalidate somewhere */
    bool swr_allows; /* each expired block's stale-while-revalidate */
    bool sie_allows; /* each expired block's stale-if-error */
    bool sie_spoken; /* some block says it at all */
    bool no_store;
};

struct question {
    const struct lcc_policy *policy;
    const struct lcc_url_ttl *rule; /* the URL's, or NULL */
    const struct lcc_cc *asked;     /* NULL where the user overrules it */
    int64_t now_s;
};

/* --- the chain ----------------------------------------------------------- */

/* The clock was wrong then or is wrong now: no promise to keep. */
static bool is_from_the_future(const struct lcc_response *block, int64_t now_s)
{
    return lcc_sub_sat(block->response_time_s, now_s) > FUTURE_MAX_S;
}

static int64_t left_of(const struct lcc_response *block,
                       const struct lcc_lifetime *lifetime, int64_t now_s)
{
    if (lifetime->seconds == LCC_TTL_NEVER) {
        return INT64_MAX;
    }
    if (is_from_the_future(block, now_s)) {
        return 0;
    }
    int64_t age = lcc_rule_is_users(lifetime->rule)
                      ? lcc_fresh_resident(block, now_s)
                      : lcc_fresh_age(block, now_s);
    return lcc_sub_sat(lifetime->seconds, age);
}

static int64_t stale_for(const struct lcc_response *block, int64_t left_s,
                         int64_t now_s)
{
    if (left_s > 0) {
        return 0;
    }
    return is_from_the_future(block, now_s) ? STALE_FOR_EVER
                                            : lcc_sub_sat(0, left_s);
}

/* A window of @window_s is open @stale_s after the lifetime ended (RFC 5861);
 * one of no length is shut at once. */
static bool is_within(int64_t stale_s, int64_t window_s)
{
    return window_s > 0 && stale_s <= window_s;
}

static void add_block(struct chain *chain, const struct question *q,
                      const struct lcc_response *block)
{
    const struct lcc_cc *cc = &block->cc;
    struct lcc_lifetime lifetime =
        lcc_fresh_lifetime_under(q->policy, q->rule, block);
    int64_t left = left_of(block, &lifetime, q->now_s);
    int64_t stale = stale_for(block, left, q->now_s);
    int64_t age = lcc_fresh_age(block, q->now_s);

    chain->no_store = chain->no_store || lifetime.seconds == LCC_TTL_NO_STORE;
    chain->no_stale = chain->no_stale || cc->must_revalidate || cc->no_cache ||
                      cc->no_cache_fields;
    chain->swr_allows =
        chain->swr_allows &&
        (left > 0 || is_within(stale, cc->stale_while_revalidate_s) ||
         is_within(stale, q->policy->stale_while_revalidate_s));
    chain->sie_allows = chain->sie_allows &&
                        (left > 0 || is_within(stale, cc->stale_if_error_s));
    chain->sie_spoken = chain->sie_spoken || cc->stale_if_error_s > 0;
    chain->age_s = age > chain->age_s ? age : chain->age_s;
    chain->stale_s = stale > chain->stale_s ? stale : chain->stale_s;
    if (left < chain->left_s || block == chain->blocks) {
        chain->left_s = left;
        chain->first = lifetime;
    }
    chain->final = lifetime;
}

static struct chain chain_of(const struct question *q,
                             const struct lcc_response *blocks, size_t count)
{
    struct chain chain = {
        .blocks = blocks,
        .last = &blocks[count - 1],
        .left_s = INT64_MAX,
        .swr_allows = true,
        .sie_allows = true,
    };

    for (size_t i = 0; i < count; i++) {
        add_block(&chain, q, &blocks[i]);
    }
    /* Where the user's word stands above all else, the server's does not. */
    if (lcc_fresh_rule_overrules(q->policy, q->rule)) {
        chain.no_stale = false;
    }
    return chain;
}

/* --- what the request asks for ------------------------------------------- */

/* Does the program itself ask for something newer (RFC 9111, 5.2.1)? */
static bool asks_for_newer(const struct lcc_cc *asked,
                           const struct chain *chain)
{
    if (!asked) {
        return false;
    }
    if (asked->no_cache || asked->no_cache_fields) {
        return true;
    }
    /* Ages are whole seconds: max-age=0 means the origin, not "this second". */
    if (asked->max_age_s != LCC_CC_ABSENT &&
        (asked->max_age_s == 0 || chain->age_s > asked->max_age_s)) {
        return true;
    }
    return asked->min_fresh_s != LCC_CC_ABSENT &&
           (chain->left_s <= 0 || chain->left_s < asked->min_fresh_s);
}

/* Nothing that extends a lifetime speaks against these. */
static bool is_never_extended(const struct chain *chain)
{
    return chain->no_stale || chain->first.rule == LCC_RULE_NONE ||
           (lcc_rule_is_users(chain->first.rule) && chain->first.seconds == 0);
}

/* max-stale (5.2.1.2). */
static bool may_be_stale(const struct lcc_cc *asked, const struct chain *chain)
{
    return asked && asked->max_stale_s != LCC_CC_ABSENT &&
           !is_never_extended(chain) && chain->stale_s <= asked->max_stale_s;
}

/* stale-while-revalidate (RFC 5861, section 3). Who says how old or how fresh
 * an answer must be has been heard; max-age with a stale answer has not
 * (RFC 9111, section 5.2.1.1). */
static bool may_be_refreshed(const struct lcc_cc *asked,
                             const struct chain *chain)
{
    bool wants_fresh = asked && (asked->max_age_s != LCC_CC_ABSENT ||
                                 asked->min_fresh_s != LCC_CC_ABSENT);

    return chain->swr_allows && !wants_fresh && !is_never_extended(chain);
}

/* stale-if-error (RFC 5861, section 4): see the top of this file. */
static bool survives_error(const struct question *q, const struct chain *chain)
{
    if (is_within(chain->stale_s, q->policy->stale_if_error_s)) {
        return true;
    }
    if (chain->no_stale) {
        return false;
    }
    if (q->asked && is_within(chain->stale_s, q->asked->stale_if_error_s)) {
        return true;
    }
    return chain->sie_spoken && chain->sie_allows &&
           !asks_for_newer(q->asked, chain);
}

/* --- the verdict --------------------------------------------------------- */

static struct lcc_decision decided(const struct question *q,
                                   const struct chain *chain,
                                   enum lcc_verdict verdict,
                                   enum lcc_reason reason)
{
    return (struct lcc_decision){
        .verdict = verdict,
        .reason = reason,
        .rule = chain->first.rule,
        .ttl_s = chain->left_s,
        .age_s = lcc_fresh_age(chain->last, q->now_s),
        .add_age = !lcc_rule_is_users(chain->final.rule),
        .stale_if_error =
            verdict == LCC_VERDICT_VALIDATE && survives_error(q, chain),
    };
}

static bool must_ask(const struct question *q, const struct chain *chain)
{
    return q->policy->mode == LCC_MODE_REFRESH ||
           q->policy->always_revalidate || asks_for_newer(q->asked, chain);
}

static struct lcc_decision decide_by_rules(const struct question *q,
                                           const struct chain *chain)
{
    if (q->policy->mode == LCC_MODE_RECACHE) {
        return decided(q, chain, LCC_VERDICT_FETCH, LCC_REASON_REFETCHED);
    }
    if (chain->no_store) {
        return decided(q, chain, LCC_VERDICT_FETCH,
                       chain->final.rule == LCC_RULE_URL
                           ? LCC_REASON_RULE_NO_STORE
                           : LCC_REASON_RESPONSE_NO_STORE);
    }
    if (!lcc_fresh_covers(q->policy, chain->last, &chain->final)) {
        return decided(q, chain, LCC_VERDICT_FETCH, LCC_REASON_STATUS);
    }
    if (must_ask(q, chain)) {
        return decided(q, chain, LCC_VERDICT_VALIDATE, LCC_REASON_REFETCHED);
    }
    if (chain->left_s > 0) {
        return decided(q, chain, LCC_VERDICT_SERVE, LCC_REASON_HIT);
    }
    if (may_be_stale(q->asked, chain)) {
        return decided(q, chain, LCC_VERDICT_SERVE_STALE, LCC_REASON_HIT_STALE);
    }
    if (may_be_refreshed(q->asked, chain)) {
        return decided(q, chain, LCC_VERDICT_SERVE_REFRESH,
                       LCC_REASON_STALE_WHILE_REVALIDATE);
    }
    return decided(q, chain, LCC_VERDICT_VALIDATE, LCC_REASON_EXPIRED);
}

/* only-if-cached (5.2.1.7): no network, so nobody refreshes either. */
static struct lcc_decision without_network(struct lcc_decision decision)
{
    switch (decision.verdict) {
    case LCC_VERDICT_SERVE:
    case LCC_VERDICT_SERVE_STALE:
        break;
    case LCC_VERDICT_SERVE_REFRESH:
        decision.verdict = LCC_VERDICT_SERVE_STALE;
        break;
    case LCC_VERDICT_VALIDATE:
    case LCC_VERDICT_FETCH:
    case LCC_VERDICT_REFUSE:
        decision.verdict = LCC_VERDICT_REFUSE;
        decision.reason = LCC_REASON_ONLY_IF_CACHED;
        decision.stale_if_error = false;
        break;
    }
    return decision;
}

bool lcc_fresh_refuses(const struct lcc_policy *policy,
                       const struct lcc_request *request)
{
    return request->cc.only_if_cached && policy->mode != LCC_MODE_OFFLINE &&
           !lcc_fresh_overrules(policy, request->url);
}

struct lcc_decision lcc_fresh_decide(const struct lcc_policy *policy,
                                     const struct lcc_request *request,
                                     const struct lcc_response *blocks,
                                     size_t count, int64_t now_s)
{
    struct question q = {
        .policy = policy,
        .rule = lcc_fresh_url_rule(policy, request->url),
        .now_s = now_s,
    };
    q.asked = lcc_fresh_rule_overrules(policy, q.rule) ? NULL : &request->cc;
    struct chain chain = chain_of(&q, blocks, count);

    if (policy->mode == LCC_MODE_OFFLINE) {
        return chain.left_s > 0
                   ? decided(&q, &chain, LCC_VERDICT_SERVE, LCC_REASON_HIT)
                   : decided(&q, &chain, LCC_VERDICT_SERVE_STALE,
                             LCC_REASON_HIT_STALE);
    }
    struct lcc_decision decision = decide_by_rules(&q, &chain);
    return q.asked && q.asked->only_if_cached ? without_network(decision)
                                              : decision;
}
