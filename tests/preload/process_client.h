/*
 * process_client.h - a program that does to itself what programs do
 *
 * process_client URL SCENE: forks, executes, is cancelled, closes what it did
 * not open. It knows nothing of the cache. What its transfers gave goes to
 * stdout, line by line, so that a plain run and a cached one can be compared.
 */
#ifndef LCC_TESTS_PROCESS_CLIENT_H
#define LCC_TESTS_PROCESS_CLIENT_H

#include "tests/preload/ways.h"

#include <stdbool.h>
#include <stddef.h>

/* How one transfer went. */
struct got {
    CURLcode code;
    long status;
    size_t size;
    unsigned long long hash;              /* FNV-1a of the body */
    void (*in_callback)(struct got *got); /* called at each piece; or NULL */
    void *arg;
};

extern const char *client_url;

/* A handle that asks for the origin's @path and tells @got. */
CURL *client_handle(const char *path, struct got *got);
/* One transfer on a handle of its own. @in_callback and @arg: see above. */
struct got client_get(enum way way, const char *path,
                      void (*in_callback)(struct got *), void *arg);
/* One line: @what, the path, and all of @got. */
void client_say(const char *what, const char *path, const struct got *got);
/* Both of them. */
void client_do(const char *what, enum way way, const char *path);
/* A small and a large one, by each way. */
void client_do_all(const char *what);
void client_print(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/* Waits for a child; a line when it did not exit with 0. */
bool client_wait(const char *what, int pid);

struct client_scene {
    const char *name;
    void (*run)(void);
};

extern const struct client_scene client_scenes_process[]; /* end: NULL name */
extern const struct client_scene client_scenes_confined[];

#endif
