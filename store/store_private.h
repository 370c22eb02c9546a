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
#include "store/records.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    LCC_TOUCHED_SLOTS = 1024, /* entries whose last use was noted lately */
    LCC_USE_BUCKET_S = 600,   /* a hit is noted once in such a span */
    LCC_RUN_TRIES = 4,        /* snapshots tried before answering busy */
    LCC_BATCH = 64,           /* entries removed or visited in one go */
    LCC_PURGE_ROUNDS = 4,     /* commits a call spends on parts that are gone */
    LCC_BAD_MS = 2000,        /* between two tries at a damaged database */
};

/* Secrets handed out stay valid after a clear renewed them. */
struct lcc_secret_node {
    struct lcc_secret secret;
    struct lcc_secret_node *older;
};

struct lcc_touched {
    uint64_t name; /* first bytes of the entry's hashes */
    int64_t bucket;
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
    char name[64];                   /* of the database the secret goes with */
    int64_t bad_until_ms;            /* damage was met: no trying before */
    _Atomic uint64_t reserved_bytes; /* appended, not yet committed */
    bool swept;
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
    uint64_t reserved; /* of it, counted in store->reserved_bytes */
};

/* Unlink what a commit left without an entry, and go on with the parts that it
 * left so, for LCC_PURGE_ROUNDS commits. Entered. */
void lcc_store_discard(struct lcc_store *store,
                       const struct lcc_garbage *garbage);

/* Evict until @incoming bytes fit beside what is stored, in as many commits as
 * that takes, within bounds; never @keep, which may be NULL. Entered. 0;
 * LCC_STORE_FULL; results of lcc_store_run(). */
int lcc_store_make_room(struct lcc_store *store, uint64_t incoming,
                        int64_t now_s, const struct lcc_name *keep);
/* In a commit: a request with very many variants keeps the newest of them. */
int lcc_store_cap_variants(struct lcc_db *db, const struct lcc_name *name,
                           struct lcc_garbage *garbage);
/* Look for side files without an entry, once per process. Entered. */
void lcc_store_sweep(struct lcc_store *store);

/* Bytes of a partial hit: see lcc_store_read_body(). */
int lcc_store_read_parts(struct lcc_store *store, const struct lcc_hit *hit,
                         uint64_t offset, void *into, size_t size,
                         size_t *ret_got);

/* Drop one, or whoever has its body in that side file. Results as those of
 * lcc_store_remove(). */
int lcc_store_drop(struct lcc_store *store, const struct lcc_name *name);
int lcc_store_drop_side_file(struct lcc_store *store,
                             const struct lcc_hash *file);

/* The secret of the cache as it is now; keeps older ones alive. */
int lcc_store_load_secret(struct lcc_store *store);

#endif
