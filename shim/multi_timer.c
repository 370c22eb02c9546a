/*
 * multi_timer.c - the program's timer serves libcurl and our queue alike
 *
 * CURLMOPT_TIMERFUNCTION: a program that drives by sockets learns from it
 * alone that something is to do. Its timer runs once and holds one time, so
 * what libcurl asks for is kept here and told again after a 0 of ours.
 */
#include "shim/multi_state.h"

#include "store/clock.h"

#include <errno.h>

enum { US_PER_MS = 1000 };

static int64_t due_after(long ms)
{
    return ms < 0 ? LCC_NEVER
                  : lcc_clock_monotonic_us() + (int64_t)ms * US_PER_MS;
}

/* Rounded up: a timer that comes early would come again at once. */
static long ms_until(int64_t due_us)
{
    int64_t left;

    if (due_us == LCC_NEVER) {
        return -1;
    }
    left = due_us - lcc_clock_monotonic_us();
    return left <= 0 ? 0 : (long)((left + US_PER_MS - 1) / US_PER_MS);
}

static int64_t next_due(const struct lcc_multi_state *state)
{
    return state->real_due_us < state->parked_due_us ? state->real_due_us
                                                     : state->parked_due_us;
}

/* Is a 0 of ours told, or to be told, before libcurl's time? */
static bool is_at_once(const struct lcc_multi_state *state)
{
    return state->again || !lcc_list_is_empty(&state->queue);
}

static CURLMcode tell(struct lcc_multi_state *state, long ms)
{
    struct lcc_multi *multi = state->multi;
    bool before = multi->telling;
    int answer;

    multi->telling = true;
    errno = multi->saved_errno;
    answer = multi->timer(multi->curlm, ms, multi->timer_data);
    multi->saved_errno = errno;
    multi->telling = before;
    if (answer == -1) {
        state->dead = true;
        return CURLM_ABORTED_BY_CALLBACK;
    }
    return CURLM_OK;
}

/* Ours on the real multi handle. Errno is the program's: this may be called
 * from within curl_easy_pause() too. */
static int on_timer(CURLM *curlm, long ms, void *user)
{
    struct lcc_multi *multi = user;
    struct lcc_multi_state *state = multi->state;
    int result = 0;

    (void)curlm;
    multi->saved_errno = errno;
    state->real_due_us = due_after(ms);
    if (state->dead || !multi->timer) {
        result = state->dead ? -1 : 0;
    } else if (state->joining || is_at_once(state)) {
        /* Whoever lets it join tells what is left of it in the end, as libcurl
         * does. Or a 0 of ours comes first. */
        state->untold = true;
    } else {
        state->untold = false;
        state->zero_told = false;
        result = state->parked_due_us == LCC_NEVER
                     ? tell(state, ms)
                     : tell(state, ms_until(next_due(state)));
        result = result == CURLM_OK ? 0 : -1;
    }
    errno = multi->saved_errno;
    return result;
}

CURLMcode lcc_timer_attach(struct lcc_multi *multi)
{
    const struct lcc_real *real = multi->real;
    bool before = lcc_multi_enter_real(multi);
    CURLMcode code =
        real->multi_setopt(multi->curlm, CURLMOPT_TIMERDATA, multi);

    if (code == CURLM_OK) {
        code = real->multi_setopt(multi->curlm, CURLMOPT_TIMERFUNCTION,
                                  multi->timer ? on_timer : NULL);
    }
    lcc_multi_leave_real(multi, before);
    return code;
}

CURLMcode lcc_timer_nudge(struct lcc_multi_state *state)
{
    if (!state->multi->timer) {
        return CURLM_OK;
    }
    state->zero_told = true;
    state->untold = true;
    return tell(state, 0);
}

void lcc_timer_came(struct lcc_multi_state *state)
{
    state->zero_told = false;
    state->again = false;
    /* It has run out, be it a little early: what is still due is told anew. */
    if (state->parked_due_us != LCC_NEVER) {
        state->untold = true;
    }
}

void lcc_timer_ran_out(struct lcc_multi_state *state)
{
    state->real_due_us = LCC_NEVER;
    state->untold = state->parked_due_us != LCC_NEVER;
}

CURLMcode lcc_timer_arm(struct lcc_multi_state *state)
{
    if (!state->multi->timer || state->dead) {
        return CURLM_OK;
    }
    if (is_at_once(state)) {
        return state->zero_told ? CURLM_OK : lcc_timer_nudge(state);
    }
    if (!state->untold) {
        return CURLM_OK;
    }
    state->untold = false;
    state->zero_told = false;
    return tell(state, ms_until(next_due(state)));
}

long lcc_timer_left_ms(const struct lcc_multi_state *state)
{
    return lcc_list_is_empty(&state->queue) ? ms_until(state->parked_due_us)
                                            : 0;
}
