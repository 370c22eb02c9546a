/*
 * Lines of ours: they are written whole or not at all, and no signal that
 * they raise reaches the program.
 */
#include <criterion/criterion.h>

#include "shim/log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct lcc_span line = {"a line\n", 7};

static bool is_pending(int number)
{
    sigset_t pending;

    sigpending(&pending);
    return sigismember(&pending, number) == 1;
}

static bool is_blocked(int number)
{
    sigset_t now;

    pthread_sigmask(SIG_BLOCK, NULL, &now);
    return sigismember(&now, number) == 1;
}

Test(log, a_pipe_that_nobody_reads_ends_nobody)
{
    int ends[2];

    signal(SIGPIPE, SIG_DFL);
    cr_assert_eq(pipe(ends), 0);
    close(ends[0]);
    lcc_log_write(ends[1], line);
    cr_expect_not(is_pending(SIGPIPE));
    cr_expect_not(is_blocked(SIGPIPE));
}

Test(log, a_limit_on_file_size_ends_nobody)
{
    const struct rlimit none = {0, 0};
    FILE *file = tmpfile();

    signal(SIGXFSZ, SIG_DFL);
    cr_assert_not_null(file);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    lcc_log_write(fileno(file), line);
    cr_expect_not(is_pending(SIGXFSZ));
    cr_expect_not(is_blocked(SIGXFSZ));
}

/* Such a program waits for its own signals, and must go on finding them. */
Test(log, what_the_program_blocks_stays_blocked_and_pending)
{
    sigset_t mine;
    int ends[2];

    sigemptyset(&mine);
    sigaddset(&mine, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &mine, NULL);
    raise(SIGPIPE);
    cr_assert_eq(pipe(ends), 0);
    close(ends[0]);
    lcc_log_write(ends[1], line);
    cr_expect(is_pending(SIGPIPE));
    cr_expect(is_blocked(SIGPIPE));
}
