/* Vary lines, request lines, and bytes that claim to be the encoded form,
 * parted by NUL. */
#include "store/http_vary.h"
#include "tests/fuzz/fuzz.h"

/* A normal form is its own normal form. */
static void check_normal(const struct lcc_fields *fields, const char *text)
{
    struct lcc_span name = lcc_span_str(text);
    struct lcc_buf once = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_buf twice = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_fields normal = LCC_FIELDS_INIT;

    FUZZ_HOLDS(lcc_vary_normal(fields, name, &once) == 0);
    FUZZ_HOLDS(
        lcc_fields_add(&normal, name, lcc_span_trim(lcc_buf_span(&once))) == 0);
    FUZZ_HOLDS(lcc_vary_normal(&normal, name, &twice) == 0);
    FUZZ_HOLDS(lcc_span_equal(lcc_buf_span(&once), lcc_buf_span(&twice)));
    lcc_fields_done(&normal);
    lcc_buf_done(&once);
    lcc_buf_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct lcc_secret secret = {"fuzz"};
    struct lcc_span rest = lcc_span_of(data, size);
    struct lcc_response response = {.fields =
                                        fuzz_fields(fuzz_take(&rest, '\0'))};
    struct lcc_request request = {.fields =
                                      fuzz_fields(fuzz_take(&rest, '\0'))};
    struct lcc_buf out = LCC_BUF_INIT(SIZE_MAX);

    int result = lcc_vary_encode(&secret, &response, &request, &out);
    FUZZ_HOLDS(result == 0 || out.size == 0);
    FUZZ_HOLDS((result == LCC_VARY_ANY) == lcc_vary_is_any(&response));
    if (result == 0) {
        FUZZ_HOLDS(lcc_vary_selects(&secret, lcc_buf_span(&out), &request));
    }
    (void)lcc_vary_selects(&secret, rest, &request);
    check_normal(&request.fields, "Accept");
    check_normal(&request.fields, "Accept-Language");
    check_normal(&request.fields, "X");
    lcc_buf_done(&out);
    lcc_response_done(&response);
    lcc_fields_done(&request.fields);
    return 0;
}
