/*
 * probe.h - the doctor's proof: the same request twice, one origin
 */
#ifndef LCC_TOOL_PROBE_H
#define LCC_TOOL_PROBE_H

#include "store/base.h"

enum { PROBE_RUNS = 2 };

struct probe_result {
    unsigned int done;     /* how many of PROBE_RUNS clients got the answer */
    unsigned int requests; /* how many the server saw */
};

/**
 * probe_run() - ask a server of our own twice, under the preload
 * @library: absolute path of libcurlcache.so
 *
 * Starts a server on a free port of the loopback and this tool as an ordinary
 * libcurl program, twice, with a cache in a temporary folder. Bounded by
 * seconds; leaves nothing behind. Changes the environment of this process:
 * nothing else may follow.
 *
 * Return: 0; -errno when it could not be tried.
 */
int probe_run(const char *library, struct probe_result *ret);

#endif
