/*
 * clock.h - the only wall clock
 *
 * One reading per decision, handed down as a value. Tests link another
 * implementation and move time by hand.
 */
#ifndef LCC_CLOCK_H
#define LCC_CLOCK_H

#include <stdint.h>

/* Unix seconds, UTC. */
int64_t lcc_clock_now_s(void);
/* Microseconds of CLOCK_MONOTONIC, for measuring only. */
int64_t lcc_clock_monotonic_us(void);

#endif
