/*
 * store_private.h - what the files behind store.h share
 *
 * Layers, each calling only those before it: ctl and journal, pager, db,
 * records, body and evict, store. Nothing outside the store includes this.
 */
#ifndef LCC_STORE_PRIVATE_H
#define LCC_STORE_PRIVATE_H

#include "store/body.h"
#include "store/db.h"
#include "store/evict.h"
#include "store/folder.h"
#include "store/pager.h"
#include "store/partial.h"
#include "store/recent.h"
#include "store/records.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    LCC_TOUCHED_SLOTS = 1024, /* entries whose last use was noted lately */
    LCC_USE_SPAN_S = 600,     /* a hit is noted once in such a span */
    LCC_USE_SPAN_EASY_S =
        3600,               /* or this, while nothing is to be dropped soon */
    LCC_READS_ALONE = 4096, /* then Berkeley DB's memory goes to the pages */
    LCC_RUN_TRIES = 4,      /* snapshots tried before answering busy */
    LCC_BATCH = 64,         /* entries removed or visited in one go */
    LCC_PURGE_ROUNDS = 4,   /* commits a call spends on parts that are gone */
    LCC_BAD_MS = 2000,      /* between two tries at a damaged database */
    LCC_BESIDE_MS = 100,    /* between two looks at the files beside it */
    /* Side files of recent records may have this share of the cache's limit:
     * they count, but what has not reached the database is no victim. */
    LCC_RECENT_SIDE_SHARE = 16,
    LCC_AHEAD_SHARE = 128, /* and what is dropped at once when room is needed */
    LCC_DISK_CHECK_MS = 1000, /* between two looks at the disk's free space */
    /* So much of the disk is left free: this, or of a small one this share. */
    LCC_DISK_FLOOR_BYTES = 64 * 1024 * 1024,
    LCC_DISK_FLOOR_SHARE = 64,
};

/* Secrets handed out stay valid after a clear renewed them. */
struct lcc_secret_node {
    struct lcc_secret secret;
    struct lcc_secret_node *older;
};

struct lcc_touched {
    uint64_t name;   /* first bytes of the entry's hashes */
    int64_t until_s; /* no use is noted before */
};

struct lcc_store {
    char *path; /* the subfolder */
    struct lcc_store_config config;
    _Atomic(struct lcc_secret_node *) secret;
    pthread_mutex_t mutex; /* one call at a time has the database */
    unsigned char *alive;  /* a byte that reads 0 in a child of fork() */
    pid_t pid;             /* where there is no such byte */
    bool fork_held;        /* the fork handlers got the mutex */
    struct lcc_pager *pager;
    struct lcc_db *db;
    unsigned int reads;       /* since the last write */
    struct lcc_recent recent; /* what is newer than the database */
    char name[64];            /* of the database the secret goes with */
    int64_t bad_until_ms;     /* damage was met: no trying before */
    int64_t beside_until_ms;  /* so long this holds: */
    uint64_t beside_bytes;    /* of the files beside index and bodies */
    int64_t disk_until_ms;    /* and this: */
    bool disk_is_low;
    struct lcc_garbage *dropped; /* of the commit that is being made */
    bool swept;
    int64_t opened_ms;      /* when this process began with it */
    int64_t heal_ms;        /* spent on an index in doubt, or damaged */
    bool heals_whole;       /* and is to spend what it takes */
    uint64_t carried_count; /* entries carried over to a new one */
    struct lcc_touched touched[LCC_TOUCHED_SLOTS];
    struct lcc_store *next; /* all stores of the process, for fork() */
};

/* What every public call does first and last: errno and cancellation. */
struct lcc_call {
    int saved_errno;
    int cancel_state;
};
struct lcc_call lcc_call_begin(void);
void lcc_call_end(struct lcc_call call);

/* Registration with the fork handlers (fork.c). */
int lcc_fork_register(struct lcc_store *store);
void lcc_fork_unregister(struct lcc_store *store);
/* The process's mutex of this store; heals a store after a bare clone().
 * 0; LCC_STORE_BUSY. */
