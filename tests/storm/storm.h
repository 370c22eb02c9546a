/*
 * storm.h - what the programs of the storm and the one that kills them share
 *
 * A mapped file of the storm's folder, the `page`: who is at work, who was
 * stopped for how long, and what somebody saw being stored. And the report, to
 * which each transfer adds one line with one write.
 */
#ifndef LCC_STORM_H
#define LCC_STORM_H

#include "tests/storm/urls.h"
#include "tests/support/torment.h"

#include <stdatomic.h>

enum {
    STORM_SLOTS_MAX = 40,
    STORM_THREADS = 3,
    STORM_PATH_MAX = 512,
    STORM_GENERATIONS = 2048,
    STORM_NUMBERS = STORM_GENERATIONS * STORM_URLS_MAX,
};

/* The kinds of programs. Those of which a plain one runs beside, never killed,
 * to tell how long their transfers take without us. */
enum storm_kind {
    STORM_EASY,     /* curl_easy_perform() */
    STORM_MULTI,    /* some handles at once, by turns in each way of driving */
    STORM_THREADED, /* STORM_THREADS at it, an easy handle each */
    STORM_FORKING,  /* easy; children make transfers of their own, some of them
                       forked in the middle of one of their parent's */
    STORM_CURL,     /* curl, STORM_CURL_URLS after each other */
    STORM_CURL_Z,   /* curl -Z, STORM_CURL_Z_URLS at once */
    STORM_LAST,     /* at the end: everything that was stored, once */
    STORM_KINDS,
};
extern const char *const storm_kinds[STORM_KINDS];

enum { STORM_CURL_URLS = 2, STORM_CURL_Z_URLS = 6 };

/* What a thread is at. */
struct storm_at {
    atomic_bool inside;       /* a function of libcurl */
    _Atomic int64_t since_ms; /* the start of the transfer; 0: between two */
};

struct storm_slot {
    atomic_int target;          /* the process to kill; 0: there is none */
    _Atomic int64_t stopped_ms; /* how long it has been stopped, in all */
    struct storm_at at[STORM_THREADS];
};

struct storm_page {
    atomic_bool stop;
    atomic_bool evicts; /* what is stored need not stay */
    atomic_uint generation;
    struct storm_slot slots[STORM_SLOTS_MAX];
    /* Set when the log says that it was stored, never taken back: by whom,
     * as bits, since curl sets options that make its requests other ones. */
    atomic_uint stored[STORM_NUMBERS];
};

/* One line of the report:
 * kind slot row generation code verdict took_ms ended_ms serial plain mode */
enum storm_verdict {
    STORM_RIGHT,
    STORM_WRONG, /* bytes, length, status or tag */
    STORM_LOST,  /* right, but fetched although it had been stored */
};

struct storm_line {
    int kind, slot, row, generation, code, verdict;
    long took_ms;  /* without the time it was stopped */
    long ended_ms; /* set by storm_report() */
    int serial;    /* so many transfers after each other took that long */
    int plain;     /* without the preload */
    char mode;     /* first letter of CURLCACHE_MODE: n, o, r, e, c */
};

/* A program of the storm: what it was told. */
struct storm_self {
    const char *base;   /* of URLs */
    const char *folder; /* of page, report and logs */
    enum storm_kind kind;
    int slot;
    bool plain;
    char mode;
    long respawn_ms; /* of programs that it starts itself */
    uint64_t random;
    struct storm_page *page;
    int report;
    int log;   /* the decisions of this slot's programs; -1: none */
    int alone; /* the one row that this process is at; -1: several, or none */
};

enum storm_family { STORM_OURS = 1, STORM_CURLS = 2 };

static inline bool storm_starts_curl(enum storm_kind kind)
{
    return kind == STORM_CURL || kind == STORM_CURL_Z;
}

/* Was it stored by a program of this kind? */
static inline bool storm_is_stored(const struct storm_self *self,
                                   unsigned int row, unsigned int generation)
{
    unsigned int family =
        storm_starts_curl(self->kind) ? STORM_CURLS : STORM_OURS;

    return atomic_load(&self->page->stored[storm_number(row, generation)]) &
           family;
}

/* Map the page of a folder, creating it; ends the program on failure. */
struct storm_page *storm_page_map(const char *folder);
void storm_report(const struct storm_self *self, const struct storm_line *line);
/* What the log says by now: who was stored is marked so in the page. */
void storm_read_log(struct storm_self *self);

#endif
