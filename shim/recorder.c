/*
 * recorder.c - the memory of a recorder, from one transfer to the next
 *
 * What fills it is recorder_callbacks.c's; what becomes of it when the transfer
 * has ended is settle.c's.
 */
#include "shim/recorder.h"

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
