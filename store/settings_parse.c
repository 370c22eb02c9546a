/*
 * settings_parse.c - one setting's text into its place in the settings
 *
 * Pure. Each type of settings.def is one parser; lists are read in
 * settings_lists.c, numbers and paths in settings_values.c.
 */
#include "store/settings_parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct word {
    const char *text;
    int value;
};

static int parse_word(const struct lcc_parse *p, const struct word *words,
                      size_t count, int *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (lcc_span_equal(p->value, lcc_span_str(words[i].text))) {
            *ret = words[i].value;
            return 0;
        }
    }
    return LCC_SETTING_BAD;
}

static int parse_bool(struct lcc_parse *p)
{
    static const struct word words[] = {{"0", false}, {"1", true}};
    int value;
    int result = parse_word(p, words, LCC_ARRAY_SIZE(words), &value);

    if (!result) {
        *(bool *)p->place = value != 0;
    }
    return result;
}

static int parse_control(struct lcc_parse *p)
{
    static const struct word words[] = {
        {"auto", LCC_CACHE_CONTROL_AUTO},
        {"0", LCC_CACHE_CONTROL_IGNORE},
        {"1", LCC_CACHE_CONTROL_SERVER},
    };
    int value;
    int result = parse_word(p, words, LCC_ARRAY_SIZE(words), &value);

    if (!result) {
        *(enum lcc_cache_control *)p->place = (enum lcc_cache_control)value;
    }
    return result;
}

static int parse_mode(struct lcc_parse *p)
{
    static const struct word words[] = {
        {"normal", LCC_MODE_NORMAL},     {"offline", LCC_MODE_OFFLINE},
        {"refresh", LCC_MODE_REFRESH},   {"recache", LCC_MODE_RECACHE},
        {"readonly", LCC_MODE_READONLY},
    };
    int value;
    int result = parse_word(p, words, LCC_ARRAY_SIZE(words), &value);

    if (!result) {
        *(enum lcc_mode *)p->place = (enum lcc_mode)value;
    }
    return result;
}

/* There is one kind of store: the word is checked, and that is all. */
static int parse_store(struct lcc_parse *p)
{
    static const struct word words[] = {{"bdb:", 0}};
    int value;

    return parse_word(p, words, LCC_ARRAY_SIZE(words), &value);
}

static int parse_duration(struct lcc_parse *p)
{
    return lcc_duration_parse(p->value, p->place) ? 0 : LCC_SETTING_BAD;
}

static int parse_size(struct lcc_parse *p)
{
    return lcc_size_parse(p->value, p->place) ? 0 : LCC_SETTING_BAD;
}

static int parse_path(struct lcc_parse *p)
{
    char **place = p->place;
    char *path;
    int result = lcc_path_absolute(p->value, p->bases, &path);

    if (!result) {
        free(*place);
        *place = path;
    }
    return result;
}

static int parse_log(struct lcc_parse *p)
{
    char **place = p->place;

    if (!lcc_span_equal(p->value, lcc_span_str("stderr"))) {
        return parse_path(p);
    }
    char *copy = strndup(p->value.data, p->value.size);
    if (!copy) {
        return -ENOMEM;
    }
    free(*place);
    *place = copy;
    return 0;
}

/* --- the table ----------------------------------------------------------- */

/* clang-format off */
#define PARSER_PATH     parse_path
#define PARSER_BOOL     parse_bool
#define PARSER_TTL      parse_duration
#define PARSER_DURATION parse_duration
#define PARSER_CONTROL  parse_control
#define PARSER_MODE     parse_mode
#define PARSER_SIZE     parse_size
#define PARSER_LOG      parse_log
#define PARSER_STORE    parse_store
#define PARSER_URL_TTLS lcc_parse_url_ttls
#define PARSER_CODES    lcc_parse_codes
#define PARSER_METHODS  lcc_parse_methods
#define PARSER_NAMES    lcc_parse_names
#define PARSER_GLOBS    lcc_parse_globs

