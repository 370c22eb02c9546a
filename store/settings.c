/*
 * settings.c - what the user asked for
 *
 * Every source is read once, at the process's first use. The first value that
 * cannot be used becomes one sentence, and caching is off.
 */
#include "store/settings_sources.h"

#include "store/http_uri.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define SYSTEM_FILE "/etc/curlcache.conf"

static void complain_value(struct lcc_settings *settings,
                           enum lcc_setting setting, const char *where,
                           struct lcc_span value, struct lcc_span bad)
{
    char whole[LCC_SHOWN_SIZE];
    char part[LCC_SHOWN_SIZE];
    const char *const *words = NULL;
    size_t count = lcc_setting_words(setting, &words);

    lcc_settings_show(value, whole);
    lcc_settings_show(bad, part);
    const char *nearest = lcc_nearest(part, words, count);
    bool is_part = bad.size < value.size;
    lcc_settings_complain(
        settings, "%s is \"%s\"%s%s%s: it takes %s%s%s%s", where, whole,
        is_part ? ", of which \"" : "", is_part ? part : "",
        is_part ? "\" cannot be used" : "", lcc_setting_takes(setting),
        nearest ? " (did you mean " : "", nearest ? nearest : "",
        nearest ? "?)" : "");
}

static int apply_one(struct lcc_loader *l, enum lcc_setting setting)
{
    const struct lcc_bases bases = {l->cwd, l->home};
    struct lcc_found *found = &l->found[setting];
    struct lcc_span value = lcc_span_str(found->text);
    struct lcc_span bad;

    if (!found->text) {
        return 0;
    }
    int result =
        value.size > LCC_SETTING_VALUE_MAX
            ? LCC_SETTING_BAD
            : lcc_setting_apply(l->settings, setting, value, &bases, &bad);
    if (result == LCC_SETTING_BAD) {
        if (value.size > LCC_SETTING_VALUE_MAX) {
            bad = value;
        }
        complain_value(l->settings, setting, found->where, value, bad);
        result = 0;
    }
    free(l->settings->text[setting]);
    l->settings->text[setting] = lcc_steal(&found->text);
    l->settings->origin[setting] = found->origin;
    return result;
}

static int apply_all(struct lcc_loader *l)
{
    int result = 0;

    for (size_t i = 0; i < LCC_SETTING_MAX_ && !result; i++) {
        result = apply_one(l, (enum lcc_setting)i);
    }
    return result;
}

static int apply_defaults(struct lcc_settings *settings)
{
    const struct lcc_bases none = {NULL, NULL};
    struct lcc_span bad;

    settings->policy.ttl_s = LCC_TTL_UNSET;
    settings->policy.stale_if_error_s = LCC_TTL_UNSET;
    settings->policy.stale_while_revalidate_s = LCC_TTL_UNSET;
    for (size_t i = 0; i < LCC_SETTING_MAX_; i++) {
        enum lcc_setting setting = (enum lcc_setting)i;
        struct lcc_span value = lcc_span_str(lcc_setting_default(setting));
        int result = value.size ? lcc_setting_apply(settings, setting, value,
                                                    &none, &bad)
                                : 0;
        if (result) {
            return result < 0 ? result : -EINVAL;
        }
        settings->text[setting] = strdup(value.data);
        if (!settings->text[setting]) {
            return -ENOMEM;
        }
    }
    return 0;
}

static int replace_text(struct lcc_settings *settings, enum lcc_setting setting,
                        char *text)
{
    if (!text) {
        return -ENOMEM;
    }
    free(settings->text[setting]);
    settings->text[setting] = text;
    return 0;
}

/* The defaults that hang on something else. */
static int derive(struct lcc_loader *l)
{
    struct lcc_settings *s = l->settings;
    char *text = NULL;

    if (!s->dir) {
        int result = lcc_loader_default_dir(l, &s->dir);
        if (result == LCC_SETTING_BAD) {
            lcc_settings_complain(
                s,
                "there is no home folder, so " LCC_SETTINGS_PREFIX
                "DIR must name %s",
                lcc_setting_takes(LCC_SETTING_DIR));
            return 0;
        }
        result =
            result ? result : replace_text(s, LCC_SETTING_DIR, strdup(s->dir));
        if (result) {
            return result;
        }
    }
    if (s->max_entry_bytes == 0 &&
        s->origin[LCC_SETTING_MAX_ENTRY] == LCC_ORIGIN_DEFAULT) {
        s->max_entry_bytes = s->max_size_bytes / 10;
        if (asprintf(&text, "%llu", (unsigned long long)s->max_entry_bytes) <
            0) {
            return -ENOMEM;
        }
        return replace_text(s, LCC_SETTING_MAX_ENTRY, text);
    }
    return 0;
}

