/*
 * replayer.c - serving a stored response from its first line to its last byte
 *
 * The first part of the body is read before anything is told, so that a body
 * that is gone still leaves the way to the network open.
 */
#include "shim/replayer.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "shim/delivery.h"
#include "shim/infos.h"
#include "shim/progress.h"
#include "shim/served.h"
#include "shim/set_cookie.h"
#include "shim/trace.h"
#include "store/clock.h"

enum {
    PAGE = 4096,
    WINDOW = 256 * 1024, /* bytes of the body read at a time */
};

/* --- the body's window --------------------------------------------------- */

struct window {
    struct lcc_store *store;
    struct lcc_hit *hit;
    char *data; /* writable, one byte longer than `room` */
    size_t room;
    size_t filled;
    uint64_t next; /* offset in the body of what is read next */
};

/* One window waits for the next large hit of the process: to map and fault in
 * fresh pages for each costs a tenth of delivering 10 MiB. */
static _Atomic(char *) spare;

static void window_done(struct window *window)
{
    lcc_store_let_body_go(window->store, window->hit);
    if (window->room == WINDOW) {
        window->data = atomic_exchange(&spare, window->data);
    }
    free(window->data);
}

/* Pages of our own: reading into them is twice as fast (replaying 10 MiB). */
static int window_make(struct window *window, uint64_t body)
{
    void *data = NULL;

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

/* 0 also at the end, with nothing filled; -errno, -ESTALE. */
static int window_fill(struct window *window)
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

/* --- signals -------------------------------------------------------------- */

struct pipe_signal {
    struct sigaction before;
    bool changed;
};

/* Some flavours of libcurl ignore SIGPIPE while they perform, and a program
 * whose callback writes into a pipe sees EPIPE there (CURLOPT_NOSIGNAL). */
static void ignore_pipe(const struct lcc_handle *handle,
                        struct pipe_signal *pipe_signal)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    pipe_signal->changed =
        handle->real->ignores_sigpipe &&
        !lcc_shadow_long(&handle->shadow, LCC_OPT_NOSIGNAL) &&
        sigaction(SIGPIPE, &ignore, &pipe_signal->before) == 0;
}

static void restore_pipe(const struct pipe_signal *pipe_signal)
{
    if (pipe_signal->changed) {
        sigaction(SIGPIPE, &pipe_signal->before, NULL);
    }
}

/* --- header lines --------------------------------------------------------- */

/* The end of a block: what libcurl knows only now, and its length limit. */
static CURLcode block_ends(struct lcc_handle *handle,
                           const struct lcc_line *line)
{
    struct lcc_served *served = handle->state->served;
    int64_t most = lcc_shadow_off(&handle->shadow, LCC_OPT_MAXFILESIZE_LARGE);

    if (line->origin != CURLH_HEADER || served->length_unusable ||
        served->length < 0) {
        return CURLE_OK;
    }
    if (most && served->length > most) {
        lcc_trace_error(handle, "Maximum file size exceeded");
        return CURLE_FILESIZE_EXCEEDED;
    }
    served->progress.total = served->length;
    return CURLE_OK;
}

/* FAILONERROR judges the final response alone: an earlier one was followed,
 * or answered by a login. */
static CURLcode fail_on_error(struct lcc_handle *handle,
                              const struct lcc_line *line)
{
    if (!line->last_block || line->status < 400 ||
        !lcc_shadow_long(&handle->shadow, LCC_OPT_FAILONERROR)) {
        return CURLE_OK;
    }
    lcc_trace_error(handle, "The requested URL returned error: %d",
                    line->status);
    return CURLE_HTTP_RETURNED_ERROR;
}

static void trace_line(struct lcc_handle *handle, size_t index)
{
    struct lcc_span bytes = lcc_served_line(handle->state->served, index);

    lcc_trace(handle, CURLINFO_HEADER_IN, bytes.data, bytes.size);
}

/* The empty line: libcurl shows it in the trace last, and not at all after an
 * interim response. */
static CURLcode end_line(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    const struct lcc_line *line = &served->lines[index];
    CURLcode code = block_ends(handle, line);

    if (code == CURLE_OK) {
        code = lcc_delivery_line(handle, index);
    }
    if (code != CURLE_OK) {
        return code;
    }
    served->header_size += (int64_t)line->size;
    code = fail_on_error(handle, line);
    if (code == CURLE_OK && line->origin != CURLH_1XX) {
        trace_line(handle, index);
    }
    return code;
}

