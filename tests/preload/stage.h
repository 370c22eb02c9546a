/*
 * stage.h - what every test of real programs stands on
 *
 * A folder, an origin (also on a unix socket), and shell lines that run with
 * or without the preload. A line knows $URL, $PORT, $SOCK and $DIR.
 */
#ifndef LCC_TESTS_STAGE_H
#define LCC_TESTS_STAGE_H

#include "tests/support/origin.h"
#include "tests/support/run.h"
#include "tests/support/tmpdir.h"
#include "tests/support/transcript.h"

enum { STAGE_ENV_MAX = 32 };

struct stage {
    char *folder;
    char *socket;
    char *cache; /* CURLCACHE_DIR */
    struct origin *origin;
    char *owned[STAGE_ENV_MAX];
    size_t owned_count;
    int seen; /* requests that were told by stage_requests() */
};

enum stage_mode { STAGE_PLAIN, STAGE_CACHED };

struct stage *stage_begin(void);
struct stage *stage_end(struct stage *stage);
/* Another variable for the lines: kept until the end. */
void stage_set(struct stage *stage, const char *name, const char *value);

/* Run a line by sh. @env: words with one space between them, such as
 * "CURLCACHE_TTL=1h CURLCACHE_MODE=offline"; "" for none. */
struct run_result stage_run(struct stage *stage, enum stage_mode mode,
                            const char *env, const char *line);
/* As stage_run() under the preload; its output alone, freed by the caller. */
char *stage_say(struct stage *stage, const char *env, const char *line);
/* The command-line tool on this stage's cache. */
struct run_result stage_tool(struct stage *stage, const char *arguments);
/* Requests that reached the origin since this was last asked. */
int stage_requests(struct stage *stage);

/* need.h, for the lines: skipped by name, in CI failed. */
void stage_need(const char *program);
/* The same for anything else that a test needs: @there says if it is. */
void stage_need_that(bool there, const char *what);

#endif
