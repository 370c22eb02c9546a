/*
 * test_stale.c - stale-while-revalidate: answered at once, refreshed beside
 */
#include "tests/preload/stage.h"
#include "tests/support/need.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STALE "Cache-Control: max-age=0, stale-while-revalidate=600\r\n"
#define FRESH "Cache-Control: max-age=600\r\n"
/* The preload is for the client alone: a sanitised one cannot be in a shell. */
#define CLIENT "env LD_PRELOAD=$LCC_PRELOAD $LCC_STALE_CLIENT $URL/page "

enum {
    SLOW_MS = 2000,
    STUCK_MS = 60 * 1000,
    QUICK_MS =
        20 * 1000, /* far less than a stuck origin takes, on any machine */
    EXITS = 200,
    PROCESSES = 8,
    THREADS = 4,
    TIMED_OUT = 128 + 9, /* of timeout(1), which ends by KILL too */
};

static void answer(struct stage *stage, const char *fields, const char *body,
                   int pause_ms)
{
    const struct origin_response response = {
        .path = "/page",
        .fields = fields,
        .body = body,
        .pause_ms = pause_ms,
    };

    origin_answer(stage->origin, &response);
}

/* A stale answer is stored, and the origin would give another by now. */
static struct stage *begin(const char *now_fields, int pause_ms)
{
    struct stage *stage = stage_begin();

    answer(stage, STALE "ETag: \"a\"\r\n", "old\n", 0);
    RUN_RESULT first = stage_run(stage, STAGE_PLAIN, "", CLIENT "get");

    cr_assert_str_eq(first.out, "old\n", "%s", first.err);
    stage_requests(stage);
    answer(stage, now_fields, "new\n", pause_ms);
    return stage;
}

static void expect_said(struct stage *stage, const char *line,
                        const char *wanted)
{
    RUN_RESULT now = stage_run(stage, STAGE_PLAIN, "", line);

    cr_expect_eq(now.exit_code, 0, "%s: exit %d, signal %d: %s", line,
                 now.exit_code, now.signal, now.err);
    cr_expect_str_eq(now.out, wanted, "%s", line);
    cr_expect_str_eq(now.err, "", "%s", line);
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

Test(stale, answered_at_once_and_refreshed_beside, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 0);

    expect_said(stage, CLIENT "get wait=1000", "old\n");
    cr_expect_eq(stage_requests(stage), 1, "one refresh");
    char *head = origin_last(stage->origin);

    cr_expect(strstr(head, "User-Agent: stale_client") != NULL, "%s", head);
    cr_expect(strstr(head, "If-None-Match: \"a\"") != NULL, "%s", head);
    free(head);
    expect_said(stage, CLIENT "get", "new\n");
    cr_expect_eq(stage_requests(stage), 0);
    cr_expect_eq(counted(stage, "refreshed"), 1);
    cr_expect_eq(counted(stage, "stale-while-revalidate"), 1);
    stage_end(stage);
}

/* The origin says that what is stored still holds: no body is sent. */
Test(stale, a_304_makes_it_fresh_again, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 0);
    const struct origin_response same = {.path = "/page",
                                         .status = 304,
                                         .fields = FRESH "ETag: \"a\"\r\n",
                                         .framing = ORIGIN_BARE};

    origin_answer(stage->origin, &same);
    expect_said(stage, CLIENT "get wait=1000", "old\n");
    cr_expect_eq(stage_requests(stage), 1);
    expect_said(stage, CLIENT "get", "old\n");
    cr_expect_eq(stage_requests(stage), 0);
    cr_expect_eq(counted(stage, "refreshed"), 1);
    stage_end(stage);
}

/* The program and its exit take what a hit takes. */
Test(stale, a_slow_origin_delays_neither_answer_nor_exit, .timeout = 60)
{
    struct stage *stage = begin(FRESH, STUCK_MS);
    double start = now_ms();

    expect_said(stage, CLIENT "get cleanup", "old\n");
    cr_expect_lt(now_ms() - start, QUICK_MS);
    stage_requests(stage);

    /* What exit cut off is asked for before the next answer. */
    answer(stage, FRESH, "new\n", 0);
    expect_said(stage, CLIENT "get", "new\n");
    /* What was cut off may reach the origin after all. */
    int requests = stage_requests(stage);
    cr_expect(requests == 1 || requests == 2, "%d", requests);
    cr_expect_eq(counted(stage, "refresh-unfinished"), 1);
    expect_said(stage, CLIENT "get", "new\n");
    cr_expect_eq(stage_requests(stage), 0);
    stage_end(stage);
}

Test(stale, one_refresh_among_processes_and_threads, .timeout = 60)
{
    struct stage *stage = begin(FRESH, SLOW_MS / 4);
    char *line = text_of("for i in $(seq %d); do " CLIENT
                         "threads=%d wait=5000 & done; wait",
                         PROCESSES, THREADS);
    RUN_RESULT now = stage_run(stage, STAGE_PLAIN, "", line);

    cr_expect_eq(now.exit_code, 0, "%s", now.err);
    cr_expect_eq(now.out_size, 4 * PROCESSES * THREADS, "%s", now.out);
    /* Who came late may have found it refreshed. */
    cr_expect(strncmp(now.out, "old\n", 4) == 0);
    cr_expect_eq(stage_requests(stage), 1);
    expect_said(stage, CLIENT "get", "new\n");
    cr_expect_eq(stage_requests(stage), 0);
    free(line);
    stage_end(stage);
}

