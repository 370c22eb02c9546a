/*
 * store_spare.c - side files that were dropped and wait to be written over
 *
 * A cache that is full drops a body for each that comes. The file of the one
 * becomes that of the other: to delete and create one costs more than to write
 * 64 KiB to it. They are in the table of bodies that are being written and
 * count as those do: a commit keeps what fits beside what it leaves, and the
 * first who finds no room drops them.
 */
#include "store/flight.h"
#include "store/store_private.h"

#include <sys/stat.h>

void lcc_store_note_left(struct lcc_garbage *garbage,
                         const struct lcc_evict *want,
                         const struct lcc_evicted *is)
{
    garbage->spare_bytes = lcc_evict_left(want, is);
    garbage->in_flight = want->in_flight;
}

/* Who has begun to write a body since the commit looked may have found room
 * before those were there. */
static void make_up(struct lcc_store *store, uint64_t most_in_flight)
{
    const struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);

    while (lcc_flight_bytes(page, NULL) > most_in_flight &&
           lcc_store_drop_spare(store)) {
        /* one less each time */
    }
}

void lcc_store_let_go(struct lcc_store *store, struct lcc_garbage *garbage)
{
    uint64_t kept = 0;
    struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);

    for (size_t i = 0; i < garbage->count; i++) {
        const struct lcc_hash *name = &garbage->files[i];
        uint64_t bytes;

        if (garbage->spare_bytes > 0 &&
            lcc_body_disk_bytes(store->path, name, &bytes) &&
            bytes <= garbage->spare_bytes &&
            lcc_flight_add_spare(page, name, bytes)) {
            garbage->spare_bytes -= bytes;
            kept += bytes;
        } else {
            lcc_body_unlink(store->path, name);
        }
    }
    garbage->count = 0;
    if (kept > 0) {
        make_up(store, garbage->in_flight + kept);
    }
}

bool lcc_store_drop_spare(struct lcc_store *store)
{
    struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);
    struct lcc_hash name;
    uint64_t bytes;

    if (!lcc_flight_take_spare(page, UINT64_MAX, NULL, &name, &bytes)) {
        return false;
    }
    lcc_body_unlink(store->path, &name);
    lcc_flight_set(page, &name, 0);
    return true;
}

void lcc_store_drop_spares(struct lcc_store *store)
{
    while (lcc_store_drop_spare(store)) {
        /* one less each time, and no more come while we are entered */
    }
}

uint64_t lcc_store_take_spare(struct lcc_store *store, struct lcc_body *body,
                              uint64_t bytes)
{
    uint64_t has;

    if (!body->has_file && !body->has_spare &&
        lcc_flight_take_spare(lcc_pager_ctl(store->pager), bytes, &body->name,
                              &body->spare, &has)) {
        body->has_spare = true;
        body->file_size = has; /* at most; known when it is opened */
    }
    return body->file_size > bytes ? body->file_size : bytes;
}
