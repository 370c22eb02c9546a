/*
 * test_conditions.c - curl's flags about files it has already: nginx plain,
 * cold and warm say the same
 */
#include "tests/preload/stage.h"
#include "tests/support/cases.h"
#include "tests/support/web.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SAY "-w ' %{http_code} %{size_download} %{num_headers}\\n'"
/* A part of a stored whole has one field more than nginx gives it. */
#define SIZE "-w ' %{http_code} %{size_download}\\n'"
#define GET_O "curl -sS -R --etag-save $DIR/tag -o $DIR/o $WEB/f; "

static const struct row {
    const char *name;
    int plain;
    int cold;
    int warm;
    const char *line;
} rows[] = {
    /* clang-format off */
    {"a tag is saved", 1, 1, 0, GET_O "cat $DIR/tag; cksum <$DIR/o"},
    {"the time is kept", 1, 1, 0, GET_O "stat -c %Y $DIR/o"},
    {"the same tag", 2, 1, 0, GET_O "rm -f $DIR/p; curl -sS --etag-compare $DIR/tag -o $DIR/p " SAY " $WEB/f; ls $DIR/p 2>/dev/null"},
    {"the same tag, with headers", 2, 1, 0, GET_O "curl -sS -D - --etag-compare $DIR/tag $WEB/f"},
    {"another tag", 1, 1, 0, "echo '\"x\"' >$DIR/tag; curl -sS --etag-compare $DIR/tag " SAY " $WEB/f | cksum"},
    {"compared and saved", 2, 1, 0, GET_O "curl -sS --etag-compare $DIR/tag --etag-save $DIR/tag " SAY " $WEB/f; cat $DIR/tag"},
    {"no tag yet", 1, 1, 0, ": >$DIR/tag; curl -sS --etag-compare $DIR/tag " SAY " $WEB/f | cksum"},
    {"newer than a file of its time", 2, 1, 0, GET_O "curl -sS -z $DIR/o -o $DIR/p " SAY " $WEB/f; ls $DIR/p 2>/dev/null"},
    {"newer than an old date", 2, 1, 0, GET_O "curl -sS -z 2001-01-01 " SAY " $WEB/f | cksum"},
    {"newer than a date to come", 2, 1, 0, GET_O "curl -sS -z 2035-01-01 " SAY " $WEB/f | cksum"},
    {"older than a date", 2, -1, -1, GET_O "curl -sS -z -2035-01-01 " SAY " $WEB/f | cksum"},
    {"newer than a file that is not there", 1, 1, 0, "curl -sS -z $DIR/none " SAY " $WEB/f 2>/dev/null | cksum"},
    {"a tag and a date", 2, 1, 0, GET_O "curl -sS -z 2001-01-01 --etag-compare $DIR/tag " SAY " $WEB/f | cksum"},
    {"a condition on a head", 2, 1, 0, GET_O "curl -sS -I -z 2035-01-01 " SAY " $WEB/f"},
    {"a part resumed, with its time", 2, 1, 0, GET_O "head -c 500 $DIR/o >$DIR/p; curl -sS -R -C - -o $DIR/p " SIZE " $WEB/f; cksum <$DIR/p; stat -c %Y $DIR/p"},
    {"a whole resumed", 2, -1, -1, GET_O "curl -sS -C - -o $DIR/o -w %{http_code} $WEB/f; echo $?; cksum <$DIR/o"},
    {"resumed and limited", 2, 1, 0, GET_O "head -c 500 $DIR/o >$DIR/p; curl -sS -C - --max-filesize 1000 -o $DIR/p $WEB/f; echo $?"},
    {"slowly", 2, 1, 0, GET_O "curl -sS --limit-rate 400k $WEB/f | cksum"},
    /* clang-format on */
};

enum { FILE_SIZE = 100000 };

struct scene {
    struct stage *stage;
    struct web *web;
    int seen;
};

static struct scene begin(void)
{
    struct scene scene = {.stage = NULL};
    static char bytes[FILE_SIZE];

    stage_need("curl");
    stage_need("nginx");
    stage_need("openssl");
    scene.stage = stage_begin();
    char *www = text_of("%s/www", scene.stage->folder);
    char *path = text_of("%s/f", www);

    cr_assert_eq(mkdir(www, 0755), 0);
    cr_assert_eq(chmod(scene.stage->folder, 0755), 0);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)origin_pattern(i);
    }
    file_write(path, bytes, sizeof(bytes));
    cr_assert_eq(
        utimensat(AT_FDCWD, path,
                  (struct timespec[2]){{1700000000, 0}, {1700000000, 0}}, 0),
        0);
    free(path);
    free(www);
    scene.web = web_start(scene.stage->folder);
    stage_set(scene.stage, "WEB", web_http(scene.web));
    return scene;
}

/* Requests for the file since this was last asked. */
static int requests(struct scene *scene)
{
    int total =
        web_count(scene->web, "GET /f ") + web_count(scene->web, "HEAD /f ");
    int fresh = total - scene->seen;

    scene->seen = total;
    return fresh;
}

/* The second in which nginx answered. */
static void blank_date(char *text)
{
    for (char *at = text; (at = strstr(at, "Date: ")) != NULL;) {
        at += strlen("Date: ");
        memset(at, 'x', strnlen(at, strlen("Sun, 06 Nov 1994 08:49:37")));
    }
}

LCC_CASES(conditions, say_the_same_plain_cold_and_warm, rows)
{
    const struct row *row = &rows[*which];
    struct scene scene = begin();
    RUN_RESULT plain = stage_run(scene.stage, STAGE_PLAIN, "", row->line);
    const int wanted[] = {row->cold, row->warm};

    cr_expect_eq(requests(&scene), row->plain, "%s", row->name);
    cr_expect_gt(plain.out_size, 0, "%s: %s", row->name, plain.err);
    blank_date(plain.out);
    for (int i = 0; i < 2; i++) {
        RUN_RESULT got =
            stage_run(scene.stage, STAGE_CACHED, "CURLCACHE_TTL=1h", row->line);
        int seen = requests(&scene);

        blank_date(got.out);
        cr_expect_eq(got.exit_code, plain.exit_code, "%s, run %d", row->name,
                     i);
        cr_expect_str_eq(got.out, plain.out, "%s, run %d", row->name, i);
        cr_expect_str_eq(got.err, plain.err, "%s, run %d", row->name, i);
        cr_expect(wanted[i] < 0 || seen == wanted[i], "%s, run %d: %d requests",
                  row->name, i, seen);
    }
    web_stop(scene.web);
    stage_end(scene.stage);
}
