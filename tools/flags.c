/*
 * flags.c - reading a command's flags
 */
#include "tools/flags.h"

#include "tools/environment.h"
#include "tools/tool.h"

#include <ctype.h>
#include <string.h>

enum { FLAGS_MAX = 64 };

_Static_assert(LCC_SETTING_MAX_ <= 64, "flags->settings has a bit for each");

/* One flag as it stands in argv. */
struct given {
    const char *name; /* without dashes */
    size_t name_size;
    const char *value; /* after "=", else NULL */
};

void flag_of_setting(int setting, char out[FLAG_NAME_MAX])
{
    const char *name = lcc_setting_name((enum lcc_setting)setting);
    size_t i = 0;

    for (; name[i] && i + 1 < FLAG_NAME_MAX; i++) {
        out[i] = name[i] == '_' ? '-' : (char)tolower((unsigned char)name[i]);
    }
    out[i] = '\0';
}

static bool is_name(const struct given *given, const char *name)
{
    return strlen(name) == given->name_size &&
           memcmp(name, given->name, given->name_size) == 0;
}

static int setting_of(const struct given *given)
{
    char name[FLAG_NAME_MAX];

    for (int i = 0; i < LCC_SETTING_MAX_; i++) {
        flag_of_setting(i, name);
        if (is_name(given, name)) {
            return i;
        }
    }
    return -1;
}

static int say_unknown(const struct flags *flags, const char *command,
                       const struct given *given)
{
    static char settings[LCC_SETTING_MAX_][FLAG_NAME_MAX];
    const char *names[FLAGS_MAX + LCC_SETTING_MAX_ + 1] = {"help"};
    char word[FLAG_NAME_MAX] = {0};
    size_t count = 1;

    for (size_t i = 0; i < flags->count && i < FLAGS_MAX; i++) {
        names[count++] = flags->list[i].name;
    }
    for (int i = 0; i < LCC_SETTING_MAX_; i++) {
        flag_of_setting(i, settings[i]);
        names[count++] = settings[i];
    }
    memcpy(word, given->name,
           given->name_size < sizeof(word) ? given->name_size
                                           : sizeof(word) - 1);
    const char *nearest = lcc_nearest(word, names, count);
    if (nearest) {
        tool_say("%s has no flag --%s; did you mean --%s?", command, word,
                 nearest);
    } else {
        tool_say("%s has no flag --%s; see `curlcache help %s`.", command, word,
                 command);
    }
    return TOOL_WRONG;
}

static int say_bad_value(const struct given *given, const char *value,
                         const char *takes)
{
    tool_say("--%.*s takes %s, not \"%s\".", (int)given->name_size, given->name,
             takes, value);
    return TOOL_WRONG;
}

/* Put a value where its row says. */
static int put_value(const struct flag *flag, const struct given *given,
                     const char *value)
{
    switch (flag->type) {
    case FLAG_SWITCH:
        return say_bad_value(given, value, "no value");
    case FLAG_TEXT:
        *(const char **)flag->into = value;
        return TOOL_DONE;
    case FLAG_DURATION:
        if (lcc_duration_parse(lcc_span_str(value), flag->into)) {
            return TOOL_DONE;
        }
        return say_bad_value(given, value,
                             "a duration such as 90, 30s, 10m, 2h or 7d");
    case FLAG_FORMAT:
        *(bool *)flag->into = strcmp(value, "json") == 0;
        if (*(bool *)flag->into || strcmp(value, "text") == 0) {
            return TOOL_DONE;
        }
        return say_bad_value(given, value, "text or json");
    }
    return TOOL_WRONG;
}

/* The value of a flag that needs one: after "=", or the next word. */
static const char *value_of(const struct given *given, int *at, int argc,
                            char **argv)
{
    if (given->value) {
        return given->value;
    }
    if (*at + 1 < argc) {
        *at += 1;
        return argv[*at];
    }
    tool_say("--%.*s needs a value.", (int)given->name_size, given->name);
    return NULL;
}

static const struct flag *row_of(const struct flags *flags,
                                 const struct given *given, bool letter)
{
    for (size_t i = 0; i < flags->count; i++) {
        const struct flag *flag = &flags->list[i];
        if (letter ? given->name_size == 1 && flag->letter == given->name[0]
                   : is_name(given, flag->name)) {
            return flag;
        }
    }
    return NULL;
}

static int take_setting(int setting, const struct given *given, int *at,
                        int argc, char **argv)
{
    const char *value = value_of(given, at, argc, argv);

    if (!value) {
        return TOOL_WRONG;
    }
    if (environment_put_setting(setting, value) != 0) {
        tool_say("there is no memory left.");
        return TOOL_FAILED;
    }
    return TOOL_DONE;
}

/* One flag, argv[*at]; *at is moved to the last word it used. */
static int take_flag(struct flags *flags, int *at, int argc, char **argv)
{
    const char *word = argv[*at];
    const bool letter = word[1] != '-';
    const char *name = word + (letter ? 1 : 2);
    const char *equals = letter ? NULL : strchr(name, '=');
    const struct given given = {
        .name = name,
        .name_size = equals ? (size_t)(equals - name) : strlen(name),
        .value = equals ? equals + 1 : NULL,
    };
    const struct flag *flag = row_of(flags, &given, letter);

    if (flag && flag->type == FLAG_SWITCH && !given.value) {
        *(bool *)flag->into = true;
        return TOOL_DONE;
    }
    if (flag) {
        const char *value = value_of(&given, at, argc, argv);
        return value ? put_value(flag, &given, value) : TOOL_WRONG;
    }
    if (is_name(&given, letter ? "h" : "help")) {
        tool_command_help(stdout, tool_command_find(argv[0]));
        flags->help = true;
        return TOOL_DONE;
    }
    const int setting = letter ? -1 : setting_of(&given);
    if (setting >= 0) {
        flags->settings |= UINT64_C(1) << setting;
        return take_setting(setting, &given, at, argc, argv);
    }
    return say_unknown(flags, argv[0], &given);
}

int flags_parse(struct flags *flags, int *argc, char **argv)
{
    int words = 1;
    int at = 1;

    for (; at < *argc; at++) {
        const char *word = argv[at];

        if (strcmp(word, "--") == 0) {
            at++;
            break;
        }
        if (word[0] == '-' && word[1] != '\0') {
            const int result = take_flag(flags, &at, *argc, argv);
            if (result != TOOL_DONE || flags->help) {
                return result;
            }
            continue;
        }
        if (flags->first_word_ends) {
            break;
        }
        argv[words++] = argv[at];
    }
    for (; at < *argc; at++) {
        argv[words++] = argv[at];
    }
    argv[words] = NULL;
    *argc = words;
    return TOOL_DONE;
}
