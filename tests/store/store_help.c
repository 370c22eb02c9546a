#include "store_help.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void help_folder_init(struct help_folder *folder)
{
    (void)snprintf(folder->path, sizeof(folder->path), "/tmp/lcc-store-XXXXXX");
    cr_assert_not_null(mkdtemp(folder->path));
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

void help_folder_done(struct help_folder *folder)
{
    (void)nftw(folder->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *help_file(const struct help_folder *folder, const char *name)
{
    static char path[HELP_PATH * 2];
    struct lcc_buf sub = LCC_BUF_INIT(HELP_PATH);

    cr_assert_eq(lcc_store_subfolder(folder->path, &sub), 0);
    (void)snprintf(path, sizeof(path), "%.*s/%s", (int)sub.size,
                   (const char *)sub.data, name);
    lcc_buf_done(&sub);
    return path;
}

const char *help_database(const struct help_folder *folder)
{
    DIR *sub = opendir(help_file(folder, ""));
    char name[256] = "";
    struct dirent *entry;

    cr_assert_not_null(sub);
    while ((entry = readdir(sub)) != NULL) {
        if (strncmp(entry->d_name, "index.", 6) == 0) {
            cr_assert_str_empty(name, "two databases");
            (void)snprintf(name, sizeof(name), "%s", entry->d_name);
        }
    }
    (void)closedir(sub);
    cr_assert_str_not_empty(name, "no database");
    return help_file(folder, name);
}

bool help_verify(const struct help_folder *folder)
{
    const char *tool = "/usr/bin/db5.3_verify";
    const char *file = help_database(folder);
    pid_t child;

    if (access(tool, X_OK) != 0) {
        return true;
    }
    child = fork();
    if (child == 0) {
        (void)execl(tool, tool, "-q", file, (char *)NULL);
        _exit(127);
    }
    return help_wait(child) == 0;
}

struct lcc_store *help_open_with(const struct lcc_store_config *config)
{
    struct lcc_store *store = NULL;
    char why[LCC_WHY_SIZE] = "";

    cr_assert_eq(lcc_store_open(config, &store, why), 0, "%s", why);
    return store;
}

struct lcc_store *help_open(const struct help_folder *folder)
{
    const struct lcc_store_config config = {
        .folder = folder->path,
        .max_size_bytes = 64 * 1024 * 1024,
        .max_entry_bytes = 32 * 1024 * 1024,
    };

    return help_open_with(&config);
}

struct lcc_id help_id(unsigned int number)
{
    struct lcc_id id;

    memset(&id, 0, sizeof(id));
    (void)snprintf((char *)id.url.bytes, LCC_HASH_SIZE, "u%08x",
                   number * 2654435761u);
    (void)snprintf((char *)id.request.bytes, LCC_HASH_SIZE, "r%08x", number);
    return id;
}

void help_fill(uint8_t *body, size_t size, unsigned int number,
               unsigned int version)
{
    uint64_t state = (uint64_t)number << 32 | version;

    for (size_t i = 0; i < size; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        body[i] = (uint8_t)(state >> 56);
    }
}

static int put_body(struct lcc_writer *writer, unsigned int number,
                    unsigned int version, size_t size)
{
    uint8_t *body = malloc(size + 1);
    int result = 0;

    help_fill(body, size, number, version);
    for (size_t at = 0; result == 0 && at < size; at += 16384) {
        size_t piece = size - at < 16384 ? size - at : 16384;

        result = lcc_writer_append(writer, lcc_span_of(body + at, piece));
    }
    free(body);
    return result;
}

int help_put_at(struct lcc_store *store, unsigned int number,
                unsigned int version, size_t size, int64_t now_s)
{
    const struct lcc_stamp stamp = {now_s, INT64_MAX};
    struct lcc_id id = help_id(number);
    struct lcc_hash variant = {{0}};
    struct lcc_writer *writer = NULL;
    char meta[128];
    int result = lcc_writer_new(store, &writer);

    if (result != 0) {
        return result;
    }
    (void)snprintf(meta, sizeof(meta),
                   "GET http://test/%u version %u size %zu\n", number, version,
                   size);
    result = put_body(writer, number, version, size);
    if (result == 0) {
        result = lcc_writer_commit(writer, &id, &variant, lcc_span_str(meta),
                                   &stamp);
    }
    (void)lcc_writer_free(writer);
    return result;
}

int help_put(struct lcc_store *store, unsigned int number, unsigned int version,
             size_t size)
{
    return help_put_at(store, number, version, size, HELP_NOW);
}

static int check_body(struct lcc_store *store, const struct lcc_hit *hit,
                      const uint8_t *want, size_t size)
{
    uint8_t *got = malloc(size + 65536);
    size_t at = 0;
    int result = 0;

    while (result == 0 && at < size) {
        size_t piece = 0;

        result = lcc_store_read_body(store, hit, at, got + at, 65536, &piece);
        if (result == 0 && (piece == 0 || piece > size - at)) {
            result = HELP_WRONG;
        }
        at += piece;
    }
    if (result == 0 && memcmp(got, want, size) != 0) {
        result = HELP_WRONG;
    }
    free(got);
    return result;
}

int help_get_at(struct lcc_store *store, unsigned int number, int64_t now_s,
                unsigned int *ret_version, size_t *ret_size)
{
    struct lcc_id id = help_id(number);
    struct lcc_hit hit = LCC_HIT_INIT;
    unsigned int said = 0;
    char meta[128] = "";
    uint8_t *want;
    int result = lcc_store_lookup(store, &id, NULL, NULL, now_s, &hit);

    if (result != 0) {
        lcc_hit_done(&hit);
        return result;
    }
    memcpy(meta, hit.meta.data,
           hit.meta.size < sizeof(meta) ? hit.meta.size : sizeof(meta) - 1);
    if (sscanf(meta, "GET http://test/%u version %u size %zu", &said,
               ret_version, ret_size) != 3 ||
        said != number || *ret_size != hit.body_size) {
        lcc_hit_done(&hit);
        return HELP_WRONG;
    }
    want = malloc(*ret_size + 1);
    help_fill(want, *ret_size, number, *ret_version);
    result = check_body(store, &hit, want, *ret_size);
    free(want);
    lcc_hit_done(&hit);
    return result;
}

int help_get(struct lcc_store *store, unsigned int number,
             unsigned int *ret_version, size_t *ret_size)
{
    return help_get_at(store, number, HELP_NOW, ret_version, ret_size);
}

unsigned int help_count(struct lcc_store *store, unsigned int count)
{
    unsigned int there = 0;

    for (unsigned int i = 1; i <= count; i++) {
        unsigned int version;
        size_t size;
        int result = help_get(store, i, &version, &size);

        cr_assert_neq(result, HELP_WRONG, "entry %u is wrong", i);
        there += result == 0;
    }
    return there;
}

int help_wait(pid_t child)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}
