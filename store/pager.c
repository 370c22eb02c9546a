/*
 * pager.c - the shared lock, snapshots, and what a kill or a reboot left
 */
#include "store/pager_private.h"

#include "store/folder.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct lcc_ctl_page *lcc_pager_ctl(const struct lcc_pager *pager)
{
    return pager->ctl.page;
}

uint64_t lcc_pager_size(const struct lcc_pager *pager)
{
    return pager->size;
}

bool lcc_pager_is_fresh(const struct lcc_pager *pager)
{
    return pager->attached && pager->ctl.page &&
           atomic_load(&pager->ctl.page->seq) == pager->seq;
}

const char *lcc_pager_name(const struct lcc_pager *pager)
{
    return pager->name;
}

bool lcc_pager_is_undisturbed(const struct lcc_pager *pager)
{
    return lcc_pager_is_fresh(pager) &&
           atomic_load(&pager->ctl.page->journal_valid) == 0;
}

void lcc_pager_merges(struct lcc_pager *pager)
{
    pager->merges = true;
}

bool lcc_pager_takes_recent(const struct lcc_pager *pager)
{
    const struct lcc_ctl_page *page = pager->ctl.page;

    return pager->locked && !pager->readonly && pager->attached &&
           atomic_load(&page->db_size) > 0 && !lcc_pager_is_in_doubt(pager);
}

int lcc_pager_failure(const struct lcc_pager *pager)
{
    return pager->failure;
}

static void detach(struct lcc_pager *pager)
{
    pager->attached = false;
    lcc_pages_doubt(&pager->pages);
    lcc_ctl_detach(&pager->ctl);
}

int lcc_pager_attach(struct lcc_pager *pager)
{
    struct lcc_signals signals;
    int result;

    if (pager->ctl.page) {
        return 0;
    }
    lcc_signals_block(&signals); /* SIGXFSZ, should it have to be made */
    result = lcc_ctl_attach(&pager->ctl, pager->path, pager->readonly);
    lcc_signals_restore(&signals);
    switch (result) {
    case 0:
        lcc_pager_name_file(pager);
        return 0;
    case LCC_CTL_BUSY:
        return LCC_STORE_BUSY;
    case -ENOSPC:
    case -EDQUOT:
    case -EFBIG:
        return LCC_STORE_FULL;
    default:
        return result;
    }
}

/* --- what a killed process left ------------------------------------------ */

/* Half a commit is in the file, and the other half nowhere. */
static int give_up(struct lcc_pager *pager, int fd)
{
    struct lcc_ctl_page *page = pager->ctl.page;
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return -errno;
    }
    atomic_store(&page->db_size,
                 (uint64_t)st.st_size - (uint64_t)st.st_size % LCC_PAGE_SIZE);
    atomic_store(&page->damaged, 1);
    atomic_fetch_add(&page->seq, 1);
    atomic_store(&page->journal_valid, 0);
    return 0;
}

int lcc_pager_mark_journal(const struct lcc_pager *pager)
{
    const struct lcc_ctl_page *page = pager->ctl.page;

    return lcc_journal_mark(
        pager->path,
        (struct lcc_journal){.id = page->id,
                             .seq = atomic_load(&page->seq),
                             .db_size = atomic_load(&page->db_size),
                             .recent = atomic_load(&page->recent_generation)});
}

static int replay(struct lcc_pager *pager, int fd)
{
    struct lcc_ctl_page *page = pager->ctl.page;
    uint64_t seq = atomic_load(&page->seq);
    struct lcc_journal journal;
    int result = lcc_journal_replay(pager->path, &page->id, fd, seq, &journal);

    if (result == LCC_STORE_MISS) {
        return give_up(pager, fd);
    }
    if (result == 0) {
        atomic_store(&page->db_size, journal.db_size);
        atomic_store(&page->seq, journal.seq > seq ? journal.seq : seq + 1);
        if (atomic_load(&page->recent_generation) != journal.recent) {
            atomic_store(&page->recent_size, 0); /* they were taken in */
            atomic_store(&page->recent_generation, journal.recent);
        }
        atomic_store(&page->journal_valid, 0);
    }
    return result;
}

/* Killed before the journal was valid: what it appended does not count. */
static int cut_back(struct lcc_pager *pager, int fd)
{
    uint64_t size = atomic_load(&pager->ctl.page->db_size);
    struct stat st;
    int result = lcc_pager_mark_journal(pager);

    if (result != 0) {
        return result;
    }
    if (fstat(fd, &st) != 0) {
        return -errno;
    }
    if ((uint64_t)st.st_size > size && ftruncate(fd, (off_t)size) != 0) {
        return -errno;
    }
    return 0;
}

static int recover(struct lcc_pager *pager)
{
    int fd = lcc_pager_open_named(pager, pager->name, O_RDWR);
    int result;

    if (fd < 0) {
        return fd == -ENOENT ? 0 : fd;
    }
    /* Whoever commits holds this. Where process ids of several namespaces meet
     * the kernel may take a living one for dead (NOTES.md). */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        return LCC_STORE_BUSY;
    }
    result = atomic_load(&pager->ctl.page->journal_valid) ? replay(pager, fd)
                                                          : cut_back(pager, fd);
    lcc_folder_let_go(fd);
    return result;
}

/* --- the lock ------------------------------------------------------------ */

static void unlock(struct lcc_pager *pager)
{
    if (pager->locked && !pager->readonly) {
        lcc_ctl_unlock(&pager->ctl);
        if (pager->for_row && !pager->limit_met) {
            lcc_signals_restore_unwritten(&pager->signals);
        } else {
            lcc_signals_restore(&pager->signals);
        }
    }
    pager->locked = false;
}

