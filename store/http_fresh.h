/*
 * http_fresh.h - age, lifetime and verdict (RFC 9111, sections 4.2 and 5.2.1)
 *
 * Lifetimes are computed when a response is used, from its stored times and
 * fields and the reader's policy, so that a new TTL acts at once on what is
 * already stored.
 */
#ifndef LCC_HTTP_FRESH_H
#define LCC_HTTP_FRESH_H

#include "store/http_message.h"
#include "store/policy.h"
#include "store/reason.h"

/* Which rule spoke; for listings, `why` and the log. */
enum lcc_rule {
    LCC_RULE_NONE,         /* no lifetime at all */
    LCC_RULE_URL,          /* CURLCACHE_URLS_TTL */
    LCC_RULE_TTL,          /* CURLCACHE_TTL */
    LCC_RULE_MAX_AGE,      /* Cache-Control: max-age */
    LCC_RULE_EXPIRES,      /* Expires */
    LCC_RULE_NO_CACHE,     /* no-cache: never without asking */
    LCC_RULE_TTL_FALLBACK, /* the TTL, where the server says nothing */
    LCC_RULE_FALLBACK,     /* CURLCACHE_FALLBACK_TTL or 10 % of its age */
    LCC_RULE_HEURISTIC,    /* 10 % of Date minus Last-Modified */
    LCC_RULE_MAX_
};
/* A short text such as "max-age" or "CURLCACHE_TTL". */
const char *lcc_rule_text(enum lcc_rule rule);

struct lcc_lifetime {
    int64_t seconds; /* 0.. or LCC_TTL_NEVER, LCC_TTL_NO_STORE */
    enum lcc_rule rule;
};

/**
 * lcc_fresh_lifetime() - how long a response stays fresh
 * @policy:   the reader's settings
 * @url:      normal form, for the URL rules
 * @response: one header block
 *
 * The first that speaks: no-store, a URL rule, the TTL, what the response
 * states, the TTL as fallback, the fallback or heuristic. `s-maxage` and
 * `proxy-revalidate` do not bind a private cache.
 *
 * Return: the lifetime in seconds and the rule that gave it.
 */
struct lcc_lifetime lcc_fresh_lifetime(const struct lcc_policy *policy,
                                       struct lcc_span url,
                                       const struct lcc_response *response);

/**
 * lcc_fresh_overrules() - does the user's word stand above all else here?
 * @url: normal form
 *
 * CURLCACHE_CACHE_CONTROL=0 counts where a TTL or a URL rule speaks. Then
 * no-store and the request's own directives are ignored.
 */
bool lcc_fresh_overrules(const struct lcc_policy *policy, struct lcc_span url);

/* The URL rule that matches first, or NULL; @url is a normal form. */
const struct lcc_url_ttl *lcc_fresh_url_rule(const struct lcc_policy *policy,
                                             struct lcc_span url);

/**
 * lcc_fresh_covers() - is this a status that the policy stores?
 * @final:    the last header block; the list of codes judges it alone
 * @lifetime: of that block, from lcc_fresh_lifetime()
 *
 * The codes the user named; else, where the user's lifetime applies,
 * 200,203,204,300,301,308; else any final status with explicit freshness and
 * the heuristically cacheable ones without (RFC 9110, section 15.1). 206 and
 * 304 are parts of other responses and never stored by themselves; 401, 403,
 * 407, and what RFC 6585 forbids to store (428, 429, 431, 511), only if named.
 */
bool lcc_fresh_covers(const struct lcc_policy *policy,
                      const struct lcc_response *final,
                      const struct lcc_lifetime *lifetime);

/**
 * lcc_fresh_age() - how old a stored response is
 * @response: its times are Unix seconds, UTC
 * @now_s:    Unix seconds; may lie before response->response_time_s
 *
 * A clock that steps back never makes a response younger than it was on
 * arrival.
 *
 * Return: whole seconds in 0..LCC_DELTA_MAX_S (RFC 9111, section 4.2.3).
 */
int64_t lcc_fresh_age(const struct lcc_response *response, int64_t now_s);
/* Seconds since the response arrived, for lifetimes that the user sets. */
int64_t lcc_fresh_resident(const struct lcc_response *response, int64_t now_s);

enum lcc_verdict {
    LCC_VERDICT_SERVE,
    LCC_VERDICT_SERVE_STALE,   /* the mode, or max-stale, allows it */
    LCC_VERDICT_SERVE_REFRESH, /* stale-while-revalidate: serve, ask beside */
    LCC_VERDICT_VALIDATE,      /* ask the origin, with what validators it has */
    LCC_VERDICT_FETCH,         /* ask the origin, as if nothing were stored */
    LCC_VERDICT_REFUSE,        /* only-if-cached: 504 (section 5.2.1.7) */
};

struct lcc_decision {
    enum lcc_verdict verdict;
    enum lcc_reason reason;
    enum lcc_rule rule;  /* of the block that expires first */
    int64_t ttl_s;       /* seconds left, negative when expired */
    int64_t age_s;       /* of the final block */
    bool add_age;        /* reused under the server's rule: show Age (5.1) */
    bool stale_if_error; /* served should the origin fail (RFC 5861, 4) */
};

/**
 * lcc_fresh_decide() - may this stored chain answer this request now?
 * @blocks: the header blocks of the chain, final one last
 * @count:  at least 1; the block that expires first decides
 *
 * VALIDATE when the lifetime has ended or the request, the mode or
 * CURLCACHE_ALWAYS_REVALIDATE wants to ask first; FETCH when what is stored is
 * no answer at all (no-store, a status not covered, MODE=recache); REFUSE when
 * the origin would have to be asked and the request says only-if-cached.
 * stale_if_error is set beside VALIDATE only: a fetch owes nothing to what is
 * stored. http_decide.c says who may have a stale answer, and why.
 *
 * Return: verdict, reason and what is left of the lifetime.
 */
struct lcc_decision lcc_fresh_decide(const struct lcc_policy *policy,
                                     const struct lcc_request *request,
                                     const struct lcc_response *blocks,
                                     size_t count, int64_t now_s);

/**
 * lcc_fresh_refuses() - where nothing is stored, is the answer a 504?
 *
 * The request says only-if-cached (RFC 9111, section 5.2.1.7). Not offline,
 * where every miss is refused, nor where the user overrules the request.
 */
bool lcc_fresh_refuses(const struct lcc_policy *policy,
                       const struct lcc_request *request);

#endif
