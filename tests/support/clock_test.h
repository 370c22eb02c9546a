/*
 * clock_test.h - the clock that tests link in the place of clock_real.c
 *
 * Time stands still until somebody moves it.
 */
#ifndef LCC_TESTS_CLOCK_TEST_H
#define LCC_TESTS_CLOCK_TEST_H

#include "store/clock.h"

/* 2024-01-01 00:00:00 UTC: what the clock shows at first. */
#define LCC_CLOCK_TEST_START_S INT64_C(1704067200)

/* Unix seconds, UTC; may lie before what the clock shows. */
void lcc_clock_test_set(int64_t now_s);
void lcc_clock_test_advance(int64_t seconds);

/*
 * A process that cannot be told by a call (a preloaded program) reads how far
 * to move its clock, in decimal seconds, from the file this variable names,
 * anew at each look.
 */
#define LCC_CLOCK_TEST_FILE "LCC_CLOCK_TEST_FILE"

#endif
