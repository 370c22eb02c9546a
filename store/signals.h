/*
 * signals.h - no handler of the program runs while we hold the shared lock
 *
 * A handler may take its time, or leave by longjmp. Those that a fault of the
 * thread itself raises stay open, so that crash reporters work.
 */
#ifndef LCC_SIGNALS_H
#define LCC_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

struct lcc_signals {
    sigset_t before;
    bool blocked;
};

void lcc_signals_block(struct lcc_signals *signals);
/* @limit_hit: a write of ours met RLIMIT_FSIZE; its SIGXFSZ is not for the
 * program and is taken away. */
void lcc_signals_restore(struct lcc_signals *signals, bool limit_hit);

#endif
