/*
 * client_drive.c - easy; multi with perform and poll; multi with sockets
 */
#include "tests/conformance/client_drive.h"

#include <poll.h>
#include <string.h>

enum { POLL_MS = 1000, STUCK_MS = 15000 };

static CURLcode by_easy(struct drive *drive, CURL *curl)
{
    (void)drive;
    return curl_easy_perform(curl);
}

/* The message of the one transfer there is. */
static bool finished(struct drive *drive, CURLcode *result)
{
    int left = 0;
    CURLMsg *message = curl_multi_info_read(drive->multi, &left);

    if (!message || message->msg != CURLMSG_DONE) {
        return false;
    }
    *result = message->data.result;
    return true;
}

static CURLcode by_perform(struct drive *drive, CURL *curl)
{
    CURLcode result = CURLE_FAILED_INIT;
    int running = 1;

    if (curl_multi_add_handle(drive->multi, curl)) {
        return result;
    }
    while (curl_multi_perform(drive->multi, &running) == CURLM_OK && running) {
        curl_multi_poll(drive->multi, NULL, 0, POLL_MS, NULL);
    }
    finished(drive, &result);
    curl_multi_remove_handle(drive->multi, curl);
    return result;
}

static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct drive *drive = arg;

    (void)multi;
    drive->timeout_ms = timeout_ms;
    return 0;
}

static void forget(struct drive *drive, curl_socket_t fd)
{
    for (size_t i = 0; i < drive->socket_count; i++) {
        if (drive->sockets[i].fd == fd) {
            drive->sockets[i] = drive->sockets[--drive->socket_count];
            return;
        }
    }
}

static int on_socket(CURL *curl, curl_socket_t fd, int what, void *arg,
                     void *socket_arg)
{
    struct drive *drive = arg;

    (void)curl;
    (void)socket_arg;
    forget(drive, fd);
    if (what != CURL_POLL_REMOVE && drive->socket_count < DRIVE_SOCKETS_MAX) {
        short events = what == CURL_POLL_IN    ? POLLIN
                       : what == CURL_POLL_OUT ? POLLOUT
                                               : POLLIN | POLLOUT;

        drive->sockets[drive->socket_count++] =
            (struct drive_socket){fd, events};
    }
    return 0;
}

/* Waits as the callbacks said; false when nothing was said at all. */
static bool step_sockets(struct drive *drive, int *running)
{
    struct pollfd waits[DRIVE_SOCKETS_MAX];
    size_t count = drive->socket_count;
    int timeout = drive->timeout_ms < 0 ? STUCK_MS : (int)drive->timeout_ms;

    for (size_t i = 0; i < count; i++) {
        waits[i] = (struct pollfd){.fd = drive->sockets[i].fd,
                                   .events = drive->sockets[i].events};
    }
    int ready = poll(waits, count, timeout);

    if (ready <= 0) {
        bool told = drive->timeout_ms >= 0;

        drive->timeout_ms = -1;
        curl_multi_socket_action(drive->multi, CURL_SOCKET_TIMEOUT, 0, running);
        return told;
    }
    for (size_t i = 0; i < count; i++) {
        int bits = (waits[i].revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
                   (waits[i].revents & ~POLLOUT ? CURL_CSELECT_IN : 0);

        if (bits) {
            curl_multi_socket_action(drive->multi, waits[i].fd, bits, running);
        }
    }
    return true;
}

static CURLcode by_sockets(struct drive *drive, CURL *curl)
{
    CURLcode result = CURLE_FAILED_INIT;
    int running = 1;

    if (curl_multi_add_handle(drive->multi, curl)) {
        return result;
    }
    while (!finished(drive, &result) && step_sockets(drive, &running)) {
    }
    curl_multi_remove_handle(drive->multi, curl);
    return result;
}

bool drive_init(struct drive *drive, const char *shape)
{
    *drive = (struct drive){.run = by_easy, .timeout_ms = -1};
    if (strcmp(shape, "easy") == 0) {
        return true;
    }
    drive->multi = curl_multi_init();
    if (!drive->multi) {
        return false;
    }
    drive->run = by_perform;
    if (strcmp(shape, "multi") == 0) {
        return true;
    }
    drive->run = by_sockets;
    curl_multi_setopt(drive->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(drive->multi, CURLMOPT_TIMERDATA, drive);
    curl_multi_setopt(drive->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(drive->multi, CURLMOPT_SOCKETDATA, drive);
    return strcmp(shape, "socket") == 0;
}

CURLcode drive_run(struct drive *drive, CURL *curl)
{
    return drive->run(drive, curl);
}

void drive_done(struct drive *drive)
{
    if (drive->multi) {
        curl_multi_cleanup(drive->multi);
    }
}
