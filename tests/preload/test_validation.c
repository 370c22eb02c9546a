/*
 * test_validation.c - what is stored is checked with the origin, and the
 * program never sees how (RFC 9111, section 4.3; RFC 5861, section 4)
 */
#include "tests/preload/stage.h"
#include "tests/support/web.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MIB = 1024 * 1024 };

/* -w is part of the key: with it curl asks for the certificates. */
#define CODE "curl -sS -o /dev/null -w '%{http_code} %{size_download}' "
#define HOUR "CURLCACHE_TTL=1h"
#define ZERO "CURLCACHE_TTL=0"

static struct stage *begin(void)
{
    stage_need("curl");
    struct stage *stage = stage_begin();

    origin_validate(stage->origin);
    return stage;
}

/* The line's output under the preload is this one; how often the origin was
 * asked, and how often it said 304 to that. */
static void expect(struct stage *stage, const char *env, const char *line,
                   const char *want, int requests, int not_modified)
{
    int before = origin_not_modified(stage->origin);

    (void)stage_requests(stage);
    RUN_RESULT now = stage_run(stage, STAGE_CACHED, env, line);

    cr_expect_str_eq(now.out, want, "%s %s: %s", env, line, now.err);
    cr_expect_str_eq(now.err, "", "%s %s", env, line);
    cr_expect_eq(stage_requests(stage), requests, "%s %s", env, line);
    cr_expect_eq(origin_not_modified(stage->origin) - before, not_modified,
                 "%s %s", env, line);
}

static char *plain(struct stage *stage, const char *line)
{
    RUN_RESULT result = stage_run(stage, STAGE_PLAIN, "", line);

    return text_of("%s", result.out);
}

/* --- a 304 for the cache ---------------------------------------------------*/

struct mode_case {
    const char *name;
    const char *env;
};

static const struct mode_case modes[] = {
    {"nothing lives for zero", "CURLCACHE_TTL=0"},
    {"the mode checks everything", "CURLCACHE_TTL=1h CURLCACHE_MODE=refresh"},
    {"the setting checks everything",
     "CURLCACHE_TTL=1h CURLCACHE_ALWAYS_REVALIDATE=1"},
    {"nothing is written, and yet it is checked",
     "CURLCACHE_TTL=0 CURLCACHE_MODE=readonly"},
};

Test(validation, a_304_is_not_seen_and_brings_no_body, .timeout = 60)
{
    static const char line[] = "curl -sSi -w '%{http_code} %{size_download} "
                               "%{size_request} %{content_type}' $URL/medium";

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        struct stage *stage = begin();
        char *want = plain(stage, line);
        size_t sent;

        expect(stage, "CURLCACHE_TTL=0", line, want, 1, 0);
        sent = origin_body_bytes(stage->origin);
        expect(stage, modes[i].env, line, want, 1, 1);
        expect(stage, modes[i].env, line, want, 1, 1);
        cr_expect_eq(origin_body_bytes(stage->origin), sent, "%s",
                     modes[i].name);
        free(want);
        stage_end(stage);
    }
}

Test(validation, a_304_gives_a_new_lifetime, .timeout = 60)
{
    static const char line[] = "curl -sSi $URL/live";
    struct stage *stage = begin();
    char *want;
    char *wanted;

    origin_answer(stage->origin,
                  &(struct origin_response){
                      .path = "/live",
                      .fields = "ETag: \"1\"\r\nCache-Control: max-age=0\r\n",
                      .body = "one\n"});
    want = plain(stage, line);
    expect(stage, "", line, want, 1, 0);
    origin_answer(stage->origin,
                  &(struct origin_response){
                      .path = "/live",
                      .status = 304,
                      .fields = "ETag: \"1\"\r\nCache-Control: max-age=900\r\n",
                      .framing = ORIGIN_BARE});
    wanted = text_of("%s", want);
    free(want);
    /* Its fields take the place of the stored ones. */
    char *at = strstr(wanted, "max-age=0");
    cr_assert_not_null(at);
    want = text_of("%.*smax-age=900%s", (int)(at - wanted), wanted,
                   at + strlen("max-age=0"));
    expect(stage, "", line, want, 1, 1);
    char *later = stage_say(stage, "", line);
    cr_expect_eq(stage_requests(stage), 0, "fresh again");
    cr_expect_not_null(strstr(later, "max-age=900"), "%s", later);
    cr_expect_not_null(strstr(later, "\r\n\r\none\n"), "%s", later);
    free(later);
    free(want);
    free(wanted);
    stage_end(stage);
}

