/*
 * refresh.c - who refreshes, and the work that is handed to the thread
 */
#include "shim/refresh.h"

#include "shim/leases.h"
#include "shim/process.h"
#include "shim/refresh_thread.h"
#include "shim/twin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A key log or a token is one stream or session of the whole process, made in
 * the program's table of descriptors: NSS keeps its databases open. */
static bool keeps_descriptors(const struct lcc_real *real)
{
    const curl_version_info_data *info = real->version_info(CURLVERSION_NOW);

    return info && info->ssl_version && strstr(info->ssl_version, "NSS/");
}

/* And with a libcurl that looks names up in a thread or by c-ares: a step of it
 * may not block. */
static bool can_drive(const struct lcc_real *real)
{
    const curl_version_info_data *info = real->version_info(CURLVERSION_NOW);

    return info && (info->features & CURL_VERSION_ASYNCHDNS) != 0 &&
           real->global_init && real->multi_init && real->multi_perform &&
           real->multi_poll && real->multi_info_read &&
           real->multi_remove_handle && real->multi_cleanup;
}

static bool bound_times(struct lcc_twin *twin)
{
    const union lcc_value all = {.number = LCC_REFRESH_TIME_MS};
    const union lcc_value connect = {.number = LCC_REFRESH_CONNECT_MS};

    return lcc_twin_set(twin, LCC_OPT_TIMEOUT_MS, &all) &&
           lcc_twin_set(twin, LCC_OPT_CONNECTTIMEOUT_MS, &connect);
}

static bool same_id(const struct lcc_id *a, const struct lcc_id *b)
{
    return lcc_hash_equal(&a->url, &b->url) &&
           lcc_hash_equal(&a->request, &b->request);
}

/* Plan, look up and put the recorder on the twin: here, since it reads the
 * environment and files as the program's own transfer would. */
static enum lcc_reason begin_twin(struct lcc_twin *twin,
                                  const struct lcc_transfer *stale,
                                  bool *ret_due)
{
    struct lcc_engine_state *state = lcc_transfer_state(&twin->handle);
    enum lcc_step step;

    if (!state) {
        return LCC_REASON_NO_MEMORY;
    }
    state->beside = true;
    step = lcc_transfer_begin(&twin->handle, state);
    *ret_due = step == LCC_STEP_REAL;
    if (*ret_due && (!state->recorder ||
                     !same_id(&state->plan.id, &stale->state->plan.id))) {
        /* It would ask something else: a value that no copy carries. */
        (void)lcc_transfer_arrived(&state->transfer, CURLE_ABORTED_BY_CALLBACK);
        return LCC_REASON_REFRESH_OPTION;
    }
    return LCC_REASON_NONE;
}

/* Not handed over: as if it had never been. */
static void drop_twin(struct lcc_twin *twin)
{
    struct lcc_engine_state *state = twin->handle.state;

    if (state) {
        lcc_transfer_end(state);
        twin->handle.state = lcc_engine_state_free(state);
    }
    lcc_twin_free(twin);
}

/* With a place in the queue that is ours. */
static enum lcc_reason hand_over(struct lcc_transfer *stale,
                                 struct lcc_lease *lease)
{
    struct lcc_refresh_job *job = calloc(1, sizeof(*job));
    enum lcc_reason reason;
    bool due = false;

    if (!job) {
        return LCC_REASON_NO_MEMORY;
    }
    reason = lcc_twin_new(stale->handle, &job->twin);
    if (reason == LCC_REASON_NONE && !bound_times(job->twin)) {
        reason = LCC_REASON_REFRESH_OPTION;
    }
    if (reason == LCC_REASON_NONE) {
        reason = begin_twin(job->twin, stale, &due);
    }
    if (reason == LCC_REASON_NONE && due) {
        job->lease = *lease;
        job->leases = lcc_process_leases();
        lease->serial = 0;
        lcc_refresh_push(job);
        return LCC_REASON_NONE;
    }
    if (job->twin) {
        drop_twin(job->twin);
    }
    free(job);
    return reason;
}

/* A part is no reason to fetch the whole beside. */
static bool asks_for_part(const struct lcc_transfer *stale)
{
    return lcc_fields_find(&stale->state->plan.request.fields, "Range") != NULL;
}

/* *lease is given away, or as it was. */
static enum lcc_reason refresh(struct lcc_transfer *stale,
                               struct lcc_lease *lease)
{
    const struct lcc_real *real = stale->handle->real;
    enum lcc_reason reason;

    if (asks_for_part(stale) || !can_drive(real) || keeps_descriptors(real)) {
        return LCC_REASON_REFRESH_OPTION;
    }
    if (!lcc_refresh_reserve(real)) {
        return LCC_REASON_REFRESH_BUSY;
    }
    reason = hand_over(stale, lease);
    if (lease->serial != 0) {
        lcc_refresh_give_back();
    }
    return reason;
}

static enum lcc_reason begin(struct lcc_transfer *stale)
{
    const struct lcc_hash key = lcc_lease_key(
        LCC_LEASE_REFRESH, &stale->state->hit.id, &stale->state->hit.variant);
    struct lcc_lease lease = {0};
    enum lcc_reason reason = LCC_REASON_REFRESH_BUSY;
    int r = lcc_lease_take(lcc_process_leases(), &key, LCC_REFRESH_LEASE_MS,
                           false, &lease);

    if (r == 0) {
        reason = refresh(stale, &lease);
    } else if (r == LCC_LEASE_UNFINISHED) {
        r = lcc_lease_take(lcc_process_leases(), &key, LCC_REFRESH_LEASE_MS,
                           true, &lease);
        reason = LCC_REASON_REFRESH_UNFINISHED;
    }
    if (r == LCC_LEASE_HELD) {
        return LCC_REASON_NONE;
    }
    if (reason == LCC_REASON_NONE) {
        /* Another had refreshed it since it was looked up. */
        lcc_lease_release(lcc_process_leases(), &lease, LCC_LEASE_STORED);
    } else {
        stale->state->lease = lease;
    }
    return reason;
}

enum lcc_reason lcc_refresh_begin(struct lcc_transfer *stale)
{
    const int saved_errno = errno;
    enum lcc_reason reason = LCC_REASON_READONLY;

    if (stale->process->settings->policy.mode != LCC_MODE_READONLY) {
        reason = begin(stale);
    }

    errno = saved_errno;
    return reason;
}

void lcc_refresh_over(struct lcc_engine_state *state)
{
    if (state->lease.serial != 0) {
        lcc_lease_release(lcc_process_leases(), &state->lease,
                          LCC_LEASE_DROPPED);
    }
}
