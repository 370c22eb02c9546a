/*
 * transfer.c - the way of one request, step by step
 *
 * Every doubt ends in the real curl_easy_perform(), with a reason that is
 * counted and logged.
 */
#include "shim/transfer.h"

#include "shim/invalidate.h"
#include "shim/log.h"
#include "shim/lookup.h"
#include "shim/planted_fault.h"
#include "shim/process.h"
#include "shim/recorder.h"
#include "shim/replayer.h"
#include "shim/scheme.h"
#include "shim/settle.h"
#include "store/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* One transfer on its way. */
struct way {
    struct lcc_handle *handle;
    struct lcc_engine_state *state;
    const struct lcc_process *process;
    int64_t now_s;
    struct lcc_entry entry; /* found, in state->hit */
    struct lcc_decision decision;
};

static struct lcc_engine_state *state_of(struct lcc_handle *handle)
{
    struct lcc_engine_state *state = handle->state;

    if (!state) {
        state = calloc(1, sizeof(*state));
        if (!state) {
            return NULL;
        }
        lcc_plan_init(&state->plan);
        state->hit = LCC_HIT_INIT;
        handle->state = state;
    }
    return state;
}

struct lcc_engine_state *lcc_engine_state_free(struct lcc_engine_state *state)
{
    if (state) {
        lcc_plan_done(&state->plan);
        lcc_hit_done(&state->hit);
        lcc_served_free(state->served);
        free(state);
    }
    return NULL;
}

/* --- step 8: leave ------------------------------------------------------ */

/* Count and log a decision. */
static void note(const struct way *way, enum lcc_reason reason, bool served)
{
    const struct lcc_plan *plan = &way->state->plan;
    const bool known = !lcc_hash_is_zero(&plan->id.url);
    const struct lcc_decided decided = {
        .reason = reason,
        .when_s = way->now_s,
        .body_bytes = served ? way->state->hit.body_size : 0,
        .saved_us = served ? way->entry.fetch_us : 0,
    };

    lcc_ledger_note(way->process->ledger, known ? &plan->id.url : NULL,
                    &decided);
    lcc_log_decision(way->process, reason, lcc_buf_span(&plan->redacted),
                     way->process->off != LCC_REASON_NONE ? way->process->why
                                                          : NULL);
}

/* The real handle answers from here on. */
static CURLcode perform_real(struct lcc_handle *handle)
{
    if (handle->state) {
        handle->state->served = lcc_served_free(handle->state->served);
    }
    return handle->real->easy_perform(handle->curl);
}

/* The mode forbids the network. */
static CURLcode refuse_offline(struct way *way)
{
    char *buffer =
        lcc_shadow_pointer(&way->handle->shadow, LCC_OPT_ERRORBUFFER);
    struct lcc_span url = lcc_buf_span(&way->state->plan.redacted);

    /* Without memory libcurl answers, with what it had before. */
    (void)lcc_served_nothing(way->handle);
    if (buffer) {
        snprintf(buffer, CURL_ERROR_SIZE,
                 "curlcache is offline and has nothing stored for %.*s",
                 (int)(url.size < CURL_ERROR_SIZE ? url.size : CURL_ERROR_SIZE),
                 url.size ? (const char *)url.data : "");
    }
    note(way, LCC_REASON_OFFLINE_MISS, false);
    return CURLE_COULDNT_CONNECT;
}

static bool is_offline(const struct way *way)
{
    return way->process->settings->policy.mode == LCC_MODE_OFFLINE;
}

/* Stand aside. */
static CURLcode pass(struct way *way, enum lcc_reason reason, int saved_errno)
{
    if (is_offline(way)) {
        return refuse_offline(way);
    }
    note(way, reason, false);
    errno = saved_errno;
    return perform_real(way->handle);
}

/* --- a miss: steps 5 to 7 ----------------------------------------------- */

/* libcurl thinks that the header callback refused the line; the program's
 * write callback did, and 7.88 words that differently. */
