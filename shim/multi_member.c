/*
 * multi_member.c - an easy handle's way through a multi handle
 */
#include "shim/multi_state.h"

#include "shim/multi_adapter.h"
#include "shim/served.h"
#include "shim/trace.h"
#include "store/clock.h"

#include <errno.h>
#include <stdlib.h>

/* --- in and out of the real multi handle ---------------------------------- */

static CURLMcode join(struct lcc_multi_state *state, struct lcc_member *member,
                      enum lcc_stage stage)
{
    struct lcc_multi *multi = state->multi;
    struct lcc_handle *handle = member->handle;
    char *error = lcc_shadow_pointer(&handle->shadow, LCC_OPT_ERRORBUFFER);
    char first = error ? error[0] : 0;
    bool before = lcc_multi_enter_real(multi);
    CURLMcode code;

    state->joining = true;
    multi->idle = false;
    code = multi->real->multi_add_handle(multi->curlm, handle->curl);
    state->joining = false;
    lcc_multi_leave_real(multi, before);
    if (error) {
        error[0] = first; /* it was emptied when the program added it */
    }
    if (code == CURLM_OK) {
        member->stage = stage;
        member->in_real = true;
        state->joined++;
    }
    return code;
}

static CURLMcode part(struct lcc_multi_state *state, struct lcc_member *member)
{
    struct lcc_multi *multi = state->multi;
    CURLMcode code = CURLM_OK;

    if (member->in_real) {
        bool before = lcc_multi_enter_real(multi);

        multi->idle = false;
        code = multi->real->multi_remove_handle(multi->curlm,
                                                member->handle->curl);
        lcc_multi_leave_real(multi, before);
        member->in_real = false;
    }
    return code;
}

static CURLcode result_of(CURLMcode code)
{
    switch ((int)code) {
    case CURLM_OUT_OF_MEMORY:
        return CURLE_OUT_OF_MEMORY;
    case CURLM_ABORTED_BY_CALLBACK:
        return CURLE_ABORTED_BY_CALLBACK;
    default:
        return CURLE_FAILED_INIT;
    }
}

/* Our part in the transfer ends. */
static void end(struct lcc_member *member)
{
    int errno_before = errno;

    lcc_transfer_end(member->handle->state);
    errno = errno_before;
}

/* libcurl drives it; what it refuses has failed. */
static void go_real(struct lcc_multi_state *state, struct lcc_member *member,
                    enum lcc_stage stage)
{
    CURLMcode code;

    lcc_queue_take(state, member);
    code = part(state, member);
    if (code == CURLM_OK) {
        code = join(state, member, stage);
    }
    if (code == CURLM_OK) {
        return;
    }
    if (stage == LCC_STAGE_REAL) {
        lcc_transfer_abandon(&member->handle->state->transfer);
        end(member);
    }
    lcc_message_done(state, member, result_of(code));
}

/* What a step of its transfer asks for. */
static void follow(struct lcc_multi_state *state, struct lcc_member *member,
                   enum lcc_step step)
{
    struct lcc_engine_state *transferring = member->handle->state;
    CURLcode result;

    switch (step) {
    case LCC_STEP_REAL:
        go_real(state, member, LCC_STAGE_REAL);
        break;
    case LCC_STEP_SERVE:
        lcc_queue_put(state, member, LCC_STAGE_SERVED);
        break;
    case LCC_STEP_WAIT:
        lcc_queue_set_aside(state, member, LCC_STAGE_HELD,
                            lcc_clock_monotonic_us() + LCC_MULTI_HELD_US);
        break;
    case LCC_STEP_DONE:
        lcc_queue_take(state, member);
        result = transferring->transfer.result;
        end(member);
        lcc_message_done(state, member, result);
        break;
    }
}

void lcc_member_arrived(struct lcc_multi_state *state,
                        struct lcc_member *member, CURLcode result)
{
    if (member->stage == LCC_STAGE_REAL) {
        struct lcc_multi *multi = state->multi;
        enum lcc_step step;

        /* What was held back may be told from in here. */
        multi->telling = true;
        errno = multi->saved_errno;
        step = lcc_transfer_arrived(&member->handle->state->transfer, result);
        multi->telling = false;
        follow(state, member, step);
    } else {
        lcc_catch_up_failed(member->handle);
        lcc_message_done(state, member, result);
    }
}

/* --- planning ------------------------------------------------------------- */

/* Read the RESOLVE list as libcurl will: into the multi handle's cache of
 * names, for all its members. False: who answers cannot be told. */
static bool resolve(struct lcc_multi_state *state, struct lcc_shadow *shadow)
{
    const bool lists = shadow->resolve_pending != NULL;
    const bool first =
        lists && shadow->resolve_digest == 0 && state->resolve_digest == 0;

    lcc_shadow_resolve(shadow);
    if (first && !state->resolve_mixed) {
        state->resolve_digest = shadow->resolve_digest;
    }
    if (lists && shadow->resolve_digest != state->resolve_digest) {
        state->resolve_mixed = true;
    }
    return !state->resolve_mixed &&
           shadow->resolve_digest == state->resolve_digest;
}

