/*
 * multi_census.c - who is in a multi handle, to libcurl's knowledge and ours
 *
 * Those that wait in our queue, or were served, are in no list of libcurl's.
 */
#include "shim/multi_adapter.h"
#include "shim/multi_state.h"

#include "shim/newer.h"

#include <errno.h>
#include <string.h>

/* Those that libcurl does not know: all, or those whose transfer is over. */
static size_t count_ours(struct lcc_multi_state *state, bool done_only)
{
    struct lcc_link *end = &state->all;
    size_t count = 0;

    for (struct lcc_link *at = end->next; at && at != end; at = at->next) {
        const struct lcc_member *member = LCC_MEMBER_OF(at, all);

        count +=
            !member->in_real && (!done_only || member->stage == LCC_STAGE_DONE);
    }
    return count;
}

static void list_ours(struct lcc_multi_state *state, CURL **list)
{
    struct lcc_link *end = &state->all;

    for (struct lcc_link *at = end->next; at && at != end; at = at->next) {
        const struct lcc_member *member = LCC_MEMBER_OF(at, all);

        if (!member->in_real) {
            *list++ = member->handle->curl;
        }
    }
    *list = NULL;
}

/* The program gives it to curl_free(): it is to come from libcurl. */
static CURL **libcurls_memory(const struct lcc_real *real, size_t count)
{
    size_t bytes = (count + 1) * sizeof(CURL *);

    if (!real->maprintf || bytes > INT_MAX) {
        return NULL;
    }
    return (CURL **)(void *)real->maprintf("%*s", (int)bytes, "");
}

static CURL **with_ours(struct lcc_multi_state *state, CURL **theirs,
                        size_t ours)
{
    const struct lcc_real *real = state->multi->real;
    size_t count = 0;
    CURL **all;

    while (theirs[count]) {
        count++;
    }
    all = libcurls_memory(real, count + ours);
    if (all) {
        memcpy(all, theirs, count * sizeof(*all));
        list_ours(state, all + count);
    }
    real->free(theirs);
    return all;
}

CURL **lcc_multi_handles(struct lcc_multi *multi)
{
    struct lcc_multi_state *state = multi->state;
    CURL **theirs = multi->real->multi_get_handles(multi->curlm);
    size_t ours = count_ours(state, false);

    return theirs && ours ? with_ours(state, theirs, ours) : theirs;
}

/* What libcurl's own number leaves out. */
static curl_off_t missing(struct lcc_multi_state *state, int info)
{
    switch (info) {
    case LCC_XFERS_CURRENT:
        return (curl_off_t)count_ours(state, false);
    case LCC_XFERS_RUNNING:
        return state->waiting;
    case LCC_XFERS_DONE:
        return (curl_off_t)count_ours(state, true);
    case LCC_XFERS_ADDED:
        return (curl_off_t)state->added - state->joined;
    default:
        return 0;
    }
}

CURLMcode lcc_multi_offt(struct lcc_multi *multi, int info, curl_off_t *ret)
{
    CURLMcode code = multi->real->multi_get_offt(multi->curlm, info, ret);

    if (code == CURLM_OK) {
        *ret += missing(multi->state, info);
    }
    return code;
}
