/*
 * clock_real.c - the clock of the running system
 */
#include "store/clock.h"

#include <time.h>

int64_t lcc_clock_now_s(void)
{
    return (int64_t)time(NULL);
}

int64_t lcc_clock_monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
