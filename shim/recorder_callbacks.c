/*
 * recorder_callbacks.c - our callbacks on the real handle, and what they keep
 */
#include "shim/recorder_parts.h"

#include "shim/callbacks.h"
#include "shim/coalesce.h"

#include <errno.h>
#include <string.h>

/* --- keeping ------------------------------------------------------------ */

/* Copy a piece before the program sees it. After a pause the front is what
 * was there before, whatever the program did to it meanwhile. */
static void copy_piece(struct lcc_recorder *recorder, const char *data,
                       size_t size)
{
    size_t known = 0;

    if (recorder->paused && recorder->scratch.size <= size) {
        known = recorder->scratch.size;
    } else {
        lcc_buf_clear(&recorder->scratch);
    }
    if (lcc_buf_append(&recorder->scratch,
                       lcc_span_of(data + known, size - known))) {
        lcc_recorder_give_up(recorder, LCC_REASON_NO_MEMORY);
    }
}

static void keep_body(struct lcc_recorder *recorder, struct lcc_span bytes)
{
    int r;

    if (!recorder->judged) {
        /* The head is complete: a response that may not be stored need not
         * travel through the writer. */
        lcc_recorder_judge(recorder);
    }
    if (!recorder->writer) {
        return;
    }
    r = lcc_writer_append(recorder->writer, bytes);
    if (r == LCC_STORE_TOO_LARGE) {
        lcc_recorder_give_up(recorder, LCC_REASON_TOO_LARGE);
    } else if (r == LCC_STORE_FULL) {
        lcc_recorder_give_up(recorder, LCC_REASON_STORE_FULL);
    } else if (r == LCC_STORE_DISK_LOW) {
        lcc_recorder_give_up(recorder, LCC_REASON_DISK_LOW);
    } else if (r) {
        lcc_recorder_give_up(recorder, LCC_REASON_STORE_ERROR);
    }
}

/* --- libcurl's side ----------------------------------------------------- */

/* How long a pause lasts is the program's affair, and it may end when another
 * transfer of the same has: nobody waits for this one any more. */
static void let_go(const struct lcc_recorder *recorder)
{
    if (recorder->handle) {
        lcc_coalesce_over(recorder->handle->state, LCC_LEASE_DROPPED);
    }
}

static void note_pause(struct lcc_recorder *recorder, bool paused)
{
    recorder->paused = paused;
    if (paused) {
        let_go(recorder);
    }
}

static size_t answer_of(struct lcc_recorder *recorder, enum lcc_telling told,
                        size_t size)
{
    note_pause(recorder, told == LCC_TOLD_PAUSE);
    if (told == LCC_TOLD) {
        return size;
    }
    return told == LCC_TOLD_PAUSE ? (size_t)CURL_WRITEFUNC_PAUSE : 0;
}

/* True when the program is not told of it, or not yet. */
static bool hold_line(struct lcc_recorder *recorder, struct lcc_span line)
{
    int saved = errno;
    bool held;

    if (recorder->hold.state == LCC_HOLD_NONE) {
        return false;
    }
    held = lcc_holdback_line(recorder, lcc_recorder_kind_of(recorder, line),
                             line) == LCC_HOLD_KEEP;
    if (held) {
        lcc_recorder_keep_lines(recorder, line);
    }
    errno = saved;
    return held;
}

/* A pause may have joined lines: each is looked at, up to the first that is
 * told. Return: bytes that are not told, or not yet. */
static size_t hold_lines(struct lcc_recorder *recorder, const char *data,
                         size_t size)
{
    size_t at = 0;

    while (at < size && recorder->handle &&
           recorder->hold.state != LCC_HOLD_NONE) {
        const char *end = memchr(data + at, '\n', size - at);
        size_t length = end ? (size_t)(end - data) + 1 - at : size - at;

        if (!hold_line(recorder, lcc_span_of(data + at, length))) {
            break;
        }
        at += length;
    }
    return at;
}

