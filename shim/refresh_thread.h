/*
 * refresh_thread.h - the thread that refreshes, and its queue
 *
 * Between refresh.c and refresh_thread.c alone. What the thread must not do to
 * the program, and how that is kept: refresh.h.
 */
#ifndef LCC_REFRESH_THREAD_H
#define LCC_REFRESH_THREAD_H

#include "shim/transfer.h"
#include "store/lease.h"

struct lcc_twin;

struct lcc_refresh_job {
    struct lcc_twin *twin; /* its transfer has begun: drive the real handle */
    struct lcc_lease lease;
    struct lcc_leases *leases;
    struct lcc_refresh_job *next;
};

/* A place in the queue, and a thread that will look at it. False when there is
 * none, or the thread drives another libcurl, or the program is exiting. */
bool lcc_refresh_reserve(const struct lcc_real *real);
/* The place is not needed. */
void lcc_refresh_give_back(void);
/* Into the reserved place. The thread owns @job from now on. */
void lcc_refresh_push(struct lcc_refresh_job *job);

#endif
