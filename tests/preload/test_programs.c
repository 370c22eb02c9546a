/*
 * test_programs.c - programs that nobody changed, over http and https
 *
 * Against nginx: its access log says what reached it. Each program runs
 * plain, then twice under the preload, then once more after the cache was
 * cleared.
 */
#include "tests/preload/stage.h"
#include "tests/support/web.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct program {
    const char *name;
    const char *need;   /* program that must be there */
    const char *module; /* a command that succeeds when its parts are */
    const char *line;   /* $AT is the URL, $CERT the certificate */
};

/* Each shows the body, the status and its length as that program learns it. */
static const struct program programs[] = {
    {"curl", "curl", "true",
     "curl -sS --cacert $CERT -w '%{http_code} %{size_download}\\n' $AT"},
    {"pycurl", "/usr/bin/python3", "/usr/bin/python3 -c 'import pycurl'",
     "/usr/bin/python3 -c '\n"
     "import os, sys, pycurl\n"
     "c = pycurl.Curl()\n"
     "body, head = [], []\n"
     "c.setopt(pycurl.URL, os.environ[\"AT\"])\n"
     "c.setopt(pycurl.CAINFO, os.environ[\"CERT\"])\n"
     "c.setopt(pycurl.WRITEFUNCTION, body.append)\n"
     "c.setopt(pycurl.HEADERFUNCTION, head.append)\n"
     "c.perform()\n"
     "print(c.getinfo(pycurl.RESPONSE_CODE), c.getinfo(pycurl.SIZE_DOWNLOAD),\n"
     "      c.getinfo(pycurl.EFFECTIVE_URL), c.getinfo(pycurl.CONTENT_TYPE))\n"
     "gone = (b\"Age:\", b\"Connection:\")\n"
     "head = [l for l in head if not l.startswith(gone)]\n"
     "print(len(head), head[0], head[-1])\n"
     "print(b\"\".join(body))\n"
     "c.close()'"},
    {"php", "php", "php -r 'exit(extension_loaded(\"curl\") ? 0 : 1);'",
     "php -r '\n"
     "$c = curl_init(getenv(\"AT\"));\n"
     "curl_setopt($c, CURLOPT_RETURNTRANSFER, true);\n"
     "curl_setopt($c, CURLOPT_CAINFO, getenv(\"CERT\"));\n"
     "$lines = 0;\n"
     "curl_setopt($c, CURLOPT_HEADERFUNCTION, function ($c, $l) use (&$lines)"
     " { $lines += preg_match(\"/^(Age|Connection):/\", $l) ? 0 : 1; return "
     "strlen($l); });\n"
     "$body = curl_exec($c);\n"
     "$info = curl_getinfo($c);\n"
     "foreach ([\"url\", \"content_type\", \"http_code\",\n"
     "          \"redirect_count\", \"size_download\",\n"
     "          \"download_content_length\", \"ssl_verify_result\",\n"
     "          \"http_version\", \"scheme\"] as $k) {\n"
     "    echo $k, \" \", $info[$k], \"\\n\";\n"
     "}\n"
     "echo curl_errno($c), curl_error($c), \" \", $lines, \"\\n\", $body;\n'"},
    {"cmake", "cmake", "true",
     "echo 'file(DOWNLOAD $ENV{AT} $ENV{DIR}/got STATUS s TLS_VERIFY ON "
     "TLS_CAINFO $ENV{CERT})\nmessage(\"${s}\")\n' >$DIR/get.cmake\n"
     "cmake -P $DIR/get.cmake && cat $DIR/got"},
};

struct way {
    const char *name;
    bool https;
    const char *target;
    const char *log; /* as the access log begins */
    const char *env;
};

static const struct way ways[] = {
    {"http with a TTL", false, "/text", "GET /text ", "CURLCACHE_TTL=1h"},
    {"https with a TTL", true, "/text", "GET /text ", "CURLCACHE_TTL=1h"},
    {"http, nothing set, a silent server", false, "/silent/text",
     "GET /silent/text ", ""},
    {"https, nothing set, a silent server", true, "/silent/text",
     "GET /silent/text ", ""},
};

enum {
    PROGRAMS = sizeof(programs) / sizeof(programs[0]),
    WAYS = sizeof(ways) / sizeof(ways[0]),
};

static void make_site(const struct stage *stage)
{
    static const char text[] = "a page of the site\nwith two lines\n";
    char *www = text_of("%s/www", stage->folder);
    char *page = text_of("%s/www/text", stage->folder);

    mkdir(www, 0755);
    file_write(page, text, sizeof(text) - 1);
    free(www);
    free(page);
}

static struct web *begin_web(struct stage *stage)
{
    make_site(stage);
    struct web *web = web_start(stage->folder);

    stage_set(stage, "CERT", web_certificate(web));
    return web;
}

static void expect_run(struct stage *stage, const struct program *program,
                       const struct way *way, enum stage_mode mode,
                       const struct run_result *plain)
{
    RUN_RESULT now = stage_run(stage, mode, way->env, program->line);
    char *out = transcript_compare("plain", plain->out, "now", now.out);
    char *err = transcript_compare("plain", plain->err, "now", now.err);

    cr_expect_eq(now.exit_code, 0, "%s: exit %d, signal %d: %s", program->name,
                 now.exit_code, now.signal, now.err);
    cr_expect_null(out, "%s, %s: %s", program->name, way->name, out);
    cr_expect_null(err, "%s, %s: %s", program->name, way->name, err);
    free(out);
    free(err);
}

