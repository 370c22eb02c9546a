/*
 * signals.c - blocks and restores the calling thread's signals
 */
#include "store/signals.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

/* Pending in this thread or the process; only possible while it is blocked. */
static bool waits(const struct lcc_signals *signals, int number)
{
    sigset_t pending;

    return sigismember(&signals->before, number) == 1 &&
           sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

static void take_away(int number)
{
    static const struct timespec no_wait;
    sigset_t only;

    (void)sigemptyset(&only);
    (void)sigaddset(&only, number);
    (void)sigtimedwait(&only, NULL, &no_wait);
}

static void block(struct lcc_signals *signals, const sigset_t *which)
{
    (void)pthread_sigmask(SIG_BLOCK, which, &signals->before);
    signals->limit_waits = waits(signals, SIGXFSZ);
    signals->blocked = true;
}

void lcc_signals_block(struct lcc_signals *signals)
{
    static const int open[] = {SIGSEGV, SIGBUS,  SIGFPE,
                               SIGILL,  SIGTRAP, SIGABRT};
    sigset_t all;

    (void)sigfillset(&all);
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
        (void)sigdelset(&all, open[i]);
    }
    block(signals, &all);
}

void lcc_signals_block_of_writes(struct lcc_signals *signals)
{
    sigset_t raised;

    (void)sigemptyset(&raised);
    (void)sigaddset(&raised, SIGXFSZ);
    (void)sigaddset(&raised, SIGPIPE);
    block(signals, &raised);
}

void lcc_signals_restore(struct lcc_signals *signals)
{
    if (!signals->blocked) {
        return;
    }
    if (!signals->limit_waits) {
        take_away(SIGXFSZ);
    }
    lcc_signals_restore_unwritten(signals);
}

void lcc_signals_restore_unwritten(struct lcc_signals *signals)
{
    if (signals->blocked) {
        (void)pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
        signals->blocked = false;
    }
}

void lcc_signals_forget_pipe(const struct lcc_signals *signals)
{
    if (signals->blocked && sigismember(&signals->before, SIGPIPE) == 0) {
        take_away(SIGPIPE);
    }
}
