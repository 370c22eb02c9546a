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
    bool limit_waits; /* a SIGXFSZ of the program's own was pending before */
};

void lcc_signals_block(struct lcc_signals *signals);
/* Only what a write of ours may raise, SIGXFSZ and SIGPIPE: where a write may
 * have to wait, the program can still be interrupted. */
void lcc_signals_block_of_writes(struct lcc_signals *signals);
/* A SIGXFSZ that came since is that of a write of ours, which met
 * RLIMIT_FSIZE: it is not for the program and is taken away. */
void lcc_signals_restore(struct lcc_signals *signals);
/* The same, at a system call less, where no file was written meanwhile. */
void lcc_signals_restore_unwritten(struct lcc_signals *signals);
/* Between the two, after a write that said EPIPE: its SIGPIPE is taken away. */
void lcc_signals_forget_pipe(const struct lcc_signals *signals);

#endif
