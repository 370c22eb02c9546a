/*
 * multi_drive.c - the calls by which a program makes transfers go on, or waits
 */
#include "shim/multi_adapter.h"
#include "shim/multi_state.h"

#include "shim/served.h"
#include "shim/trace.h"
#include "store/clock.h"

#include <errno.h>

/* How long one call has told hits. */
struct slice {
    unsigned int turns;
    int64_t until_us; /* monotonic; from the second turn on */
};

/* The first turn is free: who has one hit alone needs no clock. */
static bool has_time(struct slice *slice)
{
    int64_t now_us;

    if (slice->turns++ == 0) {
        return true;
    }
    now_us = lcc_clock_monotonic_us();
    if (slice->turns == 2) {
        slice->until_us = now_us + LCC_MULTI_SLICE_US;
    }
    return now_us < slice->until_us;
}

/* Tell hits for a while. Whatever is left makes the next wait short. */
static void tell_hits(struct lcc_multi_state *state)
{
    struct slice slice = {0};

    state->call++;
    while (lcc_queue_is_due(state) && has_time(&slice)) {
        lcc_member_turn(state);
    }
}

static CURLMcode drive_real(struct lcc_multi *multi,
                            const struct lcc_drive *drive, int *ret_running)
{
    const struct lcc_real *real = multi->real;
    bool before = lcc_multi_enter_real(multi);
    CURLMcode code = CURLM_INTERNAL_ERROR;

    switch (drive->kind) {
    case LCC_DRIVE_PERFORM:
        code = real->multi_perform(multi->curlm, ret_running);
        break;
    case LCC_DRIVE_SOCKET_ACTION:
        code = real->multi_socket_action(multi->curlm, drive->socket,
                                         drive->bitmask, ret_running);
        break;
    case LCC_DRIVE_SOCKET:
        code = real->multi_socket(multi->curlm, drive->socket, ret_running);
        break;
    case LCC_DRIVE_SOCKET_ALL:
        code = real->multi_socket_all(multi->curlm, ret_running);
        break;
    }
    lcc_multi_leave_real(multi, before);
    return code;
}

/* Does it make all transfers go on? */
static bool is_for_all(const struct lcc_drive *drive)
{
    return drive->kind == LCC_DRIVE_PERFORM ||
           drive->kind == LCC_DRIVE_SOCKET_ALL;
}

static bool parked_are_due(const struct lcc_multi_state *state)
{
    return state->parked_due_us != LCC_NEVER &&
           lcc_clock_monotonic_us() >= state->parked_due_us;
}

static bool is_for_timeout(const struct lcc_drive *drive)
{
    return !is_for_all(drive) && drive->socket == CURL_SOCKET_TIMEOUT;
}

static CURLMcode ask_timeout(struct lcc_multi *multi, long *ret_ms)
{
    bool before = lcc_multi_enter_real(multi);
    CURLMcode code = multi->real->multi_timeout(multi->curlm, ret_ms);

    lcc_multi_leave_real(multi, before);
    return code;
}

/* After a drive: is nothing left that libcurl would do by itself? */
static bool is_idle(struct lcc_multi *multi, int running)
{
    long ms = 0;

    return running == 0 && !multi->mixed &&
           ask_timeout(multi, &ms) == CURLM_OK && ms < 0;
}

/* libcurl's own, and what it has to say after that. */
static CURLMcode go_on_in_real(struct lcc_multi_state *state,
                               const struct lcc_drive *drive, int *ret_running)
{
    struct lcc_multi *multi = state->multi;
    CURLMcode code = drive_real(multi, drive, ret_running);
    int joined = state->joined;

    multi->idle = code == CURLM_OK && is_idle(multi, *ret_running);
    /* One that fails may have ended transfers before. */
    lcc_message_collect(state);
    if (code == CURLM_OK) {
        *ret_running += state->joined - joined;
    }
    return code;
}

/* Nothing would come of asking libcurl, and it has said all it had to say. */
static bool is_in_vain(const struct lcc_multi_state *state,
                       const struct lcc_drive *drive)
{
    return state->multi->idle && !state->uncollected &&
           drive->kind == LCC_DRIVE_PERFORM;
}

