/*
 * signals.c - blocks and restores the calling thread's signals
 */
#include "store/signals.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

void lcc_signals_block(struct lcc_signals *signals)
{
    static const int open[] = {SIGSEGV, SIGBUS,  SIGFPE,
                               SIGILL,  SIGTRAP, SIGABRT};
    sigset_t all;

    (void)sigfillset(&all);
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
        (void)sigdelset(&all, open[i]);
    }
    (void)pthread_sigmask(SIG_BLOCK, &all, &signals->before);
    signals->blocked = true;
}

void lcc_signals_restore(struct lcc_signals *signals, bool limit_hit)
{
    static const struct timespec no_wait;
    sigset_t limit;

    if (!signals->blocked) {
        return;
    }
    if (limit_hit && !sigismember(&signals->before, SIGXFSZ)) {
        (void)sigemptyset(&limit);
        (void)sigaddset(&limit, SIGXFSZ);
        (void)sigtimedwait(&limit, NULL, &no_wait);
    }
    (void)pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
    signals->blocked = false;
}
