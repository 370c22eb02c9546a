/*
 * Where a cache may lie, and who else is there: other users, other formats,
 * other namespaces of process ids.
 */
#include <criterion/criterion.h>

#include "store/folder.h"
#include "store_help.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENTRIES = 60, NOBODY = 65534, KILLS = 6, PUTS_INSIDE = 3000 };

static struct help_folder folder;

static void setup(void)
{
    help_folder_init(&folder);
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(places, .init = setup, .fini = teardown);

static void fill(struct lcc_store *store)
{
    for (unsigned int i = 1; i <= ENTRIES; i++) {
        cr_assert_eq(help_put(store, i, 1, i % 10 * 3000), 0);
    }
}

/* --- other formats ------------------------------------------------------- */

static const int others[] = {LCC_STORE_FORMAT - 1, LCC_STORE_FORMAT + 1};
static const char *const names[] = {
    "ctl",        "journal", "secret",
    "damaged.db", "proof",   "index.00112233445566778899aabbccddeeff.db",
};

/* "<folder>/u<uid>-64le-v<format>/<name>" */
static void other_path(size_t other, const char *name, char out[HELP_PATH * 2])
{
    const char *ours = help_file(&folder, "");
    const char *end = strrchr(ours, '-');

    (void)snprintf(out, HELP_PATH * 2, "%.*s-v%d/%s", (int)(end - ours), ours,
                   others[other], name);
}

static void make_others(void)
{
    char path[HELP_PATH * 2];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(others); i++) {
        other_path(i, "", path);
        cr_assert_eq(mkdir(path, 0700), 0);
        for (size_t n = 0; n < LCC_ARRAY_SIZE(names); n++) {
            FILE *out;

            other_path(i, names[n], path);
            out = fopen(path, "w");
            cr_assert_not_null(out);
            (void)fprintf(out, "%s of %d", names[n], others[i]);
            (void)fclose(out);
        }
    }
}

static void check_others(void)
{
    char path[HELP_PATH * 2];
    char want[HELP_PATH];
    char is[HELP_PATH] = "";

    for (size_t i = 0; i < LCC_ARRAY_SIZE(others); i++) {
        for (size_t n = 0; n < LCC_ARRAY_SIZE(names); n++) {
            FILE *in;

            other_path(i, names[n], path);
            in = fopen(path, "r");
            cr_assert_not_null(in, "%s", path);
            cr_assert_not_null(fgets(is, sizeof(is), in));
            (void)fclose(in);
            (void)snprintf(want, sizeof(want), "%s of %d", names[n], others[i]);
            cr_expect_str_eq(is, want);
        }
    }
}

Test(places, caches_of_other_formats_are_neither_read_nor_changed)
{
    struct lcc_repair repair;
    char why[LCC_WHY_SIZE];
    struct lcc_store *store;

    make_others();
    store = help_open(&folder);
    fill(store);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES);
    cr_expect_eq(lcc_store_repair(store, &repair), 0);
    (void)lcc_store_free(store);
    check_others();
    cr_expect_eq(lcc_store_clear(folder.path, why), 0);
    check_others();
}

static void swap_word(int fd, off_t at)
{
    uint32_t word;

    cr_assert_eq(pread(fd, &word, sizeof(word), at), (ssize_t)sizeof(word));
    word = __builtin_bswap32(word);
    cr_assert_eq(pwrite(fd, &word, sizeof(word), at), (ssize_t)sizeof(word));
}

/* The folder's name says the byte order. Should a file of another one get into
 * it all the same, it is damaged to us. */
