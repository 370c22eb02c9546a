/*
 * Files that are damaged, cut, swapped or gone: a wrong answer never.
 */
#include <criterion/criterion.h>

#include "store/body_checked.h"
#include "store/ctl.h"
#include "store_help.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ENTRIES = 120,
    IN_PARTS = 5, /* entries behind them that are stored in parts */
    FIRST_IN_PARTS = 1000,
};

static struct help_folder folder;

static void refill(void)
{
    struct lcc_store *store = help_open(&folder);

    for (unsigned int i = 1; i <= ENTRIES; i++) {
        cr_assert_eq(help_put(store, i, 1, i % 20 * 1500), 0);
    }
    for (unsigned int i = 0; i < IN_PARTS; i++) {
        cr_assert_eq(help_put_parts(store, FIRST_IN_PARTS + i, i + 1), 0);
    }
    (void)lcc_store_free(store);
}

static void setup(void)
{
    help_folder_init(&folder);
    refill();
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(damage, .init = setup, .fini = teardown);

static void write_at(const char *path, off_t at, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    cr_assert_geq(fd, 0);
    cr_assert_eq(pwrite(fd, bytes, size, at), (ssize_t)size);
    (void)close(fd);
}

static off_t size_of(const char *path)
{
    struct stat st;

    cr_assert_eq(stat(path, &st), 0);
    return st.st_size;
}

/* Nothing wrong comes out, nothing crashes; it heals itself when something is
 * stored, and what a repair finds is not less than what was found before. */
static unsigned int survives(const char *what)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_repair repair;
    char why[LCC_WHY_SIZE];
    unsigned int there = 0;
    unsigned int after;

    for (unsigned int i = 1; i <= ENTRIES; i++) {
        unsigned int version;
        size_t size;
        int result = help_get(store, i, &version, &size);

        cr_expect(result == 0 || result == LCC_STORE_MISS ||
                      result == LCC_STORE_UNAVAILABLE || result == -ESTALE,
                  "%s: %d", what, result);
        there += result == 0;
    }
    for (unsigned int i = 0; i < IN_PARTS; i++) {
        cr_expect_eq(help_check_parts(store, FIRST_IN_PARTS + i), 0, "%s",
                     what);
    }
    cr_expect_eq(help_put(store, ENTRIES + 1, 1, 500), 0, "%s", what);
    cr_expect_eq(help_put_parts(store, FIRST_IN_PARTS, 9), 0, "%s", what);
    cr_expect_eq(lcc_store_repair(store, &repair), 0, "%s", what);
    after = help_count(store, ENTRIES);
    cr_expect_geq(after, there, "%s: %u, then %u", what, there, after);
    for (unsigned int i = 0; i < IN_PARTS; i++) {
        cr_expect_eq(help_check_parts(store, FIRST_IN_PARTS + i), 0, "%s",
                     what);
    }
    cr_expect_eq(help_count(store, ENTRIES + 1), after + 1, "%s", what);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder), "%s", what);
    cr_expect_eq(lcc_store_clear(folder.path, why), 0, "%s", what);
    store = help_open(&folder);
    cr_expect_eq(help_count(store, ENTRIES), 0);
    cr_expect_eq(help_put(store, 1, 2, 500), 0, "%s", what);
    cr_expect_eq(help_count(store, 1), 1, "%s", what);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
    return after;
}

Test(damage, zeroed_pages_of_the_database)
{
    static const char zero[8192];

    for (off_t page = 0; page < 12; page++) {
        write_at(help_database(&folder), page * 8192, zero, sizeof(zero));
        (void)survives("zeroed page");
        refill();
    }
}

Test(damage, flipped_bytes_of_the_database)
{
    srand(1);
    for (int round = 0; round < 25; round++) {
        const char *path = help_database(&folder);
        off_t size = size_of(path);

        for (int i = 0; i < 20; i++) {
            char byte = (char)rand();

            write_at(path, rand() % size, &byte, 1);
        }
        (void)survives("flipped bytes");
        refill();
    }
}

Test(damage, swapped_pages_of_the_database)
{
    char path[HELP_PATH * 2];
    char a[8192];
    char b[8192];
    int fd;

    (void)snprintf(path, sizeof(path), "%s", help_database(&folder));
    fd = open(path, O_RDWR | O_CLOEXEC);
    cr_assert_eq(pread(fd, a, sizeof(a), 3 * 8192), (ssize_t)sizeof(a));
    cr_assert_eq(pread(fd, b, sizeof(b), 7 * 8192), (ssize_t)sizeof(b));
    (void)close(fd);
    write_at(path, 3 * 8192, b, sizeof(b));
    write_at(path, 7 * 8192, a, sizeof(a));
    (void)survives("swapped pages");
}

Test(damage, a_cut_database)
{
    static const int parts[] = {0, 1, 4000, 8192, 12000, 100000, 300000};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(parts); i++) {
        cr_assert_eq(truncate(help_database(&folder), parts[i]), 0);
        (void)survives("cut");
        refill();
    }
}

