/*
 * test_isolation.c - what is not the same request, and what reaches the disk
 *
 * /numbered answers every request differently, so an answer served across
 * would also show in the output.
 */
#include "tests/preload/stage.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define TTL "CURLCACHE_TTL=1h"

struct pair {
    const char *name;
    bool shared; /* the second is answered from what the first stored */
    const char *first;
    const char *second;
};

/* clang-format off */
static const struct pair pairs[] = {
    { "password",        false, "curl -sS -u user:one $URL/numbered", "curl -sS -u user:two $URL/numbered" },
    { "user",            false, "curl -sS -u one:p $URL/numbered", "curl -sS -u two:p $URL/numbered" },
    { "login or none",   false, "curl -sS -u user:one $URL/numbered", "curl -sS $URL/numbered" },
    { "none or login",   false, "curl -sS $URL/numbered", "curl -sS -u user:one $URL/numbered" },
    { "login in the URL", false, "curl -sS http://user:one@127.0.0.1:$PORT/numbered", "curl -sS http://127.0.0.1:$PORT/numbered" },
    { "bearer token",    false, "curl -sS --oauth2-bearer one $URL/numbered", "curl -sS --oauth2-bearer two $URL/numbered" },
    { "Authorization",   false, "curl -sS -H 'Authorization: Token one' $URL/numbered", "curl -sS $URL/numbered" },
    { "netrc",           false, "echo 'machine 127.0.0.1 login a password one' >$DIR/n; curl -sS --netrc-file $DIR/n $URL/numbered",
                                "echo 'machine 127.0.0.1 login a password two' >$DIR/n; curl -sS --netrc-file $DIR/n $URL/numbered" },
    { "cookie",          false, "curl -sS -b a=1 $URL/numbered", "curl -sS -b a=2 $URL/numbered" },
    { "cookie or none",  false, "curl -sS -b a=1 $URL/numbered", "curl -sS $URL/numbered" },
    { "Cookie field",    false, "curl -sS -H 'Cookie: a=1' $URL/numbered", "curl -sS $URL/numbered" },
    { "cookie of a file", false, "printf '127.0.0.1\\tFALSE\\t/\\tFALSE\\t0\\tn\\tone\\n' >$DIR/j; curl -sS -b $DIR/j $URL/numbered",
                                "printf '127.0.0.1\\tFALSE\\t/\\tFALSE\\t0\\tn\\ttwo\\n' >$DIR/j; curl -sS -b $DIR/j $URL/numbered" },
    { "cookie of a file or none", false, "printf '127.0.0.1\\tFALSE\\t/\\tFALSE\\t0\\tn\\tone\\n' >$DIR/j; curl -sS -b $DIR/j $URL/numbered", "curl -sS $URL/numbered" },
    { "cookie of another path", true, "curl -sS $URL/numbered", "printf '127.0.0.1\\tFALSE\\t/elsewhere\\tFALSE\\t0\\tn\\tone\\n' >$DIR/j; curl -sS -b $DIR/j $URL/numbered" },
    { "X-Api-Key",       false, "curl -sS -H 'X-Api-Key: one' $URL/numbered", "curl -sS -H 'X-Api-Key: two' $URL/numbered" },
    { "X-Api-Key or none", false, "curl -sS -H 'X-Api-Key: one' $URL/numbered", "curl -sS $URL/numbered" },
    { "PRIVATE-TOKEN",   false, "curl -sS -H 'PRIVATE-TOKEN: one' $URL/numbered", "curl -sS $URL/numbered" },
    { "unix socket",     false, "curl -sS --unix-socket $SOCK http://127.0.0.1:$PORT/numbered", "curl -sS http://127.0.0.1:$PORT/numbered" },
    { "connect-to",      false, "curl -sS --connect-to localhost:$PORT:127.0.0.1:$PORT http://localhost:$PORT/numbered", "curl -sS http://localhost:$PORT/numbered" },
    { "resolve",         false, "curl -sS --resolve localhost:$PORT:127.0.0.1 http://localhost:$PORT/numbered", "curl -sS http://localhost:$PORT/numbered" },
    { "proxy",           false, "curl -sS -x $URL http://localhost:$PORT/numbered", "curl -sS http://localhost:$PORT/numbered" },
    { "proxy of the environment", false, "http_proxy=$URL curl -sS http://localhost:$PORT/numbered", "curl -sS http://localhost:$PORT/numbered" },
    { "Host",            false, "curl -sS -H 'Host: a.test' $URL/numbered", "curl -sS $URL/numbered" },
    { "query",           false, "curl -sS \"$URL/numbered?a=1\"", "curl -sS \"$URL/numbered?a=2\"" },
    { "hidden query",    false, "curl -sS \"$URL/numbered?token=1\"", "curl -sS \"$URL/numbered?token=2\"" },
    { "host name",       false, "curl -sS http://localhost:$PORT/numbered", "curl -sS http://127.0.0.1:$PORT/numbered" },
    { "letters of the path", false, "curl -sS $URL/numbered", "curl -sS $URL/Numbered" },
    { "decoded or raw, without a coding", true, "curl -sS --compressed $URL/numbered", "curl -sS $URL/numbered" },
    { "decoded or raw, with one", false, "curl -sS --compressed $URL/gzip", "curl -sS $URL/gzip | cksum" },
    { "raw or decoded, with one", false, "curl -sS $URL/gzip | cksum", "curl -sS --compressed $URL/gzip" },
    { "method",          false, "curl -sS $URL/numbered", "curl -sS -X REPORT $URL/numbered" },
    { "request target",  false, "curl -sS $URL/numbered", "curl -sS --request-target /small $URL/numbered" },
    { "user agent",      true,  "curl -sS -A one $URL/numbered", "curl -sS -A two $URL/numbered" },
    { "Accept-Language without Vary", true, "curl -sS $URL/numbered", "curl -sS -H 'Accept-Language: de' $URL/numbered" },
    { "Accept-Language with Vary", false, "curl -sS -H 'Accept-Language: fr' $URL/vary", "curl -sS -H 'Accept-Language: de' $URL/vary" },
    { "fragment",        true,  "curl -sS \"$URL/numbered#a\"", "curl -sS \"$URL/numbered#b\"" },
    { "letters of the host", true, "curl -sS http://localhost:$PORT/numbered", "curl -sS HTTP://LocalHost:$PORT/numbered" },
    { "dot segments",    true,  "curl -sS $URL/numbered", "curl -sS $URL/a/../numbered" },
};
/* clang-format on */

