/*
 * Side files that were dropped are written over: only those that nobody reads,
 * and never more of them than there is room for.
 */
#include <criterion/criterion.h>

#include "store_help.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LIMIT = 24 << 20,
    BODY = 600000, /* bytes, of three windows */
    SMALL = 50000, /* of less than one */
    FILES_MAX = 512,
    HELD = 15, /* less than half of the limit: no use is noted yet */
};

static struct help_folder folder;

static void setup(void)
{
    help_folder_init(&folder);
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(spare, .init = setup, .fini = teardown);

static struct lcc_store *open_small(void)
{
    const struct lcc_store_config config = {.folder = folder.path,
                                            .max_size_bytes = LIMIT,
                                            .max_entry_bytes = LIMIT / 4};

    return help_open_with(&config);
}

struct inodes {
    ino_t list[FILES_MAX];
    size_t count;
    uint64_t bytes;
};

static struct inodes side_files(void)
{
    DIR *bodies = opendir(help_file(&folder, "bodies"));
    struct inodes all = {.count = 0};
    struct dirent *entry;
    struct stat st;

    while (bodies && (entry = readdir(bodies)) != NULL) {
        if (entry->d_name[0] != '.' &&
            fstatat(dirfd(bodies), entry->d_name, &st, 0) == 0) {
            cr_assert_lt(all.count, FILES_MAX);
            all.list[all.count++] = st.st_ino;
            all.bytes += (uint64_t)st.st_blocks * 512;
        }
    }
    if (bodies) {
        (void)closedir(bodies);
    }
    return all;
}

static bool has(const struct inodes *all, ino_t inode)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i] == inode) {
            return true;
        }
    }
    return false;
}

static void put_all(struct lcc_store *store, unsigned int from, unsigned int to,
                    size_t size)
{
    for (unsigned int i = from; i <= to; i++) {
        cr_assert_eq(help_put(store, i, 1, size), 0, "%u", i);
    }
}

static unsigned int there(struct lcc_store *store, unsigned int from,
                          unsigned int to)
{
    unsigned int count = 0;

    for (unsigned int i = from; i <= to; i++) {
        unsigned int version;
        size_t size;
        int result = help_get(store, i, &version, &size);

        cr_assert(result == 0 || result == LCC_STORE_MISS, "%u", i);
        count += result == 0;
    }
    return count;
}

Test(spare, a_full_cache_writes_over_what_it_drops)
{
    struct lcc_store *store = open_small();
    struct inodes before;
    struct inodes after;
    size_t same = 0;

    put_all(store, 1, 60, BODY);
    before = side_files();
    put_all(store, 61, 90, BODY);
    after = side_files();
    for (size_t i = 0; i < after.count; i++) {
        same += has(&before, after.list[i]);
    }
    /* 30 came; most of them are in files that were there already */
    cr_expect_gt(same + 15, after.count, "%zu of %zu", same, after.count);
    cr_expect_leq(after.bytes, LIMIT);
    cr_expect_gt(there(store, 1, 90), 25);
    cr_expect_eq(there(store, 85, 90), 6);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

/* Longer and shorter ones take each other's files. */
Test(spare, each_length_finds_its_bytes)
{
    struct lcc_store *store = open_small();

    for (unsigned int i = 1; i <= 300; i++) {
        const size_t sizes[] = {BODY, SMALL, 3 * BODY, 262144, 262145, 20000};

        cr_assert_eq(help_put(store, i, 1, sizes[i * 7 % 6]), 0);
        cr_assert_eq(there(store, i, i), 1);
    }
    cr_expect_leq(side_files().bytes, LIMIT);
    (void)there(store, 1, 300);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

/* What readers have mapped stays as it is, whatever becomes of its name. */
Test(spare, a_body_that_is_held_is_not_written_over)
{
    struct lcc_store *store = open_small();
    const struct lcc_hit none = LCC_HIT_INIT;
    struct lcc_hit hits[HELD];
    char *first = malloc((size_t)HELD * BODY);
    char *again = malloc(BODY);
    size_t got;

    cr_assert(first && again);
    put_all(store, 1, HELD, BODY);
    for (unsigned int i = 0; i < HELD; i++) {
        const struct lcc_id id = help_id(i + 1);

        hits[i] = none;
        cr_assert_eq(
            lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hits[i]), 0);
        cr_assert_eq(lcc_store_read_body(store, &hits[i], 0, first + i * BODY,
                                         BODY, &got),
                     0);
        cr_assert_eq(got, BODY);
        lcc_store_hold_body(store, &hits[i]);
        cr_assert_not_null(hits[i].held);
    }
    put_all(store, HELD + 1, HELD + 150, BODY);
    cr_assert_lt(there(store, 1, HELD), HELD / 2, "most were dropped");
    for (unsigned int i = 0; i < HELD; i++) {
        for (size_t at = 0; at < BODY; at += got) {
            cr_assert_eq(lcc_store_read_body(store, &hits[i], at, again + at,
                                             BODY - at, &got),
                         0);
        }
        cr_expect_eq(memcmp(first + i * BODY, again, BODY), 0);
        lcc_store_let_body_go(store, &hits[i]);
        lcc_hit_done(&hits[i]);
    }
    free(first);
    free(again);
    (void)lcc_store_free(store);
}

/* And so does what somebody has open. */
Test(spare, a_body_that_is_open_is_not_written_over)
{
    struct lcc_store *store = open_small();
    char before[HELD][16];
    char after[16];
    int fds[HELD];
    size_t count = 0;
    struct dirent *entry;
    DIR *bodies;

    put_all(store, 1, HELD, BODY);
    bodies = opendir(help_file(&folder, "bodies"));
    while (bodies && (entry = readdir(bodies)) != NULL && count < HELD) {
        if (entry->d_name[0] != '.') {
            fds[count] =
                openat(dirfd(bodies), entry->d_name, O_RDONLY | O_CLOEXEC);
            cr_assert_eq(pread(fds[count], before[count], 16, 4096), 16);
            count++;
        }
    }
    (void)closedir(bodies);
    cr_assert_eq(count, HELD);
    put_all(store, HELD + 1, HELD + 150, BODY);
    cr_assert_lt(there(store, 1, HELD), HELD / 2, "most were dropped");
    for (size_t i = 0; i < HELD; i++) {
        cr_assert_eq(pread(fds[i], after, 16, 4096), 16);
        cr_expect_arr_eq(before[i], after, 16);
        (void)close(fds[i]);
    }
    (void)lcc_store_free(store);
}

Test(spare, none_is_left_when_room_is_asked_for)
{
    struct lcc_store *store = open_small();
    struct lcc_totals totals;
    bool more;

    put_all(store, 1, 90, BODY);
    cr_assert_eq(lcc_store_tidy(store, &more), 0);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(side_files().count, totals.entries);
    put_all(store, 91, 100, 5 << 20);
    cr_expect_leq(side_files().bytes, LIMIT);
    cr_expect_eq(there(store, 100, 100), 1);
    (void)lcc_store_free(store);
}
