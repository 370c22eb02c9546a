/*
 * store_remove.c - dropping one, a URL's, or everything
 */
#include "store/proof.h"
#include "store/store_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct removal {
    struct lcc_name names[LCC_BATCH];
    size_t count;
    struct lcc_hash url;
    struct lcc_hash side_file;
    struct lcc_garbage garbage;
};

/* --- one ----------------------------------------------------------------- */

static int remove_on(struct lcc_store *store, void *arg)
{
    struct removal *removal = arg;
    int result;

    lcc_garbage_clear(&removal->garbage);
    removal->count = 0;
    result =
        lcc_records_remove(store->db, &removal->names[0], &removal->garbage);
    if (result == LCC_STORE_MISS) {
        return LCC_RUN_NOTHING;
    }
    removal->count = result == 0 ? 1 : 0;
    return result;
}

/* What goes must go, if it takes all recent records along. */
static int settle_or_forget(struct lcc_store *store, const struct lcc_hash *url)
{
    int result = lcc_store_settle(store, url);

    return result == 0 || result == LCC_STORE_BUSY
               ? result
               : lcc_store_forget_recent(store);
}

/* What was there of it before is no more to be found on the disk. */
static void forget_older(struct lcc_store *store, size_t removed)
{
    if (removed > 0) {
        lcc_store_drop_spares(store);
    }
}

int lcc_store_drop(struct lcc_store *store, const struct lcc_name *name)
{
    struct removal removal = {.names = {*name}};
    int result = settle_or_forget(store, &name->id.url);

    if (result == 0) {
        result = lcc_store_run(store, true, remove_on, &removal);
    }
    if (result == 0) {
        lcc_store_discard(store, &removal.garbage);
        forget_older(store, removal.count);
    }
    return result == 0 && removal.count == 0 ? LCC_STORE_MISS : result;
}

static int find_side_file_on(struct lcc_store *store, void *arg)
{
    struct removal *removal = arg;
    int result =
        lcc_store_side_owner(store, &removal->side_file, &removal->names[0]);

    removal->count = result == 0 ? 1 : 0;
    return result;
}

int lcc_store_drop_side_file(struct lcc_store *store,
                             const struct lcc_hash *file)
{
    struct removal removal = {.side_file = *file};
    int result = lcc_store_run(store, false, find_side_file_on, &removal);

    return result == 0 && removal.count == 1
               ? lcc_store_drop(store, &removal.names[0])
               : result;
}

int lcc_store_remove(struct lcc_store *store, const struct lcc_id *id,
                     const struct lcc_hash *variant)
{
    struct lcc_call call = lcc_call_begin();
    struct lcc_name name = {*id, *variant};
    int result =
        store->config.readonly ? LCC_STORE_UNAVAILABLE : lcc_store_enter(store);

    if (result == 0) {
        result = lcc_store_drop(store, &name);
        lcc_store_leave(store);
    }
    lcc_call_end(call);
    return result;
}

/* --- a URL --------------------------------------------------------------- */

static int list_url(struct lcc_db *db, struct removal *removal)
{
    struct lcc_key prefix = lcc_key_of_url(&removal->url);
    int result = lcc_db_seek(db, lcc_key_span(&prefix), NULL);

    removal->count = 0;
    while (result == 0 && removal->count < LCC_BATCH &&
           lcc_key_has_prefix(lcc_db_key(db), &prefix) &&
           lcc_key_name(lcc_db_key(db), &removal->names[removal->count])) {
        removal->count++;
        result = lcc_db_next(db, NULL);
    }
    lcc_db_seek_end(db);
    return result == LCC_STORE_MISS ? 0 : result;
}

static int look_for_url_on(struct lcc_store *store, void *arg)
{
    return list_url(store->db, arg);
}

static int remove_url_on(struct lcc_store *store, void *arg)
{
    struct removal *removal = arg;
    int result;

    lcc_garbage_clear(&removal->garbage);
    result = list_url(store->db, removal);
    for (size_t i = 0; result == 0 && i < removal->count; i++) {
        result = lcc_records_remove(store->db, &removal->names[i],
                                    &removal->garbage);
        result = result == LCC_STORE_MISS ? LCC_STORE_UNAVAILABLE : result;
    }
    return result;
}

/* Entered. Looks first: most URLs have nothing stored, and that costs no
 * lock. */
