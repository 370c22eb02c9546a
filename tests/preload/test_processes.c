/*
 * test_processes.c - forks, programs, signals, and rights taken away
 *
 * Each scene of process_client.c runs plain, cold and warm. What it says must
 * be the same; where it takes something away step by step, a cached transfer
 * must succeed wherever the plain one does.
 */
#include "tests/preload/stage.h"

#include "tests/support/cases.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { COLD_AND_WARM = 2, LONGEST_S = 50 };

static const struct scene {
    const char *name;
    bool root;
    bool stepwise; /* may do better than plain, and not worse */
} scenes[] = {
    {.name = "get"},
    {.name = "children"},
    {.name = "children-of-callbacks"},
    {.name = "child-in-the-middle"},
    {.name = "forks-beside-threads"},
    {.name = "exec-in-a-callback"},
    {.name = "jumps"},
    {.name = "jumps-and-cleanup"},
    {.name = "cancelled"},
    {.name = "closefrom"},
    {.name = "few-descriptors"},
    {.name = "hardly-descriptors", .stepwise = true},
    {.name = "hardly-memory", .stepwise = true},
    {.name = "hardly-memory-later", .stepwise = true},
    {.name = "chroot-first", .root = true},
    {.name = "chroot-later", .root = true},
    {.name = "seccomp-first"},
    {.name = "seccomp-later"},
};

/* Every line of @plain that tells of a success is in @got. */
static void expect_no_worse(const char *name, const char *plain,
                            const char *got)
{
    char *lines = text_of("%s", plain);
    char *rest = NULL;
    int successes = 0;

    for (char *line = strtok_r(lines, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strstr(line, ": 0, 200, ")) {
            successes++;
            cr_expect(strstr(got, line) != NULL, "%s: not so: %s\n%s", name,
                      line, got);
        }
    }
    cr_expect(successes > 0, "%s: nothing succeeds:\n%s", name, plain);
    free(lines);
}

LCC_CASES(processes, the_same_plain_cold_and_warm, scenes)
{
    const struct scene *scene = &scenes[*which];

    stage_need_that(!scene->root || geteuid() == 0, "root");
    struct stage *stage = stage_begin();
    char *line = text_of("exec $LCC_PROCESS $URL %s", scene->name);
    RUN_RESULT plain = stage_run(stage, STAGE_PLAIN, "", line);

    cr_expect_eq(plain.exit_code, 0, "%s plain: %d", scene->name,
                 plain.exit_code);
    cr_expect_gt(plain.out_size, 0, "%s", scene->name);
    stage_requests(stage);
    for (int i = 0; i < COLD_AND_WARM; i++) {
        RUN_RESULT got =
            stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=1h", line);

        cr_expect_eq(got.exit_code, 0, "%s, run %d: %d, signal %d", scene->name,
                     i, got.exit_code, got.signal);
        cr_expect_str_eq(got.err, plain.err, "%s, run %d", scene->name, i);
        if (scene->stepwise) {
            expect_no_worse(scene->name, plain.out, got.out);
        } else {
            char *different =
                transcript_compare("plain", plain.out, "cached", got.out);

            cr_expect_null(different, "%s, run %d: %s", scene->name, i,
                           different);
            free(different);
        }
    }
    free(line);
    stage_end(stage);
}
