/*
 * hit_server.c - one thread, one exchange per connection
 */
#include "hit_server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 16 * 1024 };

struct server {
    int fd;
    const struct hit_answer *answers;
};

static void send_all(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

        if (sent <= 0) {
            return;
        }
        data += sent;
        size -= (size_t)sent;
    }
}

static void send_pattern(int fd, size_t size)
{
    char block[4096];

    for (size_t at = 0; at < size; at += sizeof(block)) {
        size_t part = size - at < sizeof(block) ? size - at : sizeof(block);

        for (size_t i = 0; i < part; i++) {
            block[i] = (char)('a' + (at + i) % 23);
        }
        send_all(fd, block, part);
    }
}

static const struct hit_answer *find(const struct hit_answer *answers,
                                     const char *request)
{
    const char *target = strchr(request, ' ');

    for (const struct hit_answer *a = answers; target && a->path; a++) {
        size_t size = strlen(a->path);

        if (strncmp(target + 1, a->path, size) == 0 &&
            strchr(" ?", target[1 + size])) {
            return a;
        }
    }
    return NULL;
}

/* Head and body in one write, so that they arrive together: what libcurl has
 * counted when a callback stops it depends on that. */
static void send_whole(int fd, const struct hit_answer *a, bool with_body)
{
    char text[8192];
    size_t head = strlen(a->head);
    size_t body = a->body ? (a->size ? a->size : strlen(a->body)) : 0;

    cr_assert_leq(head + body, sizeof(text));
    memcpy(text, a->head, head);
    if (with_body && body) {
        memcpy(text + head, a->body, body);
    }
    send_all(fd, text, head + (with_body ? body : 0));
    if (with_body && !a->body) {
        send_pattern(fd, a->size);
    }
}

static void answer(int fd, const struct hit_answer *answers)
{
    char request[REQUEST_MAX];
    size_t used = 0;
    const struct hit_answer *found;

    while (used < sizeof(request) - 1) {
        ssize_t got = recv(fd, request + used, sizeof(request) - 1 - used, 0);

        if (got <= 0) {
            return;
        }
        used += (size_t)got;
        request[used] = '\0';
        if (strstr(request, "\r\n\r\n")) {
            break;
        }
    }
    found = find(answers, request);
    if (!found) {
        return;
    }
    send_whole(fd, found, strncmp(request, "HEAD", 4) != 0);
}

static void *serve(void *arg)
{
    struct server *server = arg;

    for (;;) {
        int fd = accept(server->fd, NULL, NULL);

        if (fd < 0) {
            return NULL;
        }
        answer(fd, server->answers);
        shutdown(fd, SHUT_WR);
        char rest[256];

        while (recv(fd, rest, sizeof(rest), 0) > 0) {
            continue;
        }
        close(fd);
    }
}

int hit_server_start(const struct hit_answer *answers)
{
    static struct server server;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    pthread_t thread;

    server.answers = answers;
    server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(server.fd >= 0);
    cr_assert_eq(bind(server.fd, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(server.fd, 16), 0);
    cr_assert_eq(getsockname(server.fd, (struct sockaddr *)&address, &size), 0);
    cr_assert_eq(pthread_create(&thread, NULL, serve, &server), 0);
    pthread_detach(thread);
    return ntohs(address.sin_port);
}
