/*
 * test_trouble.c - damage, full disks and kills: the transfer succeeds
 */
#include "tests/preload/stage.h"
#include "tests/support/need.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TTL "CURLCACHE_TTL=1h"
#define GET "curl -sS $URL/small"

struct damage {
    const char *name;
    const char *line; /* $DB, $CTL and $OURS are our files */
};

/* clang-format off */
static const struct damage damages[] = {
    { "database of zeros", "s=$(stat -c %s $DB); head -c $s /dev/zero >$DIR/z; cat $DIR/z >$DB" },
    { "database of noise", "s=$(stat -c %s $DB); head -c $s /dev/urandom >$DIR/z; cat $DIR/z >$DB" },
    { "database cut in half", "s=$(stat -c %s $DB); truncate -s $((s / 2)) $DB" },
    { "database empty", ": >$DB" },
    { "database gone", "rm $DB" },
    { "first page flipped", "printf '\\377\\377\\377\\377' | dd of=$DB bs=1 seek=12 conv=notrunc 2>/dev/null" },
    { "second page flipped", "printf '\\377\\377\\377\\377' | dd of=$DB bs=1 seek=8300 conv=notrunc 2>/dev/null" },
    { "control file of noise", "head -c 4096 /dev/urandom >$DIR/z; cat $DIR/z >$CTL" },
    { "control file empty", ": >$CTL" },
    { "control file gone", "rm $CTL" },
    { "all but the folder gone", "find $OURS -mindepth 1 -delete" },
    { "folder gone", "rm -rf $OURS" },
    { "every file empty", "find $OURS -type f -exec truncate -s 0 {} +" },
    { "every file of noise", "find $OURS -type f | while read f; do head -c 9000 /dev/urandom >$f; done" },
};
/* clang-format on */

static char *only(struct stage *stage, const char *line)
{
    RUN_RESULT found = stage_run(stage, STAGE_PLAIN, "", line);

    cr_assert(found.out_size > 1, "nothing found by %s", line);
    return text_of("%.*s", (int)(found.out_size - 1), found.out);
}

static void name_files(struct stage *stage)
{
    char *ours =
        only(stage, "find $CURLCACHE_DIR -mindepth 1 -maxdepth 1 -type d");
    char *db = only(stage, "find $CURLCACHE_DIR -name '*.db'");
    char *ctl = only(stage, "find $CURLCACHE_DIR -name 'ctl*' | head -n 1");

    stage_set(stage, "OURS", ours);
    stage_set(stage, "DB", db);
    stage_set(stage, "CTL", ctl);
    free(ours);
    free(db);
    free(ctl);
}

static void expect_fine(struct stage *stage, const char *name, const char *line,
                        const char *wanted)
{
    RUN_RESULT now = stage_run(stage, STAGE_CACHED, TTL, line);

    cr_expect_eq(now.exit_code, 0, "%s: exit %d, signal %d: %s", name,
                 now.exit_code, now.signal, now.err);
    cr_expect_str_eq(now.out, wanted, "%s", name);
    cr_expect_str_eq(now.err, "", "%s", name);
}

ParameterizedTestParameters(trouble, a_damaged_cache_harms_nobody)
{
    static size_t which[sizeof(damages) / sizeof(damages[0])];
    size_t count = sizeof(which) / sizeof(which[0]);

    for (size_t i = 0; i < count; i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, count);
}

ParameterizedTest(size_t *which, trouble, a_damaged_cache_harms_nobody,
                  .timeout = 120)
{
    const struct damage *damage = &damages[*which];

    stage_need("curl");
    struct stage *stage = stage_begin();
    char *sum = only(stage, "curl -sS $URL/medium | cksum");
    char *wanted = text_of("%s\n", sum);

    expect_fine(stage, damage->name, GET, "a small text\n");
    expect_fine(stage, damage->name, "curl -sS $URL/medium | cksum", wanted);
    name_files(stage);
    RUN_RESULT done = stage_run(stage, STAGE_PLAIN, "", damage->line);

    cr_assert_eq(done.exit_code, 0, "%s: %s", damage->name, done.err);
    for (int i = 0; i < 2; i++) {
        expect_fine(stage, damage->name, GET, "a small text\n");
        expect_fine(stage, damage->name, "curl -sS $URL/medium | cksum",
                    wanted);
    }
    RUN_RESULT cleared = stage_tool(stage, "clear");

    cr_expect(cleared.exit_code == 0 || cleared.exit_code == 1,
              "%s: clear: exit %d: %s", damage->name, cleared.exit_code,
              cleared.err);
    expect_fine(stage, damage->name, GET, "a small text\n");
    stage_requests(stage);
    expect_fine(stage, damage->name, GET, "a small text\n");
    cr_expect_eq(stage_requests(stage), 0, "%s: not cached after clear",
                 damage->name);
    free(sum);
    free(wanted);
    stage_end(stage);
}

