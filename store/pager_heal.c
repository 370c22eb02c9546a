/*
 * pager_heal.c - an index in doubt: proven, or set aside
 *
 * Doubt stands in the control page, for all processes. While it lasts nobody
 * commits, and lookups go without Berkeley DB (tree.h). Each change moves the
 * commit's number on, so that everybody takes a new snapshot.
 */
#include "store/pager_private.h"

#include "store/folder.h"
#include "store/proof.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool lcc_pager_is_in_doubt(const struct lcc_pager *pager)
{
    const struct lcc_ctl_page *page = pager->ctl.page;

    return pager->distrust || pager->ctl.other_boot ||
           (page && (atomic_load(&page->unproven) != 0 ||
                     atomic_load(&page->damaged) != 0));
}

void lcc_pager_note_damage(struct lcc_pager *pager)
{
    pager->met_damage = true;
}

/* Locked, on the newest commit. */
static bool doubt_for_all(struct lcc_pager *pager)
{
    struct lcc_ctl_page *page = pager->ctl.page;
    _Atomic uint32_t *mark =
        pager->met_damage ? &page->damaged : &page->unproven;

    if (atomic_load(&page->damaged) != 0 || atomic_load(mark) != 0) {
        return false;
    }
    lcc_proof_forget(pager->path);
    atomic_store(mark, 1);
    atomic_fetch_add(&page->seq, 1);
    return true;
}

bool lcc_pager_doubt(struct lcc_pager *pager)
{
    if (!pager->ctl.page) {
        return false;
    }
    if (pager->readonly) {
        const bool news = !lcc_pager_is_in_doubt(pager);

        pager->distrust = true;
        return news;
    }
    /* what it says of an older commit is no matter */
    return (pager->locked || lcc_pager_begin(pager) == 0) &&
           doubt_for_all(pager);
}

static void proven(struct lcc_pager *pager)
{
    struct lcc_ctl_page *page = pager->ctl.page;

    atomic_store(&page->unproven, 0);
    atomic_fetch_add(&page->seq, 1);
}

int lcc_pager_prove(struct lcc_pager *pager, int64_t until_ms)
{
    struct lcc_ctl_page *page = pager->ctl.page;
    const uint64_t size = atomic_load(&page->db_size);
    int result = LCC_STORE_UNAVAILABLE;
    int fd;

    if (atomic_load(&page->damaged) != 0) {
        return result;
    }
    fd = lcc_pager_open_named(pager, pager->name, O_RDONLY);
    if (fd == -ENOENT || (fd >= 0 && size == 0)) {
        result = 0; /* it is made anew */
    } else if (fd >= 0) {
        result = lcc_proof_step(pager->path, &page->id, fd, size, until_ms);
    } else {
        result = fd;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (result == 0) {
        proven(pager);
    } else if (result == LCC_STORE_UNAVAILABLE) {
        atomic_store(&page->damaged, 1);
    }
    return result;
}

/* Killed between any two of these, the next one does them all again. */
int lcc_pager_set_aside(struct lcc_pager *pager, uint64_t aside_bytes)
{
    struct lcc_ctl_page *page = pager->ctl.page;
    char from[LCC_PATH_SIZE];
    char to[LCC_PATH_SIZE];
    int result;

    if (!lcc_folder_join(from, pager->path, pager->name) ||
        !lcc_folder_join(to, pager->path, LCC_ASIDE_FILE)) {
        return -ENAMETOOLONG;
    }
    result = lcc_pager_mark_journal(pager);
    if (result != 0) {
        return result;
    }
    lcc_proof_forget(pager->path);
    atomic_store(&page->aside_blocks,
                 (uint32_t)(aside_bytes / LCC_ASIDE_BLOCK));
    atomic_store(&page->carried, 1);
    if (rename(from, to) != 0 && errno != ENOENT) {
        return -errno;
    }
    atomic_store(&page->db_size, 0);
    atomic_store(&page->aim, 0);
    atomic_store(&page->journal_valid, 0);
    atomic_store(&page->unproven, 0);
    atomic_store(&page->damaged, 0);
    atomic_fetch_add(&page->seq, 1);
    lcc_pager_close_file(pager);
    return 0;
}

void lcc_pager_note_aside(struct lcc_pager *pager)
{
    char file[LCC_PATH_SIZE];
    struct stat st;

    if (lcc_folder_join(file, pager->path, LCC_ASIDE_FILE) &&
        lstat(file, &st) == 0 && S_ISREG(st.st_mode)) {
        atomic_store(&pager->ctl.page->carried, 1);
    }
}

void lcc_pager_end_aside(struct lcc_pager *pager)
{
    struct lcc_ctl_page *page = pager->ctl.page;
    char file[LCC_PATH_SIZE];

    if (lcc_folder_join(file, pager->path, LCC_ASIDE_FILE) &&
        (unlink(file) == 0 || errno == ENOENT)) {
        atomic_store(&page->carried, 0);
        atomic_store(&page->aside_blocks, 0);
    }
}
