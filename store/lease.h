/*
 * lease.h - one at a time asks the origin, among threads and processes
 *
 * A lease on a key says: somebody is fetching this. A small mapped file beside
 * the database holds who, and for how long. Two uses: a stale response is
 * refreshed by one, and the others serve it meanwhile; a miss is fetched by
 * one, and the others wait for it.
 *
 * Caveats first.
 * - A lease belongs to a process, not to a thread: it may be taken in one and
 *   released in another. A child of fork() has none of its parent's.
 * - A holder that was killed, or has replaced itself by exec, is told by its
 *   process id, the time it was started and the place of its stack: whoever
 *   looks knows at once, whoever waits within LCC_LEASE_POLL_MS. Where that
 *   cannot be known (no /proc, another process namespace) a lease ends by
 *   the time it was taken for, at most LCC_LEASE_MAX_MS.
 * - A lease that ended without a word stays known as unfinished.
 * - Losing the file, or a row of it, costs a request more and never an answer:
 *   nothing here is trusted for more than that. No function prints, exits or
 *   changes errno; no descriptor stays open. A signal handler that leaves one
 *   by longjmp keeps a few other keys waiting for a quarter of a second.
 *
 * Results are house results.
 */
#ifndef LCC_LEASE_H
#define LCC_LEASE_H

#include "store/hash.h"

#include <sys/types.h>

enum {
    LCC_LEASE_MAX_MS = 10 * 60 * 1000,   /* the longest that may be asked for */
    LCC_LEASE_POLL_MS = 50,              /* a waiter looks for a dead holder */
    LCC_LEASE_UNSTORABLE_MS = 60 * 1000, /* so long nobody waits again */
};

/* What a key is leased for; the two know nothing of each other. */
enum lcc_lease_use {
    LCC_LEASE_REFRESH, /* of a stale response */
    LCC_LEASE_FETCH,   /* of one that is missing */
};

enum lcc_lease_outcome {
    LCC_LEASE_HELD = 1,   /* by somebody who is at it */
    LCC_LEASE_UNFINISHED, /* its holder ended, or ran out of time, unheard */
    LCC_LEASE_UNSTORABLE, /* the answer could not be stored, a while ago */
    LCC_LEASE_FREE,       /* nobody is at it, and nothing is known */
    LCC_LEASE_NO_ROOM,    /* too many others, or the table is busy */
};

/* How it went. */
enum lcc_lease_end {
    LCC_LEASE_STORED,     /* or refreshed: look it up */
    LCC_LEASE_NOT_STORED, /* will not be storable for the next while either */
    LCC_LEASE_DROPPED,    /* failed; says nothing about the next try */
    LCC_LEASE_LEFT,       /* nobody is at it any more: as if the holder died */
};

struct lcc_leases; /* the table of one cache */

struct lcc_lease {
    struct lcc_hash key;
    uint64_t serial; /* 0: none */
    pid_t holder;
    /* Since the last holder stored an answer; INT64_MAX when that is not known.
     * Who looked before that looks again. */
    int64_t stored_ago_ms;
};

/**
 * lcc_leases_open() - map the table of a cache, creating it
 * @path: lcc_store_path()
 *
 * Return: 0; -errno.
 */
int lcc_leases_open(const char *path, struct lcc_leases **ret);
/* Returns NULL; accepts NULL. Nothing may still be using it. */
struct lcc_leases *lcc_leases_free(struct lcc_leases *leases);

/* The key of a lease: a stored response, or a request with a zero @variant. */
struct lcc_hash lcc_lease_key(enum lcc_lease_use use, const struct lcc_id *id,
                              const struct lcc_hash *variant);

/**
 * lcc_lease_take() - be the one who asks the origin
 * @leases:          NULL is a table without room
 * @bound_ms:        1..LCC_LEASE_MAX_MS; the lease ends after that, come what
 *                   may
 * @over_unfinished: take one whose holder ended unheard, too
 *
 * Never waits for a holder; for the table itself some milliseconds at most.
 *
 * Return: 0 with *ret, to be released; LCC_LEASE_HELD;
 * LCC_LEASE_UNFINISHED unless @over_unfinished; LCC_LEASE_UNSTORABLE;
 * LCC_LEASE_NO_ROOM.
 */
int lcc_lease_take(struct lcc_leases *leases, const struct lcc_hash *key,
                   int64_t bound_ms, bool over_unfinished,
                   struct lcc_lease *ret);

/* Is it held, and how did it go? Anything of enum lcc_lease_outcome; 0 when
 * the last holder stored an answer a moment ago. */
int lcc_lease_look(struct lcc_leases *leases, const struct lcc_hash *key);

/**
 * lcc_lease_wait() - until the holder is done, or dead, or time is up
 * @until_ms: lcc_now_ms() after which to give up
 *
 * Woken at once by a release; by the death of a holder within
 * LCC_LEASE_POLL_MS. Signal handlers of the program run meanwhile.
 *
 * Return: as lcc_lease_look(); LCC_LEASE_HELD means that time is up.
 */
int lcc_lease_wait(struct lcc_leases *leases, const struct lcc_hash *key,
                   int64_t until_ms);

/* Its holder takes longer than anybody waits: others are told
 * LCC_LEASE_UNSTORABLE from now on, and are woken. The holder's own release
 * changes nothing any more. Nothing happens to a key that nobody holds. */
void lcc_lease_shun(struct lcc_leases *leases, const struct lcc_hash *key);

/* Let go and wake who waits. Nothing happens to a lease that ran out and was
 * taken by another, in a child of the holder, or with serial 0. */
void lcc_lease_release(struct lcc_leases *leases, struct lcc_lease *lease,
                       enum lcc_lease_end end);

#endif
