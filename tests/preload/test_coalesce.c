/*
 * test_coalesce.c - one fetch for many, among processes and threads
 *
 * The origin sends a head at once and the body after a pause, so that whoever
 * starts within that pause misses as well.
 */
#include "tests/preload/stage.h"
#include "tests/support/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRESH "Cache-Control: max-age=600\r\n"
/* The preload is for the client alone: a sanitised one cannot be in a shell. */
#define CLIENT "env LD_PRELOAD=$LCC_PRELOAD $LCC_COALESCE_CLIENT $URL/page "
#define OTHER "env LD_PRELOAD=$LCC_PRELOAD $LCC_COALESCE_CLIENT $URL/small "
/* Beside what follows in the line, and first at the origin. */
#define LEADER(steps)                                                          \
    CLIENT "mark=$DIR/head " steps " >$DIR/leader 2>&1 & leader=$!; "          \
           "until [ -e $DIR/head ]; do sleep 0.05; done; "

/* Who waits for what does not come waits for far longer than its test. */
#define LONG "CURLCACHE_COALESCE=40s"

enum {
    SLOW_MS = 2500, /* of a whole answer */
    SOON_MS = 1000, /* far less, whatever the load */
    STUCK_MS = 60 * 1000,
    HELD_MS = 20 * 1000, /* less than LONG; all else has passed by then */
    MANY = 16,
    PIECE = 4096, /* bytes after which the origin rests again */
};

static void answer(struct stage *stage, const char *fields, int pause_ms)
{
    const struct origin_response response = {
        .path = "/page",
        .fields = fields,
        .content = ORIGIN_NUMBERED,
        .pause_ms = pause_ms,
    };

    origin_answer(stage->origin, &response);
}

static struct stage *begin(const char *fields, int pause_ms)
{
    struct stage *stage = stage_begin();

