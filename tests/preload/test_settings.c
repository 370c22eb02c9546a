/*
 * test_settings.c - settings that cannot be used, and processes that stay
 * silent
 */
#include "tests/preload/stage.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct bad {
    const char *name;
    const char *set; /* goes before the command */
    const char *variable;
    const char *value;
    const char *takes;
};

/* clang-format off */
static const struct bad bads[] = {
    { "a TTL that is a word", "CURLCACHE_TTL=abc", "CURLCACHE_TTL", "abc", "duration" },
    { "a TTL with a wrong unit", "CURLCACHE_TTL=5parsecs", "CURLCACHE_TTL", "5parsecs", "duration" },
    { "a negative fallback", "CURLCACHE_FALLBACK_TTL=-5", "CURLCACHE_FALLBACK_TTL", "-5", "duration" },
    { "an unknown mode", "CURLCACHE_MODE=sometimes", "CURLCACHE_MODE", "sometimes", "offline" },
    { "a size that is none", "CURLCACHE_MAX_SIZE=huge", "CURLCACHE_MAX_SIZE", "huge", "size" },
    { "codes that are none", "CURLCACHE_CODES=twohundred", "CURLCACHE_CODES", "twohundred", "codes" },
    { "an unknown control", "CURLCACHE_CACHE_CONTROL=maybe", "CURLCACHE_CACHE_CONTROL", "maybe", "auto" },
    { "a rule without a lifetime", "CURLCACHE_URLS_TTL=*.example.org", "CURLCACHE_URLS_TTL", "*.example.org", "=" },
    { "a folder that is a file", "CURLCACHE_DIR=$DIR/file", "CURLCACHE_DIR", "/file", "folder" },
    { "a folder below a file", "CURLCACHE_DIR=$DIR/file/below", "CURLCACHE_DIR", "/file/below", "folder" },
};
/* clang-format on */

static size_t count_lines(const char *text)
{
    size_t count = 0;

    for (; *text; text++) {
        count += *text == '\n';
    }
    return count;
}

static void expect_one_line(const struct bad *bad, const char *err)
{
    cr_expect_eq(count_lines(err), 1, "%s: stderr is \"%s\"", bad->name, err);
    cr_expect(strstr(err, bad->variable) != NULL, "%s: no variable in \"%s\"",
              bad->name, err);
    cr_expect(strstr(err, bad->value) != NULL, "%s: no value in \"%s\"",
              bad->name, err);
    cr_expect(strstr(err, bad->takes) != NULL, "%s: \"%s\" is not in \"%s\"",
              bad->name, bad->takes, err);
}

static void put_file(const struct stage *stage)
{
    char *path = text_of("%s/file", stage->folder);

    file_write(path, "not a folder\n", 13);
    free(path);
}

ParameterizedTestParameters(settings, one_line_and_no_cache)
{
    static size_t which[sizeof(bads) / sizeof(bads[0])];
    size_t count = sizeof(which) / sizeof(which[0]);

    for (size_t i = 0; i < count; i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, count);
}

ParameterizedTest(size_t *which, settings, one_line_and_no_cache, .timeout = 60)
{
    const struct bad *bad = &bads[*which];

    stage_need("curl");
    struct stage *stage = stage_begin();
    char *line = text_of("%s curl -sS $URL/small $URL/small", bad->set);

    put_file(stage);
    RUN_RESULT plain = stage_run(stage, STAGE_PLAIN, "", line);

    stage_requests(stage);
    for (int i = 0; i < 2; i++) {
        RUN_RESULT now = stage_run(stage, STAGE_CACHED, "", line);

        cr_expect_eq(stage_requests(stage), 2, "%s: it is cached", bad->name);
        cr_expect_eq(now.exit_code, 0, "%s: exit %d", bad->name, now.exit_code);
        cr_expect_str_eq(now.out, plain.out, "%s", bad->name);
        expect_one_line(bad, now.err);
    }
    free(line);
    stage_end(stage);
}

