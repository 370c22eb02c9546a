/*
 * coalesce.h - one fetch for many: misses on one key wait for the first
 *
 * Whoever misses takes the lease of what it asks for and leads; who finds it
 * taken waits, looks up again, and is served what the leader stored (RFC 9111,
 * section 4: a stored response may satisfy several requests).
 *
 * Caveats first.
 * - A wait ends with the leader's answer, at once where its head says that
 *   the answer will be of no use, within LCC_LEASE_POLL_MS of its death, and
 *   in any case after CURLCACHE_COALESCE. Then the waiter asks itself; for
 *   LCC_LEASE_UNSTORABLE_MS nobody waits for that key again when the leader
 *   took too long or its answer could not be reused.
 * - A thread that leads never blocks: it would wait for itself where a callback
 *   of one transfer performs another. In a multi handle transfers are held,
 *   and looked at every LCC_MULTI_HELD_US while the program drives it; a
 *   thread that leads outside that multi handle holds none.
 * - A leader that the program pauses leads no longer. One that left a callback
 *   by longjmp is known by the next transfer of its thread from no deeper, or
 *   by the clean-up of its handle; if neither comes it is waited for once.
 * - The wait is part of the transfer: it counts against CURLOPT_TIMEOUT, and
 *   the program's progress callback may end it.
 * - Nothing here is trusted for more than a request more or less.
 */
#ifndef LCC_COALESCE_H
#define LCC_COALESCE_H

#include "shim/transfer.h"

enum {
    /* A leader's lease; who comes later than that leads as well. */
    LCC_COALESCE_LEASE_MS = 60 * 1000,
    /* What was stored so shortly before a lease was taken may have been
     * missed by the look-up before. */
    LCC_COALESCE_RECENT_MS = 1000,
    /* The progress callback is called so often, as libcurl does. */
    LCC_COALESCE_TICK_MS = 1000,
    LCC_COALESCE_FIELDS_MAX = 16 * 1024, /* bytes that tell requests apart */
};

/* What a miss does next. */
enum lcc_coalesce {
    LCC_COALESCE_GO,   /* ask the origin; it may lead */
    LCC_COALESCE_LOOK, /* look up again: something may be stored by now */
    LCC_COALESCE_WAIT, /* lcc_coalesce_wait() */
    LCC_COALESCE_OVER, /* transfer->result is the end of it */
};

/**
 * lcc_coalesce_begin() - lead, or wait for who does
 * @transfer: has looked up and found nothing, or what has expired
 *
 * Takes about a microsecond. Calls no callback of the program.
 *
 * Return: LCC_COALESCE_GO; LCC_COALESCE_LOOK, and then go; LCC_COALESCE_WAIT
 * where state->waits allows it.
 */
enum lcc_coalesce lcc_coalesce_begin(struct lcc_transfer *transfer);

/**
 * lcc_coalesce_wait() - for the leader, a while
 * @most_ms: no longer this time; 0: only look
 *
 * Calls the program's progress callback when that is due.
 *
 * Return: LCC_COALESCE_WAIT: it still asks; LCC_COALESCE_LOOK: the wait is
 * over; LCC_COALESCE_OVER.
 */
enum lcc_coalesce lcc_coalesce_wait(struct lcc_transfer *transfer,
                                    int64_t most_ms);

/* After a wait, where looking up again found nothing to serve: as
 * lcc_coalesce_begin(). Only a leader that died is waited for anew. */
enum lcc_coalesce lcc_coalesce_again(struct lcc_transfer *transfer);

/* It leads: others may be waiting for it. */
bool lcc_coalesce_leads(const struct lcc_engine_state *state);
/* Let go, if it leads; whoever waits is told how it ended. */
void lcc_coalesce_over(struct lcc_engine_state *state, enum lcc_lease_end end);
/* The same, by what became of the answer. */
void lcc_coalesce_settled(struct lcc_engine_state *state,
                          enum lcc_reason reason);

/* The real handle is driven next: what the wait took is off its time-out. */
void lcc_coalesce_shorten(struct lcc_transfer *transfer);
/* The program's own time-out on the real handle again, where it was cut. */
void lcc_coalesce_restore(const struct lcc_transfer *transfer,
                          const struct lcc_handle *handle);

#endif