    answer(stage, fields, pause_ms);
    return stage;
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* A counter of `curlcache stats`. */
static long counted(struct stage *stage, const char *word)
{
    RUN_RESULT stats = stage_tool(stage, "stats --format json");
    char *name = text_of("\"%s\":", word);
    const char *at = strstr(stats.out, name);
    long count = at ? strtol(at + strlen(name), NULL, 10) : -1;

    cr_expect(at != NULL, "no %s in %s", name, stats.out);
    free(name);
    return count;
}

/* How often @word stands in @text. */
static int times(const char *text, const char *word)
{
    int count = 0;

    while ((text = strstr(text, word)) != NULL) {
        text += strlen(word);
        count++;
    }
    return count;
}

static void expect_said(struct stage *stage, const char *env, const char *line,
                        const char *wanted)
{
    RUN_RESULT now = stage_run(stage, STAGE_PLAIN, env, line);

    cr_expect_str_eq(now.out, wanted, "%s: exit %d, signal %d: %s", line,
                     now.exit_code, now.signal, now.err);
}

/* The number that a line prints. */
static long measured(struct stage *stage, const char *env, const char *line)
{
    RUN_RESULT now = stage_run(stage, STAGE_PLAIN, env, line);
    char *end;
    long number = strtol(now.out, &end, 10);

    cr_expect(end != now.out, "%s: exit %d, signal %d: %s", line, now.exit_code,
              now.signal, now.err);
    return number;
}

/* --- one request --------------------------------------------------------- */

struct crowd {
    const char *what;
    const char *line;
};

static const struct crowd crowds[] = {
    {"sixteen processes", "for i in $(seq 16); do " CLIENT "get & done; wait"},
    {"sixteen threads", CLIENT "threads=16"},
    {"a multi handle of sixteen", CLIENT "multi=16"},
    {"multi handles and threads",
     "for i in 1 2; do " CLIENT "multi=4 & " CLIENT "threads=4 & done; wait"},
    {"four processes of four threads",
     "for i in 1 2 3 4; do " CLIENT "threads=4 & done; wait"},
};

LCC_CASES(coalesce, one_request_and_equal_answers, crowds)
{
    const struct crowd *crowd = &crowds[*which];
    struct stage *stage = begin(FRESH, SLOW_MS);

    /* Who meets a cache that another is still making does without. This is the
     * origin's first answer. */
    expect_said(stage, "", OTHER "status get", "");
    long stored = counted(stage, "stored");

    stage_requests(stage);
    RUN_RESULT now = stage_run(stage, STAGE_PLAIN, "", crowd->line);

    cr_expect_eq(now.exit_code, 0, "%s: %s", crowd->what, now.err);
    cr_expect_eq(times(now.out, "answer 2\n"), MANY, "%s: %s", crowd->what,
                 now.out);
    cr_expect_eq(stage_requests(stage), 1, "%s", crowd->what);
    cr_expect_eq(counted(stage, "stored"), stored + 1, "%s", crowd->what);
    cr_expect_gt(counted(stage, "coalesced"), 0, "%s", crowd->what);
    stage_end(stage);
}

/* Those whom an answer of many pieces is promised wait for its end. */
Test(coalesce, a_large_body_is_fetched_once, .timeout = 60)
{
    struct stage *stage = stage_begin();
    const struct origin_response large = {.path = "/page",
                                          .fields = FRESH,
                                          .size = 300 * 1024,
                                          .pause_ms = 10};

    origin_answer(stage->origin, &large);
    expect_said(stage, "",
                "for i in 1 2 3 4; do " CLIENT
                "get >$DIR/$i & done; wait; cat $DIR/[1-4] | wc -c;"
                " cmp $DIR/1 $DIR/2 && cmp $DIR/2 $DIR/3 && cmp $DIR/3 $DIR/4",
                "1228800\n");
    cr_expect_eq(stage_requests(stage), 1);
    stage_end(stage);
}

Test(coalesce, a_stale_response_is_checked_once, .timeout = 60)
{
    struct stage *stage = begin("Cache-Control: max-age=1\r\n", 0);

    expect_said(stage, "", CLIENT "get; sleep 2.1", "answer 1\n");
    answer(stage, FRESH, SLOW_MS);
    expect_said(stage, "", "for i in 1 2 3; do " CLIENT "get & done; wait",
                "answer 2\nanswer 2\nanswer 2\n");
    cr_expect_eq(stage_requests(stage), 2);
    cr_expect_eq(counted(stage, "coalesced-stale"), 2);
    stage_end(stage);
}

/* --- nobody hangs -------------------------------------------------------- */

Test(coalesce, when_the_leader_is_killed_one_more_asks, .timeout = 60)
{
    struct stage *stage = stage_begin();
    const struct origin_response halves = {.path = "/page",
                                           .fields = FRESH,
                                           .size = 2 * PIECE,
                                           .pause_ms = SLOW_MS / 2};
    double start = now_ms();

    origin_answer(stage->origin, &halves);
    expect_said(stage, LONG,
                LEADER("kill get") "for i in $(seq 15); do " CLIENT
                                   "get & done | wc -c; wait",
                "122880\n");
    cr_expect_eq(stage_requests(stage), 2);
    cr_expect_lt(now_ms() - start, HELD_MS);
    stage_end(stage);
}

/* What becomes of the leader when half of the answer is there; four others wait
 * for it then, for far longer than this test takes. */
struct leaving {
    const char *what;
    const char *steps;
    int asked; /* requests in all */
};

static const struct leaving leavings[] = {
    {"killed", "kill get", 2},
    {"killed, with a multi handle", "kill multi=1", 2},
    {"leaves its callback by longjmp and asks again",
     "jump get again rest rest", 2},
    {"leaves by longjmp and cleans up", "jump get leave rest rest", 2},
    {"becomes another program", "exec get", 2},
    {"its child asks the same, and does not wait for it", "fork get", 2},
};

LCC_CASES(coalesce, a_leader_that_leaves_holds_nobody, leavings)
{
    const struct leaving *leaving = &leavings[*which];
    struct stage *stage = stage_begin();
    const struct origin_response halves = {.path = "/page",
                                           .fields = FRESH,
                                           .size = 2 * PIECE,
                                           .pause_ms = SLOW_MS / 2};
    char *line =
        text_of(LEADER("%s") "for i in 1 2 3 4; do " CLIENT
                             "get >$DIR/$i & f=\"$f $!\"; done; wait $f; "
                             "cat $DIR/[1-4] | wc -c",
                leaving->steps);
    double start = now_ms();

    origin_answer(stage->origin, &halves);
    expect_said(stage, LONG, line, "32768\n");
    cr_expect_lt(now_ms() - start, HELD_MS, "%s", leaving->what);
    cr_expect_eq(stage_requests(stage), leaving->asked, "%s", leaving->what);
    free(line);
    stage_end(stage);
}

/* It may go on one day: who waits asks itself when the time is up. */
Test(coalesce, a_leader_that_is_stopped_is_waited_for_so_long, .timeout = 60)
{
    struct stage *stage = begin(FRESH, SOON_MS);
    double start = now_ms();

    expect_said(stage, "CURLCACHE_COALESCE=2s",
                LEADER("halt get") "for i in 1 2 3; do " CLIENT
                                   "get >$DIR/$i & f=\"$f $!\"; done; "
                                   "wait $f; cat $DIR/[1-3] | wc -l; "
                                   "kill -CONT $leader;"
                                   " wait $leader; cat $DIR/leader",
                "3\nanswer 1\n");
    cr_expect_lt(now_ms() - start, HELD_MS);
    cr_expect_eq(stage_requests(stage), 4);
    stage_end(stage);
}

/* Nothing tells of a jump when libcurl is not called again. */
Test(coalesce, a_leader_that_left_unheard_is_waited_for_once, .timeout = 60)
{
    struct stage *stage = begin(FRESH, SOON_MS);
    RUN_RESULT now = stage_run(stage, STAGE_PLAIN, "CURLCACHE_COALESCE=2s",
                               LEADER("jump get rest rest") CLIENT
                               "get took stop get took; wait");
    char *rest = strchr(now.out, '\n');
    long first = rest ? strtol(rest, &rest, 10) : 0;

    cr_expect(first >= 1900 && first < 2000 + 3 * SOON_MS, "%s", now.out);
    cr_expect_lt(strtol(rest ? rest : "9999", NULL, 10), SOON_MS, "%s",
                 now.out);
    cr_expect_eq(stage_requests(stage), 2);
    stage_end(stage);
}

/* The head says so: nobody waits for the body. */
Test(coalesce, an_answer_that_is_not_storable_is_not_waited_for, .timeout = 60)
{
    static const char line[] =
        CLIENT "get >$DIR/leader & leader=$!; for i in $(seq 7); do " CLIENT
               "status stop get & f=\"$f $!\"; done; wait $f; kill $leader";
    static const char env[] = "CURLCACHE_STATUS_HEADER=1 " LONG;
    struct stage *stage = begin("Cache-Control: no-store\r\n", STUCK_MS);
    double start = now_ms();
    RUN_RESULT first = stage_run(stage, STAGE_PLAIN, env, line);

    cr_expect_eq(stage_requests(stage), 8);
    cr_expect_eq(times(first.out, "fwd=miss"), 7, "%s", first.out);
    RUN_RESULT second = stage_run(stage, STAGE_PLAIN, env, line);

    cr_expect_eq(stage_requests(stage), 8);
    cr_expect_eq(times(second.out, "collapsed"), 0, "%s", second.out);
    cr_expect_lt(now_ms() - start, HELD_MS);
    stage_end(stage);
}

/* Storable, but each has to ask before it is used. */
Test(coalesce, an_answer_to_be_checked_is_not_waited_for, .timeout = 60)
{
    struct stage *stage =
        begin("Cache-Control: no-cache\r\nETag: \"a\"\r\n", SLOW_MS);

    cr_expect_lt(measured(stage, "", LEADER("get") CLIENT "stop get took"),
                 SOON_MS);
    cr_expect_eq(stage_requests(stage), 2);
    stage_end(stage);
}

/* Event streams and long polls. */
Test(coalesce, a_leader_that_never_ends_is_waited_for_once, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 3 * SLOW_MS);
    RUN_RESULT now =
        stage_run(stage, STAGE_PLAIN, "CURLCACHE_COALESCE=1s",
                  LEADER("get") CLIENT "stop get took; " CLIENT
                                       "stop get took; kill $leader");
    char *rest;
    long first = strtol(now.out, &rest, 10);
    long second = strtol(rest, NULL, 10);

