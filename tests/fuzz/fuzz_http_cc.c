/* Field lines with Cache-Control and Pragma among them. */
#include "store/http_cc.h"
#include "tests/fuzz/fuzz.h"

static bool in_bounds(int64_t seconds)
{
    return seconds >= LCC_CC_ABSENT && seconds <= LCC_DELTA_MAX_S;
}

/* Without quotes every comma and semicolon separates: is one part no-store? */
static bool says_no_store(struct lcc_span value)
{
    while (value.size > 0) {
        const char *at = value.data;
        size_t size = 0;
        while (size < value.size && at[size] != ',' && at[size] != ';') {
            size++;
        }
        struct lcc_span part = lcc_span_trim(lcc_span_of(at, size));
        if (lcc_span_equal_nocase(part, lcc_span_str("no-store"))) {
            return true;
        }
        size += size < value.size;
        value = lcc_span_of(at + size, value.size - size);
    }
    return false;
}

/* What forbids storing is heard wherever it stands. */
static void check_no_store(const struct lcc_fields *fields, bool heard)
{
    const struct lcc_field *field = NULL;

    while ((field = lcc_fields_next(fields, lcc_span_str("Cache-Control"),
                                    field)) != NULL) {
        if (field->value.size > 0 &&
            !memchr(field->value.data, '"', field->value.size)) {
            FUZZ_HOLDS(heard || !says_no_store(field->value));
        }
    }
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
    check_no_store(&fields, cc.no_store);
    lcc_fields_done(&fields);
    return 0;
}
