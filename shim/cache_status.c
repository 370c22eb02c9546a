/*
 * cache_status.c - Cache-Status, from what was decided
 *
 * RFC 9211, section 2: hit; fwd, fwd-status, stored, collapsed; ttl; detail. A
 * ttl is an integer of 15 digits at most (RFC 8941, section 3.3.1); one that
 * never ends is left out.
 */
#include "shim/cache_status.h"

#include <stdio.h>
#include <string.h>

#define CACHE_NAME "curlcache"

static void put(char *out, const char *text)
{
    size_t used = strlen(out);

    snprintf(out + used, LCC_CACHE_STATUS_SIZE - used, "%s", text);
}

static void put_number(char *out, const char *name, int64_t number)
{
    char text[64];

    snprintf(text, sizeof(text), "; %s=%lld", name, (long long)number);
    put(out, text);
}

static void put_ttl(char *out, int64_t ttl_s)
{
    if (ttl_s <= LCC_DELTA_MAX_S && ttl_s >= -LCC_DELTA_MAX_S) {
        put_number(out, "ttl", ttl_s);
    }
}

void lcc_cache_status_of_hit(const struct lcc_decision *decision, char *out)
{
    out[0] = '\0';
    put(out, CACHE_NAME);
    switch ((int)decision->reason) {
    case LCC_REASON_ONLY_IF_CACHED:
        /* Neither a hit nor forwarded: our own answer. */
        put(out, "; detail=only-if-cached");
        return;
    case LCC_REASON_VALIDATED:
        put(out, "; fwd=stale; fwd-status=304");
        break;
    case LCC_REASON_COALESCED:
        put(out, "; fwd=miss; collapsed");
        break;
    case LCC_REASON_COALESCED_STALE:
        put(out, "; fwd=stale; collapsed");
        break;
    case LCC_REASON_STALE_IF_ERROR:
        put(out, "; fwd=stale; detail=stale-if-error");
        break;
    default:
        put(out, "; hit");
        break;
    }
    put_ttl(out, decision->ttl_s);
}

/* Section 2.2. What is stored and may not be used at all counts as a miss. */
static const char *forward_reason(enum lcc_reason why)
{
    switch ((int)why) {
    case LCC_REASON_EXPIRED:
    case LCC_REASON_REPLACED:
        return "; fwd=stale";
    case LCC_REASON_REFETCHED:
        return "; fwd=request";
    case LCC_REASON_UNSAFE_METHOD:
        return "; fwd=method";
    default:
        return "; fwd=miss";
    }
}

void lcc_cache_status_of_fetch(const struct lcc_forwarded *forwarded, char *out)
{
    out[0] = '\0';
    put(out, CACHE_NAME);
    put(out, forward_reason(forwarded->why));
    put_number(out, "fwd-status", forwarded->status);
    if (forwarded->waited) {
        put(out, "; collapsed=?0");
    }
    if (forwarded->stored) {
        put(out, "; stored");
        put_ttl(out, forwarded->ttl_s);
    }
    if (forwarded->why == LCC_REASON_UNSEEN) {
        put(out, "; detail=locked");
    }
}
