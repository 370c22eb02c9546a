/*
 * Records that were put lately and are not in the database yet: seen by all,
 * kept through kills and reboots, gone when they are removed.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "commit_points.h"
#include "store/recent.h"
#include "store_help.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SMALL = 700,  /* bytes of a body that goes to the file */
    LARGE = 9000, /* and of one that does not */
    MANY = 200,   /* more than the file takes */
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

static int get(struct lcc_store *store, unsigned int number)
{
    unsigned int version;
    size_t size;

    return help_get(store, number, &version, &size);
}

static off_t file_size(void)
{
    struct stat st;

    return stat(help_file(&folder, LCC_RECENT_FILE), &st) == 0 ? st.st_size : 0;
}

static void merge(struct lcc_store *store)
{
    bool more;

    cr_assert_eq(lcc_store_tidy(store, &more), 0);
}

/* What the database's file was written last. */
static struct timespec written(void)
{
    struct stat st;

    cr_assert_eq(stat(help_database(&folder), &st), 0);
    return st.st_mtim;
}

/* --- seen ---------------------------------------------------------------- */

Test(recent, a_small_record_costs_the_database_nothing, .init = setup,
     .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    struct timespec before;
    struct timespec after;

    cr_assert_eq(help_put(store, 1, 1, LARGE), 0);
    before = written();
    for (unsigned int i = 2; i <= 10; i++) {
        cr_assert_eq(help_put(store, i, 1, SMALL), 0);
        cr_expect_eq(get(store, i), 0);
    }
    after = written();
    cr_expect_eq(before.tv_sec, after.tv_sec);
    cr_expect_eq(before.tv_nsec, after.tv_nsec);
    cr_expect_gt(file_size(), 9 * SMALL);
    cr_expect_eq(help_count(store, 10), 10);
    merge(store);
    after = written();
    cr_expect(before.tv_sec != after.tv_sec || before.tv_nsec != after.tv_nsec);
    cr_expect_eq(help_count(store, 10), 10);
    cr_expect(help_verify(&folder));
    (void)lcc_store_free(store);
}

static int last_use(void *arg, const struct lcc_record *record)
{
    *(int64_t *)arg = record->last_used_s;
    return 0;
}

/* Is a use so long after storing written down? */
static bool is_noted(struct lcc_store *store, int64_t after_s)
{
    const struct lcc_id id = help_id(1);
    struct lcc_hit hit = LCC_HIT_INIT;
    int64_t used_s = 0;

    cr_assert_eq(
        lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW + after_s, &hit), 0);
    lcc_hit_done(&hit);
    merge(store);
    cr_assert_eq(lcc_store_walk(store, NULL, last_use, &used_s), 0);
    return used_s == HELP_NOW + after_s;
}

Test(recent, a_use_is_noted_once_an_hour_while_there_is_room, .init = setup,
     .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);

    cr_assert_eq(help_put(store, 1, 1, SMALL), 0);
    merge(store);
    cr_expect_not(is_noted(store, 3599), "storing was a use");
    cr_expect(is_noted(store, 3600));
    cr_expect_not(is_noted(store, 3601));
    cr_expect_not(is_noted(store, 3000), "the clock stepped back");
    lcc_store_free(store);
    store = help_open(&folder);
    cr_expect_not(is_noted(store, 7199), "another process knows");
    cr_expect(is_noted(store, 7200));
    lcc_store_free(store);
}

