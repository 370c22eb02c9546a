/*
 * engine.c - the table through which the preloaded object reaches the engine
 */
#include "shim/engine.h"

#include "shim/coalesce.h"
#include "shim/log.h"
#include "shim/multi_adapter.h"
#include "shim/process.h"
#include "shim/recorder.h"
#include "shim/replayer.h"
#include "shim/served.h"
#include "shim/transfer.h"
#include "store/clock.h"

#include <errno.h>

static bool is_recorded(const struct lcc_handle *handle)
{
    return handle->state && handle->state->recorder &&
           !handle->state->recorder->detached;
}

static bool is_served(const struct lcc_handle *handle)
{
    return handle->state && handle->state->served;
}

static CURLcode engine_perform(struct lcc_handle *handle)
{
    return handle->multi ? lcc_multi_refuse_perform(handle)
                         : lcc_transfer_perform(handle);
}

static bool engine_getinfo(struct lcc_handle *handle, CURLINFO info, void *out,
                           CURLcode *ret)
{
    if (is_served(handle)) {
        return lcc_served_getinfo(handle, info, out, ret);
    }
    if (info != CURLINFO_REQUEST_SIZE || !handle->state ||
        !handle->state->extra_request_bytes) {
        return false;
    }
    *ret = handle->real->easy_getinfo(handle->curl, info, out);
    if (!*ret && *(long *)out >= handle->state->extra_request_bytes) {
        *(long *)out -= handle->state->extra_request_bytes;
    }
    return true;
}

static bool engine_header(struct lcc_handle *handle, const char *name,
                          size_t index, unsigned int origin, int request,
                          struct curl_header **out, CURLHcode *ret)
{
    return is_served(handle) &&
           lcc_served_header(handle, name, index, origin, request, out, ret);
}

static bool engine_nextheader(struct lcc_handle *handle, unsigned int origin,
                              int request, struct curl_header *previous,
                              struct curl_header **ret)
{
    return is_served(handle) &&
           lcc_served_nextheader(handle, origin, request, previous, ret);
}

static bool engine_pause(struct lcc_handle *handle, int bitmask, CURLcode *ret)
{
    if (is_recorded(handle) && (bitmask & CURLPAUSE_RECV)) {
        /* Nobody waits for what may be over when they are. */
        lcc_coalesce_over(handle->state, LCC_LEASE_DROPPED);
    } else if (is_recorded(handle)) {
        handle->state->recorder->pause_due = false;
    }
    if (handle->multi) {
        *ret = lcc_multi_pause(handle, bitmask);
        return true;
    }
    return is_served(handle) && lcc_served_pause(handle, bitmask, ret);
}

static bool engine_holds(const struct lcc_handle *handle, CURLoption option)
{
    return is_recorded(handle) &&
           (lcc_recorder_holds(option) ||
            lcc_holdback_holds(handle->state->recorder, option));
}

static void engine_duplicated(struct lcc_handle *original,
                              struct lcc_handle *copy)
{
    if (original->state && original->state->busy) {
        lcc_coalesce_restore(&original->state->transfer, copy);
    }
    if (is_recorded(original)) {
        lcc_recorder_restore(copy);
        if (original->state->recorder->hold.state != LCC_HOLD_NONE) {
            lcc_holdback_restore(copy);
        }
    }
    if (original->state) {
        lcc_catch_up_duplicated(original, copy);
    }
}

/* A reset inside a callback takes our callbacks off the real handle: the rest
 * of the body is not seen, so nothing of it is stored. */
static void take_off(struct lcc_engine_state *state)
{
    if (state->recorder) {
        state->recorder->detached = true;
        lcc_recorder_give_up(state->recorder, LCC_REASON_ABORTED);
    }
    state->extra_request_bytes = 0;
}

static void engine_forget(struct lcc_handle *handle)
{
    struct lcc_engine_state *state = handle->state;
    int saved = errno;

    if (!state) {
        return;
    }
    if (state->recorder) {
        lcc_coalesce_over(state, LCC_LEASE_LEFT);
    }
    take_off(state);
    if (state->serving) {
        lcc_served_free(state->served); /* by lcc_replay(), on its way back */
    } else {
        state->served = lcc_served_free(state->served);
    }
    errno = saved;
}

static void engine_reset(struct lcc_handle *handle)
{
    struct lcc_engine_state *state = handle->state;

    if (state) {
        int saved = errno;

        lcc_catch_up_reset(handle);
        take_off(state);
        lcc_served_reset(state->served);
        errno = saved;
    }
}

static void engine_release(struct lcc_handle *handle)
{
    struct lcc_engine_state *state = handle->state;
    int saved = errno;

    if (handle->member) {
        lcc_multi_forget_member(handle);
    }
    engine_forget(handle);
    handle->state = NULL;
    if (state && state->busy) {
        /* Cleaned up inside a callback: the transfer's way back ends it. */
        state->orphan = true;
        state->transfer.handle = NULL;
        if (state->recorder) {
            state->recorder->handle = NULL;
        }
    } else {
        lcc_engine_state_free(state);
    }
    errno = saved;
}

static void engine_passed(struct lcc_handle *handle, int reason)
{
    int saved = errno;
    const struct lcc_process *process = lcc_process();
    const struct lcc_decided decided = {
        .reason = (enum lcc_reason)reason,
        .when_s = lcc_clock_now_s(),
    };

    (void)handle;
    lcc_ledger_note(process->ledger, NULL, &decided);
    lcc_log_decision(process, decided.reason, LCC_SPAN_EMPTY, NULL);
    errno = saved;
}

LCC_EXPORT const struct lcc_engine *lcc_engine_table(void)
{
    static const struct lcc_engine table = {
        .version = LCC_ENGINE_VERSION,
        .perform = engine_perform,
        .getinfo = engine_getinfo,
        .header = engine_header,
        .nextheader = engine_nextheader,
        .pause = engine_pause,
        .holds = engine_holds,
        .buffer_size = lcc_catch_up_buffer,
        .duplicated = engine_duplicated,
        .reset = engine_reset,
        .forget = engine_forget,
        .release = engine_release,
        .multi_add = lcc_multi_add,
        .multi_remove = lcc_multi_remove,
        .multi_drive = lcc_multi_drive,
        .multi_read = lcc_multi_read,
        .multi_wait = lcc_multi_wait,
        .multi_timeout = lcc_multi_timeout,
        .multi_timer_changed = lcc_multi_timer_changed,
        .multi_handles = lcc_multi_handles,
        .multi_offt = lcc_multi_offt,
        .multi_cleanup = lcc_multi_cleanup,
        .multi_next_gone = lcc_multi_next_gone,
        .passed = engine_passed,
    };

    return &table;
}
