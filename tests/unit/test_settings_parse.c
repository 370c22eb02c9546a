/*
 * Texts of settings: what each takes, and what it refuses.
 */
#include "store/settings_parse.h"
#include "tests/support/cases.h"

#include <stdlib.h>
#include <string.h>

static const struct lcc_bases bases = {"/work/dir", "/home/me"};

struct number_case {
    const char *text;
    bool valid;
    int64_t want;
};

/* clang-format off */
static const struct number_case durations[] = {
    {"0", true, 0}, {"90", true, 90}, {"30s", true, 30}, {"10m", true, 600},
    {"2h", true, 7200}, {"7d", true, 604800}, {" 5 ", true, 5},
    {"never", true, LCC_TTL_NEVER}, {"-1", true, LCC_TTL_NEVER},
    {"", false, 0}, {"s", false, 0}, {"-2", false, 0}, {"+1", false, 0},
    {"1.5h", false, 0}, {"1h30m", false, 0}, {"1 h", false, 0}, {"1H", false, 0},
    {"1w", false, 0}, {"Never", false, 0}, {"0x10", false, 0},
    {"9223372036854775807", false, 0}, {"18446744073709551616", false, 0},
    {"106751991167301d", false, 0}, {"9223372036854775806", true, INT64_MAX - 1},
};
static const struct number_case sizes[] = {
    {"0", true, 0}, {"500", true, 500}, {"500K", true, 512000}, {"64M", true, 67108864},
    {"2G", true, INT64_C(2147483648)}, {"1T", true, INT64_C(1099511627776)}, {"1k", true, 1024},
    {"", false, 0}, {"K", false, 0}, {"1KB", false, 0}, {"-1", false, 0}, {"1.5G", false, 0},
    {"never", false, 0}, {"99999999999999999T", false, 0},
};
/* clang-format on */

LCC_CASES(settings_parse, durations, durations)
{
    const struct number_case *c = &durations[*which];
    int64_t got = 0;

    cr_expect_eq(lcc_duration_parse(lcc_span_str(c->text), &got), c->valid,
                 "\"%s\"", c->text);
    cr_expect_eq(got, c->want, "\"%s\"", c->text);
}

LCC_CASES(settings_parse, sizes, sizes)
{
    const struct number_case *c = &sizes[*which];
    uint64_t got = 0;

    cr_expect_eq(lcc_size_parse(lcc_span_str(c->text), &got), c->valid,
                 "\"%s\"", c->text);
    cr_expect_eq(got, (uint64_t)c->want, "\"%s\"", c->text);
}

struct near_case {
    const char *word;
    const char *want;
};

static const struct near_case near_words[] = {
    {"TTL", "TTL"},     {"TLT", "TTL"},
    {"ttl", "TTL"},     {"CACHECONTROL", "CACHE_CONTROL"},
    {"MODES", "MODE"},  {"MAX_SZIE", "MAX_SIZE"},
    {"WHATEVER", NULL}, {"", NULL},
    {"X", NULL},
};

LCC_CASES(settings_parse, the_nearest_word, near_words)
{
    static const char *const names[] = {"TTL", "CACHE_CONTROL", "MODE",
                                        "MAX_SIZE", "MAX_ENTRY"};
    const struct near_case *c = &near_words[*which];
    const char *got = lcc_nearest(c->word, names, LCC_ARRAY_SIZE(names));

    if (c->want) {
        cr_assert_not_null(got, "%s", c->word);
        cr_expect_str_eq(got, c->want);
    } else {
        cr_expect_null(got, "%s is near %s", c->word, got);
    }
}

struct value_case {
    enum lcc_setting setting;
    const char *value;
    const char *bad; /* NULL: taken; else the element at fault */
};

