/*
 * folder.c - our subfolder: made, checked, named; and the secret in it
 *
 * Knows nothing of the database. Every refusal is one sentence that says what
 * is wrong, where, and what would be right.
 */
#include "store/folder.h"

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define LCC_SECRET_FILE "secret"

/* Not in every <linux/magic.h>. */
#define LCC_XFS_MAGIC 0x58465342
#define LCC_ZFS_MAGIC 0x2fc12fc1
#define LCC_BCACHEFS_MAGIC 0xca451a4e

/* Mapped memory must be one memory for all processes that see the file, and a
 * robust mutex must die with its owner: that is one kernel. */
bool lcc_folder_type_is_local(uint64_t type)
{
    static const uint64_t local[] = {
        EXT4_SUPER_MAGIC,  LCC_XFS_MAGIC,        BTRFS_SUPER_MAGIC,
        F2FS_SUPER_MAGIC,  TMPFS_MAGIC,          RAMFS_MAGIC,
        LCC_ZFS_MAGIC,     REISERFS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC,
        NILFS_SUPER_MAGIC, LCC_BCACHEFS_MAGIC,
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(local); i++) {
        if (local[i] == type) {
            return true;
        }
    }
    return false;
}

bool lcc_folder_join(char out[LCC_PATH_SIZE], const char *path,
                     const char *name)
{
    const size_t front = strlen(path);
    const size_t back = strlen(name) + 1;

    /* on the way of each page that is read: no format to be looked through */
    if (front + 1 + back > LCC_PATH_SIZE) {
        return false;
    }
    memcpy(out, path, front);
    out[front] = '/';
    memcpy(out + front + 1, name, back);
    return true;
}

int lcc_folder_random(void *bytes, size_t size)
{
    ssize_t got = getrandom(bytes, size, GRND_NONBLOCK);

    if (got < 0) {
        return -errno;
    }
    return (size_t)got == size ? 0 : -EAGAIN;
}

/* The robust mutex and the page cache are laid out by the ABI. */
int lcc_store_subfolder(const char *folder, struct lcc_buf *out)
{
    const char *byte_order =
        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "le" : "be";

    if (folder[0] != '/') {
        char *here = getcwd(NULL, 0);
        int result = here ? lcc_buf_printf(out, "%s/", here) : -errno;

        free(here);
        if (result != 0) {
            return result;
        }
    }
    return lcc_buf_printf(out, "%s/u%lu-%zu%s-v%d", folder,
                          (unsigned long)geteuid(), sizeof(void *) * 8,
                          byte_order, LCC_STORE_FORMAT);
}

