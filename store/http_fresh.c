/*
 * http_fresh.c - age, lifetime and which codes; the verdict is http_decide.c's
 *
 * Pure: no clock, `now` is handed in. RFC 9111, sections 4.2 and 5.2;
 * RFC 6585 for codes that must not be stored; RFC 9110, section 10.2.3 for
 * Retry-After. Immutable (RFC 8246) speaks of conditional requests on reload
 * and changes no lifetime; a program that says no-cache still gets its way.
 */
#include "store/http_fresh_private.h"

#include "store/http_date.h"
#include "store/http_uri.h"

#include <string.h>

enum {
    HEURISTIC_PART = 10,         /* a tenth of the document's age (4.2.2) */
    HEURISTIC_MAX_S = 24 * 3600, /* at most a day */
    CODES_END = 600,
};

const char *lcc_rule_text(enum lcc_rule rule)
{
    static const char *const texts[LCC_RULE_MAX_] = {
        [LCC_RULE_NONE] = "no lifetime",
        [LCC_RULE_URL] = "CURLCACHE_URLS_TTL",
        [LCC_RULE_TTL] = "CURLCACHE_TTL",
        [LCC_RULE_MAX_AGE] = "max-age",
        [LCC_RULE_EXPIRES] = "Expires",
        [LCC_RULE_NO_CACHE] = "no-cache",
        [LCC_RULE_TTL_FALLBACK] = "CURLCACHE_TTL as fallback",
        [LCC_RULE_FALLBACK] = "CURLCACHE_FALLBACK_TTL",
        [LCC_RULE_HEURISTIC] = "a tenth of its age (Last-Modified)",
    };

    return (size_t)rule < LCC_ARRAY_SIZE(texts) ? texts[rule] : texts[0];
}

/* --- which rule speaks --------------------------------------------------- */

static bool rule_matches(const struct lcc_url_ttl *rule, struct lcc_span url)
{
    if (!rule->regex) {
        return lcc_uri_matches(url, rule->pattern);
    }
    /* REG_STARTEND: the URL is a span without a NUL. */
    regmatch_t whole = {.rm_so = 0, .rm_eo = (regoff_t)url.size};
    return url.size <= LCC_URI_MAX &&
           regexec(rule->regex, url.size ? url.data : "", 1, &whole,
                   REG_STARTEND) == 0;
}

const struct lcc_url_ttl *lcc_fresh_url_rule(const struct lcc_policy *policy,
                                             struct lcc_span url)
{
    for (size_t i = 0; i < policy->urls_ttl.count; i++) {
        if (rule_matches(&policy->urls_ttl.items[i], url)) {
            return &policy->urls_ttl.items[i];
        }
    }
    return NULL;
}

bool lcc_fresh_rule_overrules(const struct lcc_policy *policy,
                              const struct lcc_url_ttl *rule)
{
    return policy->cache_control == LCC_CACHE_CONTROL_IGNORE &&
           (rule || policy->ttl_s != LCC_TTL_UNSET);
}

bool lcc_fresh_overrules(const struct lcc_policy *policy, struct lcc_span url)
{
    return policy->cache_control == LCC_CACHE_CONTROL_IGNORE &&
           lcc_fresh_rule_overrules(policy, lcc_fresh_url_rule(policy, url));
}

bool lcc_rule_is_users(enum lcc_rule rule)
{
    return rule == LCC_RULE_URL || rule == LCC_RULE_TTL ||
           rule == LCC_RULE_TTL_FALLBACK;
}

/* --- lifetime ------------------------------------------------------------ */

static bool is_time(int64_t when_s)
{
    return when_s != LCC_TIME_ABSENT && when_s != LCC_TIME_INVALID;
}

/* Without a Date it is the time of arrival (RFC 9110, section 6.6.1). */
static int64_t date_of(const struct lcc_response *response)
{
    return is_time(response->date_s) ? response->date_s
                                     : response->response_time_s;
}

static int64_t at_least_zero(int64_t seconds)
{
    return seconds < 0 ? 0 : seconds;
}

/* What the response states about itself; false when it says nothing. */
static bool stated(const struct lcc_response *response,
                   struct lcc_lifetime *ret)
{
    const struct lcc_cc *cc = &response->cc;