Test(validation, what_has_changed_is_shown_and_replaces_what_is_stored,
     .timeout = 60)
{
    struct stage *stage = begin();

    origin_answer(stage->origin,
                  &(struct origin_response){.path = "/page", .body = "old\n"});
    expect(stage, "CURLCACHE_TTL=0", "curl -sS $URL/page", "old\n", 1, 0);
    origin_answer(stage->origin, &(struct origin_response){.path = "/page",
                                                           .body = "newer\n"});
    expect(stage, "CURLCACHE_TTL=0", "curl -sS $URL/page", "newer\n", 1, 0);
    expect(stage, "CURLCACHE_TTL=1h", "curl -sS $URL/page", "newer\n", 0, 0);
    stage_end(stage);
}

/* A trace names no validator, and the size of the request is the plain one's,
 * also where the answer is shown. */
Test(validation, the_program_sees_no_validator_that_it_did_not_send,
     .timeout = 60)
{
    static const char line[] =
        "curl -sSv -o /dev/null -w '%{size_request}' $URL/page 2>&1";
    struct stage *stage = begin();

    origin_answer(stage->origin,
                  &(struct origin_response){.path = "/page", .body = "old\n"});
    RUN_RESULT first = stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=0", line);
    origin_answer(stage->origin, &(struct origin_response){.path = "/page",
                                                           .body = "newer\n"});
    RUN_RESULT second = stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=0", line);
    char *asked = origin_last(stage->origin);

    cr_expect_not_null(strstr(asked, "If-None-Match: "), "%s", asked);
    cr_expect_null(strstr(second.out, "If-None-Match"), "%s", second.out);
    cr_expect_not_null(strstr(second.out, "> GET /page HTTP/1.1"), "%s",
                       second.out);
    cr_expect_not_null(strstr(second.out, "< HTTP/1.1 200 OK"), "%s",
                       second.out);
    cr_expect_str_eq(strrchr(first.out, '\n'), strrchr(second.out, '\n'),
                     "size of the request");
    free(asked);
    stage_end(stage);
}

/* What comes back speaks of nothing that is stored: asked once more, plainly.
 */
Test(validation, a_304_that_speaks_of_something_else_is_asked_again,
     .timeout = 60)
{
    struct stage *stage = begin();

    expect(stage, ZERO, CODE "$URL/small", "200 13", 1, 0);
    origin_answer(stage->origin,
                  &(struct origin_response){.path = "/small",
                                            .status = 304,
                                            .fields = "ETag: \"none\"\r\n",
                                            .framing = ORIGIN_BARE});
    /* This origin goes on saying 304, and now that is the plain answer. */
    expect(stage, ZERO, CODE "$URL/small", "304 0", 2, 2);
    char *asked = origin_last(stage->origin);

    cr_expect_eq(origin_count(stage->origin, "GET", "/small"), 3);
    cr_expect_null(strstr(asked, "If-None-Match"), "%s", asked);
    free(asked);
    stage_end(stage);
}

static void take_away(void *arg, const char *path)
{
    if (strstr(path, "/bodies/")) {
        unlink(path);
        ++*(int *)arg;
    }
}

