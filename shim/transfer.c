/*
 * transfer.c - the way of one request, step by step
 *
 * Every doubt ends in the real curl_easy_perform(), with a reason that is
 * counted and logged.
 */
#include "shim/transfer_parts.h"

#include "shim/coalesce.h"
#include "shim/invalidate.h"
#include "shim/log.h"
#include "shim/lookup.h"
#include "shim/planted_fault.h"
#include "shim/process.h"
#include "shim/ranged.h"
#include "shim/recorder.h"
#include "shim/refresh.h"
#include "shim/refuse.h"
#include "shim/replayer.h"
#include "shim/revalidate.h"
#include "shim/scheme.h"
#include "shim/settle.h"
#include "store/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { SERVER_ERROR = 500 }; /* RFC 9110, section 15.6: and above */

struct lcc_engine_state *lcc_transfer_state(struct lcc_handle *handle)
{
    struct lcc_engine_state *state = handle->state;

    if (!lcc_scheme_is_http(handle)) {
        return NULL;
    }
    if (!state) {
        state = calloc(1, sizeof(*state));
        if (!state) {
            return NULL;
        }
        lcc_plan_init(&state->plan);
        state->hit = LCC_HIT_INIT;
        state->known = LCC_KNOWN_INIT;
        state->renewed = LCC_BUF_INIT(LCC_ENTRY_MAX);
        state->made_head = LCC_BUF_INIT(LCC_ENTRY_HEAD_MAX + 256);
        state->made_pieces = LCC_BUF_INIT(LCC_ENTRY_MAX);
        handle->state = state;
    }
    return state;
}

void lcc_transfer_forget_blocks(struct lcc_engine_state *state)
{
    state->blocks = NULL;
    state->block_count = 0;
}

struct lcc_engine_state *lcc_engine_state_free(struct lcc_engine_state *state)
{
    if (state) {
        lcc_plan_done(&state->plan);
        lcc_hit_done(&state->hit);
        lcc_known_done(&state->known);
        lcc_buf_done(&state->renewed);
        lcc_buf_done(&state->made_head);
        lcc_buf_done(&state->made_pieces);
        lcc_served_free(state->served);
        lcc_ranged_serving_free(state->ranged);
        free(state);
    }
    return NULL;
}

/* --- step 8: leave ------------------------------------------------------ */

/* What a hit told, which may be a part of what is stored. */
static uint64_t body_bytes(const struct lcc_engine_state *state)
{
    return state->ranged && state->ranged->is_made ? state->ranged->made.size
                                                   : state->hit.body_size;
}

/* Count and log a decision. */
void lcc_transfer_note(const struct lcc_transfer *transfer,
                       enum lcc_reason reason, bool served)
{
    const struct lcc_plan *plan = &transfer->state->plan;
    const struct lcc_process *process = transfer->process;
    const bool known = !lcc_hash_is_zero(&plan->id.url);
    const struct lcc_decided decided = {
        .reason = reason,
        .when_s = transfer->now_s,
        .body_bytes =
            served && !plan->no_body ? body_bytes(transfer->state) : 0,
        .saved_us = served ? transfer->entry.fetch_us : 0,
    };

    if (transfer->state->beside) {
        return; /* the thread counts what came of it */
    }
    lcc_ledger_note(process->ledger, known ? &plan->id.url : NULL, &decided);
    lcc_log_decision(process, reason, lcc_buf_span(&plan->redacted),
                     process->off != LCC_REASON_NONE ? process->why : NULL);
}

enum lcc_step lcc_transfer_done(struct lcc_transfer *transfer, CURLcode result)
{
    transfer->result = result;
    return LCC_STEP_DONE;
}

/* The real handle answers from here on. */
static enum lcc_step go_real(struct lcc_transfer *transfer)
{
    struct lcc_engine_state *state = transfer->state;

    lcc_catch_up_real(transfer->handle);
    state->served = lcc_served_free(state->served);
    lcc_coalesce_shorten(transfer);
    transfer->reals++;
    return LCC_STEP_REAL;
}

/* The mode forbids the network. */
static enum lcc_step refuse_offline(struct lcc_transfer *transfer)
{
    CURLcode result = lcc_refuse_offline(transfer);

    lcc_transfer_note(transfer, LCC_REASON_OFFLINE_MISS, false);
    return lcc_transfer_done(transfer, result);
}

static bool is_offline(const struct lcc_transfer *transfer)
{
    return transfer->process->settings->policy.mode == LCC_MODE_OFFLINE;
}