Test(damage, a_database_that_is_gone_is_a_miss)
{
    struct lcc_store *store;

    cr_assert_eq(unlink(help_database(&folder)), 0);
    store = help_open(&folder);
    cr_expect_eq(help_count(store, ENTRIES), 0);
    cr_expect_eq(help_put(store, 1, 1, 10), 0);
    cr_expect_eq(help_count(store, 1), 1);
    (void)lcc_store_free(store);
}

/* Without page 0 nothing can be looked up, and yet no entry is lost. */
Test(damage, an_index_without_its_first_page_is_carried_over_whole)
{
    static const char zero[8192];
    struct lcc_repair repair;
    struct lcc_store *store;

    write_at(help_database(&folder), 0, zero, sizeof(zero));
    store = help_open(&folder);
    cr_expect_eq(help_count(store, 3), 0);
    cr_expect_eq(lcc_store_verify(store), LCC_STORE_UNAVAILABLE);
    cr_expect_eq(help_put(store, ENTRIES + 1, 1, 100), 0);
    cr_expect_eq(lcc_store_repair(store, &repair), 0);
    cr_expect_eq(help_count(store, ENTRIES + 1), ENTRIES + 1);
    cr_expect_eq(lcc_store_verify(store), 0);
    cr_expect_neq(access(help_file(&folder, "damaged.db"), F_OK), 0);
    (void)lcc_store_free(store);
}

Test(damage, a_repair_carries_over_what_readers_could_not_find)
{
    static const char zero[8192];
    struct lcc_repair repair = {0};
    struct lcc_store *store;

    write_at(help_database(&folder), 0, zero, sizeof(zero));
    store = help_open(&folder);
    cr_expect_eq(lcc_store_repair(store, &repair), 0);
    cr_expect(repair.damaged);
    /* what is not in the database yet waits beside it, in `recent` */
    cr_expect_gt(repair.carried, ENTRIES / 2, "%u",
                 (unsigned int)repair.carried);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES);
    cr_expect_eq(lcc_store_repair(store, &repair), 0);
    cr_expect_not(repair.damaged);
    (void)lcc_store_free(store);
}

Test(damage, ctl_deleted_alone_loses_nothing)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_store *other;

    cr_expect_eq(help_count(store, ENTRIES), ENTRIES);
    cr_assert_eq(unlink(help_file(&folder, "ctl")), 0);
    other = help_open(&folder);
    cr_expect_eq(help_count(other, ENTRIES), ENTRIES);
    cr_expect_eq(help_put(other, ENTRIES + 1, 1, 100), 0);
    cr_expect_eq(help_put(store, ENTRIES + 2, 1, 100), 0,
                 "who held the old one attaches anew");
    cr_expect_eq(help_count(store, ENTRIES + 2), ENTRIES + 2);
    cr_expect_eq(help_count(other, ENTRIES + 2), ENTRIES + 2);
    (void)lcc_store_free(other);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(damage, another_boot_loses_nothing)
{
    struct lcc_ctl_page page;
    struct lcc_store *store;
    int fd = open(help_file(&folder, "ctl"), O_RDWR | O_CLOEXEC);

    cr_assert_eq(pread(fd, &page, sizeof(page), 0), (ssize_t)sizeof(page));
    page.boot[0] ^= 1;
    /* a lock that was held when the power went, by nobody who is alive */
    memset((char *)&page.mutex, 0x77, 4);
    cr_assert_eq(pwrite(fd, &page, sizeof(page), 0), (ssize_t)sizeof(page));
    (void)close(fd);
    store = help_open(&folder);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES);
    cr_expect_eq(help_put(store, ENTRIES + 1, 1, 100), 0);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(damage, a_cut_or_damaged_ctl_loses_nothing)
{
    static const int sizes[] = {0, 1, 100, 5000};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(sizes); i++) {
        struct lcc_store *store;

        cr_assert_eq(truncate(help_file(&folder, "ctl"), sizes[i]), 0);
        store = help_open(&folder);
        cr_expect_eq(help_count(store, ENTRIES), ENTRIES, "%d", sizes[i]);
        (void)lcc_store_free(store);
    }
    write_at(help_file(&folder, "ctl"), 0, "garbage!", 8);
    cr_expect_eq(survives("garbage in ctl"), ENTRIES);
}

Test(damage, a_ctl_of_another_version_is_damaged_and_replaced)
{
    uint32_t version = LCC_CTL_VERSION + 1;
    struct lcc_store *store;

    write_at(help_file(&folder, "ctl"), 8, &version, sizeof(version));
    store = help_open(&folder);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES);
    (void)lcc_store_free(store);
}

/* A stopped process may hold the lock, or the word that says so is damaged. */
Test(damage, a_lock_that_is_never_given_back_is_replaced, .timeout = 60)
{
    const uint32_t nobody = 0x12345;
    const int64_t until_ms = lcc_now_ms() + 2 * LCC_CTL_STUCK_MS;
    struct lcc_store *store = help_open(&folder);
    int put;

    write_at(help_file(&folder, "ctl"), offsetof(struct lcc_ctl_page, mutex),
             &nobody, sizeof(nobody));
    put = help_put(store, ENTRIES + 1, 1, 100);
    cr_expect_eq(put, LCC_STORE_BUSY);
    while (put == LCC_STORE_BUSY && lcc_now_ms() < until_ms) {
        (void)usleep(100000);
        put = help_put(store, ENTRIES + 1, 1, 100);
    }
    cr_expect_eq(put, 0);
    cr_expect_eq(help_count(store, ENTRIES + 1), ENTRIES + 1);
    (void)lcc_store_free(store);
}