/* clang-format off */
static const struct value_case values[] = {
    {LCC_SETTING_DISABLE, "1", NULL},
    {LCC_SETTING_DISABLE, "yes", "yes"},
    {LCC_SETTING_TTL, "1h", NULL},
    {LCC_SETTING_TTL, "1x", "1x"},
    {LCC_SETTING_CACHE_CONTROL, "auto", NULL},
    {LCC_SETTING_CACHE_CONTROL, "0", NULL},
    {LCC_SETTING_CACHE_CONTROL, "2", "2"},
    {LCC_SETTING_MODE, "recache", NULL},
    {LCC_SETTING_MODE, "Recache", "Recache"},
    {LCC_SETTING_CODES, "200, 404", NULL},
    {LCC_SETTING_CODES, "all,401", NULL},
    {LCC_SETTING_CODES, "200,99", "99"},
    {LCC_SETTING_CODES, "600", "600"},
    {LCC_SETTING_CODES, "100", "100"},
    {LCC_SETTING_CODES, "2xx", "2xx"},
    {LCC_SETTING_CODES, ",", ","},
    {LCC_SETTING_METHODS, "get,HEAD", NULL},
    {LCC_SETTING_METHODS, "get,query,POST", NULL},
    {LCC_SETTING_METHODS, "GET,PUT", "PUT"},
    {LCC_SETTING_METHODS, ",", ","},
    {LCC_SETTING_MATCH_HEADERS, "Accept, X-A", NULL},
    {LCC_SETTING_MATCH_HEADERS, "Accept, a b", "a b"},
    {LCC_SETTING_URLS_TTL, "*.a.org/x=30s, re:/v[0-9]+/=1d, a.org/live=no-store, b=never", NULL},
    {LCC_SETTING_URLS_TTL, "re:/v[0-9]{1,2}[,]/=1d,b=1", NULL},
    {LCC_SETTING_URLS_TTL, "a.org/?b=c=1", NULL},
    {LCC_SETTING_URLS_TTL, "a=1,b", "b"},
    {LCC_SETTING_URLS_TTL, "a=1,=2", "=2"},
    {LCC_SETTING_URLS_TTL, "a=1,b=2x", "b=2x"},
    {LCC_SETTING_URLS_TTL, "re:(=1", "re:(=1"},
    {LCC_SETTING_URLS_TTL, "re:(a{1,100}){1,100}=1", "re:(a{1,100}){1,100}=1"},
    {LCC_SETTING_URLS_TTL, "re:x++++++++++++++++++++=1", "re:x++++++++++++++++++++=1"},
    {LCC_SETTING_URLS_TTL, "re:^https?://[a-z.]+/[a-z]+/v[0-9]{1,3}/[0-9]+$=1", NULL},
    {LCC_SETTING_URLS_TTL, "re:x********************=1", "re:x********************=1"},
    {LCC_SETTING_URLS_TTL, "re:/a*b*c*d*e*f*g*h*i*j*k*l*m*n*o*p*/=1", NULL},
    {LCC_SETTING_URLS_TTL, "re:(a)\\1=1", "re:(a)\\1=1"},
    {LCC_SETTING_MAX_SIZE, "64M", NULL},
    {LCC_SETTING_MAX_SIZE, "much", "much"},
    {LCC_SETTING_STORE, "bdb:", NULL},
    {LCC_SETTING_STORE, "redis://a", "redis://a"},
    {LCC_SETTING_LOG, "stderr", NULL},
    {LCC_SETTING_LOG, "log.txt", NULL},
    {LCC_SETTING_DIR, "cache", NULL},
};
/* clang-format on */

static void done(struct lcc_settings *s)
{
    struct lcc_list *lists[] = {
        &s->policy.methods,
        &s->policy.match_headers,
        &s->policy.allow,
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(lists); i++) {
        lcc_list_done(lists[i]);
    }
    lcc_url_ttls_done(&s->policy.urls_ttl);
    free(s->dir);
    free(s->log);
}

LCC_CASES(settings_parse, values, values)
{
    const struct value_case *c = &values[*which];
    struct lcc_settings settings = {0};
    struct lcc_span bad = LCC_SPAN_EMPTY;
    int result = lcc_setting_apply(&settings, c->setting,
                                   lcc_span_str(c->value), &bases, &bad);

    cr_assert_eq(result, c->bad ? LCC_SETTING_BAD : 0, "%s", c->value);
    if (c->bad) {
        cr_expect(lcc_span_equal(bad, lcc_span_str(c->bad)), "%s: %.*s",
                  c->value, (int)bad.size, (const char *)bad.data);
    }
    done(&settings);
}

