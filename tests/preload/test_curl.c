/*
 * test_curl.c - curl itself, by its flags: plain, cold and warm say the same
 */
#include "tests/preload/stage.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define TTL "CURLCACHE_TTL=1h"

/* A trace without times, what was sent, and words about the connection. */
#define TRACE                                                                  \
    "sed 's/^[0-9:.]* //' t | "                                                \
    "awk '/^== Info/{out=0} /^=> /{out=0} /^<= /{out=1} out'"

static const struct origin_response busy = {.path = "/busy",
                                            .status = 503,
                                            .body = "later\n"};

/* Where the program allows it, another protocol answers. */
static const struct origin_response elsewhere = {
    .path = "/elsewhere",
    .status = 301,
    .fields = "Location: file:///etc/passwd\r\n"};

struct row {
    const char *name;
    int plain;
    int cold;
    int warm;
    const char *env;
    const char *line;
};

/* clang-format off */
static const struct row rows[] = {
    { "body to stdout",  1, 1, 0, TTL, "curl -sS $URL/small" },
    { "with headers",    1, 1, 0, TTL, "curl -sS -i $URL/small" },
    { "verbose",         1, 1, 0, TTL, "curl -sS -v $URL/small" },
    { "write-out json",  1, 1, 0, TTL, "curl -sS -w '%{json}' $URL/small" },
    { "write-out headers", 1, 1, 0, TTL, "curl -sS -o /dev/null -w '%{header_json} %{http_code} %{num_headers}' $URL/folded" },
    { "to a file",       1, 1, 0, TTL, "curl -sS -o $DIR/out $URL/medium; cksum <$DIR/out" },
    { "remote name",     1, 1, 0, TTL, "cd $DIR && curl -sS -O $URL/medium; cksum medium; rm medium" },
    { "remote time",     1, 1, 0, TTL, "curl -sS -R -o $DIR/out $URL/small; stat -c %Y $DIR/out" },
    { "headers to a file", 1, 1, 0, TTL, "curl -sS -D $DIR/head $URL/small; cat $DIR/head" },
    { "ten megabytes",   1, 1, 0, TTL, "curl -sS $URL/large | cksum" },
    { "fail",            1, 1, 1, TTL, "curl -sS --fail $URL/nothing-here" },
    { "fail with body",  1, 1, 1, TTL, "curl -sS --fail-with-body $URL/nothing-here" },
    { "not found",       1, 1, 1, TTL, "curl -sS -i $URL/nothing-here" },
    { "max-filesize",    1, 1, 1, TTL, "curl -sS --max-filesize 1000 $URL/medium" },
    { "max-filesize of a stored one", 2, 1, 0, TTL, "curl -sS $URL/medium | cksum; curl -sS --max-filesize 1000 $URL/medium" },
    { "compressed",      1, 1, 0, TTL, "curl -sS --compressed $URL/gzip" },
    { "compressed with headers", 1, 1, 0, TTL, "curl -sS -i --compressed $URL/gzip-chunked" },
    { "raw",             1, 1, 0, TTL, "curl -sS $URL/gzip | cksum" },
    { "redirects followed", 3, 3, 0, TTL, "curl -sS -L $URL/hop1" },
    { "redirects with headers", 3, 3, 0, TTL, "curl -sS -iL $URL/hop1" },
    { "redirects written out", 3, 3, 0, TTL, "curl -sS -L -w '%{url_effective} %{num_redirects} %{http_code} %{size_header}' $URL/hop1" },
    { "redirect not followed", 1, 1, 1, TTL, "curl -sS -w '%{redirect_url}' $URL/hop1" },
    { "redirected to another protocol", 1, 1, 1, TTL, "curl -sSiL --proto-redir =http,file $URL/elsewhere" },
    { "too many redirects", 2, 2, 2, TTL, "curl -sS -L --max-redirs 1 $URL/hop1" },
    { "head",            1, 1, 0, TTL, "curl -sS -I $URL/medium" },
    { "cookie given",    1, 1, 0, TTL, "curl -sS -b 'taste=sweet' $URL/echo" },
    { "cookie file",     1, 1, 0, TTL, "printf '127.0.0.1\\tFALSE\\t/\\tFALSE\\t0\\tfrom\\tjar\\n' >$DIR/j; curl -sS -b $DIR/j $URL/echo" },
    { "cookie jar",      1, 1, 0, TTL, "rm -f $DIR/j; curl -sS -c $DIR/j $URL/cookies; grep -v hour $DIR/j" },
    { "cookie jar used", 2, 2, 0, TTL, "rm -f $DIR/j; curl -sS -c $DIR/j -b $DIR/j $URL/cookies $URL/echo" },
    { "login",           1, 1, 0, TTL, "curl -sS -u user:s3cret-p4ss $URL/auth" },
    { "wrong login",     1, 1, 1, TTL, "curl -sS -i -u user:wrong $URL/auth" },
    { "netrc",           1, 1, 0, TTL, "echo 'machine 127.0.0.1 login user password s3cret-p4ss' >$DIR/netrc; curl -sS --netrc-file $DIR/netrc $URL/auth" },
    { "unix socket",     1, 1, 0, TTL, "curl -sS --unix-socket $SOCK http://localhost/small" },
    { "connect-to",      1, 1, 0, TTL, "curl -sS --connect-to example.test:80:127.0.0.1:$PORT http://example.test/echo" },
    { "resolve",         1, 1, 0, TTL, "curl -sS --resolve example.test:$PORT:127.0.0.1 http://example.test:$PORT/echo" },
    { "two URLs",        2, 2, 0, TTL, "curl -sS $URL/small $URL/other" },
    { "the same twice",  2, 1, 0, TTL, "curl -sS $URL/small $URL/small" },
    { "next with other options", 2, 2, 0, TTL, "curl -sS -i $URL/small --next -sS -H 'X-A: 1' $URL/echo" },
    { "range",           1, 1, 0, TTL, "curl -sS -r 0-9 $URL/small" },
    { "post",            1, 1, 1, TTL, "curl -sS -d a=1 $URL/small" },
    { "delete",          1, 1, 1, TTL, "curl -sS -X DELETE $URL/small" },
    { "put",             1, 1, 1, TTL, "echo text | curl -sS -T - -H 'Content-Length: 5' -H 'Transfer-Encoding:' $URL/small" },
    { "parallel",        2, 2, -1, TTL, "curl -sS -Z -o $DIR/a $URL/small -o $DIR/b $URL/other 2>/dev/null; cat $DIR/a $DIR/b" },
    { "cut short by the origin", 1, 1, 1, TTL, "curl -sS $URL/cut | cksum" },
    { "reader goes away", 2, 1, 0, TTL, "curl -sS -o /dev/null $URL/large; (curl -sS $URL/large; echo $? >$DIR/code) | head -c 10 | cksum; cat $DIR/code" },
    { "no file may grow", 1, 1, 1, TTL, "(ulimit -f 0; curl -sS $URL/small)" },
    { "files may not grow far", 3, 3, -1, TTL, "for n in 1 64 300; do (ulimit -f $n; curl -sS $URL/echo?n=$n) || echo $?; done" },
    { "query and fragment", 1, 1, 0, TTL, "curl -sS \"$URL/echo?b=2&a=1#part\"" },
    { "globbed",         3, 3, 0, TTL, "curl -sS \"$URL/echo?n=[1-3]\"" },
    { "no lifetime said, none set", 1, 1, 0, "", "curl -sS $URL/bare" },
    { "max-age, none set", 1, 1, 0, "", "curl -sS $URL/maxage" },
    { "no-store",        1, 1, 1, TTL, "curl -sS $URL/nostore" },
    { "max-age=0",       1, 1, 1, "", "curl -sS $URL/expired" },
    { "request no-cache", 2, 2, 1, TTL, "curl -sS $URL/small; curl -sS -H 'Cache-Control: no-cache' $URL/small" },
    { "request no-store", 1, 1, 1, TTL, "curl -sS -H 'Cache-Control: no-store' $URL/small" },
    { "disabled",        1, 1, 1, TTL " CURLCACHE_DISABLE=1", "curl -sS -i $URL/small" },
    { "not this program", 1, 1, 1, TTL " CURLCACHE_PROGRAMS=!curl", "curl -sS $URL/small" },
    { "denied",          1, 1, 1, TTL " CURLCACHE_DENY=*/small", "curl -sS $URL/small" },
    { "rule for a URL",  1, 1, 0, "CURLCACHE_URLS_TTL=*/expired=1h", "curl -sS $URL/expired" },
    { "rule no-store",   1, 1, 1, TTL " CURLCACHE_URLS_TTL=*/small=no-store", "curl -sS $URL/small" },
    { "file",            0, 0, 0, TTL, "echo content >$DIR/f; curl -sS file://$DIR/f" },
    { "refused",         0, 0, 0, TTL, "curl -sS http://127.0.0.1:1/ 2>&1 | sed 's/after [0-9]* ms/after/'" },
    { "version",         0, 0, 0, TTL, "curl --version" },
    /* what curl can write down of one transfer, all at once */
    { "everything at once", 1, 1, 0, TTL, "cd $DIR && curl -sS -w '%{json}' --trace-ascii t --trace-time -D h -o o $URL/small; cat h o; " TRACE },
    { "everything of a chain", 3, 3, 0, TTL, "cd $DIR && curl -sSL -w '%{header_json} %{size_download}' --trace-ascii t --trace-time -D h -o o $URL/hop1; cat h o" },
    { "output to folders made for it", 1, 1, 0, TTL, "cd $DIR && rm -rf n; curl -sS --create-dirs --output-dir n/m -O $URL/small; cat n/m/small" },
    { "no clobber",      1, 1, 0, TTL, "cd $DIR && rm -f k*; echo mine >k; curl -sS --no-clobber -o k $URL/small; cat k k.1" },
    { "no buffer",       1, 1, 0, TTL, "curl -sS -N $URL/medium | cksum" },
    { "slowly",          1, 1, 0, TTL, "curl -sS --limit-rate 200k $URL/medium | cksum" },
    { "in time",         1, 1, 0, TTL, "curl -sS -m 30 --speed-limit 1 --speed-time 20 $URL/small" },
    { "retried",         2, 2, 2, TTL, "curl -sS --retry 1 --retry-delay 1 -w '%{http_code}' $URL/busy" },
    { "a stored error retried", 2, 1, 0, TTL " CURLCACHE_CODES=all", "curl -sS --retry 1 --retry-delay 1 -w '%{http_code}' $URL/busy" },
    { "retried without a server", 0, 0, 0, TTL, "curl -sS --retry 1 --retry-connrefused --retry-delay 1 http://127.0.0.1:1/ 2>&1 | sed 's/after [0-9]* ms/after/'" },
    { "a stored error fails", 2, 1, 0, TTL " CURLCACHE_CODES=all", "curl -sS $URL/busy; curl -sS --fail $URL/busy" },
    { "a stored error fails with its body", 2, 1, 0, TTL " CURLCACHE_CODES=all", "curl -sS $URL/busy; curl -sS -o $DIR/o --fail-with-body $URL/busy; echo $?; cat $DIR/o" },
    { "a stored error is removed", 2, 1, 0, TTL, "curl -sS -o /dev/null $URL/medium; curl -sS --remove-on-error --max-filesize 10 -o $DIR/o $URL/medium; echo $?; ls $DIR/o 2>/dev/null" },
    { "fail early",      3, 2, 1, TTL, "curl -sS --fail --fail-early $URL/small $URL/nothing-here $URL/other; curl -sS $URL/small" },
    { "a protocol refused", 1, 1, 0, TTL, "curl -sS $URL/small; curl -sS --proto =https $URL/small; echo $?" },
    { "the protocol alone", 2, -1, 0, TTL, "curl -sS $URL/small; curl -sS --proto =http $URL/small" },
    { "a protocol refused to redirects", 4, -1, 1, TTL, "curl -sSL $URL/hop1; curl -sSL --proto-redir =https $URL/hop1; echo $?" },
    { "a protocol supposed", 1, 1, 0, TTL, "curl -sS --proto-default http 127.0.0.1:$PORT/small" },
    { "another protocol supposed", 1, 1, 0, TTL, "curl -sS $URL/small; curl -sS --proto-default ftp -m 5 127.0.0.1:1/small 2>/dev/null; echo $?" },
    { "path as it is",   2, 2, 1, TTL, "curl -sS $URL/small; curl -sS --path-as-is $URL/x/../echo" },
    { "query of data",   1, 1, 0, TTL, "curl -sS -G -d a=1 --data-urlencode 'b= &' $URL/echo" },
    { "referer",         1, 1, 0, TTL, "curl -sS -L -e 'http://a.test/;auto' -w '%{referer}' $URL/echo" },
    { "HTTP/1.0",        1, 1, 0, TTL, "curl -sS -0 -i $URL/small" },
    { "length ignored",  -1, -1, -1, TTL, "curl -sS -m 10 --ignore-content-length -H 'Connection: close' $URL/close | cksum" },
    { "chunks as they are", 1, -1, -1, TTL, "curl -sS --raw $URL/trailers | cksum" },
    { "any login",       -1, -1, -1, TTL, "curl -sS --anyauth -u user:s3cret-p4ss -w '%{http_code} %{num_redirects}' $URL/auth" },
    { "login in the URL", 1, 1, 0, TTL, "curl -sS http://user:s3cret-p4ss@127.0.0.1:$PORT/auth" },
    { "headers alone to stdout", 1, 1, 0, TTL, "curl -sS -o /dev/null -D - $URL/folded" },
    { "one header to stderr", 1, 1, 0, TTL, "curl -sS -o /dev/null -w '%{stderr}%header{x-same} %{content_type}' $URL/folded" },
    { "config on stdin", 2, 1, 0, TTL, "printf 'url = \"%s/small\"\\nnext\\nurl = \"%s/small\"\\ninclude\\n' $URL $URL | curl -sS -K -" },
    { "written out or not", 2, 1, 0, TTL, "curl -sS $URL/small; curl -sS -w '%{http_code}' $URL/small" },
    { "one of many fails", 2, 2, 1, TTL, "curl -sS -w '%{exitcode} %{errormsg} %{urlnum}\\n' $URL/small $URL/cut | cksum" },
};
/* clang-format on */

