/*
 * test_delivery.c - pieces, pauses and what surrounds the callbacks
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hit.h"

static const char *const page[] = {"HTTP/1.1 200 OK\r\n",
                                   "Content-Length: 100000\r\n", "X-A: b\r\n",
                                   "\r\n", NULL};
enum { BODY = 100000 };

static char body[BODY];

static void fill_body(void)
{
    for (size_t i = 0; i < BODY; i++) {
        body[i] = (char)('a' + i % 26);
    }
    hit_store = (struct hit_store){0};
}

TestSuite(delivery, .init = fill_body);

/* --- a program that pauses ------------------------------------------------ */

struct pauser {
    struct hit_side side;
    size_t taken;
    size_t calls;
    size_t updates;
    size_t pause_at_call; /* of the write callback, from 1; 0: never */
    size_t header_pause_at;
    size_t header_calls;
    size_t resume_after; /* progress callbacks; 0: never */
    bool pause_by_call;  /* curl_easy_pause() from the header callback */
    bool paused;
    bool wrong;
    CURLcode resume_result;
};

static size_t take(char *data, size_t size, size_t count, void *user)
{
    struct pauser *p = user;

    p->calls++;
    if (p->calls == p->pause_at_call) {
        p->paused = true;
        p->updates = 0;
        return CURL_WRITEFUNC_PAUSE;
    }
    size *= count;
    p->wrong = p->wrong || p->taken + size > BODY ||
               memcmp(data, body + p->taken, size) != 0 || data[size];
    p->taken += size;
    return size;
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
    struct pauser *p = user;

    (void)data;
    p->header_calls++;
    if (p->header_calls == p->header_pause_at) {
        p->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (p->pause_by_call && p->header_calls == 4) {
        p->paused = true;
        cr_expect_eq(hit_pause(&p->side, CURLPAUSE_RECV), CURLE_OK);
    }
    return size * count;
}

static int on_progress(void *user, curl_off_t total, curl_off_t now,
                       curl_off_t up_total, curl_off_t up)
{
    struct pauser *p = user;

    (void)total;
    (void)now;
    (void)up_total;
    (void)up;
    if (p->paused && p->resume_after && ++p->updates >= p->resume_after) {
        p->paused = false;
        p->resume_result = hit_pause(&p->side, CURLPAUSE_CONT);
    }
    return 0;
}

static void pauser_init(struct pauser *p)
{
    memset(p, 0, sizeof(*p));
    hit_side_init(&p->side, true);
    hit_text(&p->side, CURLOPT_URL, "http://h/");
    hit_pointer(&p->side, CURLOPT_ERRORBUFFER, p->side.error);
    hit_function(&p->side, CURLOPT_WRITEFUNCTION, (void (*)(void))take);
    hit_pointer(&p->side, CURLOPT_WRITEDATA, p);
    hit_function(&p->side, CURLOPT_HEADERFUNCTION, (void (*)(void))take_header);
    hit_pointer(&p->side, CURLOPT_HEADERDATA, p);
    hit_long(&p->side, CURLOPT_NOPROGRESS, 0);
    hit_function(&p->side, CURLOPT_XFERINFOFUNCTION,
                 (void (*)(void))on_progress);
    hit_pointer(&p->side, CURLOPT_XFERINFODATA, p);
}

static void run(struct hit_side *side)
{
    struct hit_entry entry;

    hit_entry_make(&entry, page, body, BODY);
    hit_run(side, &entry);
    hit_entry_done(&entry);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

Test(delivery, paused_body_goes_on_where_it_stopped)
{
    for (size_t at = 1; at <= 7; at++) {
        struct pauser p;

        pauser_init(&p);
        p.pause_at_call = at;
        p.resume_after = 1;
        run(&p.side);
        cr_expect_eq(p.side.result, CURLE_OK);
        cr_expect_eq(p.taken, BODY, "paused at call %zu", at);
        cr_expect_eq(p.calls, 8, "seven pieces, one of them twice");
        cr_expect_not(p.wrong);
        cr_expect_eq(p.resume_result, CURLE_OK);
        hit_side_done(&p.side);
    }
}

Test(delivery, paused_header_line_comes_again)
{
    struct pauser p;

    pauser_init(&p);
    p.header_pause_at = 2;
    p.resume_after = 1;
    run(&p.side);
    cr_expect_eq(p.side.result, CURLE_OK);
    cr_expect_eq(p.header_calls, 5, "four lines, one of them twice");
    cr_expect_eq(p.taken, BODY);
    hit_side_done(&p.side);
}

Test(delivery, pause_by_call_holds_what_comes_next)
{
    struct pauser p;

    pauser_init(&p);
    p.pause_by_call = true;
    p.resume_after = 1;
    run(&p.side);
    cr_expect_eq(p.side.result, CURLE_OK);
    cr_expect_eq(p.taken, BODY);
    cr_expect_not(p.wrong);
    hit_side_done(&p.side);
}

Test(delivery, progress_goes_on_once_a_second_while_paused, .timeout = 20)
{
    struct pauser p;
    int64_t before = now_ms();
    int64_t took;

    pauser_init(&p);
    p.pause_at_call = 2;
    p.resume_after = 3;
    run(&p.side);
    took = now_ms() - before;
    cr_expect_eq(p.side.result, CURLE_OK);
    cr_expect(took >= 1900 && took < 4000, "it took %lld ms", (long long)took);
    hit_side_done(&p.side);
}

Test(delivery, timeout_ends_a_pause, .timeout = 20)
{
    struct pauser p;
    int64_t before = now_ms();
    int64_t took;

    pauser_init(&p);
    p.pause_at_call = 2;
    hit_long(&p.side, CURLOPT_TIMEOUT_MS, 300);
    run(&p.side);
    took = now_ms() - before;
    cr_expect_eq(p.side.result, CURLE_OPERATION_TIMEDOUT);
    cr_expect(took >= 300 && took < 1500, "it took %lld ms", (long long)took);
    cr_expect(strstr(p.side.error, "Operation timed out after "));
    cr_expect(strstr(p.side.error, " out of 100000 bytes received"), "%s",
              p.side.error);
    hit_side_done(&p.side);
}

Test(delivery, pause_outside_a_delivery_is_libcurls_business)
{
    struct pauser p;
    CURLcode code;

    pauser_init(&p);
    run(&p.side);
    cr_expect_not(lcc_served_pause(&p.side.handle, CURLPAUSE_RECV, &code));
    hit_side_done(&p.side);
}

/* --- the default write, the signal, errno -------------------------------- */

Test(delivery, body_goes_to_a_file_by_default)
{
    struct hit_side side;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    hit_side_init(&side, true);
    hit_text(&side, CURLOPT_URL, "http://h/");
    hit_pointer(&side, CURLOPT_WRITEDATA, file);
    hit_long(&side, CURLOPT_HEADER, 1);
    run(&side);
    fclose(file);
    cr_expect_eq(side.result, CURLE_OK);
    cr_expect_eq(strncmp(text, "HTTP/1.1 200 OK\r\nContent-Length", 31), 0);
    cr_expect_eq(size, BODY + 51);
    free(text);
    hit_side_done(&side);
}

static struct sigaction seen;

static size_t look(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)user;
    sigaction(SIGPIPE, NULL, &seen);
    errno = ECHILD;
    return size * count;
}

static void on_pipe(int number)
{
    (void)number;
}

static void look_inside(bool flavour_ignores, long no_signal, bool want_ignored)
{
    struct lcc_real real = *hit_real();
    struct sigaction mine = {.sa_handler = on_pipe};
    struct sigaction after;
    struct hit_side side;

    real.ignores_sigpipe = flavour_ignores;
    sigaction(SIGPIPE, &mine, NULL);
    hit_side_init(&side, true);
    side.handle.real = &real;
    hit_text(&side, CURLOPT_URL, "http://h/");
    hit_function(&side, CURLOPT_WRITEFUNCTION, (void (*)(void))look);
    hit_long(&side, CURLOPT_NOSIGNAL, no_signal);
    errno = EXDEV;
    run(&side);
    cr_expect_eq(errno, EXDEV, "errno is the program's");
    sigaction(SIGPIPE, NULL, &after);
    cr_expect_eq(after.sa_handler, on_pipe);
    cr_expect_eq(seen.sa_handler == SIG_IGN, want_ignored);
    hit_side_done(&side);
}

Test(delivery, broken_pipes_are_the_flavours_way)
{
    look_inside(true, 0, true);
    look_inside(true, 1, false);
    look_inside(false, 0, false);
}

/* --- the body in the store ------------------------------------------------ */

static struct hit_side *watched(struct hit_side *side)
{
    hit_side_init(side, true);
    hit_listen(side, "http://h/");
    return side;
}

Test(delivery, small_reads_make_no_difference)
{
    struct hit_side side;

    hit_store.most = 1000;
    run(watched(&side));
    cr_expect_eq(side.result, CURLE_OK);
    cr_expect_eq(side.taken, BODY);
    hit_side_done(&side);
}

Test(delivery, body_that_is_gone_is_noticed_before_anything_is_told)
{
    struct hit_entry entry;
    struct hit_side side;

    watched(&side);
    snprintf(side.error, sizeof(side.error), "as it was");
    hit_entry_make(&entry, page, body, BODY);
    side.handle.state->hit.body_size = BODY;
    hit_store.gone = true;
    cr_expect_eq(lcc_replay(&side.handle, NULL, &entry.entry, &entry.decision,
                            &side.result),
                 LCC_REPLAY_GONE);
    cr_expect_eq(side.text.size, 0);
    cr_expect_str_eq(side.error, "as it was");
    cr_expect_null(side.handle.state->served);
    hit_entry_done(&entry);
    hit_side_done(&side);
}

Test(delivery, body_that_vanishes_later_is_a_partial_file)
{
    static const char *const large[] = {
        "HTTP/1.1 200 OK\r\n", "Content-Length: 300000\r\n", "\r\n", NULL};
    char *bytes = calloc(1, 300000);
    struct hit_entry entry;
    struct hit_side side;

    watched(&side);
    hit_entry_make(&entry, large, bytes, 300000);
    hit_store.gone_at = 1;
    hit_run(&side, &entry);
    cr_expect_eq(side.result, CURLE_PARTIAL_FILE);
    cr_expect_eq(strncmp(side.error, "transfer closed with ", 21), 0);
    cr_expect(side.taken > 0 && side.taken < 300000);
    hit_entry_done(&entry);
    hit_side_done(&side);
    free(bytes);
    cr_expect_eq(hit_store.holds, 0, "what was held is let go");
}

static size_t drop(char *data, size_t size, size_t count, void *user)
{
    struct hit_side *side = user;

    (void)data;
    lcc_served_free(side->handle.state->served);
    return size * count;
}

Test(delivery, answers_dropped_inside_a_callback_end_with_the_delivery)
{
    struct hit_side side;

    hit_side_init(&side, true);
    hit_text(&side, CURLOPT_URL, "http://h/");
    hit_function(&side, CURLOPT_WRITEFUNCTION, (void (*)(void))drop);
    hit_pointer(&side, CURLOPT_WRITEDATA, &side);
    run(&side);
    cr_expect_eq(side.result, CURLE_OK);
    cr_expect_null(side.handle.state->served);
    hit_side_done(&side);
}
