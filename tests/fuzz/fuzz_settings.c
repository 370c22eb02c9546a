/* One byte chooses the setting, the rest is its value. */
#include "store/settings_parse.h"
#include "tests/fuzz/fuzz.h"

static void release(struct lcc_settings *s)
{
    struct lcc_list *lists[] = {
        &s->policy.methods,
        &s->policy.match_headers,
        &s->policy.ignore_params,
        &s->policy.redact_params,
        &s->policy.allow,
        &s->policy.deny,
        &s->programs,
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(lists); i++) {
        lcc_list_done(lists[i]);
    }
    lcc_url_ttls_done(&s->policy.urls_ttl);
    free(s->dir);
    free(s->log);
}

static bool inside(struct lcc_span part, struct lcc_span whole)
{
    const char *from = whole.data;
    const char *at = part.data;

    return at >= from && at + part.size <= from + whole.size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct lcc_bases bases = {"/cwd", "/home/me"};
    struct lcc_settings settings = {0};
    struct lcc_span value = lcc_span_of(data, size);
    struct lcc_span bad;
    uint8_t which;

    if (!lcc_take_u8(&value, &which) || value.size == 0 ||
        value.size > LCC_SETTING_VALUE_MAX) {
        return 0;
    }
    enum lcc_setting setting = (enum lcc_setting)(which % LCC_SETTING_MAX_);
    int result = lcc_setting_apply(&settings, setting, value, &bases, &bad);
    FUZZ_HOLDS(result == 0 || result == LCC_SETTING_BAD);
    if (result == LCC_SETTING_BAD) {
        const char *const *words = NULL;
        size_t count = lcc_setting_words(setting, &words);
        char *word = fuzz_string(bad);
        FUZZ_HOLDS(inside(bad, value));
        (void)lcc_nearest(word, words, count);
        free(word);
    }
    release(&settings);
    return 0;
}