/* Timings and the connection, as curl's %{json} shows them. */
static void blank_json(char *text)
{
    regex_t pattern;
    regmatch_t found[3];
    char *at = text;

    if (regcomp(&pattern,
                "\"(time_[a-z]*|speed_[a-z]*|local_ip|local_port|remote_ip|"
                "remote_port|num_connects)\":(\"[^\"]*\"|[0-9.]*)",
                REG_EXTENDED) != 0) {
        cr_assert_fail("regcomp");
    }
    while (regexec(&pattern, at, 3, found, 0) == 0) {
        char *from = at + found[2].rm_so;
        char *to = at + found[2].rm_eo;

        memmove(from, to, strlen(to) + 1);
        at = from;
    }
    regfree(&pattern);
}

static void expect_same(const struct row *row, const char *which,
                        const struct run_result *plain,
                        const struct run_result *other)
{
    char *err_a = transcript_normal(plain->err);
    char *err_b = transcript_normal(other->err);
    char *err = transcript_compare("plain", err_a, which, err_b);

    cr_expect_eq(other->exit_code, plain->exit_code, "%s, %s: exit %d, not %d",
                 row->name, which, other->exit_code, plain->exit_code);
    cr_expect_eq(other->signal, plain->signal, "%s, %s: signal %d, not %d",
                 row->name, which, other->signal, plain->signal);
    char *out = transcript_compare("plain", plain->out, which, other->out);

    cr_expect_null(out, "%s, output: %s", row->name, out);
    cr_expect_eq(other->out_size, plain->out_size, "%s, %s: %zu bytes, not %zu",
                 row->name, which, other->out_size, plain->out_size);
    cr_expect_null(err, "%s, stderr: %s", row->name, err);
    free(out);
    free(err_a);
    free(err_b);
    free(err);
}