/* It has no transfer of ours: nothing that was served before answers. */
static void pass(struct lcc_multi_state *state, struct lcc_member *member)
{
    lcc_served_step_aside(member->handle);
    lcc_catch_up_fails(member->handle, false);
    go_real(state, member, LCC_STAGE_PASSED);
}

static void plan(struct lcc_multi_state *state, struct lcc_member *member)
{
    struct lcc_handle *handle = member->handle;
    bool known = resolve(state, &handle->shadow);
    struct lcc_engine_state *transferring = lcc_transfer_state(handle);
    enum lcc_step step;

    if (!transferring) {
        pass(state, member);
        return;
    }
    transferring->aside = known ? LCC_REASON_NONE : LCC_REASON_MULTI;
    transferring->waits = LCC_WAITS_HELD;
    transferring->leading = &state->leading;
    lcc_list_remove(&member->queue);
    step = lcc_transfer_begin(handle, transferring);
    transferring->aside = LCC_REASON_NONE;
    member->planned_in = state->call;
    member->is_over = step == LCC_STEP_DONE;
    follow(state, member, member->is_over ? LCC_STEP_SERVE : step);
}

/* --- telling hits --------------------------------------------------------- */

static void tell_part(struct lcc_multi_state *state, struct lcc_member *member)
{
    struct lcc_multi *multi = state->multi;
    struct lcc_transfer *transfer = &member->handle->state->transfer;
    enum lcc_step step;

    lcc_list_remove(&member->queue);
    multi->telling = true;
    errno = multi->saved_errno;
    step = member->is_over
               ? LCC_STEP_DONE
               : lcc_transfer_serve_some(transfer, LCC_MULTI_PART_BYTES);
    multi->telling = false;
    if (step == LCC_STEP_SERVE && lcc_transfer_is_paused(transfer)) {
        lcc_queue_park(state, member);
    } else {
        follow(state, member, step);
    }
}

/* Does another still fetch the same? Not asked at each call of a program that
 * calls all the time. */
static void look_at_held(struct lcc_multi_state *state,
                         struct lcc_member *member)
{
    struct lcc_multi *multi = state->multi;
    enum lcc_step step;

    if (lcc_clock_monotonic_us() < member->due_us) {
        lcc_queue_set_aside(state, member, LCC_STAGE_HELD, member->due_us);
        return;
    }
    lcc_list_remove(&member->queue);
    multi->telling = true;
    errno = multi->saved_errno;
    step = lcc_transfer_wait(&member->handle->state->transfer, 0);
    multi->telling = false;
    follow(state, member, step);
}

/* The timer callback has failed: libcurl ends all there is. */
static void fail(struct lcc_multi_state *state, struct lcc_member *member)
{
    if (member->stage != LCC_STAGE_ADDED) {
        lcc_transfer_abandon(&member->handle->state->transfer);
        end(member);
    }
    lcc_queue_take(state, member);
    lcc_message_done(state, member, CURLE_ABORTED_BY_CALLBACK);
}

void lcc_member_turn(struct lcc_multi_state *state)
{
    struct lcc_member *member = LCC_MEMBER_OF(state->queue.next, queue);

    if (state->dead) {
        fail(state, member);
    } else if (member->stage == LCC_STAGE_ADDED) {
        plan(state, member);
    } else {
        tell_part(state, member);
    }
}

void lcc_member_look_at_parked(struct lcc_multi_state *state)
{
    struct lcc_link waiting;

    if (lcc_list_is_empty(&state->parked)) {
        return;
    }
    /* Those that stay paused are parked anew: a list of their own. */
    waiting = state->parked;
    waiting.next->previous = &waiting;
    waiting.previous->next = &waiting;
    lcc_list_init(&state->parked);
    state->held = 0;
    state->parked_due_us = LCC_NEVER;
    state->untold = true;
    while (!lcc_list_is_empty(&waiting)) {
        struct lcc_member *member = LCC_MEMBER_OF(waiting.next, queue);

        if (member->stage == LCC_STAGE_HELD) {
            look_at_held(state, member);
        } else {
            tell_part(state, member);
        }
    }
}

/* --- added and removed ---------------------------------------------------- */

static struct lcc_member *member_of(struct lcc_handle *handle)
{
    if (!handle->member) {
        handle->member = calloc(1, sizeof(*handle->member));
    }
    if (handle->member) {
        handle->member->handle = handle;
    }
    return handle->member;
}

static void take_in(struct lcc_multi_state *state, struct lcc_member *member)
{
    struct lcc_handle *handle = member->handle;
    char *error = lcc_shadow_pointer(&handle->shadow, LCC_OPT_ERRORBUFFER);

    if (error) {
        error[0] = '\0';
    }
    handle->multi = state->multi;
    member->added_in = state->call;
    lcc_list_append(&state->all, &member->all);
    state->added++;
    lcc_queue_put(state, member, LCC_STAGE_ADDED);
}

