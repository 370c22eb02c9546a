/*
 * test_observables.c - each option of delivery and each info: a hit shows what
 * the transfer showed, but for the differences listed in transcript.c
 */
#include "tests/preload/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect_same(const char *which, const char *plain, const char *got)
{
    char *a = transcript_normal(plain);
    char *b = transcript_normal(got);
    char *different = transcript_compare("plain", a, which, b);

    cr_expect_null(different, "%s", different);
    free(different);
    free(a);
    free(b);
}

Test(observables, of_each_row_of_the_tables, .timeout = 240)
{
    const char *env = "CURLCACHE_TTL=1h CURLCACHE_CODES=all";
    const char *line = "exec $LCC_OBSERVE $URL";
    struct stage *stage = stage_begin();
    RUN_RESULT plain = stage_run(stage, STAGE_PLAIN, "", line);

    cr_assert_eq(plain.exit_code, 0, "%s", plain.err);
    cr_expect(strstr(plain.out, "--- VERBOSE 1") != NULL);
    int requests = stage_requests(stage);

    RUN_RESULT cold = stage_run(stage, STAGE_CACHED, env, line);

    cr_expect_eq(cold.exit_code, 0);
    expect_same("cold, out", plain.out, cold.out);
    expect_same("cold, err", plain.err, cold.err);
    cr_expect_lt(stage_requests(stage), requests / 4);
    RUN_RESULT warm = stage_run(stage, STAGE_CACHED, env, line);

    cr_expect_eq(warm.exit_code, 0);
    expect_same("warm, out", plain.out, warm.out);
    expect_same("warm, err", plain.err, warm.err);
    cr_expect_eq(stage_requests(stage), 0);
    stage_end(stage);
}