static int remove_url(struct lcc_store *store, struct removal *removal,
                      size_t *count)
{
    int result = settle_or_forget(store, &removal->url);

    if (result == 0) {
        result = lcc_store_run(store, false, look_for_url_on, removal);
    }
    while (result == 0 && removal->count > 0) {
        result = lcc_store_run(store, true, remove_url_on, removal);
        if (result == 0) {
            lcc_store_discard(store, &removal->garbage);
            *count += removal->count;
        }
    }
    forget_older(store, *count);
    return result;
}

int lcc_store_remove_url(struct lcc_store *store, const struct lcc_hash *url,
                         size_t *ret_count)
{
    struct lcc_call call = lcc_call_begin();
    struct removal removal = {.url = *url};
    size_t count = 0;
    int result =
        store->config.readonly ? LCC_STORE_UNAVAILABLE : lcc_store_enter(store);

    if (result == 0) {
        result = remove_url(store, &removal, &count);
        lcc_store_leave(store);
    }
    if (result == 0 && ret_count) {
        *ret_count = count;
    }
    lcc_call_end(call);
    return result;
}

/* --- everything ---------------------------------------------------------- */

static int clear_refuse(char *why, const char *path, const char *what)
{
    (void)snprintf(why, LCC_WHY_SIZE, "%s %s; it is left alone", path, what);
    return LCC_STORE_BAD_FOLDER;
}

static int clear_check(const char *path, char *why)
{
    struct stat st;

    if (lstat(path, &st) != 0) {
        return errno == ENOENT || errno == ENOTDIR ? LCC_STORE_MISS : -errno;
    }
    if (!S_ISDIR(st.st_mode)) {
        return clear_refuse(why, path, "is no folder of the cache");
    }
    if (st.st_uid != geteuid()) {
        return clear_refuse(why, path, "belongs to another user");
    }
    return 0;
}

/* What is ours by its name; the ledger stays, it counts and stores nothing. */
static bool is_ours(const char *name)
{
    static const char *const whole[] = {
        LCC_CTL_FILE,   "journal",      "secret",       LCC_RECENT_FILE,
        LCC_BODY_SWEPT, LCC_ASIDE_FILE, LCC_PROOF_FILE,
    };
    static const char *const starts[] = {"index.", "new."};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(whole); i++) {
        if (strcmp(name, whole[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < LCC_ARRAY_SIZE(starts); i++) {
        if (strncmp(name, starts[i], strlen(starts[i])) == 0) {
            return true;
        }
    }
    return false;
}

static int clear_files(const char *path)
{
    DIR *folder = opendir(path);
    int result = 0;
    struct dirent *entry;

    if (!folder) {
        return -errno;
    }
    while ((entry = readdir(folder)) != NULL) {
        if (is_ours(entry->d_name) &&
            unlinkat(dirfd(folder), entry->d_name, 0) != 0 && errno != ENOENT &&
            result == 0) {
            result = -errno;
        }
    }
    (void)closedir(folder);
    return result;
}

/* Whoever holds the old cache open must look again: its number moves on. */
static struct lcc_ctl_page *ctl_map(const char *path)
{
    char file[LCC_PATH_SIZE];
    struct stat st;
    void *page = MAP_FAILED;
    int fd;

    if (!lcc_folder_join(file, path, LCC_CTL_FILE)) {
        return NULL;
    }
    fd = open(file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) {
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
            st.st_size == LCC_CTL_SIZE) {
            page = mmap(NULL, LCC_CTL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                        fd, 0);
        }
        (void)close(fd);
    }
    return page == MAP_FAILED ? NULL : page;
}

static int clear_held(const char *path)
{
    struct lcc_ctl_page *page = ctl_map(path);
    int result = clear_files(path);
    int bodies = lcc_body_clear(path);

    if (page) {
        atomic_fetch_add(&page->seq, UINT64_C(1) << 32);
        (void)munmap(page, LCC_CTL_SIZE);
    }
    return result != 0 ? result : bodies;
}

int lcc_store_clear(const char *folder, char *ret_why)
{
    struct lcc_call call = lcc_call_begin();
    struct lcc_buf path = LCC_BUF_INIT(LCC_PATH_SIZE);
    int result = lcc_store_subfolder(folder, &path);
    int hold = -1;

    if (result == 0) {
        result = lcc_buf_put_u8(&path, 0);
    }
    if (result == 0) {
        result = clear_check((const char *)path.data, ret_why);
    }
    if (result == 0) {
        hold = lcc_folder_hold((const char *)path.data);
        result = clear_held((const char *)path.data); /* held or not */
    }
    if (hold >= 0) {
        (void)close(hold);
    }
    lcc_buf_done(&path);
    lcc_call_end(call);
    return result;
}
