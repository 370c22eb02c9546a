/*
 * test_demo.c - the README's first command, as it is written there
 */
#include "tests/support/run.h"

#include <criterion/criterion.h>
#include <string.h>

static size_t count(const char *text, const char *word)
{
    size_t found = 0;

    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
        found++;
    }
    return found;
}

/* Nothing is to be installed by a test. */
static void need_packages(void)
{
    const struct run run = {
        .argv = ARGV(SOURCE_ROOT "/tools/install-deps", "demo", "missing")};
    RUN_RESULT result = run_program(&run);

    if (result.exit_code != 0) {
        cr_skip_test("not installed: %s", result.out);
    }
}

Test(demo, three_programs_are_answered_from_the_cache)
{
    need_packages();
    const struct run run = {.argv = ARGV(SOURCE_ROOT "/tools/demo"),
                            .env = ARGV("BUILD_DIR=" BUILD_ROOT),
                            .cwd = "/"};
    RUN_RESULT result = run_program(&run);

    cr_expect_eq(result.exit_code, 0, "%s%s", result.out, result.err);
    cr_expect_eq(count(result.out, "(same output, "), 3, "%s", result.out);
    cr_expect_eq(count(result.out, "  GET /"), 3, "%s", result.out);
    cr_expect_eq(count(result.out, "hits     3 "), 1, "%s", result.out);
    cr_expect_eq(result.err_size, 0, "%s", result.err);
}

Test(demo, a_command_of_the_users_own)
{
    need_packages();
    const struct run run = {
        .argv = ARGV(SOURCE_ROOT "/tools/demo", "curl", "--version"),
        .env = ARGV("BUILD_DIR=" BUILD_ROOT),
        .cwd = "/"};
    RUN_RESULT result = run_program(&run);

    cr_expect_eq(result.exit_code, 0, "%s%s", result.out, result.err);
    cr_expect_eq(count(result.out, "(same output, "), 1, "%s", result.out);
}