int lcc_store_enter(struct lcc_store *store);
void lcc_store_leave(struct lcc_store *store);

/**
 * lcc_store_run() - do something with the database on one snapshot
 * @write: under the shared lock from the start, committed at the end
 * @fn:    may run more than once; LCC_DB_STALE from it asks for that
 *
 * Return: what @fn returned, or LCC_STORE_BUSY, _FULL, _UNAVAILABLE, -errno.
 */
typedef int (*lcc_store_fn)(struct lcc_store *store, void *arg);
int lcc_store_run(struct lcc_store *store, bool write, lcc_store_fn fn,
                  void *arg);

/* A run that found nothing to do leaves @fn with this and no commit. */
enum { LCC_RUN_NOTHING = 101 };

struct lcc_writer {
    struct lcc_store *store;
    struct lcc_body body;
    uint64_t size;
    uint64_t reserved; /* bytes on the disk that others know of (flight.h) */
};

/* Give the body its file, with room made for it; @keep stays, or NULL. As
 * lcc_body_keep(), and LCC_STORE_FULL, LCC_STORE_DISK_LOW. Not entered. */
int lcc_writer_keep(struct lcc_writer *writer, const struct lcc_name *keep);
/* The body is named by the index now, or gone. Not entered. */
void lcc_writer_release(struct lcc_writer *writer);

/* Locked, after a commit: what it has dropped leaves the disk before anybody
 * else counts what is there. */
void lcc_store_unlink_committed(struct lcc_store *store);
/* Unlink what a commit left without an entry, and go on with the parts that it
 * left so, for LCC_PURGE_ROUNDS commits. Entered. */
void lcc_store_discard(struct lcc_store *store,
                       const struct lcc_garbage *garbage);

/* What a commit of now is to keep to; @own: a body of the caller's, which the
 * commit counts itself. Entered. */
struct lcc_evict lcc_store_limits(struct lcc_store *store,
                                  const struct lcc_hash *own, int64_t now_s,
                                  const struct lcc_name *keep);
/* The same of one that takes the recent records in. */
struct lcc_evict lcc_store_merge_limits(struct lcc_store *store, int64_t now_s);
/* In a commit that has changed nothing yet: what it is compared with. */
int lcc_store_before(struct lcc_store *store, struct lcc_evict *want);
/* After a commit: is the cache filling up? Entered. */
void lcc_store_note_fill(struct lcc_store *store, const struct lcc_evict *want,
                         const struct lcc_evicted *is, uint64_t put_bytes);
/* Is there less free space on the disk than we leave to others? Asked of the
 * kernel once in LCC_DISK_CHECK_MS. Entered. */
bool lcc_store_disk_is_low(struct lcc_store *store);

/* In a commit: how many bytes of what it drops fit beside what it leaves. */
void lcc_store_note_left(struct lcc_garbage *garbage,
                         const struct lcc_evict *want,
                         const struct lcc_evicted *is);
/* Locked, after a commit: unlink the side files that it has dropped, but those
 * that may stay to be written over. */
void lcc_store_let_go(struct lcc_store *store, struct lcc_garbage *garbage);
/* Unlink one of those, for its room. False when there is none. Entered. */
bool lcc_store_drop_spare(struct lcc_store *store);
void lcc_store_drop_spares(struct lcc_store *store);
/* A body of @bytes is about to get its file: should one wait, it is that. Has
 * its name. Returns what it will take on the disk. Entered. */
uint64_t lcc_store_take_spare(struct lcc_store *store, struct lcc_body *body,
                              uint64_t bytes);

/* Evict until @incoming bytes of a side file fit beside what is stored, in as
 * many commits as that takes, within bounds; never @keep, which may be NULL.
 * Entered. 0; LCC_STORE_FULL; results of lcc_store_run(). */
int lcc_store_make_room(struct lcc_store *store, const struct lcc_hash *own,
                        uint64_t incoming, int64_t now_s,
                        const struct lcc_name *keep);
/* A put has failed because index or side files would grow too large: drop some
 * more, in one commit. Entered. Results as above. */
