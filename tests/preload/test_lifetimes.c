/*
 * test_lifetimes.c - how long an answer is good for, as a user meets it
 */
#include "tests/preload/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TTL_S = 2, WAIT_S = 3 };

static void expect_asked(struct stage *stage, const char *env, const char *line,
                         int wanted, const char *why)
{
    RUN_RESULT now = stage_run(stage, STAGE_CACHED, env, line);
    int seen = stage_requests(stage);

    cr_expect_eq(seen, wanted, "%s: the origin saw %d requests, not %d", why,
                 seen, wanted);
    cr_expect_str_eq(now.err, "", "%s", why);
}

/* The one real sleep of these tests: clocks of programs cannot be moved. */
Test(lifetimes, a_new_ttl_acts_on_what_is_stored, .timeout = 60)
{
    static const char line[] = "curl -sS $URL/bare";

    stage_need("curl");
    struct stage *stage = stage_begin();

    expect_asked(stage, "", line, 1, "nothing stored");
    expect_asked(stage, "", line, 0, "an hour without a TTL");
    sleep(WAIT_S);
    expect_asked(stage, "CURLCACHE_TTL=2", line, 1, "older than two seconds");
    expect_asked(stage, "CURLCACHE_TTL=2", line, 0, "stored just now");
    expect_asked(stage, "CURLCACHE_TTL=0", line, 1, "nothing lives for zero");
    stage_end(stage);
}

Test(lifetimes, a_post_reaches_the_origin_and_makes_the_get_fresh,
     .timeout = 60)
{
    static const char get[] = "curl -sS $URL/numbered";

    stage_need("curl");
    struct stage *stage = stage_begin();

    expect_asked(stage, "CURLCACHE_TTL=1h", get, 1, "first");
    expect_asked(stage, "CURLCACHE_TTL=1h", get, 0, "stored");
    for (int i = 0; i < 2; i++) {
        expect_asked(stage, "CURLCACHE_TTL=1h", "curl -sS -d a=1 $URL/numbered",
                     1, "each POST");
    }
    cr_expect_eq(origin_count(stage->origin, "POST", "/numbered"), 2);
    char *fresh = stage_say(stage, "CURLCACHE_TTL=1h", get);

    cr_expect_str_eq(fresh, "answer 4\n", "%s", fresh);
    free(fresh);
    stage_end(stage);
}

/* A POST that failed changed nothing that we know of. */
Test(lifetimes, a_post_that_fails_leaves_what_is_stored, .timeout = 60)
{
    stage_need("curl");
    struct stage *stage = stage_begin();

    expect_asked(stage, "CURLCACHE_TTL=1h", "curl -sS $URL/numbered", 1, "get");
    origin_answer(stage->origin, &(struct origin_response){.path = "/numbered",
                                                           .status = 503,
                                                           .body = "no\n"});
    expect_asked(stage, "CURLCACHE_TTL=1h",
                 "curl -sS -o /dev/null -d a=1 $URL/numbered", 1, "post");
    expect_asked(stage, "CURLCACHE_TTL=1h", "curl -sS $URL/numbered", 0,
                 "still stored");
    stage_end(stage);
}

Test(lifetimes, clear_forgets, .timeout = 60)
{
    stage_need("curl");
    struct stage *stage = stage_begin();

    expect_asked(stage, "", "curl -sS $URL/bare", 1, "first");
    expect_asked(stage, "", "curl -sS $URL/bare", 0, "stored");
    RUN_RESULT cleared = stage_tool(stage, "clear");

    cr_expect_eq(cleared.exit_code, 0, "%s", cleared.err);
    expect_asked(stage, "", "curl -sS $URL/bare", 1, "after clear");
    stage_end(stage);
}

Test(lifetimes, fallback_zero_leaves_the_standard, .timeout = 60)
{
    stage_need("curl");
    struct stage *stage = stage_begin();

    for (int i = 0; i < 2; i++) {
        expect_asked(stage, "CURLCACHE_FALLBACK_TTL=0", "curl -sS $URL/bare", 1,
                     "states nothing");
    }
    expect_asked(stage, "CURLCACHE_FALLBACK_TTL=0", "curl -sS $URL/maxage", 1,
                 "states ten minutes");
    expect_asked(stage, "CURLCACHE_FALLBACK_TTL=0", "curl -sS $URL/maxage", 0,
                 "states ten minutes");
    stage_end(stage);
}

/* Set-Cookie is not shared by the fallback, and is with a TTL. */
Test(lifetimes, set_cookie_needs_a_ttl, .timeout = 60)
{
    stage_need("curl");
    struct stage *stage = stage_begin();

    expect_asked(stage, "", "curl -sS $URL/cookies", 1, "nothing set");
    expect_asked(stage, "", "curl -sS $URL/cookies", 1, "nothing set");
    expect_asked(stage, "CURLCACHE_TTL=1h", "curl -sS $URL/cookies", 1, "TTL");
    expect_asked(stage, "CURLCACHE_TTL=1h", "curl -sS $URL/cookies", 0, "TTL");
    stage_end(stage);
}
