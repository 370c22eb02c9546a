/*
 * test_ranges.c - parts of files: nginx plain, cold and warm say the same
 */
#include "tests/preload/range_file.h"
#include "tests/preload/stage.h"
#include "tests/support/cases.h"
#include "tests/support/web.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TTL "CURLCACHE_TTL=1h"

enum { FILE_SIZE = 100000 };

/* --- nginx, and a file of the pattern
 * ----------------------------------------- */

struct scene {
    struct stage *stage;
    struct web *web;
    int seen;
};

static void write_file(const struct scene *scene, const char *name, size_t size)
{
    char *path = text_of("%s/www/%s", scene->stage->folder, name);
    char *bytes = malloc(size);

    for (size_t i = 0; bytes && i < size; i++) {
        bytes[i] = (char)origin_pattern(i);
    }
    file_write(path, bytes, size);
    /* A validator by date is strong only some time after the change. */
    cr_assert_eq(
        utimensat(AT_FDCWD, path,
                  (struct timespec[2]){{1700000000, 0}, {1700000000, 0}}, 0),
        0);
    free(bytes);
    free(path);
}

static struct scene begin(void)
{
    struct scene scene = {.stage = NULL};

    stage_need("curl");
    stage_need("nginx");
    stage_need("openssl");
    scene.stage = stage_begin();
    char *www = text_of("%s/www", scene.stage->folder);

    cr_assert_eq(mkdir(www, 0755), 0);
    cr_assert_eq(chmod(scene.stage->folder, 0755), 0);
    free(www);
    write_file(&scene, "f", FILE_SIZE);
    scene.web = web_start(scene.stage->folder);
    stage_set(scene.stage, "WEB", web_http(scene.web));
    return scene;
}

static void end(struct scene *scene)
{
    web_stop(scene->web);
    stage_end(scene->stage);
}

static int requests(struct scene *scene)
{
    int total = web_count(scene->web, "GET /f ") +
                web_count(scene->web, "HEAD /f ") +
                web_count(scene->web, "GET /silent/f ");
    int fresh = total - scene->seen;

    scene->seen = total;
    return fresh;
}

/* --- what curl says
 * -------------------------------------------------------------- */

struct row {
    const char *name;
    int plain;
    int cold;
    int warm;
    const char *line;
};

#define CODES "%{http_code} %{size_download} %{exitcode} %{errormsg}"