/* A program that makes no HTTP transfer is told nothing. */
Test(settings, silent_in_a_process_without_http, .timeout = 60)
{
    static const char *const lines[] = {
        "true",           "echo text",
        "curl --version", "curl -sS file://$DIR/file",
        "cat $DIR/file",  "sh -c 'echo inner'"};

    stage_need("curl");
    struct stage *stage = stage_begin();

    put_file(stage);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        RUN_RESULT plain = stage_run(stage, STAGE_PLAIN, "", lines[i]);
        RUN_RESULT now =
            stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=abc", lines[i]);

        cr_expect_str_eq(now.err, plain.err, "%s", lines[i]);
        cr_expect_str_eq(now.out, plain.out, "%s", lines[i]);
        cr_expect_eq(now.exit_code, plain.exit_code, "%s", lines[i]);
    }
    cr_expect_neq(access(stage->cache, F_OK), 0, "a folder was made");
    stage_end(stage);
}

/* The objects where another user can read them, whatever the build's folder.*/
static void copy_preload(struct stage *stage)
{
    RUN_RESULT copied = stage_run(
        stage, STAGE_PLAIN, "",
        "mkdir $DIR/lib && cp \"$(dirname \"$LCC_PRELOAD\")\"/*.so $DIR/lib && "
        "chmod 755 $DIR $DIR/lib $DIR/lib/*");

    cr_assert_eq(copied.exit_code, 0, "%s", copied.err);
}

#define AS_NOBODY "setpriv --reuid 65534 --regid 65534 --clear-groups"

/* As root by becoming nobody, else by the folder's mode alone. */
Test(settings, a_folder_that_cannot_be_written, .timeout = 60)
{
    static const char line[] = "$AS env LD_PRELOAD=$DIR/lib/libcurlcache.so "
                               "CURLCACHE_DIR=$DIR/closed curl -sS $URL/small";

    stage_need("curl");
    if (geteuid() == 0) {
        stage_need("setpriv");
        RUN_RESULT able = run_program(
            &(struct run){.argv = ARGV("sh", "-c", AS_NOBODY " true")});

        if (able.exit_code != 0) {
            cr_skip_test("this root cannot become another user");
        }
    }
    struct stage *stage = stage_begin();
    char *closed = text_of("%s/closed", stage->folder);

    copy_preload(stage);
    mkdir(closed, 0555);
    stage_set(stage, "AS", geteuid() == 0 ? AS_NOBODY : "");
    RUN_RESULT now = stage_run(stage, STAGE_PLAIN, "", line);
    const struct bad told = {.name = "closed",
                             .variable = "CURLCACHE_DIR",
                             .value = "/closed",
                             .takes = "folder"};

    cr_expect_eq(now.exit_code, 0, "exit %d: %s", now.exit_code, now.err);
    cr_expect_str_eq(now.out, "a small text\n");
    expect_one_line(&told, now.err);
    free(closed);
    stage_end(stage);
}

static char *our_subfolder(struct stage *stage)
{
    RUN_RESULT listed = stage_run(stage, STAGE_PLAIN, "",
                                  "find $CURLCACHE_DIR -mindepth 1 "
                                  "-maxdepth 1 -type d | tr -d '\\n'");

    cr_assert(listed.out_size > 0, "no subfolder was made");
    return text_of("%s", listed.out);
}

Test(settings, a_folder_that_others_can_write_to_is_safe, .timeout = 60)
{
    struct stat status;

    stage_need("curl");
    struct stage *stage = stage_begin();

    mkdir(stage->cache, 0777);
    chmod(stage->cache, 01777);
    for (int i = 0; i < 2; i++) {
        RUN_RESULT now = stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=1h",
                                   "curl -sS $URL/small");

        cr_expect_str_eq(now.err, "");
        cr_expect_str_eq(now.out, "a small text\n");
    }
    cr_expect_eq(stage_requests(stage), 1);
    char *ours = our_subfolder(stage);

    cr_expect_eq(stat(ours, &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0700, "mode %o",
                 status.st_mode & 07777);
    free(ours);
    stage_end(stage);
}

Test(settings, a_subfolder_that_is_a_link_is_refused, .timeout = 60)
{
    const struct bad told = {.name = "a link",
                             .variable = "CURLCACHE_DIR",
                             .value = "/cache",
                             .takes = "folder"};

    stage_need("curl");
    struct stage *stage = stage_begin();

    free(stage_say(stage, "CURLCACHE_TTL=1h", "curl -sS $URL/small"));
    char *ours = our_subfolder(stage);

    stage_set(stage, "OURS", ours);
    RUN_RESULT moved = stage_run(stage, STAGE_PLAIN, "",
                                 "mv $OURS $DIR/away && ln -s $DIR/away $OURS");

    cr_assert_eq(moved.exit_code, 0, "%s", moved.err);
    stage_requests(stage);
    RUN_RESULT now = stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=1h",
                               "curl -sS $URL/small");

    cr_expect_eq(stage_requests(stage), 1, "it was used all the same");
    cr_expect_str_eq(now.out, "a small text\n");
    expect_one_line(&told, now.err);
    free(ours);
    stage_end(stage);
}

