/*
 * settings.h - what the user asked for, and where each value came from
 *
 * A flag of `curlcache run` > environment > the user's file
 * ($CURLCACHE_CONFIG, else $XDG_CONFIG_HOME/curlcache/curlcache.conf, else
 * ~/.config/curlcache/curlcache.conf) > /etc/curlcache.conf > default. `run`
 * hands its flags on through the environment. Only settings.c calls getenv,
 * and secure_getenv at that.
 */
#ifndef LCC_SETTINGS_H
#define LCC_SETTINGS_H

#include "store/policy.h"

enum lcc_setting {
#define LCC_SETTING(name, type, dflt, takes, meaning) LCC_SETTING_##name,
#include "store/settings.def"
#undef LCC_SETTING
    LCC_SETTING_MAX_
};

enum lcc_origin {
    LCC_ORIGIN_DEFAULT,
    LCC_ORIGIN_SYSTEM_FILE,
    LCC_ORIGIN_USER_FILE,
    LCC_ORIGIN_ENVIRONMENT,
};

enum {
    LCC_SETTINGS_FILE_MAX = 64 * 1024, /* bytes of a configuration file */
    LCC_SETTING_VALUE_MAX = 16 * 1024, /* bytes of one value */
    LCC_SETTING_LIST_MAX = 256,        /* elements of one list */
    LCC_SETTINGS_PROBLEM_SIZE = 1024,
};

struct lcc_settings {
    struct lcc_policy policy;
    bool disable;
    char *dir;                /* absolute; NULL only beside a problem, or in a
                               * secure-execution process */
    struct lcc_list programs; /* globs; "!" first excludes */
    int64_t
        coalesce_s; /* seconds, or LCC_TTL_NEVER: without an end of its own */
    uint64_t max_size_bytes;
    uint64_t max_entry_bytes;
    char *log; /* NULL, "stderr" or a path */
    /* As written, and where: for `curlcache config`. Owned. */
    char *text[LCC_SETTING_MAX_];
    enum lcc_origin origin[LCC_SETTING_MAX_];
    char *user_file; /* path read or looked for; may be NULL */
    /* Names in the files that mean nothing, as "file:line: NAME". */
    struct lcc_list unknown;
    /* One sentence about the first value that cannot be used; empty when all
     * is well. Names the variable (or the file and line), the value and what
     * it takes. */
    char problem[LCC_SETTINGS_PROBLEM_SIZE];
};

/**
 * lcc_settings_load() - read every source once
 * @ret: free with lcc_settings_free(), also when it holds a problem
 *
 * In a secure-execution process (AT_SECURE) nothing is read and disable is
 * set.
 *
 * Return: 0, also when a value is bad (see problem); -ENOMEM.
 */
int lcc_settings_load(struct lcc_settings **ret);
/* The same with another file in the place of /etc/curlcache.conf. */
int lcc_settings_load_with(const char *system_file, struct lcc_settings **ret);
struct lcc_settings *lcc_settings_free(struct lcc_settings *settings);

/* "TTL" for LCC_SETTING_TTL, and so on; static. */
const char *lcc_setting_name(enum lcc_setting setting);
const char *lcc_setting_default(enum lcc_setting setting);
const char *lcc_setting_takes(enum lcc_setting setting);
const char *lcc_setting_meaning(enum lcc_setting setting);
const char *lcc_origin_text(enum lcc_origin origin);

/* Is the preload active in a program of this name (no folder)? */
bool lcc_settings_program(const struct lcc_settings *settings,
                          const char *program);

/**
 * lcc_settings_unknown() - CURLCACHE_ variables that mean nothing
 * @visit: called with the name and the nearest known variable, NULL when none
 *         is near; both live for the call
 */
void lcc_settings_unknown(void (*visit)(void *arg, const char *name,
                                        const char *nearest),
                          void *arg);

/* `90`, `30s`, `10m`, `2h`, `7d`, `never` (also -1). False: not a duration. */
bool lcc_duration_parse(struct lcc_span text, int64_t *ret_s);
/* `500`, `500K`, `64M`, `2G`, in powers of 1024. False: not a size. */
bool lcc_size_parse(struct lcc_span text, uint64_t *ret_bytes);
/* The nearest of @names to @word by edit distance, or NULL if none is near. */
const char *lcc_nearest(const char *word, const char *const *names,
                        size_t count);

#endif
