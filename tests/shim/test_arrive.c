/*
 * test_arrive.c - do the calls of real objects arrive, and go on to the right
 * libcurl?
 *
 * The built libcurlcache.so lies beside an engine that counts. What is run is
 * told by the environment that meson.build gives.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base.h"
#include "tests/support/need.h"
#include "tests/support/run.h"
#include "tests/support/tmpdir.h"

enum { ARGUMENTS_MAX = 4, LINE_SIZE = 512 };

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    cr_assert(value, "%s is not set", name);
    return value;
}

/* Run @argv under the preload. Return: performs that were counted, -1 when no
 * engine was loaded. */
static int count(const char *const *argv, const char *more, char out[LINE_SIZE])
{
    char *folder = tmpdir_new();
    char preload[LINE_SIZE];
    char counts[LINE_SIZE];
    char file[LINE_SIZE - 32];
    const char *const env[] = {preload, counts, more, NULL};
    int performs = -1;

    snprintf(file, sizeof(file), "%s/counts", folder);
    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s",
             variable("LCC_STAGED_PRELOAD"));
    snprintf(counts, sizeof(counts), "LCC_TEST_COUNTS=%s", file);
    {
        RUN_RESULT result =
            run_program(&(struct run){.argv = argv, .env = env});
        FILE *stream = fopen(file, "re");

        cr_expect(result.exit_code == 0, "%s: %d, signal %d, %s", argv[0],
                  result.exit_code, result.signal, result.err);
        cr_expect(result.err_size == 0, "%s said %s", argv[0], result.err);
        snprintf(out, LINE_SIZE, "%s", result.out);
        if (stream) {
            cr_expect(fscanf(stream, "performs=%d", &performs) == 1);
            fclose(stream);
        }
    }
    tmpdir_free(folder);
    return performs;
}

/* Ways of caller_host.c, with @ for the folder of the modules. */
static const struct {
    const char *name;
    const char *module; /* needed, or NULL */
    const char *ways[ARGUMENTS_MAX];
    const char *more;
    int performs;
    const char *says;
} cases[] = {
    {"linked", NULL, {"self"}, "A=b", 1, "openssl\n"},
    {"a module of the same flavour, RTLD_LOCAL",
     "openssl",
     {"local:@/libcaller_openssl.so"},
     "A=b",
     1,
     "openssl\n"},
    {"a module loaded with RTLD_DEEPBIND",
     "openssl",
     {"deepbind:@/libcaller_openssl.so"},
     "A=b",
     1,
     "openssl\n"},
    {"another flavour, RTLD_LOCAL",
     "gnutls",
     {"local:@/libcaller_gnutls.so"},
     "A=b",
     1,
     "other\n"},
    {"another flavour, RTLD_GLOBAL",
     "gnutls",
     {"global:@/libcaller_gnutls.so"},
     "A=b",
     1,
     "other\n"},
    {"another flavour, RTLD_DEEPBIND",
     "gnutls",
     {"deepbind:@/libcaller_gnutls.so"},
     "A=b",
     1,
     "other\n"},
    {"two flavours in one process",
     "gnutls",
     {"self", "local:@/libcaller_gnutls.so", "self"},
     "A=b",
     3,
     "openssl\nother\nopenssl\n"},
    {"three flavours in one process",
     "nss",
     {"local:@/libcaller_nss.so", "self", "local:@/libcaller_gnutls.so"},
     "A=b",
     3,
     "other\nopenssl\nother\n"},
    {"a module found through the caller's RUNPATH",
     "openssl",
     {"libcaller_openssl.so"},
     "A=b",
     1,
     "openssl\n"},
    {"a module that was linked with no libcurl",
     NULL,
     {"self", "local:@/libcaller_bare.so"},
     "A=b",
     2,
     "openssl\nopenssl\n"},
    {"a libcurl that is too old is passed to",
     NULL,
     {"local:@/libcaller_old.so"},
     "A=b",
     -1,
     "openssl\n"},
    {"an old one beside another",
     NULL,
     {"self", "local:@/libcaller_old.so"},
     "A=b",
     1,
     "openssl\nopenssl\n"},
    {"switched off",
     "openssl",
     {"self", "deepbind:@/libcaller_openssl.so"},
     "CURLCACHE_DISABLE=1",
     -1,
     "openssl\nopenssl\n"},
};

