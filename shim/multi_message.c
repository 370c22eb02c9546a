/*
 * multi_message.c - one message for each transfer that ended, in order
 *
 * libcurl's are taken from it as soon as they are there: what it calls the end
 * may be the beginning of a hit (a 304), and programs that read no messages
 * and look at the number of running handles alone must not see that end.
 */
#include "shim/multi_state.h"

#include "shim/multi_adapter.h"

#include <errno.h>
#include <stdlib.h>

static void put(struct lcc_multi_state *state, struct lcc_message *message)
{
    lcc_list_append(&state->messages, &message->link);
    state->unread++;
}

static void take(struct lcc_multi_state *state, struct lcc_message *message)
{
    lcc_list_remove(&message->link);
    state->unread--;
}

void lcc_message_done(struct lcc_multi_state *state, struct lcc_member *member,
                      CURLcode result)
{
    member->told = (CURLMsg){
        .msg = CURLMSG_DONE,
        .easy_handle = member->handle->curl,
        .data.result = result,
    };
    member->message =
        (struct lcc_message){.told = &member->told, .member = member};
    member->stage = LCC_STAGE_DONE;
    put(state, &member->message);
}

static struct lcc_message *message_of(struct lcc_link *link)
{
    return (struct lcc_message *)(void *)((char *)link -
                                          offsetof(struct lcc_message, link));
}

void lcc_message_forget(struct lcc_multi_state *state,
                        struct lcc_member *member, const CURL *curl)
{
    struct lcc_link *link = state->messages.next;

    if (member) {
        if (member->message.link.next) {
            take(state, &member->message);
        }
        return;
    }
    while (link != &state->messages) {
        struct lcc_message *message = message_of(link);

        link = link->next;
        if (!message->member && message->told->easy_handle == curl) {
            take(state, message);
            free(message);
        }
    }
}

void lcc_message_forget_all(struct lcc_multi_state *state)
{
    while (!lcc_list_is_empty(&state->messages)) {
        struct lcc_message *message = message_of(state->messages.next);

        take(state, message);
        if (!message->member) {
            free(message);
        }
    }
}

/* A handle that is not ours, or a message of a new kind: passed on as it is,
 * libcurl's memory. */
static void pass_on(struct lcc_multi_state *state, const CURLMsg *told)
{
    struct lcc_message *message = lcc_steal(&state->spare);

    *message = (struct lcc_message){.told = told};
    put(state, message);
}

static void collect(struct lcc_multi_state *state, const CURLMsg *told)
{
    struct lcc_multi *multi = state->multi;
    struct lcc_handle *handle = multi->find(told->easy_handle);

    if (told->msg != CURLMSG_DONE || !handle || handle->multi != multi) {
        pass_on(state, told);
    } else {
        lcc_member_arrived(state, handle->member, told->data.result);
    }
}

void lcc_message_collect(struct lcc_multi_state *state)
{
    struct lcc_multi *multi = state->multi;
    CURLMsg *told;
    int left;

    do {
        bool before;

        if (!state->spare) {
            state->spare = malloc(sizeof(*state->spare));
        }
        state->uncollected = !state->spare;
        if (state->uncollected) {
            return; /* libcurl keeps them until there is memory */
        }
        before = lcc_multi_enter_real(multi);
        told = multi->real->multi_info_read(multi->curlm, &left);
        lcc_multi_leave_real(multi, before);
        if (told) {
            collect(state, told);
        }
    } while (told);
}

/* The first of those unread, which is the caller's until the next one. */
static CURLMsg *take_first(struct lcc_multi_state *state)
{
    struct lcc_message *message = message_of(state->messages.next);
    CURLMsg *told = (CURLMsg *)(uintptr_t)message->told;

    take(state, message);
    if (!message->member) {
        free(state->spare);
        state->spare = message;
    }
    return told;
}

/* Hits end many at a time, transfers over a network seldom do. Programs that
 * look for one message each time something happens (qemu does) get the others
 * because something happens again, as long as they go on reading. It is told
 * while the multi handle is driven: a callback from curl_multi_info_read() is
 * what libcurl never makes, and pycurl refuses. */
void lcc_message_remind(struct lcc_multi_state *state)
{
    const bool reads = state->unread != state->reminded;

    state->again = state->uncollected ||
                   (reads && (state->unread > 1 ||
                              (state->unread && state->reminded > 1)));
    state->reminded = state->unread;
}

static CURLMsg *read_one(struct lcc_multi_state *state, int *ret_left)
{
    CURLMsg *told;

    if (lcc_list_is_empty(&state->messages) && state->uncollected) {
        lcc_message_collect(state);
    }
    if (lcc_list_is_empty(&state->messages)) {
        return NULL;
    }
    told = take_first(state);
    *ret_left = state->unread;
    return told;
}

CURLMsg *lcc_multi_read(struct lcc_multi *multi, int *ret_left)
{
    CURLMsg *told;

    *ret_left = 0;
    if (multi->telling) {
        return NULL;
    }
    multi->saved_errno = errno;
    told = read_one(multi->state, ret_left);
    errno = multi->saved_errno;
    return told;
}