Test(damage, a_lock_of_another_kind_is_replaced)
{
    char garbage[40];
    struct lcc_store *store;

    memset(garbage, 0x7f, sizeof(garbage));
    write_at(help_file(&folder, "ctl"), offsetof(struct lcc_ctl_page, mutex),
             garbage, sizeof(garbage));
    store = help_open(&folder);
    cr_expect_eq(help_put(store, ENTRIES + 1, 1, 100), 0);
    cr_expect_eq(help_count(store, ENTRIES + 1), ENTRIES + 1);
    (void)lcc_store_free(store);
}

Test(damage, a_journal_that_is_gone_or_damaged_is_no_matter)
{
    struct lcc_store *store;
    bool more;

    write_at(help_file(&folder, "journal"), 20, "garbage", 7);
    store = help_open(&folder);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES);
    cr_expect_eq(lcc_store_tidy(store, &more), 0); /* no recent ones */
    (void)lcc_store_free(store);
    cr_assert_eq(unlink(help_file(&folder, "journal")), 0);
    cr_assert_eq(unlink(help_file(&folder, "ctl")), 0);
    store = help_open(&folder);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES);
    (void)lcc_store_free(store);
}

Test(damage, a_journal_that_must_be_replayed_and_cannot_loses_one_commit)
{
    uint32_t one = 1;

    write_at(help_file(&folder, "ctl"),
             offsetof(struct lcc_ctl_page, journal_valid), &one, sizeof(one));
    write_at(help_file(&folder, "journal"), 20, "garbage", 7);
    cr_expect_eq(survives("journal"), ENTRIES);
}

/* One of the side files, by name. */
static void side_file(char path[HELP_PATH * 2])
{
    char line[HELP_PATH * 2];
    FILE *out;

    (void)snprintf(line, sizeof(line), "ls -1 %s/*/bodies/* | head -n 1",
                   folder.path);
    out = popen(line, "r");
    cr_assert_not_null(out);
    cr_assert_not_null(fgets(path, HELP_PATH * 2, out));
    (void)pclose(out);
    path[strcspn(path, "\n")] = '\0';
}

/* So that each side file is that of a whole response. */
static struct lcc_store *open_without_parts(void)
{
    struct lcc_store *store = help_open(&folder);

    for (unsigned int i = 0; i < IN_PARTS; i++) {
        struct lcc_id id = help_id(FIRST_IN_PARTS + i);

        cr_assert_eq(lcc_store_remove_url(store, &id.url, NULL), 0);
    }
    return store;
}

Test(damage, a_side_file_that_is_changed_cut_or_gone_drops_its_entry)
{
    char path[HELP_PATH * 2];
    struct lcc_store *store = open_without_parts();

    side_file(path);
    write_at(path, 1000, "damage", 6);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES - 1);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES - 1);
    cr_expect_neq(access(path, F_OK), 0, "it goes with its entry");
    side_file(path);
    cr_assert_eq(truncate(path, 5000), 0);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES - 2);
    side_file(path);
    cr_assert_eq(unlink(path), 0);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES - 3);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

static bool is_checked(const char *path)
{
    struct lcc_hash name;
    struct stat st;

    cr_assert(lcc_hash_from_hex(lcc_span_str(strrchr(path, '/') + 1), &name));
    cr_assert_eq(stat(path, &st), 0);
    return lcc_body_is_checked(&name, &st);
}

Test(damage, a_side_file_changed_after_it_was_checked_is_checked_again)
{
    const struct timespec long_ago[2] = {{1600000000, 0}, {1600000000, 0}};
    char path[HELP_PATH * 2];
    struct lcc_store *store = open_without_parts();

    side_file(path);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES);
    cr_expect_not(is_checked(path), "within the clock's grain");
    cr_assert_eq(utimensat(AT_FDCWD, path, long_ago, 0), 0);
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES);
    cr_expect(is_checked(path));
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES);
    write_at(path, 1000, "damage", 6);
    cr_expect_not(is_checked(path));
    cr_expect_eq(help_count(store, ENTRIES), ENTRIES - 1);
    (void)lcc_store_free(store);
}

Test(damage, a_link_in_place_of_ctl_is_replaced)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_store *other;

    cr_expect_eq(help_count(store, 5), 5);
    cr_assert_eq(unlink(help_file(&folder, "ctl")), 0);
    cr_assert_eq(symlink("/dev/null", help_file(&folder, "ctl")), 0);
    other = help_open(&folder);
    cr_expect_eq(help_count(other, ENTRIES), ENTRIES);
    cr_expect_eq(help_put(store, 1, 2, 10), 0);
    (void)lcc_store_free(other);
    (void)lcc_store_free(store);
}