Test(trouble, a_killed_program_leaves_the_cache_usable, .timeout = 120)
{
    stage_need("curl");
    struct stage *stage = stage_begin();
    RUN_RESULT killed =
        stage_run(stage, STAGE_CACHED, TTL,
                  "curl -sS -N -o $DIR/part $URL/slower & p=$!\n"
                  "n=0; while [ ! -s $DIR/part ] && [ $n -lt 500 ]; do\n"
                  "  sleep 0.01; n=$((n + 1)); done\n"
                  "kill -KILL $p; wait $p; echo $?");

    cr_expect_str_eq(killed.out, "137\n", "%s", killed.err);
    char *slow = only(stage, "curl -sS $URL/slow | cksum");
    char *wanted = text_of("%s\n", slow);

    /* Cut in the middle, it was not stored; what is whole is. */
    stage_requests(stage);
    expect_fine(stage, "after the kill", "curl -sS $URL/slower | cksum",
                wanted);
    cr_expect_eq(stage_requests(stage), 1);
    expect_fine(stage, "stored", "curl -sS $URL/slower | cksum", wanted);
    cr_expect_eq(stage_requests(stage), 0);
    if (need_row(run_find("db5.3_verify"), "db5.3_verify")) {
        name_files(stage);
        RUN_RESULT verified =
            stage_run(stage, STAGE_PLAIN, "", "db5.3_verify $DB");

        cr_expect_eq(verified.exit_code, 0, "%s", verified.err);
    }
    free(slow);
    free(wanted);
    stage_end(stage);
}

/* The log goes where nobody reads: SIGPIPE would end the client, whose own
 * writes do not go there. */
Test(trouble, a_log_that_nobody_reads_harms_nobody, .timeout = 120)
{
    static const char line[] =
        "(sleep 0.3; $LCC_CLIENT small $URL $DIR >$DIR/out; echo $? >$DIR/code)"
        " 2>&1 | true\ncat $DIR/code; grep -c . <$DIR/out";
    struct stage *stage = stage_begin();
    RUN_RESULT plain = stage_run(stage, STAGE_PLAIN, "", line);

    cr_assert_eq(strncmp(plain.out, "0\n", 2), 0, "%s", plain.out);
    for (int i = 0; i < 2; i++) {
        RUN_RESULT now =
            stage_run(stage, STAGE_CACHED, TTL " CURLCACHE_LOG=stderr", line);

        cr_expect_eq(strncmp(now.out, "0\n", 2), 0, "run %d: %s", i, now.out);
    }
    stage_end(stage);
}

/* A mount of our own needs root, or a kernel that lends us one. */
Test(trouble, a_full_disk_harms_nobody, .timeout = 120)
{
    static const char try_it[] =
        "unshare $HOW sh -c 'mount -t tmpfs -o size=1m none $DIR/cache'";
    static const char full[] =
        "unshare $HOW sh -c 'mount -t tmpfs -o size=1m none $DIR/cache\n"
        "export LD_PRELOAD=$LCC_PRELOAD CURLCACHE_TTL=1h\n"
        "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do\n"
        "  curl -sS \"$URL/medium?n=$i\" | cksum\n"
        "done\n"
        "curl -sS $URL/large | cksum; curl -sS $URL/small'";

    stage_need("curl");
    struct stage *stage = stage_begin();

    stage_set(stage, "HOW", geteuid() == 0 ? "-m" : "-Urm");
    RUN_RESULT folder = stage_run(stage, STAGE_PLAIN, "", "mkdir $DIR/cache");
    RUN_RESULT able = stage_run(stage, STAGE_PLAIN, "", try_it);

    if (folder.exit_code != 0 || able.exit_code != 0) {
        stage_end(stage);
        cr_skip_test("no mount may be made here");
    }
    RUN_RESULT wanted = stage_run(
        stage, STAGE_PLAIN, "",
        "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do\n"
        "  curl -sS \"$URL/medium?n=$i\" | cksum\n"
        "done\n"
        "curl -sS $URL/large | cksum; curl -sS $URL/small");
    RUN_RESULT now = stage_run(stage, STAGE_PLAIN, "", full);

    cr_expect_eq(now.exit_code, 0, "%s", now.err);
    cr_expect_str_eq(now.out, wanted.out);
    cr_expect_str_eq(now.err, "");
    stage_end(stage);
}

