/*
 * store_room.c - the limits of the cache: making room, and knowing when there
 * is none
 *
 * What lies on the disk is looked at, not guessed: the index and the side
 * files as the commit leaves them, the bodies that all processes are writing,
 * the journal and the small files beside them.
 */
#include "store/flight.h"
#include "store/journal.h"
#include "store/store_private.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum {
    ROOM_MS = 250,            /* of making room for a body before giving up */
    LEAST_BYTES = 256 * 1024, /* an index has some pages, whatever the limit */
    FIXED_BYTES = 16384,      /* control page, folders, the smallest files */
};

/* --- what is gone -------------------------------------------------------- */

static void unlink_all(struct lcc_store *store,
                       const struct lcc_garbage *garbage)
{
    for (size_t i = 0; i < garbage->count; i++) {
        lcc_body_unlink(store->path, &garbage->files[i]);
    }
}

void lcc_store_unlink_committed(struct lcc_store *store)
{
    if (store->dropped) {
        lcc_store_let_go(store, store->dropped);
        store->dropped = NULL;
    }
}

static int purge_on(struct lcc_store *store, void *arg)
{
    struct lcc_garbage *garbage = arg;
    size_t count = 0;
    int result;

    lcc_garbage_clear(garbage);
    result = lcc_evict_parts(store->db, LCC_PARTS_BATCH, garbage, &count);
    garbage->parts = count > 0; /* there may be more */
    return result == 0 && count == 0 ? LCC_RUN_NOTHING : result;
}

/* Some commits' worth of parts that are gone. *@more: there may be more. */
static int purge(struct lcc_store *store, struct lcc_garbage *more)
{
    int result = 0;

    for (int round = 0; result == 0 && more->parts && round < LCC_PURGE_ROUNDS;
         round++) {
        result = lcc_store_run(store, true, purge_on, more);
        if (result == 0) {
            unlink_all(store, more);
        }
    }
    return result;
}

void lcc_store_discard(struct lcc_store *store,
                       const struct lcc_garbage *garbage)
{
    struct lcc_garbage more = {.parts = garbage->parts};

    unlink_all(store, garbage);
    (void)purge(store, &more); /* whoever commits next goes on */
}

int lcc_store_tidy(struct lcc_store *store, bool *ret_more)
{
    struct lcc_call call = lcc_call_begin();
    struct lcc_garbage more = {.parts = true};
    int result =
        store->config.readonly ? LCC_STORE_UNAVAILABLE : lcc_store_enter(store);

    if (result == 0) {
        result = lcc_store_merge(store);
        result = result == 0 ? purge(store, &more) : result;
        lcc_store_drop_spares(store); /* who tidies wants the room */
        lcc_store_leave(store);
    }
    if (result == 0) {
        *ret_more = more.parts;
    }
    lcc_call_end(call);
    return result;
}

/* --- the disk ------------------------------------------------------------ */

static uint64_t file_bytes(const char *path, const char *name)
{
    char file[LCC_PATH_SIZE];
    struct stat st;

    return lcc_folder_join(file, path, name) && lstat(file, &st) == 0
               ? lcc_disk_bytes((uint64_t)st.st_size)
               : 0;
}

/* What the file of recent records has, or may grow to. */
static uint64_t recent_bytes(const struct lcc_store *store)
{
    const uint64_t most = lcc_store_recent_rows(store) * LCC_RECENT_ROW_MAX;
    const uint64_t is = file_bytes(store->path, LCC_RECENT_FILE);

    return is > most ? is : most;
}

/* Files beside index and bodies. Looked at again now and then only. */
static uint64_t beside_bytes(struct lcc_store *store)
{
    const int64_t now_ms = lcc_now_ms();

    if (now_ms >= store->beside_until_ms) {
        const uint64_t journal = file_bytes(store->path, LCC_JOURNAL_FILE);
        const uint64_t usual =
            store->config.max_size_bytes / LCC_EVICT_JOURNAL_SHARE +
            lcc_store_recent_rows(store) * LCC_EVICT_VICTIM_BYTES;

        store->beside_bytes =
            FIXED_BYTES + (journal > usual ? journal : usual) +
            recent_bytes(store) + file_bytes(store->path, LCC_ASIDE_FILE) +
            file_bytes(store->path, "ledger") +
            file_bytes(store->path, "leases");
        store->beside_until_ms = now_ms + LCC_BESIDE_MS;
    }
    return store->beside_bytes;
}

