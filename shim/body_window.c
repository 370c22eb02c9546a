/*
 * body_window.c - one window of memory between the store and the callbacks
 */
#include "shim/body_window.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 4096,
    WINDOW = 256 * 1024, /* bytes of the body read at a time */
};

/* One window waits for the next large hit of the process: to map and fault in
 * fresh pages for each costs a tenth of delivering 10 MiB. Another one waits
 * for the next small hit. */
static _Atomic(char *) spare;
static _Atomic(char *) small_spare; /* of PAGE bytes */

void lcc_body_window_done(struct lcc_body_window *window)
{
    if (!window->hit) {
        return; /* it was not opened */
    }
    if (window->hit->held) {
        lcc_store_let_body_go(window->store, window->hit);
    }
    if (window->room == WINDOW) {
        window->data = atomic_exchange(&spare, window->data);
    } else if (window->data && window->room < PAGE) {
        window->data = atomic_exchange(&small_spare, window->data);
    }
    free(window->data);
    *window = (struct lcc_body_window){0};
}

/* Pages of our own: reading into them is twice as fast (replaying 10 MiB). */
static int make_room(struct lcc_body_window *window)
{
    void *data = NULL;

    window->room =
        window->left < WINDOW ? (size_t)window->left : (size_t)WINDOW;
    if (window->room < PAGE) {
        window->data = atomic_exchange(&small_spare, NULL);
        window->data = window->data ? window->data : malloc(PAGE);
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

int lcc_body_window_open(struct lcc_body_window *window)
{
    int r;

    for (size_t i = 0; i < window->count; i++) {
        window->left += window->segments[i].size;
    }
    r = make_room(window);
    if (!r && window->left > window->room) {
        lcc_store_hold_body(window->store, window->hit);
    }
    return r;
}

/* Part of a segment, at most @room bytes. */
static int read_segment(struct lcc_body_window *window,
                        const struct lcc_segment *segment, char *into,
                        size_t room, size_t *ret_got)
{
    uint64_t left = segment->size - window->done;
    uint64_t offset = segment->offset + window->done;
    size_t want = left < room ? (size_t)left : room;
    int r;

    if (!segment->stored) {
        memcpy(into, window->text + offset, want);
        *ret_got = want;
        return 0;
    }
    r = lcc_store_read_body(window->store, window->hit, offset, into, want,
                            ret_got);
    return r ? r : !*ret_got || *ret_got > want ? -ESTALE : 0;
}

int lcc_body_window_fill(struct lcc_body_window *window)
{
    window->filled = 0;
    while (window->filled < window->room && window->left) {
        const struct lcc_segment *segment = &window->segments[window->at];
        size_t got = 0;
        int r;

        if (window->done == segment->size) {
            window->at++;
            window->done = 0;
            continue;
        }
        r = read_segment(window, segment, window->data + window->filled,
                         window->room - window->filled, &got);
        if (r) {
            return r;
        }
        window->filled += got;
        window->done += got;
        window->left -= got;
    }
    return 0;
}