static int fill(struct lcc_settings *settings, const char *system_file)
{
    struct lcc_loader *loader;
    int result = apply_defaults(settings);

    if (result) {
        return result;
    }
    if (getauxval(AT_SECURE) != 0) {
        settings->disable = true;
        return 0;
    }
    loader = calloc(1, sizeof(*loader));
    if (!loader) {
        return -ENOMEM;
    }
    loader->settings = settings;
    result = lcc_loader_gather(loader, system_file);
    if (!result) {
        result = apply_all(loader);
    }
    if (!result) {
        result = derive(loader);
    }
    if (settings->disable) {
        settings->problem[0] = '\0'; /* nobody will use what is wrong */
    }
    lcc_loader_done(loader);
    free(loader);
    return result;
}

int lcc_settings_load_with(const char *system_file, struct lcc_settings **ret)
{
    struct lcc_settings *settings = calloc(1, sizeof(*settings));

    if (!settings) {
        return -ENOMEM;
    }
    int result = fill(settings, system_file);
    if (result) {
        lcc_settings_free(settings);
        return result;
    }
    *ret = settings;
    return 0;
}

int lcc_settings_load(struct lcc_settings **ret)
{
    return lcc_settings_load_with(SYSTEM_FILE, ret);
}

struct lcc_settings *lcc_settings_free(struct lcc_settings *settings)
{
    if (!settings) {
        return NULL;
    }
    struct lcc_list *const lists[] = {
        &settings->policy.methods,
        &settings->policy.match_headers,
        &settings->policy.ignore_params,
        &settings->policy.redact_params,
        &settings->policy.allow,
        &settings->policy.deny,
        &settings->programs,
        &settings->unknown,
    };
    for (size_t i = 0; i < LCC_ARRAY_SIZE(lists); i++) {
        lcc_list_done(lists[i]);
    }
    lcc_url_ttls_done(&settings->policy.urls_ttl);
    for (size_t i = 0; i < LCC_SETTING_MAX_; i++) {
        free(settings->text[i]);
    }
    free(settings->dir);
    free(settings->log);
    free(settings->user_file);
    free(settings);
    return NULL;
}

const char *lcc_origin_text(enum lcc_origin origin)
{
    static const char *const texts[] = {
        [LCC_ORIGIN_DEFAULT] = "default",
        [LCC_ORIGIN_SYSTEM_FILE] = "the system's file",
        [LCC_ORIGIN_USER_FILE] = "the user's file",
        [LCC_ORIGIN_ENVIRONMENT] = "environment",
    };

    return (size_t)origin < LCC_ARRAY_SIZE(texts) ? texts[origin] : texts[0];
}

bool lcc_settings_program(const struct lcc_settings *settings,
                          const char *program)
{
    const struct lcc_span name = lcc_span_str(program);
    bool named = false;
    bool choosy = false; /* some element names who is let in */

    for (size_t i = 0; i < settings->programs.count; i++) {
        const char *glob = settings->programs.items[i];
        bool excludes = glob[0] == '!';
        bool matches = lcc_glob_match(name, excludes ? glob + 1 : glob);
        if (excludes && matches) {
            return false;
        }
        choosy = choosy || !excludes;
        named = named || (!excludes && matches);
    }
    return named || !choosy;
}

/* Names without the prefix: with it everything would look alike. */
static bool is_known(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

void lcc_settings_unknown(void (*visit)(void *arg, const char *name,
                                        const char *nearest),
                          void *arg)
{
    static const char *const names[] = {
#define LCC_SETTING(name, type, dflt, takes, meaning) #name,
#include "store/settings.def"
#undef LCC_SETTING
        "PATH", "CONFIG"};
    const size_t size = strlen(LCC_SETTINGS_PREFIX);

    for (char **at = environ; at && *at; at++) {
        const char *equals = strchr(*at, '=');
        if (!equals || strncmp(*at, LCC_SETTINGS_PREFIX, size) != 0) {
            continue;
        }
        char *name = strndup(*at, (size_t)(equals - *at));
        if (name && !is_known(name + size, names, LCC_ARRAY_SIZE(names))) {
            const char *nearest =
                lcc_nearest(name + size, names, LCC_ARRAY_SIZE(names));
            char full[LCC_SHOWN_SIZE];
            (void)snprintf(full, sizeof(full), LCC_SETTINGS_PREFIX "%s",
                           nearest ? nearest : "");
            visit(arg, name, nearest ? full : NULL);
        }
        free(name);
    }
}