Test(places, an_index_of_the_other_byte_order_is_set_aside)
{
    struct lcc_repair repair;
    struct lcc_store *store = help_open(&folder);
    int fd;

    fill(store);
    (void)lcc_store_free(store);
    fd = open(help_database(&folder), O_RDWR | O_CLOEXEC);
    swap_word(fd, 12); /* Berkeley DB's magic */
    swap_word(fd, 20); /* size of a page */
    (void)close(fd);
    store = help_open(&folder);
    cr_expect_eq(help_count(store, ENTRIES), 0);
    cr_expect_eq(help_put(store, 1, 2, 100), 0);
    cr_expect_eq(lcc_store_repair(store, &repair), 0);
    cr_expect_geq(help_count(store, ENTRIES), 1);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

/* --- links and users ----------------------------------------------------- */

Test(places, the_folder_may_be_reached_by_a_link)
{
    struct help_folder link;
    struct lcc_store *store;
    struct lcc_store *other;

    cr_assert_lt(
        snprintf(link.path, sizeof(link.path), "%.200s.link", folder.path),
        HELP_PATH);
    cr_assert_eq(symlink(folder.path, link.path), 0);
    store = help_open(&link);
    fill(store);
    other = help_open(&folder);
    cr_expect_eq(help_count(other, ENTRIES), ENTRIES);
    (void)lcc_store_free(other);
    (void)lcc_store_free(store);
    (void)unlink(link.path);
}

/* 0 when it has a cache of its own, with nothing in it. */
static int as_nobody(void)
{
    struct lcc_store *store;
    unsigned int version;
    size_t size;

    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0) {
        return 2;
    }
    store = help_open(&folder);
    if (help_get(store, 1, &version, &size) != LCC_STORE_MISS ||
        help_put(store, 1, 7, 100) != 0) {
        return 1;
    }
    (void)lcc_store_free(store);
    return 0;
}

Test(places, two_users_in_one_folder_have_a_cache_each)
{
    struct lcc_store *store;
    unsigned int version = 0;
    size_t size = 0;
    pid_t child;

    if (geteuid() != 0) {
        cr_skip_test("another user's process can be had as root alone");
    }
    cr_assert_eq(chmod(folder.path, 01777), 0);
    store = help_open(&folder);
    fill(store);
    child = fork();
    if (child == 0) {
        _exit(as_nobody());
    }
    cr_expect_eq(help_wait(child), 0);
    cr_expect_eq(help_get(store, 1, &version, &size), 0);
    cr_expect_eq(version, 1);
    (void)lcc_store_free(store);
}

/* --- namespaces ---------------------------------------------------------- */

/* The first process of a namespace of its own, where ids begin at 1; it puts
 * until it is killed. */
static pid_t start_in_namespace(void)
{
    int up[2];
    pid_t inner = -1;
    pid_t outer;

    cr_assert_eq(pipe(up), 0);
    outer = fork();
    if (outer == 0) {
        if (unshare(CLONE_NEWPID) == 0 && (inner = fork()) == 0) {
            struct lcc_store *store = help_open(&folder);

            for (unsigned int i = 0; i < PUTS_INSIDE; i++) {
                (void)help_put(store, 1 + i % ENTRIES, 1 + i % 50,
                               i % 7 * 3000);
                (void)usleep(1000);
            }
            _exit(0);
        }
        (void)!write(up[1], &inner, sizeof(inner));
        _exit(0);
    }
    cr_assert_eq(read(up[0], &inner, sizeof(inner)), (ssize_t)sizeof(inner));
    (void)close(up[0]);
    (void)close(up[1]);
    (void)help_wait(outer);
    return inner;
}

Test(places, namespaces_of_process_ids_share_a_cache, .timeout = 120)
{
    struct lcc_store *store = help_open(&folder);
    pid_t inside[2];

    inside[0] = start_in_namespace();
    if (inside[0] < 0) {
        (void)lcc_store_free(store);
        cr_skip_test("no namespace of process ids can be made here");
    }
    for (int i = 0; i < KILLS; i++) {
        inside[1] = start_in_namespace();
        for (unsigned int n = 1; n <= 20; n++) {
            unsigned int version;
            size_t size;

            (void)help_put(store, 1 + n % ENTRIES, 1 + n % 50, 400);
            cr_expect_neq(help_get(store, 1 + n * 7 % ENTRIES, &version, &size),
                          HELP_WRONG);
        }
        (void)kill(inside[0], SIGKILL); /* its number is 1, as the other's */
        inside[0] = inside[1];
    }
    (void)kill(inside[0], SIGKILL);
    cr_expect_eq(help_put(store, ENTRIES + 1, 1, 100), 0);
    cr_expect_gt(help_count(store, ENTRIES + 1), 1);
    cr_expect_eq(lcc_store_verify(store), 0);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}