static void expect_count(const struct program *program, const struct way *way,
                         const struct web *web, const char *when, int wanted)
{
    int seen = web_count(web, way->log);

    cr_expect_eq(seen, wanted, "%s, %s, %s: nginx saw %d requests, not %d",
                 program->name, way->name, when, seen, wanted);
}

ParameterizedTestParameters(programs, ask_once_over_http_and_https)
{
    static size_t which[PROGRAMS * WAYS];

    for (size_t i = 0; i < PROGRAMS * WAYS; i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, PROGRAMS * WAYS);
}

ParameterizedTest(size_t *which, programs, ask_once_over_http_and_https,
                  .timeout = 120)
{
    const struct program *program = &programs[*which / WAYS];
    const struct way *way = &ways[*which % WAYS];

    stage_need("nginx");
    stage_need("openssl");
    stage_need(program->need);
    RUN_RESULT parts =
        run_program(&(struct run){.argv = ARGV("sh", "-c", program->module)});

    stage_need_that(parts.exit_code == 0, program->name);
    struct stage *stage = stage_begin();
    struct web *web = begin_web(stage);
    char *at = text_of("%s%s", way->https ? web_https(web) : web_http(web),
                       way->target);

    stage_set(stage, "AT", at);
    RUN_RESULT plain = stage_run(stage, STAGE_PLAIN, way->env, program->line);

    cr_expect_eq(plain.exit_code, 0, "%s plain: %s", program->name, plain.err);
    cr_expect(strstr(plain.out, "with two lines") != NULL, "%s plain: %s",
              program->name, plain.out);
    expect_count(program, way, web, "plain", 1);
    expect_run(stage, program, way, STAGE_CACHED, &plain);
    expect_count(program, way, web, "cold", 2);
    expect_run(stage, program, way, STAGE_CACHED, &plain);
    expect_count(program, way, web, "warm", 2);
    RUN_RESULT cleared = stage_tool(stage, "clear");

    cr_expect_eq(cleared.exit_code, 0, "clear: %s", cleared.err);
    expect_run(stage, program, way, STAGE_CACHED, &plain);
    expect_count(program, way, web, "after clear", 3);
    free(at);
    web_stop(web);
    stage_end(stage);
}

/* Driven by the multi interface of the other flavour: it passes, unharmed. */
Test(programs, git_clones_over_dumb_http, .timeout = 120)
{
    static const char make[] =
        "set -e; cd $DIR; git init -q work; cd work\n"
        "echo text >file; git add file\n"
        "git -c user.name=t -c user.email=t@t.test commit -qm first\n"
        "git clone -q --bare . ../www/repo.git; cd ../www/repo.git\n"
        "git update-server-info";
    static const char take[] =
        "rm -rf $DIR/got; git clone -q $AT/repo.git $DIR/got && "
        "cat $DIR/got/file && git -C $DIR/got log --format=%s";

    stage_need("nginx");
    stage_need("openssl");
    stage_need("git");
    struct stage *stage = stage_begin();
    struct web *web = begin_web(stage);

    stage_set(stage, "AT", web_http(web));
    RUN_RESULT made = stage_run(stage, STAGE_PLAIN, "", make);

    cr_assert_eq(made.exit_code, 0, "%s", made.err);
    for (int i = 0; i < 3; i++) {
        RUN_RESULT got = stage_run(stage, i ? STAGE_CACHED : STAGE_PLAIN,
                                   "CURLCACHE_TTL=1h", take);

        cr_expect_eq(got.exit_code, 0, "run %d: %s", i, got.err);
        cr_expect_str_eq(got.out, "text\nfirst\n", "run %d", i);
        cr_expect_str_eq(got.err, "", "run %d", i);
    }
    web_stop(web);
    stage_end(stage);
}

/* Trust is part of what is asked: -k never answers for a verified request. */
Test(programs, an_unverified_answer_is_not_served_to_a_verified_request,
     .timeout = 120)
{
    stage_need("nginx");
    stage_need("openssl");
    stage_need("curl");
    struct stage *stage = stage_begin();
    struct web *web = begin_web(stage);

    stage_set(stage, "AT", web_https(web));
    RUN_RESULT open = stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=1h",
                                "curl -sS -k $AT/text");
    RUN_RESULT again = stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=1h",
                                 "curl -sS -k $AT/text");

    cr_expect_eq(open.exit_code, 0, "%s", open.err);
    cr_expect_str_eq(again.out, open.out);
    cr_expect_eq(web_count(web, "GET /text "), 1, "-k is kept for -k");
    RUN_RESULT strict =
        stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=1h", "curl -sS $AT/text");

    cr_expect_eq(strict.exit_code, 60, "exit %d: %s", strict.exit_code,
                 strict.err);
    cr_expect_str_eq(strict.out, "");
    RUN_RESULT trusted = stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=1h",
                                   "curl -sS --cacert $CERT $AT/text");

    cr_expect_eq(trusted.exit_code, 0, "%s", trusted.err);
    cr_expect_eq(web_count(web, "GET /text "), 2, "asked with trust");
    web_stop(web);
    stage_end(stage);
}
