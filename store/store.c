/*
 * store.c - opening, closing, and running something on a snapshot
 */
#include "store/store_private.h"

#include "store/signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lcc_call lcc_call_begin(void)
{
    struct lcc_call call = {.saved_errno = errno};

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &call.cancel_state);
    return call;
}

void lcc_call_end(struct lcc_call call)
{
    (void)pthread_setcancelstate(call.cancel_state, NULL);
    errno = call.saved_errno;
}

/* --- opening and closing ------------------------------------------------- */

int lcc_store_load_secret(struct lcc_store *store)
{
    struct lcc_secret_node *now = atomic_load(&store->secret);
    struct lcc_secret secret;
    struct lcc_secret_node *node;
    int result =
        lcc_folder_secret(store->path, !store->config.readonly, &secret);

    if (result == -ENOENT && store->config.readonly) {
        result = now ? 0 : lcc_folder_random(&secret, sizeof(secret));
        if (now) {
            return 0;
        }
    }
    if (result != 0) {
        return result;
    }
    if (now && memcmp(&now->secret, &secret, sizeof(secret)) == 0) {
        return 0;
    }
    node = malloc(sizeof(*node));
    if (!node) {
        return -ENOMEM;
    }
    *node = (struct lcc_secret_node){secret, now};
    atomic_store(&store->secret, node);
    return 0;
}

static void store_release(struct lcc_store *store)
{
    struct lcc_secret_node *node = atomic_load(&store->secret);

    while (node) {
        struct lcc_secret_node *older = node->older;

        free(node);
        node = older;
    }
    store->db = lcc_db_free(store->db);
    store->pager = lcc_pager_free(store->pager);
    lcc_recent_done(&store->recent);
    (void)pthread_mutex_destroy(&store->mutex);
    free(store->path);
    free(store);
}

static int secret_trouble(const struct lcc_store *store, int error, char *why)
{
    (void)snprintf(why, LCC_WHY_SIZE,
                   "%s/secret cannot be used (%s); it must be a file of yours "
                   "with mode 0600",
                   store->path, strerrordesc_np(-error));
    return error == -ENOSPC || error == -EDQUOT || error == -EFBIG
               ? LCC_STORE_UNAVAILABLE
               : LCC_STORE_BAD_FOLDER;
}

static int store_setup(struct lcc_store *store, char *why)
{
    int result = lcc_store_load_secret(store);

    if (result == -ENOMEM) {
        return result;
    }
    if (result != 0) {
        return secret_trouble(store, result, why);
    }
    result = lcc_pager_new(store->path, store->config.readonly, &store->pager);
    if (result == -EMFILE) {
        (void)snprintf(why, LCC_WHY_SIZE,
                       "too many caches are open in this process (at most %d)",
                       LCC_PAGER_SLOTS);
        return LCC_STORE_UNAVAILABLE;
    }
    if (result == 0) {
        result = lcc_fork_register(store);
    }
    if (result == LCC_STORE_BUSY) {
        (void)snprintf(why, LCC_WHY_SIZE, "another thread is in fork()");
        result = LCC_STORE_UNAVAILABLE;
    }
    return result;
}

static int store_open(const struct lcc_store_config *config,
                      struct lcc_store **ret, char *why)
{
    struct lcc_store *store = calloc(1, sizeof(*store));
    int result;

    if (!store) {
        return -ENOMEM;
    }
    store->config = *config;
    store->config.folder = NULL;
    store->opened_ms = lcc_now_ms();
    lcc_recent_init(&store->recent);
    (void)pthread_mutex_init(&store->mutex, NULL);
    result =
        lcc_folder_open(config->folder, config->readonly, &store->path, why);
    if (result == 0) {
        result = store_setup(store, why);
    }
    if (result != 0) {
        store_release(store);
        return result;
    }
    *ret = store;
    return 0;
}

int lcc_store_open(const struct lcc_store_config *config,
                   struct lcc_store **ret, char *ret_why)
{
    struct lcc_call call = lcc_call_begin();
    struct lcc_signals signals;
    int result;

    lcc_signals_block(&signals);
    result = store_open(config, ret, ret_why);
    lcc_signals_restore(&signals);
    lcc_call_end(call);
    return result;
}

struct lcc_store *lcc_store_free(struct lcc_store *store)
{
    struct lcc_call call = lcc_call_begin();

    if (store) {
        lcc_fork_unregister(store);
        store_release(store);
    }
    lcc_call_end(call);
    return NULL;
}

const struct lcc_secret *lcc_store_secret(const struct lcc_store *store)
{
    return &atomic_load(&store->secret)->secret;
}

const char *lcc_store_path(const struct lcc_store *store)
{
    return store->path;
}

/* --- snapshots ----------------------------------------------------------- */

/* Another database than before: the cache was cleared, or the machine
 * rebooted. The secret may be another one. */
static void note_name(struct lcc_store *store)
{
    const char *name = lcc_pager_name(store->pager);

    if (store->name[0] && strcmp(store->name, name) != 0) {
        (void)lcc_store_load_secret(store);
    }
    (void)snprintf(store->name, sizeof(store->name), "%s", name);
}

static int snapshot(struct lcc_store *store, bool write)
{
    bool create = false;
    int result;

    lcc_db_close(store->db);
    result = lcc_pager_snapshot(store->pager, &create);
    if (result == 0 && !create && write &&
        lcc_pager_is_in_doubt(store->pager)) {
        result = LCC_DB_STALE; /* adopted this moment */
    }
    if (result == 0 && (create || write)) {
        result = lcc_db_open(store->db, create);
    }
    if (result == 0 && create) {
        result = lcc_db_sync(store->db);
        if (result == 0) {
            result = lcc_pager_commit(store->pager);
        }
    }
    if (result == 0) {
        note_name(store);
    }
    return result;
}

