/*
 * cmd_config.c - every setting and where it came from; the cache's folder
 *
 * Both work with bad settings and a damaged cache: they are where one looks
 * for what is wrong.
 */
#include "tools/environment.h"
#include "tools/flags.h"
#include "tools/json.h"
#include "tools/tool.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct config {
    const struct lcc_settings *settings;
    bool as_json;
    struct json json;
};

/* "TTL", "CURLCACHE_TTL", "ttl" and "fallback-ttl" all name a setting. */
static int setting_named(const char *word)
{
    const char *prefix = "CURLCACHE_";
    const size_t skip =
        strncasecmp(word, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
    char flag[FLAG_NAME_MAX];

    for (int i = 0; i < LCC_SETTING_MAX_; i++) {
        flag_of_setting(i, flag);
        if (strcasecmp(word + skip, lcc_setting_name((enum lcc_setting)i)) ==
                0 ||
            strcmp(word, flag) == 0) {
            return i;
        }
    }
    return -1;
}

static int say_no_setting(const char *word)
{
    const char *names[LCC_SETTING_MAX_];

    for (int i = 0; i < LCC_SETTING_MAX_; i++) {
        names[i] = lcc_setting_name((enum lcc_setting)i);
    }
    const char *nearest = lcc_nearest(word, names, LCC_ARRAY_SIZE(names));
    if (nearest) {
        tool_say("there is no setting %s; did you mean %s?", word, nearest);
    } else {
        tool_say("there is no setting %s; `curlcache config` lists them.",
                 word);
    }
    return TOOL_WRONG;
}

/* What is in force: as written, or what the default comes to. */
static const char *value_of(const struct lcc_settings *settings, int setting)
{
    if (settings->origin[setting] != LCC_ORIGIN_DEFAULT &&
        settings->text[setting]) {
        return settings->text[setting];
    }
    if (setting == LCC_SETTING_DIR && settings->dir) {
        return settings->dir;
    }
    return lcc_setting_default((enum lcc_setting)setting);
}

static void print_setting(struct config *config, int setting)
{
    const char *value = value_of(config->settings, setting);
    const char *origin = lcc_origin_text(config->settings->origin[setting]);
    const char *name = environment_name(setting);

    if (!config->as_json) {
        printf("%-24s %-12s %s\n", name, origin, value);
        return;
    }
    json_open(&config->json, NULL, '{');
    json_string(&config->json, "name", name);
    json_string(&config->json, "value", value);
    json_string(&config->json, "origin", origin);
    json_close(&config->json, '}');
}

static void say_unknown(void *arg, const char *name, const char *nearest)
{
    (void)arg;
    if (nearest) {
        tool_say("%s means nothing; did you mean %s?", name, nearest);
    } else {
        tool_say("%s means nothing.", name);
    }
}

static int print_settings(struct config *config, int count, char **words)
{
    config->json = json_to(stdout);
    if (config->as_json) {
        json_open(&config->json, NULL, '[');
    }
    for (int i = 0; i < LCC_SETTING_MAX_ && count == 0; i++) {
        print_setting(config, i);
    }
    for (int i = 0; i < count; i++) {
        print_setting(config, setting_named(words[i]));
    }
    if (config->as_json) {
        json_close(&config->json, ']');
    } else if (count == 0 && config->settings->user_file) {
        const char *file = config->settings->user_file;
        printf("your file: %s%s\n", file,
               access(file, F_OK) == 0 ? "" : " (not there)");
    }
    lcc_settings_unknown(say_unknown, NULL);
    if (config->settings->problem[0]) {
        tool_say("%s", config->settings->problem);
        return TOOL_WRONG;
    }
    return TOOL_DONE;
}

int cmd_config(int argc, char **argv)
{
    LCC_CLEANUP(lcc_settings_freep) struct lcc_settings *settings = NULL;
    struct config config = {0};
    const struct flag rows[] = {{"format", 0, FLAG_FORMAT, &config.as_json}};
    struct flags flags = {.list = rows, .count = LCC_ARRAY_SIZE(rows)};
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    for (int i = 1; i < argc; i++) {
        if (setting_named(argv[i]) < 0) {
            return say_no_setting(argv[i]);
        }
    }
    result = lcc_settings_load(&settings);
    if (result != 0) {
        tool_say("the settings cannot be read: %s.", strerror(-result));
        return TOOL_FAILED;
    }
    config.settings = settings;
    return print_settings(&config, argc - 1, argv + 1);
}

int cmd_dir(int argc, char **argv)
{
    LCC_CLEANUP(lcc_settings_freep) struct lcc_settings *settings = NULL;
    struct flags flags = {0};
    struct lcc_buf path = LCC_BUF_INIT(SIZE_MAX);
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc > 1) {
        tool_say("dir takes no words.");
        return TOOL_WRONG;
    }
    result = lcc_settings_load(&settings);
    if (result == 0) {
        result = tool_subfolder(settings, &path);
    }
    if (result == 0) {
        puts((const char *)path.data);
    } else if (settings && settings->problem[0]) {
        tool_say("%s", settings->problem);
    } else {
        tool_say("the folder is not known: %s.", strerror(-result));
    }
    lcc_buf_done(&path);
    return result == 0 ? TOOL_DONE : TOOL_FAILED;
}