Test(settings_parse, a_bad_value_leaves_the_one_before)
{
    struct lcc_settings settings = {0};
    struct lcc_span bad;

    cr_assert_eq(lcc_setting_apply(&settings, LCC_SETTING_URLS_TTL,
                                   lcc_span_str("a=1,re:b=2"), &bases, &bad),
                 0);
    cr_assert_eq(lcc_setting_apply(&settings, LCC_SETTING_URLS_TTL,
                                   lcc_span_str("c=3,d"), &bases, &bad),
                 LCC_SETTING_BAD);
    cr_assert_eq(settings.policy.urls_ttl.count, 2);
    cr_expect_str_eq(settings.policy.urls_ttl.items[0].pattern, "a");
    cr_expect_null(settings.policy.urls_ttl.items[0].regex);
    cr_expect_not_null(settings.policy.urls_ttl.items[1].regex);
    cr_expect_eq(settings.policy.urls_ttl.items[1].ttl_s, 2);
    cr_assert_eq(lcc_setting_apply(&settings, LCC_SETTING_METHODS,
                                   lcc_span_str("head"), &bases, &bad),
                 0);
    cr_assert_eq(lcc_setting_apply(&settings, LCC_SETTING_METHODS,
                                   lcc_span_str("PUT"), &bases, &bad),
                 LCC_SETTING_BAD);
    cr_assert_eq(settings.policy.methods.count, 1);
    cr_expect_str_eq(settings.policy.methods.items[0], "HEAD");
    done(&settings);
}

Test(settings_parse, codes_are_bits)
{
    struct lcc_settings settings = {0};
    struct lcc_span bad;

    cr_assert_eq(lcc_setting_apply(&settings, LCC_SETTING_CODES,
                                   lcc_span_str("200,599"), &bases, &bad),
                 0);
    cr_expect(settings.policy.codes.set);
    cr_expect_not(settings.policy.codes.all);
    cr_expect_eq(settings.policy.codes.bits[3], UINT64_C(1) << 8);
    cr_expect_eq(settings.policy.codes.bits[9], UINT64_C(1) << 23);
}

Test(settings_parse, a_list_has_a_limit)
{
    char value[2 * LCC_SETTING_LIST_MAX + 3];
    struct lcc_settings settings = {0};
    struct lcc_span bad;

    for (size_t i = 0; i < sizeof(value) - 1; i++) {
        value[i] = i % 2 ? ',' : 'a';
    }
    value[sizeof(value) - 1] = '\0';
    cr_expect_eq(lcc_setting_apply(&settings, LCC_SETTING_ALLOW,
                                   lcc_span_of(value, sizeof(value) - 4),
                                   &bases, &bad),
                 0);
    cr_expect_eq(settings.policy.allow.count, LCC_SETTING_LIST_MAX);
    cr_expect_eq(lcc_setting_apply(&settings, LCC_SETTING_ALLOW,
                                   lcc_span_str(value), &bases, &bad),
                 LCC_SETTING_BAD);
    done(&settings);
}

struct path_case {
    const char *path;
    const char *want; /* NULL: refused */
};

static const struct path_case paths[] = {
    {"/a/b", "/a/b"},         {"//a", "/a"},      {"a", "/work/dir/a"},
    {"./a", "/work/dir/./a"}, {"~", "/home/me/"}, {"~/a", "/home/me/a"},
    {"~a", "/work/dir/~a"},   {"/", "/"},
};

LCC_CASES(settings_parse, paths_become_absolute, paths)
{
    const struct path_case *c = &paths[*which];
    char *got = NULL;

    cr_assert_eq(lcc_path_absolute(lcc_span_str(c->path), &bases, &got), 0);
    cr_expect_str_eq(got, c->want);
    free(got);
}

Test(settings_parse, a_path_needs_something_to_be_taken_from)
{
    const struct lcc_bases none = {NULL, NULL};
    char *got = NULL;

    cr_expect_eq(lcc_path_absolute(lcc_span_str("a"), &none, &got),
                 LCC_SETTING_BAD);
    cr_expect_eq(lcc_path_absolute(lcc_span_str("~/a"), &none, &got),
                 LCC_SETTING_BAD);
    cr_expect_eq(lcc_path_absolute(LCC_SPAN_EMPTY, &bases, &got),
                 LCC_SETTING_BAD);
    cr_expect_eq(lcc_path_absolute(lcc_span_of("/a\0b", 4), &bases, &got),
                 LCC_SETTING_BAD);
    cr_expect_null(got);
}

Test(settings_parse, every_setting_has_a_name_a_meaning_and_what_it_takes)
{
    for (size_t i = 0; i < LCC_SETTING_MAX_; i++) {
        enum lcc_setting setting = (enum lcc_setting)i;
        cr_expect_gt(strlen(lcc_setting_name(setting)), 0);
        cr_expect_gt(strlen(lcc_setting_takes(setting)), 0);
        cr_expect_gt(strlen(lcc_setting_meaning(setting)), 0);
    }
    cr_expect_str_eq(lcc_setting_name(LCC_SETTING_TTL), "TTL");
    cr_expect_str_eq(lcc_setting_default(LCC_SETTING_MODE), "normal");
}
