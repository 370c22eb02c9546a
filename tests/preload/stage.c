/*
 * stage.c - running shell lines with and without the preload
 */
#include "tests/preload/stage.h"

#include "tests/support/need.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct stage *stage_begin(void)
{
    struct stage *stage = calloc(1, sizeof(*stage));

    cr_assert_not_null(stage);
    stage->folder = tmpdir_new();
    stage->socket = text_of("%s/sock", stage->folder);
    stage->cache = text_of("%s/cache", stage->folder);
    stage->origin = origin_start(stage->socket);
    stage_set(stage, "URL", origin_base(stage->origin));
    stage_set(stage, "SOCK", stage->socket);
    stage_set(stage, "DIR", stage->folder);
    stage_set(stage, "CURLCACHE_DIR", stage->cache);
    char *port = text_of("%d", origin_port(stage->origin));

    stage_set(stage, "PORT", port);
    free(port);
    return stage;
}

struct stage *stage_end(struct stage *stage)
{
    if (stage) {
        origin_stop(stage->origin);
        for (size_t i = 0; i < stage->owned_count; i++) {
            free(stage->owned[i]);
        }
        free(stage->socket);
        free(stage->cache);
        tmpdir_free(stage->folder);
        free(stage);
    }
    return NULL;
}

void stage_set(struct stage *stage, const char *name, const char *value)
{
    cr_assert_lt(stage->owned_count, (size_t)STAGE_ENV_MAX);
    stage->owned[stage->owned_count++] = text_of("%s=%s", name, value);
}

struct run_result stage_run(struct stage *stage, enum stage_mode mode,
                            const char *env, const char *line)
{
    const char *words[STAGE_ENV_MAX * 2 + 2] = {NULL};
    char *mine[STAGE_ENV_MAX];
    size_t count = 0;
    size_t mine_count = 0;

    for (; count < stage->owned_count; count++) {
        words[count] = stage->owned[count];
    }
    for (const char *at = env; *at && mine_count + 1 < STAGE_ENV_MAX;) {
        size_t length = strcspn(at, " ");

        mine[mine_count++] = text_of("%.*s", (int)length, at);
        at += length + strspn(at + length, " ");
    }
    if (mode == STAGE_CACHED) {
        mine[mine_count++] = text_of("LD_PRELOAD=%s", getenv("LCC_PRELOAD"));
    }
    for (size_t i = 0; i < mine_count; i++) {
        words[count++] = mine[i];
    }
    struct run_result result =
        run_program(&(struct run){.argv = ARGV("sh", "-c", line),
                                  .env = words,
                                  .home = stage->folder});

    for (size_t i = 0; i < mine_count; i++) {
        free(mine[i]);
    }
    cr_assert(!result.timed_out, "it hangs: %s\n%.2000s", line, result.err);
    return result;
}

char *stage_say(struct stage *stage, const char *env, const char *line)
{
    RUN_RESULT result = stage_run(stage, STAGE_CACHED, env, line);

    return text_of("%s", result.out);
}

struct run_result stage_tool(struct stage *stage, const char *arguments)
{
    char *line = text_of("\"$TOOL\" %s", arguments);

    if (!getenv("TOOL")) {
        setenv("TOOL", getenv("LCC_TOOL"), 1);
    }
    struct run_result result = stage_run(stage, STAGE_PLAIN, "", line);

    free(line);
    return result;
}

int stage_requests(struct stage *stage)
{
    int total = origin_total(stage->origin);
    int fresh = total - stage->seen;

    stage->seen = total;
    return fresh;
}

void stage_need_that(bool there, const char *what)
{
    need_that(there, what);
}

void stage_need(const char *program)
{
    need_program(program);
}
