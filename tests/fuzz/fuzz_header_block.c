/* The head of a response, judged as stored and as looked up. */
#include "store/http_keep.h"
#include "tests/fuzz/fuzz.h"

static char *methods[] = {(char[]){"GET"}};

static void judge(const struct lcc_response *response, int64_t ttl_s,
                  enum lcc_cache_control control, int64_t now_s)
{
    const struct lcc_policy policy = {
        .ttl_s = ttl_s,
        .fallback_ttl_s = 3600,
        .stale_if_error_s = LCC_TTL_UNSET,
        .stale_while_revalidate_s = ttl_s,
        .cache_control = control,
        .methods = {methods, 1},
    };
    const struct lcc_request request = {
        .method = lcc_span_str("GET"),
        .url = lcc_span_str("http://example.org/"),
        /* A response's fields are as good as any. */
        .fields = response->fields,
        .cc = response->cc,
    };
    struct lcc_decision decision =
        lcc_fresh_decide(&policy, &request, response, 1, now_s);

    FUZZ_HOLDS(decision.age_s >= 0 && decision.age_s <= LCC_DELTA_MAX_S);
    FUZZ_HOLDS(decision.verdict != LCC_VERDICT_SERVE || decision.ttl_s > 0);
    FUZZ_HOLDS(decision.verdict == LCC_VERDICT_VALIDATE ||
               !decision.stale_if_error);
    (void)lcc_keep_request(&policy, &request);
    enum lcc_reason kept = lcc_keep_response(&policy, &request, response, 1);
    /* What is served could have been stored, by the same policy. */
    FUZZ_HOLDS(decision.verdict > LCC_VERDICT_SERVE_REFRESH ||
               kept == LCC_REASON_STORED || kept == LCC_REASON_VARY_ANY ||
               kept == LCC_REASON_REQUEST_NO_STORE);
    for (size_t i = 0; i < response->fields.count; i++) {
        (void)lcc_fields_is_hop_by_hop(&response->fields,
                                       response->fields.list[i].name);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lcc_span lines = lcc_span_of(data, size);
    struct lcc_response response;
    uint64_t asked = 0;
    uint64_t arrived = 0;
    uint64_t now = 0;

    (void)(lcc_take_u64(&lines, &asked) && lcc_take_u64(&lines, &arrived) &&
           lcc_take_u64(&lines, &now));
    if (lcc_response_parse(lines, (int64_t)asked, (int64_t)arrived,
                           &response) != 0) {
        return 0;
    }
    FUZZ_HOLDS(response.status >= 100 && response.status <= 999);
    judge(&response, LCC_TTL_UNSET, LCC_CACHE_CONTROL_AUTO, (int64_t)now);
    judge(&response, 60, LCC_CACHE_CONTROL_SERVER, (int64_t)now);
    judge(&response, LCC_TTL_NEVER, LCC_CACHE_CONTROL_IGNORE, (int64_t)now);
    lcc_response_done(&response);
    return 0;
}
