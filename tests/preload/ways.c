/*
 * ways.c - loops as libcurl's own examples have them
 */
#include "tests/preload/ways.h"

#include <poll.h>
#include <stdbool.h>

enum {
    ROUNDS_MAX = 100000, /* a loop that does not end is a failure */
    LONGEST_WAIT_MS = 1000,
    SOCKETS_MAX = 64,
};

static CURLcode by_easy(CURL *const *curls, int count)
{
    CURLcode first = CURLE_OK;

    for (int i = 0; i < count; i++) {
        CURLcode code = curl_easy_perform(curls[i]);

        first = first == CURLE_OK ? code : first;
    }
    return first;
}

/* --- by sockets ---------------------------------------------------------- */

struct sockets {
    struct pollfd polled[SOCKETS_MAX];
    nfds_t count;
    long due_ms; /* < 0: no timer */
};

static int on_socket(CURL *curl, curl_socket_t fd, int what, void *arg,
                     void *unused)
{
    struct sockets *sockets = arg;
    nfds_t i = 0;

    (void)curl;
    (void)unused;
    while (i < sockets->count && sockets->polled[i].fd != fd) {
        i++;
    }
    if (what == CURL_POLL_REMOVE) {
        if (i < sockets->count) {
            sockets->polled[i] = sockets->polled[--sockets->count];
        }
        return 0;
    }
    if (i == sockets->count) {
        if (i == SOCKETS_MAX) {
            return -1;
        }
        sockets->count++;
    }
    sockets->polled[i] = (struct pollfd){
        .fd = fd,
        .events = (short)((what & CURL_POLL_IN ? POLLIN : 0) |
                          (what & CURL_POLL_OUT ? POLLOUT : 0))};
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
    (void)multi;
    ((struct sockets *)arg)->due_ms = ms;
    return 0;
}

static CURLMcode act(CURLM *multi, struct sockets *sockets, int *running)
{
    struct pollfd ready[SOCKETS_MAX];
    nfds_t count = sockets->count;
    int wait_ms = sockets->due_ms < 0 || sockets->due_ms > LONGEST_WAIT_MS
                      ? LONGEST_WAIT_MS
                      : (int)sockets->due_ms;
    CURLMcode code = CURLM_OK;

    for (nfds_t i = 0; i < count; i++) {
        ready[i] = sockets->polled[i];
    }
    if (poll(ready, count, wait_ms) <= 0) {
        sockets->due_ms = -1;
        return curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, running);
    }
    for (nfds_t i = 0; i < count && code == CURLM_OK; i++) {
        int mask =
            (ready[i].revents & POLLIN ? CURL_CSELECT_IN : 0) |
            (ready[i].revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
            (ready[i].revents & ~(POLLIN | POLLOUT) ? CURL_CSELECT_ERR : 0);

        if (mask) {
            code = curl_multi_socket_action(multi, ready[i].fd, mask, running);
        }
    }
    return code;
}

static bool by_socket(CURLM *multi, struct sockets *sockets)
{
    int running = 1;

    for (int i = 0; running && i < ROUNDS_MAX; i++) {
        if (act(multi, sockets, &running) != CURLM_OK) {
            return false;
        }
    }
    return running == 0;
}

/* --- by curl_multi_perform() --------------------------------------------- */

static bool by_perform(CURLM *multi, bool poll)
{
    int running = 1;

    for (int i = 0; running && i < ROUNDS_MAX; i++) {
        if (curl_multi_perform(multi, &running) != CURLM_OK) {
            return false;
        }
        if (running &&
            (poll ? curl_multi_poll(multi, NULL, 0, LONGEST_WAIT_MS, NULL)
                  : curl_multi_wait(multi, NULL, 0, LONGEST_WAIT_MS, NULL)) !=
                CURLM_OK) {
            return false;
        }
    }
    return running == 0;
}

/* --------------------------------------------------------------------------
 */

/* One message a handle, and no other. */
static CURLcode read_messages(CURLM *multi, CURL *const *curls, int count)
{
    CURLcode first = CURLE_OK;
    int told[WAYS_HANDLES_MAX] = {0};
    int left;
    CURLMsg *message;

    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        for (int i = 0; i < count; i++) {
            told[i] += message->easy_handle == curls[i];
        }
        first = first == CURLE_OK ? message->data.result : first;
    }
    for (int i = 0; i < count; i++) {
        first = told[i] == 1 ? first : CURLE_FAILED_INIT;
    }
    return first;
}

CURLcode ways_transfer(enum way way, CURL *const *curls, int count)
{
    struct sockets sockets = {.due_ms = -1};
    CURLM *multi;
    bool done;
    CURLcode code;

    if (way == WAY_EASY) {
        return by_easy(curls, count);
    }
    multi = curl_multi_init();
    if (!multi || count > WAYS_HANDLES_MAX) {
        curl_multi_cleanup(multi);
        return CURLE_FAILED_INIT;
    }
    if (way == WAY_SOCKET) {
        curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, &sockets);
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, &sockets);
    }
    for (int i = 0; i < count; i++) {
        curl_multi_add_handle(multi, curls[i]);
    }
    done = way == WAY_SOCKET ? by_socket(multi, &sockets)
                             : by_perform(multi, way == WAY_POLL);
    code = read_messages(multi, curls, count);
    for (int i = 0; i < count; i++) {
        curl_multi_remove_handle(multi, curls[i]);
    }
    curl_multi_cleanup(multi);
    return done ? code : CURLE_FAILED_INIT;
}