static void let_out(struct lcc_multi_state *state, struct lcc_member *member)
{
    lcc_message_forget(state, member, NULL);
    lcc_queue_take(state, member);
    lcc_list_remove(&member->all);
    member->stage = LCC_STAGE_OUT;
    member->handle->multi = NULL;
    if (member->handle->state) {
        member->handle->state->paused = false;
    }
}

/* A timer callback that fails ends everything, until all handles are out. */
static bool is_dead(struct lcc_multi_state *state)
{
    if (state->dead && state->waiting == 0) {
        state->dead = false;
    }
    return state->dead;
}

static CURLMcode add(struct lcc_multi *multi, struct lcc_handle *handle)
{
    struct lcc_multi_state *state = lcc_multi_state_of(multi);
    struct lcc_member *member = state ? member_of(handle) : NULL;

    if (!member || multi->passes) {
        bool before = lcc_multi_enter_real(multi);
        CURLMcode code =
            multi->real->multi_add_handle(multi->curlm, handle->curl);

        multi->mixed = true;
        multi->idle = false;
        lcc_multi_leave_real(multi, before);
        return code;
    }
    if (is_dead(state)) {
        return CURLM_ABORTED_BY_CALLBACK;
    }
    take_in(state, member);
    return lcc_timer_nudge(state);
}

CURLMcode lcc_multi_add(struct lcc_multi *multi, struct lcc_handle *handle)
{
    CURLMcode code;

    if (handle->multi || handle->performing) {
        return CURLM_ADDED_ALREADY;
    }
    if (multi->telling) {
        return CURLM_RECURSIVE_API_CALL;
    }
    multi->saved_errno = errno;
    code = add(multi, handle);
    errno = multi->saved_errno;
    return code;
}

/* Half told, or half recorded: it is over. */
static void break_off(struct lcc_multi_state *state, struct lcc_member *member)
{
    struct lcc_multi *multi = state->multi;

    if (member->stage == LCC_STAGE_SERVED ||
        member->stage == LCC_STAGE_PARKED || member->stage == LCC_STAGE_HELD ||
        member->stage == LCC_STAGE_REAL) {
        struct lcc_transfer *transfer = &member->handle->state->transfer;

        multi->telling = true;
        if (member->stage == LCC_STAGE_SERVED) {
            lcc_transfer_break_off(transfer);
        } else {
            lcc_transfer_abandon(transfer);
        }
        multi->telling = false;
        end(member);
    }
}

static CURLMcode remove_member(struct lcc_multi_state *state,
                               struct lcc_member *member)
{
    CURLMcode code = part(state, member);
    CURLMcode timer;

    break_off(state, member);
    let_out(state, member);
    if (lcc_list_is_empty(&state->queue) && state->zero_told) {
        state->untold = true;
    }
    timer = lcc_timer_arm(state);
    return code ? code : timer;
}

static CURLMcode remove_other(struct lcc_multi *multi, CURL *curl)
{
    bool before;
    CURLMcode code;

    lcc_message_forget(multi->state, NULL, curl);
    before = lcc_multi_enter_real(multi);
    code = multi->real->multi_remove_handle(multi->curlm, curl);
    lcc_multi_leave_real(multi, before);
    return code;
}

CURLMcode lcc_multi_remove(struct lcc_multi *multi, struct lcc_handle *handle,
                           CURL *curl)
{
    CURLMcode code;

    if (multi->telling) {
        /* libcurl looks first whether there is anything to remove. */
        return handle && !handle->multi && !handle->passed
                   ? CURLM_OK
                   : CURLM_RECURSIVE_API_CALL;
    }
    multi->saved_errno = errno;
    code = handle && handle->multi ? remove_member(multi->state, handle->member)
                                   : remove_other(multi, curl);
    errno = multi->saved_errno;
    return code;
}

void lcc_multi_forget_member(struct lcc_handle *handle)
{
    struct lcc_multi *multi = handle->multi;

    if (multi) {
        multi->saved_errno = errno;
        (void)remove_member(multi->state, handle->member);
        errno = multi->saved_errno;
    }
    free(handle->member);
    handle->member = NULL;
}

CURLMcode lcc_multi_cleanup(struct lcc_multi *multi)
{
    struct lcc_multi_state *state = multi->state;
    CURLMcode code;
    bool before;

    multi->saved_errno = errno;
    before = lcc_multi_enter_real(multi);
    code = multi->real->multi_cleanup(multi->curlm);
    lcc_multi_leave_real(multi, before);
    while (!lcc_list_is_empty(&state->all)) {
        struct lcc_member *member = LCC_MEMBER_OF(state->all.next, all);

        member->in_real = false;
        break_off(state, member);
        let_out(state, member);
    }
    lcc_message_forget_all(state);
    multi->state = NULL;
    lcc_multi_state_free(state);
    errno = multi->saved_errno;
    return code;
}

struct lcc_handle *lcc_multi_next_gone(struct lcc_multi *multi)
{
    struct lcc_multi_state *state = multi->state;

    for (struct lcc_link *link = state->all.next; link != &state->all;
         link = link->next) {
        struct lcc_handle *handle = LCC_MEMBER_OF(link, all)->handle;

        if (handle->gone) {
            return handle;
        }
    }
    multi->left = false;
    return NULL;
}
