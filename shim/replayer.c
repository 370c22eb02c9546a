/*
 * replayer.c - serving a stored response from its first line to its last byte
 *
 * The first part of the body is read before anything is told, so that a body
 * that is gone still leaves the way to the network open.
 */
#include "shim/replayer_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#include "shim/body_window.h"
#include "shim/delivery.h"
#include "shim/infos.h"
#include "shim/progress.h"
#include "shim/ranged.h"
#include "shim/set_cookie.h"
#include "shim/trace.h"
#include "store/clock.h"

/* --- signals -------------------------------------------------------------- */

struct pipe_signal {
    struct sigaction before;
    bool changed;
};

/* Of the program that ignores it too, as signal() and sigaction() differ. */
static _Atomic int program_flags;

/* Where the program ignores it as well there is nothing to put back. */
static bool is_the_same(const struct sigaction *ours,
                        const struct sigaction *before)
{
    if (before->sa_handler != SIG_IGN) {
        return false;
    }
    atomic_store_explicit(&program_flags, before->sa_flags,
                          memory_order_relaxed);
    return ours->sa_flags == before->sa_flags &&
           sigisemptyset(&before->sa_mask);
}

/* Some flavours of libcurl ignore SIGPIPE while they perform, and a program
 * whose callback writes into a pipe sees EPIPE there (CURLOPT_NOSIGNAL). Each
 * system call is a tenth of a small hit. */
static void ignore_pipe(const struct lcc_handle *handle,
                        struct pipe_signal *pipe_signal)
{
    const struct sigaction ignore = {
        .sa_handler = SIG_IGN,
        .sa_flags = atomic_load_explicit(&program_flags, memory_order_relaxed),
    };

    pipe_signal->changed =
        handle->real->ignores_sigpipe &&
        !lcc_shadow_long(&handle->shadow, LCC_OPT_NOSIGNAL) &&
        sigaction(SIGPIPE, &ignore, &pipe_signal->before) == 0 &&
        !is_the_same(&ignore, &pipe_signal->before);
}

static void restore_pipe(const struct pipe_signal *pipe_signal)
{
    if (pipe_signal->changed) {
        sigaction(SIGPIPE, &pipe_signal->before, NULL);
    }
}

/* --- body ----------------------------------------------------------------- */

static bool wants_body(const struct lcc_handle *handle)
{
    return handle->shadow.method != LCC_METHOD_HEAD &&
           !lcc_shadow_long(&handle->shadow, LCC_OPT_NOBODY);
}

/* A resumed download whose answer is not the rest of the file: libcurl looks
 * when the first byte of the body has come (lib/http.c). *ret_tell: is the
 * body the program's? */
static CURLcode check_resumed(struct lcc_handle *handle, bool *ret_tell)
{
    struct lcc_served *served = handle->state->served;
    int64_t length = served->length_unusable ? -1 : served->length;

    *ret_tell = false;
    if (served->body_ignored) {
        return CURLE_OK;
    }
    if (!served->resume_from || served->resumes ||
        handle->shadow.method != LCC_METHOD_GET) {
        *ret_tell = true;
        return CURLE_OK;
    }
    served->wire_bytes = 0;
    if (length == served->resume_from) {
        lcc_trace_text(handle, "The entire document is already downloaded");
        return CURLE_OK;
    }
    lcc_trace_error(handle, "HTTP server doesn't seem to support byte ranges. "
                            "Cannot resume.");
    return CURLE_RANGE_ERROR;
}

/* Whose is the body? */
static CURLcode step_resumed(struct lcc_handle *handle,
                             struct lcc_telling *telling)
{
    bool is_told = true;
    CURLcode code =
        telling->window.filled ? check_resumed(handle, &is_told) : CURLE_OK;

    telling->phase = is_told ? LCC_TELL_BODY : LCC_TELL_TRAILERS;
    return code;
}

/* They follow a body: a stored GET answers a HEAD without them. */
static CURLcode step_trailers(struct lcc_handle *handle,
                              struct lcc_telling *telling)
{
    if (wants_body(handle)) {
        return lcc_replay_lines(handle, telling);
    }
    telling->phase++;
    return CURLE_OK;
}

/* The next window; the first is filled before anything is told. A body that
 * vanishes now is cut off, as a connection can be. */
static CURLcode step_window(struct lcc_handle *handle,
                            struct lcc_telling *telling)
{
    struct lcc_body_window *window = &telling->window;

    telling->at = 0;
    if (lcc_body_window_fill(window)) {
        lcc_trace_error(handle,
                        "transfer closed with %lld bytes remaining to read",
                        (long long)window->left);
        return CURLE_PARTIAL_FILE;
    }
    return CURLE_OK;
}