/* The way with @ replaced, in memory of @out. */
static const char *expand(const char *way, char out[LINE_SIZE])
{
    const char *at = way ? strchr(way, '@') : NULL;

    if (!at) {
        return way;
    }
    snprintf(out, LINE_SIZE, "%.*s%s%s", (int)(at - way), way,
             variable("LCC_MODULES"), at + 1);
    return out;
}

/* LCC_FLAVOURS is a list with commas; "nss" is no part of "openssl". */
static bool built(const char *flavour)
{
    const char *at = variable("LCC_FLAVOURS");
    size_t size = flavour ? strlen(flavour) : 0;

    while (flavour && *at) {
        size_t length = strcspn(at, ",");

        if (length == size && strncmp(at, flavour, size) == 0) {
            return true;
        }
        at += length + (at[length] == ',');
    }
    return !flavour;
}

Test(arrive, calls_arrive_and_go_to_the_libcurl_of_their_caller)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(cases); i++) {
        const char *argv[ARGUMENTS_MAX + 2] = {variable("LCC_HOST")};
        char lines[ARGUMENTS_MAX][LINE_SIZE];
        char out[LINE_SIZE];
        int performs;

        if (!need_row(built(cases[i].module), cases[i].module)) {
            continue;
        }
        for (size_t j = 0; j < ARGUMENTS_MAX; j++) {
            argv[j + 1] = expand(cases[i].ways[j], lines[j]);
        }
        performs = count(argv, cases[i].more, out);
        cr_expect(performs == cases[i].performs, "%s: %d performs",
                  cases[i].name, performs);
        cr_expect(strcmp(out, cases[i].says) == 0, "%s: %s", cases[i].name,
                  out);
    }
}

#define FAKETIME "/usr/lib/*/faketime/libfaketime.so.1"
#define EATMYDATA "/usr/lib/*/libeatmydata.so"
#define JEMALLOC "/usr/lib/*/libjemalloc.so.2"

/* Ways of asker.c. */
static const struct {
    const char *name;
    const char *flavour; /* needed beside OpenSSL's, or NULL */
    const char *ways[ARGUMENTS_MAX];
    int performs;
    const char *says;
} questions[] = {
    {"a library", NULL, {"libcurl.so.4"}, 1, "openssl\n"},
    {"another flavour", "gnutls", {"libcurl-gnutls.so.4"}, 1, "other\n"},
    {"two flavours, each by its own functions",
     "gnutls",
     {"libcurl-gnutls.so.4", "libcurl.so.4", "libcurl-gnutls.so.4"},
     3,
     "other\nopenssl\nother\n"},
    {"the program, which has none", NULL, {"main"}, -1, "no function\n"},
    {"everything, which has none", NULL, {"default"}, -1, "no function\n"},
    {"after itself, where we are", NULL, {"next"}, -1, "found\n"},
    {"a function that there is not",
     NULL,
     {"strange"},
     -1,
     "no such function\n"},
    {"a function that older libcurls lack",
     NULL,
     {"newer"},
     -1,
     "as the library has it\n"},
};

Test(arrive, calls_of_functions_that_were_asked_for_by_name_arrive)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(questions); i++) {
        const char *argv[ARGUMENTS_MAX + 2] = {variable("LCC_ASKER")};
        char out[LINE_SIZE];
        int performs;

        if (!need_row(built(questions[i].flavour), questions[i].flavour)) {
            continue;
        }
        for (size_t j = 0; j < ARGUMENTS_MAX; j++) {
            argv[j + 1] = questions[i].ways[j];
        }
        performs = count(argv, "A=b", out);
        cr_expect(performs == questions[i].performs, "%s: %d performs",
                  questions[i].name, performs);
        cr_expect(strcmp(out, questions[i].says) == 0, "%s: %s",
                  questions[i].name, out);
    }
}

Test(arrive, a_switched_off_preload_answers_no_question)
{
    const char *argv[] = {variable("LCC_ASKER"), "libcurl.so.4", NULL};
    char out[LINE_SIZE];

    cr_expect(count(argv, "CURLCACHE_DISABLE=1", out) == -1);
    cr_expect(strcmp(out, "openssl\n") == 0, "%s", out);
}

