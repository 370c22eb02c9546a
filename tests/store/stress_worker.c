/*
 * stress_worker.c - a process of the stress: its threads and their promises
 */
#include "stress.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

unsigned int stress_random(struct thread *t)
{
    return torment_random(&t->random);
}

unsigned int stress_key_number(long worker, long thread, unsigned int key)
{
    return (unsigned int)((worker * STRESS_THREADS_MAX + thread) *
                          STRESS_KEYS) +
           key + 1;
}

void stress_enter(struct thread *t)
{
    atomic_store(&t->state->since_ms, torment_now_ms());
    atomic_store(&t->state->in_call, true);
}

void stress_leave(struct thread *t)
{
    int64_t took = torment_now_ms() - atomic_load(&t->state->since_ms);

    atomic_store(&t->state->in_call, false);
    if (took > (int64_t)atomic_load(&stress_shared->slowest_ms)) {
        atomic_store(&stress_shared->slowest_ms, (unsigned long)took);
    }
}

void stress_count_refusal(int result)
{
    if (result == LCC_STORE_BUSY) {
        atomic_fetch_add(&stress_shared->busy, 1);
    } else if (result == LCC_STORE_FULL) {
        atomic_fetch_add(&stress_shared->full, 1);
    } else {
        (void)fprintf(stderr, "stress: a call answered %d\n", result);
        atomic_fetch_add(&stress_shared->other, 1);
    }
}

/* 200 bytes to 256 KiB, small ones more often. */
static size_t random_size(struct thread *t)
{
    unsigned int kind = stress_random(t) % 10;
    size_t most = kind < 6 ? 4000 : kind < 9 ? 20000 : 256 * 1024;

    return 200 + stress_random(t) % (most - 200 + 1);
}

int64_t stress_clock_s(void)
{
    return HELP_NOW +
           torment_now_ms(); /* a second is a millisecond: uses get noted */
}

static void do_put(struct thread *t, unsigned int key)
{
    struct stress_promise *p = &t->state->keys[key];
    unsigned int version = atomic_fetch_add(&t->state->version, 1) + 1;
    size_t size = random_size(t);
    int result;

    atomic_store(&p->tried, (uint64_t)version << 32);
    stress_enter(t);
    result = help_put_at(t->store, stress_key_number(t->worker, t->number, key),
                         version, size, stress_clock_s());
    stress_leave(t);
    atomic_fetch_add(&stress_shared->puts, 1);
    if (result == 0) {
        atomic_store(&p->accepted, (uint64_t)version << 32);
        atomic_store(&p->removing, false);
    } else {
        stress_count_refusal(result);
    }
    atomic_store(&p->tried, 0);
}

/* The body stays, and says so; the renewal is another. */
static void do_renew(struct thread *t, unsigned int key)
{
    struct stress_promise *p = &t->state->keys[key];
    unsigned int renewal = atomic_fetch_add(&t->state->version, 1) + 1;
    uint64_t accepted = atomic_load(&p->accepted);
    uint64_t state = (accepted & ~UINT64_C(0xffffffff)) | renewal;
    int result;

    if (accepted == 0) {
        return;
    }
    atomic_store(&p->tried, state);
    stress_enter(t);
    result = help_renew(t->store, stress_key_number(t->worker, t->number, key),
                        stress_clock_s(), renewal);
    stress_leave(t);
    atomic_fetch_add(&stress_shared->renewals, 1);
    if (result == 0) {
        atomic_store(&p->accepted, state);
    } else {
        stress_count_refusal(result);
    }
    atomic_store(&p->tried, 0);
}

static void do_remove(struct thread *t, unsigned int key)
{
    struct stress_promise *p = &t->state->keys[key];
    struct lcc_id id = help_id(stress_key_number(t->worker, t->number, key));
    const struct lcc_hash variant = {{0}};
    int result;

    atomic_store(&p->removing, true);
    stress_enter(t);
    result = lcc_store_remove(t->store, &id, &variant);
    stress_leave(t);
    atomic_fetch_add(&stress_shared->removes, 1);
    if (result == 0 || result == LCC_STORE_MISS) {
        atomic_store(&p->accepted, 0);
    } else {
        stress_count_refusal(result);
    }
    atomic_store(&p->removing, false);
}

/* Is the outcome one that the promise allows? Only while its owner is still:
 * the owner itself, or nobody at all, asks. */
