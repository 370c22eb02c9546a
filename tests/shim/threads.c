/*
 * threads.c - the table of handles, used by threads and forks at once
 *
 * A plain program: Criterion's do not start under the thread sanitizer, and
 * what this is for is that one (tools/check thread). Exit status 0: no handle
 * was lost, and none met another thread's.
 */
#include "shim/handle.h"
#include "tests/support/forks.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    THREADS = 4,
    ROUNDS = 3000,
    LIVE = 64, /* handles of one thread at a time: the table must grow */
    FORKS = FORKS_BESIDE_THREADS ? 10 : 0,
};

/* Never looked into, so any number will do. */
static CURL *key(uintptr_t thread, uintptr_t number)
{
    return (CURL *)((thread * LIVE + number + 1) * 64);
}

/* The oldest goes, a new one comes. Return: how often that went wrong. */
static uintptr_t churn(uintptr_t thread)
{
    struct lcc_handle *live[LIVE] = {0};
    uintptr_t wrong = 0;

    for (uintptr_t i = 0; i < ROUNDS; i++) {
        CURL *curl = key(thread, i % LIVE);
        struct lcc_handle **mine = &live[i % LIVE];

        wrong += lcc_handles_find(curl) != *mine;
        if (*mine) {
            lcc_handles_remove(*mine);
            wrong += lcc_handles_find(curl) != NULL;
        }
        *mine = lcc_handles_add(curl, NULL);
        wrong += !*mine || (*mine)->curl != curl;
    }
    for (uintptr_t i = 0; i < LIVE; i++) {
        wrong += lcc_handles_find(key(thread, i)) != live[i];
        lcc_handles_remove(live[i]);
    }
    return wrong;
}

static void *run(void *thread)
{
    return (void *)churn((uintptr_t)thread);
}

static uintptr_t fork_once(void)
{
    int status = -1;
    const pid_t child = fork();

    if (child == 0) {
        _exit(churn(THREADS) != 0);
    }
    return waitpid(child, &status, 0) != child || status != 0;
}

int main(void)
{
    pthread_t ids[THREADS];
    uintptr_t wrong = 0;

    for (uintptr_t i = 0; i < THREADS; i++) {
        wrong += pthread_create(&ids[i], NULL, run, (void *)i) != 0;
    }
    for (int i = 0; i < FORKS; i++) {
        wrong += fork_once();
    }
    for (int i = 0; i < THREADS; i++) {
        void *theirs = NULL;

        wrong += pthread_join(ids[i], &theirs) != 0 || theirs;
    }
    if (wrong) {
        (void)fprintf(stderr, "threads: %zu times wrong\n", (size_t)wrong);
    }
    return wrong != 0;
}
