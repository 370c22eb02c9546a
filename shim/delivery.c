/*
 * delivery.c - header lines and body pieces, pauses and short writes
 */
#include "shim/delivery.h"

#include <string.h>
#include <time.h>

#include "shim/callbacks.h"
#include "shim/progress.h"
#include "shim/trace.h"

enum { PAUSE_SLICE_MS = 1000 }; /* libcurl polls for so long at a time */

static struct lcc_served *served_of(struct lcc_handle *handle)
{
    return handle->state->served;
}

static CURLcode hold(struct lcc_served *served, const struct lcc_held *rest)
{
    served->held = *rest;
    served->paused = true;
    return CURLE_OK;
}

/* A piece that ends in a NUL, with what was there put back afterwards. */
static size_t write_piece(struct lcc_handle *handle, char *data, size_t size)
{
    char after = data[size];
    size_t taken;

    data[size] = '\0';
    taken = lcc_callbacks_write(handle, data, size);
    data[size] = after;
    return taken;
}

/* Bytes to the write callback. What a pause leaves is held. */
static CURLcode tell_body(struct lcc_handle *handle, struct lcc_held *what)
{
    while (what->size) {
        size_t size =
            what->size < LCC_PIECE_MAX ? what->size : (size_t)LCC_PIECE_MAX;
        size_t taken = write_piece(handle, what->data, size);

        if (taken == CURL_WRITEFUNC_PAUSE) {
            return hold(served_of(handle), what);
        }
        if (taken != size) {
            lcc_trace_error(handle, "Failure writing output to destination");
            return CURLE_WRITE_ERROR;
        }
        what->data += size;
        what->size -= size;
    }
    return CURLE_OK;
}

/* The whole line to the header callback. */
static CURLcode tell_header(struct lcc_handle *handle, struct lcc_held *what)
{
    size_t taken;

    if (!lcc_callbacks_want_headers(handle)) {
        return CURLE_OK;
    }
    taken = lcc_callbacks_header(handle, what->data, what->size);
    if (taken == CURL_WRITEFUNC_PAUSE) {
        what->to = LCC_TO_HEADER;
        return hold(served_of(handle), what);
    }
    if (taken != what->size) {
        lcc_trace_error(handle, "Failed writing header");
        return CURLE_WRITE_ERROR;
    }
    return CURLE_OK;
}

/* One write to the program: to the body first, then to the header callback,
 * as libcurl orders them. */
static CURLcode tell(struct lcc_handle *handle, struct lcc_held what)
{
    struct lcc_served *served = served_of(handle);
    struct lcc_held body = what;
    CURLcode code = CURLE_OK;

    if (!what.size) {
        return CURLE_OK;
    }
    served->begun = true;
    if (served->paused) {
        return hold(served, &what);
    }
    if (what.to & LCC_TO_BODY) {
        code = tell_body(handle, &body);
    }
    if (code != CURLE_OK || served->paused || !(what.to & LCC_TO_HEADER)) {
        return code;
    }
    if (what.line) {
        served->lines_told = (size_t)(what.line - served->lines) + 1;
    }
    return tell_header(handle, &what);
}

CURLcode lcc_delivery_pause(struct lcc_handle *handle, int bitmask)
{
    struct lcc_served *served = served_of(handle);
    struct lcc_held held;

    if (bitmask & CURLPAUSE_RECV) {
        served->paused = true;
        return CURLE_OK;
    }
    if (!served->paused) {
        return CURLE_OK;
    }
    held = served->held;
    served->held.size = 0;
    served->paused = false;
    return tell(handle, held);
}

static void sleep_ms(int64_t ms)
{
    struct timespec pause = {.tv_sec = ms / 1000,
                             .tv_nsec = (ms % 1000) * 1000000};

    nanosleep(&pause, NULL); /* a signal cuts it short, as it cuts poll() */
}

CURLcode lcc_delivery_paused(struct lcc_handle *handle)
{
    CURLcode code = lcc_progress_update(handle);

    return code == CURLE_OK && served_of(handle)->paused
               ? lcc_progress_timeout(handle)
               : code;
}

CURLcode lcc_delivery_wait(struct lcc_handle *handle)
{
    struct lcc_served *served = served_of(handle);
    CURLcode code = CURLE_OK;

    while (served->paused && code == CURLE_OK) {
        code = lcc_delivery_paused(handle);
        if (code == CURLE_OK && served->paused) {
            sleep_ms(lcc_progress_time_left(handle, PAUSE_SLICE_MS));
        }
    }
    return code;
}

static unsigned int line_goes_to(const struct lcc_handle *handle,
                                 const struct lcc_line *line)
{
    if (line->kind != LCC_PIECE_TRAILER &&
        lcc_shadow_long(&handle->shadow, LCC_OPT_HEADER)) {
        return LCC_TO_BODY | LCC_TO_HEADER;
    }
    return LCC_TO_HEADER;
}

CURLcode lcc_delivery_line(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = served_of(handle);
    const struct lcc_line *line = &served->lines[index];
    struct lcc_span bytes = lcc_served_line(served, index);
    struct lcc_held what = {served->scratch, bytes.size,
                            line_goes_to(handle, line), line};

    if (what.to == LCC_TO_HEADER && !served->paused &&
        !lcc_callbacks_want_headers(handle)) {
        served->begun = true; /* nobody listens */
        served->lines_told = index + 1;
        return CURLE_OK;
    }
    memcpy(served->scratch, bytes.data, bytes.size);
    served->scratch[bytes.size] = '\0';
    return tell(handle, what);
}

/* How libcurl would cut: its read buffer, or the decoder's output. */
static size_t piece_size(struct lcc_handle *handle)
{
    const struct lcc_served *served = served_of(handle);
    long buffer = lcc_shadow_long(&handle->shadow, LCC_OPT_BUFFERSIZE);

    if (served->wire_bytes != (int64_t)served->body_bytes || buffer < 1024 ||
        buffer > LCC_PIECE_MAX) {
        return LCC_PIECE_MAX;
    }
    return (size_t)buffer;
}

/* Downloaded bytes are counted as they came over the wire. */
static void count(struct lcc_served *served, uint64_t told)
{
    if (told >= served->body_bytes || !served->body_bytes) {
        served->progress.downloaded = served->wire_bytes;
    } else if (served->wire_bytes == (int64_t)served->body_bytes) {
        served->progress.downloaded = (int64_t)told;
    } else {
        served->progress.downloaded =
            (int64_t)((double)served->wire_bytes * (double)told /
                      (double)served->body_bytes);
    }
}

CURLcode lcc_delivery_piece(struct lcc_handle *handle, char *data, size_t size,
                            size_t *ret_size)
{
    struct lcc_served *served = served_of(handle);
    size_t most = piece_size(handle);
    size_t piece = size < most ? size : most;

    *ret_size = piece;
    served->body_told += piece;
    count(served, served->body_told);
    lcc_trace(handle, CURLINFO_DATA_IN, data, piece);
    return tell(handle, (struct lcc_held){data, piece, LCC_TO_BODY, NULL});
}

CURLcode lcc_delivery_piece_told(struct lcc_handle *handle)
{
    const struct lcc_served *served = served_of(handle);
    CURLcode code =
        lcc_progress_wanted(handle) ? lcc_progress_update(handle) : CURLE_OK;

    if (code == CURLE_OK && served->body_told < served->body_bytes) {
        code = lcc_progress_timeout(handle);
    }
    return code;
}
