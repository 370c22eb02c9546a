/*
 * pager_io.c - Berkeley DB's hooks, and the gathering of pages
 *
 * The copy of Berkeley DB is ours alone, and so are its hooks. It sees a
 * made-up descriptor, LCC_FD_BASE plus the pager's slot. With both a read and
 * a write hook set it always seeks first and never uses pread or pwrite.
 */
#include "store/pager_private.h"

#include "store/db_memory.h"
#include "store/folder.h"
#include "store/libdb_stdio.h"
#include "store/store.h"

#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LCC_FD_BASE = 0x40000000 };

/* The table of pagers, and the one whose database is being opened. */
static pthread_mutex_t table_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t opening_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct lcc_pager *table[LCC_PAGER_SLOTS];
static struct lcc_pager *opening;
static bool table_held;   /* by the fork handlers */
static bool have_streams; /* what Berkeley DB may print goes nowhere */

static struct lcc_pager *pager_of(int fd)
{
    int slot = fd - LCC_FD_BASE;

    return slot >= 0 && slot < LCC_PAGER_SLOTS ? table[slot] : NULL;
}

/* --- the file ------------------------------------------------------------ */

int lcc_pager_open_named(const struct lcc_pager *pager, const char *name,
                         int how)
{
    char file[LCC_PATH_SIZE];
    int fd;

    if (!lcc_folder_join(file, pager->path, name)) {
        return -ENAMETOOLONG;
    }
    fd =
        open(file, (pager->readonly ? O_RDONLY : how) | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Is it the snapshot's? */
static bool is_known(struct lcc_pager *pager, int fd)
{
    struct stat st;
    int64_t now_ms = lcc_now_ms();

    if (!pager->locked && now_ms < pager->known_until_ms) {
        return true;
    }
    pager->known_until_ms = now_ms + LCC_FILE_KNOWN_MS;
    return fstat(fd, &st) == 0 && st.st_dev == pager->device &&
           st.st_ino == pager->inode;
}

int lcc_pager_open_file(struct lcc_pager *pager)
{
    int fd;

    if (pager->fd >= 0) {
        return 0;
    }
    fd = lcc_pager_open_named(pager, pager->name,
                              pager->locked ? O_RDWR : O_RDONLY);
    if (fd < 0) {
        return fd == -ENOENT ? LCC_DB_STALE : fd;
    }
    if (!is_known(pager, fd)) {
        pager->known_until_ms = 0;
        pager->attached = false; /* a new one of that name may be there */
        (void)close(fd);
        return LCC_DB_STALE;
    }
    pager->fd = fd;
    return 0;
}

void lcc_pager_close_file(struct lcc_pager *pager)
{
    if (pager->fd >= 0 && pager->fd_held) {
        lcc_folder_let_go(pager->fd);
    } else if (pager->fd >= 0) {
        (void)close(pager->fd);
    }
    pager->fd = -1;
    pager->fd_held = false;
}

void lcc_pager_abandon(struct lcc_pager *pager)
{
    struct stat st;

    if (pager->fd >= 0 && fstat(pager->fd, &st) == 0 &&
        st.st_dev == pager->device && st.st_ino == pager->inode) {
        (void)close(pager->fd);
    }
    pager->fd = -1;
    pager->fd_held = false;
}

/* --- pending pages ------------------------------------------------------- */

/* Where page @number is, or would be. */
static size_t pending_at(const struct lcc_pager *pager, uint32_t number)
{
    size_t low = 0;
    size_t high = pager->pending_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (pager->pending[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct lcc_page_image *lcc_pager_pending(const struct lcc_pager *pager,
                                               uint32_t number)
{
    size_t at = pending_at(pager, number);

    return at < pager->pending_count && pager->pending[at].number == number
               ? &pager->pending[at]
               : NULL;
}

static int pending_put(struct lcc_pager *pager, uint32_t number,
                       const uint8_t *bytes)
{
    size_t at = pending_at(pager, number);
    bool there =
        at < pager->pending_count && pager->pending[at].number == number;
    uint8_t *copy;

    if (!there && pager->pending_count == LCC_PAGER_PENDING_MAX) {
        return -E2BIG;
    }
    copy = there ? lcc_pager_pending_bytes(&pager->pending[at])
                 : lcc_pages_lend(&pager->pages, number);
    if (!copy) {
        return -ENOMEM;
    }
    memcpy(copy, bytes, LCC_PAGE_SIZE);
    lcc_page_seal(copy);
    if (!there) {
        memmove(&pager->pending[at + 1], &pager->pending[at],
                (pager->pending_count - at) * sizeof(pager->pending[0]));
        pager->pending_count++;
        pager->pending[at] = (struct lcc_page_image){number, copy};
    }
    return 0;
}

/* Forget pending pages from @size bytes on. */
static void pending_cut(struct lcc_pager *pager, uint64_t size)
{
    uint32_t first = (uint32_t)(size / LCC_PAGE_SIZE);

    while (pager->pending_count > 0 &&
           pager->pending[pager->pending_count - 1].number >= first) {
        lcc_pages_give_back(
            &pager->pages,
            lcc_pager_pending_bytes(&pager->pending[--pager->pending_count]));
    }
}

void lcc_pager_clear_pending(struct lcc_pager *pager)
{
    pending_cut(pager, 0);
    pager->pending_size = pager->size;
}

/* --- reading ------------------------------------------------------------- */

/* A read of a whole page, or of the front of one (of page 0, on opening). */
static int read_at(struct lcc_pager *pager, void *into, size_t size)
{
    uint32_t number = (uint32_t)(pager->position / LCC_PAGE_SIZE);
    uint8_t *page;
    int result;

    if (pager->position % LCC_PAGE_SIZE != 0 || size > LCC_PAGE_SIZE) {
        return -EINVAL;
    }
    if (size == LCC_PAGE_SIZE) {
        return lcc_pager_read(pager, number, into);
    }
    page = malloc(LCC_PAGE_SIZE);
    if (!page) {
        return -ENOMEM;
    }
    result = lcc_pager_read(pager, number, page);
    if (result == 0) {
        memcpy(into, page, size);
    }
    free(page);
    return result;
}

/* --- the hooks ----------------------------------------------------------- */

static int hook_fail(struct lcc_pager *pager, int result)
{
    if (pager->failure == 0) {
        pager->failure = result;
    }
    errno = EIO;
    return -1;
}

static int hook_open(const char *name, int flags, ...)
{
    struct lcc_pager *pager = opening;

    (void)name;
    if (!pager) {
        errno = ENOENT;
        return -1;
    }
    if (flags & O_TRUNC) {
        pending_cut(pager, 0);
        pager->pending_size = 0;
    }
    pager->position = 0;
    return LCC_FD_BASE + pager->slot;
}

static int hook_close(int fd)
{
    (void)fd;
    return 0;
}

static int hook_sync(int fd)
{
    (void)fd;
    return 0;
}

static int hook_seek(int fd, off_t offset, int whence)
{
    struct lcc_pager *pager = pager_of(fd);

    if (!pager || whence != SEEK_SET) {
        errno = EINVAL;
        return -1;
    }
    pager->position = offset;
    return 0;
}

static ssize_t hook_read(int fd, void *into, size_t size)
{
    struct lcc_pager *pager = pager_of(fd);
    int result;

    if (!pager) {
        errno = EBADF;
        return -1;
    }
    if (pager->pending_size == 0) {
        errno = EINVAL; /* it looks whether the file to be made is there */
        return -1;
    }
    result = read_at(pager, into, size);
    if (result != 0) {
        return hook_fail(pager, result);
    }
    pager->position += (off_t)size;
    return (ssize_t)size;
}

static ssize_t hook_write(int fd, const void *from, size_t size)
{
    struct lcc_pager *pager = pager_of(fd);
    uint64_t end;
    int result;

    if (!pager) {
        errno = EBADF;
        return -1;
    }
    if (pager->dropped) {
        return (ssize_t)size;
    }
    if (size != LCC_PAGE_SIZE || pager->position % LCC_PAGE_SIZE != 0 ||
        !pager->locked || pager->readonly) {
        return hook_fail(pager, -EINVAL);
    }
    result =
        pending_put(pager, (uint32_t)(pager->position / LCC_PAGE_SIZE), from);
    if (result != 0) {
        return hook_fail(pager, result);
    }
    pager->position += (off_t)size;
    end = (uint64_t)pager->position;
    if (end > pager->pending_size) {
        pager->pending_size = end;
    }
    return (ssize_t)size;
}

static int hook_truncate(int fd, off_t size)
{
    struct lcc_pager *pager = pager_of(fd);

    if (!pager || size < 0 || size % LCC_PAGE_SIZE != 0) {
        errno = EINVAL;
        return -1;
    }
    if (!pager->dropped) {
        pending_cut(pager, (uint64_t)size);
        pager->pending_size = (uint64_t)size;
    }
    return 0;
}

static int hook_info(const char *name, int fd, u_int32_t *mbytes,
                     u_int32_t *bytes, u_int32_t *io_size)
{
    const struct lcc_pager *pager = pager_of(fd);
    const uint64_t mega = UINT64_C(1024) * 1024;

    (void)name;
    if (!pager) {
        return ENOENT;
    }
    if (mbytes) {
        *mbytes = (u_int32_t)(pager->pending_size / mega);
    }
    if (bytes) {
        *bytes = (u_int32_t)(pager->pending_size % mega);
    }
    if (io_size) {
        *io_size = LCC_PAGE_SIZE;
    }
    return 0;
}

static int hook_exists(const char *name, int *is_folder)
{
    (void)name;
    if (is_folder) {
        *is_folder = 0;
    }
    return opening ? 0 : ENOENT;
}

static int hook_refuse_unlink(const char *name)
{
    (void)name;
    errno = EPERM;
    return -1;
}

static int hook_refuse_rename(const char *from, const char *to)
{
    (void)from;
    (void)to;
    errno = EPERM;
    return -1;
}

static void hooks_set(void)
{
    have_streams = lcc_libdb_stdio_init() == 0;
    (void)db_env_set_func_malloc(lcc_db_malloc);
    (void)db_env_set_func_open(hook_open);
    (void)db_env_set_func_close(hook_close);
    (void)db_env_set_func_fsync(hook_sync);
    (void)db_env_set_func_seek(hook_seek);
    (void)db_env_set_func_read(hook_read);
    (void)db_env_set_func_write(hook_write);
    (void)db_env_set_func_ftruncate(hook_truncate);
    (void)db_env_set_func_ioinfo(hook_info);
    (void)db_env_set_func_exists(hook_exists);
    (void)db_env_set_func_unlink(hook_refuse_unlink);
    (void)db_env_set_func_rename(hook_refuse_rename);
}

/* --- the table ----------------------------------------------------------- */

static int table_add(struct lcc_pager *pager)
{
    int result = -EMFILE;

    (void)pthread_mutex_lock(&table_mutex);
    for (int slot = 0; slot < LCC_PAGER_SLOTS; slot++) {
        if (!table[slot]) {
            table[slot] = pager;
            pager->slot = slot;
            result = 0;
            break;
        }
    }
    (void)pthread_mutex_unlock(&table_mutex);
    return result;
}

int lcc_pager_new(const char *path, bool readonly, struct lcc_pager **ret)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct lcc_pager *pager = calloc(1, sizeof(*pager));
    int result;

    if (!pager) {
        return -ENOMEM;
    }
    (void)pthread_once(&once, hooks_set);
    if (!have_streams) {
        free(pager);
        return -ENOMEM;
    }
    pager->path = path;
    pager->readonly = readonly;
    pager->fd = -1;
    pager->dropped = true;
    result = table_add(pager);
    if (result != 0) {
        free(pager);
        return result;
    }
    *ret = pager;
    return 0;
}

struct lcc_pager *lcc_pager_free(struct lcc_pager *pager)
{
    if (pager) {
        lcc_pager_end(pager);
        pending_cut(pager, 0);
        lcc_pages_done(&pager->pages);
        lcc_ctl_detach(&pager->ctl);
        (void)pthread_mutex_lock(&table_mutex);
        table[pager->slot] = NULL;
        (void)pthread_mutex_unlock(&table_mutex);
        free(pager);
    }
    return NULL;
}

int lcc_pager_opening_begin(struct lcc_pager *pager)
{
    int64_t until_ms = lcc_now_ms() + LCC_LOCK_WAIT_MS;
    struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000};

    if (pthread_mutex_clocklock(&opening_mutex, CLOCK_MONOTONIC, &until) != 0) {
        return LCC_STORE_BUSY;
    }
    opening = pager;
    return 0;
}

void lcc_pager_opening_end(struct lcc_pager *pager)
{
    (void)pager;
    opening = NULL;
    (void)pthread_mutex_unlock(&opening_mutex);
}

/* Bounded, as the forking thread itself may be in here. */
void lcc_pager_fork_prepare(void)
{
    int64_t until_ms = lcc_now_ms() + LCC_LOCK_WAIT_MS;
    struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000};

    table_held =
        pthread_mutex_clocklock(&table_mutex, CLOCK_MONOTONIC, &until) == 0;
}

void lcc_pager_fork_parent(void)
{
    if (table_held) {
        (void)pthread_mutex_unlock(&table_mutex);
    }
}

void lcc_pager_fork_child(void)
{
    (void)pthread_mutex_init(&table_mutex, NULL);
    (void)pthread_mutex_init(&opening_mutex, NULL);
    opening = NULL;
}
