/*
 * test_ledger.c - counters and last decisions in a mapped file
 */
#include "store/ledger.h"
#include "tests/support/tmpdir.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LEDGER_THREADS = 4, LEDGER_ROUNDS = 5000 };

static char *folder;
static char *path;

static void set_up(void)
{
    folder = tmpdir_new();
    path = text_of("%s/ledger", folder);
}

static void tear_down(void)
{
    free(path);
    folder = tmpdir_free(folder);
}

TestSuite(ledger, .init = set_up, .fini = tear_down);

static struct lcc_ledger *open_ledger(bool readonly)
{
    struct lcc_ledger *ledger = NULL;

    cr_assert_eq(lcc_ledger_open(folder, readonly, &ledger), 0);
    return ledger;
}

static struct lcc_hash hash_of(unsigned int number)
{
    struct lcc_hash hash = {{0}};

    memcpy(hash.bytes, &number, sizeof(number));
    return hash;
}

Test(ledger, what_was_noted_is_there_after_a_reopen)
{
    const struct lcc_hash url = hash_of(7);
    const struct lcc_decided decided = {.reason = LCC_REASON_HIT,
                                        .when_s = 1000,
                                        .body_bytes = 5,
                                        .saved_us = 9};
    struct lcc_ledger *ledger = open_ledger(false);
    struct lcc_ledger_totals totals;
    struct lcc_decided last = {0};

    lcc_ledger_note(ledger, &url, &decided);
    lcc_ledger_note(ledger, NULL, &decided);
    lcc_ledger_free(ledger);
    ledger = open_ledger(true);
    lcc_ledger_totals(ledger, &totals);
    cr_expect_eq(totals.by_reason[LCC_REASON_HIT], 2);
    cr_expect_eq(totals.bytes_saved, 10);
    cr_expect_eq(totals.us_saved, 18);
    cr_expect_eq(totals.since_s, 1000);
    cr_assert(lcc_ledger_last(ledger, &url, &last));
    cr_expect_eq(last.reason, LCC_REASON_HIT);
    cr_expect_eq(last.when_s, 1000);
    cr_expect_eq(last.body_bytes, 5);
    cr_expect_eq(last.saved_us, 9);
    lcc_ledger_free(ledger);
}

Test(ledger, the_file_is_the_users_alone_and_fully_allocated)
{
    struct stat status;

    lcc_ledger_free(open_ledger(false));
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0600);
    cr_expect_geq(status.st_blocks * 512, status.st_size);
}

Test(ledger, zero_forgets_numbers_and_keeps_last_decisions)
{
    const struct lcc_hash url = hash_of(1);
    const struct lcc_decided decided = {.reason = LCC_REASON_STORED,
                                        .when_s = 5};
    struct lcc_ledger *ledger = open_ledger(false);
    struct lcc_ledger_totals totals;
    struct lcc_decided last;

    lcc_ledger_note(ledger, &url, &decided);
    lcc_ledger_zero(ledger, 77);
    lcc_ledger_totals(ledger, &totals);
    cr_expect_eq(totals.by_reason[LCC_REASON_STORED], 0);
    cr_expect_eq(totals.since_s, 77);
    cr_expect(lcc_ledger_last(ledger, &url, &last));
    lcc_ledger_free(ledger);
}

Test(ledger, two_urls_of_one_slot_are_not_confused)
{
    struct lcc_hash first = {{1, 2, 3}};
    struct lcc_hash second = {{1, 2, 4}};
    const struct lcc_decided decided = {.reason = LCC_REASON_HIT};
    struct lcc_ledger *ledger = open_ledger(false);
    struct lcc_decided last;

    lcc_ledger_note(ledger, &first, &decided);
    cr_expect(lcc_ledger_last(ledger, &first, &last));
    cr_expect_not(lcc_ledger_last(ledger, &second, &last));
    lcc_ledger_note(ledger, &second, &decided);
    cr_expect_not(lcc_ledger_last(ledger, &first, &last));
    cr_expect(lcc_ledger_last(ledger, &second, &last));
    lcc_ledger_free(ledger);
}

Test(ledger, a_torn_slot_is_not_believed)
{
    const struct lcc_hash url = hash_of(9);
    const struct lcc_decided decided = {.reason = LCC_REASON_HIT,
                                        .when_s = 0x1122334455667788};
    const int64_t other = 0x1122334455667700;
    struct lcc_ledger *ledger = open_ledger(false);
    struct lcc_decided last;
    size_t size = 0;

    lcc_ledger_note(ledger, &url, &decided);
    char *bytes = file_read(path, &size);
    char *when = memmem(bytes, size, &decided.when_s, sizeof(other));
    /* since_s comes first in the file: the slot's is the last one */
    for (char *next = when; next;) {
        when = next;
        next = memmem(next + 1, size - (size_t)(next + 1 - bytes),
                      &decided.when_s, sizeof(other));
    }
    cr_assert_not_null(when);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    cr_assert_eq(pwrite(fd, &other, sizeof(other), when - bytes),
                 sizeof(other));
    close(fd);
    cr_expect_not(lcc_ledger_last(ledger, &url, &last));
    free(bytes);
    lcc_ledger_free(ledger);
}

