/*
 * recorder.c - our callbacks on the real handle, and what they keep
 *
 * What becomes of it when the transfer has ended is settle.c's.
 */
#include "shim/recorder.h"

#include "shim/callbacks.h"
#include "shim/coalesce.h"
#include "shim/hops.h"
#include "store/clock.h"
#include "store/http_uri.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The memory of one recorder waits for the next transfer of the process. */
static _Atomic(struct lcc_recorder *) spare;

static struct lcc_recorder *take_spare(void)
{
    struct lcc_recorder *recorder = atomic_exchange(&spare, NULL);

    return recorder ? recorder : calloc(1, sizeof(*recorder));
}

/* All zero but for its buffers' memory. */
static void reset(struct lcc_recorder *r, struct lcc_handle *handle,
                  const struct lcc_process *process)
{
    *r = (struct lcc_recorder){
        .handle = handle,
        .real = handle->real,
        .process = process,
        .plan = &handle->state->plan,
        .urls_given = handle->shadow.urls_given,
        .id = handle->state->plan.id,
        .method = lcc_buf_again(&r->method, LCC_RECORDER_METHOD_MAX),
        .head = lcc_buf_again(&r->head, LCC_ENTRY_HEAD_MAX),
        .pieces = lcc_buf_again(&r->pieces, LCC_ENTRY_MAX),
        .hops = lcc_buf_again(&r->hops, LCC_RECORDER_HOPS_MAX),
        .scratch = lcc_buf_again(&r->scratch, LCC_RECORDER_PIECE_MAX),
        .location = lcc_buf_again(&r->location, LCC_URI_MAX),
        .base_url = lcc_buf_again(&r->base_url, LCC_URI_MAX),
        .hold = lcc_holdback_again(&r->hold),
        .draft = {.vary = lcc_buf_again(&r->draft.vary, LCC_RECORDER_VARY_MAX),
                  .infos =
                      lcc_buf_again(&r->draft.infos, LCC_RECORDER_INFOS_MAX),
                  .meta = lcc_buf_again(&r->draft.meta, LCC_ENTRY_MAX)},
        .request_time_s = lcc_clock_now_s(),
        .started_us = lcc_clock_monotonic_us(),
    };
    r->response_time_s = r->request_time_s;
}

static int prepare(struct lcc_recorder *recorder)
{
    const struct lcc_process *process = recorder->process;
    int r = lcc_hops_begin(recorder->plan, &recorder->base_url);

    /* Growing from nothing, line by line, copies most heads four times. */
    (void)lcc_buf_reserve(&recorder->head, LCC_RECORDER_HEAD_FIRST);
    if (!r) {
        r = lcc_buf_append(&recorder->method, recorder->plan->request.method);
    }
    if (!r && process->settings->policy.mode == LCC_MODE_READONLY) {
        recorder->given_up = LCC_REASON_READONLY;
        return 0;
    }
    return r ? r : lcc_writer_new(process->store, &recorder->writer);
}

int lcc_recorder_new(struct lcc_handle *handle,
                     const struct lcc_process *process,
                     struct lcc_recorder **ret)
{
    struct lcc_recorder *recorder = take_spare();
    int r;

    if (!recorder) {
        return -ENOMEM;
    }
    reset(recorder, handle, process);
    r = prepare(recorder);
    if (r) {
        (void)lcc_recorder_free(recorder);
        return r;
    }
    *ret = recorder;
    return 0;
}

static bool is_worth_keeping(const struct lcc_recorder *r)
{
    return r->method.capacity + r->head.capacity + r->pieces.capacity +
               r->hops.capacity + r->scratch.capacity + r->location.capacity +
               r->base_url.capacity + r->hold.conditions.capacity +
               r->hold.lines.capacity + r->hold.trace.capacity +
               r->draft.vary.capacity + r->draft.infos.capacity +
               r->draft.meta.capacity <=
           LCC_RECORDER_SPARE_MAX;
}