/* The control file lies under its name still. A row may be lost where that is
 * known from a moment before; a commit may not. */
static bool is_current(struct lcc_pager *pager)
{
    const int64_t now_ms = lcc_now_ms();

    if (pager->for_row && now_ms < pager->ctl.known_until_ms) {
        return true;
    }
    pager->ctl.known_until_ms = now_ms + LCC_FILE_KNOWN_MS;
    return lcc_ctl_is_current(&pager->ctl, pager->path);
}

/* 0; LCC_STORE_BUSY; LCC_CTL_LOST; what recovery says. */
static int lock(struct lcc_pager *pager, int64_t until_ms)
{
    int owner;
    int result = 0;

    lcc_signals_block(&pager->signals);
    owner = lcc_ctl_lock(&pager->ctl, until_ms);
    if (owner != 0 && owner != LCC_CTL_OWNER_DIED) {
        lcc_signals_restore(&pager->signals);
        return owner == LCC_CTL_BUSY ? LCC_STORE_BUSY : LCC_CTL_LOST;
    }
    pager->locked = true;
    if (!is_current(pager)) {
        result = LCC_CTL_LOST;
    } else if (owner == LCC_CTL_OWNER_DIED ||
               atomic_load(&pager->ctl.page->journal_valid)) {
        pager->limit_met = true; /* who knows */
        result = recover(pager);
    }
    if (owner == LCC_CTL_OWNER_DIED) {
        lcc_ctl_consistent(&pager->ctl);
    }
    if (result != 0) {
        unlock(pager);
    }
    return result;
}

/* Readonly: wait until no commit is being put into the file. */
static int look(struct lcc_pager *pager, int64_t until_ms)
{
    static const struct timespec pause = {0, 500 * 1000};

    if (!lcc_ctl_is_current(&pager->ctl, pager->path)) {
        return LCC_CTL_LOST;
    }
    while (atomic_load(&pager->ctl.page->journal_valid)) {
        if (lcc_now_ms() >= until_ms) {
            return LCC_STORE_BUSY;
        }
        (void)nanosleep(&pause, NULL);
    }
    pager->locked = true;
    return 0;
}

int lcc_pager_begin(struct lcc_pager *pager)
{
    int64_t until_ms;
    int result = LCC_CTL_LOST;

    if (pager->locked) {
        return lcc_pager_is_fresh(pager) ? 0 : LCC_DB_STALE;
    }
    until_ms = lcc_now_ms() + LCC_LOCK_WAIT_MS;
    for (int tries = 0; result == LCC_CTL_LOST && tries < 4; tries++) {
        result = lcc_pager_attach(pager);
        if (result == 0) {
            result =
                pager->readonly ? look(pager, until_ms) : lock(pager, until_ms);
        }
        if (result == LCC_CTL_LOST) {
            detach(pager);
        }
    }
    if (result != 0) {
        return result == LCC_CTL_LOST ? LCC_STORE_BUSY : result;
    }
    return lcc_pager_is_fresh(pager) ? 0 : LCC_DB_STALE;
}

int lcc_pager_begin_row(struct lcc_pager *pager)
{
    pager->for_row = true;
    return lcc_pager_begin(pager);
}

void lcc_pager_end_row(struct lcc_pager *pager, int result)
{
    pager->limit_met = pager->limit_met || result < 0;
    lcc_pager_end(pager);
}

void lcc_pager_end(struct lcc_pager *pager)
{
    lcc_pager_close_file(pager);
    unlock(pager);
    pager->for_row = false;
    pager->limit_met = false;
    pager->merges = false;
    pager->failure = 0;
    pager->met_damage = false;
}

void lcc_pager_forget_lock(struct lcc_pager *pager)
{
    pager->locked = false;
    pager->signals.blocked = false;
    pager->fd = -1;
}

/* --- snapshots ----------------------------------------------------------- */

/* The database's file, adopted or made if need be. */
static int find_and_open(struct lcc_pager *pager, int *ret_fd)
{
    int fd = lcc_pager_open_named(pager, pager->name, O_RDWR);
    int result;

    if (fd == -ENOENT && !pager->readonly) {
        result = lcc_pager_find_file(pager);
        if (result != 0) {
            return result;
        }
        fd = lcc_pager_open_named(pager, pager->name, O_RDWR);
    }
    if (fd < 0) {
        return fd;
    }
    *ret_fd = fd;
    return 0;
}

int lcc_pager_snapshot(struct lcc_pager *pager, bool *ret_create)
{
    struct stat st;
    int fd = -1;
    int result;

    lcc_pager_close_file(pager);
    result = find_and_open(pager, &fd);
    if (result != 0) {
        return result == -ENOSPC ? LCC_STORE_FULL : result;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return LCC_STORE_UNAVAILABLE;
    }
    pager->fd = fd;
    pager->device = st.st_dev;
    pager->inode = st.st_ino;
    lcc_pager_move_to(pager, atomic_load(&pager->ctl.page->seq));
    pager->size = atomic_load(&pager->ctl.page->db_size);
    pager->attached = true;
    pager->moved = false;
    pager->dropped = false;
    pager->failure = 0;
    lcc_pager_clear_pending(pager);
    *ret_create = pager->size == 0;
    return pager->size == 0 && pager->readonly ? -ENOENT : 0;
}

bool lcc_pager_has_moved(const struct lcc_pager *pager)
{
    return pager->moved;
}

void lcc_pager_swallow(struct lcc_pager *pager)
{
    pager->moved = true;
    pager->dropped = true;
    lcc_pager_clear_pending(pager);
}

void lcc_pager_drop(struct lcc_pager *pager)
{
    pager->attached = false;
    lcc_pages_doubt(&pager->pages);
    lcc_pager_swallow(pager);
}
