/*
 * test_faults.c - every I/O call of a scripted run goes wrong once
 *
 * One run of curl over a small cache: hits and misses, small and large, a
 * revalidation and an invalidation. Then for each call that the engine makes,
 * the same run with that call spoiled (faulty.c). Each time the program gets
 * what it gets without us; afterwards the cache answers, and nothing wrong.
 *
 * LCC_FAULTS_STEP=1 spoils every call in every way; by default the calls are
 * shared out among the ways, each call in one of them.
 */
#include "tests/preload/stage.h"
#include "tests/support/need.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two that are stored, small and large; two that are not; one that is asked
 * again each time; one that an unsafe request drops. */
#define GETS                                                                   \
    "-sS $URL/small $URL/medium $URL/small?new $URL/medium?new $URL/nocache "  \
    "$URL/nocache $URL/small?gone "
#define SCRIPT                                                                 \
    "curl " GETS "--next -sS -d x $URL/small?gone --next -sS "                 \
    "$URL/small?gone >$DIR/o; echo $?; cksum <$DIR/o; "
#define LATER "curl " GETS ">$DIR/o; echo $?; cksum <$DIR/o; "
#define POPULATE                                                               \
    "curl -sS $URL/small $URL/medium $URL/nocache $URL/small?gone >$DIR/o"
#define KEEP_CACHE                                                             \
    "rm -rf $DIR/full; cp -a --sparse=always $CURLCACHE_DIR $DIR/full"
#define RENEW_CACHE                                                            \
    "rm -rf $CURLCACHE_DIR; cp -a --sparse=always $DIR/full $CURLCACHE_DIR; "

/* "/nocache" twice: all else is stored. */
enum { REQUESTS_LATER = 2, CALLS_MAX = 4000 };

static const char *const kinds[] = {"fail", "full", "short", "delay"};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* Settings or a folder that cannot be used are told of, in one line. */
static bool is_our_word(const char *said)
{
    static const char word[] = "curlcache: ";
    const char *end = strchr(said, '\n');

    return strncmp(said, word, sizeof(word) - 1) == 0 && end && !end[1] &&
           strstr(said, "caching is off");
}

static char *say(struct stage *stage, enum stage_mode mode, const char *env,
                 const char *line, const char *what)
{
    RUN_RESULT result = stage_run(stage, mode, env, line);

    cr_assert(result.exit_code == 0 && !result.timed_out,
              "%s: exit %d, signal %d: %s", what, result.exit_code,
              result.signal, result.err);
    cr_expect(result.err_size == 0 || is_our_word(result.err), "%s: %s", what,
              result.err);
    return strdup(result.out);
}

static void expect_said(struct stage *stage, const char *line,
                        const char *wanted, const char *what)
{
    char *said = say(stage, STAGE_CACHED, "", line, what);

    cr_expect_str_eq(said, wanted, "%s", what);
    free(said);
}

/* How many calls an unspoiled run makes. */
static int count_calls(struct stage *stage)
{
    char *path = text_of("%s/count", stage->folder);
    char *text;
    int count;

    free(say(stage, STAGE_CACHED, "",
             RENEW_CACHE "FAULT_COUNT=$DIR/count "
                         "LD_PRELOAD=$LD_PRELOAD:$FAULTY " SCRIPT,
             "counting"));
    text = file_read(path, NULL);
    count = text ? (int)strtol(text, NULL, 10) : 0;
    cr_assert(count > 20 && count < CALLS_MAX, "%d calls", count);
    free(text);
    free(path);
    return count;
}

struct wanted {
    char *script;
    char *later;
};

static void spoil(struct stage *stage, const struct wanted *wanted,
                  const char *kind, int at)
{
    char *line = text_of(RENEW_CACHE "FAULT_COUNT=$DIR/count FAULT_AT=%d "
                                     "FAULT_KIND=%s "
                                     "LD_PRELOAD=$LD_PRELOAD:$FAULTY " SCRIPT,
                         at, kind);
    char *path = text_of("%s/count", stage->folder);
    char *what;

    char *said = say(stage, STAGE_CACHED, "", line, line);
    char *count = file_read(path, NULL);

    what = text_of("%s at call %d (of %s)", kind, at, count ? count : "?");
    cr_expect_str_eq(said, wanted->script, "%s", what);
    expect_said(stage, LATER, wanted->later, what);
    stage_requests(stage);
    expect_said(stage, LATER, wanted->later, what);
    cr_expect_eq(stage_requests(stage), REQUESTS_LATER, "%s: not stored later",
                 what);
    free(said);
    free(count);
    free(what);
    free(path);
    free(line);
}

static struct stage *begin(struct wanted *ret)
{
    stage_need("curl");
    struct stage *stage = stage_begin();

    stage_set(stage, "FAULTY", getenv("LCC_FAULTY"));
    ret->script = say(stage, STAGE_PLAIN, "", SCRIPT, "plain");
    ret->later = say(stage, STAGE_PLAIN, "", LATER, "plain, later");
    free(say(stage, STAGE_CACHED, "", POPULATE, "populating"));
    free(say(stage, STAGE_PLAIN, "", KEEP_CACHE, "keeping"));
    return stage;
}

ParameterizedTestParameters(faults, no_spoiled_call_is_noticed)
{
    static size_t which[KINDS];

    for (size_t i = 0; i < KINDS; i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, KINDS);
}

ParameterizedTest(size_t *which, faults, no_spoiled_call_is_noticed,
                  .timeout = 1200)
{
    const char *text = getenv("LCC_FAULTS_STEP");
    int step = text ? (int)strtol(text, NULL, 10) : KINDS;
    struct wanted wanted;
    struct stage *stage = begin(&wanted);
    int count = count_calls(stage);

    cr_assert(step > 0);
    for (int at = 1 + (int)*which % step; at <= count; at += step) {
        spoil(stage, &wanted, kinds[*which], at);
    }
    free(wanted.script);
    free(wanted.later);
    stage_end(stage);
}