static CURLcode plain_line(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    const struct lcc_line *line = &served->lines[index];
    CURLcode code;

    lcc_served_learn(handle, index);
    if (line->kind == LCC_PIECE_FIELD && line->origin != CURLH_CONNECT) {
        lcc_set_cookie(handle, index);
    }
    if (line->kind != LCC_PIECE_TRAILER) {
        trace_line(handle, index);
    }
    code = lcc_delivery_line(handle, index);
    if (line->kind != LCC_PIECE_TRAILER && code == CURLE_OK) {
        served->header_size += (int64_t)line->size;
    }
    return code;
}

/* A proxy's answer to CONNECT that the program does not want to see: libcurl
 * reads, traces and counts it all the same. */
static bool hide(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    struct lcc_line *line = &served->lines[index];

    if (line->origin != CURLH_CONNECT ||
        !lcc_shadow_long(&handle->shadow, LCC_OPT_SUPPRESS_CONNECT_HEADERS)) {
        return false;
    }
    lcc_served_learn(handle, index);
    trace_line(handle, index);
    served->header_size += (int64_t)line->size;
    line->origin = 0; /* no question of the header API finds it */
    return true;
}

/* Header lines, or the trailers that follow the body. */
static CURLcode tell_lines(struct lcc_handle *handle, bool trailers)
{
    struct lcc_served *served = handle->state->served;
    CURLcode code = CURLE_OK;

    for (size_t i = 0; i < served->line_count && code == CURLE_OK; i++) {
        const struct lcc_line *line = &served->lines[i];

        if ((line->kind == LCC_PIECE_TRAILER) != trailers || hide(handle, i)) {
            continue;
        }
        code = line->kind == LCC_PIECE_END ? end_line(handle, i)
                                           : plain_line(handle, i);
    }
    return code;
}

/* --- body ----------------------------------------------------------------- */

static bool wants_body(const struct lcc_handle *handle)
{
    return handle->shadow.method != LCC_METHOD_HEAD &&
           !lcc_shadow_long(&handle->shadow, LCC_OPT_NOBODY);
}

/* The first window is filled already. A body that vanishes now is cut off, as
 * a connection can be. */
static CURLcode tell_body(struct lcc_handle *handle, struct window *window)
{
    CURLcode code = CURLE_OK;

    while (window->filled && code == CURLE_OK) {
        code = lcc_delivery_body(handle, window->data, window->filled);
        if (code == CURLE_OK && window_fill(window)) {
            lcc_trace_error(handle,
                            "transfer closed with %lld bytes remaining to "
                            "read",
                            (long long)(window->hit->body_size - window->next));
            code = CURLE_PARTIAL_FILE;
        }
    }
    return code;
}

/* --- the whole ------------------------------------------------------------ */

/* The steps before the first byte took no time of their own, nor did earlier
 * requests of a chain; that they took place shows in a microsecond each. */
static void note_first_byte(struct lcc_served *served)
{
    struct lcc_progress *progress = &served->progress;

    progress->first_byte_us = progress->spent_us > 0 ? progress->spent_us : 1;
    progress->redirect_us =
        served->lines[served->line_count - 1].request ? 1 : 0;
}

static CURLcode tell(struct lcc_handle *handle, struct window *window)
{
    struct lcc_served *served = handle->state->served;
    CURLcode code = lcc_progress_update(handle);

    lcc_trace_text(handle, "Served from the cache by libcurlcache");
    note_first_byte(served);
    if (code == CURLE_OK) {
        code = tell_lines(handle, false);
    }
    if (code == CURLE_OK) {
        code = tell_body(handle, window);
    }
    if (code == CURLE_OK) {
        code = tell_lines(handle, true);
    }
    if (code == CURLE_OK) {
        served->progress.downloaded = served->wire_bytes;
        code = lcc_progress_update(handle);
    }
    return code;
}

static CURLcode serve(struct lcc_handle *handle, struct window *window)
{
    char *error = lcc_shadow_pointer(&handle->shadow, LCC_OPT_ERRORBUFFER);
    struct pipe_signal pipe_signal;
    CURLcode code;
    CURLcode last;

    if (error) {
        error[0] = '\0';
    }
    ignore_pipe(handle, &pipe_signal);
    code = tell(handle, window);
    if (code != CURLE_ABORTED_BY_CALLBACK) {
        last = lcc_progress_done(handle);
        code = code == CURLE_OK ? last : code;
    }
    restore_pipe(&pipe_signal);
    return code;
}

