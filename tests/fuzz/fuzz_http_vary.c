/* Vary lines, request lines, and bytes that claim to be the encoded form,
 * parted by NUL. */
#include "store/http_vary.h"
#include "tests/fuzz/fuzz.h"

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
    if (result == 0) {
        FUZZ_HOLDS(lcc_vary_selects(&secret, lcc_buf_span(&out), &request));
    }
    (void)lcc_vary_selects(&secret, rest, &request);
    lcc_buf_done(&out);
    lcc_response_done(&response);
    lcc_fields_done(&request.fields);
    return 0;
}