    /* no-cache="field" could be served without that field; we replay all. */
    if (cc->no_cache || cc->no_cache_fields) {
        *ret = (struct lcc_lifetime){0, LCC_RULE_NO_CACHE};
        return true;
    }
    if (cc->max_age_s != LCC_CC_ABSENT) {
        *ret = (struct lcc_lifetime){cc->max_age_s, LCC_RULE_MAX_AGE};
        return true;
    }
    if (response->expires_s == LCC_TIME_ABSENT) {
        return false;
    }
    /* A date that cannot be read lies in the past (5.3). */
    int64_t left = is_time(response->expires_s)
                       ? lcc_sub_sat(response->expires_s, date_of(response))
                       : 0;
    *ret = (struct lcc_lifetime){at_least_zero(left), LCC_RULE_EXPIRES};
    return true;
}

/* Those a silent server's fallback is for. */
static bool is_plain_status(int status)
{
    return status == 200 || status == 203 || status == 204 || status == 300 ||
           status == 301 || status == 308;
}

/* RFC 9110, section 15.1, without 206. */
static bool is_heuristic_status(int status)
{
    return is_plain_status(status) || status == 404 || status == 405 ||
           status == 410 || status == 414 || status == 501;
}

/* must-understand (RFC 9111, 5.2.2.3): codes whose caching we know. */
static bool is_understood(int status)
{
    return is_heuristic_status(status) || status == 302 || status == 303 ||
           status == 307;
}

/* no-store beside must-understand is for caches that do not know the code. */
static bool forbids_storing(const struct lcc_response *response)
{
    const struct lcc_cc *cc = &response->cc;

    return cc->no_store &&
           !(cc->must_understand && is_understood(response->status));
}

static bool takes_fallback(const struct lcc_response *response)
{
    return is_plain_status(response->status) &&
           !lcc_fields_find(&response->fields, "Set-Cookie");
}

/* By its code, or because it says that it may be cached (4.2.2, 5.2.2.9). */
static bool may_be_guessed(const struct lcc_response *response)
{
    return is_heuristic_status(response->status) || response->cc.public_;
}

bool lcc_fresh_is_worth_asking(const struct lcc_response *response)
{
    return may_be_guessed(response) &&
           !lcc_fields_find(&response->fields, "Set-Cookie") &&
           (is_time(response->last_modified_s) ||
            lcc_fields_find(&response->fields, "ETag"));
}

/* RFC 9111, section 4.2.2. */
static struct lcc_lifetime guessed(const struct lcc_policy *policy,
                                   const struct lcc_response *response)
{
    struct lcc_lifetime lifetime = {0, LCC_RULE_NONE};

    if (!may_be_guessed(response)) {
        return lifetime;
    }
    if (is_time(response->last_modified_s)) {
        int64_t old = lcc_sub_sat(date_of(response), response->last_modified_s);
        int64_t part = at_least_zero(old) / HEURISTIC_PART;
        lifetime.seconds = part > HEURISTIC_MAX_S ? HEURISTIC_MAX_S : part;
        lifetime.rule = LCC_RULE_HEURISTIC;
    }
    if (takes_fallback(response) && policy->fallback_ttl_s > 0 &&
        policy->fallback_ttl_s >= lifetime.seconds) {
        lifetime.seconds = policy->fallback_ttl_s;
        lifetime.rule = LCC_RULE_FALLBACK;
    }
    return lifetime;
}

/* An error that says when to come back is not kept longer than that. */
static int64_t bounded_by_retry_after(const struct lcc_response *response,
                                      int64_t seconds)
{
    const struct lcc_field *field =
        response->status >= 400
            ? lcc_fields_find(&response->fields, "Retry-After")
            : NULL;
    int64_t after = 0;
    int64_t when;

    if (!field || seconds <= 0) {
        return seconds;
    }
    if (lcc_http_date_parse(field->value, response->response_time_s, &when)) {
        after = at_least_zero(lcc_sub_sat(when, date_of(response)));
        return after < seconds ? after : seconds;
    }
    const char *digits = field->value.data;
    for (size_t i = 0; i < field->value.size; i++) {
        if (digits[i] < '0' || digits[i] > '9') {
            return seconds;
        }
        after = after * 10 + (digits[i] - '0');
        after = after > LCC_DELTA_MAX_S ? LCC_DELTA_MAX_S : after;
    }
    return field->value.size > 0 && after < seconds ? after : seconds;
}