/* clang-format off */
static const struct row rows[] = {
    {"first bytes, with headers", 1, 1, 0, "curl -sS -i -r 0-99 $WEB/f"},
    {"middle", 1, 1, 0, "curl -sS -i -r 500-70000 $WEB/f"},
    {"one byte", 1, 1, 0, "curl -sS -i -r 7-7 $WEB/f"},
    {"last bytes", 1, 1, 0, "curl -sS -i -r -20 $WEB/f"},
    {"from a place on", 1, 1, 0, "curl -sS -i -r 99000- $WEB/f"},
    {"more than there is", 1, 1, 0, "curl -sS -i -r 99990-200000 $WEB/f"},
    {"a suffix of more than there is", 1, 1, 0, "curl -sS -i -r -200000 $WEB/f"},
    {"by a header line", 1, 1, 0, "curl -sS -i -H 'Range: bytes=5-9' $WEB/f"},
    {"verbose", 1, 1, 0, "curl -sS -v -r 0-9 $WEB/f"},
    {"all that curl can tell", 1, 1, 0, "curl -sS -o $DIR/out -w '" CODES " %{size_header} %{content_type} %{header_json}' -r 0-9 $WEB/f"},
    {"a range of a stored range", 2, 1, 0, "curl -sS -r 100-199 $WEB/f | cksum; curl -sS -r 150-160 $WEB/f | cksum"},
    {"a range over two stored ones", 3, 2, 0, "for r in 100-199 200-299 150-250; do curl -sS -r $r $WEB/f | cksum; done"},
    {"a gap is not served", 3, 3, 0, "for r in 100-199 201-299 150-250; do curl -sS -r $r $WEB/f | cksum; done"},
    {"the whole out of parts", 3, 2, 0, "for r in 0-49999 50000-; do curl -sS -w %{http_code} -r $r $WEB/f | cksum; done; curl -sS -w '" CODES "' $WEB/f | cksum"},
    {"the whole, one byte is missing", 3, 3, 0, "for r in 0-49999 50001-; do curl -sS -w %{http_code} -r $r $WEB/f | cksum; done; curl -sS -w '" CODES "' $WEB/f | cksum"},
    {"a part out of the whole", 2, 1, 0, "curl -sS -w %{http_code} $WEB/f | cksum; curl -sS -w '" CODES "' -r 17-40000 $WEB/f | cksum"},
    {"the end out of the whole", 2, 1, 0, "curl -sS $WEB/f | cksum; curl -sS -r -1 $WEB/f | cksum"},
    {"past the end", 1, 1, 1, "curl -sS -i -r 100000- $WEB/f"},
    {"past the end of a stored whole", 2, 1, 0, "curl -sS -w %{http_code} $WEB/f | cksum; curl -sS -o $DIR/out -w '%{http_code} %{exitcode}' -r 100000- $WEB/f"},
    {"past the end, failing", 2, 1, 0, "curl -sS -w %{http_code} $WEB/f | cksum; curl -sS -f -o $DIR/out -w '%{http_code} %{exitcode} %{errormsg}' -r 100000- $WEB/f"},
    {"past the end of stored parts", 2, 1, 0, "curl -sS -w %{http_code} -r 0-9 $WEB/f | cksum; curl -sS -o $DIR/out -w '%{http_code} %{exitcode}' -r 100000- $WEB/f"},
    {"several ranges are not stored", 1, 1, 1, "curl -sS -r 0-9,500-509 -w '" CODES "' -o $DIR/out $WEB/f"},
    {"several that one range is left of", 1, 1, 0, "curl -sS -r 0-9,500000- -w '" CODES "' -o $DIR/out $WEB/f"},
    {"nonsense", 1, 1, 1, "curl -sS -i -r x-y $WEB/f"},
    {"If-Range that holds", 2, 2, 0, "curl -sS -r 0-9 -D $DIR/head -o $DIR/out $WEB/f; E=$(sed -n 's/^ETag: \\(\"[^\"]*\"\\).*/\\1/p' $DIR/head); curl -sS -i -r 50-59 -H \"If-Range: $E\" $WEB/f"},
    {"If-Range that fails", 1, 1, 0, "curl -sS -r 0-9 -H 'If-Range: \"other\"' -w '" CODES "' $WEB/f"},
    {"If-Range that fails on a stored part", 2, 2, 0, "curl -sS -r 0-9 $WEB/f | cksum; curl -sS -r 0-9 -H 'If-Range: \"other\"' -w '" CODES "' $WEB/f"},
    {"HEAD", 1, 1, 1, "curl -sS -I -r 0-9 $WEB/f"},
    {"without a validator", 1, 1, 0, "curl -sS -i -r 0-9 $WEB/silent/f"},
    {"without a validator nothing is combined", 3, 3, 2, "for r in 0-9 10-19 0-9; do curl -sS -r $r $WEB/silent/f | cksum; done"},
    {"resumed", 1, 1, 0, "printf abc >$DIR/out; curl -sS -C - -o $DIR/out -w '" CODES "' $WEB/f; cksum <$DIR/out"},
    {"resumed at a place", 1, 1, 0, "curl -sS -C 99990 -i $WEB/f"},
    {"resumed out of the whole", 2, 1, 0, "curl -sS -w %{http_code} $WEB/f | cksum; curl -sS -C 99990 -w '" CODES "' $WEB/f"},
    {"resumed at the end", 1, 1, 1, "curl -sS -C 100000 -w '" CODES "' $WEB/f"},
    {"resumed at the end of the whole", 2, 1, 0, "curl -sS -w %{http_code} $WEB/f | cksum; curl -sS -C 100000 -w '%{http_code} %{exitcode} %{errormsg}' $WEB/f"},
    {"resumed at the end, failing", 2, 1, 0, "curl -sS -w %{http_code} $WEB/f | cksum; curl -sS -f -C 100000 -w '%{http_code} %{exitcode} %{errormsg}' $WEB/f"},
    {"resumed, but another part comes", 2, 1, 0, "curl -sS -w %{http_code} $WEB/f | cksum; curl -sS -C 10 -H 'Range: bytes=5-9' -w '%{http_code} %{exitcode} %{errormsg}' $WEB/f"},
    {"resumed, but no part comes", 2, 1, 0, "curl -sS -w %{http_code} $WEB/f | cksum; curl -sS -C 10 -H 'Range:' -w '%{http_code} %{exitcode} %{errormsg}' $WEB/f"},
    {"resumed at the end, but the whole comes", 2, 1, 0, "curl -sS -w %{http_code} $WEB/f | cksum; curl -sS -C 100000 -H 'Range:' -w '%{http_code} %{size_download} %{exitcode} %{errormsg}' $WEB/f"},
    {"compressed, but nothing is", 1, 1, 0, "curl -sS -i --compressed -r 0-9 -H 'Accept-Encoding: identity' $WEB/f"},
};
/* clang-format on */

