/*
 * Side files of records that are not in the database yet: theirs while a row
 * names them, gone when nothing does, and counted all the time.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "commit_points.h"
#include "store/recent.h"
#include "store_help.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BODY = 40000, /* bytes: in a side file */
    MANY = 60,    /* more than the file of recent records takes */
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

/* How many side files there are; @old: and all of them seem abandoned now. */
static unsigned int side_files(bool old)
{
    const struct timespec long_ago[2] = {{1600000000, 0}, {1600000000, 0}};
    DIR *bodies = opendir(help_file(&folder, "bodies"));
    unsigned int count = 0;
    struct dirent *entry;

    while (bodies && (entry = readdir(bodies)) != NULL) {
        if (entry->d_name[0] != '.') {
            count++;
            cr_assert(!old || utimensat(dirfd(bodies), entry->d_name, long_ago,
                                        0) == 0);
        }
    }
    if (bodies) {
        (void)closedir(bodies);
    }
    return count;
}

static void merge(struct lcc_store *store)
{
    bool more;

    cr_assert_eq(lcc_store_tidy(store, &more), 0);
}

static struct timespec written(void)
{
    struct stat st;

    cr_assert_eq(stat(help_database(&folder), &st), 0);
    return st.st_mtim;
}

Test(recent_bodies, one_costs_the_database_nothing, .init = setup,
     .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_totals totals;
    struct timespec before;
    struct timespec after;

    cr_assert_eq(help_put(store, 1, 1, 16000), 0, "a commit of its own");
    before = written();
    for (unsigned int i = 2; i <= 20; i++) {
        cr_assert_eq(help_put(store, i, 1, BODY), 0);
    }
    after = written();
    cr_expect_eq(before.tv_sec, after.tv_sec);
    cr_expect_eq(before.tv_nsec, after.tv_nsec);
    cr_expect_eq(help_count(store, 20), 20);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(totals.side_bytes, 19 * 40960);
    cr_expect_eq(help_count(store, 20), 20);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(recent_bodies, who_may_only_read_counts_them, .init = setup,
     .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    const struct lcc_store_config config = {.folder = folder.path,
                                            .max_size_bytes = 64 << 20,
                                            .max_entry_bytes = 32 << 20,
                                            .readonly = true};
    struct lcc_store *reader = help_open_with(&config);
    struct lcc_totals totals;

    cr_assert_eq(help_put(store, 1, 1, 16000), 0);
    cr_assert_eq(help_put(store, 2, 1, BODY), 0);
    cr_assert_eq(help_put(store, 2, 2, BODY), 0);
    cr_assert_eq(lcc_store_totals(reader, &totals), 0);
    cr_expect_eq(totals.entries, 2);
    cr_expect_eq(totals.side_bytes, 40960, "of what answers");
    (void)lcc_store_free(reader);
    (void)lcc_store_free(store);
}

Test(recent_bodies, what_is_replaced_goes_with_the_merge, .init = setup,
     .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    unsigned int version;
    size_t size;

    cr_assert_eq(help_put(store, 1, 1, BODY), 0);
    merge(store);
    for (unsigned int v = 2; v <= 6; v++) {
        cr_assert_eq(help_put(store, 1, v, BODY + v), 0);
        cr_assert_eq(help_get(store, 1, &version, &size), 0);
        cr_expect_eq(version, v);
    }
    merge(store);
    cr_expect_eq(side_files(false), 1);
    cr_assert_eq(help_put(store, 1, 7, 500), 0, "a small one in its place");
    merge(store);
    cr_expect_eq(side_files(false), 0);
    cr_assert_eq(help_get(store, 1, &version, &size), 0);
    cr_expect_eq(version, 7);
    (void)lcc_store_free(store);
}

Test(recent_bodies, what_is_removed_takes_its_file_along, .init = setup,
     .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    const struct lcc_hash none = {{0}};
    struct lcc_id id = help_id(1);
    size_t count = 0;

    cr_assert_eq(help_put(store, 1, 1, BODY), 0);
    cr_assert_eq(help_put(store, 2, 1, BODY), 0);
    cr_expect_eq(lcc_store_remove(store, &id, &none), 0);
    cr_expect_eq(side_files(false), 1);
    cr_assert_eq(help_put(store, 2, 2, BODY), 0);
    id = help_id(2);
    cr_expect_eq(lcc_store_remove_url(store, &id.url, &count), 0);
    cr_expect_eq(count, 1);
    cr_expect_eq(side_files(false), 0);
    (void)lcc_store_free(store);
}

Test(recent_bodies, one_that_is_gone_or_damaged_is_a_miss, .init = setup,
     .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    char path[HELP_PATH * 2];
    unsigned int version;
    size_t size;
    DIR *bodies;
    struct dirent *entry;

    cr_assert_eq(help_put(store, 1, 1, BODY), 0);
    bodies = opendir(help_file(&folder, "bodies"));
    cr_assert_not_null(bodies);
    while ((entry = readdir(bodies)) != NULL && entry->d_name[0] == '.') {
    }
    cr_assert_not_null(entry);
    (void)snprintf(path, sizeof(path), "%s/%s", help_file(&folder, "bodies"),
                   entry->d_name);
    (void)closedir(bodies);
    cr_assert_eq(truncate(path, 5000), 0);
    cr_expect_neq(help_get(store, 1, &version, &size), 0);
    cr_expect_eq(help_get(store, 1, &version, &size), LCC_STORE_MISS);
    cr_expect_eq(side_files(false), 0, "it went with its entry");
    (void)lcc_store_free(store);
}

/* The first put of a process sweeps, once an hour. */
Test(recent_bodies, a_sweep_knows_them, .init = setup, .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    int orphan;

    for (unsigned int i = 1; i <= 5; i++) {
        cr_assert_eq(help_put(store, i, 1, BODY), 0);
    }
    orphan = open(help_file(&folder, "bodies/0123456789abcdef0123456789abcdef"),
                  O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    cr_assert_geq(orphan, 0);
    (void)close(orphan);
    cr_expect_eq(side_files(true), 6);
    (void)lcc_store_free(store);
    cr_assert_eq(unlink(help_file(&folder, "swept")), 0);
    store = help_open(&folder);
    cr_assert_eq(help_put(store, 6, 1, BODY), 0);
    cr_expect_eq(side_files(false), 6, "the orphan went");
    cr_expect_eq(help_count(store, 6), 6);
    (void)lcc_store_free(store);
}

/* However long the program lets the transfer wait. */
Test(recent_bodies, a_sweep_leaves_what_is_being_written, .init = setup,
     .fini = teardown)
{
    static const uint8_t piece[300000];
    struct lcc_store *store = help_open(&folder);
    struct lcc_store *other = help_open(&folder);
    struct lcc_writer *writer;

    cr_assert_eq(lcc_writer_new(store, &writer), 0);
    cr_assert_eq(lcc_writer_append(writer, lcc_span_of(piece, sizeof(piece))),
                 0);
    cr_expect_eq(side_files(true), 1, "its first part");
    cr_assert_eq(help_put(other, 1, 1, BODY), 0, "this one sweeps");
    cr_expect_eq(side_files(false), 2);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(
            lcc_writer_append(writer, lcc_span_of(piece, sizeof(piece))), 0);
    }
    (void)lcc_writer_free(writer);
    cr_expect_eq(side_files(false), 1, "what was not kept goes");
    (void)lcc_store_free(other);
    (void)lcc_store_free(store);
}

/* Rows may name a sixteenth of the limit, so they are taken in before. */
Test(recent_bodies, they_are_no_more_than_their_share, .init = setup,
     .fini = teardown)
{
    const uint64_t share = (64 << 20) / 16;
    struct lcc_store *store = help_open(&folder);
    struct timespec before;
    struct timespec after;
    uint64_t since = 0;

    cr_assert_eq(help_put(store, 1, 1, 16000), 0);
    before = written();
    for (unsigned int i = 2; i <= 20; i++) {
        cr_assert_eq(help_put(store, i, 1, 700000), 0);
        after = written();
        since = before.tv_nsec == after.tv_nsec ? since + 700000 : 700000;
        cr_expect_leq(since, share);
        before = after;
    }
    cr_assert_eq(help_put(store, 21, 1, 5 << 20), 0);
    after = written();
    cr_expect(before.tv_nsec != after.tv_nsec, "too large for any row");
    cr_expect_eq(help_count(store, 21), 21);
    (void)lcc_store_free(store);
}

/* --- killed at each step ------------------------------------------------- */

struct step {
    const char *name;
    enum lcc_commit_point point;
};

static const struct step steps[] = {
    {"row written", LCC_POINT_RECENT_WRITTEN},
    {"row counted", LCC_POINT_RECENT_SIZED},
    {"all pages appended", LCC_POINT_APPENDED},
    {"journal written", LCC_POINT_JOURNALLED},
    {"journal valid", LCC_POINT_VALID},
    {"rows taken in", LCC_POINT_MERGED},
    {"pages overwritten", LCC_POINT_OVERWRITTEN},
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

static void put_until_killed(const struct step *step, unsigned int *accepted)
{
    pid_t child = fork();

    if (child == 0) {
        struct lcc_store *store = help_open(&folder);

        (void)help_put(store, 1, 1, 16000);
        *accepted = 1;
        lcc_commit_point_arm(step->point, 3, SIGKILL);
        for (unsigned int i = 2; i <= 4 * MANY; i++) {
            if (help_put(store, i, 1, BODY) == 0) {
                *accepted = i;
            }
        }
        _exit(0);
    }
    cr_assert_eq(help_wait(child), 1000 + SIGKILL, "%s", step->name);
}

ParameterizedTestParameters(recent_bodies, a_kill_loses_none)
{
    return all_steps();
}

ParameterizedTest(size_t *which, recent_bodies, a_kill_loses_none,
                  .init = setup, .fini = teardown)
{
    const struct step *step = &steps[*which / 2];
    unsigned int *accepted =
        mmap(NULL, sizeof(*accepted), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct lcc_store *store;
    unsigned int there;

    cr_assert_neq(accepted, MAP_FAILED);
    put_until_killed(step, accepted);
    if (*which % 2) { /* and then the machine restarts */
        cr_assert_eq(unlink(help_file(&folder, "ctl")), 0);
    }
    store = help_open(&folder);
    there = help_count(store, *accepted + 1);
    cr_expect_geq(there, *accepted, "%s", step->name);
    (void)lcc_store_free(store);
    (void)side_files(true);
    (void)unlink(help_file(&folder, "swept"));
    store = help_open(&folder);
    cr_assert_eq(help_put(store, 1, 2, BODY), 0, "%s", step->name);
    cr_expect_eq(help_count(store, *accepted + 1), there, "%s", step->name);
    cr_expect_eq(side_files(false), there, "%s", step->name);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder), "%s", step->name);
    (void)munmap(accepted, sizeof(*accepted));
}