static CURLMcode run(struct lcc_multi_state *state,
                     const struct lcc_drive *drive, int *ret_running)
{
    CURLMcode code = CURLM_OK;
    CURLMcode timer;

    if (is_for_all(drive) || is_for_timeout(drive)) {
        lcc_timer_came(state);
    }
    if (is_for_all(drive) || parked_are_due(state)) {
        lcc_member_look_at_parked(state);
    }
    tell_hits(state);
    if (is_for_timeout(drive)) {
        lcc_timer_ran_out(state);
    }
    if (is_in_vain(state, drive)) {
        *ret_running = 0;
    } else {
        code = go_on_in_real(state, drive, ret_running);
    }
    if (code == CURLM_OK) {
        *ret_running += state->waiting;
    }
    lcc_message_remind(state);
    timer = lcc_timer_arm(state);
    return code == CURLM_OK ? timer : code;
}

CURLMcode lcc_multi_drive(struct lcc_multi *multi,
                          const struct lcc_drive *drive, int *ret_running)
{
    CURLMcode code;

    if (multi->telling) {
        return CURLM_RECURSIVE_API_CALL;
    }
    multi->saved_errno = errno;
    code = run(multi->state, drive, ret_running);
    errno = multi->saved_errno;
    return code;
}

/* --- waiting ------------------------------------------------------------- */

/* As long as the program says, but not past what we have to do. */
static int shorter(const struct lcc_multi_state *state, int ms)
{
    long left = ms > 0 ? lcc_timer_left_ms(state) : -1;

    return left >= 0 && left < ms ? (int)left : ms;
}

/* A hit is due, and libcurl's own has no socket to look at: the system call is
 * a sixth of a small hit. What curl_multi_wakeup() has left stays for a call
 * that waits. */
static bool is_known(const struct lcc_multi_state *state)
{
    return state->multi->idle && !lcc_list_is_empty(&state->queue);
}

CURLMcode lcc_multi_wait(struct lcc_multi *multi, bool poll,
                         struct curl_waitfd *extra, unsigned int count, int ms,
                         int *ret)
{
    const struct lcc_real *real = multi->real;
    CURLMcode code;
    bool before;

    if (multi->telling) {
        return CURLM_RECURSIVE_API_CALL;
    }
    if (count == 0 && ms >= 0 && is_known(multi->state)) {
        if (ret) {
            *ret = 0;
        }
        return CURLM_OK;
    }
    multi->saved_errno = errno;
    ms = shorter(multi->state, ms);
    /* What waits for another's transfer, which libcurl knows nothing of, would
     * have a socket of its own and curl_multi_wait() would sleep; with nothing
     * to look at it comes back at once, and its caller would spin. */
    poll = poll || (real->multi_poll && multi->state->held > 0);
    before = lcc_multi_enter_real(multi);
    code = poll ? real->multi_poll(multi->curlm, extra, count, ms, ret)
                : real->multi_wait(multi->curlm, extra, count, ms, ret);
    lcc_multi_leave_real(multi, before);
    errno = multi->saved_errno;
    return code;
}

CURLMcode lcc_multi_timeout(struct lcc_multi *multi, long *ret_ms)
{
    CURLMcode code;

    if (multi->telling) {
        return CURLM_RECURSIVE_API_CALL;
    }
    multi->saved_errno = errno;
    code = ask_timeout(multi, ret_ms);
    if (code == CURLM_OK) {
        long left = lcc_timer_left_ms(multi->state);

        if (left >= 0 && (*ret_ms < 0 || left < *ret_ms)) {
            *ret_ms = left;
        }
    }
    errno = multi->saved_errno;
    return code;
}

CURLMcode lcc_multi_timer_changed(struct lcc_multi *multi)
{
    CURLMcode code;

    multi->saved_errno = errno;
    code = lcc_timer_attach(multi);
    errno = multi->saved_errno;
    return code;
}