Test(settings, a_subfolder_of_somebody_else_is_refused, .timeout = 60)
{
    const struct bad told = {.name = "somebody else's",
                             .variable = "CURLCACHE_DIR",
                             .value = "/cache",
                             .takes = "folder"};

    stage_need("curl");
    if (geteuid() != 0) {
        cr_skip_test("only root can give a folder away");
    }
    struct stage *stage = stage_begin();

    free(stage_say(stage, "CURLCACHE_TTL=1h", "curl -sS $URL/small"));
    char *ours = our_subfolder(stage);

    if (chown(ours, 65534, 65534) != 0) {
        free(ours);
        stage_end(stage);
        cr_skip_test("a folder cannot be given away here");
    }
    stage_requests(stage);
    RUN_RESULT now = stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=1h",
                               "curl -sS $URL/small");

    cr_expect_eq(stage_requests(stage), 1, "it was used all the same");
    expect_one_line(&told, now.err);
    free(ours);
    stage_end(stage);
}

Test(settings, modes_and_what_they_promise, .timeout = 60)
{
    stage_need("curl");
    struct stage *stage = stage_begin();
    RUN_RESULT offline =
        stage_run(stage, STAGE_CACHED, "CURLCACHE_MODE=offline",
                  "curl -sS $URL/numbered");

    cr_expect_eq(offline.exit_code, 7, "offline, nothing stored: exit %d",
                 offline.exit_code);
    cr_expect_eq(stage_requests(stage), 0);
    free(stage_say(stage, "CURLCACHE_MODE=readonly", "curl -sS $URL/numbered"));
    free(stage_say(stage, "CURLCACHE_MODE=readonly", "curl -sS $URL/numbered"));
    cr_expect_eq(stage_requests(stage), 2, "readonly stores nothing");
    char *stored = stage_say(stage, "", "curl -sS $URL/numbered");
    char *served =
        stage_say(stage, "CURLCACHE_MODE=readonly", "curl -sS $URL/numbered");

    cr_expect_str_eq(served, stored, "readonly serves");
    cr_expect_eq(stage_requests(stage), 1);
    char *stale = stage_say(stage, "CURLCACHE_MODE=offline CURLCACHE_TTL=0",
                            "curl -sS $URL/numbered");

    cr_expect_str_eq(stale, stored, "offline serves what is stale");
    cr_expect_eq(stage_requests(stage), 0);
    char *anew =
        stage_say(stage, "CURLCACHE_MODE=recache", "curl -sS $URL/numbered");

    cr_expect_str_neq(anew, stored, "recache asks");
    cr_expect_eq(stage_requests(stage), 1);
    char *later = stage_say(stage, "", "curl -sS $URL/numbered");

    cr_expect_str_eq(later, anew, "recache stores");
    free(stored);
    free(served);
    free(stale);
    free(anew);
    free(later);
    stage_end(stage);
}

Test(settings, status_header_and_log_when_asked_for, .timeout = 60)
{
    stage_need("curl");
    struct stage *stage = stage_begin();
    char *log = text_of("%s/log", stage->folder);
    char *set = text_of("CURLCACHE_TTL=1h CURLCACHE_STATUS_HEADER=1 "
                        "CURLCACHE_LOG=%s",
                        log);
    char *cold = stage_say(stage, set, "curl -sS -i $URL/small");
    char *warm = stage_say(stage, set, "curl -sS -i $URL/small");

    cr_expect(strstr(warm, "Cache-Status: curlcache; hit") != NULL, "%s", warm);
    cr_expect(strstr(cold, "curlcache; hit") == NULL, "%s", cold);
    char *told = file_read(log, NULL);

    cr_assert_not_null(told);
    cr_expect_eq(count_lines(told), 2, "%s", told);
    cr_expect(strstr(told, "stored") != NULL, "%s", told);
    cr_expect(strstr(told, "hit") != NULL, "%s", told);
    free(log);
    free(set);
    free(cold);
    free(warm);
    free(told);
    stage_end(stage);
}