static void expect_seen(const struct row *row, const char *which, int wanted,
                        struct stage *stage)
{
    int seen = stage_requests(stage);

    cr_expect(wanted < 0 || seen == wanted,
              "%s, %s: the origin saw %d requests, not %d", row->name, which,
              seen, wanted);
}

ParameterizedTestParameters(curl, says_the_same_plain_cold_and_warm)
{
    static size_t which[sizeof(rows) / sizeof(rows[0])];
    size_t count = sizeof(which) / sizeof(which[0]);

    for (size_t i = 0; i < count; i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, count);
}

ParameterizedTest(size_t *which, curl, says_the_same_plain_cold_and_warm,
                  .timeout = 120)
{
    const struct row *row = &rows[*which];

    stage_need("curl");
    struct stage *stage = stage_begin();

    origin_answer(stage->origin, &busy);
    origin_answer(stage->origin, &elsewhere);
    RUN_RESULT plain = stage_run(stage, STAGE_PLAIN, row->env, row->line);

    expect_seen(row, "plain", row->plain, stage);
    RUN_RESULT cold = stage_run(stage, STAGE_CACHED, row->env, row->line);

    expect_seen(row, "cold", row->cold, stage);
    RUN_RESULT warm = stage_run(stage, STAGE_CACHED, row->env, row->line);

    expect_seen(row, "warm", row->warm, stage);
    blank_json(plain.out);
    blank_json(cold.out);
    blank_json(warm.out);
    plain.out_size = strlen(plain.out);
    cold.out_size = strlen(cold.out);
    warm.out_size = strlen(warm.out);
    expect_same(row, "cold", &plain, &cold);
    expect_same(row, "warm", &plain, &warm);
    stage_end(stage);
}
