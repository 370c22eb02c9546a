/*
 * tsan_clocklock.h - a lock that the thread sanitizer sees being taken
 *
 * libtsan of gcc 12 knows pthread_mutex_timedlock() and not
 * pthread_mutex_clocklock(): it would call every unlock a fault, and what the
 * lock guards a race. Included by the build in thread-sanitized builds alone.
 */
#ifndef LCC_TESTS_TSAN_CLOCKLOCK_H
#define LCC_TESTS_TSAN_CLOCKLOCK_H

#ifndef __ASSEMBLER__

#include <pthread.h>
#include <time.h>

static inline int lcc_tsan_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                     const struct timespec *until)
{
    struct timespec now;
    struct timespec real;

    clock_gettime(clock, &now);
    clock_gettime(CLOCK_REALTIME, &real);
    real.tv_sec += until->tv_sec - now.tv_sec;
    real.tv_nsec += until->tv_nsec - now.tv_nsec;
    if (real.tv_nsec < 0) {
        real.tv_nsec += 1000000000;
        real.tv_sec--;
    } else if (real.tv_nsec >= 1000000000) {
        real.tv_nsec -= 1000000000;
        real.tv_sec++;
    }
    return pthread_mutex_timedlock(mutex, &real);
}
#define pthread_mutex_clocklock lcc_tsan_clocklock

#endif

#endif
