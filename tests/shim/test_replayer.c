/*
 * test_replayer.c - a hit is told exactly as libcurl tells the transfer
 *
 * Each row is a program: the options it sets and the path it fetches. What it
 * sees from libcurl over loopback and from a stored response must be the same
 * text, but for what DIFFERENCES.md lists.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hit.h"

#define FIELDS                                                                 \
    "Server: t\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"                     \
    "Last-Modified: Mon, 13 Nov 2023 10:00:00 GMT\r\n"                         \
    "Content-Type: text/plain; charset=utf-8  \r\nX-Twice: one\r\n"            \
    "X-Twice:two\r\n"

static const char gzip[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57"
    "\xc8\xc0\x4e\x72\x65\x50\x20\x0b\x00\x6a\x9e\x15\x38\x5a\x00\x00"
    "\x00";

static const struct hit_answer answers[] = {
    {"/plain", "HTTP/1.1 200 OK\r\n" FIELDS "Content-Length: 12\r\n\r\n",
     "hello world\n", 0},
    {"/large", "HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n", NULL,
     500000},
    {"/close", "HTTP/1.0 200 OK\r\nContent-Type:\r\n\r\n", "until the end", 0},
    {"/chunked",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n",
     "5\r\nhello\r\n6\r\n world\r\n0\r\nX-End: yes\r\nX-More: too\r\n\r\n", 0},
    {"/empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 0},
    {"/nothing", "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n", "", 0},
    {"/missing",
     "HTTP/1.1 404 Not Found\r\nRetry-After: 120\r\nContent-Length: 5\r\n\r\n",
     "gone\n", 0},
    {"/login",
     "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a\"\r\n"
     "Content-Length: 3\r\n\r\n",
     "no\n", 0},
    {"/folded",
     "HTTP/1.1 200 OK\r\nX-Long: one\r\n   two\r\n\tthree\r\n"
     "Content-Length: 2\r\n\r\n",
     "ok", 0},
    {"/early",
     "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
     "ok", 0},
    {"/dir/moved",
     "HTTP/1.1 302 Found\r\nLocation: ../plain?a=b c#frag\r\n"
     "Content-Type: text/html\r\nContent-Length: 6\r\nX-Hop: 1\r\n\r\n",
     "moved\n", 0},
    {"/dir/twice",
     "HTTP/1.1 301 Moved\r\nLocation: moved\r\nContent-Length: 0\r\n"
     "Last-Modified: Mon, 13 Nov 2023 11:00:00 GMT\r\n\r\n",
     "", 0},
    {"/dir/%20moved",
     "HTTP/1.1 302 Found\r\nLocation: ../plain?a=b\r\n"
     "Content-Length: 0\r\n\r\n",
     "", 0},
    {"/dir/../dir/moved",
     "HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 0\r\n\r\n", "",
     0},
    {"/dir/nowhere",
     "HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
     "", 0},
    {"/zipped",
     "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 33\r\n\r\n",
     gzip, sizeof(gzip) - 1},
    {"/bare", "HTTP/1.1 200\nContent-Length: 2\nX-A:  b \n\n", "ok", 0},
    {"/typed",
     "HTTP/1.1 200 OK\r\ncontent-type: a/b\r\nCONTENT-TYPE: c/d\r\n"
     "Content-Length: 2\r\n\r\n",
     "ok", 0},
    {"/dashes",
     "HTTP/1.1 200 OK\r\nLast-Modified: Mon, 13-Nov-2023 10:00:00 GMT\r\n"
     "Content-Length: 2\r\n\r\n",
     "ok", 0},
    {NULL, NULL, NULL, 0},
};

static char base[64];

static void no_options(struct hit_side *side)
{
    (void)side;
}

static void inside(struct hit_side *side)
{
    side->ask_inside = true;
}

static void with_header(struct hit_side *side)
{
    hit_long(side, CURLOPT_HEADER, 1);
}

static void header_and_inside(struct hit_side *side)
{
    hit_long(side, CURLOPT_HEADER, 1);
    side->ask_inside = true;
}

static void header_to_write(struct hit_side *side)
{
    hit_function(side, CURLOPT_HEADERFUNCTION, NULL);
}

static void header_nowhere(struct hit_side *side)
{
    hit_function(side, CURLOPT_HEADERFUNCTION, NULL);
    hit_pointer(side, CURLOPT_HEADERDATA, NULL);
}

static void fail_on_error(struct hit_side *side)
{
    hit_long(side, CURLOPT_FAILONERROR, 1);
}

static void fail_and_trace(struct hit_side *side)
{
    hit_long(side, CURLOPT_FAILONERROR, 1);
    hit_long(side, CURLOPT_VERBOSE, 1);
}

static void fail_with_login(struct hit_side *side)
{
    hit_long(side, CURLOPT_FAILONERROR, 1);
    hit_text(side, CURLOPT_USERPWD, "me:secret");
}

static void small_files(struct hit_side *side)
{
    hit_long(side, CURLOPT_MAXFILESIZE, 11);
}

static void small_files_large(struct hit_side *side)
{
    hit_off(side, CURLOPT_MAXFILESIZE_LARGE, 11);
}

static void just_fits(struct hit_side *side)
{
    hit_off(side, CURLOPT_MAXFILESIZE_LARGE, 12);
}

static void traced(struct hit_side *side)
{
    hit_long(side, CURLOPT_VERBOSE, 1);
}

static void file_time(struct hit_side *side)
{
    hit_long(side, CURLOPT_FILETIME, 1);
}

static void no_body(struct hit_side *side)
{
    hit_long(side, CURLOPT_NOBODY, 1);
}

static void follow(struct hit_side *side)
{
    hit_long(side, CURLOPT_FOLLOWLOCATION, 1);
    hit_long(side, CURLOPT_FILETIME, 1);
    hit_long(side, CURLOPT_AUTOREFERER, 1);
    side->ask_inside = true;
}

static void follow_with_login(struct hit_side *side)
{
    hit_long(side, CURLOPT_FOLLOWLOCATION, 1);
    hit_text(side, CURLOPT_USERPWD, "me:se cret");
}

static void with_login(struct hit_side *side)
{
    hit_text(side, CURLOPT_USERPWD, "me:se cret");
}

static void follow_as_is(struct hit_side *side)
{
    hit_long(side, CURLOPT_FOLLOWLOCATION, 1);
    hit_long(side, CURLOPT_PATH_AS_IS, 1);
    hit_long(side, CURLOPT_HEADER, 1);
}

static void ask_object(struct hit_side *side, const char *path,
                       unsigned int flags)
{
    static CURLU *url; /* lives as long as the test's process */
    char text[128];

    if (!url) {
        url = curl_url();
    }
    snprintf(text, sizeof(text), "%s%s", base, path);
    cr_assert_eq(curl_url_set(url, CURLUPART_URL, text, flags), CURLUE_OK);
    hit_pointer(side, CURLOPT_CURLU, url);
    hit_text(side, CURLOPT_URL, NULL);
}

