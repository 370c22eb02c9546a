/*
 * test_costs.c - what a warm hit asks of the allocator and of the kernel
 *
 * Counted, not timed: a whole hit, through the preloaded object, the engine and
 * the store, as a program sees it.
 */
#include "tests/preload/stage.h"
#include "tests/support/cases.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define CLIENT "$LCC_COSTS $URL/page "
#define ENV "CURLCACHE_TTL=1h"

struct costs_case {
    const char *name;
    const char *words;    /* of costs_client */
    const char *expected; /* what it prints */
};

/* clang-format off */
static const struct costs_case cases[] = {
    {"easy", "easy plain allocations", "0\n"},
    {"easy, who listens to headers", "easy lines allocations", "0\n"},
    {"multi", "multi plain allocations", "0\n"},
    {"multi, who listens to headers", "multi lines allocations", "0\n"},
    {"system calls", "easy plain calls", "quiet\n"},
    {"system calls, who ignores SIGPIPE", "easy ignored calls", "quiet\n"},
    {"no system call but for SIGPIPE", "easy nosignal calls", "quiet\n"},
    {"multi, system calls", "multi plain calls", "quiet\n"},
    {"multi, no system call but for SIGPIPE", "multi nosignal calls", "quiet\n"},
};
/* clang-format on */

static void answer(struct stage *stage)
{
    const struct origin_response response = {
        .path = "/page",
        .fields = "Cache-Control: max-age=600\r\nETag: \"a\"\r\n"
                  "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        .body = "some bytes\n",
    };

    origin_answer(stage->origin, &response);
}

LCC_CASES(costs, of_a_warm_hit, cases)
{
    const struct costs_case *c = &cases[*which];
    struct stage *stage = stage_begin();
    char line[128];

    answer(stage);
    snprintf(line, sizeof(line), CLIENT "%s", c->words);
    RUN_RESULT now = stage_run(stage, STAGE_CACHED, ENV, line);

    cr_expect_eq(now.exit_code, 0, "%s: exit %d, signal %d: %s", c->name,
                 now.exit_code, now.signal, now.err);
    cr_expect_str_eq(now.out, c->expected, "%s", c->name);
    cr_expect_eq(stage_requests(stage), 1, "%s: all but the first are hits",
                 c->name);
    stage_end(stage);
}

/* The count is one that counts: a transfer that is libcurl's own allocates, and
 * talks to the kernel. */
Test(costs, a_plain_transfer_has_some, .timeout = 60)
{
    struct stage *stage = stage_begin();

    answer(stage);
    RUN_RESULT counted =
        stage_run(stage, STAGE_PLAIN, "", CLIENT "easy plain allocations");
    RUN_RESULT confined =
        stage_run(stage, STAGE_PLAIN, "", CLIENT "easy plain calls");

    cr_expect_eq(counted.exit_code, 0);
    cr_expect_str_neq(counted.out, "0\n");
    cr_expect_str_neq(confined.out, "quiet\n");
    stage_end(stage);
}
