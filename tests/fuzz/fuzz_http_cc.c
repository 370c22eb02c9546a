/* Field lines with Cache-Control and Pragma among them. */
#include "store/http_cc.h"
#include "tests/fuzz/fuzz.h"

static bool in_bounds(int64_t seconds)
{
    return seconds >= LCC_CC_ABSENT && seconds <= LCC_DELTA_MAX_S;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lcc_fields fields = fuzz_fields(lcc_span_of(data, size));
    struct lcc_cc cc = lcc_http_cc_parse(&fields);

    FUZZ_HOLDS(in_bounds(cc.max_age_s));
    FUZZ_HOLDS(in_bounds(cc.s_maxage_s));
    FUZZ_HOLDS(in_bounds(cc.min_fresh_s));
    FUZZ_HOLDS(in_bounds(cc.stale_if_error_s));
    FUZZ_HOLDS(in_bounds(cc.stale_while_revalidate_s));
    FUZZ_HOLDS(in_bounds(cc.max_stale_s) || cc.max_stale_s == LCC_CC_ANY);
    FUZZ_HOLDS(cc.present || !cc.no_store);
    lcc_fields_done(&fields);
    return 0;
}