static int db_make(struct lcc_store *store)
{
    if (!store->db) {
        store->db =
            lcc_db_new(store->pager, store->path, store->config.readonly);
    }
    return store->db ? 0 : -ENOMEM;
}

static int empty_index(struct lcc_store *store)
{
    struct lcc_totals totals;
    bool create;
    int result = db_make(store);

    if (result == 0) {
        result = lcc_pager_begin(store->pager);
    }
    if (result == LCC_DB_STALE || result == 0) {
        result = snapshot(store, true);
    }
    if (result == 0) {
        result = lcc_totals_read(store->db, &totals);
    }
    if (result != 0 || totals.entries != 0 || totals.bytes != 0) {
        return result; /* somebody was faster */
    }
    lcc_db_close(store->db);
    result = lcc_pager_snapshot(store->pager, &create);
    if (result == 0) {
        result = lcc_db_open(store->db, true);
    }
    if (result == 0) {
        result = lcc_db_sync(store->db);
    }
    return result == 0 ? lcc_pager_commit(store->pager) : result;
}

int lcc_store_empty_index(struct lcc_store *store)
{
    int result = empty_index(store);

    store->db = lcc_db_free(store->db);
    lcc_pager_end(store->pager);
    return result == LCC_DB_STALE ? LCC_STORE_BUSY : result;
}

/* Who has read for long may do so for longer. Of a large index all inner pages
 * find room where Berkeley DB has none, which costs the next write 0.3 ms. */
static void note_read(struct lcc_store *store)
{
    if (++store->reads == LCC_READS_ALONE && store->db) {
        lcc_db_close(store->db);
    }
}

/* Reading: the newest commit, by the lock only if need be. */
static int ensure_read(struct lcc_store *store)
{
    int result;

    note_read(store);
    if (lcc_pager_is_fresh(store->pager)) {
        return 0;
    }
    result = lcc_pager_follow(store->pager);
    if (result == 0) {
        note_name(store);
    }
    if (result == LCC_DB_STALE) {
        result = lcc_pager_begin(store->pager);
    }
    return result == LCC_DB_STALE ? snapshot(store, false) : result;
}

/* Writing: under the lock, Berkeley DB open on the newest commit. */
static int ensure_written(struct lcc_store *store)
{
    int result = lcc_pager_begin(store->pager);

    store->reads = 0;
    if ((result == 0 || result == LCC_DB_STALE) &&
        lcc_pager_is_in_doubt(store->pager)) {
        result = lcc_store_heal(store);
        result = result == 0 ? LCC_DB_STALE : result;
    }
    /* The pager may be up to date where opening the database failed. */
    return result == LCC_DB_STALE ||
                   (result == 0 && (!lcc_db_is_open(store->db) ||
                                    lcc_pager_has_moved(store->pager)))
               ? snapshot(store, true)
               : result;
}

static int ensure(struct lcc_store *store, bool write)
{
    int result = db_make(store);

    if (result == 0) {
        result = write ? ensure_written(store) : ensure_read(store);
    }
    if (result == 0) {
        lcc_db_use_snapshot(store->db, !write);
    }
    return result;
}

/* After this result, is what is in memory still the snapshot? A read that got
 * no lock or came too late has changed nothing; a write may have begun. */
static bool is_sound(const struct lcc_store *store, int result, bool write)
{
    return result == 0 || result == LCC_RUN_NOTHING ||
           (!write &&
            (result == LCC_STORE_MISS || result == LCC_STORE_BUSY ||
             (result == LCC_DB_STALE && !lcc_pager_is_fresh(store->pager))));
}

static int run_once(struct lcc_store *store, bool write, lcc_store_fn fn,
                    void *arg)
{
    int result = ensure(store, write);
    bool sound = is_sound(store, result, false);

    store->dropped = NULL;

    if (result == 0) {
        result = fn(store, arg);
        if (result == 0 && write) {
            result = lcc_totals_write(store->db);
            if (result == 0) {
                result = lcc_db_sync(store->db);
            }
            if (result == 0) {
                result = lcc_pager_commit(store->pager);
            }
            if (result == 0) {
                lcc_store_unlink_committed(store);
            }
        }
        sound = is_sound(store, result, write);
    }
    if (store->db && write) {
        lcc_db_seek_end(store->db);
    }
    /* Again, then, without Berkeley DB, or on a new index. */
    if (result == LCC_STORE_UNAVAILABLE && lcc_pager_doubt(store->pager)) {
        result = LCC_DB_STALE;
    }
    if (!sound) {
        store->db = lcc_db_free(store->db);
    }
    lcc_pager_end(store->pager);
    return result;
}

int lcc_store_run(struct lcc_store *store, bool write, lcc_store_fn fn,
                  void *arg)
{
    int result = LCC_DB_STALE;

    if (store->bad_until_ms != 0 && lcc_now_ms() < store->bad_until_ms) {
        return LCC_STORE_UNAVAILABLE;
    }
    store->bad_until_ms = 0;
    for (int tries = 0; result == LCC_DB_STALE && tries < LCC_RUN_TRIES;
         tries++) {
        result = run_once(store, write, fn, arg);
    }
    switch (result) {
    case LCC_RUN_NOTHING:
        return 0;
    case LCC_DB_STALE:
        return LCC_STORE_BUSY;
    case LCC_STORE_UNAVAILABLE:
        /* In doubt, what is whole is still found. */
        if (!lcc_pager_is_in_doubt(store->pager)) {
            store->bad_until_ms = lcc_now_ms() + LCC_BAD_MS;
        }
        return result;
    case -ENOENT:
        return LCC_STORE_MISS; /* readonly, and nothing was ever stored */
    default:
        return result;
    }
}
