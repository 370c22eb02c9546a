/* A date: eight bytes of now, then the text. */
#include "store/http_date.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lcc_span text = lcc_span_of(data, size);
    uint64_t now = 0;
    int64_t when;
    int64_t again;
    char shown[LCC_HTTP_DATE_SIZE];

    (void)lcc_take_u64(&text, &now);
    if (lcc_http_date_parse(text, (int64_t)now, &when)) {
        lcc_http_date_format(when, shown);
        FUZZ_HOLDS(strlen(shown) == LCC_HTTP_DATE_SIZE - 1);
        FUZZ_HOLDS(lcc_http_date_parse(lcc_span_str(shown), 0, &again));
        /* A leap second on the last day of 9999 has no other form. */
        FUZZ_HOLDS(again == when || when > INT64_C(253402300799));
    }
    lcc_http_date_format((int64_t)now, shown);
    FUZZ_HOLDS(lcc_http_date_parse(lcc_span_str(shown), 0, &again));
    return 0;
}