int lcc_store_make_way(struct lcc_store *store, const struct lcc_evict *want);
/* lcc_store_run() for a commit that may find too little room: others go first,
 * and again. @want and @crowded are set by @fn, which leaves LCC_STORE_FULL.
 * Entered. Results as above. */
int lcc_store_run_with_way(struct lcc_store *store, lcc_store_fn fn, void *arg,
                           const struct lcc_evict *want, const bool *crowded);
/* Nothing is stored any more: a new, small index takes the old one's place, in
 * one commit. Entered. Results as above. */
int lcc_store_empty_index(struct lcc_store *store);
/* For lcc_body_sweep(); @arg is a struct lcc_store. Entered. */
int lcc_store_is_indexed(void *arg, const struct lcc_hash *name);
/* In a commit: a request with very many variants keeps the newest of them. */
int lcc_store_cap_variants(struct lcc_db *db, const struct lcc_name *name,
                           struct lcc_garbage *garbage);
/* Look for side files without an entry, once per process. Entered. */
void lcc_store_sweep(struct lcc_store *store);

/* How many rows this cache's file of recent records may have; 0: none. */
size_t lcc_store_recent_rows(const struct lcc_store *store);
/* In a run, before the database is asked: from here on store->recent lies in
 * front of the snapshot. 0; LCC_DB_STALE; LCC_STORE_BUSY; -errno. */
int lcc_store_sync_recent(struct lcc_store *store);
/* In a run: what the rows add to what the database counts. As above. */
int lcc_store_count_recent(struct lcc_store *store, struct lcc_totals *totals);
/* Add a row, after a commit of all the others if need be. Entered. 0;
 * LCC_STORE_MISS when it is not for this file; results of lcc_store_run(). */
int lcc_store_add_recent(struct lcc_store *store,
                         const struct lcc_recent_row *row);
/* In a run: whose is a side file, by the rows and then by the database? Of one
 * that a newer row has replaced it is nobody's. 0; LCC_STORE_MISS; as above. */
int lcc_store_side_owner(struct lcc_store *store, const struct lcc_hash *file,
                         struct lcc_name *ret);
/* Take all rows into the database, in one commit. Entered. Results of
 * lcc_store_run(). */
int lcc_store_merge(struct lcc_store *store);
/* Before something else is done to what a URL has in the database: if rows
 * are newer than that, they go there first. Entered. Results as above. */
int lcc_store_settle(struct lcc_store *store, const struct lcc_hash *url);
/* All rows are gone: where removing must not fail. Entered. Results as above.*/
int lcc_store_forget_recent(struct lcc_store *store);

/* Bytes of a partial hit: see lcc_store_read_body(). */
int lcc_store_read_parts(struct lcc_store *store, const struct lcc_hit *hit,
                         uint64_t offset, void *into, size_t size,
                         size_t *ret_got);

/* Drop one, or whoever has its body in that side file. Results as those of
 * lcc_store_remove(). */
int lcc_store_drop(struct lcc_store *store, const struct lcc_name *name);
int lcc_store_drop_side_file(struct lcc_store *store,
                             const struct lcc_hash *file);

/* Locked, about to write, the index in doubt: prove it, or set it aside. 0 with
 * a new snapshot needed; LCC_STORE_BUSY when that takes longer than this
 * process may; -errno. */
int lcc_store_heal(struct lcc_store *store);
/* Until when this process may go on with healing, from @now_ms; 0: not now. */
int64_t lcc_store_heal_until(struct lcc_store *store, int64_t now_ms);
/* Does an index that was set aside wait? */
bool lcc_store_has_aside(const struct lcc_store *store);
/* Carry over what is whole in it, as far as this process may. Entered. 0, done
 * or not; results of lcc_store_run(). */
int lcc_store_carry(struct lcc_store *store);
/* Is the index sound? Reads all of it. Entered. 0; LCC_STORE_UNAVAILABLE;
 * LCC_STORE_BUSY when it changes all the time; -errno. */
int lcc_store_check_index(struct lcc_store *store);

/* The secret of the cache as it is now; keeps older ones alive. */
int lcc_store_load_secret(struct lcc_store *store);

#endif
