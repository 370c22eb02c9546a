/*
 * test_faults.c - every I/O call of a scripted run goes wrong once
 *
 * A table of runs of curl over a small cache: hits and misses, small and large,
 * a revalidation and an invalidation; several at once, one of them waiting for
 * another; two processes, one waiting for the other; ranges; evictions. For
 * each call that the engine makes, the same run with that call spoiled
 * (faulty.c). Each time the program gets what it gets without us; afterwards
 * the cache answers, and nothing wrong.
 *
 * LCC_FAULTS_STEP=1 spoils every call in every way; by default the calls of a
 * script are shared out, each in one way, or one in some.
 */
#include "store/base.h"
#include "tests/preload/stage.h"
#include "tests/support/need.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct script {
    const char *name;
    const char *env;      /* settings besides */
    const char *populate; /* makes the cache that each run begins with */
    const char *run;      /* %s: before each program, to have it spoiled */
    const char *later;    /* afterwards, twice, not spoiled */
    int asked_later;      /* requests of the second time */
    int share;            /* by default so many calls less are spoiled */
};

#define TOLD(line) line " >$DIR/o; echo $?; cksum <$DIR/o; "
/* Several at once end in any order. */
#define FILES "cat $DIR/[1-6] | cksum; "

/* Two that are stored, small and large; two that are not; one that is asked
 * again each time; one that an unsafe request drops. */
#define GETS                                                                   \
    "curl -sS $URL/small $URL/medium $URL/small?new $URL/medium?new "          \
    "$URL/nocache $URL/nocache $URL/small?gone "
#define AT_ONCE                                                                \
    "curl -sS --no-progress-meter -Z -o $DIR/1 $URL/small -o $DIR/2 "          \
    "$URL/medium "                                                             \
    "-o $DIR/3 $URL/slow -o $DIR/4 $URL/slow -o $DIR/5 $URL/small?new "        \
    "-o $DIR/6 $URL/nocache; echo $?; " FILES
#define PARTS                                                                  \
    "curl -sS -r 0-999 $URL/ranged --next -sS -r 5000-79999 $URL/ranged "      \
    "--next -sS -r 500-6000 $URL/ranged --next -sS -r 100000-100099 "          \
    "$URL/ranged "

static const struct script scripts[] = {
    {"one after the other", "",
     "curl -sS $URL/small $URL/medium $URL/nocache $URL/small?gone >$DIR/o",
     "%s " TOLD(GETS "--next -sS -d x $URL/small?gone --next -sS "
                     "$URL/small?gone"),
     /* "/nocache" twice: all else is stored. */
     TOLD(GETS), 2, 1},
    {"several at once, one waits", "CURLCACHE_TTL=1h CURLCACHE_COALESCE=5s",
     "curl -sS $URL/medium >$DIR/o", "%s " AT_ONCE, AT_ONCE, 0, 4},
    {"two processes, one waits", "CURLCACHE_TTL=1h CURLCACHE_COALESCE=5s",
     "curl -sS $URL/medium >$DIR/o",
     "%s curl -sS -o $DIR/1 $URL/slow & %s curl -sS -o $DIR/2 $URL/slow; "
     "echo $?; wait $!; echo $?; cat $DIR/[12] | cksum",
     TOLD("curl -sS $URL/slow"), 0, 4},
    {"ranges", "CURLCACHE_TTL=1h", "curl -sS -r 2000-4000 $URL/ranged >$DIR/o",
     "%s " TOLD(PARTS), TOLD(PARTS), 0, 4},
    {"evictions", "CURLCACHE_MAX_SIZE=700K CURLCACHE_MAX_ENTRY=200K",
     "curl -sS $URL/small $URL/medium $URL/medium?2 $URL/medium?3 >$DIR/o",
     "%s " TOLD("curl -sS $URL/small $URL/medium?4 $URL/medium?5 $URL/medium?6 "
                "$URL/medium?7 $URL/medium?4"),
     TOLD("curl -sS $URL/medium?8 $URL/medium?8"), 0, 4},
};

#define KEEP_CACHE                                                             \
    "rm -rf $DIR/full; cp -a --sparse=always $CURLCACHE_DIR $DIR/full"
#define RENEW_CACHE                                                            \
    "rm -rf $CURLCACHE_DIR; cp -a --sparse=always $DIR/full $CURLCACHE_DIR; "

enum { CALLS_MAX = 4000 };

static const char *const kinds[] = {"fail", "full", "short", "delay"};
enum { KINDS = LCC_ARRAY_SIZE(kinds), SCRIPTS = LCC_ARRAY_SIZE(scripts) };

/* Settings or a folder that cannot be used are told of, in one line of each
 * process. */
static bool are_our_words(const char *said)
{
    static const char word[] = "curlcache: ";
    bool ours = true;

    while (ours && *said) {
        const char *end = strchr(said, '\n');
        const char *off = strstr(said, "caching is off");

        ours = strncmp(said, word, sizeof(word) - 1) == 0 && end && off &&
               off < end;
        said = end ? end + 1 : said;
    }
    return ours;
}

