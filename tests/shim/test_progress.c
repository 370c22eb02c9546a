/*
 * test_progress.c - progress callbacks and the meter of a hit
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hit.h"

enum { OLD_FUNCTION = 20056 }; /* PROGRESSFUNCTION, deprecated since 7.32 */

static const struct hit_answer answers[] = {
    {"/sized", "HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n", NULL, 50000},
    {"/unsized", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", NULL, 50000},
    {"/empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 0},
    {"/missing", "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\n", "no\n", 0},
    {"/part",
     "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 10-29/30\r\n"
     "Content-Length: 20\r\n\r\n",
     NULL, 20},
    {NULL, NULL, NULL, 0},
};

static char base[64];

static void start(void)
{
    curl_global_init(CURL_GLOBAL_ALL);
    snprintf(base, sizeof(base), "http://127.0.0.1:%d",
             hit_server_start(answers));
}

TestSuite(progress, .init = start);

/* What both callbacks see, without how often: that is timing. */
struct seen {
    long long first_total, first_now;
    long long last_total, last_now;
    long long first_sent, last_sent, last_to_send;
    bool backwards;
    size_t calls;
    int answer;
    size_t answer_from; /* call from which it is given */
};

static int note(struct seen *seen, long long total, long long now)
{
    if (!seen->calls) {
        seen->first_total = total;
        seen->first_now = now;
        seen->first_sent = seen->last_sent;
    }
    seen->backwards = seen->backwards || now < seen->last_now;
    seen->last_total = total;
    seen->last_now = now;
    seen->calls++;
    return seen->calls > seen->answer_from ? seen->answer : 0;
}

static void note_sent(struct seen *seen, long long total, long long now)
{
    seen->backwards = seen->backwards || now < seen->last_sent;
    seen->last_to_send = total;
    seen->last_sent = now;
}

static int newer(void *user, curl_off_t total, curl_off_t now,
                 curl_off_t up_total, curl_off_t up)
{
    note_sent(user, up_total, up);
    return note(user, total, now);
}

static int older(void *user, double total, double now, double up_total,
                 double up)
{
    note_sent(user, (long long)up_total, (long long)up);
    return note(user, (long long)total, (long long)now);
}

static size_t swallow(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)user;
    return size * count;
}

static void watch(struct hit_side *side, struct seen *seen, bool old)
{
    hit_pointer(side, CURLOPT_ERRORBUFFER, side->error);
    hit_function(side, CURLOPT_WRITEFUNCTION, (void (*)(void))swallow);
    hit_long(side, CURLOPT_NOPROGRESS, 0);
    hit_function(side,
                 old ? (CURLoption)OLD_FUNCTION : CURLOPT_XFERINFOFUNCTION,
                 old ? (void (*)(void))older : (void (*)(void))newer);
    hit_pointer(side, CURLOPT_XFERINFODATA, seen);
}

static const char *const paths[] = {"/sized", "/unsized", "/empty"};

ParameterizedTestParameters(progress, callbacks_see_the_same)
{
    static size_t which[4 * LCC_ARRAY_SIZE(paths)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(which); i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, LCC_ARRAY_SIZE(which));
}

static void post(struct hit_side *side)
{
    hit_text(side, CURLOPT_POSTFIELDS, "a body of its own");
}

static void get(struct hit_side *side)
{
    (void)side;
}

ParameterizedTest(size_t *which, progress, callbacks_see_the_same)
{
    const char *path = paths[*which / 4];
    void (*prepare)(struct hit_side * side) = *which & 2 ? post : get;
    struct hit_entry entry;
    struct seen seen[2] = {0};
    char url[128];

    snprintf(url, sizeof(url), "%s%s", base, path);
    hit_record(&entry, url, prepare);
    for (int i = 0; i < 2; i++) {
        struct hit_side side;

        hit_side_init(&side, i);
        hit_text(&side, CURLOPT_URL, url);
        prepare(&side);
        watch(&side, &seen[i], *which % 2);
        hit_run(&side, &entry);
        cr_expect_eq(side.result, CURLE_OK);
        hit_side_done(&side);
    }
    cr_expect_eq(seen[1].first_total, seen[0].first_total, "%s", path);
    cr_expect_eq(seen[1].first_now, seen[0].first_now);
    cr_expect_eq(seen[1].last_total, seen[0].last_total, "%s", path);
    cr_expect_eq(seen[1].last_now, seen[0].last_now);
    cr_expect_eq(seen[1].first_sent, seen[0].first_sent);
    cr_expect_eq(seen[1].last_sent, seen[0].last_sent, "%s", path);
    cr_expect_eq(seen[1].last_to_send, seen[0].last_to_send, "%s", path);
    cr_expect_not(seen[1].backwards);
    cr_expect_gt(seen[1].calls, 1);
    hit_entry_done(&entry);
}

static void run_aborted(struct hit_side *side, struct seen *seen,
                        const char *path)
{
    struct hit_entry entry;
    char url[128];

    snprintf(url, sizeof(url), "%s%s", base, path);
    hit_record(&entry, url, NULL);
    hit_text(side, CURLOPT_URL, url);
    watch(side, seen, false);
    hit_run(side, &entry);
    hit_entry_done(&entry);
}

Test(progress, nonzero_answer_aborts)
{
    for (int is_hit = 0; is_hit < 2; is_hit++) {
        for (size_t from = 0; from < 2; from++) {
            struct seen seen = {.answer = 7, .answer_from = from};
            struct hit_side side;

            hit_side_init(&side, is_hit);
            run_aborted(&side, &seen, "/sized");
            cr_expect_eq(side.result, CURLE_ABORTED_BY_CALLBACK);
            cr_expect_str_eq(side.error, "Callback aborted");
            cr_expect_eq(seen.calls, from + 1, "not called again");
            hit_side_done(&side);
        }
    }
}

struct meter {
    const char *path;
    void (*prepare)(struct hit_side *side);
    bool callback;
    bool fails;
};

static void resume(struct hit_side *side)
{
    hit_off(side, CURLOPT_RESUME_FROM_LARGE, 10);
    if (side->is_hit) {
        side->handle.state->plan.resume_from = 10;
    }
}

/* What the meter writes. */
static char *meter(const struct meter *m, bool is_hit)
{
    struct hit_entry entry;
    struct hit_side side;
    char url[128];
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct seen seen = {.answer = CURL_PROGRESSFUNC_CONTINUE};

    snprintf(url, sizeof(url), "%s%s", base, m->path);
    hit_record(&entry, url, m->prepare);
    hit_side_init(&side, is_hit);
    hit_text(&side, CURLOPT_URL, url);
    m->prepare(&side);
    hit_function(&side, CURLOPT_WRITEFUNCTION, (void (*)(void))swallow);
    hit_long(&side, CURLOPT_NOPROGRESS, 0);
    hit_long(&side, CURLOPT_FAILONERROR, m->fails);
    hit_pointer(&side, CURLOPT_STDERR, file);
    if (m->callback) {
        watch(&side, &seen, false);
    }
    hit_run(&side, &entry);
    hit_side_done(&side);
    hit_entry_done(&entry);
    fclose(file);
    return text;
}

/* Columns that depend on time are blanked: speeds and times. */
static void blank(char *text)
{
    for (char *line = strchr(text, '\r'); line; line = strchr(line + 1, '\r')) {
        for (size_t i = 34; line[i] && line[i] != '\r' && line[i] != '\n';
             i++) {
            line[i] = '.';
        }
    }
}

static void compare_meters(const struct meter *m)
{
    char *plain = meter(m, false);
    char *hit = meter(m, true);
    char *plain_last;
    char *hit_last;

    blank(plain);
    blank(hit);
    plain_last = strrchr(plain, '\r');
    hit_last = strrchr(hit, '\r');
    cr_assert(plain_last && hit_last, "%s", hit);
    cr_expect_str_eq(hit_last, plain_last, "%s: the last line", m->path);
    *strchr(plain, '\r') = '\0';
    *strchr(hit, '\r') = '\0';
    cr_expect_str_eq(hit, plain, "%s: the title", m->path);
    free(plain);
    free(hit);
}

static const struct meter meters[] = {
    {"/sized", get, false, false},   {"/unsized", get, false, false},
    {"/empty", get, false, false},   {"/missing", get, false, true},
    {"/sized", post, false, false},  {"/unsized", post, false, false},
    {"/part", resume, false, false},
};

ParameterizedTestParameters(progress, built_in_meter_looks_the_same)
{
    static size_t which[LCC_ARRAY_SIZE(meters)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(which); i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, LCC_ARRAY_SIZE(which));
}

ParameterizedTest(size_t *which, progress, built_in_meter_looks_the_same)
{
    compare_meters(&meters[*which]);
}

Test(progress, callback_may_ask_for_the_meter)
{
    compare_meters(&(struct meter){"/sized", get, true, false});
}

Test(progress, times_are_there_and_never_decrease)
{
    static const CURLINFO infos[] = {
        CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T,
        CURLINFO_PRETRANSFER_TIME_T, CURLINFO_STARTTRANSFER_TIME_T,
        CURLINFO_TOTAL_TIME_T};
    static const char *const page[] = {"HTTP/1.1 200 OK\r\n", "\r\n", NULL};
    struct hit_entry entry;
    struct hit_side side;
    curl_off_t before = 1;
    double seconds = 0;

    hit_entry_make(&entry, page, "", 0);
    hit_side_init(&side, true);
    hit_text(&side, CURLOPT_URL, "http://h/");
    hit_run(&side, &entry);
    for (size_t i = 0; i < LCC_ARRAY_SIZE(infos); i++) {
        curl_off_t time = 0;

        cr_expect_eq(hit_ask(&side, infos[i], &time), CURLE_OK);
        cr_expect_geq(time, before);
        before = time;
    }
    cr_expect_eq(hit_ask(&side, CURLINFO_TOTAL_TIME, &seconds), CURLE_OK);
    cr_expect_float_eq(seconds, (double)before / 1000000, 1e-9);
    hit_side_done(&side);
    hit_entry_done(&entry);
}
