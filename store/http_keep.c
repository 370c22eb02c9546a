/*
 * http_keep.c - may it be stored, and what does it invalidate
 *
 * Pure. RFC 9111, sections 3, 3.1, 4.4 and 5.2; RFC 9110, sections 9.2.1 and
 * 13. A private cache: an Authorization field in the request and
 * `private` in the response are no hindrance, the key holds the credentials.
 */
#include "store/http_keep.h"

#include "store/http_fresh_private.h"
#include "store/http_uri.h"
#include "store/http_valid.h"
#include "store/http_vary.h"

#include <string.h>

/* Registered as safe (IANA, HTTP Method Registry). Names are compared with
 * case (RFC 9110, section 9.1): "get" is a method that nobody knows. */
bool lcc_method_is_safe(struct lcc_span method)
{
    static const char *const safe[] = {"GET",    "HEAD",     "OPTIONS",
                                       "TRACE",  "PROPFIND", "REPORT",
                                       "SEARCH", "QUERY"};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(safe); i++) {
        if (lcc_span_equal(method, lcc_span_str(safe[i]))) {
            return true;
        }
    }
    return false;
}

bool lcc_keep_invalidates(int status)
{
    return status >= 200 && status < 400;
}

bool lcc_keep_lists_method(const struct lcc_policy *policy,
                           struct lcc_span method)
{
    for (size_t i = 0; i < policy->methods.count; i++) {
        if (lcc_span_equal(method, lcc_span_str(policy->methods.items[i]))) {
            return true;
        }
    }
    return false;
}

/* Conditions of a GET or HEAD are answered from what is stored: http_valid.h.
 * What those of another method mean is the origin's to say. */
static enum lcc_reason judge_conditions(const struct lcc_request *request)
{
    return !lcc_valid_is_read(request->method) &&
                   lcc_valid_is_conditional(&request->fields)
               ? LCC_REASON_CONDITIONAL
               : LCC_REASON_NONE;
}

static enum lcc_reason judge_rule(const struct lcc_policy *policy,
                                  const struct lcc_request *request)
{
    const struct lcc_url_ttl *rule = lcc_fresh_url_rule(policy, request->url);

    return rule && rule->ttl_s == LCC_TTL_NO_STORE &&
                   policy->mode != LCC_MODE_OFFLINE
               ? LCC_REASON_RULE_NO_STORE
               : LCC_REASON_NONE;
}

static bool asks_to_store_nothing(const struct lcc_policy *policy,
                                  const struct lcc_request *request)
{
    return request->cc.no_store && !lcc_fresh_overrules(policy, request->url);
}

/* Offline there is nobody else to ask, whatever the program would like; beside
 * only-if-cached nothing is fetched that could be stored. */
static enum lcc_reason judge_no_store(const struct lcc_policy *policy,
                                      const struct lcc_request *request)
{
    return !request->cc.only_if_cached && policy->mode != LCC_MODE_OFFLINE &&
                   asks_to_store_nothing(policy, request)
               ? LCC_REASON_REQUEST_NO_STORE
               : LCC_REASON_NONE;
}

enum lcc_reason lcc_keep_request(const struct lcc_policy *policy,
                                 const struct lcc_request *request)
{
    if (!lcc_keep_lists_method(policy, request->method)) {
        return lcc_method_is_safe(request->method) ? LCC_REASON_METHOD
                                                   : LCC_REASON_UNSAFE_METHOD;
    }
    if (!lcc_uri_allowed(request->url, policy)) {
        return LCC_REASON_DENIED;
    }
    enum lcc_reason reason = judge_conditions(request);
    if (reason == LCC_REASON_NONE) {
        reason = judge_rule(policy, request);
    }
    if (reason == LCC_REASON_NONE) {
        reason = judge_no_store(policy, request);
    }
    return reason;
}

/* NO_LIFETIME may still become STATUS: the last response is judged first. */
static enum lcc_reason judge_block(const struct lcc_lifetime *lifetime,
                                   const struct lcc_response *block)
{
    if (lifetime->seconds == LCC_TTL_NO_STORE) {
        return lifetime->rule == LCC_RULE_URL ? LCC_REASON_RULE_NO_STORE
                                              : LCC_REASON_RESPONSE_NO_STORE;
    }
    if (lcc_vary_is_any(block)) {
        return LCC_REASON_VARY_ANY;
    }
    return lifetime->rule == LCC_RULE_NONE ? LCC_REASON_NO_LIFETIME
                                           : LCC_REASON_STORED;
}

/*
 * A lifetime of 0 that somebody stated is stored all the same: a validation, a
 * mode or a max-stale may still use it. So is what has no lifetime but a
 * validator, when it is alone. A hop that nobody gave a lifetime keeps the
 * chain out, as it would keep itself out (RFC 9111, section 3).
 */
enum lcc_reason lcc_keep_response(const struct lcc_policy *policy,
                                  const struct lcc_request *request,
                                  const struct lcc_response *blocks,
                                  size_t count)
{
    enum lcc_reason found = LCC_REASON_STORED;
    struct lcc_lifetime lifetime = {0, LCC_RULE_NONE};

    if (policy->mode == LCC_MODE_READONLY || policy->mode == LCC_MODE_OFFLINE) {
        return LCC_REASON_READONLY;
    }
    if (asks_to_store_nothing(policy, request)) {
        return LCC_REASON_REQUEST_NO_STORE;
    }
    for (size_t i = 0; i < count; i++) {
        lifetime = lcc_fresh_lifetime(policy, request->url, &blocks[i]);
        enum lcc_reason reason = judge_block(&lifetime, &blocks[i]);
        if (reason == LCC_REASON_NO_LIFETIME) {
            found = reason;
        } else if (reason != LCC_REASON_STORED) {
            return reason;
        }
    }
    /* A 412 is no answer to the same request without its conditions. */
    if (!lcc_fresh_covers(policy, &blocks[count - 1], &lifetime) ||
        (blocks[count - 1].status == 412 &&
         lcc_valid_is_conditional(&request->fields))) {
        return LCC_REASON_STATUS;
    }
    return found == LCC_REASON_NO_LIFETIME && count == 1 &&
                   lcc_fresh_is_worth_asking(blocks)
               ? LCC_REASON_STORED
               : found;
}
