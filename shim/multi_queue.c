/*
 * multi_queue.c - which members of a multi handle are due, and which wait
 *
 * The queue holds those that the next call goes on with; those parked wait for
 * curl_easy_pause(), for another transfer, or for their time-out.
 */
#include "shim/multi_state.h"

#include "store/clock.h"

static bool is_waiting(const struct lcc_member *member)
{
    return member->stage == LCC_STAGE_ADDED ||
           member->stage == LCC_STAGE_SERVED ||
           member->stage == LCC_STAGE_PARKED || member->stage == LCC_STAGE_HELD;
}

bool lcc_queue_is_due(const struct lcc_multi_state *state)
{
    const struct lcc_member *member;

    if (lcc_list_is_empty(&state->queue)) {
        return false;
    }
    member = LCC_MEMBER_OF(state->queue.next, queue);
    return state->dead || member->stage == LCC_STAGE_ADDED ||
           member->planned_in != state->call;
}

void lcc_queue_put(struct lcc_multi_state *state, struct lcc_member *member,
                   enum lcc_stage stage)
{
    state->waiting += !is_waiting(member);
    member->stage = stage;
    lcc_list_append(&state->queue, &member->queue);
}

static bool is_parked(const struct lcc_member *member)
{
    return member->stage == LCC_STAGE_PARKED || member->stage == LCC_STAGE_HELD;
}

/* The first of those parked may have left: who is left says when to look. */
static void unlink_queued(struct lcc_multi_state *state,
                          struct lcc_member *member)
{
    const bool first = is_parked(member) && member->due_us != LCC_NEVER &&
                       member->due_us == state->parked_due_us;
    const struct lcc_link *end = &state->parked;

    if (member->queue.next && member->stage == LCC_STAGE_HELD) {
        state->held--;
    }
    lcc_list_remove(&member->queue);
    if (!first) {
        return;
    }
    state->untold = true;
    state->parked_due_us = LCC_NEVER;
    for (struct lcc_link *at = end->next; at != end; at = at->next) {
        int64_t due_us = LCC_MEMBER_OF(at, queue)->due_us;

        if (due_us < state->parked_due_us) {
            state->parked_due_us = due_us;
        }
    }
}

void lcc_queue_take(struct lcc_multi_state *state, struct lcc_member *member)
{
    if (is_waiting(member)) {
        state->waiting--;
    }
    unlink_queued(state, member);
}

void lcc_queue_set_aside(struct lcc_multi_state *state,
                         struct lcc_member *member, enum lcc_stage stage,
                         int64_t due_us)
{
    state->waiting += !is_waiting(member);
    lcc_list_remove(&member->queue);
    lcc_list_append(&state->parked, &member->queue);
    member->stage = stage;
    state->held += stage == LCC_STAGE_HELD;
    member->due_us = due_us;
    if (due_us < state->parked_due_us) {
        state->parked_due_us = due_us;
        state->untold = true;
    }
}

void lcc_queue_park(struct lcc_multi_state *state, struct lcc_member *member)
{
    int64_t left_us =
        lcc_transfer_time_left_us(&member->handle->state->transfer);

    lcc_queue_set_aside(state, member, LCC_STAGE_PARKED,
                        left_us < 0 ? LCC_NEVER
                                    : lcc_clock_monotonic_us() + left_us);
}

void lcc_queue_unpark(struct lcc_multi_state *state, struct lcc_member *member)
{
    /* One that is in no list is being told at this moment. */
    if (member->stage == LCC_STAGE_PARKED && member->queue.next) {
        unlink_queued(state, member);
        lcc_queue_put(state, member, LCC_STAGE_SERVED);
    }
}