struct lcc_recorder *lcc_recorder_free(struct lcc_recorder *recorder)
{
    if (!recorder) {
        return NULL;
    }
    recorder->writer = lcc_writer_free(recorder->writer);
    lcc_recorder_forget_blocks(recorder);
    lcc_holdback_off(recorder);
    if (is_worth_keeping(recorder)) {
        recorder = atomic_exchange(&spare, recorder);
    }
    if (recorder) {
        lcc_holdback_done(&recorder->hold);
        lcc_buf_done(&recorder->method);
        lcc_buf_done(&recorder->head);
        lcc_buf_done(&recorder->pieces);
        lcc_buf_done(&recorder->hops);
        lcc_buf_done(&recorder->scratch);
        lcc_buf_done(&recorder->location);
        lcc_buf_done(&recorder->base_url);
        lcc_buf_done(&recorder->draft.vary);
        lcc_buf_done(&recorder->draft.infos);
        lcc_buf_done(&recorder->draft.meta);
        free(recorder);
    }
    return NULL;
}

int lcc_recorder_as_get(struct lcc_recorder *recorder)
{
    recorder->as_get = true;
    recorder->id.request = recorder->plan->as_get;
    lcc_buf_clear(&recorder->method);
    return lcc_buf_append(&recorder->method, lcc_span_str("GET"));
}

void lcc_recorder_say_status(struct lcc_recorder *recorder, enum lcc_reason why)
{
    recorder->why = why;
}

void lcc_recorder_give_up(struct lcc_recorder *recorder, enum lcc_reason reason)
{
    if (recorder->given_up == LCC_REASON_NONE) {
        recorder->given_up = reason;
    }
    recorder->writer = lcc_writer_free(recorder->writer);
    if (recorder->handle) {
        /* Nobody need wait for it any more. */
        lcc_coalesce_settled(recorder->handle->state, recorder->given_up);
    }
}

struct lcc_entry lcc_recorder_entry(const struct lcc_recorder *recorder)
{
    const struct lcc_plan *plan = recorder->plan;

    return (struct lcc_entry){
        .method = lcc_buf_span(&recorder->method),
        .url = lcc_buf_span(&plan->redacted),
        .status = recorder->status,
        .request_time_s = recorder->request_time_s,
        .response_time_s = recorder->response_time_s,
        .head = lcc_buf_span(&recorder->head),
        .pieces = lcc_buf_span(&recorder->pieces),
        .hops = lcc_buf_span(&recorder->hops),
    };
}

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

/* --- telling the program ------------------------------------------------ */

enum telling { TOLD, TOLD_PAUSE, TOLD_REFUSED };

static enum telling telling_of(size_t answer, size_t size)
{
    if (answer == CURL_WRITEFUNC_PAUSE) {
        return TOLD_PAUSE;
    }
    return answer == size ? TOLD : TOLD_REFUSED;
}

/* The write callback's half of a header line, under CURLOPT_HEADER. */
static enum telling tell_write_half(struct lcc_recorder *recorder, char *data,
                                    size_t end)
{
    while (recorder->handle && recorder->shown < end) {
        size_t left = end - recorder->shown;
        size_t size = left < CURL_MAX_WRITE_SIZE ? left : CURL_MAX_WRITE_SIZE;
        enum telling told = telling_of(
            lcc_callbacks_write(recorder->handle, data + recorder->shown, size),
            size);

        if (told != TOLD) {
            recorder->write_failed = told == TOLD_REFUSED;
            return told;
        }
        recorder->shown += size;
    }
    return TOLD;
}

/* The header callback's half: the bytes from header_told to @end. */
static enum telling tell_header_half(struct lcc_recorder *recorder, char *data,
                                     size_t end)
{
    size_t from = recorder->header_told;
    enum telling told = TOLD;

    recorder->header_due = 0;
    if (recorder->handle && lcc_callbacks_want_headers(recorder->handle)) {
        told = telling_of(
            lcc_callbacks_header(recorder->handle, data + from, end - from),
            end - from);
    }
    if (told == TOLD) {
        recorder->header_told = end;
    } else if (told == TOLD_PAUSE) {
        recorder->header_due = end;
    }
    return told;
}

