/*
 * need.c - a test is skipped by name, or in CI fails, for want of something
 */
#include "tests/support/need.h"

#include "tests/support/run.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool in_ci(void)
{
    const char *ci = getenv("CI");

    return ci && strcmp(ci, "true") == 0;
}

void need_that(bool there, const char *what)
{
    if (there) {
        return;
    }
    if (in_ci()) {
        cr_assert_fail("%s is missing, and CI must have it", what);
    }
    cr_skip_test("%s is not here", what);
}

void need_program(const char *name)
{
    need_that(run_find(name), name);
}

bool need_row(bool there, const char *what)
{
    if (!there) {
        fprintf(stderr, "skipped: %s is not here\n", what);
        cr_expect(!in_ci(), "%s is missing, and CI must have it", what);
    }
    return there;
}