static void object_with_spaces(struct hit_side *side)
{
    ask_object(side, "/dir/ moved", CURLU_ALLOW_SPACE);
    side->ask_inside = true;
}

static void follow_object_with_spaces(struct hit_side *side)
{
    object_with_spaces(side);
    hit_long(side, CURLOPT_FOLLOWLOCATION, 1);
}

static void object_as_is(struct hit_side *side)
{
    ask_object(side, "/dir/../dir/moved", CURLU_PATH_AS_IS);
}

static void decoded(struct hit_side *side)
{
    hit_text(side, CURLOPT_ACCEPT_ENCODING, "");
}

static void custom_method(struct hit_side *side)
{
    hit_text(side, CURLOPT_CUSTOMREQUEST, "GET");
    hit_text(side, CURLOPT_REFERER, "http://before/");
}

static void stops_early(struct hit_side *side)
{
    side->stop_at = 3;
}

static void stops_in_header(struct hit_side *side)
{
    hit_long(side, CURLOPT_HEADER, 1);
    side->stop_at = 30;
}

static void small_buffer(struct hit_side *side)
{
    hit_long(side, CURLOPT_BUFFERSIZE, 1024);
}

static void cookies(struct hit_side *side)
{
    hit_text(side, CURLOPT_COOKIEFILE, "");
}

