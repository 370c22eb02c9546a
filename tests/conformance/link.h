/*
 * link.h - one client process, told by a pipe what to transfer
 */
#ifndef LCC_CONFORMANCE_LINK_H
#define LCC_CONFORMANCE_LINK_H

#include "tests/conformance/text.h"

#include <stdio.h>
#include <sys/types.h>

struct link {
    pid_t pid;
    FILE *orders;
    FILE *answers;
};

struct seen { /* what the program got */
    int result;
    int status;
    char *lines; /* of the last header block, trailers with it */
    int blocks;  /* header blocks, interim ones counted */
    char *body;
    size_t body_size;
};

/* @env: NAME=value, added to this process's environment; ended by NULL. */
struct link link_start(const char *program, const char *shape,
                       const char *const *env);
/* Ends the process; its exit status, or -1 when a signal ended it. */
int link_stop(struct link *link);

/* "word value" */
void link_order(struct link *link, const char *word, const char *value);
/* Sends "go" and waits for what it gave; false when the client is gone. */
bool link_go(struct link *link, struct seen *ret);
void seen_done(struct seen *seen);

#endif
