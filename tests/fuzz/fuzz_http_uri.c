/* A pattern and a URL, parted by NUL. */
#include "store/http_uri.h"
#include "tests/fuzz/fuzz.h"

static void normalise(struct lcc_span url, const struct lcc_list *globs,
                      const char *pattern)
{
    struct lcc_buf once = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_buf twice = LCC_BUF_INIT(SIZE_MAX);

    if (lcc_uri_normalise(url, globs, &once) == 0) {
        struct lcc_span normal = lcc_buf_span(&once);
        FUZZ_HOLDS(lcc_uri_normalise(normal, globs, &twice) == 0);
        FUZZ_HOLDS(lcc_span_equal(normal, lcc_buf_span(&twice)));
        FUZZ_HOLDS(lcc_uri_authority(normal).size > 0);
        FUZZ_HOLDS(lcc_uri_matches(normal, "*"));
        (void)lcc_uri_matches(normal, pattern);
    }
    lcc_buf_done(&once);
    lcc_buf_done(&twice);
}

static void redact(struct lcc_span url, const struct lcc_list *globs)
{
    struct lcc_buf once = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_buf twice = LCC_BUF_INIT(SIZE_MAX);

    FUZZ_HOLDS(lcc_uri_redact(url, globs, &once) == 0);
    for (size_t i = 0; i < once.size; i++) {
        FUZZ_HOLDS(once.data[i] > ' ' && once.data[i] < 127);
    }
    FUZZ_HOLDS(lcc_uri_redact(lcc_buf_span(&once), globs, &twice) == 0);
    lcc_buf_done(&once);
    lcc_buf_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lcc_span url = lcc_span_of(data, size);
    char *pattern = fuzz_string(fuzz_take(&url, '\0'));
    struct lcc_list globs = {&pattern, 1};

    normalise(url, &globs, pattern);
    normalise(url, NULL, pattern);
    redact(url, &globs);
    (void)lcc_uri_matches(url, pattern);
    (void)lcc_glob_match(url, pattern);
    free(pattern);
    return 0;
}
