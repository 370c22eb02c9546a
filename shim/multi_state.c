/*
 * multi_state.c - what the engine keeps with a multi handle
 */
#include "shim/multi_state.h"

#include <errno.h>
#include <stdlib.h>

void lcc_list_init(struct lcc_link *list)
{
    list->next = list;
    list->previous = list;
}

void lcc_list_append(struct lcc_link *list, struct lcc_link *link)
{
    link->next = list;
    link->previous = list->previous;
    list->previous->next = link;
    list->previous = link;
}

void lcc_list_remove(struct lcc_link *link)
{
    if (link->next) {
        link->previous->next = link->next;
        link->next->previous = link->previous;
        *link = (struct lcc_link){0};
    }
}

bool lcc_list_is_empty(const struct lcc_link *list)
{
    return list->next == list;
}

struct lcc_multi_state *lcc_multi_state_of(struct lcc_multi *multi)
{
    struct lcc_multi_state *state = multi->state;

    if (state) {
        return state;
    }
    state = calloc(1, sizeof(*state));
    if (!state) {
        return NULL;
    }
    state->multi = multi;
    state->uncollected = true; /* of handles that were there before */
    lcc_list_init(&state->all);
    lcc_list_init(&state->queue);
    lcc_list_init(&state->parked);
    lcc_list_init(&state->messages);
    state->real_due_us = LCC_NEVER;
    state->parked_due_us = LCC_NEVER;
    multi->state = state;
    if (lcc_timer_attach(multi) != CURLM_OK) {
        multi->state = NULL;
        free(state);
        return NULL;
    }
    return state;
}

void lcc_multi_state_free(struct lcc_multi_state *state)
{
    free(state->spare);
    free(state);
}

bool lcc_multi_enter_real(struct lcc_multi *multi)
{
    bool before = multi->in_real;

    multi->in_real = true;
    errno = multi->saved_errno;
    return before;
}

void lcc_multi_leave_real(struct lcc_multi *multi, bool before)
{
    multi->saved_errno = errno;
    multi->in_real = before;
}
