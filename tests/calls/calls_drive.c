/*
 * calls_drive.c - making the transfers of a multi handle go on, and what came
 * of it
 */
#include "tests/calls/calls_multi.h"

#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

enum { EVENTS_MAX = 8, DRIVE_MAX_MS = 4000, WAIT_MS = 200 };

static int count_paused(const struct multi *multi)
{
    int count = 0;

    for (int i = 0; i < EASIES; i++) {
        count += multi_has(&calls.easies[i], multi) && calls.easies[i].paused;
    }
    return count;
}

int multi_on_timer(CURLM *curlm, long ms, void *user)
{
    struct multi *multi = user;

    (void)curlm;
    multi->timer_calls++;
    multi->is_due = ms >= 0;
    multi->due_ms = calls_now_ms() + ms;
    return 0;
}

int multi_on_socket(CURL *curl, curl_socket_t socket, int what, void *user,
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
    int64_t left = multi->is_due ? multi->due_ms - calls_now_ms() : WAIT_MS;
    CURLMcode code = CURLM_OK;
    int count;

    left = left < 0 ? 0 : left > WAIT_MS ? WAIT_MS : left;
    count = epoll_wait(multi->epoll, list, EVENTS_MAX, (int)left);
    for (int i = 0; i < count && code == CURLM_OK; i++) {
        code = curl_multi_socket_action(multi->curlm, list[i].data.fd,
                                        bits_of(list[i].events), running);
    }
    if (code == CURLM_OK && multi->is_due && multi->due_ms <= calls_now_ms()) {
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

/* --- what came of it ----------------------------------------------------- */

static void say_message(struct easy *easy)
{
    if (easy->messages > 0 && !easy->told) {
        say("%d messages %d result %d\n", easy->index, easy->messages,
            (int)easy->result);
        easy->told = true;
    }
}

/* Those that are paused as far as the program knows may have ended. */
static int take_messages(struct multi *multi)
{
    CURLMsg *message;
    int left = 0;

    while ((message = curl_multi_info_read(multi->curlm, &left))) {
        int at = 0;

        while (at < EASIES && calls.easies[at].curl != message->easy_handle) {
            at++;
        }
        if (at == EASIES || !multi_has(&calls.easies[at], multi)) {
            say("message of a stranger\n");
            continue;
        }
        calls.easies[at].messages++;
        calls.easies[at].result = message->data.result;
        calls.easies[at].told = false;
        calls.easies[at].paused = false;
    }
    return left;
}

static bool was_paused(const struct multi *multi)
{
    bool was = false;

    for (int i = 0; i < EASIES; i++) {
        was |= multi_has(&calls.easies[i], multi) && calls.easies[i].was_paused;
    }
    return was;
}

static void settle(struct multi *multi, int running)
{
    say("running %d\n", running);
    if (running > count_paused(multi)) {
        say("stuck\n");
        return;
    }
    multi->moving = false;
    /* Which it got then is a matter of timing. */
    if (multi->read_early || was_paused(multi)) {
        take_messages(multi);
        multi->read_early = false;
    }
    for (int i = 0; i < EASIES; i++) {
        struct easy *easy = &calls.easies[i];

        if (!multi_has(easy, multi)) {
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

        if (multi_has(easy, multi) && easy->state != SETTLED) {
            if (easy->steps == 0) {
                transfer_options(easy);
            }
            easy->state = MOVING;
            easy->steps++;
        }
    }
}

/* --- the calls ----------------------------------------------------------- */

/* Whether one step gets as far as that is a matter of timing. */
static void forget_events(const struct multi *multi)
{
    for (int i = 0; i < EASIES; i++) {
        struct easy *easy = &calls.easies[i];

        easy->event.set &= !multi_has(easy, multi);
    }
}

void op_step(const int *args)
{
    struct multi *multi = multi_usable(args[0]);
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
    struct multi *multi = multi_usable(args[0]);
    int64_t until = calls_now_ms() + DRIVE_MAX_MS;
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
        if (count_paused(multi) > 0 && running <= count_paused(multi)) {
            take_messages(multi);
        }
    } while (code == CURLM_OK && running > count_paused(multi) &&
             calls_now_ms() < until);
    multi->busy = false;
    say("drive says %d\n", (int)code);
    settle(multi, running);
}

void op_read(const int *args)
{
    struct multi *multi = multi_usable(args[0]);

    if (!multi) {
        return;
    }
    say("messages left %d\n", take_messages(multi));
    multi->read_early = multi->moving;
    for (int i = 0; i < EASIES && !multi->moving; i++) {
        if (multi_has(&calls.easies[i], multi)) {
            say_message(&calls.easies[i]);
        }
    }
}