struct lcc_lifetime
lcc_fresh_lifetime_under(const struct lcc_policy *policy,
                         const struct lcc_url_ttl *rule,
                         const struct lcc_response *response)
{
    bool server_first = policy->cache_control == LCC_CACHE_CONTROL_SERVER;
    bool has_ttl = policy->ttl_s != LCC_TTL_UNSET;
    struct lcc_lifetime lifetime;

    if (forbids_storing(response) && !lcc_fresh_rule_overrules(policy, rule)) {
        return (struct lcc_lifetime){LCC_TTL_NO_STORE, LCC_RULE_NONE};
    }
    if (rule) {
        lifetime = (struct lcc_lifetime){rule->ttl_s, LCC_RULE_URL};
    } else if (has_ttl && !server_first) {
        lifetime = (struct lcc_lifetime){policy->ttl_s, LCC_RULE_TTL};
    } else if (!stated(response, &lifetime)) {
        lifetime = has_ttl ? (struct lcc_lifetime){policy->ttl_s,
                                                   LCC_RULE_TTL_FALLBACK}
                           : guessed(policy, response);
    }
    lifetime.seconds = bounded_by_retry_after(response, lifetime.seconds);
    return lifetime;
}

struct lcc_lifetime lcc_fresh_lifetime(const struct lcc_policy *policy,
                                       struct lcc_span url,
                                       const struct lcc_response *response)
{
    return lcc_fresh_lifetime_under(policy, lcc_fresh_url_rule(policy, url),
                                    response);
}

/* --- which codes --------------------------------------------------------- */

/* Their answer hangs on the asker or on the moment. */
static bool only_when_named(int status)
{
    return status == 401 || status == 403 || status == 407 || status == 428 ||
           status == 429 || status == 431 || status == 511;
}

static bool is_named(const struct lcc_codes *codes, int status)
{
    return codes->set &&
           (codes->bits[status / 64] >> (unsigned int)(status % 64) & 1) != 0;
}

static bool is_stated(enum lcc_rule rule)
{
    return rule == LCC_RULE_MAX_AGE || rule == LCC_RULE_EXPIRES ||
           rule == LCC_RULE_NO_CACHE;
}

bool lcc_fresh_covers(const struct lcc_policy *policy,
                      const struct lcc_response *final,
                      const struct lcc_lifetime *lifetime)
{
    int status = final->status;

    if (status < 200 || status >= CODES_END || status == 206 || status == 304 ||
        (final->cc.must_understand && !is_understood(status))) {
        return false;
    }
    if (is_named(&policy->codes, status)) {
        return true;
    }
    if (only_when_named(status)) {
        return false;
    }
    if (policy->codes.set) {
        return policy->codes.all;
    }
    if (lcc_rule_is_users(lifetime->rule)) {
        return is_plain_status(status);
    }
    return is_stated(lifetime->rule) || may_be_guessed(final);
}

/* --- age ----------------------------------------------------------------- */

int64_t lcc_fresh_resident(const struct lcc_response *response, int64_t now_s)
{
    return at_least_zero(lcc_sub_sat(now_s, response->response_time_s));
}

int64_t lcc_fresh_age(const struct lcc_response *response, int64_t now_s)
{
    int64_t arrived = response->response_time_s;
    int64_t apparent =
        is_time(response->date_s)
            ? at_least_zero(lcc_sub_sat(arrived, response->date_s))
            : 0;
    int64_t delay =
        at_least_zero(lcc_sub_sat(arrived, response->request_time_s));
    int64_t corrected = lcc_add_sat(at_least_zero(response->age_s), delay);
    int64_t initial = apparent > corrected ? apparent : corrected;
    int64_t age = lcc_add_sat(initial, lcc_fresh_resident(response, now_s));

    return age > LCC_DELTA_MAX_S ? LCC_DELTA_MAX_S : age;
}
