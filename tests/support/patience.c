/*
 * patience.c - time limits of all tests, multiplied before the first begins
 */
#include "tests/support/patience.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/internal/ordered-set.h>
#include <stdlib.h>

enum { PATIENCE_MAX = 100, DECIMAL = 10 };

int patience(void)
{
    const char *given = getenv("LCC_PATIENCE");
    long times = given ? strtol(given, NULL, DECIMAL) : 1;

    return times < 1 ? 1 : times > PATIENCE_MAX ? PATIENCE_MAX : (int)times;
}

/* In the process that watches the tests. */
ReportHook(PRE_ALL)(struct criterion_test_set *set)
{
    const int times = patience();

    FOREACH_SET(struct criterion_suite_set * suite, set->suites)
    {
        FOREACH_SET(struct criterion_test * test, suite->tests)
        {
            test->data->timeout *= times;
        }
        if (suite->suite.data) {
            suite->suite.data->timeout *= times;
        }
    }
}