/* What came first waits, as if it had not come yet. */
static bool pauses_now(struct lcc_recorder *recorder)
{
    const bool due = recorder->pause_due;

    recorder->pause_due = false;
    if (due) {
        let_go(recorder);
    }
    return due;
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct lcc_recorder *recorder = user;
    size_t total = size * count;
    size_t held = recorder->held_before;
    enum lcc_telling told;
    int saved;

    if (!recorder->handle) {
        return 0;
    }
    recorder->held_before = 0;
    held += hold_lines(recorder, data + held, total - held);
    if (held == total) {
        return total;
    }
    if (pauses_now(recorder)) {
        recorder->held_before = held;
        return CURL_WRITEFUNC_PAUSE;
    }
    copy_piece(recorder, data + held, total - held);
    told = lcc_recorder_tell_line(recorder, data + held, total - held);
    saved = errno;
    if (told == LCC_TOLD) {
        lcc_recorder_keep_lines(recorder, lcc_buf_span(&recorder->scratch));
    } else if (told == LCC_TOLD_PAUSE) {
        recorder->held_before = held; /* the whole of it comes again */
    }
    errno = saved;
    return answer_of(recorder, told, total);
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct lcc_recorder *recorder = user;
    size_t total = size * count;
    enum lcc_telling told;
    size_t answer;
    bool stop = false;
    int saved;

    if (!recorder->handle) {
        return 0;
    }
    if (lcc_holdback_body(recorder, total, &stop)) {
        return stop ? 0 : total;
    }
    if (pauses_now(recorder)) {
        return CURL_WRITEFUNC_PAUSE;
    }
    told = lcc_recorder_tell_first(recorder);
    if (told != LCC_TOLD || !recorder->handle) {
        if (told == LCC_TOLD_PAUSE) {
            let_go(recorder);
        }
        return told == LCC_TOLD_PAUSE ? (size_t)CURL_WRITEFUNC_PAUSE : 0;
    }
    recorder->body_seen = true;
    if (recorder->given_up == LCC_REASON_NONE) {
        copy_piece(recorder, data, total);
    }
    answer = lcc_callbacks_write(recorder->handle, data, total);
    saved = errno;
    note_pause(recorder, answer == CURL_WRITEFUNC_PAUSE);
    if (answer == total) {
        keep_body(recorder, lcc_buf_span(&recorder->scratch));
    }
    errno = saved;
    return answer;
}

/* --- the real handle's options ------------------------------------------ */

bool lcc_recorder_holds(CURLoption option)
{
    return option == CURLOPT_WRITEFUNCTION || option == CURLOPT_WRITEDATA ||
           option == CURLOPT_HEADERFUNCTION || option == CURLOPT_HEADERDATA ||
           option == CURLOPT_HEADER;
}

bool lcc_recorder_attach(struct lcc_recorder *recorder)
{
    const struct lcc_real *real = recorder->handle->real;
    CURL *curl = recorder->handle->curl;

    if (real->easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) ||
        real->easy_setopt(curl, CURLOPT_WRITEDATA, recorder) ||
        real->easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header) ||
        real->easy_setopt(curl, CURLOPT_HEADERDATA, recorder) ||
        real->easy_setopt(curl, CURLOPT_HEADER, 0L)) {
        lcc_recorder_restore(recorder->handle);
        return false;
    }
    return true;
}

void lcc_recorder_detach(struct lcc_recorder *recorder)
{
    if (recorder->handle && !recorder->detached) {
        lcc_recorder_restore(recorder->handle);
    }
}

void lcc_recorder_restore(const struct lcc_handle *handle)
{
    const struct lcc_real *real = handle->real;
    const struct lcc_shadow *shadow = &handle->shadow;
    /* libcurl's default is the FILE, which no NULL brings back. */
    void *data = shadow->set[LCC_OPT_WRITEDATA]
                     ? lcc_shadow_pointer(shadow, LCC_OPT_WRITEDATA)
                     : stdout;

    real->easy_setopt(handle->curl, CURLOPT_WRITEFUNCTION,
                      lcc_shadow_function(shadow, LCC_OPT_WRITEFUNCTION));
    real->easy_setopt(handle->curl, CURLOPT_WRITEDATA, data);
    real->easy_setopt(handle->curl, CURLOPT_HEADERFUNCTION,
                      lcc_shadow_function(shadow, LCC_OPT_HEADERFUNCTION));
    real->easy_setopt(handle->curl, CURLOPT_HEADERDATA,
                      lcc_shadow_pointer(shadow, LCC_OPT_HEADERDATA));
    real->easy_setopt(handle->curl, CURLOPT_HEADER,
                      lcc_shadow_long(shadow, LCC_OPT_HEADER));
}
