/*
 * calls_multi.c - the calls of the multi interface
 *
 * How far a transfer is while others run is a matter of timing: what it was
 * told is printed once all have gone as far as they can, handle by handle.
 */
#include "tests/calls/calls.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 8, DRIVE_MAX_MS = 1500, WAIT_MS = 200 };

static struct multi *multi_of(int number)
{
    return &calls.multis[number % MULTIS];
}

static bool is_in(const struct easy *easy, const struct multi *multi)
{
    return easy->curl && easy->multi == (int)(multi - calls.multis);
}

static int count_in(const struct multi *multi, enum state state)
{
    int count = 0;

    for (int i = 0; i < EASIES; i++) {
        count +=
            is_in(&calls.easies[i], multi) && calls.easies[i].state == state;
    }
    return count;
}

static int count_paused(const struct multi *multi)
{
    int count = 0;

    for (int i = 0; i < EASIES; i++) {
        count += is_in(&calls.easies[i], multi) && calls.easies[i].paused;
    }
    return count;
}

/* A multi handle that may be called now. libcurl says that a call from a
 * callback is recursive, but not where the handle was performed before (it
 * then looks at the multi handle of that): what follows is undefined. */
static struct multi *usable(int number)
{
    struct multi *multi = multi_of(number);

    if (!multi->curlm ||
        (multi->busy && (!calls.current || calls.current->performed ||
                         !is_in(calls.current, multi)))) {
        say("not now\n");
        return NULL;
    }
    return multi;
}

/* Everything in it stands still, and nothing is paused. */
static struct multi *quiet(int number)
{
    struct multi *multi = usable(number);

    if (multi && !multi->busy &&
        (multi->moving || count_in(multi, PAUSED) > 0)) {
        say("not now\n");
        return NULL;
    }
    return multi;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- sockets and timer ------------------------------------------------------
 */

static int on_timer(CURLM *curlm, long ms, void *user)
{
    struct multi *multi = user;

    (void)curlm;
    multi->timer_calls++;
    multi->is_due = ms >= 0;
    multi->due_ms = now_ms() + ms;
    return 0;
}

static int on_socket(CURL *curl, curl_socket_t socket, int what, void *user,
                     void *known)
{
    struct multi *multi = user;
    struct epoll_event event = {
        .events = ((what & CURL_POLL_IN) ? (uint32_t)EPOLLIN : 0) |
                  ((what & CURL_POLL_OUT) ? (uint32_t)EPOLLOUT : 0),
        .data.fd = socket,
    };

    (void)curl;
    (void)known;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(multi->epoll, EPOLL_CTL_DEL, socket, NULL);
    } else if (epoll_ctl(multi->epoll, EPOLL_CTL_MOD, socket, &event)) {
        epoll_ctl(multi->epoll, EPOLL_CTL_ADD, socket, &event);
    }
    return 0;
}

static int bits_of(uint32_t events)
{
    return ((events & EPOLLIN) ? CURL_CSELECT_IN : 0) |
           ((events & EPOLLOUT) ? CURL_CSELECT_OUT : 0) |
           ((events & (EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_ERR : 0);
}

static CURLMcode turn(struct multi *multi, int *running)
{
    struct epoll_event list[EVENTS_MAX];

    if (!multi->is_due) { /* a program that looks how far things are */
        CURLMcode asked = curl_multi_socket_action(
            multi->curlm, CURL_SOCKET_TIMEOUT, 0, running);

        if (asked != CURLM_OK || *running <= count_paused(multi)) {
            return asked;
        }
    }
    int64_t left = multi->is_due ? multi->due_ms - now_ms() : WAIT_MS;
    CURLMcode code = CURLM_OK;
    int count;

    left = left < 0 ? 0 : left > WAIT_MS ? WAIT_MS : left;
    count = epoll_wait(multi->epoll, list, EVENTS_MAX, (int)left);
    for (int i = 0; i < count && code == CURLM_OK; i++) {
        code = curl_multi_socket_action(multi->curlm, list[i].data.fd,
                                        bits_of(list[i].events), running);
    }
    if (code == CURLM_OK && multi->is_due && multi->due_ms <= now_ms()) {
        multi->is_due = false; /* a timer runs once */
        code = curl_multi_socket_action(multi->curlm, CURL_SOCKET_TIMEOUT, 0,
                                        running);
    }
    return code;
}

static void wait_select(CURLM *curlm)
{
    fd_set sets[3];
    long ms = -1;
    int max = -1;

    for (int i = 0; i < 3; i++) {
        FD_ZERO(&sets[i]);
    }
    curl_multi_timeout(curlm, &ms);
    curl_multi_fdset(curlm, &sets[0], &sets[1], &sets[2], &max);
    ms = ms < 0 || ms > WAIT_MS ? WAIT_MS : ms;
    ms = max < 0 && ms > 10 ? 10 : ms;
    struct timeval most = {ms / 1000, ms % 1000 * 1000};

    select(max + 1, &sets[0], &sets[1], &sets[2], &most);
}

enum style { BY_POLL, BY_WAIT, BY_SELECT, BY_PERFORM, STYLES };

static CURLMcode turn_by_perform(struct multi *multi, int style, int *running)
{
    CURLMcode code = curl_multi_perform(multi->curlm, running);
    int count;

    if (code != CURLM_OK || *running <= count_paused(multi)) {
        return code;
    }
    switch (style) {
    case BY_POLL:
        return curl_multi_poll(multi->curlm, NULL, 0, WAIT_MS, &count);
    case BY_WAIT:
        return curl_multi_wait(multi->curlm, NULL, 0, WAIT_MS, &count);
    case BY_SELECT:
        wait_select(multi->curlm);
        return CURLM_OK;
    default:
        usleep(500);
        return CURLM_OK;
    }
}

/* --- what came of it --------------------------------------------------------
 */

static void say_message(struct easy *easy)
{
    if (easy->messages > 0 && !easy->told) {
        say("%d messages %d result %d\n", easy->index, easy->messages,
            (int)easy->result);
        easy->told = true;
    }
}

static void take_messages(struct multi *multi);

static void settle(struct multi *multi, int running)
{
    say("running %d\n", running);
    if (running > count_paused(multi)) {
        say("stuck\n");
        return;
    }
    multi->moving = false;
    if (multi->read_early) { /* which it got then is a matter of timing */
        take_messages(multi);
        multi->read_early = false;
    }
    for (int i = 0; i < EASIES; i++) {
        struct easy *easy = &calls.easies[i];

        if (!is_in(easy, multi)) {
            continue;
        }
        if (easy->paused) {
            easy->state = PAUSED;
            say("%d paused\n", i);
        } else if (easy->state != SETTLED) {
            easy->state = SETTLED;
            transfer_end(easy);
            show_infos(easy);
        }
        say_message(easy);
    }
}

static void start(struct multi *multi)
{
    multi->moving = true;
    for (int i = 0; i < EASIES; i++) {
        struct easy *easy = &calls.easies[i];

        if (is_in(easy, multi) && easy->state != SETTLED) {
            easy->state = MOVING;
        }
    }
}

static void take_messages(struct multi *multi)
{
    CURLMsg *message;
    int left = 0;

    while ((message = curl_multi_info_read(multi->curlm, &left))) {
        int at = 0;

        while (at < EASIES && calls.easies[at].curl != message->easy_handle) {
            at++;
        }
        if (at == EASIES || !is_in(&calls.easies[at], multi)) {
            say("message of a stranger\n");
            continue;
        }
        calls.easies[at].messages++;
        calls.easies[at].result = message->data.result;
        calls.easies[at].told = false;
    }
    say("messages left %d\n", left);
}

/* --- the calls --------------------------------------------------------------
 */

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
        curl_multi_setopt(multi->curlm, CURLMOPT_TIMERFUNCTION, on_timer);
        curl_multi_setopt(multi->curlm, CURLMOPT_TIMERDATA, multi);
        curl_multi_setopt(multi->curlm, CURLMOPT_SOCKETFUNCTION, on_socket);
        curl_multi_setopt(multi->curlm, CURLMOPT_SOCKETDATA, multi);
    }
}

