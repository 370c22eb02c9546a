/*
 * stress.h - what those who work and the one who kills them share
 */
#ifndef LCC_STRESS_H
#define LCC_STRESS_H

#include "store_values.h"

#include <stdatomic.h>

enum {
    STRESS_WORKERS_MAX = 64,
    STRESS_THREADS_MAX = 4,
    STRESS_KEYS = 24, /* of each thread */
    STRESS_HANG_MS =
        2000, /* a call that takes longer; the lock's bound is 100 */
};

/* What the owner of a key was promised. Written by it alone. */
struct stress_promise {
    atomic_uint accepted; /* version that must be there; 0: none */
    atomic_uint tried;    /* version that may be there instead; 0: none */
    atomic_bool removing; /* it may be gone */
};

struct stress_thread {
    atomic_bool in_call;
    _Atomic int64_t since_ms; /* start of the call, or of its last stop */
    atomic_uint version;      /* the last one used */
    struct stress_promise keys[STRESS_KEYS];
};

struct stress_shared {
    atomic_bool stop;
    atomic_ulong puts, gets, removes, hits, busy, full, other;
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

int64_t stress_now_ms(void);
/* The number that no other thread's key has. */
unsigned int stress_key_number(long worker, long thread, unsigned int key);
/* Count what a look-up gave against what the owner was promised. */
void stress_judge(const struct stress_promise *p, unsigned int number,
                  int result, unsigned int version);
/* One process: threads that put, get and remove until told to stop. */
int stress_worker(long number, uint64_t seed);

#endif
