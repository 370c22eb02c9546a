/*
 * body_window.h - the body of an answer, read a window at a time
 *
 * The body is a list of segments: slices of what is stored, and text between
 * them. Never more than one window of it is in memory.
 */
#ifndef LCC_BODY_WINDOW_H
#define LCC_BODY_WINDOW_H

#include "store/http_ranged.h"
#include "store/store.h"

struct lcc_body_window {
    struct lcc_store *store;
    struct lcc_hit *hit;
    struct lcc_segment as_stored; /* room for the one of a whole body */
    const struct lcc_segment *segments;
    size_t count;
    const uint8_t *text; /* what segments that are not stored lie in */
    uint64_t left;       /* bytes that were not read yet */
    size_t at;           /* segment that is read next, */
    uint64_t done;       /* and how much of it has been */
    char *data;          /* writable, one byte longer than `room` */
    size_t room;
    size_t filled;
};

/* Memory, and a hold on a body that takes several windows. 0; -ENOMEM. The
 * fields up to `text` are set by the caller, the rest is zero. */
int lcc_body_window_open(struct lcc_body_window *window);
/* Gives back the hold and the memory; all zero again. */
void lcc_body_window_done(struct lcc_body_window *window);
/* Read the next window. 0, with nothing filled at the end; -ESTALE; -errno. */
int lcc_body_window_fill(struct lcc_body_window *window);

#endif
