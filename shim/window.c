/*
 * window.c - a stored body, one part of it in memory at a time
 */
#include "shim/window.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    PAGE = 4096,
    WINDOW = 256 * 1024, /* bytes of the body read at a time */
};

/* One window waits for the next large hit of the process: to map and fault in
 * fresh pages for each costs a tenth of delivering 10 MiB. */
static _Atomic(char *) spare;

void lcc_window_done(struct lcc_window *window)
{
    if (!window->hit) {
        return; /* none was made */
    }
    lcc_store_let_body_go(window->store, window->hit);
    if (window->room == WINDOW) {
        window->data = atomic_exchange(&spare, window->data);
    }
    free(window->data);
    *window = (struct lcc_window){0};
}

int lcc_window_make(struct lcc_window *window, uint64_t body)
{
    void *data = NULL;

    /* Pages of our own: reading into them is twice as fast (10 MiB). */
    window->room = body < WINDOW ? (size_t)body : (size_t)WINDOW;
    if (window->room < PAGE) {
        window->data = malloc(window->room + 1);
        return window->data ? 0 : -ENOMEM;
    }
    if (window->room == WINDOW) {
        window->data = atomic_exchange(&spare, NULL);
    }
    if (!window->data && posix_memalign(&data, PAGE, window->room + PAGE)) {
        return -ENOMEM;
    }
    window->data = window->data ? window->data : data;
    return 0;
}

int lcc_window_fill(struct lcc_window *window)
{
    uint64_t left = window->hit->body_size - window->next;
    size_t want = left < window->room ? (size_t)left : window->room;

    window->filled = 0;
    while (window->filled < want) {
        size_t got = 0;
        int r = lcc_store_read_body(window->store, window->hit, window->next,
                                    window->data + window->filled,
                                    want - window->filled, &got);

        if (r) {
            return r;
        }
        if (!got || got > want - window->filled) {
            return -ESTALE;
        }
        window->filled += got;
        window->next += got;
    }
    return 0;
}