Test(recent, the_newest_version_answers_wherever_it_lies, .init = setup,
     .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_store *other = help_open(&folder);
    unsigned int version;
    size_t size;

    for (unsigned int v = 1; v <= 40; v++) {
        const size_t sizes[] = {SMALL, LARGE, 40000, SMALL + v, SMALL};

        cr_assert_eq(help_put(v % 3 ? store : other, 1, v,
                              sizes[v % LCC_ARRAY_SIZE(sizes)]),
                     0);
        if (v % 7 == 0) {
            merge(other);
        }
        cr_assert_eq(help_get(store, 1, &version, &size), 0);
        cr_expect_eq(version, v);
        cr_assert_eq(help_get(other, 1, &version, &size), 0);
        cr_expect_eq(version, v);
    }
    (void)lcc_store_free(other);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(recent, who_may_only_read_sees_them, .init = setup, .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    const struct lcc_store_config config = {.folder = folder.path,
                                            .max_size_bytes = 64 << 20,
                                            .max_entry_bytes = 32 << 20,
                                            .readonly = true};
    struct lcc_store *reader = help_open_with(&config);

    for (unsigned int i = 1; i <= MANY; i++) {
        cr_assert_eq(help_put(store, i, 1, SMALL), 0);
        cr_assert_eq(get(reader, i), 0);
    }
    cr_expect_eq(help_count(reader, MANY), MANY);
    (void)lcc_store_free(reader);
    (void)lcc_store_free(store);
}

static int count_one(void *arg, const struct lcc_record *record)
{
    (void)record;
    (*(unsigned int *)arg)++;
    return 0;
}

Test(recent, a_walk_visits_what_is_in_both_once, .init = setup,
     .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_totals totals;
    unsigned int seen = 0;

    for (unsigned int i = 1; i <= 20; i++) {
        cr_assert_eq(help_put(store, i, 1, LARGE), 0);
    }
    for (unsigned int i = 11; i <= 30; i++) {
        cr_assert_eq(help_put(store, i, 2, SMALL), 0);
    }
    cr_assert_eq(lcc_store_walk(store, NULL, count_one, &seen), 0);
    cr_expect_eq(seen, 30);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(totals.entries, 30);
    (void)lcc_store_free(store);
}

/* --- gone ---------------------------------------------------------------- */

Test(recent, what_is_removed_stays_gone, .init = setup, .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_id two = help_id(2);
    struct lcc_hash none = {{0}};
    struct lcc_id one = help_id(1);
    size_t count = 0;

    for (unsigned int i = 1; i <= 5; i++) {
        cr_assert_eq(help_put(store, i, 1, LARGE), 0);
        cr_assert_eq(help_put(store, i, 2, SMALL), 0);
    }
    cr_expect_eq(lcc_store_remove_url(store, &one.url, &count), 0);
    cr_expect_eq(count, 1);
    cr_expect_eq(lcc_store_remove(store, &two, &none), 0);
    for (int look = 0; look < 3; look++) {
        cr_expect_eq(get(store, 1), LCC_STORE_MISS);
        cr_expect_eq(get(store, 2), LCC_STORE_MISS);
        cr_expect_eq(help_count(store, 5), 3);
        if (look == 0) {
            merge(store);
        } else if (look == 1) {
            (void)lcc_store_free(store);
            cr_assert_eq(unlink(help_file(&folder, "ctl")), 0);
            store = help_open(&folder);
        }
    }
    (void)lcc_store_free(store);
}

Test(recent, a_clear_takes_them_along, .init = setup, .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    char why[LCC_WHY_SIZE];

    cr_assert_eq(help_put(store, 1, 1, SMALL), 0);
    cr_assert_eq(lcc_store_clear(folder.path, why), 0);
    cr_expect_eq(get(store, 1), LCC_STORE_MISS);
    cr_assert_eq(help_put(store, 2, 1, SMALL), 0);
    cr_expect_eq(get(store, 2), 0);
    cr_expect_eq(get(store, 1), LCC_STORE_MISS);
    (void)lcc_store_free(store);
}

/* --- a reboot, and damage ------------------------------------------------ */

static void write_at(off_t at, const void *bytes, size_t size)
{
    int fd = open(help_file(&folder, LCC_RECENT_FILE), O_WRONLY | O_CLOEXEC);

    cr_assert_eq(pwrite(fd, bytes, size, at), (ssize_t)size);
    (void)close(fd);
}

Test(recent, a_reboot_loses_none, .init = setup, .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);

    for (unsigned int i = 1; i <= 10; i++) {
        cr_assert_eq(help_put(store, i, 1, SMALL), 0);
    }
    for (int boot = 0; boot < 3; boot++) {
        (void)lcc_store_free(store);
        cr_assert_eq(unlink(help_file(&folder, "ctl")), 0);
        store = help_open(&folder);
        cr_expect_eq(help_count(store, 10), 10, "boot %d", boot);
    }
    cr_expect_eq(help_put(store, 11, 1, SMALL), 0);
    merge(store);
    (void)lcc_store_free(store);
    cr_assert_eq(unlink(help_file(&folder, "ctl")), 0);
    store = help_open(&folder);
    cr_expect_eq(help_count(store, 11), 11);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(recent, a_torn_end_is_left_out_after_a_reboot, .init = setup,
     .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    off_t five = 0;

    for (unsigned int i = 1; i <= 10; i++) {
        cr_assert_eq(help_put(store, i, 1, SMALL), 0);
        five = i == 5 ? file_size() : five;
    }
    (void)lcc_store_free(store);
    write_at(five + LCC_RECENT_HEAD + 300, "torn", 4);
    cr_assert_eq(unlink(help_file(&folder, "ctl")), 0);
    store = help_open(&folder);
    cr_expect_eq(help_count(store, 10), 5, "up to the torn one");
    cr_expect_eq(help_put(store, 6, 2, SMALL), 0);
    cr_expect_eq(help_count(store, 10), 6);
    (void)lcc_store_free(store);
}

/* While nobody has rebooted the control page vouches for the file: what is
 * damaged is a miss all the same, and no put fails for it. */
Test(recent, damage_is_a_miss, .init = setup, .fini = teardown)
{
    for (off_t at = 0; at < 3 * (SMALL + LCC_RECENT_HEAD); at += 61) {
        struct lcc_store *store = help_open(&folder);
        unsigned int there;

        merge(store);
        for (unsigned int i = 1; i <= 10; i++) {
            cr_assert_eq(help_put(store, i, (unsigned int)at + i, SMALL), 0);
        }
        write_at(at, "\xff\xfe\xfd", 3);
        (void)lcc_store_free(store);
        store = help_open(&folder);
        there = help_count(store, 10);
        cr_expect_leq(there, 10);
        for (unsigned int i = 1; i <= 10; i++) {
            cr_assert_eq(help_put(store, i, 7000 + i, SMALL), 0);
        }
        cr_expect_eq(help_count(store, 10), 10);
        (void)lcc_store_free(store);
    }
    cr_expect(help_verify(&folder));
}

Test(recent, a_file_that_is_gone_harms_nobody, .init = setup, .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_store *other;

    for (unsigned int i = 1; i <= 5; i++) {
        cr_assert_eq(help_put(store, i, 1, SMALL), 0);
    }
    cr_assert_eq(unlink(help_file(&folder, LCC_RECENT_FILE)), 0);
    other = help_open(&folder);
    (void)help_count(other, 5);
    for (unsigned int i = 1; i <= MANY; i++) {
        cr_assert_eq(help_put(other, i, 2, SMALL), 0);
        cr_assert_eq(get(other, i), 0);
        cr_assert_eq(get(store, i), 0);
    }
    (void)lcc_store_free(other);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

/* --- killed at each step ------------------------------------------------- */

struct step {
    const char *name;
    enum lcc_commit_point point;
};

static const struct step steps[] = {
    {"row written", LCC_POINT_RECENT_WRITTEN},
    {"row counted", LCC_POINT_RECENT_SIZED},
    {"first page of many rows appended", LCC_POINT_BETWEEN_PAGES},
    {"all pages appended", LCC_POINT_APPENDED},
    {"journal written", LCC_POINT_JOURNALLED},
    {"journal valid", LCC_POINT_VALID},
    {"commit numbered", LCC_POINT_NUMBERED},
    {"rows taken in", LCC_POINT_MERGED},
    {"pages overwritten", LCC_POINT_OVERWRITTEN},
    {"size noted", LCC_POINT_SIZED},
    {"journal not valid any more", LCC_POINT_DONE},
};

static struct criterion_test_params all_steps(void)
{
    static size_t rows[2 * LCC_ARRAY_SIZE(steps)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, LCC_ARRAY_SIZE(rows));
}

/* Puts small ones until it meets its end; *accepted of them said 0. */
static void put_until_killed(const struct step *step, unsigned int *accepted)
{
    pid_t child = fork();

    if (child == 0) {
        struct lcc_store *store = help_open(&folder);

        (void)help_put(store, 1, 1, LARGE);
        *accepted = 1;
        lcc_commit_point_arm(step->point, 3, SIGKILL);
        for (unsigned int i = 2; i <= 4 * MANY; i++) {
            if (help_put(store, i, 1, SMALL) == 0) {
                *accepted = i;
            }
        }
        _exit(0);
    }
    cr_assert_eq(help_wait(child), 1000 + SIGKILL, "%s", step->name);
}

ParameterizedTestParameters(recent, a_kill_loses_none)
{
    return all_steps();
}

ParameterizedTest(size_t *which, recent, a_kill_loses_none, .init = setup,
                  .fini = teardown)
{
    const struct step *step = &steps[*which / 2];
    unsigned int *accepted =
        mmap(NULL, sizeof(*accepted), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct lcc_store *store;

    cr_assert_neq(accepted, MAP_FAILED);
    put_until_killed(step, accepted);
    if (*which % 2) { /* and then the machine restarts */
        cr_assert_eq(unlink(help_file(&folder, "ctl")), 0);
    }
    store = help_open(&folder);
    cr_expect_eq(help_count(store, *accepted), *accepted, "%s", step->name);
    (void)get(store, *accepted + 1); /* there or not, but never wrong */
    for (unsigned int i = 1; i <= MANY; i++) {
        cr_assert_eq(help_put(store, i, 2, SMALL), 0, "%s", step->name);
    }
    merge(store);
    cr_expect_eq(help_count(store, MANY), MANY, "%s", step->name);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder), "%s", step->name);
    (void)munmap(accepted, sizeof(*accepted));
}