/* Times, the connection, and nginx's clock. */
static char *normal(const char *text)
{
    return transcript_normal(text);
}

static void expect_same(const char *name, const char *which,
                        const struct run_result *plain,
                        const struct run_result *other)
{
    char *err_a = normal(plain->err);
    char *err_b = normal(other->err);
    char *err = transcript_compare("plain", err_a, which, err_b);
    char *out = transcript_compare("plain", plain->out, which, other->out);

    cr_expect_eq(other->exit_code, plain->exit_code, "%s, %s: exit %d, not %d",
                 name, which, other->exit_code, plain->exit_code);
    cr_expect_null(out, "%s, output: %s", name, out);
    cr_expect_null(err, "%s, stderr: %s", name, err);
    free(out);
    free(err_a);
    free(err_b);
    free(err);
}

static void expect_seen(struct scene *scene, const struct row *row,
                        const char *which, int wanted)
{
    int seen = requests(scene);

    cr_expect_eq(seen, wanted, "%s, %s: the origin saw %d requests, not %d",
                 row->name, which, seen, wanted);
}

/* The second in which nginx answered is not the same in two runs. */
static void blank_dates(char *text)
{
    static const char *const names[] = {"Date: ", "\"date\":[\""};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(names); i++) {
        for (char *at = text; (at = strstr(at, names[i])) != NULL;) {
            at += strlen(names[i]);
            memset(at, 'x', strnlen(at, strlen("Sun, 06 Nov 1994 08:49:37")));
        }
    }
}

static struct run_result play(struct scene *scene, enum stage_mode mode,
                              const struct row *row)
{
    struct run_result result = stage_run(scene->stage, mode, TTL, row->line);

    blank_dates(result.out);
    blank_dates(result.err);
    return result;
}

LCC_CASES(ranges, say_the_same_plain_cold_and_warm, rows)
{
    const struct row *row = &rows[*which];
    struct scene scene = begin();
    RUN_RESULT plain = play(&scene, STAGE_PLAIN, row);

    expect_seen(&scene, row, "plain", row->plain);
    RUN_RESULT cold = play(&scene, STAGE_CACHED, row);

    expect_seen(&scene, row, "cold", row->cold);
    RUN_RESULT warm = play(&scene, STAGE_CACHED, row);

    expect_seen(&scene, row, "warm", row->warm);
    expect_same(row->name, "cold", &plain, &cold);
    expect_same(row->name, "warm", &plain, &warm);
    end(&scene);
}

/* --- several ranges of a stored whole
 * --------------------------------------------- */

/* The parts of a multipart body, as their bytes stand in the file. */
static void expect_part(const char **body, size_t first, size_t last,
                        const char *end)
{
    char *named = text_of("Content-Range: bytes %zu-%zu/%d\r\n\r\n", first,
                          last, (int)FILE_SIZE);
    const char *found =
        memmem(*body, (size_t)(end - *body), named, strlen(named));

    cr_assert_not_null(found, "%s", named);
    found += strlen(named);
    cr_assert_leq((size_t)(end - found), (size_t)RUN_OUTPUT_MAX);
    for (size_t i = first; i <= last; i++) {
        cr_assert_eq((unsigned char)found[i - first], origin_pattern(i), "%zu",
                     i);
    }
    *body = found + (last - first + 1);
    free(named);
}

Test(ranges, several_of_a_stored_whole_are_one_multipart_body)
{
    struct scene scene = begin();
    RUN_RESULT whole = stage_run(scene.stage, STAGE_CACHED, TTL,
                                 "curl -sS -o $DIR/out $WEB/f");

    cr_expect_eq(whole.exit_code, 0, "%s", whole.err);
    RUN_RESULT parts =
        stage_run(scene.stage, STAGE_CACHED, TTL,
                  "curl -sS -D $DIR/head -r 0-9,500-70000,-3 $WEB/f");
    char *path = text_of("%s/head", scene.stage->folder);
    char *head = file_read(path, NULL);
    const char *at = parts.out;
    const char *end_of_body = parts.out + parts.out_size;
    char *length = text_of("Content-Length: %zu\r\n", parts.out_size);

    cr_expect_eq(requests(&scene), 1);
    cr_expect_not_null(strstr(head, "HTTP/1.1 206 Partial Content\r\n"));
    cr_expect_not_null(
        strstr(head, "Content-Type: multipart/byteranges; boundary="));
    cr_expect_not_null(strstr(head, length), "%s", head);
    cr_expect_null(strstr(head, "Content-Range"));
    expect_part(&at, 0, 9, end_of_body);
    expect_part(&at, 500, 70000, end_of_body);
    expect_part(&at, FILE_SIZE - 3, FILE_SIZE - 1, end_of_body);
    cr_expect_eq(strncmp(at, "\r\n--", 4), 0);
    cr_expect_eq(strcmp(end_of_body - 4, "--\r\n"), 0);
    free(length);
    free(head);
    free(path);
    end(&scene);
}

