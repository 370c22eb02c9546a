/*
 * test_demo.c - the README's first command, as it is written there, and what
 * is installed
 */
#include "tests/support/run.h"

#include "tests/support/need.h"
#include "tests/support/origin.h"
#include "tests/support/tmpdir.h"

#include <criterion/criterion.h>
#include <stdlib.h>
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

    for (char *at = result.out; (at = strchr(at, '\n'));) {
        *at = at[1] ? ' ' : '\0';
    }
    need_that(result.exit_code == 0, result.out);
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

static char *installed(const char *folder, const char *suffix)
{
    char *path = files_find(folder, suffix);

    cr_assert_not_null(path, "%s is not installed", suffix);
    return path;
}

/* Which folder of a staged installation the loader knows is for the packager
 * to say; here LD_LIBRARY_PATH says it. */
Test(demo, what_is_installed_works_by_name)
{
    need_program("meson");
    need_program("curl");
    char *folder = tmpdir_new();
    const struct run install = {.argv = ARGV("meson", "install", "-C",
                                             BUILD_ROOT, "--no-rebuild",
                                             "--quiet", "--destdir", folder)};
    struct origin *origin = origin_start(NULL);
    const struct origin_response answer = {.path = "/x", .body = "hello\n"};

    origin_answer(origin, &answer);
    RUN_RESULT result = run_program(&install);
    cr_assert_eq(result.exit_code, 0, "%s%s", result.out, result.err);
    char *library = installed(folder, "/libcurlcache.so");
    char *tool = installed(folder, "/bin/curlcache");
    free(installed(folder, "/libcurlcache-engine.so"));
    free(installed(folder, "/man1/curlcache.1"));
    free(installed(folder, "/man7/libcurlcache.7"));
    char *dir = text_of("CURLCACHE_DIR=%s/cache", folder);
    char *libraries = text_of("LD_LIBRARY_PATH=%.*s",
                              (int)(strrchr(library, '/') - library), library);
    char *url = text_of("%s/x", origin_base(origin));
    const struct run by_name = {
        .argv = ARGV("curl", "-sS", url),
        .env = ARGV(dir, libraries, "LD_PRELOAD=libcurlcache.so")};
    const struct run by_tool = {.argv = ARGV(tool, "run", "curl", "-sS", url),
                                .env = ARGV(dir)};
    RUN_RESULT first = run_program(&by_name);
    RUN_RESULT second = run_program(&by_tool);
    cr_expect_str_eq(first.out, "hello\n", "%s", first.err);
    cr_expect_str_eq(second.out, "hello\n", "%s", second.err);
    cr_expect_eq(origin_total(origin), 1);
    origin_stop(origin);
    free(url);
    free(libraries);
    free(dir);
    free(tool);
    free(library);
    tmpdir_free(folder);
}
