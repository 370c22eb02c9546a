/*
 * calls_multi.c - the calls of the multi interface
 *
 * How far a transfer is while others run is a matter of timing: what it was
 * told is printed once all have gone as far as they can, handle by handle.
 */
#include "tests/calls/calls_multi.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static struct multi *multi_of(int number)
{
    return &calls.multis[number % MULTIS];
}

bool multi_has(const struct easy *easy, const struct multi *multi)
{
    return easy->curl && easy->multi == (int)(multi - calls.multis);
}

int multi_count(const struct multi *multi, enum state state)
{
    int count = 0;

    for (int i = 0; i < EASIES; i++) {
        count += multi_has(&calls.easies[i], multi) &&
                 calls.easies[i].state == state;
    }
    return count;
}

/* A multi handle that may be called now. libcurl says that a call from a
 * callback is recursive, but not where the handle was performed before (it
 * then looks at the multi handle of that): what follows is undefined. */
struct multi *multi_usable(int number)
{
    struct multi *multi = multi_of(number);

    if (!multi->curlm ||
        (multi->busy && (!calls.current || calls.current->performed ||
                         !multi_has(calls.current, multi)))) {
        say("not now\n");
        return NULL;
    }
    return multi;
}

/* Everything in it stands still, and nothing is paused. */
static struct multi *quiet(int number)
{
    struct multi *multi = multi_usable(number);

    if (multi && !multi->busy &&
        (multi->moving || multi_count(multi, PAUSED) > 0)) {
        say("not now\n");
        return NULL;
    }
    return multi;
}

int64_t calls_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the calls ----------------------------------------------------------- */

void op_minit(const int *args)
{
    struct multi *multi = multi_of(args[0]);

    if (multi->curlm) {
        say("is there\n");
        return;
    }
    *multi = (struct multi){.curlm = curl_multi_init(), .epoll = -1};
    if (args[1] % 2) {
        multi->events = true;
        multi->epoll = epoll_create1(EPOLL_CLOEXEC);
        curl_multi_setopt(multi->curlm, CURLMOPT_TIMERFUNCTION, multi_on_timer);
        curl_multi_setopt(multi->curlm, CURLMOPT_TIMERDATA, multi);
        curl_multi_setopt(multi->curlm, CURLMOPT_SOCKETFUNCTION,
                          multi_on_socket);
        curl_multi_setopt(multi->curlm, CURLMOPT_SOCKETDATA, multi);
    }
}

void op_mcleanup(const int *args)
{
    struct multi *multi = multi_usable(args[0]);

    if (!multi) {
        return;
    }
    CURLMcode code = curl_multi_cleanup(multi->curlm);

    say("%d\n", (int)code);
    if (code != CURLM_OK) {
        return;
    }
    for (int i = 0; i < EASIES; i++) {
        struct easy *easy = &calls.easies[i];

        if (multi_has(easy, multi)) {
            /* libcurl leaves its timers set, and tells none of them when it is
             * added again: the manual wants it removed first. */
            easy->stale = easy->state != SETTLED;
            easy_left(easy);
        }
    }
    if (multi->epoll >= 0) {
        close(multi->epoll);
    }
    *multi = (struct multi){.epoll = -1};
}

void op_mopt(const int *args)
{
    static const struct {
        CURLMoption option;
        long value;
    } list[] = {
        {CURLMOPT_MAXCONNECTS, 2},
        {CURLMOPT_PIPELINING, CURLPIPE_NOTHING},
        {CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX},
        {CURLMOPT_MAX_HOST_CONNECTIONS, 6},
        {CURLMOPT_MAX_TOTAL_CONNECTIONS, 12},
        {(CURLMoption)999, 1},
    };
    struct multi *multi = multi_usable(args[0]);
    size_t which = (size_t)args[1] % (sizeof(list) / sizeof(list[0]));

    if (multi) {
        say("%d\n", (int)curl_multi_setopt(multi->curlm, list[which].option,
                                           list[which].value));
    }
}

