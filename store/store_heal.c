/*
 * store_heal.c - an index in doubt or damaged, put right by whoever stores
 *
 * In doubt (after a reboot, or when something did not add up) it is proven a
 * slice at a time. Found damaged it is set aside, and what is whole in it is
 * carried over to a new one, a few pages with every commit. Lookups go on
 * meanwhile: they cost nothing of this.
 */
#include "store/store_private.h"

#include "store/proof.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* What a process spends on it: so much at once, ... */
    HEAL_MS = 20,
    HEAL_SHARE = 50,     /* ... and this share of its time */
    WHOLE_MS = 200,      /* of holding the lock, when asked for */
    WHOLE_ROUNDS = 3000, /* so often */
    CHECK_TRIES = 4,     /* while others commit */
};

/* --- time ---------------------------------------------------------------- */

int64_t lcc_store_heal_until(struct lcc_store *store, int64_t now_ms)
{
    const int64_t allowed_ms =
        HEAL_MS + (now_ms - store->opened_ms) / HEAL_SHARE;

    if (store->heals_whole) {
        return now_ms + WHOLE_MS;
    }
    return store->heal_ms < allowed_ms ? now_ms + allowed_ms - store->heal_ms
                                       : 0;
}

/* --- doubt --------------------------------------------------------------- */

/* Side files that the damaged index names stay on the disk and count: as many
 * bytes as it says, or half the limit when it does not say. */
static uint64_t side_bytes_of(struct lcc_store *store)
{
    struct lcc_totals totals = {0};
    bool create = false;
    int result;

    lcc_db_close(store->db);
    result = lcc_pager_snapshot(store->pager, &create);
    if (result == 0 && !create) {
        lcc_db_use_snapshot(store->db, true);
        result = lcc_totals_read(store->db, &totals);
    }
    return result == 0 ? totals.side_bytes : store->config.max_size_bytes / 2;
}

int lcc_store_heal(struct lcc_store *store)
{
    const int64_t now_ms = lcc_now_ms();
    const int64_t until_ms = lcc_store_heal_until(store, now_ms);
    int result = LCC_STORE_BUSY;

    if (until_ms != 0) {
        result = lcc_pager_prove(store->pager, until_ms);
        store->heal_ms += lcc_now_ms() - now_ms + 1;
    }
    if (result == LCC_STORE_UNAVAILABLE) {
        result = lcc_pager_set_aside(store->pager, side_bytes_of(store));
    }
    return result;
}

/* --- asked for ----------------------------------------------------------- */

static int nothing_on(struct lcc_store *store, void *arg)
{
    (void)store;
    (void)arg;
    return LCC_RUN_NOTHING;
}

int lcc_store_check_index(struct lcc_store *store)
{
    const struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);
    int result = LCC_STORE_BUSY;

    for (int tries = 0; page && result == LCC_STORE_BUSY && tries < CHECK_TRIES;
         tries++) {
        const uint64_t seq = atomic_load(&page->seq);
        const int fd = lcc_pager_open_named(
            store->pager, lcc_pager_name(store->pager), O_RDONLY);

        result = fd < 0
                     ? fd
                     : lcc_proof_step(NULL, &page->id, fd,
                                      atomic_load(&page->db_size), INT64_MAX);
        if (fd >= 0) {
            (void)close(fd);
        }
        /* a page may have been read while it was written */
        if (result == LCC_STORE_UNAVAILABLE && atomic_load(&page->seq) != seq) {
            result = LCC_STORE_BUSY;
        }
    }
    return result;
}

int lcc_store_verify(struct lcc_store *store)
{
    struct lcc_call call = lcc_call_begin();
    int result = lcc_store_enter(store);

    if (result == 0) {
        result = lcc_store_run(store, false, nothing_on, NULL);
        if (result == 0) {
            result = lcc_store_check_index(store);
        }
        if (result == 0 && lcc_store_has_aside(store)) {
            result = LCC_STORE_UNAVAILABLE;
        }
        lcc_store_leave(store);
    }
    lcc_call_end(call);
    return result;
}

/* Slice by slice: others want the lock too. */
static int prove_whole(struct lcc_store *store)
{
    int result = LCC_STORE_BUSY;

    for (int i = 0; result == LCC_STORE_BUSY && i < WHOLE_ROUNDS; i++) {
        result = lcc_store_run(store, true, nothing_on, NULL);
        if (result == LCC_STORE_BUSY && !lcc_pager_is_in_doubt(store->pager)) {
            break; /* somebody else holds it */
        }
    }
    return result;
}

/* Proven, or set aside. Entered. */
static int mend(struct lcc_store *store)
{
    int result = prove_whole(store);

    if (result == 0 && lcc_store_check_index(store) == LCC_STORE_UNAVAILABLE) {
        (void)lcc_pager_doubt(store->pager);
        lcc_pager_end(store->pager);
        result = prove_whole(store);
    }
    return result;
}

/* Whenever the last sweep was. */
static void sweep_now(struct lcc_store *store)
{
    char file[LCC_PATH_SIZE];

    if (lcc_folder_join(file, store->path, LCC_BODY_SWEPT)) {
        (void)unlink(file);
    }
    lcc_body_sweep(store->path, lcc_store_is_indexed, store);
}

int lcc_store_repair(struct lcc_store *store, struct lcc_repair *ret)
{
    struct lcc_call call = lcc_call_begin();
    struct lcc_repair repair = {0};
    int result =
        store->config.readonly ? LCC_STORE_UNAVAILABLE : lcc_store_enter(store);

    if (result == 0) {
        store->heals_whole = true;
        store->bad_until_ms = 0;
        result = mend(store);
        repair.damaged = lcc_store_has_aside(store);
        if (result == 0) {
            result = lcc_store_carry(store);
        }
        if (result == 0) {
            sweep_now(store);
        }
        repair.carried = store->carried_count;
        store->heals_whole = false;
        lcc_store_leave(store);
    }
    if (result == 0) {
        *ret = repair;
    }
    lcc_call_end(call);
    return result;
}