static int refuse(char *why, int outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int refuse(char *why, int outcome, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(why, LCC_WHY_SIZE, format, args);
    va_end(args);
    return outcome;
}

static bool make_parents(const char *folder)
{
    char path[LCC_PATH_SIZE];
    size_t length = strlen(folder);

    if (length >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(path, folder, length + 1);
    for (size_t i = 1; i < length; i++) {
        if (path[i] != '/') {
            continue;
        }
        path[i] = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST && errno != EROFS &&
            errno != EACCES) {
            return false;
        }
        path[i] = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* 0 with the folder there, LCC_STORE_MISS when readonly and it is not. */
static int check_folder(const char *folder, bool readonly, char *why)
{
    struct stat st;

    if (stat(folder, &st) != 0) {
        if (readonly && errno == ENOENT) {
            return LCC_STORE_MISS;
        }
        if (errno != ENOENT || !make_parents(folder) ||
            stat(folder, &st) != 0) {
            return refuse(why, LCC_STORE_BAD_FOLDER,
                          "%s cannot be made or entered (%s)", folder,
                          strerrordesc_np(errno));
        }
    }
    if (!S_ISDIR(st.st_mode)) {
        return refuse(why, LCC_STORE_BAD_FOLDER, "%s is not a folder", folder);
    }
    return 0;
}

static int check_subfolder(const char *path, bool readonly, char *why)
{
    struct stat st;

    if (!readonly && mkdir(path, 0700) != 0 && errno != EEXIST) {
        return refuse(why, LCC_STORE_BAD_FOLDER, "%s cannot be made (%s)", path,
                      strerrordesc_np(errno));
    }
    if (lstat(path, &st) != 0) {
        return readonly && errno == ENOENT
                   ? LCC_STORE_MISS
                   : refuse(why, LCC_STORE_BAD_FOLDER,
                            "%s cannot be entered (%s)", path,
                            strerrordesc_np(errno));
    }
    if (S_ISLNK(st.st_mode)) {
        return refuse(why, LCC_STORE_BAD_FOLDER,
                      "%s is a symbolic link; it must be a folder of yours",
                      path);
    }
    if (!S_ISDIR(st.st_mode)) {
        return refuse(why, LCC_STORE_BAD_FOLDER, "%s is not a folder", path);
    }
    if (st.st_uid != geteuid()) {
        return refuse(why, LCC_STORE_BAD_FOLDER,
                      "%s belongs to user %lu; it must be yours (user %lu)",
                      path, (unsigned long)st.st_uid, (unsigned long)geteuid());
    }
    if ((st.st_mode & 077) != 0 && (readonly || chmod(path, 0700) != 0)) {
        return refuse(why, LCC_STORE_BAD_FOLDER,
                      "%s is open to others; its mode must be 0700", path);
    }
    if (!readonly && faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) != 0) {
        return refuse(why, LCC_STORE_BAD_FOLDER, "%s cannot be written (%s)",
                      path, strerrordesc_np(errno));
    }
    return 0;
}

static int check_file_system(const char *path, char *why)
{
    struct statfs fs;

    if (statfs(path, &fs) != 0) {
        return refuse(why, LCC_STORE_UNAVAILABLE,
                      "%s: its file system is not known (%s)", path,
                      strerrordesc_np(errno));
    }
    if (!lcc_folder_type_is_local((uint64_t)fs.f_type)) {
        return refuse(why, LCC_STORE_UNAVAILABLE,
                      "%s lies on a file system (type 0x%lx) that may be "
                      "shared between machines; the cache needs a local one",
                      path, (unsigned long)fs.f_type);
    }
    return 0;
}

int lcc_folder_open(const char *folder, bool readonly, char **ret_path,
                    char *ret_why)
{
    struct lcc_buf path = LCC_BUF_INIT(LCC_PATH_SIZE - 64);
    int result = check_folder(folder, readonly, ret_why);

    if (result != 0 && result != LCC_STORE_MISS) {
        return result;
    }
    if (lcc_store_subfolder(folder, &path) != 0 ||
        lcc_buf_put_u8(&path, 0) != 0) {
        lcc_buf_done(&path);
        return refuse(ret_why, LCC_STORE_BAD_FOLDER,
                      "the folder's name is "
                      "too long");
    }
    if (result == 0) {
        result = check_subfolder((char *)path.data, readonly, ret_why);
    }
    if (result == 0) {
        result = check_file_system((char *)path.data, ret_why);
    }
    if (result != 0 && result != LCC_STORE_MISS) {
        lcc_buf_done(&path);
        return result;
    }
    *ret_path = (char *)path.data;
    return 0;
}

static int secret_read(const char *file, struct lcc_secret *ret)
{
    int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct lcc_secret secret;
    struct stat st;
    int result = 0;

    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &st) != 0) {
        result = -errno;
    } else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
               (st.st_mode & 077) != 0) {
        result = -EPERM;
    } else if (st.st_size != LCC_SECRET_SIZE ||
               read(fd, secret.bytes, LCC_SECRET_SIZE) != LCC_SECRET_SIZE) {
        result = -EBADMSG;
    }
    (void)close(fd);
    if (result == 0) {
        *ret = secret;
    }
    return result;
}

/* Under a temporary name, then linked: whoever is second takes the first's. */
static int secret_make(const char *path, const char *file)
{
    struct lcc_secret secret;
    char name[64];
    char temporary[LCC_PATH_SIZE];
    uint64_t random;
    int result = lcc_folder_random(&secret, sizeof(secret));
    int fd;

    if (result == 0) {
        result = lcc_folder_random(&random, sizeof(random));
    }
    if (result != 0) {
        return result;
    }
    (void)snprintf(name, sizeof(name), "new.%016llx",
                   (unsigned long long)random);
    if (!lcc_folder_join(temporary, path, name)) {
        return -ENAMETOOLONG;
    }
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
              0600);
    if (fd < 0) {
        return -errno;
    }
    const ssize_t written = write(fd, &secret, sizeof(secret));

    if (written != (ssize_t)sizeof(secret)) {
        result = written < 0 ? -errno : -ENOSPC;
    }
    (void)close(fd);
    if (result == 0 && link(temporary, file) != 0 && errno != EEXIST) {
        result = -errno;
    }
    (void)unlink(temporary);
    return result;
}

int lcc_folder_secret(const char *path, bool create, struct lcc_secret *ret)
{
    char file[LCC_PATH_SIZE];
    int result;

    if (!lcc_folder_join(file, path, LCC_SECRET_FILE)) {
        return -ENAMETOOLONG;
    }
    result = secret_read(file, ret);
    if (!create || (result != -ENOENT && result != -EBADMSG)) {
        return result;
    }
    if (result == -EBADMSG) {
        (void)unlink(file); /* what was stored under it is lost already */
    }
    result = secret_make(path, file);
    return result != 0 ? result : secret_read(file, ret);
}

int lcc_folder_hold(const char *path)
{
    struct timespec pause = {0, 2 * 1000 * 1000};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) {
        return -errno;
    }
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += 2) {
        if (errno != EWOULDBLOCK || waited_ms >= LCC_LOCK_WAIT_MS) {
            (void)close(fd);
            return -EBUSY;
        }
        (void)nanosleep(&pause, NULL);
    }
    return fd;
}

void lcc_folder_let_go(int fd)
{
    (void)flock(fd, LOCK_UN);
    (void)close(fd);
}
