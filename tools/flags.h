/*
 * flags.h - the flags of a command, by a table
 *
 * `--name value` and `--name=value`; single letters as `-z`. Every command
 * takes every setting as a flag too (settings.def): it is put into the
 * environment, where the settings are read from and run hands them on.
 */
#ifndef LCC_TOOL_FLAGS_H
#define LCC_TOOL_FLAGS_H

#include "store/base.h"

enum flag_type {
    FLAG_SWITCH,   /* bool, no value */
    FLAG_TEXT,     /* const char *, borrowed from argv */
    FLAG_DURATION, /* int64_t seconds */
    FLAG_FORMAT,   /* bool: json */
};

struct flag {
    const char *name; /* without dashes */
    char letter;      /* 0: none */
    enum flag_type type;
    void *into;
};

struct flags {
    const struct flag *list;
    size_t count;
    bool first_word_ends; /* `run`: what follows the command is its own */
    bool help;            /* --help was given, and answered */
    uint64_t settings;    /* bit of each setting that was given */
};

enum { FLAG_NAME_MAX = 64 };

/**
 * flags_parse() - read a command's flags
 * @argc: in: of argv; out: how many words are left
 * @argv: argv[0] is the command; words that are no flags are moved to
 *        argv[1] and on
 *
 * Return: TOOL_DONE; TOOL_WRONG after a sentence on stderr. When flags->help
 * is set the command has nothing left to do.
 */
int flags_parse(struct flags *flags, int *argc, char **argv);

/* "fallback-ttl" for LCC_SETTING_FALLBACK_TTL. */
void flag_of_setting(int setting, char out[FLAG_NAME_MAX]);

#endif
