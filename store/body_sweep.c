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
    bool temporary;
    int64_t age_s;
};

static bool parse_name(const char *text, struct side_file *ret)
{
    const size_t hex = LCC_HASH_HEX_SIZE - 1;
    size_t length = strlen(text);

    ret->temporary = length == hex + 4 && strcmp(text + hex, ".tmp") == 0;
    return (length == hex || ret->temporary) &&
           lcc_hash_from_hex(lcc_span_of(text, hex), &ret->name);
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

void lcc_body_sweep(const char *path, lcc_body_indexed_fn is_indexed, void *arg)
{
    DIR *folder = folder_open(path);
    struct side_file file;
    const char *text;
    int indexed;

    if (!folder) {
        return;
    }
    for (int seen = 0; seen < LCC_BODY_SWEEP_FILES; seen++) {
        if (!next_file(folder, &file, &text)) {
            break;
        }
        if (file.age_s <
            (file.temporary ? LCC_BODY_TEMPORARY_S : LCC_BODY_ORPHAN_S)) {
            continue;
        }
        indexed = file.temporary ? LCC_STORE_MISS : is_indexed(arg, &file.name);
        if (indexed == LCC_STORE_MISS) {
            (void)unlinkat(dirfd(folder), text, 0);
        } else if (indexed != 0) {
            break;
        }
    }
    (void)closedir(folder);
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
