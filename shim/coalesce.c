/*
 * coalesce.c - who leads, who waits, and for how long
 */
#include "shim/coalesce.h"

#include "shim/leases.h"
#include "shim/process.h"
#include "shim/progress.h"
#include "shim/served.h"
#include "store/clock.h"
#include "store/ctl.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum {
    MS_PER_S = 1000,
    US_PER_MS = 1000,
    CALLS_MAX = 8, /* of curl_easy_perform(), one inside the other */
    /* Bytes of stack: by so much the ways to a lease may differ. libcurl's own
     * frames, which lie between two such calls, are larger. */
    CALLS_APART = 512,
};

/* A transfer that leads inside a call of this thread. */
struct call {
    struct lcc_engine_state *state; /* lives as long as the call */
    uintptr_t frame;                /* its place on the stack */
};
static _Thread_local struct call calls[CALLS_MAX];
static _Thread_local size_t call_count;

/* Other leases that this thread took and holds. One that ends in another
 * thread is counted for good: this thread waits for nobody then. */
static _Thread_local unsigned int leading;

/* --- whom it concerns ----------------------------------------------------- */

/* Who wants an answer of its own has nothing to wait for. */
static bool takes_what_is_stored(const struct lcc_request *request)
{
    return !request->cc.no_cache && !request->cc.no_store &&
           request->cc.max_age_s != 0;
}

static bool is_wanted(const struct lcc_transfer *transfer)
{
    const struct lcc_settings *settings = transfer->process->settings;
    const struct lcc_policy *policy = &settings->policy;

    return settings->coalesce_s != 0 && !transfer->state->beside &&
           policy->mode == LCC_MODE_NORMAL && !policy->always_revalidate &&
           takes_what_is_stored(&transfer->state->plan.request);
}

/*
 * Fields that answers vary by: who differs in one of them would most often
 * wait in vain. A guess that costs a request more, or a wait, where it is
 * wrong.
 */
static int add_selecting(const struct lcc_fields *fields, struct lcc_buf *out)
{
    static const char *const names[] = {
        "Accept", "Accept-Encoding", "Accept-Language", "Cookie",
        "Origin", "Range",           "If-Range",
    };
    int r = 0;

    for (size_t i = 0; !r && i < LCC_ARRAY_SIZE(names); i++) {
        const struct lcc_field *field = lcc_fields_find(fields, names[i]);

        if (field) {
            r = lcc_buf_put_u8(out, (uint8_t)i);
        }
        if (field && !r) {
            r = lcc_buf_put_span(out, field->value);
        }
    }
    return r;
}

/* False: there is no saying who asks for the same. */
static bool make_key(struct lcc_transfer *transfer)
{
    const struct lcc_plan *plan = &transfer->state->plan;
    struct lcc_buf fields = LCC_BUF_INIT(LCC_COALESCE_FIELDS_MAX);
    struct lcc_hash variant = {{0}};
    const int r = add_selecting(&plan->request.fields, &fields);

    if (!r && fields.size) {
        variant = lcc_hash_keyed(lcc_store_secret(transfer->process->store),
                                 lcc_buf_span(&fields));
    }
    lcc_buf_done(&fields);
    transfer->wait.key = lcc_lease_key(LCC_LEASE_FETCH, &plan->id, &variant);
    return r == 0;
}

/* --- leading -------------------------------------------------------------- */

bool lcc_coalesce_leads(const struct lcc_engine_state *state)
{
    return state->lead.serial != 0;
}

/* True when it was one of this thread's calls. */
static bool forget_call(const struct lcc_engine_state *state)
{
    for (size_t i = call_count; i-- > 0;) {
        if (calls[i].state == state) {
            memmove(&calls[i], &calls[i + 1],
                    (call_count - i - 1) * sizeof(calls[0]));
            call_count--;
            return true;
        }
    }
    return false;
}

void lcc_coalesce_over(struct lcc_engine_state *state, enum lcc_lease_end end)
{
    const bool inside = forget_call(state);

    if (state->lead.serial != 0) {
        lcc_lease_release(lcc_process_leases(), &state->lead, end);
        leading -= !inside && leading > 0;
        if (state->leading) {
            --*state->leading;
        }
    }
}

static void note_lead(struct lcc_engine_state *state, uintptr_t frame)
{
    if (state->waits == LCC_WAITS_BLOCKING && call_count < CALLS_MAX) {
        calls[call_count++] = (struct call){state, frame};
    } else {
        leading++;
    }
}

/*
 * A callback may leave its transfer by longjmp, and nobody is told. What this
 * thread calls next from further out says it: the calls whose frames would lie
 * beneath are gone. Where a program changes stacks by itself a lease may end
 * too early, which costs a request more.
 */
static void forget_left_calls(uintptr_t frame)
{
    while (call_count > 0 &&
           calls[call_count - 1].frame <= frame + CALLS_APART) {
        lcc_coalesce_over(calls[call_count - 1].state, LCC_LEASE_LEFT);
    }
}