/* --- easy functions on a member ------------------------------------------ */

/* It would have the handle by now, and knows whether a text is due. */
static CURLcode refuse_by_libcurl(struct lcc_handle *handle)
{
    struct lcc_multi *multi = handle->multi;
    struct lcc_multi_state *state = multi->state;
    bool before = lcc_multi_enter_real(multi);
    CURLcode code = CURLE_FAILED_INIT;

    state->joining = true;
    multi->idle = false;
    if (multi->real->multi_add_handle(multi->curlm, handle->curl) == CURLM_OK) {
        code = handle->real->easy_perform(handle->curl);
        multi->real->multi_remove_handle(multi->curlm, handle->curl);
    }
    state->joining = false;
    lcc_multi_leave_real(multi, before);
    return code;
}

CURLcode lcc_multi_refuse_perform(struct lcc_handle *handle)
{
    if (lcc_catch_up_is_behind(handle)) {
        return lcc_catch_up_refuse(handle);
    }
    if (handle->member->in_real) {
        if (handle->state) {
            handle->state->behind.error_told = true;
        }
        return handle->real->easy_perform(handle->curl); /* it refuses */
    }
    return handle->member->stage == LCC_STAGE_ADDED
               ? refuse_by_libcurl(handle)
               : lcc_catch_up_refuse(handle);
}

/* What libcurl held is told from inside its function: in a callback of a
 * member as when it is driven. */
static CURLcode pause_real(struct lcc_handle *handle, int bitmask)
{
    bool before = lcc_multi_enter_real(handle->multi);
    CURLcode code = handle->real->easy_pause(handle->curl, bitmask);

    lcc_multi_leave_real(handle->multi, before);
    return code;
}

static CURLcode pause_hit(struct lcc_handle *handle, int bitmask)
{
    struct lcc_multi *multi = handle->multi;
    struct lcc_multi_state *state = multi->state;
    bool before = multi->telling;
    CURLcode code;

    multi->telling = true;
    errno = multi->saved_errno;
    (void)lcc_served_pause(handle, bitmask, &code);
    multi->saved_errno = errno;
    multi->telling = before;
    if (!(bitmask & CURLPAUSE_RECV)) {
        lcc_queue_unpark(state, handle->member);
    }
    /* In a callback of ours, whoever drives does it. */
    if (!before && lcc_timer_arm(state) != CURLM_OK) {
        return CURLE_ABORTED_BY_CALLBACK;
    }
    return code;
}

/* Driven, and nothing told yet: libcurl would have a connection by now. */
static bool is_ahead(const struct lcc_handle *handle)
{
    const struct lcc_member *member = handle->member;

    return member->stage == LCC_STAGE_HELD ||
           member->stage == LCC_STAGE_SERVED ||
           (member->stage == LCC_STAGE_ADDED &&
            member->added_in != handle->multi->state->call);
}

/* It is paused when its turn comes. */
static CURLcode pause_ahead(struct lcc_handle *handle, int bitmask)
{
    struct lcc_engine_state *state = lcc_transfer_state(handle);
    const bool paused = (bitmask & CURLPAUSE_RECV) != 0;

    if (!state) {
        return pause_real(handle, bitmask);
    }
    if (handle->member->stage == LCC_STAGE_ADDED) {
        state->paused = paused;
        return CURLE_OK;
    }
    state->transfer.paused = paused;
    if (handle->member->stage == LCC_STAGE_HELD && state->served) {
        /* What the progress callback of the wait goes by. */
        state->served->paused = paused;
    }
    return CURLE_OK;
}

CURLcode lcc_multi_pause(struct lcc_handle *handle, int bitmask)
{
    struct lcc_multi *multi = handle->multi;
    CURLcode code;

    if ((!handle->state || !handle->state->serving) && is_ahead(handle)) {
        return pause_ahead(handle, bitmask);
    }

    multi->saved_errno = errno;
    code = handle->state && handle->state->serving
               ? pause_hit(handle, bitmask)
               : pause_real(handle, bitmask);
    errno = multi->saved_errno;
    return code;
}