/* A trailer never goes to the write callback. */
static enum telling tell_line(struct lcc_recorder *recorder, char *data,
                              size_t size, bool trailer)
{
    enum telling told = TOLD;

    if (recorder->header_due) {
        told = tell_header_half(recorder, data, recorder->header_due);
    }
    if (told != TOLD || recorder->header_told >= size) {
        return told;
    }
    if (recorder->handle && !trailer &&
        lcc_shadow_long(&recorder->handle->shadow, LCC_OPT_HEADER)) {
        told = tell_write_half(recorder, data, size);
    }
    return told == TOLD ? tell_header_half(recorder, data, size) : told;
}

static void line_is_told(struct lcc_recorder *recorder)
{
    recorder->shown = 0;
    recorder->header_told = 0;
}

/* What a hold kept back comes first. */
static enum telling tell_held(struct lcc_recorder *recorder)
{
    enum telling told = TOLD;
    char *line;
    size_t size;

    while (told == TOLD && recorder->handle &&
           lcc_holdback_next(&recorder->hold, &line, &size)) {
        told = tell_line(recorder, line, size, false);
        if (told == TOLD) {
            lcc_holdback_told(&recorder->hold);
            line_is_told(recorder);
        }
    }
    return told;
}

static enum telling tell_header(struct lcc_recorder *recorder, char *data,
                                size_t size)
{
    const bool trailer =
        lcc_recorder_kind_of(recorder, lcc_span_of(data, size)) ==
        LCC_PIECE_TRAILER;
    enum telling told = tell_held(recorder);

    return told == TOLD ? tell_line(recorder, data, size, trailer) : told;
}

void lcc_recorder_tell_held(struct lcc_recorder *recorder)
{
    lcc_holdback_release(recorder);
    (void)tell_held(recorder);
}

/* --- what we say ourselves ----------------------------------------------- */

/* Is Cache-Status due before this line? Not in interim responses, and not
 * where a pause has joined the end of the block to what came before. */
static bool is_made_due(const struct lcc_recorder *recorder,
                        struct lcc_span line)
{
    return recorder->why != LCC_REASON_NONE && !recorder->made_told &&
           recorder->in_block && recorder->status >= 200 && line.size &&
           (((const char *)line.data)[0] == '\r' ||
            ((const char *)line.data)[0] == '\n');
}

/* A pause comes back to it: libcurl tells the empty line again then. */
static enum telling tell_made(struct lcc_recorder *recorder)
{
    enum telling told;

    if (!recorder->made[0]) {
        lcc_recorder_make_status(recorder);
    }
    told = tell_header(recorder, recorder->made, strlen(recorder->made));
    if (told == TOLD) {
        recorder->made_told = true;
        recorder->made[0] = '\0';
        line_is_told(recorder);
    }
    return told;
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

static size_t answer_of(struct lcc_recorder *recorder, enum telling told,
                        size_t size)
{
    note_pause(recorder, told == TOLD_PAUSE);
    if (told == TOLD) {
        return size;
    }
    return told == TOLD_PAUSE ? (size_t)CURL_WRITEFUNC_PAUSE : 0;
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
    enum telling told;
    int saved;

    if (!recorder->handle) {
        return 0;
    }
    if (hold_line(recorder, lcc_span_of(data, total))) {
        return total;
    }
    if (pauses_now(recorder)) {
        return CURL_WRITEFUNC_PAUSE;
    }
    copy_piece(recorder, data, total);
    told = is_made_due(recorder, lcc_span_of(data, total)) ? tell_made(recorder)
                                                           : TOLD;
    if (told == TOLD) {
        told = tell_header(recorder, data, total);
    }
    saved = errno;
    if (told == TOLD) {
        line_is_told(recorder);
        lcc_recorder_keep_lines(recorder, lcc_buf_span(&recorder->scratch));
    }
    errno = saved;
    return answer_of(recorder, told, total);
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct lcc_recorder *recorder = user;
    size_t total = size * count;
    enum telling told;
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
    told = tell_held(recorder);
    if (told != TOLD || !recorder->handle) {
        if (told == TOLD_PAUSE) {
            let_go(recorder);
        }
        return told == TOLD_PAUSE ? (size_t)CURL_WRITEFUNC_PAUSE : 0;
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
