/*
 * clock_test.c - the clock that tests link in the place of clock_real.c
 */
#include "tests/support/clock_test.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t shown_s = LCC_CLOCK_TEST_START_S;

static int64_t moved_by_file(void)
{
    const char *path = getenv(LCC_CLOCK_TEST_FILE);
    char text[32];
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0) {
        return 0;
    }
    ssize_t size = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    text[size > 0 ? size : 0] = '\0';
    return strtoll(text, NULL, 10);
}

int64_t lcc_clock_now_s(void)
{
    return atomic_load(&shown_s) + moved_by_file();
}

int64_t lcc_clock_monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void lcc_clock_test_set(int64_t now_s)
{
    atomic_store(&shown_s, now_s);
}

void lcc_clock_test_advance(int64_t seconds)
{
    atomic_fetch_add(&shown_s, seconds);
}