bool lcc_store_disk_is_low(struct lcc_store *store)
{
    const int64_t now_ms = lcc_now_ms();
    struct statvfs fs;

    if (now_ms < store->disk_until_ms && !store->disk_is_low) {
        return false;
    }
    store->disk_until_ms = now_ms + LCC_DISK_CHECK_MS;
    store->disk_is_low = false;
    if (statvfs(store->path, &fs) == 0) {
        const uint64_t share =
            (uint64_t)fs.f_blocks * fs.f_frsize / LCC_DISK_FLOOR_SHARE;
        const uint64_t floor =
            store->config.disk_floor_bytes != 0 ? store->config.disk_floor_bytes
            : share < LCC_DISK_FLOOR_BYTES      ? share
                                                : LCC_DISK_FLOOR_BYTES;

        store->disk_is_low = (uint64_t)fs.f_bavail * fs.f_frsize < floor;
    }
    return store->disk_is_low;
}

/* --- room ---------------------------------------------------------------- */

/* @apart: bytes of side files that are stored, but not in the database. */
static struct lcc_evict limits(struct lcc_store *store,
                               const struct lcc_hash *own, uint64_t apart)
{
    const struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);
    const uint64_t max = store->config.max_size_bytes;
    const uint64_t aside =
        page ? (uint64_t)atomic_load(&page->aside_blocks) * LCC_ASIDE_BLOCK : 0;
    const uint64_t in_flight = lcc_flight_bytes(page, NULL);
    const uint64_t taken =
        beside_bytes(store) + lcc_flight_bytes(page, own) + aside + apart;
    /* However small it is, half of it is for what is stored. */
    const uint64_t rest = taken < max / 2 ? max - taken : max - max / 2;
    const uint64_t aim = page ? atomic_load(&page->aim) : 0;
    const uint64_t limit = aim != 0 && aim < max ? aim : max;

    return (struct lcc_evict){
        .limit_bytes = limit > apart ? limit - apart : 1,
        .count_bytes = max > apart ? max - apart : 1,
        .disk_bytes = rest > LEAST_BYTES ? rest : LEAST_BYTES,
        .in_flight = in_flight,
        .size_before = UINT64_MAX,
    };
}

struct lcc_evict lcc_store_limits(struct lcc_store *store,
                                  const struct lcc_hash *own, int64_t now_s,
                                  const struct lcc_name *keep)
{
    struct lcc_evict want = limits(store, own, store->recent.side_bytes);

    want.now_s = now_s;
    want.keep = keep;
    return want;
}

struct lcc_evict lcc_store_merge_limits(struct lcc_store *store, int64_t now_s)
{
    struct lcc_evict want = limits(store, NULL, 0);

    want.now_s = now_s;
    return want;
}

int lcc_store_before(struct lcc_store *store, struct lcc_evict *want)
{
    struct lcc_evicted is;
    int result = lcc_evict_measure(store->db, &is);

    want->size_before = lcc_pager_size(store->pager);
    want->disk_before = is.disk_bytes;
    return result;
}

void lcc_store_note_fill(struct lcc_store *store, const struct lcc_evict *want,
                         const struct lcc_evicted *is, uint64_t put_bytes)
{
    struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);
    const uint64_t aim = atomic_load(&page->aim);

    atomic_store(&page->aim, lcc_evict_aim(want, is, aim, put_bytes));
    atomic_store(&page->pressed,
                 is->disk_bytes > store->config.max_size_bytes / 2);
}

struct room {
    struct lcc_evict want;
    struct lcc_evicted is;
    uint64_t incoming; /* what is asked for; UINT64_MAX: all there is */
    struct lcc_garbage garbage;
};

static int room_on(struct lcc_store *store, void *arg)
{
    struct room *room = arg;

    int result;

    lcc_garbage_clear(&room->garbage);
    store->dropped = &room->garbage;
    result = lcc_evict(store->db, &room->want, &room->garbage, &room->is);
    room->want.side_incoming = room->incoming;
    if (result == 0) {
        lcc_store_note_left(&room->garbage, &room->want, &room->is);
    }
    return result;
}

static int measure_on(struct lcc_store *store, void *arg)
{
    struct room *room = arg;

    return lcc_evict_measure(store->db, &room->is);
}

