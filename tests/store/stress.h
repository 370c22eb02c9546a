/*
 * stress.h - what those who work and the one who kills them share
 */
#ifndef LCC_STRESS_H
#define LCC_STRESS_H

#include "store_values.h"
#include "tests/support/torment.h"

#include <stdatomic.h>

enum {
    STRESS_WORKERS_MAX = 64,
    STRESS_THREADS_MAX = 4,
    STRESS_KEYS = 24,         /* of each thread */
    STRESS_PART_KEYS = 4,     /* of each thread, stored in parts */
    STRESS_BLOCKS = 64,       /* of the body of such a one */
    STRESS_BLOCK_SIZE = 2003, /* bytes */
    STRESS_HANG_MS =
        2000, /* a call that takes longer; the lock's bound is 100 */
};

/* What the owner of a key was promised. Written by it alone. A state is a
 * version in the upper 32 bits and a renewal in the lower ones. */
struct stress_promise {
    _Atomic uint64_t accepted; /* what must be there; 0: nothing */
    _Atomic uint64_t tried;    /* what may be there instead; 0: nothing else */
    atomic_bool removing;      /* it may be gone */
};

/* The same of one that is stored in parts: which blocks are there. */
struct stress_parts {
    atomic_uint version; /* 0: nothing */
    _Atomic uint64_t blocks;
    atomic_uint tried_version; /* 0: nothing else */
    _Atomic uint64_t tried_blocks;
    atomic_bool removing;
};

struct stress_thread {
    atomic_bool in_call;
    _Atomic int64_t since_ms; /* start of the call, or of its last stop */
    atomic_uint version;      /* the last one used */
    struct stress_promise keys[STRESS_KEYS];
    struct stress_parts parts[STRESS_PART_KEYS];
};

struct stress_shared {
    atomic_bool stop;
    atomic_ulong puts, gets, removes, hits, busy, full, other;
    atomic_ulong renewals, part_puts, part_gets;
    atomic_ulong wrong, lost, hangs, slowest_ms;
    struct stress_thread threads[STRESS_WORKERS_MAX][STRESS_THREADS_MAX];
};

struct stress_options {
    const char *folder;
    long workers, threads, seconds, kills, min_ms, max_ms, respawn_ms, stop,
        seed;
};

/* Outlives every worker: anonymous memory, shared. */
extern struct stress_shared *stress_shared;
extern struct stress_options stress_options;

/* The number that no other thread's key has. */
unsigned int stress_key_number(long worker, long thread, unsigned int key);
/* Count what a look-up gave against what the owner was promised. */
void stress_judge(const struct stress_promise *p, unsigned int number,
                  int result, uint64_t state);

/* A thread of a process. */
struct thread {
    struct lcc_store *store;
    long worker;
    long number;
    uint64_t random;
    struct stress_thread *state;
};
unsigned int stress_random(struct thread *t);
/* A store call begins, and ends. */
void stress_enter(struct thread *t);
void stress_leave(struct thread *t);
/* A second is a millisecond: uses get noted. */
int64_t stress_clock_s(void);
void stress_count_refusal(int result);

/* Something with a key that is stored in parts, of this thread or another. */
void stress_do_parts(struct thread *t);
/* Look at one of the thread's own, and settle what a killed one left. */
void stress_settle_parts(struct thread *t, unsigned int key);
/* At the end, all of them. */
void stress_judge_parts(struct lcc_store *store);

/* One process: threads that work until told to stop. */
int stress_worker(long number, uint64_t seed);

#endif
