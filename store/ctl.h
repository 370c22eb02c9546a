/*
 * ctl.h - the control file: one mapped page that all processes share
 *
 * It holds the robust mutex, the number of the last commit, whether the
 * journal must be replayed, and the size of the database. Its random id is
 * part of the database's name: whoever makes a new one renames the database,
 * so there are never two locks over one file.
 *
 * What remains: a process that has mapped the file gets SIGBUS when somebody
 * truncates it in place. The folder is 0700 and we never do that; every
 * locked operation looks at the size first (NOTES.md).
 */
#ifndef LCC_CTL_H
#define LCC_CTL_H

#include "store/hash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#define LCC_CTL_FILE "ctl"

enum {
    LCC_CTL_SIZE = 4096,
    LCC_CTL_VERSION = 1,
    LCC_CTL_FLIGHTS = 120,
    LCC_CTL_FLIGHTS_AT = 256,
    LCC_CTL_CHANGED = 19,       /* pages of a commit that are named */
    LCC_CTL_BACK_OFF_MS = 2000, /* after a timeout, for so long, ... */
    LCC_CTL_BRIEF_MS = 2,       /* ... waits are no longer than this */
    LCC_CTL_STUCK_MS = 10000,   /* held so long by one, it is replaced */
};

/* A body that is being written (flight.h). */
struct lcc_ctl_flight {
    _Atomic uint32_t pid;    /* whose; 0: this row is free */
    _Atomic uint32_t blocks; /* of 4 KiB, on the disk */
    uint32_t born;           /* of the process: low halves of what */
    uint32_t space;          /* lease_holder.h says; 0: not known */
    struct lcc_hash name;
};

/* The page as it lies in the file; FORMAT.md draws it. */
struct lcc_ctl_page {
    uint64_t magic;
    uint32_t version;
    uint32_t size;
    struct lcc_hash id;
    uint8_t boot[16];
    _Atomic uint64_t stuck_holder;  /* who held the lock when one waited in */
    _Atomic uint64_t stuck_ms;      /* vain, and since when (lcc_now_ms()) */
    _Atomic uint64_t seq;           /* number of the last commit */
    _Atomic uint32_t journal_valid; /* replay it before reading anything */
    _Atomic uint32_t damaged;       /* for certain: to be set aside */
    _Atomic uint64_t db_size;       /* bytes of the database that count */
    _Atomic uint32_t unproven;      /* adopted or in doubt: not checked yet */
    _Atomic uint32_t pressed; /* more than half full: first uses are noted */
    _Atomic uint64_t aim;     /* what all entries are to count; 0: the limit */
    _Atomic uint64_t recent_size; /* bytes of the recent records that count */
    _Atomic uint64_t recent_generation; /* of their file (recent.h) */
    _Atomic uint32_t carried; /* a damaged index waits: its pages that have been
                               * carried over, and one more; 0: none waits */
    _Atomic uint32_t aside_blocks; /* of 4 KiB, of side files it alone names */
    pthread_mutex_t mutex;
    _Atomic uint64_t changed_by;    /* the commit that changed these pages */
    _Atomic uint32_t changed_count; /* more than LCC_CTL_CHANGED: any */
    _Atomic uint32_t changed[LCC_CTL_CHANGED];
    struct lcc_ctl_flight flights[LCC_CTL_FLIGHTS];
};

struct lcc_ctl {
    struct lcc_ctl_page *page; /* NULL: not attached */
    dev_t device;
    ino_t inode;
    bool writable;             /* false: read without a lock */
    bool other_boot;           /* not writable, from before the last boot */
    int64_t back_off_until_ms; /* CLOCK_MONOTONIC; 0: none */
    int64_t known_until_ms;    /* likewise: current, as far as a row asks */
};

enum lcc_ctl_outcome {
    LCC_CTL_OWNER_DIED = 1, /* locked; what it guards must be put right */
    LCC_CTL_BUSY,
    LCC_CTL_LOST, /* gone, replaced or cut: attach anew */
};

/**
 * lcc_ctl_attach() - map the control file of a subfolder, making it
 * @path:     the subfolder
 * @readonly: map for reading, make nothing
 *
 * One that is damaged or from before the last boot is replaced: it holds
 * nothing that cannot be found again. One of another version is damaged: other
 * formats lie in other folders.
 *
 * Return: 0; LCC_CTL_BUSY; -ENOENT when readonly and none is
 * there; -ENOSPC; -errno.
 */
int lcc_ctl_attach(struct lcc_ctl *ctl, const char *path, bool readonly);
void lcc_ctl_detach(struct lcc_ctl *ctl);

/* Is the file of that name still the one we have mapped, whole? */
bool lcc_ctl_is_current(const struct lcc_ctl *ctl, const char *path);

/**
 * lcc_ctl_lock() - take the shared mutex
 * @until_ms: lcc_now_ms() after which to give up
 *
 * Signals must be blocked. After LCC_CTL_OWNER_DIED call
 * lcc_ctl_consistent() before unlocking.
 *
 * Return: 0; LCC_CTL_OWNER_DIED; LCC_CTL_BUSY; LCC_CTL_LOST.
 */
int lcc_ctl_lock(struct lcc_ctl *ctl, int64_t until_ms);
void lcc_ctl_consistent(struct lcc_ctl *ctl);
void lcc_ctl_unlock(struct lcc_ctl *ctl);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t lcc_now_ms(void);
/* Nanoseconds of it: what of two things in one second came first. */
uint64_t lcc_now_ns(void);

#endif
