/*
 * transfer_easy.c - curl_easy_perform(): a transfer's steps from first to last
 */
#include "shim/transfer.h"

#include "shim/coalesce.h"
#include "shim/served.h"

#include <errno.h>

/* A perform inside a callback of the same handle. libcurl refuses it; but
 * where it does not make the transfer, it does not know of one. */
static CURLcode perform_nested(struct lcc_handle *handle)
{
    if (!handle->state->performing) {
        return lcc_catch_up_refuse(handle);
    }
    handle->state->behind.error_told = true;
    return handle->real->easy_perform(handle->curl);
}

/* Not for us, or no memory: nothing that was served before answers any more. */
static CURLcode perform_plainly(struct lcc_handle *handle)
{
    CURLcode result;

    lcc_served_step_aside(handle);
    lcc_catch_up_fails(handle, true);
    result = handle->real->easy_perform(handle->curl);
    lcc_catch_up_failed(handle);
    return result;
}

static enum lcc_step drive_real(struct lcc_transfer *transfer)
{
    const struct lcc_handle *handle = transfer->handle;
    CURLcode result;

    errno = transfer->saved_errno;
    transfer->state->performing = true;
    result = handle->real->easy_perform(handle->curl);
    transfer->state->performing = false;
    transfer->saved_errno = errno;
    return lcc_transfer_arrived(transfer, result);
}

static enum lcc_step drive(struct lcc_transfer *transfer, enum lcc_step step)
{
    if (step == LCC_STEP_WAIT) {
        return lcc_transfer_wait(transfer, LCC_COALESCE_TICK_MS);
    }
    return step == LCC_STEP_SERVE ? lcc_transfer_serve(transfer)
                                  : drive_real(transfer);
}

CURLcode lcc_transfer_perform(struct lcc_handle *handle)
{
    int saved_errno = errno;
    struct lcc_engine_state *state;
    enum lcc_step step;
    CURLcode result;

    if (handle->state && handle->state->busy) {
        return perform_nested(handle);
    }
    state = lcc_transfer_state(handle);
    errno = saved_errno;
    if (!state) {
        return perform_plainly(handle);
    }
    state->waits = LCC_WAITS_BLOCKING;
    step = lcc_transfer_begin(handle, state);
    while (step != LCC_STEP_DONE) {
        step = drive(&state->transfer, step);
    }
    result = state->transfer.result;
    lcc_transfer_end(state);
    return result;
}
