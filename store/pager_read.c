/*
 * pager_read.c - pages of the snapshot: from memory, else from the file
 *
 * A page is read without the lock: it counts only if no commit happened
 * meanwhile, which its number tells (pages are overwritten after the number
 * has gone up, and a journal that is replayed is valid until they are).
 * Whoever was disturbed takes the lock; without write permission there is
 * none, and no other way.
 *
 * What was read is kept (page_cache.h) and outlives the snapshot.
 */
#include "store/pager_private.h"

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- from the file ------------------------------------------------------- */

/* The first @size bytes of page @number. */
static int file_get(const struct lcc_pager *pager, uint32_t number,
                    uint8_t *into, size_t size)
{
    ssize_t got;

    do {
        got = pread(pager->fd, into, size, (off_t)number * LCC_PAGE_SIZE);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return -errno;
    }
    return (size_t)got == size &&
                   (size < LCC_PAGE_SIZE || lcc_page_is_whole(into, number))
               ? 0
               : LCC_STORE_UNAVAILABLE;
}

/* Without the lock: four system calls less, and nobody waits for a commit.
 * 0 when the page is the snapshot's for certain. The name of the file carries
 * the id of the control page: under a new one there is no such file. */
static int file_watch(struct lcc_pager *pager, uint32_t number, uint8_t *into,
                      size_t size)
{
    int result;

    if (!lcc_pager_is_undisturbed(pager)) {
        return LCC_DB_STALE;
    }
    result = lcc_pager_open_file(pager);
    if (result == 0) {
        result = file_get(pager, number, into, size);
    }
    return result == 0 && !lcc_pager_is_undisturbed(pager) ? LCC_DB_STALE
                                                           : result;
}

static int file_read(struct lcc_pager *pager, uint32_t number, uint8_t *into,
                     size_t size)
{
    int result;

    if (!pager->locked && file_watch(pager, number, into, size) == 0) {
        return 0;
    }
    result = lcc_pager_begin(pager);
    if (result != 0) {
        return result;
    }
    result = lcc_pager_open_file(pager);
    if (result != 0) {
        return result;
    }
    result = file_get(pager, number, into, size);
    if (result == LCC_STORE_UNAVAILABLE && !lcc_pager_is_fresh(pager)) {
        return LCC_DB_STALE; /* without a lock a commit may be under way */
    }
    if (result == LCC_STORE_UNAVAILABLE) {
        lcc_pager_note_damage(pager);
    }
    /* without a lock: was it still the snapshot's page? */
    return result == 0 && pager->readonly && !lcc_pager_is_undisturbed(pager)
               ? LCC_DB_STALE
               : result;
}

/* --- kept ---------------------------------------------------------------- */

/* Is what is kept still what the file has? The hash is all of a page. */
static int prove(struct lcc_pager *pager, struct lcc_kept_page *page)
{
    uint8_t seal[sizeof(uint64_t)];
    int result = file_read(pager, page->number, seal, sizeof(seal));

    if (result == 0 && lcc_page_seal_of(seal) == lcc_kept_seal(page)) {
        page->round = pager->pages.round;
    }
    return result;
}

static int keep(struct lcc_pager *pager, uint32_t number,
                struct lcc_kept_page **ret)
{
    uint8_t *spare = lcc_pages_spare(&pager->pages);
    int result =
        spare ? file_read(pager, number, spare, LCC_PAGE_SIZE) : -ENOMEM;

    if (result == 0) {
        result = lcc_pages_keep(&pager->pages, number, ret);
    }
    return result == -EINVAL ? LCC_STORE_UNAVAILABLE : result;
}

/* Page @number, if it is kept and the snapshot's; else NULL. */
static int find(struct lcc_pager *pager, uint32_t number,
                struct lcc_kept_page **ret)
{
    struct lcc_kept_page *page = lcc_pages_find(&pager->pages, number);
    int result = 0;

    if (page && !lcc_page_is_proven(&pager->pages, page)) {
        result = prove(pager, page);
    }
    *ret = page && lcc_page_is_proven(&pager->pages, page) ? page : NULL;
    return result;
}

int lcc_pager_page(struct lcc_pager *pager, uint32_t number,
                   struct lcc_page_view *ret)
{
    struct lcc_kept_page *page;
    int result;

    if (!pager->attached) {
        return LCC_DB_STALE;
    }
    if ((uint64_t)number * LCC_PAGE_SIZE >= pager->size) {
        return LCC_STORE_UNAVAILABLE; /* a pointer past the end: damage */
    }
    result = find(pager, number, &page);
    if (result == 0 && !page) {
        result = keep(pager, number, &page);
    }
    if (result == 0) {
        ret->node = page->packed ? page->node : NULL;
        ret->bytes = page->packed ? NULL : page->bytes;
    }
    return result;
}

