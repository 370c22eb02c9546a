/*
 * body_spare.c - a side file that nobody names any more becomes another one
 *
 * Its blocks, its inode and its pages in memory are there already. Only a file
 * that is open nowhere and mapped nowhere may be written over: that is what the
 * kernel grants a write lease for (fcntl(2), F_SETLEASE), and while it is held
 * nobody can open the file either. So whoever opened it under its older name
 * keeps what it holds, and whoever comes too late finds a time of change that
 * is new and checksums of another name (body_checked.h, body_file.h).
 */
#include "store/body_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Should somebody open it meanwhile, the kernel tells this thread, which has
 * its signals blocked, by one that is ignored unless asked for. */
static bool is_alone(int fd)
{
    const struct f_owner_ex owner = {F_OWNER_TID, gettid()};

    return fcntl(fd, F_SETSIG, SIGURG) == 0 &&
           fcntl(fd, F_SETOWN_EX, &owner) == 0 &&
           fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
}

static bool is_plain(int fd, uint64_t *ret_size)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1) {
        return false;
    }
    *ret_size = (uint64_t)st.st_size;
    return true;
}

int lcc_body_reuse(const char *path, const struct lcc_hash *was,
                   const char *file, uint64_t *ret_size)
{
    char from[LCC_PATH_SIZE];
    int fd;

    if (!lcc_body_path(from, path, was)) {
        return -ENAMETOOLONG;
    }
    if (rename(from, file) != 0) {
        return -errno;
    }
    fd = open(file, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && is_plain(fd, ret_size) && is_alone(fd)) {
        return fd;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    (void)unlink(file);
    return -ESTALE;
}
