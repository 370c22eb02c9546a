/*
 * The clock of tests moves only by hand.
 */
#include "tests/support/cases.h"
#include "tests/support/clock_test.h"

Test(clock, stands_still_until_it_is_moved)
{
    cr_expect_eq(lcc_clock_now_s(), LCC_CLOCK_TEST_START_S);
    lcc_clock_test_advance(10);
    cr_expect_eq(lcc_clock_now_s(), LCC_CLOCK_TEST_START_S + 10);
    lcc_clock_test_advance(-20);
    cr_expect_eq(lcc_clock_now_s(), LCC_CLOCK_TEST_START_S - 10);
    lcc_clock_test_set(5);
    cr_expect_eq(lcc_clock_now_s(), 5);
}

Test(clock, measures_with_a_clock_that_does_not_go_back)
{
    int64_t before = lcc_clock_monotonic_us();

    cr_expect_geq(lcc_clock_monotonic_us(), before);
}
