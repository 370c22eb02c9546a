/*
 * body_sweep.c - side files that nobody names any more
 *
 * A process killed between writing a file and committing its entry, or between
 * a commit and the unlinking it asks for, leaves one behind.
 */
#include "store/body.h"

#include "store/folder.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct side_file {
    struct lcc_hash name;
    int64_t age_s;
};

static bool parse_name(const char *text, struct side_file *ret)
{
    return strlen(text) == LCC_HASH_HEX_SIZE - 1 &&
           lcc_hash_from_hex(lcc_span_str(text), &ret->name);
}

/* The clock that stamped the files, whatever clock decisions go by. */
static int64_t kernel_now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (int64_t)now.tv_sec;
}

static bool next_file(DIR *folder, struct side_file *ret, const char **ret_text)
{
    struct dirent *entry;
    struct stat st;

    while ((entry = readdir(folder)) != NULL) {
        if (parse_name(entry->d_name, ret) &&
            fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
                0) {
            ret->age_s = kernel_now_s() - (int64_t)st.st_mtim.tv_sec;
            *ret_text = entry->d_name;
            return true;
        }
    }
    return false;
}

static DIR *folder_open(const char *path)
{
    char folder[LCC_PATH_SIZE];

    return lcc_folder_join(folder, path, LCC_BODY_FOLDER) ? opendir(folder)
                                                          : NULL;
}

/* Has nobody swept for a while? Then it is our turn, and nobody else's. */
static bool is_due(const char *path)
{
    char file[LCC_PATH_SIZE];
    struct stat st;
    int fd;

    if (!lcc_folder_join(file, path, LCC_BODY_SWEPT)) {
        return false;
    }
    if (lstat(file, &st) == 0 &&
        kernel_now_s() - (int64_t)st.st_mtim.tv_sec < LCC_BODY_SWEEP_S) {
        return false;
    }
    fd = open(file, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    (void)futimens(fd, NULL);
    (void)close(fd);
    return true;
}

/* A large folder is swept in parts, chosen by chance. */
static bool is_in_part(DIR *folder, const struct lcc_hash *name)
{
    static uint8_t part;
    struct stat st;

    if (fstat(dirfd(folder), &st) != 0 || st.st_size < LCC_BODY_LARGE_FOLDER) {
        return true;
    }
    if (part == 0) {
        (void)lcc_folder_random(&part, sizeof(part));
    }
    return name->bytes[0] % LCC_BODY_SIEVE == part % LCC_BODY_SIEVE;
}

void lcc_body_sweep(const char *path, lcc_body_indexed_fn is_indexed, void *arg)
{
    DIR *folder = is_due(path) ? folder_open(path) : NULL;
    struct side_file file;
    const char *text;
    int seen = 0;
    int indexed;

    while (folder && seen < LCC_BODY_SWEEP_FILES &&
           next_file(folder, &file, &text)) {
        if (!is_in_part(folder, &file.name)) {
            continue;
        }
        seen++;
        if (file.age_s < LCC_BODY_ORPHAN_S) {
            continue;
        }
        indexed = is_indexed(arg, &file.name);
        if (indexed == LCC_STORE_MISS) {
            (void)unlinkat(dirfd(folder), text, 0);
        } else if (indexed != 0) {
            break;
        }
    }
    if (folder) {
        (void)closedir(folder);
    }
}

int lcc_body_clear(const char *path)
{
    DIR *folder = folder_open(path);
    struct side_file file;
    const char *text;
    int result = 0;

    if (!folder) {
        return errno == ENOENT ? 0 : -errno;
    }
    while (next_file(folder, &file, &text)) {
        if (unlinkat(dirfd(folder), text, 0) != 0 && errno != ENOENT &&
            result == 0) {
            result = -errno;
        }
    }
    (void)closedir(folder);
    return result;
}