static void expect_requests(struct stage *stage, const struct pair *pair,
                            const char *which, int wanted)
{
    int seen = stage_requests(stage);

    cr_expect_eq(seen, wanted, "%s: %s: the origin saw %d requests, not %d",
                 pair->name, which, seen, wanted);
}

ParameterizedTestParameters(isolation, never_served_across)
{
    static size_t which[sizeof(pairs) / sizeof(pairs[0])];
    size_t count = sizeof(which) / sizeof(which[0]);

    for (size_t i = 0; i < count; i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, count);
}

ParameterizedTest(size_t *which, isolation, never_served_across, .timeout = 120)
{
    const struct pair *pair = &pairs[*which];

    stage_need("curl");
    struct stage *stage = stage_begin();
    /* As a proxy the origin is asked with the whole URL. */
    char *proxied =
        text_of("http://localhost:%d/numbered", origin_port(stage->origin));

    origin_answer(stage->origin, &(struct origin_response){
                                     .path = proxied,
                                     .fields = "Content-Type: text/plain\r\n",
                                     .content = ORIGIN_NUMBERED});
    char *first = stage_say(stage, TTL, pair->first);

    expect_requests(stage, pair, "the first", 1);
    char *again = stage_say(stage, TTL, pair->first);

    expect_requests(stage, pair, "the first again", 0);
    cr_expect_str_eq(again, first, "%s", pair->name);
    char *second = stage_say(stage, TTL, pair->second);

    expect_requests(stage, pair, "the second", pair->shared ? 0 : 1);
    cr_expect_eq(strcmp(second, first) == 0, pair->shared, "%s: \"%s\"",
                 pair->name, second);
    char *last = stage_say(stage, TTL, pair->first);

    if (strcmp(pair->name, "method") != 0) {
        expect_requests(stage, pair, "the first once more", 0);
        cr_expect_str_eq(last, first, "%s", pair->name);
    }
    free(first);
    free(again);
    free(second);
    free(last);
    free(proxied);
    stage_end(stage);
}