Test(validation, a_body_that_is_gone_is_fetched_anew, .timeout = 60)
{
    static const char line[] = "curl -sSi $URL/medium";
    struct stage *stage = begin();
    char *want = plain(stage, line);
    int taken = 0;

    expect(stage, "CURLCACHE_TTL=0", line, want, 1, 0);
    files_visit(stage->cache, take_away, &taken);
    cr_assert_eq(taken, 1, "the body lies in a file of its own");
    expect(stage, "CURLCACHE_TTL=0", line, want, 2, 1);
    expect(stage, "CURLCACHE_TTL=0", line, want, 1, 1);
    free(want);
    stage_end(stage);
}

/* A 304 may say no-store: it is served this once, from a file that is dropped
 * already, and asked for anew after that. */
Test(validation, a_304_that_says_no_store_drops_what_it_renews, .timeout = 60)
{
    static const char line[] = "curl -sS $URL/large";
    struct stage *stage = begin();
    char *want = plain(stage, line);

    expect(stage, "CURLCACHE_TTL=0", line, want, 1, 0);
    origin_answer(stage->origin, &(struct origin_response){
                                     .path = "/large",
                                     .status = 304,
                                     .fields = "Cache-Control: no-store\r\n",
                                     .framing = ORIGIN_BARE});
    expect(stage, "CURLCACHE_TTL=0", line, want, 1, 1);
    cr_expect_null(files_find(stage->cache, ".held"));
    RUN_RESULT list = stage_tool(stage, "list");
    cr_expect_null(strstr(list.out, "/large"), "%s", list.out);
    free(want);
    stage_end(stage);
}

Test(validation, a_redirect_followed_is_fetched_anew, .timeout = 60)
{
    struct stage *stage = begin();

    origin_answer(stage->origin,
                  &(struct origin_response){.path = "/from",
                                            .status = 302,
                                            .fields = "Location: /small\r\n"});
    for (int i = 0; i < 2; i++) {
        expect(stage, "CURLCACHE_TTL=0", "curl -sSL $URL/from",
               "a small text\n", 2, 0);
    }
    stage_end(stage);
}

/* A page that was stored has become a redirect: no hop sees our validators. */
Test(validation, validators_end_with_the_first_status, .timeout = 60)
{
    struct stage *stage = begin();

    expect(stage, "CURLCACHE_TTL=0", "curl -sSL $URL/small", "a small text\n",
           1, 0);
    origin_answer(stage->origin,
                  &(struct origin_response){.path = "/small",
                                            .status = 302,
                                            .fields = "Location: /other\r\n"});
    expect(stage, "CURLCACHE_TTL=0", "curl -sSL $URL/small",
           "another small text\n", 2, 0);
    char *asked = origin_last(stage->origin);

    cr_expect_null(strstr(asked, "If-"), "%s", asked);
    free(asked);
    stage_end(stage);
}

/* --- nginx ----------------------------------------------------------------*/

Test(validation, nginx_sends_no_byte_of_a_mebibyte_twice, .timeout = 60)
{
    stage_need("curl");
    stage_need("nginx");
    stage_need("openssl");
    struct stage *stage = stage_begin();
    char *www = text_of("%s/www", stage->folder);
    char *page = text_of("%s/www/mebibyte", stage->folder);
    char *bytes = malloc(MIB);
    struct web *web;

    for (size_t i = 0; i < MIB; i++) {
        bytes[i] = (char)origin_pattern(i);
    }
    mkdir(www, 0755);
    file_write(page, bytes, MIB);
    web = web_start(stage->folder);
    stage_set(stage, "WEB", web_http(web));
    for (int i = 0; i < 3; i++) {
        RUN_RESULT now = stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=0",
                                   "curl -sS $WEB/mebibyte");

        cr_expect_eq(now.out_size, (size_t)MIB);
        cr_expect(!memcmp(now.out, bytes, MIB), "run %d", i);
        cr_expect_str_eq(now.err, "");
    }
    cr_expect_eq(web_count(web, "GET /mebibyte 200 1048576 "), 1);
    cr_expect_eq(web_count(web, "GET /mebibyte 304 0 "), 2);
    web_stop(web);
    free(bytes);
    free(page);
    free(www);
    stage_end(stage);
}

