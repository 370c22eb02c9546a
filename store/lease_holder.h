/*
 * lease_holder.h - which process holds a lease, and is it still there?
 */
#ifndef LCC_LEASE_HOLDER_H
#define LCC_LEASE_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

/* A process, told apart from a later one of the same number. What is not known
 * is 0 and counts as equal. */
struct lcc_holder {
    uint64_t pid;
    uint64_t space; /* inode of its namespace of process ids */
    uint64_t born;  /* clock ticks after boot */
    uint64_t stack; /* where its stack began: exec() moves it */
};

/* This process. Cheap but for the first call and the first after a fork. */
void lcc_holder_self(struct lcc_holder *ret);
/* Has it ended, or become another program? False in doubt. */
bool lcc_holder_is_gone(const struct lcc_holder *holder);

/* Has the first thread of this process ended, and is the calling one all that
 * keeps it alive? False in doubt. */
bool lcc_holder_is_last_thread(void);

#endif
