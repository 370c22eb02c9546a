/*
 * pager_commit.c - gathered pages into the file
 *
 * The order is the whole point (NOTES.md, "Commit"):
 *   a  pages behind the end of the file   b  the journal
 *   c  journal_valid, the commit's number d  pages over older ones
 *   e  the new size, journal_valid off
 * Before c a kill or a failure leaves the old state, after it the new one.
 */
#include "store/pager_private.h"

#include "store/store.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <unistd.h>

/* Where the tests stop or kill a commit; nothing in the product. */
#ifndef LCC_COMMIT_POINT
#define LCC_COMMIT_POINT(name) ((void)0)
#endif

enum { IOV_BATCH = 64 };

/* How many of @pages follow one another in the file. */
static size_t run_length(const struct lcc_page_image *pages, size_t count)
{
    size_t n = 1;

    while (n < count && n < IOV_BATCH &&
           pages[n].number == pages[0].number + n) {
        n++;
    }
    return n;
}

static int write_pages(struct lcc_pager *pager,
                       const struct lcc_page_image *pages, size_t count)
{
    struct iovec iov[IOV_BATCH];

    while (count > 0) {
        size_t n = run_length(pages, count);
        ssize_t done;

        for (size_t i = 0; i < n; i++) {
            iov[i].iov_base = (void *)(uintptr_t)pages[i].bytes;
            iov[i].iov_len = LCC_PAGE_SIZE;
        }
        done = pwritev(pager->fd, iov, (int)n,
                       (off_t)pages[0].number * LCC_PAGE_SIZE);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0) {
            return -errno;
        }
        if ((size_t)done != n * LCC_PAGE_SIZE) {
            return -ENOSPC; /* the next write would have said so */
        }
        pages += n;
        count -= n;
        LCC_COMMIT_POINT(BETWEEN_PAGES);
    }
    return 0;
}

static int fold_write(int result)
{
    return result == -ENOSPC || result == -EDQUOT || result == -EFBIG
               ? LCC_STORE_FULL
               : result;
}

static int prepare(struct lcc_pager *pager, size_t over)
{
    const struct lcc_journal journal = {
        .id = pager->ctl.page->id,
        .seq = pager->seq + 1,
        .db_size = pager->pending_size,
        .recent = atomic_load(&pager->ctl.page->recent_generation) +
                  (pager->merges ? 1 : 0),
        .pages = pager->pending,
        .count = over,
    };
    int result = write_pages(pager, pager->pending + over,
                             pager->pending_count - over); /* a */

    LCC_COMMIT_POINT(APPENDED);
    if (result == 0) {
        result = lcc_journal_write(pager->path, &journal); /* b */
        LCC_COMMIT_POINT(JOURNALLED);
        if (result != 0) {
            (void)lcc_pager_mark_journal(pager);
        }
    }
    if (result != 0) {
        (void)ftruncate(pager->fd, (off_t)pager->size);
    }
    return result;
}

/* From here on the commit counts, whatever happens: on a failure the journal
 * stays valid and whoever takes the lock next replays it. */
static void finish(struct lcc_pager *pager, size_t over)
{
    struct lcc_ctl_page *page = pager->ctl.page;

    atomic_store(&page->journal_valid, 1); /* c */
    LCC_COMMIT_POINT(VALID);
    lcc_pager_tell(pager);
    atomic_fetch_add(&page->seq, 1); /* a clear may have moved it on */
    pager->seq++;
    LCC_COMMIT_POINT(NUMBERED);
    if (pager->merges) { /* a reader that sees this sees the number too */
        atomic_store(&page->recent_size, 0);
        LCC_COMMIT_POINT(MERGED);
        atomic_fetch_add(&page->recent_generation, 1);
    }
    if (write_pages(pager, pager->pending, over) == 0 && /* d */
        (pager->pending_size >= pager->size ||
         ftruncate(pager->fd, (off_t)pager->pending_size) == 0)) {
        LCC_COMMIT_POINT(OVERWRITTEN);
        atomic_store(&page->db_size, pager->pending_size); /* e */
        LCC_COMMIT_POINT(SIZED);
        atomic_store(&page->journal_valid, 0);
        LCC_COMMIT_POINT(DONE);
    }
    pager->size = pager->pending_size;
}

int lcc_pager_commit(struct lcc_pager *pager)
{
    size_t over = 0;
    int result;

    if (pager->failure != 0) {
        return pager->failure;
    }
    if (pager->pending_count == 0 && pager->pending_size == pager->size) {
        return 0;
    }
    result = lcc_pager_open_file(pager);
    if (result == 0) {
        pager->fd_held = flock(pager->fd, LOCK_EX | LOCK_NB) == 0;
        if (!pager->fd_held) { /* adopted under a new control page */
            result = LCC_DB_STALE;
        }
    }
    if (result != 0) {
        return result;
    }
    while (over < pager->pending_count &&
           (uint64_t)pager->pending[over].number * LCC_PAGE_SIZE <
               pager->size) {
        over++;
    }
    result = prepare(pager, over);
    if (result != 0) {
        return fold_write(result);
    }
    finish(pager, over);
    lcc_pager_keep_pending(pager);
    lcc_pager_clear_pending(pager);
    return 0;
}
