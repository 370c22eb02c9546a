/*
 * tool.h - what the commands of curlcache share
 *
 * Each command is one function over its own arguments that returns an exit
 * status. Sentences for people go to stderr, what was asked for to stdout.
 */
#ifndef LCC_TOOL_H
#define LCC_TOOL_H

#include "store/ledger.h"
#include "store/settings.h"
#include "store/store.h"

#include <stdio.h>

/* Exit statuses, the same for every command. */
enum tool_exit {
    TOOL_DONE = 0,
    TOOL_NOTHING = 1, /* nothing matched */
    TOOL_WRONG = 2,   /* wrong use: unknown flag, bad value, bad setting */
    TOOL_FAILED = 3,
};

struct tool_command {
    const char *name;
    const char *arguments; /* as shown by `help` */
    const char *meaning;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

extern const struct tool_command tool_commands[];
extern const size_t tool_commands_count;
/* NULL when there is no command of that name. */
const struct tool_command *tool_command_find(const char *name);
/* Say that @name is none, and which known one is near. TOOL_WRONG. */
int tool_command_unknown(const char *name);
void tool_command_help(FILE *out, const struct tool_command *command);

#define LCC_COMMAND(name, arguments, meaning)                                  \
    int cmd_##name(int argc, char **argv);
#include "tools/commands.def"
#undef LCC_COMMAND
/* `curlcache doctor` runs itself under the preload by this name. */
#define TOOL_PROBE "--probe"
int cmd_probe(int argc, char **argv);

/* "curlcache: " and one line on stderr. */
void tool_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Read the settings; on a bad one say so. Free the settings in every case.
 * TOOL_DONE, TOOL_WRONG or TOOL_FAILED. */
int tool_settings(struct lcc_settings **ret);
LCC_DEFINE_CLEANUP(struct lcc_settings *, lcc_settings_free);

/* The cache as the commands see it. */
struct tool_cache {
    struct lcc_settings *settings;
    struct lcc_store *store;   /* NULL when there is no cache yet */
    struct lcc_ledger *ledger; /* NULL when there is none */
};
#define TOOL_CACHE_INIT ((struct tool_cache){NULL, NULL, NULL})

/**
 * tool_cache_open() - settings, store and ledger
 * @change: the command will remove or zero something
 * @ret:    initialised; release with tool_cache_done() in every case
 *
 * Never creates a cache: one that is not there is no error, store is NULL.
 *
 * Return: TOOL_DONE, or a status after a sentence on stderr.
 */
int tool_cache_open(bool change, struct tool_cache *ret);
void tool_cache_done(struct tool_cache *cache);

/**
 * tool_store_open() - the store of these settings, which is there
 *
 * To look is to attach as a program would: after a reboot the first to come
 * puts in order what the last one left. Only CURLCACHE_MODE=readonly, for a
 * command that changes nothing, opens it so that nothing can be written.
 *
 * Return: as lcc_store_open().
 */
int tool_store_open(const struct lcc_settings *settings, bool change,
                    struct lcc_store **ret, char *ret_why);

/* A store result that is neither 0 nor a miss: say it. TOOL_FAILED. */
int tool_store_failed(const char *what, int result);

/* LCC_STORE's subfolder of CURLCACHE_DIR as a string; 0 or -errno. */
int tool_subfolder(const struct lcc_settings *settings, struct lcc_buf *ret);

#endif