/* --- a program's own conditions -------------------------------------------*/

struct own_case {
    const char *name;
    const char *env;
    const char *line; /* after the page was stored */
    const char *want;
    int requests;
    int not_modified;
};

/* clang-format off */
static const struct own_case owns[] = {
    {"its tag, fresh", HOUR, CODE "-H 'If-None-Match: \"s1\"' $URL/small", "304 0", 0, 0},
    {"its tag among others", HOUR, CODE "-H 'If-None-Match: \"x\", W/\"s1\"' $URL/small", "304 0", 0, 0},
    {"any", HOUR, CODE "-H 'If-None-Match: *' $URL/small", "304 0", 0, 0},
    {"another tag", HOUR, CODE "-H 'If-None-Match: \"x\"' $URL/small", "200 13", 0, 0},
    {"not modified since", HOUR, CODE "-H 'If-Modified-Since: Mon, 06 Jan 2020 10:20:30 GMT' $URL/small", "304 0", 0, 0},
    {"modified since", HOUR, CODE "-H 'If-Modified-Since: Mon, 06 Jan 2020 10:20:29 GMT' $URL/small", "200 13", 0, 0},
    {"a date that is none", HOUR, CODE "-H 'If-Modified-Since: tomorrow' $URL/small", "200 13", 0, 0},
    {"-z, not modified", HOUR, CODE "-z 'Mon, 06 Jan 2020 10:20:30 GMT' $URL/small", "304 0", 0, 0},
    {"-z, modified", HOUR, CODE "-z 'Mon, 06 Jan 2019 10:20:30 GMT' $URL/small", "200 13", 0, 0},
    {"If-Match holds", HOUR, CODE "-H 'If-Match: \"s1\"' $URL/small", "200 13", 0, 0},
    {"If-Match fails", HOUR, CODE "-H 'If-Match: \"x\"' $URL/small", "412 0", 0, 0},
    {"If-Unmodified-Since fails", HOUR, CODE "-H 'If-Unmodified-Since: Mon, 06 Jan 2019 10:20:30 GMT' $URL/small", "412 0", 0, 0},
    {"etag-compare", HOUR, "printf '\"s1\"' >tag; " CODE "--etag-compare tag $URL/small", "304 0", 0, 0},
    {"its tag, stale: checked with both", ZERO, CODE "-H 'If-None-Match: \"s1\"' $URL/small", "304 0", 1, 1},
    {"another tag, stale: the 304 is ours", ZERO, CODE "-H 'If-None-Match: \"x\"' $URL/small", "200 13", 1, 1},
    {"a date, stale", ZERO, CODE "-H 'If-Modified-Since: Mon, 06 Jan 2020 10:20:30 GMT' $URL/small", "304 0", 1, 1},
    {"an older date, stale", ZERO, CODE "-z 'Mon, 06 Jan 2019 10:20:30 GMT' $URL/small", "200 13", 1, 1},
};
/* clang-format on */

Test(validation, own_conditions_are_answered_as_the_origin_would,
     .timeout = 120)
{
    for (size_t i = 0; i < sizeof(owns) / sizeof(owns[0]); i++) {
        const struct own_case *c = &owns[i];
        struct stage *stage = begin();

        stage_set(stage, "HOME", stage->folder);
        expect(stage, HOUR, CODE "$URL/small", "200 13", 1, 0);
        char *line = text_of("cd $DIR && %s", c->line);
        expect(stage, c->env, line, c->want, c->requests, c->not_modified);
        free(line);
        stage_end(stage);
    }
}

