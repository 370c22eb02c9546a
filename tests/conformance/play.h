/*
 * play.h - all rows, step by step, over their clients
 */
#ifndef LCC_CONFORMANCE_PLAY_H
#define LCC_CONFORMANCE_PLAY_H

#include "tests/conformance/table.h"

struct verdict {
    const struct group *group;
    const struct row *row;
    int at;          /* the step the row has come to; after the end: failed */
    bool ended;      /* no step any more, or one that failed */
    char *complaint; /* NULL: all steps were as they should be */
};

struct play {
    const char *client;  /* program */
    const char *preload; /* library */
    const char *shape;
    const char *only;        /* rows whose group or name has this; or NULL */
    const char *const *more; /* settings on top of each row's; NULL-ended */
    struct verdict *verdicts;
    size_t count;
};

/* Fills `verdicts` with the rows that are asked for, in order of the groups. */
void play_gather(struct play *play);
void play_run(struct play *play);
void play_done(struct play *play);

/* "CURLCACHE_NAME=value" of a set, ended by NULL. */
const char *const *play_settings(enum setting setting);

#endif