static char *say(struct stage *stage, enum stage_mode mode, const char *env,
                 const char *line, const char *what)
{
    RUN_RESULT result = stage_run(stage, mode, env, line);

    cr_assert(result.exit_code == 0 && !result.timed_out,
              "%s: exit %d, signal %d: %s", what, result.exit_code,
              result.signal, result.err);
    cr_expect(are_our_words(result.err), "%s: %s", what, result.err);
    return strdup(result.out);
}

static void expect_said(struct stage *stage, const struct script *script,
                        const char *wanted, const char *what)
{
    char *said = say(stage, STAGE_CACHED, script->env, script->later, what);

    cr_expect_str_eq(said, wanted, "%s", what);
    free(said);
}

/* The run, with @spoiling before each program. */
static char *line_of(const struct script *script, const char *spoiling)
{
    const char *at = script->run;
    char *line = text_of("%s", "");

    for (const char *here; (here = strstr(at, "%s ")) != NULL; at = here + 3) {
        char *longer =
            text_of("%s%.*s%s ", line, (int)(here - at), at, spoiling);

        free(line);
        line = longer;
    }
    char *whole = text_of("%s%s", line, at);

    free(line);
    return whole;
}

/* A run on a cache that is as it was, its calls counted. */
static char *spoiled_line(const struct script *script, const char *kind, int at)
{
    char *spoiling = text_of("FAULT_COUNT=$DIR/count FAULT_AT=%d FAULT_KIND=%s "
                             "LD_PRELOAD=$LD_PRELOAD:$FAULTY",
                             at, kind);
    char *run = line_of(script, spoiling);
    char *line = text_of("%s%s", RENEW_CACHE, run);

    free(spoiling);
    free(run);
    return line;
}

/* How many calls an unspoiled run makes. */
static int count_calls(struct stage *stage, const struct script *script)
{
    char *path = text_of("%s/count", stage->folder);
    char *line = spoiled_line(script, "none", 0);
    char *text;
    int count;

    free(say(stage, STAGE_CACHED, script->env, line, "counting"));
    text = file_read(path, NULL);
    count = text ? (int)strtol(text, NULL, 10) : 0;
    cr_assert(count > 20 && count < CALLS_MAX, "%d calls", count);
    free(text);
    free(path);
    free(line);
    return count;
}

struct wanted {
    char *run;
    char *later;
};

static void spoil(struct stage *stage, const struct script *script,
                  const struct wanted *wanted, const char *kind, int at)
{
    char *line = spoiled_line(script, kind, at);
    char *path = text_of("%s/count", stage->folder);
    char *said = say(stage, STAGE_CACHED, script->env, line, line);
    char *count = file_read(path, NULL);
    char *what = text_of("%s: %s at call %d (of %s)", script->name, kind, at,
                         count ? count : "?");

    cr_expect_str_eq(said, wanted->run, "%s", what);
    expect_said(stage, script, wanted->later, what);
    stage_requests(stage);
    expect_said(stage, script, wanted->later, what);
    cr_expect_eq(stage_requests(stage), script->asked_later,
                 "%s: not stored later", what);
    free(said);
    free(count);
    free(what);
    free(path);
    free(line);
}

static struct stage *begin(const struct script *script, struct wanted *ret)
{
    stage_need("curl");
    struct stage *stage = stage_begin();
    char *plain = line_of(script, "");

    stage_set(stage, "FAULTY", getenv("LCC_FAULTY"));
    ret->run = say(stage, STAGE_PLAIN, "", plain, "plain");
    ret->later = say(stage, STAGE_PLAIN, "", script->later, "plain, later");
    free(say(stage, STAGE_CACHED, script->env, script->populate, "populating"));
    free(say(stage, STAGE_PLAIN, "", KEEP_CACHE, "keeping"));
    free(plain);
    return stage;
}

static void spoil_all(const struct script *script, size_t kind)
{
    const char *text = getenv("LCC_FAULTS_STEP");
    int step = text ? (int)strtol(text, NULL, 10) : KINDS * script->share;
    struct wanted wanted;
    struct stage *stage = begin(script, &wanted);
    int count = count_calls(stage, script);

    cr_assert(step > 0);
    for (int at = 1 + (int)kind * script->share % step; at <= count;
         at += step) {
        spoil(stage, script, &wanted, kinds[kind], at);
    }
    printf("%s, %s: %d calls, one in %d\n", script->name, kinds[kind], count,
           step);
    free(wanted.run);
    free(wanted.later);
    stage_end(stage);
}

ParameterizedTestParameters(faults, no_spoiled_call_is_noticed)
{
    static size_t which[SCRIPTS * KINDS];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(which); i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, LCC_ARRAY_SIZE(which));
}

ParameterizedTest(size_t *which, faults, no_spoiled_call_is_noticed,
                  .timeout = 7200)
{
    spoil_all(&scripts[*which / KINDS], *which % KINDS);
}