/* --- a large file, read by many ranges
 * ---------------------------------------------- */

static void write_large(const struct scene *scene, const char *name,
                        uint64_t size)
{
    char *path = text_of("%s/www/%s", scene->stage->folder, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    unsigned char marker[RANGE_FILE_MARKER];

    cr_assert(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
    for (uint64_t at = 0; at < size; at += RANGE_FILE_BLOCK) {
        size_t bytes =
            size - at < sizeof(marker) ? (size_t)(size - at) : sizeof(marker);

        for (size_t i = 0; i < bytes; i++) {
            marker[i] = range_file_byte(at + i);
        }
        cr_assert_eq(pwrite(fd, marker, bytes, (off_t)at), (ssize_t)bytes);
    }
    close(fd);
    free(path);
}

enum { LARGE_READS = 2000, MORE_MEMORY_KIB = 24 * 1024 };

/* Returns the most memory that the program used, in KiB. */
static long read_large(struct scene *scene, const char *name, uint64_t size)
{
    char *line = text_of("\"$READER\" $WEB/%s %llu %d", name,
                         (unsigned long long)size, (int)LARGE_READS);
    RUN_RESULT result = stage_run(scene->stage, STAGE_CACHED, TTL, line);
    long wrong = -1;
    long kib = 0;

    cr_assert_eq(sscanf(result.out, "wrong %ld\nmemory %ld KiB", &wrong, &kib),
                 2, "%s%s", result.out, result.err);
    cr_expect_eq(wrong, 0, "%s: %ld ranges are wrong", name, wrong);
    cr_expect_gt(kib, 0);
    free(line);
    return kib;
}

struct large {
    const char *name;
    uint64_t size;
    long memory_kib;
};

Test(ranges, many_of_a_large_file_are_read_twice_and_fetched_once,
     .timeout = 120)
{
    struct large files[] = {{"small", 20000000, 0}, {"large", 200000000, 0}};
    struct scene scene = begin();

    stage_set(scene.stage, "READER", getenv("LCC_READER"));
    for (size_t i = 0; i < LCC_ARRAY_SIZE(files); i++) {
        char *line = text_of("GET /%s ", files[i].name);

        write_large(&scene, files[i].name, files[i].size);
        files[i].memory_kib = read_large(&scene, files[i].name, files[i].size);
        int cold = web_count(scene.web, line);

        cr_expect_gt(cold, LARGE_READS / 2);
        cr_expect_leq(cold, LARGE_READS);
        long warm = read_large(&scene, files[i].name, files[i].size);

        cr_expect_eq(web_count(scene.web, line), cold,
                     "%s: the second time asks the origin", files[i].name);
        if (warm > files[i].memory_kib) {
            files[i].memory_kib = warm;
        }
        free(line);
    }
    cr_expect_lt(files[1].memory_kib - files[0].memory_kib, MORE_MEMORY_KIB,
                 "%ld KiB for 200 MB, %ld KiB for 20 MB", files[1].memory_kib,
                 files[0].memory_kib);
    end(&scene);
}

/* --- checked with the origin first
 * ------------------------------------------------- */

struct checked {
    const char *name;
    const char *before; /* what is asked for first */
    const char *range;
    bool changed;        /* the file is another one by then */
    const char *decided; /* the word in the log */
    int requests;        /* of the second one */
};

/* clang-format off */
static const struct checked checked[] = {
    {"a part of a whole that still holds", "0-", "500-599", false, "validated", 1},
    {"a part that still holds", "400-699", "500-599", false, "validated", 1},
    {"a part of a whole that is another one now", "0-", "500-599", true, "", 1},
    {"a part of something else now", "400-699", "500-599", true, "", 1},
    {"past the end of a whole that still holds", "0-", "100000-", false, "validated", 1},
    {"a part that is not there", "0-9", "500-599", false, "stored", 1},
};
/* clang-format on */

#define ALWAYS TTL " CURLCACHE_ALWAYS_REVALIDATE=1"

static void change_file(const struct scene *scene)
{
    char *path = text_of("%s/www/f", scene->stage->folder);
    char *bytes = malloc(FILE_SIZE);

    for (size_t i = 0; bytes && i < FILE_SIZE; i++) {
        bytes[i] = (char)(origin_pattern(i) ^ 0x55);
    }
    file_write(path, bytes, FILE_SIZE);
    free(bytes);
    free(path);
}

LCC_CASES(ranges, are_checked_with_the_origin, checked)
{
    const struct checked *c = &checked[*which];
    struct scene scene = begin();
    char *first = text_of("curl -sS -o $DIR/out %s%s $WEB/f",
                          strcmp(c->before, "0-") ? "-r " : "",
                          strcmp(c->before, "0-") ? c->before : "");
    char *second = text_of("CURLCACHE_LOG=$DIR/log curl -sS -o $DIR/part -D "
                           "$DIR/head -r %s $WEB/f; cksum <$DIR/part; head "
                           "-n 1 $DIR/head; grep -i ^content-range: $DIR/head",
                           c->range);
    char *path = text_of("%s/log", scene.stage->folder);
    RUN_RESULT stored = stage_run(scene.stage, STAGE_CACHED, ALWAYS, first);

    cr_expect_eq(stored.exit_code, 0, "%s", stored.err);
    if (c->changed) {
        change_file(&scene);
    }
    RUN_RESULT plain = stage_run(scene.stage, STAGE_PLAIN, "", second);
    (void)requests(&scene);
    RUN_RESULT cached = stage_run(scene.stage, STAGE_CACHED, ALWAYS, second);
    char *log = file_read(path, NULL);

    cr_expect_eq(requests(&scene), c->requests, "%s", c->name);
    cr_assert_not_null(log);
    cr_expect(strstr(log, c->decided) != NULL, "%s: %s", c->name, log);
    if (strstr(c->range, "100000")) { /* a 416 of ours has no body */
        cr_expect_not_null(strstr(cached.out, "HTTP/1.1 416 "));
        cr_expect_not_null(strstr(cached.out, "bytes */100000"));
    } else {
        cr_expect_str_eq(cached.out, plain.out, "%s: %s instead of %s", c->name,
                         cached.out, plain.out);
    }
    free(log);
    free(path);
    free(first);
    free(second);
    end(&scene);
}

Test(ranges, a_changed_file_is_not_mixed_with_its_old_parts)
{
    struct scene scene = begin();
    RUN_RESULT old = stage_run(scene.stage, STAGE_CACHED, ALWAYS,
                               "curl -sS -r 0-49999 $WEB/f | cksum");

    cr_expect_not_null(strstr(old.out, " 50000"), "%s", old.out);
    change_file(&scene);
    RUN_RESULT plain =
        stage_run(scene.stage, STAGE_PLAIN, "", "curl -sS $WEB/f | cksum");
    RUN_RESULT fresh = stage_run(scene.stage, STAGE_CACHED, TTL,
                                 "curl -sS -r 50000- $WEB/f >$DIR/a; curl -sS "
                                 "$WEB/f | cksum");

    cr_expect_str_eq(fresh.out, plain.out, "%s instead of %s", fresh.out,
                     plain.out);
    end(&scene);
}

Test(ranges, stale_parts_answer_when_the_origin_is_gone)
{
    static const char gone[] = "CURLCACHE_TTL=1h CURLCACHE_ALWAYS_REVALIDATE=1 "
                               "CURLCACHE_STALE_IF_ERROR=1d";
    struct scene scene = begin();
    RUN_RESULT there = stage_run(
        scene.stage, STAGE_CACHED, TTL,
        "curl -sS -r 100-199 $WEB/f >$DIR/a; curl -sS -r 120-139 $WEB/f");

    scene.web = web_stop(scene.web);
    RUN_RESULT part = stage_run(scene.stage, STAGE_CACHED, gone,
                                "curl -sS -r 120-139 $WEB/f");
    RUN_RESULT more =
        stage_run(scene.stage, STAGE_CACHED, gone, "curl -s -r 120-239 $WEB/f");

    cr_expect_eq(there.out_size, 20);
    cr_expect_eq(part.out_size, 20);
    cr_expect_eq(memcmp(part.out, there.out, 20), 0);
    cr_expect_neq(more.exit_code, 0);
    cr_expect_eq(more.out_size, 0, "bytes that are not all there are served");
    end(&scene);
}