/* Where cookies are shared, which came first is a matter of timing. */
static bool may_be_added(const struct easy *easy)
{
    for (int i = 0; i < EASIES && easy->shares && calls.share_cookies; i++) {
        const struct easy *other = &calls.easies[i];

        if (other != easy && other->shares && other->multi >= 0) {
            return false;
        }
    }
    return true;
}

void op_add(const int *args)
{
    struct multi *multi = multi_usable(args[0]);
    struct easy *easy = &calls.easies[args[1] % EASIES];
    bool told = multi && multi->events && !multi->busy && !multi->moving &&
                multi_count(multi, ADDED) + multi_count(multi, PAUSED) == 0;

    if (!multi || !easy->curl || easy->stale || !may_be_added(easy) ||
        (calls.depth > 0 && easy->state != IDLE && easy != calls.current)) {
        say("not now\n");
        return;
    }
    CURLMcode code = curl_multi_add_handle(multi->curlm, easy->curl);

    say("%d\n", (int)code);
    if (code != CURLM_OK) {
        return;
    }
    transfer_begin(easy);
    easy->state = ADDED;
    easy->multi = (int)(multi - calls.multis);
    if (told) {
        say("timer %d\n", multi->is_due && multi->due_ms <= calls_now_ms() + 1);
    }
}

void op_remove(const int *args)
{
    struct multi *multi = multi_usable(args[0]);
    struct easy *easy = &calls.easies[args[1] % EASIES];

    /* One that is driven with it is recursion, however far it is. */
    if (!multi || !easy->curl ||
        (calls.depth > 0 && easy->state != IDLE && easy != calls.current &&
         !(multi->busy && multi_has(easy, multi)))) {
        say("not now\n");
        return;
    }
    CURLMcode code = curl_multi_remove_handle(multi->curlm, easy->curl);

    say("%d\n", (int)code);
    if (code == CURLM_OK && multi_has(easy, multi)) {
        easy_left(easy);
        multi->moving &= multi_count(multi, MOVING) > 0;
    }
}

void op_timeout(const int *args)
{
    struct multi *multi = quiet(args[0]);
    long ms = -2;

    if (multi) {
        CURLMcode code = curl_multi_timeout(multi->curlm, &ms);

        say("%d %s\n", (int)code, ms < 0 ? "none" : ms <= 1 ? "now" : "later");
    }
}

void op_fdset(const int *args)
{
    struct multi *multi = quiet(args[0]);
    fd_set sets[3];
    int max = -2;

    if (multi) {
        for (int i = 0; i < 3; i++) {
            FD_ZERO(&sets[i]);
        }
        CURLMcode code =
            curl_multi_fdset(multi->curlm, &sets[0], &sets[1], &sets[2], &max);

        say("%d %d\n", (int)code, max);
    }
}

void op_poll(const int *args)
{
    struct multi *multi = quiet(args[0]);
    struct curl_waitfd extra = {.fd = -1, .events = CURL_WAIT_POLLIN};
    unsigned int count = args[1] & 1;
    int ready = -1;
    int ends[2];
    CURLMcode code;

    if (!multi || pipe(ends) < 0) {
        return;
    }
    (void)!write(ends[1], "x", 1);
    extra.fd = ends[0];
    code = (args[1] & 2)
               ? curl_multi_wait(multi->curlm, &extra, count, 2, &ready)
               : curl_multi_poll(multi->curlm, &extra, count, 2, &ready);
    say("%d ready %d extra %d\n", (int)code, ready, extra.revents);
    close(ends[0]);
    close(ends[1]);
}

void op_wakeup(const int *args)
{
    struct multi *multi = multi_of(args[0]);

    if (multi->curlm) {
        say("%d\n", (int)curl_multi_wakeup(multi->curlm));
    }
}
