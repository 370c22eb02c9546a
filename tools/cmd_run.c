/*
 * cmd_run.c - run a program under the cache, and env, which says how
 */
#include "tools/environment.h"
#include "tools/flags.h"
#include "tools/library.h"
#include "tools/program.h"
#include "tools/tool.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { /* as the shell has it: not found, found but not to be run */
       EXIT_NOT_FOUND = 127,
       EXIT_NOT_EXECUTABLE = 126,
};

static void warn_unknown(void *arg, const char *name, const char *nearest)
{
    (void)arg;
    if (nearest) {
        tool_say("%s means nothing; did you mean %s?", name, nearest);
    } else {
        tool_say("%s means nothing; `curlcache config` lists what does.", name);
    }
}

/* Settings good, library found: what run and env begin with. */
static int prepare(struct lcc_buf *library)
{
    LCC_CLEANUP(lcc_settings_freep) struct lcc_settings *settings = NULL;
    const int result = tool_settings(&settings);

    if (result != TOOL_DONE) {
        return result;
    }
    lcc_settings_unknown(warn_unknown, NULL);
    return library_find(library);
}

static void warn_program(const char *command)
{
    struct program program;
    struct lcc_buf sentence = LCC_BUF_INIT(SIZE_MAX);

    if (program_read(command, &program) == 0 &&
        program_obstacle(&program, &sentence)) {
        tool_say("%.*s", (int)sentence.size, (const char *)sentence.data);
    }
    lcc_buf_done(&sentence);
}

static int put_preload(const char *library)
{
    struct lcc_buf value = LCC_BUF_INIT(SIZE_MAX);
    int result = environment_preload(library, &value);

    if (result == 0) {
        result = lcc_buf_append(&value, lcc_span_of("", 1));
    }
    if (result == 0) {
        result = environment_put("LD_PRELOAD", (const char *)value.data);
    }
    lcc_buf_done(&value);
    return result;
}

int cmd_run(int argc, char **argv)
{
    struct flags flags = {.first_word_ends = true};
    struct lcc_buf library = LCC_BUF_INIT(SIZE_MAX);
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc < 2) {
        tool_say("run needs a command: curlcache run [flags] [--] COMMAND.");
        return TOOL_WRONG;
    }
    result = prepare(&library);
    if (result == TOOL_DONE) {
        warn_program(argv[1]);
        result = put_preload((const char *)library.data);
        if (result != 0) {
            tool_say("LD_PRELOAD cannot be set: %s.", strerror(-result));
            result = TOOL_FAILED;
        }
    }
    lcc_buf_done(&library);
    if (result != TOOL_DONE) {
        return result;
    }
    fflush(NULL);
    execvp(argv[1], argv + 1);
    result = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
    tool_say("%s: %s.", argv[1], strerror(errno));
    return result;
}

/* 'text', with each quote in it as '\'' (POSIX, Shell, section 2.2.2). */
static void print_quoted(const char *text)
{
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", stdout);
        } else {
            putchar(*text);
        }
    }
    putchar('\'');
}

static void print_export(const char *name, const char *value)
{
    printf("export %s=", name);
    print_quoted(value);
    putchar('\n');
}

static int print_env(const struct flags *flags)
{
    struct lcc_buf library = LCC_BUF_INIT(SIZE_MAX);
    int result = prepare(&library);

    if (result == TOOL_DONE) {
        result = put_preload((const char *)library.data) == 0 ? TOOL_DONE
                                                              : TOOL_FAILED;
    }
    lcc_buf_done(&library);
    if (result != TOOL_DONE) {
        return result;
    }
    print_export("LD_PRELOAD", environment_get("LD_PRELOAD"));
    for (int i = 0; i < LCC_SETTING_MAX_; i++) {
        if (flags->settings & UINT64_C(1) << i) {
            print_export(environment_name(i), environment_setting(i));
        }
    }
    return TOOL_DONE;
}

static int print_unset(void)
{
    struct lcc_buf left = LCC_BUF_INIT(SIZE_MAX);
    int result = environment_preload_without(&left);

    if (result == 0) {
        result = lcc_buf_append(&left, lcc_span_of("", 1));
    }
    if (result != 0) {
        lcc_buf_done(&left);
        return TOOL_FAILED;
    }
    if (left.size > 1) {
        print_export("LD_PRELOAD", (const char *)left.data);
    } else {
        puts("unset LD_PRELOAD");
    }
    lcc_buf_done(&left);
    for (int i = 0; i < LCC_SETTING_MAX_; i++) {
        if (environment_setting(i)) {
            printf("unset %s\n", environment_name(i));
        }
    }
    if (environment_get("CURLCACHE_PATH")) {
        puts("unset CURLCACHE_PATH");
    }
    return TOOL_DONE;
}

int cmd_env(int argc, char **argv)
{
    bool unset = false;
    const struct flag list[] = {{"unset", 0, FLAG_SWITCH, &unset}};
    struct flags flags = {.list = list, .count = LCC_ARRAY_SIZE(list)};

    const int result = flags_parse(&flags, &argc, argv);
    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc > 1) {
        tool_say("env takes no words, only flags; to run %s: curlcache run %s.",
                 argv[1], argv[1]);
        return TOOL_WRONG;
    }
    return unset ? print_unset() : print_env(&flags);
}