Test(validation, a_304_for_the_program_has_what_a_304_has, .timeout = 60)
{
    struct stage *stage = begin();

    origin_answer(stage->origin,
                  &(struct origin_response){
                      .path = "/all",
                      .fields =
                          "ETag: \"1\"\r\nVary: Accept\r\nExpires: 0\r\n"
                          "Cache-Control: max-age=60\r\nContent-Type: a/b\r\n"
                          "Content-Location: /all.b\r\nSet-Cookie: a=b\r\n",
                      .body = "all\n"});
    expect(stage, HOUR, "curl -sS $URL/all", "all\n", 1, 0);
    char *told =
        stage_say(stage, HOUR, "curl -sSi -H 'If-None-Match: \"1\"' $URL/all");

    cr_expect_eq(strncmp(told, "HTTP/1.1 304 Not Modified\r\n", 27), 0, "%s",
                 told);
    for (const char *const *name = ARGV(
             "Date: ", "ETag: \"1\"\r\n", "Vary: Accept\r\n", "Expires: 0\r\n",
             "Cache-Control: max-age=60\r\n", "Content-Location: /all.b\r\n");
         *name; name++) {
        cr_expect_not_null(strstr(told, *name), "%s is not in %s", *name, told);
    }
    cr_expect_null(strstr(told, "Content-Type"), "%s", told);
    cr_expect_null(strstr(told, "Content-Length"), "%s", told);
    free(told);
    stage_end(stage);
}

/* The program's own tag is the current one, ours is not: it gets its 304, and
 * what is stored stays what it is. */
Test(validation, a_304_of_the_programs_own_is_shown, .timeout = 60)
{
    struct stage *stage = begin();

    origin_answer(stage->origin,
                  &(struct origin_response){.path = "/page",
                                            .fields = "ETag: \"1\"\r\n",
                                            .body = "one\n"});
    expect(stage, ZERO, CODE "$URL/page", "200 4", 1, 0);
    origin_answer(stage->origin,
                  &(struct origin_response){.path = "/page",
                                            .fields = "ETag: \"2\"\r\n",
                                            .body = "two\n"});
    expect(stage, ZERO, CODE "-H 'If-None-Match: \"2\"' $URL/page", "304 0", 1,
           1);
    char *asked = origin_last(stage->origin);

    cr_expect_not_null(strstr(asked, "If-None-Match: \"2\", \"1\"\r\n"), "%s",
                       asked);
    free(asked);
    expect(stage, ZERO, "curl -sS $URL/page", "two\n", 1, 0);
    stage_end(stage);
}

/* --- variants --------------------------------------------------------------*/

/* The tags of all variants are sent; the one that the 304 names is served. */
Test(validation, the_304_selects_among_variants, .timeout = 60)
{
    struct stage *stage = begin();

    origin_answer(
        stage->origin,
        &(struct origin_response){.path = "/vary",
                                  .fields = "Vary: Accept\r\nETag: \"a\"\r\n",
                                  .body = "for a\n"});
    expect(stage, HOUR, "curl -sS -H 'Accept: a' $URL/vary", "for a\n", 1, 0);
    origin_answer(
        stage->origin,
        &(struct origin_response){.path = "/vary",
                                  .fields = "Vary: Accept\r\nETag: \"b\"\r\n",
                                  .body = "for b\n"});
    expect(stage, HOUR, "curl -sS -H 'Accept: b' $URL/vary", "for b\n", 1, 0);
    expect(stage, HOUR, "curl -sS -H 'Accept: c' $URL/vary", "for b\n", 1, 1);
    char *asked = origin_last(stage->origin);

    cr_expect_not_null(strstr(asked, "\"a\""), "%s", asked);
    cr_expect_not_null(strstr(asked, "\"b\""), "%s", asked);
    free(asked);
    expect(stage, HOUR, "curl -sS -H 'Accept: a' $URL/vary", "for a\n", 0, 0);
    stage_end(stage);
}

/* --- HEAD -----------------------------------------------------------------*/

struct head_case {
    const char *name;
    const char *fields; /* of the answer to the HEAD */
    int requests;       /* of the GET after it */
};