void op_mcleanup(const int *args)
{
    struct multi *multi = usable(args[0]);

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

        if (is_in(easy, multi)) {
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
    struct multi *multi = usable(args[0]);
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
    struct multi *multi = usable(args[0]);
    struct easy *easy = &calls.easies[args[1] % EASIES];
    bool told = multi && multi->events && !multi->busy && !multi->moving &&
                count_in(multi, ADDED) + count_in(multi, PAUSED) == 0;

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
        say("timer %d\n", multi->is_due && multi->due_ms <= now_ms() + 1);
    }
}

void op_remove(const int *args)
{
    struct multi *multi = usable(args[0]);
    struct easy *easy = &calls.easies[args[1] % EASIES];

    /* One that is driven with it is recursion, however far it is. */
    if (!multi || !easy->curl ||
        (calls.depth > 0 && easy->state != IDLE && easy != calls.current &&
         !(multi->busy && is_in(easy, multi)))) {
        say("not now\n");
        return;
    }
    CURLMcode code = curl_multi_remove_handle(multi->curlm, easy->curl);

    say("%d\n", (int)code);
    if (code == CURLM_OK && is_in(easy, multi)) {
        easy_left(easy);
        multi->moving &= count_in(multi, MOVING) > 0;
    }
}

/* Whether one step gets as far as that is a matter of timing. */
static void forget_events(const struct multi *multi)
{
    for (int i = 0; i < EASIES; i++) {
        struct easy *easy = &calls.easies[i];

        easy->event.set &= !is_in(easy, multi);
    }
}

void op_step(const int *args)
{
    struct multi *multi = usable(args[0]);
    int running = 0;
    CURLMcode code;

    if (!multi) {
        return;
    }
    bool busy = multi->busy;

    if (!busy) {
        start(multi);
        forget_events(multi);
    }
    multi->busy = true;
    code = args[1] % 2 || multi->events /* the two ways do not mix */
               ? curl_multi_socket_action(multi->curlm, CURL_SOCKET_TIMEOUT, 0,
                                          &running)
               : curl_multi_perform(multi->curlm, &running);
    multi->busy = busy;
    say("%d\n", (int)code);
}

void op_drive(const int *args)
{
    struct multi *multi = usable(args[0]);
    int64_t until = now_ms() + DRIVE_MAX_MS;
    CURLMcode code = CURLM_OK;
    int running = 0;

    if (!multi || multi->busy) {
        return;
    }
    start(multi);
    multi->busy = true;
    do {
        running = EASIES + 1;
        code = multi->events
                   ? turn(multi, &running)
                   : turn_by_perform(multi, args[1] % STYLES, &running);
    } while (code == CURLM_OK && running > count_paused(multi) &&
             now_ms() < until);
    multi->busy = false;
    say("drive says %d\n", (int)code);
    settle(multi, running);
}

void op_read(const int *args)
{
    struct multi *multi = usable(args[0]);

    if (!multi) {
        return;
    }
    take_messages(multi);
    multi->read_early = multi->moving;
    for (int i = 0; i < EASIES && !multi->moving; i++) {
        if (is_in(&calls.easies[i], multi)) {
            say_message(&calls.easies[i]);
        }
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