/* Stand aside. */
enum lcc_step lcc_transfer_pass(struct lcc_transfer *transfer,
                                enum lcc_reason reason)
{
    if (is_offline(transfer)) {
        return refuse_offline(transfer);
    }
    lcc_coalesce_settled(transfer->state, reason);
    lcc_transfer_note(transfer, reason, false);
    return go_real(transfer);
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

static enum lcc_step settle(struct lcc_transfer *transfer,
                            struct lcc_recorder *recorder, CURLcode result)
{
    enum lcc_reason reason = LCC_REASON_ABORTED;

    /* A handle that the program cleaned up meanwhile is not touched. */
    if (recorder->handle) {
        lcc_recorder_detach(recorder);
        if (transfer->state->plan.unsafe) {
            lcc_invalidate(recorder->handle, transfer->process, recorder);
        }
        if (!result && !recorder->head_cut) {
            lcc_revalidate_by_head(transfer, recorder);
        }
        if (transfer->state->beside && recorder->status >= SERVER_ERROR) {
            /* What is stored is better than that (RFC 5861, section 3). */
            lcc_recorder_give_up(recorder, LCC_REASON_STATUS);
        }
        reason = lcc_settle_miss(recorder, result);
        correct_error(recorder, result);
    }
    transfer->renewed = reason == LCC_REASON_STORED;
    lcc_coalesce_settled(transfer->state, reason);
    lcc_transfer_note(transfer,
                      reason == LCC_REASON_STORED ? transfer->fetched : reason,
                      false);
    return lcc_transfer_done(transfer, result);
}

static enum lcc_reason reason_not_recorded(int r)
{
    return r == -ENOMEM ? LCC_REASON_NO_MEMORY
           : r > 0      ? LCC_REASON_STORE_UNAVAILABLE
                        : LCC_REASON_STORE_ERROR;
}

/* @fetched is the reason to count when the answer is stored; @ask: what is
 * stored may do after all. */
static enum lcc_step record(struct lcc_transfer *transfer,
                            enum lcc_reason fetched, bool ask)
{
    struct lcc_recorder *recorder = NULL;
    int r;

