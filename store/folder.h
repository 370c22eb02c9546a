/*
 * folder.h - our subfolder of the user's cache folder
 *
 * CURLCACHE_DIR may be a folder that others can write to. Ours is a subfolder
 * named by user, ABI and format, 0700, and refused when it is a link or
 * somebody else's. Owns its checks and the secret file.
 */
#ifndef LCC_FOLDER_H
#define LCC_FOLDER_H

#include "store/hash.h"

enum { LCC_STORE_FORMAT = 5 }; /* changes with any byte of any file */

/**
 * lcc_folder_open() - check, and create, the folders
 * @folder:   CURLCACHE_DIR
 * @readonly: create nothing, need no permission to write
 * @ret_path: the subfolder, owned by the caller
 * @ret_why:  LCC_WHY_SIZE bytes, filled on a positive result
 *
 * Return: 0; LCC_STORE_BAD_FOLDER; LCC_STORE_UNAVAILABLE; -ENOMEM.
 */
int lcc_folder_open(const char *folder, bool readonly, char **ret_path,
                    char *ret_why);

/* Is a file system of this statfs() type local, that is, does a mapped file
 * hold one truth for all processes there? An allow-list. */
bool lcc_folder_type_is_local(uint64_t type);

/**
 * lcc_folder_secret() - the secret of this cache
 * @path:   the subfolder
 * @create: make one when there is none
 *
 * Return: 0; -ENOENT without one; -EPERM when the file is not ours alone;
 * -EBADMSG when it has another size; -errno.
 */
int lcc_folder_secret(const char *path, bool create, struct lcc_secret *ret);

/* "<path>/<name>"; false when it does not fit. */
enum { LCC_PATH_SIZE = 4096 };
bool lcc_folder_join(char out[LCC_PATH_SIZE], const char *path,
                     const char *name);

/* @size random bytes. 0; -errno. */
int lcc_folder_random(void *bytes, size_t size);

/* Hold the folder against makers and clearers of its control file: a
 * descriptor to close, or -EBUSY after LCC_LOCK_WAIT_MS, or -errno. */
int lcc_folder_hold(const char *path);
/* Let go of a flock and close. A child that was forked meanwhile has the same
 * open file: closing alone would leave the lock to it for its whole life. */
void lcc_folder_let_go(int fd);

#endif
