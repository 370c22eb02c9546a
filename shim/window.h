/*
 * window.h - a stored body, one part of it in memory at a time
 */
#ifndef LCC_WINDOW_H
#define LCC_WINDOW_H

#include "store/store.h"

struct lcc_window {
    struct lcc_store *store;
    struct lcc_hit *hit; /* NULL: nothing is held */
    char *data;          /* writable, one byte longer than `room` */
    size_t room;
    size_t filled;
    uint64_t next; /* offset in the body of what is read next */
};

/* Room for a body of this many bytes. 0; -ENOMEM. */
int lcc_window_make(struct lcc_window *window, uint64_t body);
/* The next part. 0 also at the end, with nothing filled; -errno, -ESTALE. */
int lcc_window_fill(struct lcc_window *window);
/* Give all back; the window is as new. */
void lcc_window_done(struct lcc_window *window);

#endif