    cr_expect(first >= 1000 && first < 3000, "%s %s", now.out, now.err);
    cr_expect_lt(second, SOON_MS, "%s", now.out);
    cr_expect_eq(stage_requests(stage), 3);
    stage_end(stage);
}

/* It would wait for itself. */
Test(coalesce, a_transfer_inside_a_callback_does_not_wait, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 0);

    cr_expect_lt(measured(stage, "", CLIENT "nested status get took"),
                 2 * SOON_MS);
    cr_expect_eq(stage_requests(stage), 2);
    stage_end(stage);
}

/* --- the program's own bounds -------------------------------------------- */

Test(coalesce, zero_is_never, .timeout = 60)
{
    struct stage *stage = begin(FRESH, SOON_MS);

    expect_said(stage, "CURLCACHE_COALESCE=0",
                "for i in 1 2 3 4; do " CLIENT "get & done | wc -l; wait",
                "4\n");
    cr_expect_eq(stage_requests(stage), 4);
    stage_end(stage);
}

Test(coalesce, the_time_out_of_the_program_ends_the_wait, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 2 * SLOW_MS);
    RUN_RESULT now =
        stage_run(stage, STAGE_PLAIN, "",
                  LEADER("get") CLIENT "timeout=700 get took total code; wait");
    char *rest;
    long took = strtol(now.out, &rest, 10);
    long total = strtol(rest, &rest, 10);

    cr_expect(took >= 700 && took < 700 + SOON_MS, "%s", now.out);
    cr_expect(total >= 700 && total <= took, "%s", now.out);
    cr_expect_eq(strtol(rest, NULL, 10), 28, "%s %s", now.out, now.err);
    cr_expect_eq(stage_requests(stage), 1);
    expect_said(stage, "",
                "$LCC_COALESCE_CLIENT $URL/page timeout=700 get code", "28\n");
    stage_end(stage);
}

