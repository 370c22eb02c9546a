/*
 * wire.c - a server on loopback that keeps one request
 */
#include "tests/shim/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct wire {
    int listener;
    char *request;
};

static void answer(int fd)
{
    static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
                                   "Connection: close\r\n\r\n";

    (void)!send(fd, response, sizeof(response) - 1, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
}

/* Keeps the head, answers, and reads on until libcurl has closed. */
static void *serve(void *user)
{
    struct wire *wire = user;
    int fd = accept4(wire->listener, NULL, NULL, SOCK_CLOEXEC);
    char rest[4096];
    size_t used = 0;
    ssize_t got;

    if (fd < 0) {
        return NULL;
    }
    while (used < WIRE_REQUEST_SIZE - 1 &&
           (got = recv(fd, wire->request + used, WIRE_REQUEST_SIZE - 1 - used,
                       0)) > 0) {
        used += (size_t)got;
        wire->request[used] = '\0';
        if (strstr(wire->request, "\r\n\r\n")) {
            answer(fd);
            break;
        }
    }
    while (recv(fd, rest, sizeof(rest), 0) > 0) {
    }
    close(fd);
    return NULL;
}

/* Return: a listening socket on a free port, or -1. */
static int listen_somewhere(unsigned int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
        listen(fd, 1) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
        *ret_port = ntohs(address.sin_port);
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

static size_t swallow(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)user;
    return size * count;
}

CURLcode wire_perform(CURL *curl, char ret[WIRE_REQUEST_SIZE])
{
    struct wire wire = {.request = ret};
    char url[64];
    unsigned int port = 0;
    pthread_t server;
    CURLcode result;

    ret[0] = '\0';
    wire.listener = listen_somewhere(&port);
    if (wire.listener < 0 || pthread_create(&server, NULL, serve, &wire)) {
        return CURLE_FAILED_INIT;
    }
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    result = curl_easy_perform(curl);
    shutdown(wire.listener, SHUT_RDWR);
    pthread_join(server, NULL);
    close(wire.listener);
    return result;
}
