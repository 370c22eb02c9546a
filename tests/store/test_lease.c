/*
 * test_lease.c - one holder at a time, and what becomes of one that dies
 */
#include "store_help.h"

#include "store/base.h"
#include "store/ctl.h"
#include "store/lease.h"
#include "store/lease_holder.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BOUND_MS = 60 * 1000,
    LONG_MS = 10 * 1000,
    SHORT_MS = 60,
    KEYS = 2000,
    TAKERS = 6,
    RUSHES = 200,
};

static struct help_folder folder;
static struct lcc_leases *leases;

static void begin(void)
{
    help_folder_init(&folder);
    cr_assert_eq(lcc_leases_open(folder.path, &leases), 0);
}

static void end(void)
{
    leases = lcc_leases_free(leases);
    help_folder_done(&folder);
}

TestSuite(lease, .init = begin, .fini = end, .timeout = 60);

static struct lcc_hash key_of(unsigned int number)
{
    struct lcc_hash key = {{0}};

    memcpy(key.bytes, &number, sizeof(number));
    return key;
}

static int take(unsigned int number, struct lcc_lease *ret)
{
    const struct lcc_hash key = key_of(number);

    return lcc_lease_take(leases, &key, BOUND_MS, false, ret);
}

static int look(unsigned int number)
{
    const struct lcc_hash key = key_of(number);

    return lcc_lease_look(leases, &key);
}

/* A child that takes it and then does what @fn does. */
static pid_t holder(unsigned int number, void (*fn)(struct lcc_lease *))
{
    int pipe_of[2];
    char byte = 0;
    pid_t child;

    cr_assert_eq(pipe(pipe_of), 0);
    child = fork();
    if (child == 0) {
        struct lcc_lease lease = {0};

        byte = (char)(take(number, &lease) == 0);
        (void)!write(pipe_of[1], &byte, 1);
        fn(&lease);
        _exit(0);
    }
    cr_assert_eq(read(pipe_of[0], &byte, 1), 1);
    cr_assert(byte, "the child has it");
    close(pipe_of[0]);
    close(pipe_of[1]);
    return child;
}

static void stay(struct lcc_lease *lease)
{
    (void)lease;
    for (;;) {
        pause();
    }
}

static void leave(struct lcc_lease *lease)
{
    (void)lease;
}

static void let_go_soon(struct lcc_lease *lease)
{
    usleep(SHORT_MS * 1000);
    lcc_lease_release(leases, lease, LCC_LEASE_STORED);
}

static void become_another(struct lcc_lease *lease)
{
    (void)lease;
    execlp("sleep", "sleep", "10", (char *)NULL);
}

/* --- one at a time ------------------------------------------------------- */

Test(lease, second_one_is_told_that_it_is_held)
{
    struct lcc_lease mine = {0};
    struct lcc_lease other = {0};

    cr_expect_eq(look(1), LCC_LEASE_FREE);
    cr_expect_eq(take(1, &mine), 0);
    cr_expect_eq(take(1, &other), LCC_LEASE_HELD);
    cr_expect_eq(look(1), LCC_LEASE_HELD);
    cr_expect_eq(take(2, &other), 0, "another key is another lease");
}

struct end_case {
    const char *name;
    enum lcc_lease_end end;
    int look; /* afterwards */
    int take;
};

static const struct end_case ends[] = {
    {"stored: known for a while, free to take", LCC_LEASE_STORED, 0, 0},
    {"dropped: as if it had never been", LCC_LEASE_DROPPED, LCC_LEASE_FREE, 0},
    {"not stored: nobody takes or waits for a while", LCC_LEASE_NOT_STORED,
     LCC_LEASE_UNSTORABLE, LCC_LEASE_UNSTORABLE},
    {"left: as if its holder had died", LCC_LEASE_LEFT, LCC_LEASE_UNFINISHED,
     LCC_LEASE_UNFINISHED},
};

/* --- many at once -------------------------------------------------------- */

struct rush {
    atomic_uint there[RUSHES];
    atomic_uint taken[RUSHES];
};