struct secret {
    const char *name;
    const char *line;
    const char *texts[3]; /* must be nowhere */
};

/* clang-format off */
static const struct secret secrets[] = {
    { "login",         "curl -sS -u user:s3cret-p4ss $URL/auth", { "s3cret-p4ss", "dXNlcjpzM2NyZXQtcDRzcw" } },
    { "login in URL",  "curl -sS http://user:s3cret-p4ss@127.0.0.1:$PORT/auth", { "s3cret-p4ss", "dXNlcjpzM2NyZXQtcDRzcw" } },
    { "bearer",        "curl -sS --oauth2-bearer tok-8f7d6e5c4b $URL/small", { "tok-8f7d6e5c4b" } },
    { "Authorization", "curl -sS -H 'Authorization: Token tok-5a5a5a5a5a' $URL/small", { "tok-5a5a5a5a5a" } },
    { "cookie",        "curl -sS -b session=cookie-a1b2c3d4 $URL/small", { "cookie-a1b2c3d4" } },
    { "cookie of a file", "printf '127.0.0.1\\tFALSE\\t/\\tFALSE\\t0\\tn\\tcookie-f1f2f3f4\\n' >$DIR/j; curl -sS -b $DIR/j $URL/small", { "cookie-f1f2f3f4" } },
    { "X-Api-Key",     "curl -sS -H 'X-Api-Key: key-99887766' $URL/small", { "key-99887766" } },
    { "query",         "curl -sS \"$URL/small?a=1&token=qtok-55667788&b=2\"", { "qtok-55667788" } },
    { "redirected query", "curl -sS -L -u user:s3cret-p4ss $URL/hop1", { "s3cret-p4ss", "dXNlcjpzM2NyZXQtcDRzcw" } },
    { "Vary",          "curl -sS -H 'Accept-Language: vary-31415926' $URL/vary-silent", { "vary-31415926" } },
};
/* clang-format on */

/* A folder that holds nothing would pass any search. */
static void expect_kept(const struct stage *stage, const char *name)
{
    cr_expect(files_hold(stage->cache, "127.0.0.1", 9),
              "%s: the search does not even find the host", name);
}

Test(isolation, no_secret_of_a_request_reaches_the_disk, .timeout = 120)
{
    stage_need("curl");
    struct stage *stage = stage_begin();
    char *log = text_of("%s/cache/log", stage->folder);

    stage_set(stage, "CURLCACHE_LOG", log);
    origin_answer(stage->origin, &(struct origin_response){
                                     .path = "/vary-silent",
                                     .fields = "Vary: Accept-Language\r\n",
                                     .body = "in some language\n"});
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        const struct secret *secret = &secrets[i];

        free(stage_say(stage, TTL, secret->line));
        stage_requests(stage);
        free(stage_say(stage, TTL, secret->line));
        cr_expect_eq(stage_requests(stage), 0, "%s: it is not stored",
                     secret->name);
        for (size_t j = 0; j < 3 && secret->texts[j]; j++) {
            cr_expect(!files_hold(stage->cache, secret->texts[j],
                                  strlen(secret->texts[j])),
                      "%s: %s is on the disk", secret->name, secret->texts[j]);
        }
        expect_kept(stage, secret->name);
    }
    free(log);
    stage_end(stage);
}
