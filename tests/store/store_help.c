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
        const char *ci = getenv("CI");

        (void)fprintf(stderr, "skipped: %s is not here\n", tool);
        return !ci || strcmp(ci, "true") != 0;
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

enum { PARTS_SIZE = 120000 };

int help_put_parts(struct lcc_store *store, unsigned int number,
                   unsigned int version)
{
    static const size_t sizes[] = {10, 3000, 20000, 700, 9000, 30000};
    size_t at = version % 7 * 100;
    int result = 0;

    for (size_t i = 0; result == 0 && i < LCC_ARRAY_SIZE(sizes); i++) {
        const struct help_part part = {.number = number,
                                       .version = version,
                                       .size = PARTS_SIZE,
                                       .first = at,
                                       .last = at + sizes[i] - 1};

        result = help_put_part(store, &part, HELP_NOW);
        at += sizes[i] + (i % 2) * 50;
    }
    return result;
}

int help_check_parts(struct lcc_store *store, unsigned int number)
{
    struct lcc_id id = help_id(number);
    struct lcc_hit hit = LCC_HIT_INIT;
    struct help_part part = {.number = number};
    bool found = lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit) == 0;
    bool right = !found || help_read_meta(hit.meta, &part);
    uint8_t *body = malloc(part.size + 1);

    help_fill(body, part.size, number, part.version);
    part.body = body;
    for (size_t at = 0; found && right && at + 1000 <= part.size; at += 700) {
        part.first = at;
        part.last = at + 999;
        right = help_check_part(store, &hit, &part) != HELP_WRONG;
    }
    free(body);
    lcc_hit_done(&hit);
    return right ? 0 : HELP_WRONG;
}

int help_wait(pid_t child)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}