#define PLACE_DIR           dir
#define PLACE_DISABLE       disable
#define PLACE_TTL           policy.ttl_s
#define PLACE_CACHE_CONTROL policy.cache_control
#define PLACE_FALLBACK_TTL  policy.fallback_ttl_s
#define PLACE_URLS_TTL      policy.urls_ttl
#define PLACE_MODE          policy.mode
#define PLACE_CODES         policy.codes
#define PLACE_METHODS       policy.methods
#define PLACE_MATCH_HEADERS policy.match_headers
#define PLACE_IGNORE_PARAMS policy.ignore_params
#define PLACE_REDACT_PARAMS policy.redact_params
#define PLACE_ALLOW         policy.allow
#define PLACE_DENY          policy.deny
#define PLACE_PROGRAMS      programs
#define PLACE_MAX_SIZE      max_size_bytes
#define PLACE_MAX_ENTRY     max_entry_bytes
#define PLACE_STALE_IF_ERROR policy.stale_if_error_s
#define PLACE_STALE_WHILE_REVALIDATE policy.stale_while_revalidate_s
#define PLACE_ALWAYS_REVALIDATE policy.always_revalidate
#define PLACE_COALESCE      coalesce_s
#define PLACE_STATUS_HEADER policy.status_header
#define PLACE_LOG           log
#define PLACE_STORE         policy /* checked only: nothing is put there */
/* clang-format on */

static const struct row {
    int (*parse)(struct lcc_parse *p);
    size_t place;
    const char *name;
    const char *dflt;
    const char *takes;
    const char *meaning;
} rows[] = {
#define LCC_SETTING(name, type, dflt, takes, meaning)                          \
    {PARSER_##type, offsetof(struct lcc_settings, PLACE_##name),               \
     #name,         dflt,                                                      \
     takes,         meaning},
#include "store/settings.def"
#undef LCC_SETTING
};

const char *lcc_setting_name(enum lcc_setting setting)
{
    return rows[setting].name;
}

const char *lcc_setting_default(enum lcc_setting setting)
{
    return rows[setting].dflt;
}

const char *lcc_setting_takes(enum lcc_setting setting)
{
    return rows[setting].takes;
}

const char *lcc_setting_meaning(enum lcc_setting setting)
{
    return rows[setting].meaning;
}

int lcc_setting_apply(struct lcc_settings *settings, enum lcc_setting setting,
                      struct lcc_span value, const struct lcc_bases *bases,
                      struct lcc_span *ret_bad)
{
    struct lcc_parse p = {
        .value = value,
        .bases = bases,
        .bad = value,
        .place = (char *)settings + rows[setting].place,
    };
    int result = rows[setting].parse(&p);

    if (result == LCC_SETTING_BAD) {
        *ret_bad = p.bad;
    }
    return result;
}

size_t lcc_setting_words(enum lcc_setting setting, const char *const **ret)
{
    static const char *const controls[] = {"auto"};
    static const char *const modes[] = {"normal", "offline", "refresh",
                                        "recache", "readonly"};
    static const char *const codes[] = {"all"};
    static const char *const methods[] = {"GET", "HEAD"};
    static const char *const stores[] = {"bdb:"};
    static const char *const durations[] = {"never"};
    static const struct {
        int (*parse)(struct lcc_parse *p);
        const char *const *words;
        size_t count;
    } known[] = {
        {parse_control, controls, LCC_ARRAY_SIZE(controls)},
        {parse_mode, modes, LCC_ARRAY_SIZE(modes)},
        {lcc_parse_codes, codes, LCC_ARRAY_SIZE(codes)},
        {lcc_parse_methods, methods, LCC_ARRAY_SIZE(methods)},
        {parse_store, stores, LCC_ARRAY_SIZE(stores)},
        {parse_duration, durations, LCC_ARRAY_SIZE(durations)},
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(known); i++) {
        if (known[i].parse == rows[setting].parse) {
            *ret = known[i].words;
            return known[i].count;
        }
    }
    return 0;
}