static void pausing(struct hit_side *side)
{
    hit_pausing(side);
}

static void pausing_then_failing(struct hit_side *side)
{
    hit_pausing(side);
    side->fails_resumed = true;
}

struct program {
    const char *name;
    const char *path;
    void (*set)(struct hit_side *side);
};

static const struct program programs[] = {
    {"a plain fetch", "/plain", no_options},
    {"infos inside callbacks", "/plain", inside},
    {"a large body", "/large", no_options},
    {"a small buffer", "/large", small_buffer},
    {"a body without length", "/close", inside},
    {"chunks and trailers", "/chunked", inside},
    {"trailers stay out of the body", "/chunked", with_header},
    {"an empty body", "/empty", no_options},
    {"no content", "/nothing", inside},
    {"headers in the body", "/plain", header_and_inside},
    {"headers to the write callback", "/plain", header_to_write},
    {"headers to nobody", "/plain", header_nowhere},
    {"an error page", "/missing", no_options},
    {"an error that fails", "/missing", fail_on_error},
    {"an error that fails, traced", "/missing", fail_and_trace},
    {"a login page that fails", "/login", fail_on_error},
    {"a failed login", "/login", fail_with_login},
    {"a login page", "/login", no_options},
    {"too large", "/plain", small_files},
    {"too large, as offset", "/plain", small_files_large},
    {"just small enough", "/plain", just_fits},
    {"too large is not known without a length", "/chunked", small_files},
    {"traced", "/plain", traced},
    {"traced over an interim response", "/early", traced},
    {"an interim response", "/early", inside},
    {"file time", "/plain", file_time},
    {"file time of none", "/empty", file_time},
    {"file time of an odd form", "/dashes", file_time},
    {"head only", "/plain", no_body},
    {"folded lines", "/folded", no_options},
    {"bare line feeds", "/bare", inside},
    {"the last type counts", "/typed", inside},
    {"a redirect that is not followed", "/dir/moved", inside},
    {"a redirect to nowhere", "/dir/nowhere", no_options},
    {"a redirect with a login", "/dir/moved", with_login},
    {"a redirect that is followed", "/dir/moved", follow},
    {"two redirects", "/dir/twice", follow},
    {"redirects with a login", "/dir/twice", follow_with_login},
    {"redirects with odd options", "/dir/twice", follow_as_is},
    {"a URL object with spaces", "/", object_with_spaces},
    {"a URL object with spaces, followed", "/", follow_object_with_spaces},
    {"a URL object with its dots", "/", object_as_is},
    {"decoded", "/zipped", decoded},
    {"not decoded", "/zipped", no_options},
    {"a method of its own", "/plain", custom_method},
    {"a short write", "/plain", stops_early},
    {"a short write of a header line", "/plain", stops_in_header},
    {"a pause", "/plain", pausing},
    {"a pause and a failure when it ends", "/plain", pausing_then_failing},
    {"a pause without a length", "/close", pausing},
    {"an empty cookie engine", "/plain", cookies},
};

static void start(void)
{
    curl_global_init(CURL_GLOBAL_ALL);
    snprintf(base, sizeof(base), "http://127.0.0.1:%d",
             hit_server_start(answers));
}

TestSuite(replayer, .init = start);

