/*
 * client_shapes.c - the ways in which programs drive a transfer
 *
 * CLIENT_SHAPE names one; without it curl_easy_perform() does all. Each is an
 * ordinary loop, as libcurl's examples have it, on a multi handle of its own.
 * Whatever is not as it should be is written down.
 */
#include "tests/preload/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 8,
    ROUNDS_MAX = 100000, /* a loop that does not end is a failure */
    LONGEST_WAIT_MS = 1000,
};

static bool check(const char *what, CURLMcode code)
{
    if (code != CURLM_OK) {
        printf("%s says %d\n", what, (int)code);
    }
    return code == CURLM_OK;
}

static void sleep_ms(long ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&pause, NULL);
}

/* --- by curl_multi_perform() --------------------------------------------- */

static void wait_no_more(CURLM *multi)
{
    (void)multi;
    sleep_ms(1);
}

static void wait_wait(CURLM *multi)
{
    int count = 0;

    check("wait", curl_multi_wait(multi, NULL, 0, LONGEST_WAIT_MS, &count));
}

static void wait_poll(CURLM *multi)
{
    int count = 0;

    check("poll", curl_multi_poll(multi, NULL, 0, LONGEST_WAIT_MS, &count));
}

static void wait_select(CURLM *multi)
{
    fd_set readable;
    fd_set writable;
    fd_set exceptional;
    struct timeval most;
    long ms = -1;
    int max = -1;

    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&exceptional);
    check("timeout", curl_multi_timeout(multi, &ms));
    check("fdset",
          curl_multi_fdset(multi, &readable, &writable, &exceptional, &max));
    if (max < 0) {
        sleep_ms(ms < 0 || ms > 20 ? 20 : ms);
        return;
    }
    if (ms < 0 || ms > LONGEST_WAIT_MS) {
        ms = LONGEST_WAIT_MS;
    }
    most = (struct timeval){ms / 1000, ms % 1000 * 1000};
    select(max + 1, &readable, &writable, &exceptional, &most);
}

static int drive_by_perform(CURLM *multi, void (*wait)(CURLM *))
{
    int running = 1;

    for (int i = 0; running && i < ROUNDS_MAX; i++) {
        if (!check("perform", curl_multi_perform(multi, &running))) {
            break;
        }
        if (running) {
            wait(multi);
        }
    }
    return running;
}

/* --- by sockets ---------------------------------------------------------- */

struct events {
    int epoll;
    struct timespec due;
    bool is_due; /* a timer is set */
};

static long ms_left(const struct events *events)
{
    struct timespec now;
    long ms;

    if (!events->is_due) {
        return LONGEST_WAIT_MS;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    ms = (events->due.tv_sec - now.tv_sec) * 1000 +
         (events->due.tv_nsec - now.tv_nsec) / 1000000;
    return ms < 0 ? 0 : ms;
}

static int on_timer(CURLM *multi, long ms, void *user)
{
    struct events *events = user;
    long ns;

    (void)multi;
    events->is_due = ms >= 0;
    if (ms < 0) {
        return 0;
    }
    clock_gettime(CLOCK_MONOTONIC, &events->due);
    ns = events->due.tv_nsec + ms % 1000 * 1000000;
    events->due.tv_sec += ms / 1000 + ns / 1000000000;
    events->due.tv_nsec = ns % 1000000000;
    return 0;
}

static int on_socket(CURL *curl, curl_socket_t socket, int what, void *user,
                     void *known)
{
    struct events *events = user;
    struct epoll_event event = {
        .events = ((what & CURL_POLL_IN) ? (uint32_t)EPOLLIN : 0) |
                  ((what & CURL_POLL_OUT) ? (uint32_t)EPOLLOUT : 0),
        .data.fd = socket,
    };

    (void)curl;
    (void)known;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(events->epoll, EPOLL_CTL_DEL, socket, NULL);
    } else if (epoll_ctl(events->epoll, EPOLL_CTL_MOD, socket, &event)) {
        epoll_ctl(events->epoll, EPOLL_CTL_ADD, socket, &event);
    }
    return 0;
}

static int bits_of(uint32_t events)
{
    return ((events & EPOLLIN) ? CURL_CSELECT_IN : 0) |
           ((events & EPOLLOUT) ? CURL_CSELECT_OUT : 0) |
           ((events & (EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_ERR : 0);
}

/* One wait, and what follows. False when something is wrong. */
static bool turn(CURLM *multi, struct events *events, int *running)
{
    struct epoll_event list[EVENTS_MAX];
    int count =
        epoll_wait(events->epoll, list, EVENTS_MAX, (int)ms_left(events));
    bool fine = true;

    for (int i = 0; i < count && fine; i++) {
        fine =
            check("socket_action",
                  curl_multi_socket_action(multi, list[i].data.fd,
                                           bits_of(list[i].events), running));
    }
    if (fine && events->is_due && ms_left(events) == 0) {
        events->is_due = false; /* a timer runs once */
        fine = check(
            "socket_action",
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, running));
    }
    return fine;
}

static void begin_events(CURLM *multi, struct events *events)
{
    *events = (struct events){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, events);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, events);
}

static int drive_by_events(CURLM *multi, struct client *client,
                           struct events *events)
{
    int running = 1;

    if (!events->is_due) {
        printf("nothing to do was told\n");
        return running;
    }
    for (int i = 0; running && i < ROUNDS_MAX; i++) {
        if (!turn(multi, events, &running)) {
            break;
        }
        if (client && client->paused) {
            client_resume(client);
        }
    }
    return running;
}

/* --- any ----------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*wait)(CURLM *); /* NULL: by events */
} shapes[] = {
    {"perform", wait_no_more}, {"wait", wait_wait}, {"poll", wait_poll},
    {"select", wait_select},   {"events", NULL},
};

static size_t shape_of(const char *name)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (strcmp(name, shapes[i].name) == 0) {
            return i;
        }
    }
    printf("no shape %s\n", name);
    exit(2);
}

/* One message, of this handle, and none after it. */
static CURLcode read_result(CURLM *multi, CURL *curl)
{
    CURLcode result = CURLE_OK;
    int count = 0;
    int left = 0;
    CURLMsg *message;

    while ((message = curl_multi_info_read(multi, &left))) {
        count++;
        result = message->data.result;
        if (message->msg != CURLMSG_DONE || message->easy_handle != curl ||
            left != 0) {
            printf("wrong message\n");
        }
    }
    if (count != 1) {
        printf("messages %d\n", count);
    }
    return result;
}

CURLcode client_run(struct client *client, CURL *curl)
{
    const char *shape = getenv("CLIENT_SHAPE");
    struct events events = {.epoll = -1};
    CURLcode result = CURLE_FAILED_INIT;
    CURLM *multi;
    size_t at;

    if (!shape) {
        return curl_easy_perform(curl);
    }
    at = shape_of(shape);
    multi = curl_multi_init();
    if (!shapes[at].wait) {
        begin_events(multi, &events);
    }
    if (check("add", curl_multi_add_handle(multi, curl))) {
        int running = shapes[at].wait ? drive_by_perform(multi, shapes[at].wait)
                                      : drive_by_events(multi, client, &events);

        if (running) {
            printf("running %d\n", running);
        }
        result = read_result(multi, curl);
        check("remove", curl_multi_remove_handle(multi, curl));
    }
    check("cleanup", curl_multi_cleanup(multi));
    if (events.epoll >= 0) {
        close(events.epoll);
    }
    return result;
}
