/*
 * refresh.h - stale-while-revalidate (RFC 5861, section 3): the refresh beside
 *
 * The program is served the stale answer at once; a thread of ours asks the
 * origin on a handle of ours. One at a time refreshes a stored response, among
 * all threads and processes (store/lease.h).
 *
 * Caveats first.
 * - The thread has all signals blocked and a table of descriptors of its own:
 *   none of its sockets is in the program's way, whatever the program closes,
 *   and none of the program's is held open. It ends when there is nothing to
 *   do.
 * - Exit is not delayed: a handler that runs before those of the TLS library
 *   waits until the thread is outside of libcurl and keeps it there. A step of
 *   libcurl is some milliseconds of a handshake at most and waits for nothing;
 *   the bound LCC_REFRESH_STEP_MS is for a machine that stands still, and past
 *   it a crash at exit is possible. What was under way is lost; its lease tells
 *   the next one who finds the response stale, and that one asks before
 *   answering.
 * - fork() waits likewise, and the child has no thread, no queue and no lease.
 */
#ifndef LCC_REFRESH_H
#define LCC_REFRESH_H

#include "shim/transfer.h"

enum {
    LCC_REFRESH_MAX = 16,               /* under way in one process */
    LCC_REFRESH_TIME_MS = 30 * 1000,    /* of one refresh, in all */
    LCC_REFRESH_CONNECT_MS = 10 * 1000, /* of that, to connect */
    LCC_REFRESH_LEASE_MS = 40 * 1000,   /* longer than one may take */
    LCC_REFRESH_STEP_MS = 3000, /* exit and fork wait no longer for one step */
    LCC_REFRESH_TICK_MS = 50,   /* between two looks at the queue */
};

/**
 * lcc_refresh_begin() - see that a stale response is being refreshed
 * @stale: of the program, whose verdict is LCC_VERDICT_SERVE_REFRESH
 *
 * Takes some ten microseconds when another is at it already, some hundred
 * when the refresh begins here.
 *
 * Return: LCC_REASON_NONE: serve the stale response. Anything else: ask the
 * origin before answering, and that is why; @stale->state->lease may then hold
 * the lease of this response, for lcc_refresh_over().
 */
enum lcc_reason lcc_refresh_begin(struct lcc_transfer *stale);

/* The program's own handle has asked: let go of its lease, if it has one. */
void lcc_refresh_over(struct lcc_engine_state *state);

#endif