static void correct_error(const struct lcc_recorder *recorder, CURLcode result)
{
    const struct lcc_handle *handle = recorder->handle;
    char *buffer = lcc_shadow_pointer(&handle->shadow, LCC_OPT_ERRORBUFFER);

    if (result == CURLE_WRITE_ERROR && recorder->write_failed && buffer) {
        snprintf(buffer, CURL_ERROR_SIZE,
                 "Failure writing output to destination");
    }
}

/* @fetched is the reason to count when the answer is stored. */
static void settle(struct way *way, struct lcc_recorder *recorder,
                   CURLcode result, enum lcc_reason fetched)
{
    enum lcc_reason reason = LCC_REASON_ABORTED;

    /* A handle that the program cleaned up meanwhile is not touched. */
    if (recorder->handle) {
        lcc_recorder_detach(recorder);
        reason = lcc_settle_miss(recorder, result);
        correct_error(recorder, result);
    }
    note(way, reason == LCC_REASON_STORED ? fetched : reason, false);
}

static enum lcc_reason reason_not_recorded(int r)
{
    return r == -ENOMEM ? LCC_REASON_NO_MEMORY
           : r > 0      ? LCC_REASON_STORE_UNAVAILABLE
                        : LCC_REASON_STORE_ERROR;
}

/* Not on the stack: a callback of the program may leave by longjmp (PHP does so
 * on a fatal error), and what it does to the handle later still finds it. */
static struct lcc_recorder *recorder_new(const struct way *way, int *ret)
{
    struct lcc_recorder *recorder = malloc(sizeof(*recorder));

    *ret = recorder ? lcc_recorder_init(recorder, way->handle, way->process)
                    : -ENOMEM;
    return recorder;
}

static void recorder_free(struct lcc_recorder *recorder)
{
    if (recorder) {
        lcc_recorder_done(recorder);
        free(recorder);
    }
}

static CURLcode perform_recorded(struct way *way, struct lcc_recorder *recorder,
                                 enum lcc_reason fetched, int saved_errno)
{
    struct lcc_engine_state *state = way->state;
    /* The handle may be cleaned up inside a callback. */
    const struct lcc_real *real = way->handle->real;
    CURL *curl = way->handle->curl;
    CURLcode result;

    state->served = lcc_served_free(state->served);
    state->recorder = recorder;
    errno = saved_errno;
    result = real->easy_perform(curl);
    saved_errno = errno;
    state->recorder = NULL;
    settle(way, recorder, result, fetched);
    recorder_free(recorder);
    errno = saved_errno;
    return result;
}

static CURLcode record(struct way *way, enum lcc_reason fetched,
                       int saved_errno)
{
    int r;
    struct lcc_recorder *recorder = recorder_new(way, &r);

    if (r || !lcc_recorder_attach(recorder)) {
        recorder_free(recorder);
        return pass(way, r ? reason_not_recorded(r) : LCC_REASON_OPTION,
                    saved_errno);
    }
    return perform_recorded(way, recorder, fetched, saved_errno);
}

/* Nothing stored will do: the origin is asked. */
static CURLcode fetch(struct way *way, enum lcc_reason fetched, int saved_errno)
{
    if (is_offline(way)) {
        return refuse_offline(way);
    }
    if (way->process->settings->policy.mode == LCC_MODE_READONLY) {
        return pass(way, LCC_REASON_READONLY, saved_errno);
    }
    return record(way, fetched, saved_errno);
}

static CURLcode fetch_unsafe(struct way *way, int saved_errno)
{
    CURLcode result;

    if (is_offline(way)) {
        return refuse_offline(way);
    }
    errno = saved_errno;
    result = perform_real(way->handle);
    saved_errno = errno;
    if (!way->state->orphan) {
        lcc_invalidate(way->handle, way->process);
    }
    note(way, LCC_REASON_UNSAFE_METHOD, false);
    errno = saved_errno;
    return result;
}

/* --- a hit: steps 5 to 7 ------------------------------------------------ */

