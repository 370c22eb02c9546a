/*
 * lease_file.h - the file of leases as it lies in memory
 *
 * Between lease.c and lease_file.c alone.
 */
#ifndef LCC_LEASE_FILE_H
#define LCC_LEASE_FILE_H

#include "store/lease.h"

enum {
    SETS = 128,
    ROWS = 4, /* keys of one set */
    ROW_WORDS = 14,
    ROW_KEY_WORDS = 2,
    SET_WORDS = 64,
    HEAD_WORDS = 512,
    GUARD_MS = 250,      /* an older guard is broken */
    GUARD_WAIT_MS = 400, /* no longer for a set that others use */
    GUARD_PAUSE_NS = 20 * 1000,
    STORED_MS = 60 * 1000, /* so long a good end is remembered */
    BLOCK_BYTES = 512,     /* unit of st_blocks, stat(2) */
    NS_PER_MS = 1000 * 1000,
    MS_PER_S = 1000,
};

/* States of a row. */
enum { ROW_EMPTY, ROW_HELD, ROW_STORED, ROW_UNSTORABLE, ROW_DROPPED };

enum row_word {
    ROW_KEY_0,
    ROW_KEY_1,
    ROW_STATE,
    ROW_SERIAL,
    ROW_END_MS, /* of the lease, or of what is remembered */
    ROW_PID,
    ROW_SPACE,
    ROW_BORN,
    ROW_STACK,
    ROW_CHECK = ROW_WORDS - 1,
};

struct row {
    uint64_t word[ROW_WORDS];
};

struct set {
    uint64_t guard;   /* 0: free */
    uint32_t turn;    /* a futex: changes with every release */
    uint32_t waiting; /* somebody may be waiting for it */
    struct row rows[ROWS];
    uint64_t spare[SET_WORDS - 2 - ROWS * ROW_WORDS];
};

struct leases_file {
    uint64_t magic;
    uint64_t size;
    uint64_t spare[HEAD_WORDS - 2];
    struct set sets[SETS];
};

_Static_assert(sizeof(struct set) == SET_WORDS * sizeof(uint64_t),
               "a set is a whole number of cache lines");

struct lcc_leases {
    struct leases_file *file;
};

static inline uint64_t word_get(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline void word_set(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

#endif
