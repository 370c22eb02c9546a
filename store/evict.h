/*
 * evict.h - which entries go when the cache is over its limit
 *
 * Two sums are held against the limit. What entries *count* is known exactly
 * and moves with each of them. What lies on the *disk* is more: pages of the
 * index are half empty here and there. It moves by whole pages: dropping an
 * entry from a page gives nothing back until the page is empty. So when the
 * index grows close to the limit, more is dropped than is put, until what is
 * free in it carries what comes.
 */
#ifndef LCC_EVICT_H
#define LCC_EVICT_H

#include "store/records.h"

enum {
    LCC_EVICT_MAX = 64,   /* victims of one commit, parts included */
    LCC_EVICT_LEAST = 8,  /* and however small the limit is */
    LCC_EVICT_STALE = 64, /* places in an order that lead to nothing are passed
                           * and removed for one victim */
    LCC_EVICT_HALF = 2,   /* nothing goes early that has not half the age ... */
    LCC_EVICT_BESIDE = 4, /* ... of the oldest; so many of a page are looked
                           * at ... */
    LCC_EVICT_BESIDE_DROP = 2, /* ... and so many dropped for one to come */
    /* Journalled pages of one victim, and the share of the limit that the
     * journal of one commit may take for all of them: a 64th. */
    LCC_EVICT_VICTIM_BYTES = 3 * LCC_PAGE_SIZE,
    LCC_EVICT_JOURNAL_SHARE = 64,
    LCC_EVICT_NEAR_SHARE =
        16,               /* so close to the limit growth is answered ... */
    LCC_EVICT_GROWTH = 2, /* ... by keeping so many times as much less, ... */
    LCC_EVICT_GROWTH_HIGH = 6, /* ... up to so many more at the limit; ... */
    LCC_EVICT_FREE_FEW = 4,    /* below so many free pages a put that ... */
    LCC_EVICT_FREE_SHARE = 2,  /* ... takes none lowers it by half of it, */
    LCC_EVICT_FREE_MAX = 16,   /* from so many on it gives ... */
    LCC_EVICT_REGAIN = 8,      /* ... this part of itself back */
    LCC_EVICT_INDEX_PARTS = 9, /* the index may take nine of ... */
    LCC_EVICT_INDEX_OF = 10,   /* ... ten parts of the disk's limit */
    LCC_EVICT_NEW_SHARE = 2,   /* what was never used may have half of it */
};

struct lcc_evict {
    uint64_t limit_bytes;   /* what all entries are to count, in the end */
    uint64_t count_bytes;   /* what they may: more than that does not fit */
    uint64_t disk_bytes;    /* what index and side files may take */
    uint64_t in_flight;     /* not of it: what is being written just now */
    uint64_t side_incoming; /* of it, about to be written to a side file */
    /* To tell growth: the index before this commit, or UINT64_MAX. */
    uint64_t size_before;
    uint64_t disk_before;        /* so much is no worse than it was; or 0 */
    int64_t now_s;               /* INT64_MIN: nothing counts as expired */
    const struct lcc_name *keep; /* never this one; may be NULL */
};

struct lcc_evicted {
    struct lcc_totals totals; /* what is left */
    uint64_t disk_bytes;      /* of index and side files */
    size_t count;             /* dropped */
    uint64_t free_pages;      /* of the index, up to LCC_EVICT_FREE_MAX, when
                               * size_before is known */
    bool none_left;           /* nothing more that could go */
};

/* Is it within both limits? */
bool lcc_evict_fits(const struct lcc_evict *want, const struct lcc_evicted *is);

/* Bytes of the disk that this leaves beside what is about to be written. */
uint64_t lcc_evict_left(const struct lcc_evict *want,
                        const struct lcc_evicted *is);

/**
 * lcc_evict() - drop entries until the limits hold, a bounded number of them
 *
 * Parts of sets that are gone go first, then what has expired by the rule at
 * storing time. Then what was never used since it was stored, oldest first,
 * as long as that has more than its share of the limit, so that a flood of
 * responses that nobody asks for again leaves the others alone; then what was
 * used least recently. A partial response goes as a whole; its parts follow at
 * once, or in the next commits.
 *
 * Return: 0, whether or not the limits hold now; as lcc_db_get().
 */
int lcc_evict(struct lcc_db *db, const struct lcc_evict *want,
              struct lcc_garbage *garbage, struct lcc_evicted *ret);
/* What was stored no later than this may go before its turn. */
struct lcc_evict_old {
    bool any;          /* else nothing may */
    bool none_is_used; /* of all that is stored */
    int64_t stored_s;
    uint64_t seq; /* of one that was stored in just that second */
    /* Does this commit put one of that name? Then it is let be. */
    bool (*comes)(const void *arg, const struct lcc_name *name);
    const void *arg;
};
/**
 * lcc_evict_old() - what lcc_evict_beside() may drop, in a commit of now
 *
 * Sets what does not say who comes. What was never used and has at least half
 * the age of the oldest such; nothing while something has expired or what is
 * used is to go first.
 *
 * Return: as lcc_evict().
 */
int lcc_evict_old(struct lcc_db *db, const struct lcc_evict *want,
                  struct lcc_evict_old *ret);
/**
 * lcc_evict_beside() - drop the oldest of those on the page of one to come
 * @name: of that
 * @over: bytes that are to go, as far as there are such; made less
 *
 * A put in a full cache writes the page where it goes, and that of what goes
 * for it. This way they are one. Where a page has two to give the next one need
 * have none.
 *
 * Return: as lcc_evict().
 */
int lcc_evict_beside(struct lcc_db *db, const struct lcc_evict_old *old,
                     const struct lcc_name *name, uint64_t *over);
/* Remove some parts of sets that are gone, at most @max; *ret_count is 0 when
 * there are no more. */
int lcc_evict_parts(struct lcc_db *db, size_t max, struct lcc_garbage *garbage,
                    size_t *ret_count);

/**
 * lcc_evict_aim() - what entries are to count from now on, as the index grows
 * @is:        as a put has left it
 * @aim:       until now; 0: no other than the limit
 * @put_bytes: what the put has counted
 *
 * Pure. Each page more lowers it, and so does a put that leaves few free ones;
 * one that leaves many raises it a little: so it settles where what is dropped
 * leaves as many pages as what comes takes, with some in hand.
 *
 * Return: the new one, or 0.
 */
uint64_t lcc_evict_aim(const struct lcc_evict *want,
                       const struct lcc_evicted *is, uint64_t aim,
                       uint64_t put_bytes);
/* Totals and disk_bytes as they are in this commit so far. */
int lcc_evict_measure(struct lcc_db *db, struct lcc_evicted *ret);
#endif