static const struct head_case heads[] = {
    {"the same", "ETag: \"1\"\r\nCache-Control: max-age=900\r\n", 0},
    {"another tag", "ETag: \"2\"\r\nCache-Control: max-age=900\r\n", 1},
};

Test(validation, a_head_renews_or_drops_the_stored_get, .timeout = 60)
{
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        const struct head_case *c = &heads[i];
        struct stage *stage = begin();

        origin_answer(
            stage->origin,
            &(struct origin_response){
                .path = "/page",
                .fields = "ETag: \"1\"\r\nCache-Control: max-age=0\r\n",
                .body = "one\n"});
        expect(stage, "", "curl -sS $URL/page", "one\n", 1, 0);
        origin_answer(stage->origin,
                      &(struct origin_response){.path = "/page",
                                                .fields = c->fields,
                                                .body = "one\n"});
        RUN_RESULT head =
            stage_run(stage, STAGE_CACHED, "", "curl -sSI $URL/page");
        cr_expect_eq(stage_requests(stage), 1, "the HEAD: %s", head.out);
        expect(stage, "", "curl -sS $URL/page", "one\n", c->requests, 0);
        stage_end(stage);
    }
}

/* --- stale-if-error -------------------------------------------------------*/

#define DAY "CURLCACHE_TTL=0 CURLCACHE_STALE_IF_ERROR=1d"

Test(validation, an_error_of_the_origin_is_swallowed_where_stale_will_do,
     .timeout = 60)
{
    static const char line[] = "curl -sSi -w '%{http_code}' $URL/small";
    struct stage *stage = begin();
    char *want = plain(stage, line);

    expect(stage, ZERO, line, want, 1, 0);
    origin_answer(stage->origin, &(struct origin_response){.path = "/small",
                                                           .status = 503,
                                                           .body = "busy\n"});
    expect(stage, DAY, line, want, 1, 0);
    char *shown = stage_say(stage, ZERO, line);
    cr_expect_not_null(strstr(shown, "busy\n503"), "%s", shown);
    free(shown);
    (void)stage_requests(stage);
    expect(stage, DAY " CURLCACHE_MODE=refresh", line, want, 1, 0);
    expect(stage, HOUR, line, want, 0, 0);
    RUN_RESULT fails = stage_run(stage, STAGE_CACHED, DAY, "curl -sSf $URL/no");
    cr_expect_eq(fails.exit_code, 22, "nothing stored: %s", fails.err);
    free(want);
    stage_end(stage);
}

/* Half of fifty requests reach the origin before it goes away. */
Test(validation, what_was_ever_answered_is_answered_without_a_network,
     .timeout = 120)
{
    static const char half[] = "curl -sS \"$GONE/echo?[1-25]\"";
    struct stage *stage = begin();
    struct origin *gone = origin_start(NULL);

    stage_set(stage, "GONE", origin_base(gone));
    RUN_RESULT first = stage_run(stage, STAGE_CACHED, DAY, half);
    cr_assert_eq(first.exit_code, 0, "%s", first.err);
    cr_expect_eq(origin_total(gone), 25);
    origin_stop(gone);
    RUN_RESULT second = stage_run(stage, STAGE_CACHED, DAY, half);
    cr_expect_eq(second.exit_code, 0, "%s", second.err);
    cr_expect_str_eq(second.out, first.out);
    RUN_RESULT never =
        stage_run(stage, STAGE_CACHED, DAY, "curl -sS \"$GONE/echo?26\"");
    cr_expect_eq(never.exit_code, 7, "%s", never.err);
    RUN_RESULT plainly =
        stage_run(stage, STAGE_CACHED, ZERO, "curl -sS \"$GONE/echo?1\"");
    cr_expect_eq(plainly.exit_code, 7, "without the setting it fails: %s",
                 plainly.err);
    cr_expect_not_null(strstr(plainly.err, "Failed to connect"), "%s",
                       plainly.err);
    stage_end(stage);
}