static uintptr_t frame_of(const void *address)
{
    return (uintptr_t)address;
}
#define FRAME frame_of(__builtin_frame_address(0))

static enum lcc_lease_end end_of(enum lcc_reason reason)
{
    switch ((int)reason) {
    case LCC_REASON_STORED:
        return LCC_LEASE_STORED;
    case LCC_REASON_NONE:
    case LCC_REASON_ABORTED:
    case LCC_REASON_FAILED:
    case LCC_REASON_INCOMPLETE:
    case LCC_REASON_NO_MEMORY:
    case LCC_REASON_STORE_BUSY:
        return LCC_LEASE_DROPPED;
    default:
        return LCC_LEASE_NOT_STORED;
    }
}

void lcc_coalesce_settled(struct lcc_engine_state *state,
                          enum lcc_reason reason)
{
    lcc_coalesce_over(state, end_of(reason));
}

static int take(struct lcc_transfer *transfer, uintptr_t frame)
{
    struct lcc_engine_state *state = transfer->state;
    int r;

    lcc_coalesce_over(state, LCC_LEASE_DROPPED);
    r = lcc_lease_take(lcc_process_leases(), &transfer->wait.key,
                       LCC_COALESCE_LEASE_MS, true, &state->lead);
    if (r == 0) {
        note_lead(state, frame);
    }
    if (r == 0 && state->leading) {
        ++*state->leading;
    }
    return r;
}

static enum lcc_coalesce lead(const struct lcc_transfer *transfer)
{
    return transfer->wait.unseen ||
                   transfer->state->lead.stored_ago_ms <= LCC_COALESCE_RECENT_MS
               ? LCC_COALESCE_LOOK
               : LCC_COALESCE_GO;
}

/* --- beginning to wait ---------------------------------------------------- */

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* As CURLCACHE_COALESCE says; an end is always there. */
static int64_t bound_ms(const struct lcc_transfer *transfer)
{
    const int64_t most_s = LCC_LEASE_MAX_MS / MS_PER_S;

    return smaller(transfer->process->settings->coalesce_s, most_s) * MS_PER_S;
}

/* The transfer's own bounds, as far as they are over while nothing arrives.
 * A time-out is over when more than that has passed, in whole milliseconds of
 * another count. */
static int64_t own_bound_ms(const struct lcc_handle *handle)
{
    const struct lcc_shadow *shadow = &handle->shadow;
    const int64_t limit_ms = lcc_progress_limit_ms(handle);
    int64_t bound = limit_ms ? limit_ms + 2 : INT64_MAX;

    if (lcc_shadow_long(shadow, LCC_OPT_LOW_SPEED_LIMIT) > 0 &&
        lcc_shadow_long(shadow, LCC_OPT_LOW_SPEED_TIME) > 0) {
        bound = smaller(
            bound, (int64_t)lcc_shadow_long(shadow, LCC_OPT_LOW_SPEED_TIME) *
                       MS_PER_S);
    }
    return bound;
}

/* Infos that the program asks for meanwhile are those of a transfer that has
 * just begun. */
static bool begin_to_wait(struct lcc_transfer *transfer)
{
    const int64_t all_ms = bound_ms(transfer);
    const int64_t own_ms = own_bound_ms(transfer->handle);
    const int64_t now_ms = lcc_now_ms();

    if (lcc_served_nothing(transfer->handle)) {
        return false;
    }
    lcc_progress_start(transfer->handle);
    transfer->wait.waited = true;
    transfer->wait.began_us = lcc_clock_monotonic_us();
    transfer->wait.until_ms = now_ms + smaller(all_ms, own_ms);
    transfer->wait.in_full = all_ms <= own_ms;
    transfer->wait.tell_ms = now_ms;
    return true;
}

/* A lease of this thread, apart from those whose transfers go on meanwhile,
 * may be the one that is waited for: it would not end before the wait. */
static bool may_wait(const struct lcc_transfer *transfer)
{
    const struct lcc_engine_state *state = transfer->state;
    const unsigned int moving = state->leading ? *state->leading : 0;

    return state->waits != LCC_WAITS_NEVER && leading <= moving &&
           call_count == 0;
}

enum lcc_coalesce lcc_coalesce_begin(struct lcc_transfer *transfer)
{
    int r;

    if (!is_wanted(transfer) || !make_key(transfer)) {
        return LCC_COALESCE_GO;
    }
    forget_left_calls(FRAME);
    r = take(transfer, FRAME);
    if (r == 0) {
        return lead(transfer);
    }
    return r == LCC_LEASE_HELD && may_wait(transfer) && begin_to_wait(transfer)
               ? LCC_COALESCE_WAIT
               : LCC_COALESCE_GO;
}

enum lcc_coalesce lcc_coalesce_again(struct lcc_transfer *transfer)
{
    const bool died = transfer->wait.ended == LCC_LEASE_UNFINISHED;
    int r;

