/*
 * threads.c - the store and the ledger, used by threads and forks at once
 *
 * A plain program: Criterion's do not start under the thread sanitizer. What
 * it checks itself is that nothing is wrong or missing; that nobody raced is
 * what the sanitizer says (tools/check thread). Exit status 0: all is well.
 */
#include "store_values.h"

#include "store/base.h"
#include "store/ledger.h"
#include "tests/support/forks.h"
#include "tests/support/tmpdir.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    THREADS = 4,
    KEYS = 40,  /* of each thread */
    SHARED = 8, /* keys that everybody replaces and reads */
    FORKS = FORKS_BESIDE_THREADS ? 10 : 0, /* while the threads are at work */
    NOTES = 3000,                          /* of each thread in the ledger */
    URLS = 64,
    BUSY_MAX = 1000, /* times that one call may find the store busy */
};

static atomic_uint wrong;

#define EXPECT(is_so)                                                          \
    do {                                                                       \
        if (!(is_so)) {                                                        \
            (void)fprintf(stderr, "threads: line %d: not so: %s\n", __LINE__,  \
                          #is_so);                                             \
            atomic_fetch_add(&wrong, 1);                                       \
        }                                                                      \
    } while (0)

static struct lcc_store *open_store(const char *folder)
{
    const struct lcc_store_config config = {
        .folder = folder,
        .max_size_bytes = 64 * 1024 * 1024,
        .max_entry_bytes = 32 * 1024 * 1024,
    };
    struct lcc_store *store = NULL;
    char why[LCC_WHY_SIZE] = "";

    if (lcc_store_open(&config, &store, why) != 0) {
        (void)fprintf(stderr, "threads: no store: %s\n", why);
        exit(1);
    }
    return store;
}

static int put(struct lcc_store *store, unsigned int key, unsigned int version)
{
    int result = LCC_STORE_BUSY;

    for (int i = 0; i < BUSY_MAX && result == LCC_STORE_BUSY; i++) {
        result = help_put(store, key, version, key % 20 * 900);
    }
    return result;
}

static int get(struct lcc_store *store, unsigned int key, unsigned int *version)
{
    int result = LCC_STORE_BUSY;
    size_t size;

    for (int i = 0; i < BUSY_MAX && result == LCC_STORE_BUSY; i++) {
        result = help_get(store, key, version, &size);
    }
    return result;
}

/* --- the store ----------------------------------------------------------- */

struct worker {
    struct lcc_store *store;
    unsigned int number;
};

/* Its own keys must hold what it put; a shared key, what anybody put. */
static void *use_store(void *arg)
{
    const struct worker *me = arg;

    for (unsigned int i = 0; i < KEYS; i++) {
        const unsigned int own = 1000 + me->number * KEYS + i;
        const unsigned int shared = 1 + i % SHARED;
        unsigned int version = 0;

        EXPECT(put(me->store, own, own) == 0);
        EXPECT(get(me->store, own, &version) == 0 && version == own);
        EXPECT(put(me->store, shared, 1 + me->number) == 0);
        const int result = get(me->store, shared, &version);
        /* -ESTALE: replaced between look and read. */
        EXPECT(result == -ESTALE ||
               (result == 0 && version >= 1 && version <= THREADS));
    }
    return NULL;
}

/* In a child: what was there before the fork, and something of its own. */
static int child_of_fork(struct lcc_store *store, unsigned int round)
{
    const unsigned int own = 5000 + round;
    unsigned int version = 0;

    return get(store, 500, &version) != 0 || version != 500 ||
           put(store, own, own) != 0 || get(store, own, &version) != 0;
}

static void fork_once(struct lcc_store *store, unsigned int round)
{
    int status = -1;
    const pid_t child = fork();

    if (child == 0) {
        _exit(child_of_fork(store, round));
    }
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void threads_and_forks_share_a_store(const char *folder)
{
    struct lcc_store *store = open_store(folder);
    struct worker workers[THREADS];
    pthread_t ids[THREADS];
    unsigned int version = 0;

    EXPECT(put(store, 500, 500) == 0);
    for (unsigned int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){store, i};
        EXPECT(pthread_create(&ids[i], NULL, use_store, &workers[i]) == 0);
    }
    for (int i = 0; i < FORKS; i++) {
        fork_once(store, (unsigned int)i);
    }
    for (unsigned int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(ids[i], NULL) == 0);
    }
    for (unsigned int i = 0; i < THREADS * KEYS; i++) {
        EXPECT(get(store, 1000 + i, &version) == 0 && version == 1000 + i);
    }
    for (int i = 0; i < FORKS; i++) {
        const unsigned int own = 5000 + (unsigned int)i;

        EXPECT(get(store, own, &version) == 0 && version == own);
    }
    (void)lcc_store_free(store);
}

/* Every thread opens and closes its own: what is global is shared anyway. */
static void *open_and_close(void *arg)
{
    for (unsigned int i = 0; i < 5; i++) {
        struct lcc_store *store = open_store(arg);
        unsigned int version = 0;

        EXPECT(get(store, 500, &version) == 0 && version == 500);
        (void)lcc_store_free(store);
    }
    return NULL;
}

static void run_threads(void *(*run)(void *), void *arg)
{
    pthread_t ids[THREADS];

    for (unsigned int i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&ids[i], NULL, run, arg) == 0);
    }
    for (unsigned int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(ids[i], NULL) == 0);
    }
}

/* --- the ledger ---------------------------------------------------------- */

static struct lcc_hash url_hash(unsigned int number)
{
    struct lcc_hash hash = {{0}};

    memset(hash.bytes, (int)number + 1, sizeof(hash.bytes));
    return hash;
}

static void *note_many(void *ledger)
{
    for (unsigned int i = 0; i < NOTES; i++) {
        const struct lcc_hash url = url_hash(i % URLS);
        const struct lcc_decided decided = {.reason = LCC_REASON_HIT,
                                            .when_s = 1 + i % URLS,
                                            .body_bytes = 1 + i % URLS};
        struct lcc_decided last;

        lcc_ledger_note(ledger, &url, &decided);
        if (lcc_ledger_last(ledger, &url, &last)) {
            EXPECT(last.when_s == decided.when_s);
            EXPECT(last.body_bytes == decided.body_bytes);
        }
    }
    return NULL;
}

static void threads_and_a_child_share_a_ledger(const char *folder)
{
    struct lcc_ledger *ledger = NULL;
    struct lcc_ledger_totals totals;
    int status = -1;

    EXPECT(lcc_ledger_open(folder, false, &ledger) == 0);
    const pid_t child = fork();
    if (child == 0) {
        note_many(ledger);
        _exit(atomic_load(&wrong) != 0);
    }
    run_threads(note_many, ledger);
    EXPECT(waitpid(child, &status, 0) == child && status == 0);
    lcc_ledger_totals(ledger, &totals);
    EXPECT(totals.by_reason[LCC_REASON_HIT] == (THREADS + 1) * NOTES);
    (void)lcc_ledger_free(ledger);
}

int main(void)
{
    char *folder = tmpdir_new();

    threads_and_forks_share_a_store(folder);
    run_threads(open_and_close, folder);
    threads_and_a_child_share_a_ledger(folder);
    (void)tmpdir_free(folder);
    return atomic_load(&wrong) != 0;
}
