/*
 * test_crowd.c - thousands of hits and misses on one multi handle
 */
#include "tests/bench/origin_nginx.h"
#include "tests/support/need.h"
#include "tests/support/origin.h"
#include "tests/support/run.h"
#include "tests/support/tmpdir.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HITS = 10000,
    MISSES = 1000,
    ROUNDS = 4,
    BODY = 1024,
    PENDING = 20,
    LOOKS_MAX = 2 * 500, /* a hundred in each of the five seconds it takes */
    /* Of one transfer: ten pieces, the head, the connection. How many of them
     * come at once is up to the machine. */
    EVENTS_MAX = 20,
    TIMERS_MAX = 10, /* of libcurl's, beyond those of a run without us */
    /* What malloc() keeps may differ by so much from round to round. */
    MEMORY_SLACK = 256 * 1024,
    CPU_SLACK_US = 150000, /* who turns all the time needs twice as much */
};

static struct run_result crowd(const char *const *argv, const char *cache)
{
    char preload[512];
    char folder[512];
    const char *const env[] = {preload, folder, "CURLCACHE_TTL=1h",
                               "CURLCACHE_COALESCE=30s", NULL};

    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", getenv("LCC_PRELOAD"));
    snprintf(folder, sizeof(folder), "CURLCACHE_DIR=%s/cache", cache);
    return run_program(
        &(struct run){.argv = argv, .env = cache ? env : NULL, .home = cache});
}

/* Number @which of what follows @label at the start of a line. */
static long told(const char *text, const char *label, int which)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, label, strlen(label)) == 0 && which-- == 0) {
            return strtol(line + strlen(label), NULL, 10);
        }
    }
    cr_assert_fail("%s is not told in %s", label, text);
    return -1;
}

Test(crowd, ten_thousand_hits_among_misses_lose_nothing, .timeout = 120)
{
    struct origin_nginx origin;
    char *folder = tmpdir_new();
    char base[64];
    char expected[128];

    need_that(origin_nginx_start(&origin), "nginx");
    origin_nginx_file(&origin, "1k", BODY);
    snprintf(base, sizeof(base), "http://127.0.0.1:%d", origin.port);
    snprintf(expected, sizeof(expected), "once %d ok %d bytes %d\n",
             HITS + MISSES, HITS + MISSES, (HITS + MISSES) * BODY);
    {
        char counts[3][16];
        const char *const argv[] = {getenv("LCC_CROWD"), base,      counts[0],
                                    counts[1],           counts[2], NULL};

        snprintf(counts[0], sizeof(counts[0]), "%d", HITS);
        snprintf(counts[1], sizeof(counts[1]), "%d", MISSES);
        snprintf(counts[2], sizeof(counts[2]), "%d", ROUNDS);

        RUN_RESULT result = crowd(argv, folder);
        const char *at = result.out;

        cr_assert_eq(result.exit_code, 0, "%s", result.err);
        for (int i = 0; i < ROUNDS; i++) {
            at = strstr(at, expected);
            cr_assert(at, "round %d: %s", i, result.out);
            at++;
        }
        cr_expect_eq(told(result.out, "open ", ROUNDS - 1),
                     told(result.out, "open ", 0), "%s", result.out);
        cr_expect_leq(told(result.out, "memory ", ROUNDS - 1),
                      told(result.out, "memory ", ROUNDS - 2) + MEMORY_SLACK,
                      "%s", result.out);
    }
    origin_nginx_stop(&origin);
    tmpdir_free(folder);
}

/* The loop sleeps as long as it does without us. */
Test(crowd, nothing_turns_while_only_misses_are_pending, .timeout = 120)
{
    struct origin *origin = origin_start(NULL);
    char *folder = tmpdir_new();
    const char *const argv[] = {getenv("LCC_CROWD"), origin_base(origin),
                                "/slow", "20", NULL};
    RUN_RESULT plain = crowd(argv, NULL);
    RUN_RESULT cached = crowd(argv, folder);
    long eventless = told(plain.out, "eventless ", 0);
    long cpu = told(plain.out, "cpu ", 0);

    cr_expect(strstr(cached.out, "once 20 ok 20 "), "%s", cached.out);
    cr_expect_leq(told(cached.out, "eventless ", 0), eventless + TIMERS_MAX,
                  "%ld eventless turns without us: %s", eventless, cached.out);
    cr_expect_leq(told(cached.out, "turns ", 0), PENDING * EVENTS_MAX, "%s",
                  cached.out);
    /* Storing is paid for here too. */
    cr_expect_leq(told(cached.out, "cpu ", 0), 3 * cpu + CPU_SLACK_US,
                  "%ld us without us: %s", cpu, cached.out);
    tmpdir_free(folder);
    origin_stop(origin);
}

/* All ask for the same, so one transfers and the others wait for it: a turn
 * each time they are looked at, and no more. */
Test(crowd, nothing_turns_while_all_wait_for_one, .timeout = 120)
{
    struct origin *origin = origin_start(NULL);
    char *folder = tmpdir_new();
    const char *const argv[] = {getenv("LCC_CROWD"), origin_base(origin),
                                "/slower#", "20", NULL};
    RUN_RESULT cached = crowd(argv, folder);

    cr_expect(strstr(cached.out, "once 20 ok 20 "), "%s", cached.out);
    cr_expect_eq(origin_total(origin), 1);
    cr_expect_leq(told(cached.out, "turns ", 0), LOOKS_MAX + EVENTS_MAX, "%s",
                  cached.out);
    tmpdir_free(folder);
    origin_stop(origin);
}