static void run_side(struct hit_side *side, const struct program *program,
                     const char *url, struct hit_entry *entry)
{
    hit_listen(side, url);
    program->set(side);
    snprintf(side->error, sizeof(side->error), "of an earlier transfer");
    hit_run(side, entry);
    hit_print_answers(side);
}

/* The first line that differs, for the report. */
static void expect_same(const char *name, const char *plain, const char *hit)
{
    size_t at = 0;

    while (plain[at] && plain[at] == hit[at]) {
        at++;
    }
    while (at && plain[at - 1] != '\n') {
        at--;
    }
    cr_expect_str_eq(hit, plain, "%s: libcurl said '%.120s', the hit '%.120s'",
                     name, plain + at, hit + at);
}

ParameterizedTestParameters(replayer, program_sees_the_same)
{
    static size_t which[LCC_ARRAY_SIZE(programs)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(which); i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, LCC_ARRAY_SIZE(which));
}

ParameterizedTest(size_t *which, replayer, program_sees_the_same)
{
    const struct program *program = &programs[*which];
    struct hit_entry entry;
    struct hit_side plain;
    struct hit_side hit;
    char url[128];

    snprintf(url, sizeof(url), "%s%s", base, program->path);
    hit_record(&entry, url, program->set);
    hit_side_init(&plain, false);
    hit_side_init(&hit, true);
    run_side(&plain, program, url, &entry);
    run_side(&hit, program, url, &entry);
    expect_same(program->name, (char *)plain.text.data, (char *)hit.text.data);
    cr_expect_not(hit.unended, "%s: a piece without its NUL", program->name);
    cr_expect_leq(hit.largest, 16384);
    hit_side_done(&plain);
    hit_side_done(&hit);
    hit_entry_done(&entry);
}

/* DIFFERENCES.md: nothing of a connection or a request, and one line of
 * ours. */
static int count_trace(CURL *curl, curl_infotype type, char *data, size_t size,
                       void *user)
{
    size_t *counts = user;

    (void)curl;
    if (type == CURLINFO_TEXT) {
        cr_expect_eq(size, 38);
        cr_expect_eq(
            strncmp(data, "Served from the cache by libcurlcache\n", 38), 0);
    }
    counts[type]++;
    return 0;
}

Test(replayer, trace_of_a_hit)
{
    static const char *const page[] = {"HTTP/1.1 200 OK\r\n", "X-A: b\r\n",
                                       "\r\n", NULL};
    size_t counts[CURLINFO_END] = {0};
    struct hit_entry entry;
    struct hit_side side;

    hit_entry_make(&entry, page, "ok", 2);
    hit_side_init(&side, true);
    hit_listen(&side, "http://h/");
    hit_long(&side, CURLOPT_VERBOSE, 1);
    hit_function(&side, CURLOPT_DEBUGFUNCTION, (void (*)(void))count_trace);
    hit_pointer(&side, CURLOPT_DEBUGDATA, counts);
    hit_run(&side, &entry);
    cr_expect_eq(counts[CURLINFO_TEXT], 1);
    cr_expect_eq(counts[CURLINFO_HEADER_IN], 3);
    cr_expect_eq(counts[CURLINFO_DATA_IN], 1);
    cr_expect_eq(counts[CURLINFO_HEADER_OUT], 0);
    hit_side_done(&side);
    hit_entry_done(&entry);
}

Test(replayer, trace_goes_to_the_programs_stream)
{
    static const char *const page[] = {"HTTP/1.1 200 OK\r\n", "\r\n", NULL};
    struct hit_entry entry;
    struct hit_side side;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    hit_entry_make(&entry, page, "ok", 2);
    hit_side_init(&side, true);
    hit_listen(&side, "http://h/");
    hit_long(&side, CURLOPT_VERBOSE, 1);
    hit_function(&side, CURLOPT_DEBUGFUNCTION, NULL);
    hit_pointer(&side, CURLOPT_STDERR, file);
    hit_run(&side, &entry);
    fclose(file);
    cr_expect_str_eq(text, "* Served from the cache by libcurlcache\n"
                           "< HTTP/1.1 200 OK\r\n< \r\n");
    free(text);
    hit_side_done(&side);
    hit_entry_done(&entry);
}