void stress_judge(const struct stress_promise *p, unsigned int number,
                  int result, uint64_t state)
{
    uint64_t accepted = atomic_load(&p->accepted);
    uint64_t tried = atomic_load(&p->tried);
    bool removing = atomic_load(&p->removing);

    if (result == -ESTALE) {
        (void)fprintf(stderr, "stress: the body of key %u is gone\n", number);
        atomic_fetch_add(&stress_shared->lost, 1);
    } else if (result == LCC_STORE_MISS && accepted != 0 && !removing) {
        (void)fprintf(stderr, "stress: key %u is lost (%" PRIx64 ")\n", number,
                      accepted);
        atomic_fetch_add(&stress_shared->lost, 1);
    } else if (result == 0 && state != accepted && state != tried) {
        (void)fprintf(stderr,
                      "stress: key %u is %" PRIx64 ", promised %" PRIx64
                      " or %" PRIx64 "\n",
                      number, state, accepted, tried);
        atomic_fetch_add(&stress_shared->wrong, 1);
    }
}

/* What a killed predecessor left undecided is decided by looking; until that
 * succeeds nothing else may be done with the key. */
static bool is_settled(const struct stress_promise *p)
{
    return atomic_load(&p->tried) == 0 && !atomic_load(&p->removing);
}

static void settle(struct stress_promise *p, int result, uint64_t state)
{
    if (result == 0 || result == LCC_STORE_MISS) {
        atomic_store(&p->accepted, result == 0 ? state : 0);
        atomic_store(&p->tried, 0);
        atomic_store(&p->removing, false);
    }
}

static int do_get(struct thread *t, unsigned int number, uint64_t *ret_state)
{
    unsigned int version = 0;
    unsigned int renewal = 0;
    size_t size;
    int result;

    stress_enter(t);
    result = help_get_renewed(t->store, number, stress_clock_s(), &version,
                              &size, &renewal);
    stress_leave(t);
    atomic_fetch_add(&stress_shared->gets, 1);
    *ret_state = (uint64_t)version << 32 | renewal;
    if (result == 0) {
        atomic_fetch_add(&stress_shared->hits, 1);
    } else if (result == HELP_WRONG) {
        (void)fprintf(stderr, "stress: key %u: wrong bytes\n", number);
        atomic_fetch_add(&stress_shared->wrong, 1);
    } else if (result != LCC_STORE_MISS && result != -ESTALE) {
        /* -ESTALE: replaced between look and read */
        stress_count_refusal(result);
    }
    return result;
}

static void get_own(struct thread *t, unsigned int key)
{
    struct stress_promise *p = &t->state->keys[key];
    uint64_t state = 0;
    unsigned int number = stress_key_number(t->worker, t->number, key);
    int result = do_get(t, number, &state);

    stress_judge(p, number, result, state);
    settle(p, result, state);
}

static void work_on(struct thread *t, unsigned int key)
{
    unsigned int what = stress_random(t) % 100;
    uint64_t state;

    if (!is_settled(&t->state->keys[key])) {
        get_own(t, key);
    } else if (what < 22) {
        do_put(t, key);
    } else if (what < 27) {
        do_remove(t, key);
    } else if (what < 37) {
        do_renew(t, key);
    } else if (what < 50) {
        get_own(t, key);
    } else if (what < 70) {
        stress_do_parts(t);
    } else {
        (void)do_get(
            t,
            stress_key_number(stress_random(t) % stress_options.workers,
                              stress_random(t) % stress_options.threads, key),
            &state);
    }
}

static void *thread_run(void *arg)
{
    struct thread *t = arg;

    for (unsigned int key = 0; key < STRESS_KEYS; key++) {
        get_own(t, key);
    }
    for (unsigned int key = 0; key < STRESS_PART_KEYS; key++) {
        stress_settle_parts(t, key);
    }
    while (!atomic_load(&stress_shared->stop)) {
        work_on(t, stress_random(t) % STRESS_KEYS);
    }
    return NULL;
}

int stress_worker(long number, uint64_t seed)
{
    const struct lcc_store_config config = {
        .folder = stress_options.folder,
        .max_size_bytes = UINT64_C(4) << 30,
        .max_entry_bytes = UINT64_C(64) << 20,
    };
    struct thread threads[STRESS_THREADS_MAX];
    pthread_t ids[STRESS_THREADS_MAX];
    struct lcc_store *store;
    char why[LCC_WHY_SIZE];

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (lcc_store_open(&config, &store, why) != 0) {
        (void)fprintf(stderr, "stress: %s\n", why);
        return 1;
    }
    for (long i = 0; i < stress_options.threads; i++) {
        threads[i] = (struct thread){store, number, i, seed * 31 + (uint64_t)i,
                                     &stress_shared->threads[number][i]};
        (void)pthread_create(&ids[i], NULL, thread_run, &threads[i]);
    }
    for (long i = 0; i < stress_options.threads; i++) {
        (void)pthread_join(ids[i], NULL);
    }
    (void)lcc_store_free(store);
    return 0;
}
