/*
 * pager_find.c - which file is the database of a control page
 *
 * Its name carries the page's id. After a reboot, or when the control page was
 * lost, the new one adopts the database that was written last.
 */
#include "store/pager_private.h"

#include "store/folder.h"
#include "store/recent.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DB_PREFIX "index."
#define DB_SUFFIX ".db"

void lcc_pager_name_file(struct lcc_pager *pager)
{
    char hex[LCC_HASH_HEX_SIZE];

    lcc_hash_to_hex(&pager->ctl.page->id, hex);
    (void)snprintf(pager->name, sizeof(pager->name), DB_PREFIX "%s" DB_SUFFIX,
                   hex);
}

static bool is_db_name(const char *name)
{
    size_t length = strlen(name);
    const size_t prefix = sizeof(DB_PREFIX) - 1;
    const size_t suffix = sizeof(DB_SUFFIX) - 1;
    struct lcc_hash id;

    return length == prefix + LCC_HASH_HEX_SIZE - 1 + suffix &&
           memcmp(name, DB_PREFIX, prefix) == 0 &&
           strcmp(name + length - suffix, DB_SUFFIX) == 0 &&
           lcc_hash_from_hex(lcc_span_of(name + prefix, LCC_HASH_HEX_SIZE - 1),
                             &id);
}

/* The database that was written last; false when there is none. */
static bool newest_db(const struct lcc_pager *pager,
                      char ret_name[LCC_DB_NAME_SIZE])
{
    DIR *folder = opendir(pager->path);
    struct timespec newest = {0, 0};
    bool found = false;
    struct dirent *entry;

    while (folder && (entry = readdir(folder)) != NULL) {
        struct stat st;

        if (!is_db_name(entry->d_name) ||
            fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) !=
                0 ||
            !S_ISREG(st.st_mode)) {
            continue;
        }
        if (!found || st.st_mtim.tv_sec > newest.tv_sec ||
            (st.st_mtim.tv_sec == newest.tv_sec &&
             st.st_mtim.tv_nsec > newest.tv_nsec)) {
            newest = st.st_mtim;
            found = true;
            memcpy(ret_name, entry->d_name, LCC_DB_NAME_SIZE - 1);
            ret_name[LCC_DB_NAME_SIZE - 1] = '\0';
        }
    }
    if (folder) {
        (void)closedir(folder);
    }
    return found;
}

/* How much of an adopted file counts, without its journal: page 0 says. */
static uint64_t size_by_page_0(int fd, uint64_t size)
{
    uint8_t *page = malloc(LCC_PAGE_SIZE);
    uint64_t says = size;

    if (page && pread(fd, page, LCC_PAGE_SIZE, 0) == LCC_PAGE_SIZE &&
        lcc_page_is_whole(page, 0)) {
        says = ((uint64_t)lcc_page_last(page) + 1) * LCC_PAGE_SIZE;
    }
    free(page);
    return says < size ? says : size;
}

/* Bring an older control page's database to its last commit. */
static int settle(struct lcc_pager *pager, const char *name, int fd,
                  uint64_t *ret_size)
{
    struct lcc_ctl_page *page = pager->ctl.page;
    struct lcc_journal journal;
    struct lcc_hash id;
    struct stat st;
    int result;

    (void)lcc_hash_from_hex(
        lcc_span_of(name + sizeof(DB_PREFIX) - 1, LCC_HASH_HEX_SIZE - 1), &id);
    atomic_store(&page->recent_size, 0);
    atomic_store(&page->recent_generation, 1);
    result = lcc_journal_replay(pager->path, &id, fd, 0, &journal);
    if (result == 0) {
        *ret_size = journal.db_size;
        atomic_store(
            &page->recent_size,
            lcc_recent_adopt(pager->path, &id, journal.recent, &page->id));
        return 0;
    }
    if (result != LCC_STORE_MISS) {
        return result;
    }
    if (fstat(fd, &st) != 0) {
        return -errno;
    }
    *ret_size = size_by_page_0(fd, (uint64_t)st.st_size);
    *ret_size -= *ret_size % LCC_PAGE_SIZE;
    return ftruncate(fd, (off_t)*ret_size) == 0 ? 0 : -errno;
}

/* Whoever still commits under the older control page holds this. */
static int hold_file(int fd)
{
    static const struct timespec pause = {0, 2 * 1000 * 1000};

    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += 2) {
        if (errno != EWOULDBLOCK || waited_ms >= LCC_LOCK_WAIT_MS) {
            return LCC_STORE_BUSY;
        }
        (void)nanosleep(&pause, NULL);
    }
    return 0;
}

/* The size goes first: a file under our name is cut to it by recovery. */
static int adopt(struct lcc_pager *pager, const char *name)
{
    char from[LCC_PATH_SIZE];
    char to[LCC_PATH_SIZE];
    uint64_t size = 0;
    int fd = lcc_pager_open_named(pager, name, O_RDWR);
    int result;

    if (fd < 0) {
        return fd;
    }
    result = hold_file(fd);
    if (result == 0) {
        result = settle(pager, name, fd, &size);
    }
    if (result == 0) {
        atomic_store(&pager->ctl.page->db_size, size);
        atomic_store(&pager->ctl.page->unproven, 1);
        if (!lcc_folder_join(from, pager->path, name) ||
            !lcc_folder_join(to, pager->path, pager->name) ||
            rename(from, to) != 0) {
            result = -errno;
        }
    }
    lcc_folder_let_go(fd);
    return result == 0 ? lcc_pager_mark_journal(pager) : result;
}

static int make_empty(struct lcc_pager *pager)
{
    char file[LCC_PATH_SIZE];
    int fd;

    if (!lcc_folder_join(file, pager->path, pager->name)) {
        return -ENAMETOOLONG;
    }
    atomic_store(&pager->ctl.page->db_size, 0);
    if (atomic_load(&pager->ctl.page->carried) == 0) {
        (void)lcc_recent_forget(pager->path, pager->ctl.page);
    }
    fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -errno;
    }
    (void)close(fd);
    return 0;
}

int lcc_pager_find_file(struct lcc_pager *pager)
{
    char name[LCC_DB_NAME_SIZE];
    int hold = lcc_folder_hold(pager->path);
    int result;

    if (hold < 0) {
        return hold == -EBUSY ? LCC_STORE_BUSY : hold;
    }
    if (!lcc_ctl_is_current(&pager->ctl, pager->path)) {
        result = LCC_STORE_BUSY; /* cleared this moment */
    } else {
        lcc_pager_note_aside(pager);
        result =
            newest_db(pager, name) ? adopt(pager, name) : make_empty(pager);
    }
    lcc_folder_let_go(hold);
    return result;
}
