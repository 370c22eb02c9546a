/*
 * play.h - one program of calls: plain, cold and warm
 *
 * Three processes, one origin, one new cache. The transcripts are equal but
 * for what transcript.c and the program itself leave out.
 */
#ifndef LCC_TESTS_CALLS_PLAY_H
#define LCC_TESTS_CALLS_PLAY_H

#include <stdbool.h>

enum { PLAY_TIMEOUT_S = 20 };

enum play_outcome {
    PLAY_EQUAL,
    PLAY_DIFFERS,
    PLAY_ENDS,    /* a crash, a hang, words on stderr */
    PLAY_UNSTEADY /* two runs of plain libcurl differ */
};

struct play {
    const char *client;  /* the program tests/calls/calls */
    const char *preload; /* libcurlcache.so */
    const char *folder;  /* for its files; emptied by the caller */
};

/* @text: the program. Lines "# env NAME=value" are for the preloaded runs.
 * @ret_words: what differs, freed by the caller; NULL when equal. */
enum play_outcome play(const struct play *play, const char *text,
                       char **ret_words);

/* The same without a second look at what differs. */
enum play_outcome play_once(const struct play *play, const char *text,
                            char **ret_words);

#endif