/* Each exit meets the thread somewhere else. */
Test(stale, exits_at_once_again_and_again, .timeout = 120)
{
    struct stage *stage = begin(STALE, 0);
    char *line = text_of("for i in $(seq %d); do " CLIENT
                         "get >/dev/null || echo $?; done",
                         EXITS);
    double start = now_ms();

    expect_said(stage, line, "");
    cr_log_info("%d exits in %.0f ms", EXITS, now_ms() - start);
    free(line);
    stage_end(stage);
}

Test(stale, a_child_of_fork_goes_on, .timeout = 60)
{
    struct stage *stage = begin(FRESH, SLOW_MS / 4);

    /* The child's own answer is stale too, and its parent refreshes. */
    expect_said(stage, CLIENT "get fork wait=1500 get", "old\nold\nnew\n");
    cr_expect_eq(stage_requests(stage), 1);
    stage_end(stage);
}

Test(stale, an_error_leaves_the_stale_answer, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 0);
    const struct origin_response broken = {.path = "/page",
                                           .status = 500,
                                           .fields = FRESH,
                                           .body = "broken\n"};

    origin_answer(stage->origin, &broken);
    expect_said(stage, CLIENT "get wait=1000", "old\n");
    cr_expect_eq(stage_requests(stage), 1);
    cr_expect_eq(counted(stage, "refresh-failed"), 1);
    answer(stage, FRESH, "new\n", 0);
    expect_said(stage, CLIENT "get wait=1000", "old\n");
    expect_said(stage, CLIENT "get", "new\n");
    stage_end(stage);
}

/* A daemon closes all descriptors: ours are not among them, and nothing that
 * we send or read goes through the files that it opens instead. */
Test(stale, descriptors_of_the_program_are_its_own, .timeout = 60)
{
    if (getenv("LCC_ONE_TABLE")) {
        cr_skip_test("the thread sanitizer knows one table of descriptors");
    }
    struct stage *stage = begin(FRESH, SLOW_MS / 4);

    expect_said(stage, CLIENT "get closefds wait=1500 get", "old\nnew\n");
    RUN_RESULT stray =
        stage_run(stage, STAGE_PLAIN, "", "cat $DIR/stray.* | wc -c");

    cr_expect_str_eq(stray.out, "0\n");
    cr_expect_eq(stage_requests(stage), 1);
    stage_end(stage);
}

/* A pipe of the program ends when the program closes it. */
Test(stale, no_descriptor_is_held_open, .timeout = 60)
{
    struct stage *stage = begin(FRESH, SLOW_MS);
    double start = now_ms();
    RUN_RESULT now =
        stage_run(stage, STAGE_PLAIN, "",
                  "(" CLIENT "get wait=1 exec) | cat; " CLIENT "get");

    /* The program became another: its refresh is over, and known to be. */
    cr_expect_str_eq(now.out, "old\nnew\n", "%s", now.err);
    cr_expect_geq(now_ms() - start, SLOW_MS);
    cr_expect_eq(counted(stage, "refresh-unfinished"), 1);
    stage_end(stage);
}

/* The last thread of the program is not ours. The thread sanitizer has one of
 * its own from the first other thread on, and that one never ends. */
Test(stale, a_program_whose_main_thread_leaves_ends, .timeout = 60)
{
    struct stage *stage = begin(FRESH, STUCK_MS);
    RUN_RESULT without = stage_run(stage, STAGE_PLAIN, "",
                                   "timeout -s KILL 20 $LCC_STALE_CLIENT "
                                   "$URL/none threads=1 leave");
    double start = now_ms();

    if (without.exit_code == TIMED_OUT) {
        stage_end(stage);
        cr_skip_test("it does not end here without the preload");
    }
    expect_said(stage, CLIENT "get leave", "old\n");
    cr_expect_lt(now_ms() - start, QUICK_MS);
    stage_end(stage);
}

/* RLIMIT_NPROC binds ordinary users. */
Test(stale, without_a_thread_the_origin_is_asked_first, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 0);
    RUN_RESULT able = stage_run(
        stage, STAGE_PLAIN, "",
        geteuid() == 0 ? "setpriv --reuid=65534 --clear-groups "
                         "test -x $LCC_STALE_CLIENT -a -r $LCC_PRELOAD"
                       : "true");

    /* A tree below root's own folder, say, is out of anybody else's reach. */
    if (able.exit_code != 0) {
        stage_end(stage);
        cr_skip_test("nobody but root can run the client here");
    }
    stage_run(stage, STAGE_PLAIN, "",
              "chmod 755 $DIR; [ $(id -u) != 0 ] || chown -R 65534 $DIR/cache;"
              "for d in $DIR/cache/u0-*; do [ ! -e $d ] ||"
              " mv $d $(echo $d | sed s/u0-/u65534-/); done");
    RUN_RESULT now = stage_run(
        stage, STAGE_PLAIN, "CURLCACHE_LOG=stderr",
        geteuid() == 0 ? "setpriv --reuid=65534 --clear-groups " CLIENT
                         "limit get"
                       : CLIENT "limit get");

    cr_expect_str_eq(now.out, "new\n");
    cr_expect(strstr(now.err, "refresh-busy") != NULL, "%s", now.err);
    cr_expect_eq(stage_requests(stage), 1);
    stage_end(stage);
}

/* What no copy carries, a list of addresses here: asked before answering. */
Test(stale, an_option_without_a_copy_asks_first, .timeout = 60)
{
    struct stage *stage = begin(FRESH, 0);

    answer(stage, STALE, "old\n", 0);
    expect_said(stage, CLIENT "resolve get", "old\n");
    answer(stage, FRESH, "new\n", 0);
    expect_said(stage, CLIENT "resolve get", "new\n");
    expect_said(stage, CLIENT "resolve get", "new\n");
    cr_expect_eq(stage_requests(stage), 2);
    cr_expect_eq(counted(stage, "refresh-option"), 1);
    stage_end(stage);
}