/* A stored chain of answers over http and https: each request has its own. */
static size_t note_scheme(char *data, size_t size, size_t count, void *user)
{
    struct hit_side *side = user;
    char *scheme = NULL;

    hit_ask(side, CURLINFO_SCHEME, &scheme);
    if (strncmp(data, "HTTP/", 5) == 0) {
        hit_print(side, "%s ", scheme);
    }
    return size * count;
}

Test(replayer, scheme_is_that_of_the_request_that_is_told)
{
    static const char *const page[] = {"HTTP/1.1 301 Moved\r\n",
                                       "Location: https://h/\r\n",
                                       "\r\n",
                                       "HTTP/1.1 200 OK\r\n",
                                       "\r\n",
                                       NULL};
    static const uint8_t infos[] = {0, 0x10, 0,   0x31, 0,   0,   0,
                                    6, 'H',  'T', 'T',  'P', 'S', 0};
    struct hit_entry entry;
    struct hit_side side;

    hit_entry_make(&entry, page, "", 0);
    entry.entry.infos = lcc_span_of(infos, sizeof(infos));
    hit_side_init(&side, true);
    hit_listen(&side, "http://h/");
    hit_long(&side, CURLOPT_FOLLOWLOCATION, 1);
    hit_function(&side, CURLOPT_HEADERFUNCTION, (void (*)(void))note_scheme);
    hit_run(&side, &entry);
    cr_assert_eq(lcc_buf_put_u8(&side.text, 0), 0);
    cr_expect_str_eq((char *)side.text.data, "HTTP HTTPS ");
    hit_side_done(&side);
    hit_entry_done(&entry);
}

struct left_case {
    const char *name;
    const char *line;
    bool hsts;
    bool own_host;
    int want;
};

/* What libcurl would learn from the answer and we cannot teach it. */
Test(replayer, answer_that_would_leave_more_in_the_handle_is_not_served)
{
    static const struct left_case cases[] = {
        {"nothing", "X-A: b\r\n", true, true, 0},
        {"HSTS is off", "Strict-Transport-Security: max-age=9\r\n", false,
         false, 0},
        {"HSTS is on", "strict-transport-security: max-age=9\r\n", true, false,
         LCC_REPLAY_GONE},
        {"a cookie", "Set-Cookie: a=b\r\n", false, false, 0},
        {"a cookie and a Host of its own", "Set-Cookie: a=b\r\n", false, true,
         LCC_REPLAY_GONE},
    };
    struct curl_slist *host = curl_slist_append(NULL, "Host: other");

    for (size_t i = 0; i < LCC_ARRAY_SIZE(cases); i++) {
        const char *const page[] = {"HTTP/1.1 200 OK\r\n", cases[i].line,
                                    "\r\n", NULL};
        struct hit_entry entry;
        struct hit_side side;

        hit_entry_make(&entry, page, "", 0);
        hit_side_init(&side, true);
        hit_listen(&side, "http://h/");
        hit_text(&side, CURLOPT_COOKIEFILE, "");
        hit_long(&side, CURLOPT_HSTS_CTRL, cases[i].hsts ? CURLHSTS_ENABLE : 0);
        hit_list(&side, CURLOPT_HTTPHEADER, cases[i].own_host ? host : NULL);
        cr_expect_eq(lcc_replay(&side.handle, NULL, &entry.entry,
                                &entry.decision, &side.result),
                     cases[i].want, "%s", cases[i].name);
        cr_expect_eq(side.text.size == 0, cases[i].want != 0, "%s",
                     cases[i].name);
        hit_side_done(&side);
        hit_entry_done(&entry);
    }
    curl_slist_free_all(host);
}