/* Many processes at once, one cache. */
Test(trouble, many_processes_share_it, .timeout = 120)
{
    static const char line[] =
        "for i in 1 2 3 4 5 6 7 8; do\n"
        "  (for p in small medium other chunked small medium; do\n"
        "     curl -sS $URL/$p | cksum; done >$DIR/out.$i 2>&1) &\n"
        "done; wait; cat $DIR/out.? | sort | uniq -c";

    stage_need("curl");
    struct stage *stage = stage_begin();
    RUN_RESULT plain = stage_run(stage, STAGE_PLAIN, TTL, line);
    RUN_RESULT cold = stage_run(stage, STAGE_CACHED, TTL, line);

    stage_requests(stage);
    RUN_RESULT warm = stage_run(stage, STAGE_CACHED, TTL, line);

    cr_expect_str_eq(cold.out, plain.out);
    cr_expect_str_eq(warm.out, plain.out);
    /* Who waits too long for a lock asks the origin; that is not the rule. */
    cr_expect_lt(stage_requests(stage), 12);
    free(stage_say(stage, TTL, "curl -sS $URL/medium"));
    cr_expect_eq(stage_requests(stage), 0);
    stage_end(stage);
}

/* A reader that is slower than whoever clears, evicts or fetches anew: the
 * body's file goes while a hit is being told. */
Test(trouble, a_body_that_goes_meanwhile_is_told_to_its_end, .timeout = 120)
{
    stage_need("curl");
    struct stage *stage = stage_begin();
    char *sum = only(stage, "curl -sS $URL/large | cksum");
    char *wanted = text_of("%s\n0\n", sum);

    free(stage_say(stage, TTL, "curl -sS $URL/large -o $DIR/whole"));
    stage_requests(stage);
    RUN_RESULT told = stage_run(
        stage, STAGE_PLAIN, TTL,
        "mkfifo $DIR/slow\n"
        "(LD_PRELOAD=$LCC_PRELOAD curl -sS $URL/large; echo $? >$DIR/exit)"
        " >$DIR/slow &\n"
        "{ head -c 10000 >$DIR/part; $LCC_TOOL clear >/dev/null\n"
        "  cat >>$DIR/part; } <$DIR/slow\n"
        "wait; cksum <$DIR/part; cat $DIR/exit");

    cr_expect_str_eq(told.out, wanted, "%s", told.err);
    cr_expect_str_eq(told.err, "");
    cr_expect_eq(stage_requests(stage), 0, "it was a hit");
    free(sum);
    free(wanted);
    stage_end(stage);
}

/* A line of ours on stderr must not end a program that prints nothing. */
Test(trouble, a_log_line_raises_no_signal, .timeout = 120)
{
    stage_need("curl");
    struct stage *stage = stage_begin();
    RUN_RESULT limited =
        stage_run(stage, STAGE_PLAIN, TTL,
                  "head -c 20000 /dev/zero >$DIR/log\n"
                  "(ulimit -f 16; CURLCACHE_LOG=$DIR/log "
                  "LD_PRELOAD=$LCC_PRELOAD curl -sS $URL/small)");

    cr_expect_eq(limited.exit_code, 0, "exit %d, signal %d: %s",
                 limited.exit_code, limited.signal, limited.err);
    cr_expect_str_eq(limited.out, "a small text\n");
    stage_end(stage);
}

/* Without HOME the user database is asked while the engine starts. */
Test(trouble, a_user_database_behind_libcurl_hangs_nobody, .timeout = 60)
{
    stage_need("curl");
    struct stage *stage = stage_begin();
    RUN_RESULT told = stage_run(
        stage, STAGE_PLAIN, TTL,
        "unset HOME XDG_CACHE_HOME; export CURLCACHE_LOG=$DIR/log\n"
        "for i in 1 2; do LD_PRELOAD=$LCC_PRELOAD:$LCC_PASSWD "
        "timeout 20 curl -sS $URL/small; done; cut -d' ' -f3 $DIR/log");

    cr_expect_eq(told.exit_code, 0, "exit %d: %s", told.exit_code, told.err);
    cr_expect_str_eq(told.out, "a small text\na small text\nstored\nhit\n");
    stage_end(stage);
}
