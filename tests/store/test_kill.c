/*
 * A process dies or stops at every step of a commit; the others go on.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "commit_points.h"
#include "store_help.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BEFORE = 60 }; /* entries that are there before */

struct kill_case {
    const char *name;
    enum lcc_commit_point point;
    int passage;
    int there; /* is the killed put there afterwards? -1: it may be, as who
                * has the older state in memory need not look yet */
};

static const struct kill_case cases[] = {
    {"first page appended", LCC_POINT_BETWEEN_PAGES, 1, 0},
    {"all pages appended", LCC_POINT_APPENDED, 1, 0},
    {"journal written", LCC_POINT_JOURNALLED, 1, 0},
    {"journal valid", LCC_POINT_VALID, 1, -1},
    {"commit numbered", LCC_POINT_NUMBERED, 1, 1},
    {"some pages overwritten", LCC_POINT_BETWEEN_PAGES, 2, 1},
    {"more pages overwritten", LCC_POINT_BETWEEN_PAGES, 3, 1},
    {"all pages overwritten", LCC_POINT_OVERWRITTEN, 1, 1},
    {"size noted", LCC_POINT_SIZED, 1, 1},
    {"journal not valid any more", LCC_POINT_DONE, 1, 1},
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

static struct criterion_test_params all_cases(void)
{
    static size_t rows[LCC_ARRAY_SIZE(cases)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, LCC_ARRAY_SIZE(rows));
}

static struct lcc_store *filled(void)
{
    struct lcc_store *store = help_open(&folder);
    bool more;

    for (unsigned int i = 1; i <= BEFORE; i++) {
        cr_assert_eq(help_put(store, i, 1, i * 300), 0);
    }
    cr_assert_eq(lcc_store_tidy(store, &more), 0); /* into many leaves */
    return store;
}

/* A child that puts entry BEFORE + 1, in many pages, and meets its end. */
static pid_t child_at(const struct kill_case *c, int signal)
{
    pid_t child = fork();

    if (child == 0) {
        struct lcc_store *store = help_open(&folder);
        unsigned int version;
        size_t size;

        (void)help_get(store, 1, &version, &size);
        lcc_commit_point_arm(c->point, c->passage, signal);
        _exit(help_put(store, BEFORE + 1, 1, 16000) == 0 ? 0 : 1);
    }
    return child;
}

static void check_after(struct lcc_store *store, const struct kill_case *c)
{
    unsigned int version;
    size_t size;
    int got = help_get(store, BEFORE + 1, &version, &size);

    cr_expect_eq(help_count(store, BEFORE), BEFORE, "%s", c->name);
    cr_expect(got == 0 || got == LCC_STORE_MISS, "%s: %d", c->name, got);
    if (c->there >= 0) {
        cr_expect_eq(got == 0, c->there, "%s", c->name);
    }
    cr_expect_eq(help_put(store, BEFORE + 2, 1, 16000), 0, "%s", c->name);
    cr_expect_eq(help_get(store, BEFORE + 2, &version, &size), 0, "%s",
                 c->name);
    cr_expect(help_verify(&folder), "%s", c->name);
}

ParameterizedTestParameters(kill, a_kill_leaves_the_old_state_or_the_new)
{
    return all_cases();
}

ParameterizedTest(size_t *which, kill, a_kill_leaves_the_old_state_or_the_new,
                  .init = setup, .fini = teardown)
{
    const struct kill_case *c = &cases[*which];
    struct lcc_store *store = filled();

    cr_assert_eq(help_wait(child_at(c, SIGKILL)), 1000 + SIGKILL, "%s",
                 c->name);
    check_after(store, c);
    (void)lcc_store_free(store);
}

/* What a reboot leaves: the same, but the control file holds no truth. */
ParameterizedTestParameters(kill, the_same_without_the_control_file)
{
    return all_cases();
}

ParameterizedTest(size_t *which, kill, the_same_without_the_control_file,
                  .init = setup, .fini = teardown)
{
    struct kill_case c = cases[*which];
    struct lcc_store *store = filled();

    (void)lcc_store_free(store);
    cr_assert_eq(help_wait(child_at(&c, SIGKILL)), 1000 + SIGKILL, "%s",
                 c.name);
    cr_assert_eq(unlink(help_file(&folder, "ctl")), 0);
    /* nobody knows any more whether the journal was valid: it is whole */
    c.there = c.point == LCC_POINT_JOURNALLED ? 1 : c.there;
    store = help_open(&folder);
    check_after(store, &c);
    (void)lcc_store_free(store);
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

Test(kill, a_stopped_holder_makes_others_busy_and_not_hang, .init = setup,
     .fini = teardown)
{
    const struct kill_case c = {"stopped", LCC_POINT_APPENDED, 1, 1};
    struct lcc_store *store = filled();
    int64_t started_ms;
    unsigned int version;
    size_t size;
    pid_t child;

    cr_expect_eq(help_count(store, BEFORE), BEFORE);
    child = child_at(&c, SIGSTOP);
    cr_assert_eq(waitpid(child, NULL, WUNTRACED), child);
    started_ms = now_ms();
    cr_expect_eq(help_put(store, 1, 2, 100), LCC_STORE_BUSY);
    cr_expect_geq(now_ms() - started_ms, LCC_LOCK_WAIT_MS / 2);
    cr_expect_lt(now_ms() - started_ms, 1000);
    cr_expect_eq(help_count(store, BEFORE), BEFORE, "it had changed nothing");
    started_ms = now_ms();
    for (int i = 0; i < 50; i++) {
        cr_expect_eq(help_put(store, 1, 2, 100), LCC_STORE_BUSY);
    }
    cr_expect_lt(now_ms() - started_ms, 1000, "it backs off");
    cr_expect_eq(help_get(store, 1, &version, &size), 0,
                 "what is in memory needs no lock");
    (void)kill(child, SIGCONT);
    cr_expect_eq(help_wait(child), 0);
    check_after(store, &c);
    (void)lcc_store_free(store);
}

/* --- a fork in the middle of a commit ------------------------------------- */

static atomic_bool in_commit, go_on;

/* Runs in the thread that commits: the fork's handlers wait for it in vain. */
static void pause_in_commit(int signal)
{
    (void)signal;
    atomic_store(&in_commit, true);
    while (!atomic_load(&go_on)) {
        (void)usleep(1000);
    }
}

static void *commit_one(void *arg)
{
    return help_put(arg, BEFORE + 1, 1, 16000) == 0 ? NULL : arg;
}

Test(kill, a_child_forked_in_mid_commit_keeps_no_lock, .init = setup,
     .fini = teardown, .timeout = 60)
{
    struct lcc_store *store = filled();
    struct lcc_store *other = help_open(&folder);
    void *failed = store;
    pthread_t thread;
    pid_t child;

    (void)signal(SIGTRAP, pause_in_commit); /* not blocked by the store */
    lcc_commit_point_arm(LCC_POINT_VALID, 1, SIGTRAP);
    cr_assert_eq(pthread_create(&thread, NULL, commit_one, store), 0);
    while (!atomic_load(&in_commit)) {
        (void)usleep(1000);
    }
    child = fork();
    if (child == 0) {
        (void)pause();
        _exit(0);
    }
    atomic_store(&go_on, true);
    cr_assert_eq(pthread_join(thread, &failed), 0);
    cr_expect_null(failed);
    /* While the child lives, others commit, by this store and by another. */
    cr_expect_eq(help_put(store, 1, 2, 5000), 0);
    cr_expect_eq(help_put(other, 2, 2, 5000), 0);
    (void)kill(child, SIGKILL);
    (void)help_wait(child);
    (void)lcc_store_free(store);
    (void)lcc_store_free(other);
    cr_expect(help_verify(&folder));
}
