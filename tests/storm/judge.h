/*
 * judge.h - what the report of a storm says
 */
#ifndef LCC_STORM_JUDGE_H
#define LCC_STORM_JUDGE_H

#include "tests/storm/storm.h"

#include <stdio.h>

enum {
    /* What one transfer may wait for locks: a look-up, one more after a wait,
     * and a commit, each for the thread beside it and for another process
     * (store/NOTES.md), and once for the table of leases. */
    STORM_LOCK_MS = 3 * 2 * 100 + 400,
    /* The machine may be busy with other things, and the plain programs, which
     * tell of it, are few. */
    STORM_SLACK_MS = 1500,
    /* How late plain transfers were in so long a time is how late the machine
     * made all of them. */
    STORM_WINDOW_MS = 5000,
};

struct storm_tally {
    unsigned long transfers, plain; /* reported, with and without us */
    unsigned long wrong, lost, failed, late, crashes;
    unsigned long last;    /* found at the end, by the cache alone */
    unsigned long offline; /* told that nothing is stored, in MODE=offline */
    long slowest_ms;
    long worst_ms; /* over a plain one at that time, at the most */
    long stall_ms; /* by which a plain one was longer than the shortest */
};

/* Read @path, from the start. @coalesce_ms: CURLCACHE_COALESCE. The first
 * faults are told on stderr. False: it cannot be read. */
bool storm_read_report(const char *path, long coalesce_ms,
                       struct storm_tally *ret);

#endif