/* The next piece, or what follows the one that was told. */
static CURLcode step_body(struct lcc_handle *handle,
                          struct lcc_telling *telling)
{
    const struct lcc_body_window *window = &telling->window;
    CURLcode code;
    size_t size;

    if (telling->due) {
        telling->due = false;
        return lcc_delivery_piece_told(handle);
    }
    if (!window->filled) {
        telling->phase++;
        return CURLE_OK;
    }
    if (telling->at == window->filled) {
        return step_window(handle, telling);
    }
    telling->due = true;
    code = lcc_delivery_piece(handle, window->data + telling->at,
                              window->filled - telling->at, &size);
    telling->at += size;
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

static CURLcode step_start(struct lcc_handle *handle)
{
    CURLcode code = lcc_progress_update(handle);

    lcc_trace_text(handle, "Served from the cache by libcurlcache");
    note_first_byte(handle->state->served);
    return code;
}

static CURLcode step_last(struct lcc_handle *handle)
{
    struct lcc_served *served = handle->state->served;

    served->progress.downloaded = served->wire_bytes;
    return lcc_progress_update(handle);
}

static CURLcode step(struct lcc_handle *handle, struct lcc_telling *telling)
{
    switch (telling->phase) {
    case LCC_TELL_LINES:
        return lcc_replay_lines(handle, telling);
    case LCC_TELL_TRAILERS:
        return step_trailers(handle, telling);
    case LCC_TELL_RESUMED:
        return step_resumed(handle, telling);
    case LCC_TELL_BODY:
        return step_body(handle, telling);
    case LCC_TELL_START:
        telling->phase++;
        return step_start(handle);
    case LCC_TELL_LAST:
        telling->phase = LCC_TOLD;
        return step_last(handle);
    case LCC_TOLD:
        break;
    }
    return CURLE_OK;
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
    return stored && !lcc_ranged_is_made(handle) ? stored
                                                 : (int64_t)served->body_bytes;
}

static void leave(struct lcc_handle *handle, struct lcc_served *served)
{
    lcc_body_window_done(&served->telling.window);
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

/* The last progress, unless its callback ended it. Return: the result. */
static CURLcode finish(struct lcc_handle *handle, CURLcode code)
{
    if (code != CURLE_ABORTED_BY_CALLBACK) {
        CURLcode last = lcc_progress_done(handle);

        code = code == CURLE_OK ? last : code;
    }
    leave(handle, handle->state->served);
    return code;
}

/* Header bytes that the recorder was not shown, by the program's own wish. */
static int64_t unseen_header_bytes(const struct lcc_served *served)
{
    int64_t bytes = lcc_infos_number(lcc_buf_span(&served->infos),
                                     LCC_INFO_ROW_HEADER_SIZE);

    bytes -= served->recorded_header_bytes;
    return bytes > 0 ? bytes : 0;
}

/* Everything is there: the telling may begin. */
static void get_ready(struct lcc_handle *handle)
{
    struct lcc_served *served = handle->state->served;
    char *error = lcc_shadow_pointer(&handle->shadow, LCC_OPT_ERRORBUFFER);

    served->wire_bytes = wire_bytes(handle, served->telling.window.filled > 0);
    served->header_size = unseen_header_bytes(served);
    served->active = true;
    served->paused = handle->state->transfer.paused;
    lcc_progress_start(handle);
    /* In a multi handle that was done when it was added. */
    if (error && !handle->multi && !handle->state->behind.error_told) {
        error[0] = '\0';
    }
}

/* Caches of libcurl's own that a field feeds, and that we have no way to feed
 * (CURLOPT_HSTS, CURLOPT_ALTSVC). */
static bool feeds_libcurl(const struct lcc_handle *handle)
{
    const struct lcc_shadow *shadow = &handle->shadow;
    const unsigned int marks = handle->state->served->marks;

    return (marks & 1U << LCC_MARK_HSTS &&
            (lcc_shadow_differs(shadow, LCC_OPT_HSTS) ||
             lcc_shadow_differs(shadow, LCC_OPT_HSTS_CTRL))) ||
           (marks & 1U << LCC_MARK_ALTSVC &&
            (lcc_shadow_differs(shadow, LCC_OPT_ALTSVC) ||
             lcc_shadow_differs(shadow, LCC_OPT_ALTSVC_CTRL)));
}

/* Would a hit leave the handle as the transfer would? */
static bool leaves_the_same(struct lcc_handle *handle)
{
    return !feeds_libcurl(handle) && lcc_set_cookie_sure(handle);
}

/* Of the lines that the recorder was shown, whatever is made of them now. */
static int64_t header_bytes(const struct lcc_entry *entry)
{
    struct lcc_pieces from = LCC_PIECES_OF(entry);
    struct lcc_piece piece;
    int64_t bytes = 0;

    while (lcc_pieces_next(&from, &piece)) {
        if (piece.kind != LCC_PIECE_TRAILER) {
            bytes += (int64_t)piece.bytes.size;
        }
    }
    return bytes;
}

/* To where it stays while the telling goes on. */
static int open_window(struct lcc_served *served,
                       const struct lcc_body_window *window)
{
    struct lcc_telling *telling = &served->telling;
    int r;

    telling->window = *window;
    if (window->segments == &window->as_stored) {
        telling->window.segments = &telling->window.as_stored;
    }
    r = lcc_body_window_open(&telling->window);
    return r ? r : lcc_body_window_fill(&telling->window);
}

/* A 304 or 412 of ours, for the program's own conditions. */
static bool is_made(const struct lcc_handle *handle,
                    const struct lcc_entry *entry)
{
    return (entry->status == 304 || entry->status == 412) && entry->head.size &&
           entry->head.data == handle->state->made_head.data;
}

/* What can go wrong goes wrong here, before anything is told. */
static int prepare(struct lcc_handle *handle, struct lcc_store *store,
                   const struct lcc_entry *entry,
                   const struct lcc_decision *decision)
{
    struct lcc_body_window window = {.store = store,
                                     .hit = &handle->state->hit};
    struct lcc_entry told;
    int r = lcc_ranged_prepare(handle, store, entry, &window.as_stored, &told,
                               &window.segments, &window.count);

    if (!r) {
        r = lcc_served_begin(handle, &told, decision);
    }
    if (!r && lcc_ranged_is_made(handle)) {
        window.text = handle->state->ranged->made.text.data;
        handle->state->served->recorded_header_bytes = header_bytes(entry);
    }
    if (!r && is_made(handle, entry)) { /* all of it is told */
        handle->state->served->recorded_header_bytes = INT64_MAX;
    }
    if (!r && !leaves_the_same(handle)) {
        return LCC_REPLAY_GONE;
    }
    /* A 304 or 412 of ours has none of what is stored. */
    if (r || !told.body_bytes || !wants_body(handle)) {
        return r;
    }
    return open_window(handle->state->served, &window);
}

int lcc_replay_begin(struct lcc_handle *handle, struct lcc_store *store,
                     const struct lcc_entry *entry,
                     const struct lcc_decision *decision)
{
    int errno_before = errno;
    int r = prepare(handle, store, entry, decision);

    if (!r) {
        get_ready(handle);
    } else {
        if (handle->state->served) {
            lcc_body_window_done(&handle->state->served->telling.window);
        }
        handle->state->served = lcc_served_free(handle->state->served);
        r = r == -ENOMEM ? -ENOMEM : LCC_REPLAY_GONE;
    }
    errno = errno_before;
    return r;
}

enum lcc_replay_left lcc_replay_some(struct lcc_handle *handle, uint64_t most,
                                     CURLcode *ret)
{
    struct lcc_served *served = handle->state->served;
    struct lcc_telling *telling = &served->telling;
    const uint64_t before = served->body_told;
    enum lcc_replay_left left = LCC_REPLAY_ENDED;
    struct pipe_signal pipe_signal;
    CURLcode code = CURLE_OK;
    int errno_before = errno;

    ignore_pipe(handle, &pipe_signal);
    if (served->paused) {
        code = lcc_delivery_paused(handle);
    }
    while (code == CURLE_OK && telling->phase != LCC_TOLD && !served->paused &&
           served->body_told - before < most) {
        code = step(handle, telling);
    }
    if (code == CURLE_OK && telling->phase != LCC_TOLD) {
        left = served->paused ? LCC_REPLAY_PAUSED : LCC_REPLAY_MORE;
    } else {
        *ret = finish(handle, code);
    }
    restore_pipe(&pipe_signal);
    errno = errno_before;
    return left;
}

CURLcode lcc_replay_rest(struct lcc_handle *handle)
{
    struct lcc_served *served = handle->state->served;
    struct pipe_signal pipe_signal;
    CURLcode code = CURLE_OK;
    int errno_before = errno;

    ignore_pipe(handle, &pipe_signal);
    while (code == CURLE_OK && served->telling.phase != LCC_TOLD) {
        code = served->paused ? lcc_delivery_wait(handle)
                              : step(handle, &served->telling);
    }
    code = finish(handle, code);
    restore_pipe(&pipe_signal);
    errno = errno_before;
    return code;
}

int lcc_replay(struct lcc_handle *handle, struct lcc_store *store,
               const struct lcc_entry *entry,
               const struct lcc_decision *decision, CURLcode *ret)
{
    int r = lcc_replay_begin(handle, store, entry, decision);

    if (!r) {
        *ret = lcc_replay_rest(handle);
    }
    return r;
}

void lcc_replay_stop(struct lcc_handle *handle)
{
    (void)finish(handle, CURLE_OK);
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
