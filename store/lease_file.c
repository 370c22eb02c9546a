/*
 * lease_file.c - making and mapping the file of leases
 *
 * All zero is a valid empty table, so that two who make it at once do no harm;
 * the blocks are allocated before it is mapped (see ledger.c for why).
 */
#include "store/lease_file.h"

#include "store/folder.h"
#include "store/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEASES_FILE "leases"
#define LEASES_MAGIC UINT64_C(0x6c63632d6c736501) /* "lcc-lse", version 1 */

static bool is_ours(const struct stat *status)
{
    return S_ISREG(status->st_mode) && status->st_uid == geteuid() &&
           status->st_nlink == 1 &&
           status->st_size <= (off_t)sizeof(struct leases_file);
}

static int allocate(int fd, const struct stat *status)
{
    const off_t size = (off_t)sizeof(struct leases_file);

    if (status->st_size == size &&
        status->st_blocks * (off_t)BLOCK_BYTES >= size) {
        return 0;
    }
    return -posix_fallocate(fd, 0, size);
}

static int map_file(int fd, struct leases_file **ret)
{
    struct stat status;
    void *memory;
    int r;

    if (fstat(fd, &status) != 0) {
        return -errno;
    }
    if (!is_ours(&status)) {
        return -EPERM;
    }
    r = allocate(fd, &status);
    if (r != 0) {
        return r;
    }
    memory = mmap(NULL, sizeof(struct leases_file), PROT_READ | PROT_WRITE,
                  MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        return -errno;
    }
    *ret = memory;
    return 0;
}

static int sign(struct leases_file *file)
{
    const uint64_t found = word_get(&file->magic);

    if (found == 0) {
        word_set(&file->size, sizeof(*file));
        word_set(&file->magic, LEASES_MAGIC);
        return 0;
    }
    return found == LEASES_MAGIC && word_get(&file->size) == sizeof(*file)
               ? 0
               : -EBADMSG;
}

static int open_and_map(const char *path, struct leases_file **ret)
{
    char name[LCC_PATH_SIZE];
    int fd;
    int r;

    if (!lcc_folder_join(name, path, LEASES_FILE)) {
        return -ENAMETOOLONG;
    }
    fd = open(name,
              O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
              0600);
    if (fd < 0) {
        return -errno;
    }
    r = map_file(fd, ret);
    (void)close(fd);
    if (r == 0) {
        r = sign(*ret);
        if (r != 0) {
            (void)munmap(*ret, sizeof(**ret));
        }
    }
    return r;
}

int lcc_leases_open(const char *path, struct lcc_leases **ret)
{
    const int saved_errno = errno;
    struct lcc_leases *leases = calloc(1, sizeof(*leases));
    struct lcc_signals signals;
    int r = leases ? 0 : -ENOMEM;

    if (leases) {
        lcc_signals_block(&signals);
        r = open_and_map(path, &leases->file);
        lcc_signals_restore(&signals);
    }
    if (r == 0) {
        *ret = lcc_steal(&leases);
    }
    free(leases);
    errno = saved_errno;
    return r;
}

struct lcc_leases *lcc_leases_free(struct lcc_leases *leases)
{
    const int saved_errno = errno;

    if (leases) {
        (void)munmap(leases->file, sizeof(*leases->file));
        free(leases);
    }
    errno = saved_errno;
    return NULL;
}