    if (lcc_catch_up_is_unsure(transfer->handle)) {
        return lcc_transfer_pass(transfer, LCC_REASON_AUTH);
    }
    /* Meanwhile a callback may have made another request of it. */
    if (transfer->changes != transfer->handle->shadow.changes) {
        return lcc_transfer_pass(transfer, LCC_REASON_OPTION);
    }
    r = lcc_recorder_new(transfer->handle, transfer->process, &recorder);
    if (r || !lcc_recorder_attach(recorder)) {
        (void)lcc_recorder_free(recorder);
        return lcc_transfer_pass(transfer, r ? reason_not_recorded(r)
                                             : LCC_REASON_OPTION);
    }
    if (transfer->process->settings->policy.status_header) {
        lcc_recorder_say_status(recorder, fetched);
    }
    transfer->fetched = transfer->wait.waited ? LCC_REASON_WAITED : fetched;
    recorder->pause_due = transfer->paused;
    transfer->state->recorder = recorder;
    if (ask) {
        lcc_revalidate_begin(transfer, recorder);
    }
    return go_real(transfer);
}

/* Nothing stored will do: the origin is asked. */
static enum lcc_step fetch(struct lcc_transfer *transfer,
                           enum lcc_reason fetched)
{
    if (is_offline(transfer)) {
        return refuse_offline(transfer);
    }
    if (transfer->process->settings->policy.mode == LCC_MODE_READONLY) {
        return lcc_transfer_pass(transfer, LCC_REASON_READONLY);
    }
    return record(transfer, fetched, transfer->asks);
}

/* What is stored has to be checked first (RFC 9111, section 4.3). */
static enum lcc_step validate(struct lcc_transfer *transfer)
{
    return record(transfer, transfer->decision.reason, true);
}

/* An answer to a POST may be stored for the GET (RFC 9110, section 9.3.3).
 * Where it cannot be recorded it is only not stored. */
static void record_for_get(struct lcc_transfer *transfer)
{
    const struct lcc_policy *policy = &transfer->process->settings->policy;
    struct lcc_recorder *recorder = NULL;

    if (lcc_hash_is_zero(&transfer->state->plan.as_get) ||
        policy->mode == LCC_MODE_READONLY) {
        return;
    }
    if (lcc_recorder_new(transfer->handle, transfer->process, &recorder) ||
        lcc_recorder_as_get(recorder) || !lcc_recorder_attach(recorder)) {
        (void)lcc_recorder_free(recorder);
        return;
    }
    if (policy->status_header) {
        lcc_recorder_say_status(recorder, LCC_REASON_UNSAFE_METHOD);
    }
    transfer->state->recorder = recorder;
}

static enum lcc_step fetch_unsafe(struct lcc_transfer *transfer)
{
    if (is_offline(transfer)) {
        return refuse_offline(transfer);
    }
    transfer->invalidates = true;
    record_for_get(transfer);
    return go_real(transfer);
}

/* Dropped first: the answer may be what is stored next. */
static enum lcc_step arrived_unsafe(struct lcc_transfer *transfer,
                                    struct lcc_recorder *recorder,
                                    CURLcode result)
{
    if (recorder && recorder->handle) {
        lcc_recorder_detach(recorder);
    }
    if (transfer->handle) {
        lcc_invalidate(transfer->handle, transfer->process, recorder);
    }
    if (recorder && recorder->handle) {
        (void)lcc_settle_miss(recorder, result);
        correct_error(recorder, result);
    }
    lcc_transfer_note(transfer, LCC_REASON_UNSAFE_METHOD, false);
    return lcc_transfer_done(transfer, result);
}

/* The program was told nothing, and what is stored answers. */
static enum lcc_step serve_stale(struct lcc_transfer *transfer)
{
    transfer->decision.verdict = LCC_VERDICT_SERVE_STALE;
    transfer->decision.reason = LCC_REASON_STALE_IF_ERROR;
    return LCC_STEP_SERVE;
}

/* Once more, as if nothing were stored. */
enum lcc_step lcc_transfer_fetch_again(struct lcc_transfer *transfer)
{
    lcc_store_let_body_go(transfer->process->store, &transfer->state->hit);
    transfer->state->extra_request_bytes = 0;
    transfer->asks = false;
    return fetch(transfer, transfer->fetched);
}

/* A conditional request of ours has ended. */
static enum lcc_step arrived_held(struct lcc_transfer *transfer,
                                  struct lcc_recorder *recorder,
                                  CURLcode result)
{
    enum lcc_hold_state state = recorder->hold.state;

    if (state == LCC_HOLD_NOT_MODIFIED && !result) {
        transfer->renewed = lcc_revalidate_renew(transfer, recorder) == 0;
        return transfer->renewed ? LCC_STEP_SERVE
                                 : lcc_transfer_fetch_again(transfer);
    }
    if (state == LCC_HOLD_UNMATCHED && !result) {
        return lcc_transfer_fetch_again(transfer);
    }
    if (state == LCC_HOLD_ERROR && result != CURLE_ABORTED_BY_CALLBACK) {
        return serve_stale(transfer);
    }
    if (state == LCC_HOLD_WAITING && recorder->hold.stale_if_error &&
        lcc_revalidate_is_failure(result)) {
        return serve_stale(transfer);
    }
    lcc_recorder_tell_held(recorder);
    return settle(transfer, recorder, result);
}

enum lcc_step lcc_transfer_arrived(struct lcc_transfer *transfer,
                                   CURLcode result)
{
    struct lcc_recorder *recorder = transfer->state->recorder;
    enum lcc_step step;

    transfer->state->recorder = NULL;
    if (transfer->invalidates) {
        step = arrived_unsafe(transfer, recorder, result);
    } else if (!recorder) {
        step = lcc_transfer_done(transfer, result);
    } else if (recorder->hold.state != LCC_HOLD_NONE && recorder->handle &&
               !recorder->detached) {
        lcc_recorder_detach(recorder);
        lcc_holdback_restore(recorder->handle);
        step = arrived_held(transfer, recorder, result);
    } else {
        step = settle(transfer, recorder, result);
    }
    (void)lcc_recorder_free(recorder);
    if (transfer->handle) {
        lcc_catch_up_arrived(transfer->handle, result);
    }
    if (step == LCC_STEP_SERVE) {
        /* Who waits need not wait until the program has been told. */
        lcc_coalesce_over(transfer->state,
                          !transfer->renewed   ? LCC_LEASE_DROPPED
                          : transfer->reusable ? LCC_LEASE_STORED
                                               : LCC_LEASE_NOT_STORED);
    }
    return step;
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

/* Nothing stored will do, and the program wants nobody asked. */
static enum lcc_step refuse(struct lcc_transfer *transfer)
{
    return lcc_refuse_build(transfer)
               ? lcc_transfer_pass(transfer, LCC_REASON_NO_MEMORY)
               : LCC_STEP_SERVE;
}

bool lcc_transfer_may_refuse(const struct lcc_transfer *transfer)
{
    return lcc_fresh_refuses(&transfer->process->settings->policy,
                             &transfer->state->plan.request);
}

/* MODE=recache has no use for what is stored. */
static bool may_ask(const struct lcc_transfer *transfer)
{
    return transfer->process->settings->policy.mode != LCC_MODE_RECACHE;
}

/* A twin is at work: who is fresh again has been checked by another. */
static enum lcc_step check_beside(struct lcc_transfer *transfer)
{
    return transfer->decision.verdict == LCC_VERDICT_SERVE
               ? lcc_transfer_done(transfer, CURLE_OK)
               : validate(transfer);
}

/* Served at once, where somebody sees to it that it becomes fresh. */
static enum lcc_step serve_and_refresh(struct lcc_transfer *transfer)
{
    const enum lcc_reason reason = lcc_refresh_begin(transfer);

    if (reason == LCC_REASON_NONE) {
        return LCC_STEP_SERVE;
    }
    if (reason == LCC_REASON_READONLY) {
        return fetch(transfer, reason);
    }
    transfer->decision.reason = reason;
    return validate(transfer);
}

int lcc_transfer_look_up(struct lcc_transfer *transfer)
{
    return lcc_lookup(transfer->handle, transfer->process, transfer->now_s,
                      &transfer->entry, &transfer->decision);
}

enum lcc_step lcc_transfer_decide(struct lcc_transfer *transfer, int r)
{
    if (r == LCC_STORE_MISS) {
        if (lcc_transfer_may_refuse(transfer)) {
            return refuse(transfer);
        }
        /* The tags of what it does not select may be known all the same. */
        transfer->asks = transfer->state->others && may_ask(transfer);
        return fetch(transfer, transfer->wait.unseen ? LCC_REASON_UNSEEN
                                                     : LCC_REASON_STORED);
    }
    if (r) {
        return lcc_transfer_pass(transfer, reason_of_lookup(r));
    }
    if (transfer->decision.verdict > LCC_VERDICT_SERVE_REFRESH &&
        lcc_transfer_may_refuse(transfer)) {
        return refuse(transfer);
    }
    transfer->found = true;
    if (transfer->state->beside) {
        return check_beside(transfer);
    }
    if (transfer->decision.verdict == LCC_VERDICT_VALIDATE) {
        return validate(transfer);
    }
    if (transfer->decision.verdict == LCC_VERDICT_SERVE_REFRESH) {
        return serve_and_refresh(transfer);
    }
    if (transfer->decision.verdict > LCC_VERDICT_SERVE_REFRESH) {
        return fetch(transfer, transfer->decision.reason);
    }
    return LCC_STEP_SERVE;
}

/* --- steps 1 and 2: enter, plan ----------------------------------------- */

static enum lcc_step plan(struct lcc_transfer *transfer)
{
    const struct lcc_process *process = transfer->process;
    struct lcc_plan *plan = &transfer->state->plan;

    if (lcc_plan_make(transfer->handle, &process->settings->policy,
                      lcc_store_secret(process->store), plan)) {
        return lcc_transfer_pass(transfer, LCC_REASON_NO_MEMORY);
    }
    transfer->changes = transfer->handle->shadow.changes;
    if (plan->reason == LCC_REASON_UNSAFE_METHOD) {
        return fetch_unsafe(transfer);
    }
    if (plan->reason != LCC_REASON_NONE) {
        return lcc_transfer_pass(transfer, plan->reason);
    }
    if (transfer->state->aside != LCC_REASON_NONE) {
        return lcc_transfer_pass(transfer, transfer->state->aside);
    }
    return lcc_transfer_answer(transfer);
}

static enum lcc_step enter(struct lcc_transfer *transfer)
{
    switch ((int)transfer->process->off) {
    case LCC_REASON_NONE:
        return plan(transfer);
    case LCC_REASON_DISABLED:
    case LCC_REASON_BAD_SETTING:
        /* Switched off by the user: no mode speaks any more, nor the log. */
        return go_real(transfer);
    default:
        return lcc_transfer_pass(transfer, transfer->process->off);
    }
}

enum lcc_step lcc_transfer_begin(struct lcc_handle *handle,
                                 struct lcc_engine_state *state)
{
    int saved_errno = errno;

    lcc_planted_fault();
    state->busy = true;
    lcc_catch_up_begin(handle);
    state->extra_request_bytes = 0;
    state->transfer = (struct lcc_transfer){
        .state = state,
        .handle = handle,
        .process = lcc_process(),
        .now_s = lcc_clock_now_s(),
        .saved_errno = saved_errno,
        .paused = state->paused,
    };
    state->paused = false;
    return enter(&state->transfer);
}

void lcc_transfer_end(struct lcc_engine_state *state)
{
    int saved_errno = state->transfer.saved_errno;

    lcc_refresh_over(state);
    lcc_coalesce_over(state, LCC_LEASE_DROPPED);
    if (state->transfer.handle) {
        lcc_coalesce_restore(&state->transfer, state->transfer.handle);
        lcc_catch_up_over(state->transfer.handle);
    }
    lcc_transfer_forget_blocks(state);
    lcc_known_rest(&state->known);
    state->leading = NULL;
    state->busy = false;
    if (state->orphan) {
        lcc_engine_state_free(state);
    }
    errno = saved_errno;
}
