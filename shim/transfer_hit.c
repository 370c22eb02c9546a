/*
 * transfer_hit.c - the steps of a transfer whose answer is stored
 */
#include "shim/transfer_parts.h"

#include "shim/progress.h"
#include "shim/recorder.h"
#include "shim/replayer.h"
#include "shim/revalidate.h"

#include <errno.h>

/* --- telling: steps 5 to 7 ------------------------------------------------ */

/* Get ready to tell it. 0; -errno. */
static int prepare_hit(struct lcc_transfer *transfer)
{
    transfer->state->status_header =
        transfer->process->settings->policy.status_header;
    /* Conditions are for answers of the origin, not for a refusal of ours. */
    return transfer->decision.verdict == LCC_VERDICT_REFUSE
               ? 0
               : lcc_revalidate_answer(transfer);
}

/*
 * It went between the look-up and now. Mostly another has stored it anew, and
 * that is looked for, once. Where the origin has been asked already, it is
 * asked again, and says what is there now.
 */
static enum lcc_step look_again(struct lcc_transfer *transfer)
{
    int r;

    transfer->looked_again = true;
    lcc_store_let_body_go(transfer->process->store, &transfer->state->hit);
    r = lcc_transfer_look_up(transfer);
    if (transfer->reals == 0) {
        transfer->state->extra_request_bytes = 0;
        return lcc_transfer_decide(transfer, r);
    }
    transfer->fetched = r ? LCC_REASON_STORED : LCC_REASON_REPLACED;
    return lcc_transfer_fetch_again(transfer);
}

static enum lcc_step cannot_tell(struct lcc_transfer *transfer, int r)
{
    if (transfer->decision.verdict == LCC_VERDICT_REFUSE) {
        return lcc_transfer_pass(transfer, LCC_REASON_REQUEST_DIRECTIVE);
    }
    if (r == LCC_REPLAY_GONE && !transfer->looked_again) {
        return look_again(transfer);
    }
    transfer->fetched = LCC_REASON_STORED;
    return lcc_transfer_fetch_again(transfer);
}

static enum lcc_step told(struct lcc_transfer *transfer, CURLcode result)
{
    lcc_transfer_note(transfer, transfer->decision.reason, true);
    return lcc_transfer_done(transfer, result);
}

enum lcc_step lcc_transfer_serve(struct lcc_transfer *transfer)
{
    struct lcc_engine_state *state = transfer->state;
    CURLcode result = CURLE_OK;
    int r = prepare_hit(transfer);

    if (r) {
        return lcc_transfer_fetch_again(transfer);
    }
    state->serving = true;
    errno = transfer->saved_errno;
    r = lcc_replay(transfer->handle, transfer->process->store, &transfer->entry,
                   &transfer->decision, &result);
    transfer->saved_errno = errno;
    state->serving = false;
    return r ? cannot_tell(transfer, r) : told(transfer, result);
}

enum lcc_step lcc_transfer_serve_some(struct lcc_transfer *transfer,
                                      uint64_t most)
{
    struct lcc_engine_state *state = transfer->state;
    CURLcode result;
    int r;

    if (!state->serving) {
        if (prepare_hit(transfer)) {
            return lcc_transfer_fetch_again(transfer);
        }
        r = lcc_replay_begin(transfer->handle, transfer->process->store,
                             &transfer->entry, &transfer->decision);
        if (r) {
            return cannot_tell(transfer, r);
        }
        state->serving = true;
    }
    if (lcc_replay_some(transfer->handle, most, &result) != LCC_REPLAY_ENDED) {
        return LCC_STEP_SERVE;
    }
    state->serving = false;
    return told(transfer, result);
}

bool lcc_transfer_is_paused(const struct lcc_transfer *transfer)
{
    return transfer->state->serving && transfer->state->served->paused;
}

int64_t lcc_transfer_time_left_us(const struct lcc_transfer *transfer)
{
    const int64_t never_ms = INT64_MAX / 1000;
    int64_t left_ms = lcc_progress_time_left(transfer->handle, never_ms);

    return left_ms == never_ms ? -1 : left_ms * 1000;
}

/* --- taken away before the end ------------------------------------------- */

void lcc_transfer_break_off(struct lcc_transfer *transfer)
{
    struct lcc_engine_state *state = transfer->state;

    /* It has begun, though nothing was told yet: what the transfer before it
     * left, header fields and infos, is gone. */
    if (!state->serving && !prepare_hit(transfer) &&
        !lcc_replay_begin(transfer->handle, transfer->process->store,
                          &transfer->entry, &transfer->decision)) {
        state->serving = true;
    }
    lcc_transfer_abandon(transfer);
}

void lcc_transfer_abandon(struct lcc_transfer *transfer)
{
    struct lcc_engine_state *state = transfer->state;
    struct lcc_recorder *recorder = state->recorder;

    if (state->serving) {
        lcc_replay_stop(transfer->handle);
        state->serving = false;
        lcc_transfer_note(transfer, transfer->decision.reason, true);
    } else if (recorder) {
        state->recorder = NULL;
        lcc_recorder_detach(recorder);
        if (recorder->hold.state != LCC_HOLD_NONE && !recorder->detached) {
            lcc_holdback_restore(transfer->handle);
        }
        (void)lcc_recorder_free(recorder);
        lcc_transfer_note(transfer, LCC_REASON_ABORTED, false);
    }
    if (transfer->reals && transfer->handle) {
        lcc_catch_up_arrived(transfer->handle, CURLE_ABORTED_BY_CALLBACK);
    }
}
