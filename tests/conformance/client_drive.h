/*
 * client_drive.h - the ways in which a program drives a transfer
 */
#ifndef LCC_CONFORMANCE_CLIENT_DRIVE_H
#define LCC_CONFORMANCE_CLIENT_DRIVE_H

#include <curl/curl.h>
#include <stdbool.h>

enum { DRIVE_SOCKETS_MAX = 16 };

struct drive_socket {
    curl_socket_t fd;
    short events;
};

struct drive {
    CURLcode (*run)(struct drive *drive, CURL *curl);
    CURLM *multi; /* NULL: the easy interface */
    long timeout_ms;
    struct drive_socket sockets[DRIVE_SOCKETS_MAX];
    size_t socket_count;
};

/* @shape: "easy", "multi" (perform and poll) or "socket" (socket_action, told
 * by the timer and the socket callback alone). */
bool drive_init(struct drive *drive, const char *shape);
CURLcode drive_run(struct drive *drive, CURL *curl);
void drive_done(struct drive *drive);

#endif