    if (transfer->wait.ended == LCC_LEASE_HELD ||
        transfer->wait.ended == LCC_LEASE_UNSTORABLE) {
        return LCC_COALESCE_GO;
    }
    r = take(transfer, FRAME);
    if (r == 0) {
        return lead(transfer);
    }
    return r == LCC_LEASE_HELD && died ? LCC_COALESCE_WAIT : LCC_COALESCE_GO;
}

/* --- waiting -------------------------------------------------------------- */

static bool has_progress(const struct lcc_handle *handle)
{
    const struct lcc_shadow *shadow = &handle->shadow;

    return lcc_progress_wanted(handle) &&
           (lcc_shadow_function(shadow, LCC_OPT_XFERINFOFUNCTION) ||
            lcc_shadow_function(shadow, LCC_OPT_PROGRESSFUNCTION));
}

/* The program may do to the handle what it likes meanwhile. */
static CURLcode tell(struct lcc_transfer *transfer)
{
    struct lcc_engine_state *state = transfer->state;
    struct lcc_served *served = state->served;
    CURLcode code;

    served->active = true;
    state->serving = true;
    errno = transfer->saved_errno;
    code = lcc_progress_update(transfer->handle);
    transfer->saved_errno = errno;
    state->serving = false;
    served->active = false;
    transfer->paused = served->paused;
    if (served->dropped) {
        if (state->served == served) {
            state->served = NULL;
        }
        lcc_served_free(served);
        code = CURLE_ABORTED_BY_CALLBACK;
    }
    return code;
}

static CURLcode keep_the_program_informed(struct lcc_transfer *transfer)
{
    const int64_t now_ms = lcc_now_ms();

    if (now_ms < transfer->wait.tell_ms || !has_progress(transfer->handle)) {
        return CURLE_OK;
    }
    transfer->wait.tell_ms = now_ms + LCC_COALESCE_TICK_MS;
    return tell(transfer);
}

static enum lcc_coalesce over(struct lcc_transfer *transfer, CURLcode result)
{
    struct lcc_served *served = transfer->state->served;

    if (served) {
        served->progress.spent_us =
            lcc_clock_monotonic_us() - transfer->wait.began_us;
    }
    transfer->result = result;
    return LCC_COALESCE_OVER;
}

/* When to look up from a wait of @most_ms at the latest. */
static int64_t next_ms(const struct lcc_transfer *transfer, int64_t most_ms)
{
    int64_t next = smaller(lcc_now_ms() + most_ms, transfer->wait.until_ms);

    return has_progress(transfer->handle)
               ? smaller(next, transfer->wait.tell_ms)
               : next;
}

static enum lcc_coalesce end(struct lcc_transfer *transfer, int outcome)
{
    transfer->wait.ended = outcome;
    transfer->wait.took_us = lcc_clock_monotonic_us() - transfer->wait.began_us;
    if (outcome == LCC_LEASE_HELD && transfer->wait.in_full) {
        lcc_lease_shun(lcc_process_leases(), &transfer->wait.key);
    }
    return LCC_COALESCE_LOOK;
}

enum lcc_coalesce lcc_coalesce_wait(struct lcc_transfer *transfer,
                                    int64_t most_ms)
{
    CURLcode code = keep_the_program_informed(transfer);
    int outcome;

    if (!code) {
        code = lcc_progress_timeout(transfer->handle);
    }
    if (code) {
        return over(transfer, code);
    }
    outcome = lcc_lease_wait(lcc_process_leases(), &transfer->wait.key,
                             next_ms(transfer, most_ms));
    if (outcome != LCC_LEASE_HELD) {
        return end(transfer, outcome);
    }
    if (lcc_now_ms() < transfer->wait.until_ms) {
        return LCC_COALESCE_WAIT;
    }
    code = lcc_progress_timeout(transfer->handle);
    return code ? over(transfer, code) : end(transfer, outcome);
}

/* --- time ----------------------------------------------------------------- */

void lcc_coalesce_shorten(struct lcc_transfer *transfer)
{
    const struct lcc_handle *handle = transfer->handle;
    const int64_t limit_ms =
        transfer->wait.took_us ? lcc_progress_limit_ms(handle) : 0;
    int64_t left_ms = limit_ms - transfer->wait.took_us / US_PER_MS;

    if (!limit_ms) {
        return;
    }
    /* 0 would be no time-out at all. */
    left_ms = left_ms < 1 ? 1 : left_ms;
    transfer->wait.shortened = true;
    (void)handle->real->easy_setopt(handle->curl, CURLOPT_TIMEOUT_MS,
                                    (long)left_ms);
}

void lcc_coalesce_restore(const struct lcc_transfer *transfer,
                          const struct lcc_handle *handle)
{
    if (transfer->wait.shortened) {
        (void)handle->real->easy_setopt(handle->curl, CURLOPT_TIMEOUT_MS,
                                        (long)lcc_progress_limit_ms(handle));
    }
}