void lcc_pager_make_room(struct lcc_pager *pager, size_t bytes)
{
    pager->pages.beside = bytes;
}

/* From memory, or from the file without keeping it: Berkeley DB does. */
static int whole_page(struct lcc_pager *pager, uint32_t number, uint8_t *into)
{
    struct lcc_kept_page *page;
    int result = find(pager, number, &page);

    if (result == 0 && page && !page->packed) {
        memcpy(into, page->bytes, LCC_PAGE_SIZE);
        return 0;
    }
    return result == 0 ? file_read(pager, number, into, LCC_PAGE_SIZE) : result;
}

int lcc_pager_read(struct lcc_pager *pager, uint32_t number, uint8_t *page)
{
    const struct lcc_page_image *pending = lcc_pager_pending(pager, number);
    int result = 0;

    if (pager->dropped) {
        return LCC_DB_STALE;
    }
    if ((uint64_t)number * LCC_PAGE_SIZE >= pager->pending_size) {
        return LCC_STORE_UNAVAILABLE; /* a pointer past the end: damage */
    }
    if (pending) {
        memcpy(page, pending->bytes, LCC_PAGE_SIZE);
    } else {
        result = whole_page(pager, number, page);
    }
    if (result == 0) {
        lcc_page_unseal(page);
    }
    return result;
}

/* --- from commit to commit ----------------------------------------------- */

void lcc_pager_tell(struct lcc_pager *pager)
{
    struct lcc_ctl_page *page = pager->ctl.page;

    atomic_store(&page->changed_by, 0);
    atomic_store(&page->changed_count, (uint32_t)pager->pending_count);
    for (size_t i = 0; i < pager->pending_count && i < LCC_CTL_CHANGED; i++) {
        atomic_store(&page->changed[i], pager->pending[i].number);
    }
    atomic_store(&page->changed_by, pager->seq + 1);
}

void lcc_pager_keep_pending(struct lcc_pager *pager)
{
    for (size_t i = 0; i < pager->pending_count; i++) {
        lcc_pages_give(&pager->pages, pager->pending[i].number,
                       lcc_pager_pending_bytes(&pager->pending[i]));
    }
    pager->pending_count = 0;
}

/* Forget what commit @seq changed. False when that is not known. */
static bool forget_changed(struct lcc_pager *pager, uint64_t seq)
{
    struct lcc_ctl_page *page = pager->ctl.page;
    uint32_t count = atomic_load(&page->changed_count);

    if (atomic_load(&page->changed_by) != seq || count > LCC_CTL_CHANGED) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        lcc_pages_forget(&pager->pages, atomic_load(&page->changed[i]));
    }
    return atomic_load(&page->changed_by) == seq &&
           atomic_load(&page->seq) == seq;
}

void lcc_pager_move_to(struct lcc_pager *pager, uint64_t seq)
{
    if (pager->seq != seq) {
        pager->moved = true;
        if (pager->seq + 1 != seq || !forget_changed(pager, seq)) {
            lcc_pages_doubt(&pager->pages);
        }
    }
    pager->seq = seq;
}

/* The file that the name stands for, if there is one. */
static int look_at_file(struct lcc_pager *pager)
{
    struct stat st;
    int fd = lcc_pager_open_named(pager, pager->name, O_RDONLY);

    if (fd < 0) {
        return LCC_DB_STALE;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return LCC_DB_STALE;
    }
    lcc_pager_close_file(pager);
    pager->fd = fd;
    pager->device = st.st_dev;
    pager->inode = st.st_ino;
    pager->known_until_ms = lcc_now_ms() + LCC_FILE_KNOWN_MS;
    return 0;
}

int lcc_pager_follow(struct lcc_pager *pager)
{
    struct lcc_ctl_page *page;
    uint64_t seq;
    uint64_t size;
    int result = lcc_pager_attach(pager);

    if (result != 0) {
        return result;
    }
    page = pager->ctl.page;
    seq = atomic_load(&page->seq);
    if (atomic_load(&page->journal_valid)) {
        return LCC_DB_STALE;
    }
    size = atomic_load(&page->db_size);
    if (size == 0 || (!pager->attached && look_at_file(pager) != 0) ||
        atomic_load(&page->seq) != seq || atomic_load(&page->journal_valid)) {
        return LCC_DB_STALE;
    }
    lcc_pager_move_to(pager, seq);
    pager->size = size;
    pager->attached = true;
    pager->failure = 0;
    lcc_pager_clear_pending(pager);
    return 0;
}
