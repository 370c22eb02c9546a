/*
 * programs.h - the programs of a storm: started, killed, stopped, awaited
 */
#ifndef LCC_STORM_PROGRAMS_H
#define LCC_STORM_PROGRAMS_H

#include "tests/storm/storm.h"

enum {
    STORM_PLAIN_COUNT = 4,  /* slots behind those of the workers */
    STORM_HANG_MS = 20000,  /* a transfer that takes longer never ends */
    STORM_END_MS = 60000,   /* a program that was told to */
    STORM_LAST_MS = 300000, /* the one that asks for everything */
};

struct storm_options {
    const char *client, *preload, *tool, *folder;
    long workers, seconds, kills, min_ms, max_ms, respawn_ms, stop, coalesce_s,
        generation_ms, max_mb, seed, keep;
};

struct storm_counts {
    unsigned long kills, inside, of_curl, stops, hangs, crashes;
};

/* All of them; both pointers stay in use until storm_end_programs(). */
void storm_start_programs(const struct storm_options *options, const char *base,
                          struct storm_page *page);
/* Start those that are due, wake the stopped, find the crashed and hanging. */
void storm_look_after_programs(struct storm_counts *counts);
/* Is a thread of it inside libcurl? True of curl itself, which is all it does.
 */
bool storm_is_inside(int slot);
void storm_kill_program(int slot, struct storm_counts *counts);
void storm_stop_program(int slot, long ms, struct storm_counts *counts);
/* Tell them to end and wait for it; then the last one asks for everything. */
void storm_end_programs(struct storm_counts *counts);

#endif