/* What came over the wire, where libcurl decoded it; else the body itself. */
static int64_t wire_bytes(const struct lcc_handle *handle, bool body)
{
    const struct lcc_served *served = handle->state->served;
    int64_t stored = lcc_infos_number(lcc_buf_span(&served->infos),
                                      LCC_INFO_ROW_SIZE_DOWNLOAD_T);

    if (!body) {
        return 0;
    }
    return stored ? stored : (int64_t)served->body_bytes;
}

static void leave(struct lcc_handle *handle, struct lcc_served *served)
{
    served->active = false;
    served->paused = false;
    served->held.size = 0;
    if (served->dropped) {
        if (handle->state->served == served) {
            handle->state->served = NULL;
        }
        lcc_served_free(served);
    }
}

/* Header bytes that the recorder was not shown, by the program's own wish. */
static int64_t unseen_header_bytes(const struct lcc_served *served)
{
    int64_t bytes = lcc_infos_number(lcc_buf_span(&served->infos),
                                     LCC_INFO_ROW_HEADER_SIZE);

    bytes -= served->recorded_header_bytes;
    return bytes > 0 ? bytes : 0;
}

static CURLcode run(struct lcc_handle *handle, struct window *window)
{
    struct lcc_served *served = handle->state->served;
    CURLcode code;

    served->wire_bytes = wire_bytes(handle, window->filled > 0);
    served->header_size = unseen_header_bytes(served);
    served->active = true;
    lcc_progress_start(handle);
    code = serve(handle, window);
    leave(handle, served);
    return code;
}

/* Caches of libcurl's own that a field feeds, and that we have no way to feed
 * (CURLOPT_HSTS, CURLOPT_ALTSVC). */
static bool feeds_libcurl(const struct lcc_handle *handle, struct lcc_span line)
{
    const struct lcc_shadow *shadow = &handle->shadow;

    if (lcc_line_is(line, "Strict-Transport-Security:")) {
        return lcc_shadow_differs(shadow, LCC_OPT_HSTS) ||
               lcc_shadow_differs(shadow, LCC_OPT_HSTS_CTRL);
    }
    return lcc_line_is(line, "Alt-Svc:") &&
           (lcc_shadow_differs(shadow, LCC_OPT_ALTSVC) ||
            lcc_shadow_differs(shadow, LCC_OPT_ALTSVC_CTRL));
}

/* Would a hit leave the handle as the transfer would? */
static bool leaves_the_same(struct lcc_handle *handle)
{
    const struct lcc_served *served = handle->state->served;

    for (size_t i = 0; i < served->line_count; i++) {
        if (feeds_libcurl(handle, lcc_served_line(served, i))) {
            return false;
        }
    }
    return lcc_set_cookie_sure(handle);
}

/* What can go wrong goes wrong here, before anything is told. */
static int prepare(struct lcc_handle *handle, const struct lcc_entry *entry,
                   const struct lcc_decision *decision, struct window *window)
{
    int r = lcc_served_begin(handle, entry, decision);

    if (!r && !leaves_the_same(handle)) {
        return LCC_REPLAY_GONE;
    }
    if (!r && wants_body(handle)) {
        r = window_make(window, window->hit->body_size);
        if (!r && window->hit->body_size > window->room) {
            lcc_store_hold_body(window->store, window->hit);
        }
        if (!r) {
            r = window_fill(window);
        }
    }
    return r;
}

int lcc_replay(struct lcc_handle *handle, struct lcc_store *store,
               const struct lcc_entry *entry,
               const struct lcc_decision *decision, CURLcode *ret)
{
    struct window window LCC_CLEANUP(
        window_done) = {.store = store, .hit = &handle->state->hit};
    int errno_before = errno;
    int r = prepare(handle, entry, decision, &window);

    if (!r) {
        *ret = run(handle, &window);
    } else {
        handle->state->served = lcc_served_free(handle->state->served);
        r = r == -ENOMEM ? -ENOMEM : LCC_REPLAY_GONE;
    }
    errno = errno_before;
    return r;
}

bool lcc_served_pause(struct lcc_handle *handle, int bitmask, CURLcode *ret)
{
    if (!handle->state || !handle->state->served ||
        !handle->state->served->active) {
        return false;
    }
    *ret = lcc_delivery_pause(handle, bitmask);
    return true;
}