static CURLcode serve(struct way *way, int saved_errno)
{
    CURLcode result = CURLE_OK;
    int r;

    way->state->serving = true;
    way->state->status_header = way->process->settings->policy.status_header;
    errno = saved_errno;
    r = lcc_replay(way->handle, way->process->store, &way->entry,
                   &way->decision, &result);
    way->state->serving = false;
    if (r) {
        return fetch(way, LCC_REASON_STORED, saved_errno);
    }
    note(way, way->decision.reason, true);
    errno = saved_errno;
    return result;
}

/* --- steps 3 and 4: look up, decide ------------------------------------- */

static enum lcc_reason reason_of_lookup(int r)
{
    switch (r) {
    case LCC_STORE_BUSY:
        return LCC_REASON_STORE_BUSY;
    case LCC_STORE_UNAVAILABLE:
        return LCC_REASON_STORE_UNAVAILABLE;
    case -ENOMEM:
        return LCC_REASON_NO_MEMORY;
    default:
        return LCC_REASON_STORE_ERROR;
    }
}

static CURLcode answer(struct way *way, int saved_errno)
{
    int r = lcc_lookup(way->handle, way->process, way->now_s, &way->entry,
                       &way->decision);

    if (r == LCC_STORE_MISS) {
        return fetch(way, LCC_REASON_STORED, saved_errno);
    }
    if (r) {
        return pass(way, reason_of_lookup(r), saved_errno);
    }
    if (way->decision.verdict > LCC_VERDICT_SERVE_REFRESH) {
        return fetch(way, way->decision.reason, saved_errno);
    }
    return serve(way, saved_errno);
}

/* --- steps 1 and 2: enter, plan ----------------------------------------- */

static CURLcode plan(struct way *way, int saved_errno)
{
    struct lcc_plan *plan = &way->state->plan;

    if (lcc_plan_make(way->handle, &way->process->settings->policy,
                      lcc_store_secret(way->process->store), plan)) {
        return pass(way, LCC_REASON_NO_MEMORY, saved_errno);
    }
    if (plan->reason == LCC_REASON_UNSAFE_METHOD) {
        return fetch_unsafe(way, saved_errno);
    }
    if (plan->reason != LCC_REASON_NONE) {
        return pass(way, plan->reason, saved_errno);
    }
    return answer(way, saved_errno);
}

static CURLcode enter(struct lcc_handle *handle, struct lcc_engine_state *state,
                      int saved_errno)
{
    struct way way = {
        .handle = handle,
        .state = state,
        .process = lcc_process(),
        .now_s = lcc_clock_now_s(),
    };

    switch ((int)way.process->off) {
    case LCC_REASON_NONE:
        return plan(&way, saved_errno);
    case LCC_REASON_DISABLED:
    case LCC_REASON_BAD_SETTING:
        /* Switched off by the user: no mode speaks any more, nor the log. */
        errno = saved_errno;
        return perform_real(handle);
    default:
        return pass(&way, way.process->off, saved_errno);
    }
}

/* A perform inside a callback of the same handle. libcurl refuses it; where a
 * hit is told libcurl does not know that the handle is at work. */
static CURLcode perform_nested(struct lcc_handle *handle)
{
    char *buffer = lcc_shadow_pointer(&handle->shadow, LCC_OPT_ERRORBUFFER);

    if (!handle->state->serving) {
        return handle->real->easy_perform(handle->curl);
    }
    if (buffer) {
        snprintf(buffer, CURL_ERROR_SIZE,
                 "easy handle already used in multi handle");
    }
    return CURLE_FAILED_INIT;
}

CURLcode lcc_transfer_perform(struct lcc_handle *handle)
{
    int saved_errno = errno;
    struct lcc_engine_state *state;
    CURLcode result;

    if (handle->state && handle->state->busy) {
        return perform_nested(handle);
    }
    state = lcc_scheme_is_http(handle) ? state_of(handle) : NULL;
    errno = saved_errno;
    if (!state) {
        return perform_real(handle);
    }
    lcc_planted_fault();
    state->busy = true;
    result = enter(handle, state, saved_errno);
    state->busy = false;
    if (state->orphan) {
        lcc_engine_state_free(state);
    }
    return result;
}
