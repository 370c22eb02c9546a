/*
 * curlcache.c - the tool: a table of commands, help and version
 */
#include "tools/flags.h"
#include "tools/tool.h"

#include <string.h>

const struct tool_command tool_commands[] = {
#define LCC_COMMAND(name, arguments, meaning)                                  \
    {#name, arguments, meaning, cmd_##name},
#include "tools/commands.def"
#undef LCC_COMMAND
};
const size_t tool_commands_count = LCC_ARRAY_SIZE(tool_commands);

const struct tool_command *tool_command_find(const char *name)
{
    for (size_t i = 0; i < tool_commands_count; i++) {
        if (strcmp(tool_commands[i].name, name) == 0) {
            return &tool_commands[i];
        }
    }
    return NULL;
}

int tool_command_unknown(const char *name)
{
    const char *names[LCC_ARRAY_SIZE(tool_commands)];

    for (size_t i = 0; i < tool_commands_count; i++) {
        names[i] = tool_commands[i].name;
    }
    const char *nearest = lcc_nearest(name, names, tool_commands_count);
    if (nearest) {
        tool_say("there is no command %s; did you mean %s?", name, nearest);
    } else {
        tool_say("there is no command %s; `curlcache help` lists them.", name);
    }
    return TOOL_WRONG;
}

static void help_settings(FILE *out)
{
    char name[FLAG_NAME_MAX];

    fprintf(out, "\nSettings, as flags of every command, variables CURLCACHE_"
                 "NAME or lines of a file:\n");
    for (int i = 0; i < LCC_SETTING_MAX_; i++) {
        flag_of_setting(i, name);
        fprintf(out, "  --%-15s %s\n", name,
                lcc_setting_meaning((enum lcc_setting)i));
    }
}

void tool_command_help(FILE *out, const struct tool_command *command)
{
    fprintf(out, "curlcache %s%s%s\n  %s\n", command->name,
            command->arguments[0] ? " " : "", command->arguments,
            command->meaning);
    if (command->run == cmd_run || command->run == cmd_env) {
        help_settings(out);
    }
}

static void help_all(FILE *out)
{
    fprintf(out, "curlcache: a cache for every program that uses libcurl\n\n");
    for (size_t i = 0; i < tool_commands_count; i++) {
        const struct tool_command *command = &tool_commands[i];
        fprintf(out, "  curlcache %-9s %s\n", command->name, command->meaning);
    }
    fprintf(out, "\n`curlcache help COMMAND` shows its flags. Exit status: "
                 "0 done, 1 nothing matched,\n2 wrong use, 3 failed.\n");
}

int cmd_help(int argc, char **argv)
{
    struct flags flags = {0};
    const int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc < 2) {
        help_all(stdout);
        return TOOL_DONE;
    }
    const struct tool_command *command = tool_command_find(argv[1]);
    if (!command) {
        return tool_command_unknown(argv[1]);
    }
    tool_command_help(stdout, command);
    return TOOL_DONE;
}

/* What --version and its kin answer to; NULL when it is a command's name. */
static const struct tool_command *first_word(const char *word)
{
    static const struct tool_command probe = {TOOL_PROBE, "", "", cmd_probe};

    if (strcmp(word, TOOL_PROBE) == 0) {
        return &probe;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        return tool_command_find("help");
    }
    return tool_command_find(word);
}

static int run_command(int argc, char **argv)
{
    if (argc < 2) {
        help_all(stderr);
        return TOOL_WRONG;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("curlcache %s\n", TOOL_VERSION);
        return TOOL_DONE;
    }
    const struct tool_command *command = first_word(argv[1]);
    if (!command) {
        return tool_command_unknown(argv[1]);
    }
    return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    const int result = run_command(argc, argv);

    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("curlcache: writing the answer");
        return TOOL_FAILED;
    }
    return result;
}