/* A killed writer's body: unfinished, or kept and never named. */
static bool remove_dead(void *arg, const struct lcc_hash *name)
{
    struct lcc_store *store = arg;
    int owned = lcc_store_is_indexed(store, name);

    if (owned == LCC_STORE_MISS) {
        lcc_body_unlink(store->path, name);
    }
    return owned == 0 || owned == LCC_STORE_MISS;
}

/* One commit's worth of room. */
static int make_some(struct lcc_store *store, struct room *room)
{
    int result = lcc_store_run(store, true, room_on, room);

    if (result == 0) {
        lcc_store_discard(store, &room->garbage);
    }
    return result;
}

/* A body that is larger than what the index always leaves: everything goes for
 * it, and when nothing is stored any more the index is begun anew. */
static void aim_at_index(struct room *room)
{
    if (room->want.side_incoming > room->want.disk_bytes / LCC_EVICT_INDEX_OF &&
        room->is.totals.side_bytes == 0) {
        room->want.limit_bytes = 0;
    }
}

static int begin_anew(struct lcc_store *store, struct room *room)
{
    int result = 0;

    if (room->is.totals.entries == 0 && room->is.totals.bytes == 0 &&
        !lcc_evict_fits(&room->want, &room->is)) {
        result = lcc_store_empty_index(store);
        result = result == 0 ? lcc_store_run(store, false, measure_on, room)
                             : result;
    }
    return result;
}

/* What is asked for. */
struct asked {
    const struct lcc_hash *own;
    uint64_t incoming;
    int64_t now_s;
    const struct lcc_name *keep;
};

static int look(struct lcc_store *store, struct room *room,
                const struct asked *asked)
{
    room->want = lcc_store_limits(store, asked->own, asked->now_s, asked->keep);
    room->want.side_incoming = asked->incoming;
    room->incoming = asked->incoming;
    return lcc_store_run(store, false, measure_on, room);
}

/* So much that the next ones need not ask again. False: nothing could go that
 * would make room. */
static bool drop_some(struct lcc_store *store, struct room *room, int *result)
{
    aim_at_index(room);
    if (room->is.none_left ||
        (room->want.limit_bytes != 0 && room->is.totals.side_bytes == 0 &&
         room->is.totals.bytes <= room->want.limit_bytes)) {
        return false;
    }
    room->want.side_incoming += store->config.max_size_bytes / LCC_AHEAD_SHARE;
    *result = make_some(store, room);
    return true;
}

int lcc_store_make_room(struct lcc_store *store, const struct lcc_hash *own,
                        uint64_t incoming, int64_t now_s,
                        const struct lcc_name *keep)
{
    const struct asked asked = {own, incoming, now_s, keep};
    struct room room = {.is = {.none_left = false}};
    const int64_t until_ms = lcc_now_ms() + ROOM_MS;
    bool swept = false;
    int result = look(store, &room, &asked);

    while (result == 0 && !lcc_evict_fits(&room.want, &room.is) &&
           lcc_now_ms() < until_ms) {
        if (lcc_store_drop_spare(store)) {
            /* perhaps that was enough */
        } else if (!swept) {
            lcc_flight_sweep(lcc_pager_ctl(store->pager), remove_dead, store);
            swept = true;
        } else if (!drop_some(store, &room, &result)) {
            break;
        }
        result = result == 0 ? look(store, &room, &asked) : result;
    }
    if (result == 0) {
        result = begin_anew(store, &room);
    }
    return result == 0 && !lcc_evict_fits(&room.want, &room.is) ? LCC_STORE_FULL
                                                                : result;
}

int lcc_store_make_way(struct lcc_store *store, const struct lcc_evict *want)
{
    struct room room = {.want = *want, .incoming = UINT64_MAX};
    struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);
    int result = lcc_store_run(store, false, measure_on, &room);
    uint64_t some;

    if (result != 0) {
        return result;
    }
    some = room.is.totals.bytes / LCC_EVICT_JOURNAL_SHARE + 1;
    room.want.size_before = UINT64_MAX;
    room.want.limit_bytes =
        room.is.totals.bytes > some ? room.is.totals.bytes - some : 0;
    room.want.count_bytes = room.want.limit_bytes;
    if (page) {
        atomic_store(&page->aim, room.want.limit_bytes + 1);
    }
    lcc_store_drop_spares(store);
    result = make_some(store, &room);
    return result == 0 && room.is.none_left ? LCC_STORE_FULL : result;
}