Test(ledger, an_empty_slot_is_nobodys)
{
    const struct lcc_hash zero = {{0}};
    struct lcc_ledger *ledger = open_ledger(false);
    struct lcc_decided last;

    cr_expect_not(lcc_ledger_last(ledger, &zero, &last));
    lcc_ledger_free(ledger);
}

static void *note_many(void *arg)
{
    for (unsigned int i = 0; i < LEDGER_ROUNDS; i++) {
        const struct lcc_hash url = hash_of(i % 64);
        const struct lcc_decided decided = {.reason = LCC_REASON_HIT,
                                            .when_s = i % 64,
                                            .body_bytes = 1};
        lcc_ledger_note(arg, &url, &decided);
    }
    return NULL;
}

Test(ledger, threads_and_processes_lose_no_count)
{
    pthread_t threads[LEDGER_THREADS];
    struct lcc_ledger *ledger = open_ledger(false);
    struct lcc_ledger_totals totals;
    struct lcc_decided last;
    int status = 0;

    const pid_t child = fork();
    if (child == 0) {
        note_many(ledger);
        _exit(0);
    }
    for (size_t i = 0; i < LEDGER_THREADS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, note_many, ledger), 0);
    }
    for (size_t i = 0; i < LEDGER_THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
    lcc_ledger_totals(ledger, &totals);
    cr_expect_eq(totals.by_reason[LCC_REASON_HIT],
                 (LEDGER_THREADS + 1) * LEDGER_ROUNDS);
    for (unsigned int i = 0; i < 64; i++) {
        const struct lcc_hash url = hash_of(i);
        if (lcc_ledger_last(ledger, &url, &last)) {
            cr_expect_eq(last.when_s, i, "a slot holds one whole decision");
        }
    }
    lcc_ledger_free(ledger);
}

Test(ledger, a_reader_makes_and_changes_nothing)
{
    const struct lcc_decided decided = {.reason = LCC_REASON_HIT};
    struct lcc_ledger *ledger = NULL;
    struct lcc_ledger_totals totals;

    cr_expect_eq(lcc_ledger_open(folder, true, &ledger), -ENOENT);
    cr_expect_null(ledger);
    cr_expect_neq(access(path, F_OK), 0);
    lcc_ledger_free(open_ledger(false));
    ledger = open_ledger(true);
    lcc_ledger_note(ledger, NULL, &decided);
    lcc_ledger_zero(ledger, 5);
    lcc_ledger_totals(ledger, &totals);
    cr_expect_eq(totals.by_reason[LCC_REASON_HIT], 0);
    cr_expect_eq(totals.since_s, 0);
    lcc_ledger_free(ledger);
}

Test(ledger, what_is_no_ledger_is_refused_and_left_alone)
{
    struct lcc_ledger *ledger = NULL;
    char *other = text_of("%s/other", folder);
    char large[256 * 1024] = "not a ledger";

    file_write(path, "hello", 5);
    cr_expect_eq(lcc_ledger_open(folder, true, &ledger), -ENODATA);
    cr_expect_eq(lcc_ledger_open(folder, false, &ledger), -EBADMSG);
    file_write(path, large, sizeof(large));
    cr_expect_eq(lcc_ledger_open(folder, false, &ledger), -EBADMSG);
    file_write(other, "", 0);
    unlink(path);
    cr_assert_eq(symlink(other, path), 0);
    cr_expect_eq(lcc_ledger_open(folder, false, &ledger), -ELOOP);
    unlink(path);
    cr_assert_eq(link(other, path), 0);
    cr_expect_eq(lcc_ledger_open(folder, false, &ledger), -EPERM);
    unlink(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(lcc_ledger_open(folder, false, &ledger), -EPERM);
    cr_expect_null(ledger);
    free(other);
}

Test(ledger, errno_and_null_are_left_in_peace)
{
    const struct lcc_decided decided = {.reason = LCC_REASON_HIT};
    struct lcc_ledger *ledger = NULL;
    struct lcc_ledger_totals totals;

    errno = 4711;
    cr_expect_neq(lcc_ledger_open("/nonexistent", false, &ledger), 0);
    cr_expect_eq(errno, 4711);
    lcc_ledger_note(NULL, NULL, &decided);
    lcc_ledger_totals(NULL, &totals);
    cr_expect_eq(totals.us_saved, 0);
    lcc_ledger_zero(NULL, 1);
    cr_expect_not(lcc_ledger_last(NULL, &(struct lcc_hash){{0}}, NULL));
    cr_expect_null(lcc_ledger_free(NULL));
}

/* The blocks cannot be had: a limit on file size stands in for a full disk. */
Test(ledger, no_room_is_an_error_and_no_sigbus)
{
    const struct rlimit tiny = {4096, 4096};
    struct lcc_ledger *ledger = NULL;

    signal(SIGXFSZ, SIG_DFL);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &tiny), 0);
    cr_expect_lt(lcc_ledger_open(folder, false, &ledger), 0);
    cr_expect_null(ledger);
}
