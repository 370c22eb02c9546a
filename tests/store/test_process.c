/*
 * Several processes and threads at one cache, and hosts with odd habits.
 */
#include <criterion/criterion.h>

#include "store_help.h"

#include "tests/support/forks.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct help_folder folder;

static void setup(void)
{
    help_folder_init(&folder);
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(process, .init = setup, .fini = teardown);

/* Put and check entries first..last; 0 when all is well. */
static int work(struct lcc_store *store, unsigned int first, unsigned int last)
{
    for (unsigned int i = first; i <= last; i++) {
        unsigned int version = 0;
        size_t size;
        int result;

        do {
            result = help_put(store, i, i, i % 40 * 900);
        } while (result == LCC_STORE_BUSY);
        if (result == 0) {
            do {
                result = help_get(store, i, &version, &size);
            } while (result == LCC_STORE_BUSY);
        }
        if (result != 0 || version != i) {
            return 1;
        }
    }
    return 0;
}

Test(process, two_processes_see_each_others_entries)
{
    pid_t children[2];
    struct lcc_store *store;

    for (unsigned int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            _exit(work(help_open(&folder), 1 + i * 100, 100 + i * 100));
        }
    }
    cr_expect_eq(help_wait(children[0]), 0);
    cr_expect_eq(help_wait(children[1]), 0);
    store = help_open(&folder);
    cr_expect_eq(help_count(store, 200), 200);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(process, both_sides_of_a_fork_go_on)
{
    struct lcc_store *store = help_open(&folder);

    cr_assert_eq(work(store, 1, 50), 0);
    for (unsigned int round = 0; round < 20; round++) {
        unsigned int first = 100 + round * 20;
        pid_t child = fork();

        if (child == 0) {
            _exit(help_count(store, 50) != 50 ||
                  work(store, first, first + 9) != 0);
        }
        cr_expect_eq(work(store, first + 10, first + 19), 0);
        cr_expect_eq(help_wait(child), 0);
    }
    cr_expect_eq(help_count(store, 50), 50);
    for (unsigned int i = 100; i < 500; i++) {
        unsigned int version;
        size_t size;

        cr_expect_eq(help_get(store, i, &version, &size), 0, "%u", i);
    }
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

/* A fork that no handler hears of. */
static pid_t bare_fork(void)
{
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

Test(process, a_child_of_a_bare_clone_goes_on)
{
    struct lcc_store *store = help_open(&folder);
    pid_t child;

    cr_assert_eq(work(store, 1, 20), 0);
    child = bare_fork();
    if (child == 0) {
        _exit(help_count(store, 20) != 20 || work(store, 21, 30) != 0);
    }
    cr_expect_eq(help_wait(child), 0);
    cr_expect_eq(help_count(store, 30), 30);
    (void)lcc_store_free(store);
}

struct threaded {
    struct lcc_store *store;
    unsigned int first;
    int result;
};

static void *thread_work(void *arg)
{
    struct threaded *t = arg;

    t->result = work(t->store, t->first, t->first + 99);
    return NULL;
}

Test(process, threads_share_a_store)
{
    struct lcc_store *store = help_open(&folder);
    struct threaded t[4];
    pthread_t ids[4];

    for (unsigned int i = 0; i < 4; i++) {
        t[i] = (struct threaded){store, 1 + i * 100, -1};
        cr_assert_eq(pthread_create(&ids[i], NULL, thread_work, &t[i]), 0);
    }
    for (unsigned int i = 0; i < 4; i++) {
        cr_assert_eq(pthread_join(ids[i], NULL), 0);
        cr_expect_eq(t[i].result, 0);
    }
    cr_expect_eq(help_count(store, 400), 400);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

static atomic_bool forking_is_over;

static void *thread_busy(void *arg)
{
    struct threaded *t = arg;

    t->result = 0;
    while (!atomic_load(&forking_is_over)) {
        t->result |= work(t->store, t->first, t->first + 9);
    }
    return NULL;
}

Test(process, forks_while_another_thread_is_at_work,
     .disabled = !FORKS_BESIDE_THREADS)
{
    struct lcc_store *store = help_open(&folder);
    struct threaded t = {store, 1000, -1};
    pthread_t id;

    cr_assert_eq(work(store, 1, 20), 0);
    cr_assert_eq(pthread_create(&id, NULL, thread_busy, &t), 0);
    for (unsigned int round = 0; round < 100; round++) {
        pid_t child = fork();

        if (child == 0) {
            _exit(work(store, 1 + round % 20, 1 + round % 20));
        }
        cr_expect_eq(help_wait(child), 0, "%u", round);
    }
    atomic_store(&forking_is_over, true);
    cr_assert_eq(pthread_join(id, NULL), 0);
    cr_expect_eq(t.result, 0);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

/* In a child: it closes everything and takes the numbers for its own files,
 * which must hold its own words afterwards. */
static int host_that_closes_everything(struct lcc_store *store)
{
    enum { FILES = 40 };
    int fds[FILES];
    int bad = 0;

    for (unsigned int round = 0; round < 5; round++) {
        closefrom(3);
        for (int i = 0; i < FILES; i++) {
            char path[HELP_PATH + 32];

            (void)snprintf(path, sizeof(path), "%s/host-%d", folder.path, i);
            fds[i] = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
            bad += write(fds[i], "mine", 4) != 4;
        }
        bad += work(store, 1 + round * 20, 20 + round * 20);
        for (int i = 0; i < FILES; i++) {
            char back[16] = "";
            struct stat st;

            bad += fstat(fds[i], &st) != 0 || st.st_size != 4 ||
                   pread(fds[i], back, sizeof(back), 0) != 4 ||
                   strcmp(back, "mine") != 0;
        }
    }
    return bad != 0;
}

Test(process, a_host_that_closes_all_descriptors_keeps_its_files)
{
    struct lcc_store *store = help_open(&folder);
    pid_t child;

    cr_assert_eq(work(store, 1, 20), 0);
    child = fork();
    if (child == 0) {
        _exit(host_that_closes_everything(store));
    }
    cr_expect_eq(help_wait(child), 0);
    cr_expect_eq(help_count(store, 100), 100);
    (void)lcc_store_free(store);
}

/* The lowest free number: the same before and after when nothing is held. */
static int lowest_free(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)close(fd);
    return fd;
}

Test(process, no_descriptor_stays_open_and_errno_is_kept)
{
    int before = lowest_free();
    struct lcc_store *store = help_open(&folder);
    struct lcc_writer *writer;
    static const char piece[100000];
    unsigned int version;
    size_t size;

    cr_assert_eq(work(store, 1, 40), 0);
    cr_expect_eq(lowest_free(), before);
    cr_assert_eq(lcc_writer_new(store, &writer), 0);
    for (int i = 0; i < 20; i++) {
        errno = 4711;
        cr_assert_eq(lcc_writer_append(writer, lcc_span_of(piece, 100000)), 0);
        cr_expect_eq(errno, 4711);
        cr_expect_eq(lowest_free(), before);
    }
    (void)lcc_writer_free(writer);
    errno = 4711;
    (void)help_get(store, 1000, &version, &size);
    cr_expect_eq(errno, 4711);
    (void)lcc_store_free(store);
    cr_expect_eq(errno, 4711);
}

static void *thread_lookup(void *arg)
{
    struct lcc_hit hit = LCC_HIT_INIT;
    struct lcc_id id = help_id(1);

    (void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    for (;;) {
        (void)lcc_store_lookup(arg, &id, NULL, NULL, HELP_NOW, &hit);
        pthread_testcancel();
    }
    return NULL;
}

Test(process, a_cancelled_thread_leaves_no_lock_behind)
{
    struct lcc_store *store = help_open(&folder);

    cr_assert_eq(work(store, 1, 20), 0);
    for (int i = 0; i < 20; i++) {
        pthread_t id;

        cr_assert_eq(pthread_create(&id, NULL, thread_lookup, store), 0);
        (void)usleep(1000);
        (void)pthread_cancel(id);
        (void)pthread_join(id, NULL);
        cr_assert_eq(work(store, 1, 2), 0);
    }
    (void)lcc_store_free(store);
}

static int limited(struct lcc_store *store)
{
    struct rlimit limit = {200 * 1024, 200 * 1024};
    int refused = 0;

    (void)signal(SIGXFSZ, SIG_DFL);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return 2;
    }
    for (unsigned int i = 100; i < 200; i++) {
        refused += help_put(store, i, 1, 10000) == LCC_STORE_FULL;
    }
    refused += help_put(store, 200, 1, 1000000) == LCC_STORE_FULL;
    return refused > 10 && help_count(store, 20) == 20 ? 0 : 1;
}

Test(process, a_host_with_a_file_size_limit_is_not_killed)
{
    struct lcc_store *store = help_open(&folder);
    pid_t child;

    cr_assert_eq(work(store, 1, 20), 0);
    child = fork();
    if (child == 0) {
        _exit(limited(store));
    }
    cr_expect_eq(help_wait(child), 0);
    cr_expect_eq(help_count(store, 20), 20);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}