/* All come to a key as nearly at once as may be. */
static void rush_in(struct rush *rush)
{
    for (unsigned int i = 0; i < RUSHES; i++) {
        struct lcc_lease lease = {0};

        atomic_fetch_add(&rush->there[i], 1);
        while (atomic_load(&rush->there[i]) < TAKERS) {
            sched_yield();
        }
        if (take(i, &lease) == 0) {
            atomic_fetch_add(&rush->taken[i], 1);
        }
    }
}

Test(lease, of_many_who_come_at_once_one_takes_it)
{
    struct rush *rush = mmap(NULL, sizeof(*rush), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    cr_assert_neq(rush, MAP_FAILED);
    for (int i = 0; i < TAKERS; i++) {
        if (fork() == 0) {
            rush_in(rush);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    for (int i = 0; i < RUSHES; i++) {
        cr_expect_eq(atomic_load(&rush->taken[i]), 1, "%d: %u", i,
                     atomic_load(&rush->taken[i]));
    }
    munmap(rush, sizeof(*rush));
}

Test(lease, its_end_is_remembered)
{
    for (unsigned int i = 0; i < LCC_ARRAY_SIZE(ends); i++) {
        struct lcc_lease mine = {0};

        cr_expect_eq(take(i, &mine), 0);
        lcc_lease_release(leases, &mine, ends[i].end);
        cr_expect_eq(mine.serial, 0);
        cr_expect_eq(look(i), ends[i].look, "%s", ends[i].name);
        cr_expect_eq(take(i, &mine), ends[i].take, "%s", ends[i].name);
    }
}

Test(lease, refresh_and_fetch_of_one_request_are_two)
{
    const struct lcc_id id = {.request = key_of(7)};
    const struct lcc_hash none = {{0}};
    const struct lcc_hash refresh =
        lcc_lease_key(LCC_LEASE_REFRESH, &id, &none);
    const struct lcc_hash fetch = lcc_lease_key(LCC_LEASE_FETCH, &id, &none);

    cr_expect_not(lcc_hash_equal(&refresh, &fetch));
}

Test(lease, ends_by_its_time)
{
    const struct lcc_hash key = key_of(1);
    struct lcc_lease mine = {0};
    struct lcc_lease later = {0};

    cr_expect_eq(lcc_lease_take(leases, &key, SHORT_MS, false, &mine), 0);
    cr_expect_eq(look(1), LCC_LEASE_HELD);
    usleep(2 * SHORT_MS * 1000);
    cr_expect_eq(look(1), LCC_LEASE_UNFINISHED);
    cr_expect_eq(lcc_lease_take(leases, &key, BOUND_MS, false, &later),
                 LCC_LEASE_UNFINISHED);
    cr_expect_eq(lcc_lease_take(leases, &key, BOUND_MS, true, &later), 0);
    lcc_lease_release(leases, &mine, LCC_LEASE_STORED);
    cr_expect_eq(look(1), LCC_LEASE_HELD, "it was another's by then");
    lcc_lease_release(leases, &later, LCC_LEASE_STORED);
    cr_expect_eq(look(1), 0);
}

/* --- processes ----------------------------------------------------------- */

Test(lease, holder_in_another_process_is_seen)
{
    struct lcc_lease mine = {0};
    pid_t child = holder(1, stay);

    cr_expect_eq(take(1, &mine), LCC_LEASE_HELD);
    kill(child, SIGKILL);
    cr_expect_eq(help_wait(child), 1000 + SIGKILL);
    cr_expect_eq(take(1, &mine), LCC_LEASE_UNFINISHED, "at once");
}

/* Dead, and its parent has not asked for it yet. */
Test(lease, zombie_holds_nothing)
{
    pid_t child = holder(1, leave);
    siginfo_t info;

    cr_assert_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    cr_expect_eq(look(1), LCC_LEASE_UNFINISHED);
    (void)help_wait(child);
}

/* The same process id, born at the same time, without its threads. */
Test(lease, program_that_became_another_holds_nothing)
{
    pid_t child = holder(1, become_another);
    int seen = LCC_LEASE_HELD;

    for (int i = 0; i < 500 && seen == LCC_LEASE_HELD; i++) {
        usleep(10 * 1000);
        seen = look(1);
    }
    cr_expect_eq(seen, LCC_LEASE_UNFINISHED);
    kill(child, SIGKILL);
    (void)help_wait(child);
}

Test(lease, child_of_a_fork_cannot_release_its_parents)
{
    struct lcc_lease mine = {0};
    pid_t child;

    cr_expect_eq(take(1, &mine), 0);
    child = fork();
    if (child == 0) {
        lcc_lease_release(leases, &mine, LCC_LEASE_STORED);
        _exit(look(1) == LCC_LEASE_HELD ? 0 : 1);
    }
    cr_expect_eq(help_wait(child), 0);
    cr_expect_eq(look(1), LCC_LEASE_HELD);
}

/* The process id is somebody else's by now: told by the time of its birth. */
Test(lease, used_process_id_is_told_apart)
{
    struct lcc_holder self;

    lcc_holder_self(&self);
    cr_assert_neq(self.born, 0, "/proc says it");
    cr_expect_not(lcc_holder_is_gone(&self));
    self.born--;
    cr_expect(lcc_holder_is_gone(&self));
    self.born++;
    self.space++;
    cr_expect_not(lcc_holder_is_gone(&self), "another namespace: who knows");
}

/* --- waiting ------------------------------------------------------------- */

Test(lease, waiter_is_woken_by_the_release)
{
    const struct lcc_hash key = key_of(1);
    pid_t child = holder(1, let_go_soon);
    const int64_t start_ms = lcc_now_ms();

    cr_expect_eq(lcc_lease_wait(leases, &key, start_ms + LONG_MS), 0);
    cr_expect_lt(lcc_now_ms() - start_ms, LONG_MS / 2);
    cr_expect_eq(help_wait(child), 0);
}

Test(lease, waiter_learns_of_a_death)
{
    const struct lcc_hash key = key_of(1);
    pid_t child = holder(1, stay);
    const int64_t start_ms = lcc_now_ms();

    kill(child, SIGKILL);
    cr_expect_eq(lcc_lease_wait(leases, &key, start_ms + LONG_MS),
                 LCC_LEASE_UNFINISHED);
    cr_expect_lt(lcc_now_ms() - start_ms, LONG_MS / 2);
    (void)help_wait(child);
}

Test(lease, waiter_gives_up_in_time)
{
    const struct lcc_hash key = key_of(1);
    struct lcc_lease mine = {0};
    const int64_t start_ms = lcc_now_ms();

    cr_expect_eq(take(1, &mine), 0);
    cr_expect_eq(lcc_lease_wait(leases, &key, start_ms + SHORT_MS),
                 LCC_LEASE_HELD);
    cr_expect_geq(lcc_now_ms() - start_ms, SHORT_MS);
    cr_expect_lt(lcc_now_ms() - start_ms, LONG_MS);
}

/* --- trouble ------------------------------------------------------------- */

/* Held ones are never lost to others; who finds no room is told so. */
Test(lease, full_table_keeps_what_is_held)
{
    static struct lcc_lease all[KEYS];
    static int result[KEYS];
    unsigned int held = 0;

    for (unsigned int i = 0; i < KEYS; i++) {
        result[i] = take(i, &all[i]);
        held += result[i] == 0;
        cr_expect(result[i] == 0 || result[i] == LCC_LEASE_NO_ROOM);
    }
    cr_expect_gt(held, 100);
    cr_expect_lt(held, KEYS);
    for (unsigned int i = 0; i < KEYS; i++) {
        if (result[i] == 0) {
            cr_expect_eq(look(i), LCC_LEASE_HELD);
            lcc_lease_release(leases, &all[i], LCC_LEASE_DROPPED);
        }
    }
    for (unsigned int i = 0; i < 100; i++) {
        cr_expect_eq(take(KEYS + i, &all[i]), 0, "there is room again");
    }
}

/* Noise in the file is an empty table, also with a guard that nobody holds. */
Test(lease, noise_in_the_file_is_no_lease)
{
    char path[HELP_PATH + 16];
    unsigned char noise[64 * 1024];
    struct lcc_lease mine = {0};
    int fd;

    for (size_t i = 0; i < sizeof(noise); i++) {
        noise[i] = (unsigned char)(i * 2654435761U >> 13 | 1);
    }
    (void)snprintf(path, sizeof(path), "%s/leases", folder.path);
    fd = open(path, O_RDWR | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    cr_assert_eq(pwrite(fd, noise, sizeof(noise), 4096),
                 (ssize_t)sizeof(noise));
    close(fd);
    for (unsigned int i = 0; i < 64; i++) {
        cr_expect_eq(take(i, &mine), 0, "key %u", i);
        cr_expect_eq(take(i, &mine), LCC_LEASE_HELD, "key %u", i);
    }
}

Test(lease, no_table_is_no_room)
{
    const struct lcc_hash key = key_of(1);
    struct lcc_lease mine = {0};

    cr_expect_eq(lcc_lease_take(NULL, &key, BOUND_MS, false, &mine),
                 LCC_LEASE_NO_ROOM);
    cr_expect_eq(lcc_lease_look(NULL, &key), LCC_LEASE_NO_ROOM);
    lcc_lease_release(NULL, &mine, LCC_LEASE_STORED);
}

Test(lease, file_of_another_shape_is_refused)
{
    char path[HELP_PATH + 16];
    struct lcc_leases *other = NULL;

    (void)snprintf(path, sizeof(path), "%s/leases", folder.path);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(symlink("/etc/passwd", path), 0);
    cr_expect_lt(lcc_leases_open(folder.path, &other), 0);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_lt(lcc_leases_open(folder.path, &other), 0);
    cr_assert_eq(rmdir(path), 0);
    cr_expect_null(other);
}

Test(lease, errno_and_descriptors_stay)
{
    struct lcc_lease mine = {0};
    int before = dup(0);

    close(before);
    errno = ECHILD;
    (void)take(1, &mine);
    (void)look(1);
    lcc_lease_release(leases, &mine, LCC_LEASE_STORED);
    cr_expect_eq(errno, ECHILD);
    cr_expect_eq(dup(0), before);
}

/* Those who waited long enough say so for the others. */
Test(lease, one_that_is_shunned_is_waited_for_no_more)
{
    const struct lcc_hash key = key_of(1);
    struct lcc_lease lease = {0};
    pid_t child = holder(1, stay);

    lcc_lease_shun(leases, &key);
    cr_expect_eq(look(1), LCC_LEASE_UNSTORABLE);
    cr_expect_eq(take(1, &lease), LCC_LEASE_UNSTORABLE);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    cr_expect_eq(look(1), LCC_LEASE_UNSTORABLE);
}

Test(lease, a_shunned_holder_changes_nothing_any_more)
{
    const struct lcc_hash key = key_of(1);
    struct lcc_lease lease = {0};

    cr_assert_eq(take(1, &lease), 0);
    lcc_lease_shun(leases, &key);
    lcc_lease_release(leases, &lease, LCC_LEASE_STORED);
    cr_expect_eq(look(1), LCC_LEASE_UNSTORABLE);
}

Test(lease, what_nobody_holds_is_not_shunned)
{
    const struct lcc_hash key = key_of(1);
    struct lcc_lease lease = {0};

    lcc_lease_shun(leases, &key);
    lcc_lease_shun(NULL, &key);
    cr_expect_eq(take(1, &lease), 0);
}

Test(lease, a_taker_is_told_how_long_ago_something_was_stored)
{
    struct lcc_lease lease = {0};

    cr_assert_eq(take(1, &lease), 0);
    cr_expect_eq(lease.stored_ago_ms, INT64_MAX);
    lcc_lease_release(leases, &lease, LCC_LEASE_STORED);
    usleep(SHORT_MS * 1000);
    cr_assert_eq(take(1, &lease), 0);
    cr_expect(lease.stored_ago_ms >= SHORT_MS && lease.stored_ago_ms < LONG_MS);
    lcc_lease_release(leases, &lease, LCC_LEASE_DROPPED);
    cr_assert_eq(take(1, &lease), 0);
    cr_expect_eq(lease.stored_ago_ms, INT64_MAX);
}