/* Real programs; a connection that is refused is enough. */
static const struct {
    const char *name;
    const char *there; /* a shell line that says whether it is installed */
    const char *line;
    int performs;
} programs[] = {
    {"curl", "command -v curl", "curl -s http://127.0.0.1:1/ 127.0.0.1:1; true",
     2},
    {"pycurl, bound with RTLD_LOCAL", "/usr/bin/python3 -c 'import pycurl'",
     "exec /usr/bin/python3 -c 'import pycurl\n"
     "c = pycurl.Curl(); c.setopt(c.URL, \"http://127.0.0.1:1/\")\n"
     "try: c.perform()\n"
     "except pycurl.error: pass'",
     1},
    {"php, bound with RTLD_DEEPBIND", "php -m | grep -qx curl",
     "exec php -r 'curl_exec(curl_copy_handle(curl_init("
     "\"http://127.0.0.1:1/\")));'",
     1},
    {"cmake", "command -v cmake",
     "echo 'file(DOWNLOAD \"http://127.0.0.1:1/\" STATUS S)' >$DIR/x.cmake; "
     "exec cmake -P $DIR/x.cmake",
     1},
    {"python3, by ctypes", "/usr/bin/python3 -c 'import ctypes'",
     "exec /usr/bin/python3 -c 'from ctypes import *\n"
     "l = CDLL(\"libcurl.so.4\"); l.curl_easy_init.restype = c_void_p\n"
     "c = c_void_p(l.curl_easy_init())\n"
     "l.curl_easy_setopt(c, 10002, c_char_p(b\"http://127.0.0.1:1/\"))\n"
     "l.curl_easy_perform(c)'",
     1},
    {"after libfaketime", "ls " FAKETIME,
     "LD_PRELOAD=$(ls " FAKETIME
     "):$LD_PRELOAD FAKETIME=+1d curl -s http://127.0.0.1:1/; true",
     1},
    {"before libfaketime", "ls " FAKETIME,
     "LD_PRELOAD=$LD_PRELOAD:$(ls " FAKETIME
     ") FAKETIME=+1d curl -s http://127.0.0.1:1/; true",
     1},
    {"after libeatmydata", "ls " EATMYDATA,
     "LD_PRELOAD=$(ls " EATMYDATA
     "):$LD_PRELOAD FAKETIME=+1d curl -s http://127.0.0.1:1/; true",
     1},
    {"before libeatmydata", "ls " EATMYDATA,
     "LD_PRELOAD=$LD_PRELOAD:$(ls " EATMYDATA
     ") FAKETIME=+1d curl -s http://127.0.0.1:1/; true",
     1},
    {"after jemalloc", "ls " JEMALLOC,
     "LD_PRELOAD=$(ls " JEMALLOC
     "):$LD_PRELOAD FAKETIME=+1d curl -s http://127.0.0.1:1/; true",
     1},
    {"before jemalloc", "ls " JEMALLOC,
     "LD_PRELOAD=$LD_PRELOAD:$(ls " JEMALLOC
     ") FAKETIME=+1d curl -s http://127.0.0.1:1/; true",
     1},
    {"bound at once", "command -v curl",
     "LD_BIND_NOW=1 curl -s http://127.0.0.1:1/; true", 1},
};

static bool installed(const char *there)
{
    RUN_RESULT result =
        run_program(&(struct run){.argv = ARGV("/bin/sh", "-c", there)});

    return result.exit_code == 0;
}

Test(arrive, calls_of_real_programs_arrive, .timeout = 120)
{
    char *folder = tmpdir_new();
    char *more = text_of("DIR=%s", folder);
    char out[LINE_SIZE];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(programs); i++) {
        const char *argv[] = {"/bin/sh", "-c", programs[i].line, NULL};
        int performs;

        if (!need_row(installed(programs[i].there), programs[i].name)) {
            continue;
        }
        performs = count(argv, more, out);
        cr_expect(performs == programs[i].performs, "%s: %d performs",
                  programs[i].name, performs);
    }
    free(more);
    tmpdir_free(folder);
}

Test(arrive, nothing_is_loaded_for_other_schemes)
{
    const char *argv[] = {"curl", "-s", "-o", "/dev/null", "file:///dev/null",
                          NULL};
    char out[LINE_SIZE];

    need_program("curl");
    cr_expect(count(argv, "A=b", out) == -1);
}