/* What the wait took is off the time-out of the transfer that follows, and
 * the next one has all of it. */
Test(coalesce, a_wait_counts_against_the_time_out, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 3 * SLOW_MS);
    RUN_RESULT now =
        stage_run(stage, STAGE_PLAIN, "CURLCACHE_COALESCE=1s",
                  LEADER("get") CLIENT
                  "timeout=2000 get took code get took code; kill $leader");
    char *rest;
    long first = strtol(now.out, &rest, 10);
    long first_code = strtol(rest, &rest, 10);
    long second = strtol(rest, &rest, 10);

    cr_expect(first >= 1900 && first < 2700, "%s %s", now.out, now.err);
    cr_expect_eq(first_code, 28);
    cr_expect(second >= 1900 && second < 2700, "%s %s", now.out, now.err);
    stage_end(stage);
}

/* It has lasted as long as its program waited. */
Test(coalesce, the_wait_is_part_of_the_time_it_took, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 2 * SLOW_MS);
    RUN_RESULT now = stage_run(stage, STAGE_PLAIN, "",
                               LEADER("get") CLIENT "status get took total");
    char *rest;
    long took = strtol(now.out, &rest, 10);
    long total = strtol(rest, &rest, 10);

    cr_expect_gt(took, 0, "%s %s", now.out, now.err);
    cr_expect(total > took / 2 && total <= took, "%s", now.out);
    cr_expect_eq(stage_requests(stage), 1);
    stage_end(stage);
}

Test(coalesce, the_progress_callback_may_end_the_wait, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 2 * SLOW_MS);
    RUN_RESULT now =
        stage_run(stage, STAGE_PLAIN, "",
                  LEADER("get") CLIENT "abort=2 get took code; wait");
    char *rest;
    long took = strtol(now.out, &rest, 10);

    cr_expect(took >= 900 && took < 1000 + SOON_MS, "%s", now.out);
    cr_expect_eq(strtol(rest, NULL, 10), 42, "%s %s", now.out, now.err);
    cr_expect_eq(stage_requests(stage), 1);
    stage_end(stage);
}

/* --- who does not wait --------------------------------------------------- */

struct other {
    const char *what;
    const char *steps;
};

static const struct other others[] = {
    {"wants a new answer", "'field=Cache-Control: no-cache' "},
    {"reads another language", "'field=Accept-Language: fr' "},
    {"has a cookie", "'field=Cookie: a=b' "},
    {"wants a part", "'field=Range: bytes=0-3' "},
};

LCC_CASES(coalesce, who_asks_for_something_else_does_not_wait, others)
{
    const struct other *other = &others[*which];
    struct stage *stage = begin(FRESH, SLOW_MS);
    char *line =
        text_of(LEADER("get") CLIENT "%s stop get took; wait", other->steps);

    cr_expect_lt(measured(stage, "", line), SOON_MS, "%s", other->what);
    cr_expect_eq(stage_requests(stage), 2, "%s", other->what);
    free(line);
    stage_end(stage);
}

Test(coalesce, status_says_who_was_served_by_anothers_fetch, .timeout = 60)
{
    struct stage *stage = begin(FRESH, SLOW_MS);

    expect_said(stage, "CURLCACHE_STATUS_HEADER=1",
                LEADER("get") CLIENT "status get | sed 's/ttl=.*/ttl/'; wait",
                "Cache-Status: curlcache; fwd=miss; collapsed; ttl\n");
    stage_end(stage);
}

/* --- stored by another in the middle ------------------------------------- */

/* Between the look-up and the first read of its side file. */
static const char *const replaced_modes[] = {"normal", "offline"};

LCC_CASES(coalesce, what_was_replaced_meanwhile_is_served_anew, replaced_modes)
{
    struct stage *stage = stage_begin();
    const struct origin_response large = {.path = "/page",
                                          .fields = FRESH,
                                          .size = 60 * 1024};
    char *line =
        text_of(CLIENT "get >$DIR/1; "
                       "CURLCACHE_MODE=%s " CLIENT "\"between=CURLCACHE_MODE="
                       "recache " CLIENT "get >$DIR/2\" >$DIR/3; echo $?; "
                       "cmp $DIR/1 $DIR/2 && cmp $DIR/2 $DIR/3",
                replaced_modes[*which]);

    origin_answer(stage->origin, &large);
    expect_said(stage, "", line, "0\n");
    cr_expect_eq(stage_requests(stage), 2, "%s", replaced_modes[*which]);
    free(line);
    stage_end(stage);
}
