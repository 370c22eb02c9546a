/*
 * origin.c - sockets, threads and counts of the scripted server
 */
#include "tests/support/origin.h"

#include "tests/support/origin_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 2048, /* at once */
    ANSWERS_MAX = 64,
    SEEN_MAX = 256, /* different methods and targets */
    BACKLOG = 512,
    WAIT_MS = 10000,
};

struct seen {
    char *line; /* "GET /small" */
    int count;
};

struct connection {
    struct origin *origin;
    int fd;
    pthread_t thread;
    atomic_bool over; /* its thread is about to end */
};

struct origin {
    int listeners[2]; /* TCP, unix; -1: none */
    int stop[2];      /* a byte in this pipe ends the acceptor */
    int port;
    char base[64];
    char date[64];
    pthread_t acceptor;
    pthread_mutex_t lock; /* over all that follows */
    struct connection connections[CONNECTIONS_MAX];
    size_t connection_count;
    struct origin_response answers[ANSWERS_MAX];
    size_t answer_count;
    struct seen seen[SEEN_MAX];
    size_t seen_count;
    int total;
    char *last;
    bool validates;
    origin_editor editor;
    int not_modified;
    size_t body_bytes;
};

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(99);
}

static int note(struct origin *origin, const struct origin_request *request)
{
    size_t at = 0;

    pthread_mutex_lock(&origin->lock);
    while (at < origin->seen_count &&
           strcmp(origin->seen[at].line, request->line) != 0) {
        at++;
    }
    if (at == origin->seen_count && at < SEEN_MAX) {
        origin->seen[at] = (struct seen){.line = strdup(request->line)};
        origin->seen_count++;
    }
    if (at < SEEN_MAX) {
        origin->seen[at].count++;
    }
    free(origin->last);
    origin->last = strdup(request->head);
    int number = ++origin->total;

    pthread_mutex_unlock(&origin->lock);
    return number;
}

static struct origin_response answer_to(struct origin *origin,
                                        const char *target)
{
    size_t length = strcspn(target, "?");
    struct origin_response found = {.status = 404,
                                    .body = "nothing of that name\n"};
    bool known = false;

    pthread_mutex_lock(&origin->lock);
    for (size_t i = 0; i < origin->answer_count && !known; i++) {
        const struct origin_response *one = &origin->answers[i];

        if (strlen(one->path) == length &&
            strncmp(one->path, target, length) == 0) {
            found = *one;
            known = true;
        }
    }
    pthread_mutex_unlock(&origin->lock);
    for (size_t i = 0; origin_scenes[i].path && !known; i++) {
        const struct origin_response *one = &origin_scenes[i];

        if (strlen(one->path) == length &&
            strncmp(one->path, target, length) == 0) {
            found = *one;
            known = true;
        }
    }
    return found;
}

/* The tag it has, or one of its path and size: true when it is new. */
static bool make_tag(const struct origin_response *response, char *tag,
                     size_t size)
{
    const char *body = response->body ? response->body : "";
    const char *there =
        response->fields ? strcasestr(response->fields, "ETag: ") : NULL;

    if (there) {
        there += strlen("ETag: ");
        snprintf(tag, size, "%.*s", (int)strcspn(there, "\r"), there);
        return false;
    }
    snprintf(tag, size, "\"%s-%zu-%zu\"", response->path, response->size,
             strlen(body));
    return true;
}

/* Give it a tag, or make it the 304 that was asked for. */
static void validate(struct origin_answer *answer, char *fields, size_t size)
{
    struct origin_response *response = &answer->response;
    const char *named = strcasestr(answer->request->head, "\r\nIf-None-Match:");
    char tag[256];

    if ((response->status && response->status != 200) || !response->path ||
        response->content != ORIGIN_TEXT || response->authorization) {
        return;
    }
    bool fresh = make_tag(response, tag, sizeof(tag));
    if (named && strstr(named, tag)) {
        snprintf(fields, size, "ETag: %s\r\n", tag);
        *response = (struct origin_response){.path = response->path,
                                             .status = 304,
                                             .framing = ORIGIN_BARE};
    } else if (!fresh) {
        return;
    } else {
        snprintf(fields, size, "%sETag: %s\r\n",
                 response->fields ? response->fields : "", tag);
    }
    response->fields = fields;
}

static void count_answer(struct origin *origin,
                         const struct origin_answer *answer)
{
    const struct origin_response *response = &answer->response;

    pthread_mutex_lock(&origin->lock);
    origin->not_modified += response->status == 304;
    if (response->framing != ORIGIN_BARE &&
        strcmp(answer->request->method, "HEAD") != 0) {
        origin->body_bytes += response->size   ? response->size
                              : response->body ? strlen(response->body)
                                               : 0;
    }
    pthread_mutex_unlock(&origin->lock);
}

static bool does_validate(struct origin *origin)
{
    pthread_mutex_lock(&origin->lock);
    bool validates = origin->validates;

    pthread_mutex_unlock(&origin->lock);
    return validates;
}

static void edit(struct origin *origin, struct origin_answer *answer,
                 char *fields, size_t size)
{
    pthread_mutex_lock(&origin->lock);
    origin_editor editor = origin->editor;

    pthread_mutex_unlock(&origin->lock);
    if (editor) {
        editor(answer->request, &answer->response, fields, size);
    }
}

static void *serve(void *arg)
{
    struct connection *connection = arg;
    struct origin *origin = connection->origin;
    struct origin_request *request = calloc(1, sizeof(*request));

    while (request && origin_http_read(connection->fd, request)) {
        struct origin_answer answer = {
            .response = answer_to(origin, request->target),
            .request = request,
            .number = note(origin, request),
            .date = origin->date,
        };
        char fields[4096];

        if (does_validate(origin)) {
            validate(&answer, fields, sizeof(fields));
        }
        edit(origin, &answer, fields, sizeof(fields));
        count_answer(origin, &answer);

        if (!origin_http_write(connection->fd, &answer)) {
            break;
        }
    }
    shutdown(connection->fd, SHUT_RDWR);
    free(request);
    atomic_store(&connection->over, true);
    return NULL;
}

static void connection_end(struct connection *connection)
{
    pthread_join(connection->thread, NULL);
    close(connection->fd);
}

/* One that is over, or a new one; NULL when all are at work. The lock is held.
 */
static struct connection *connection_free(struct origin *origin)
{
    for (size_t i = 0; i < origin->connection_count; i++) {
        struct connection *connection = &origin->connections[i];

        if (atomic_load(&connection->over)) {
            connection_end(connection);
            return connection;
        }
    }
    return origin->connection_count < CONNECTIONS_MAX
               ? &origin->connections[origin->connection_count++]
               : NULL;
}

static void take(struct origin *origin, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    int one = 1;

    if (fd < 0) {
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    pthread_mutex_lock(&origin->lock);
    struct connection *connection = connection_free(origin);

    if (connection) {
        connection->origin = origin;
        connection->fd = fd;
        atomic_store(&connection->over, false);
        if (pthread_create(&connection->thread, NULL, serve, connection) != 0) {
            give_up("origin: no thread");
        }
    } else {
        close(fd);
    }
    pthread_mutex_unlock(&origin->lock);
}

static void *accept_all(void *arg)
{
    struct origin *origin = arg;
    struct pollfd waiting[3] = {
        {.fd = origin->stop[0], .events = POLLIN},
        {.fd = origin->listeners[0], .events = POLLIN},
        {.fd = origin->listeners[1], .events = POLLIN},
    };

    for (;;) {
        if (poll(waiting, 3, -1) < 0 && errno != EINTR) {
            return NULL;
        }
        if (waiting[0].revents) {
            return NULL;
        }
        for (size_t i = 1; i < 3; i++) {
            if (waiting[i].revents) {
                take(origin, waiting[i].fd);
            }
        }
    }
}

static void listen_tcp(struct origin *origin)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 ||
        bind(fd, (struct sockaddr *)(void *)&address, sizeof(address)) < 0 ||
        listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)(void *)&address, &size) < 0) {
        give_up("origin: cannot listen on 127.0.0.1");
    }
    origin->listeners[0] = fd;
    origin->port = ntohs(address.sin_port);
    snprintf(origin->base, sizeof(origin->base), "http://127.0.0.1:%d",
             origin->port);
}

static int listen_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0 ||
        bind(fd, (struct sockaddr *)(void *)&address, sizeof(address)) < 0 ||
        listen(fd, BACKLOG) < 0) {
        give_up("origin: cannot listen on a unix socket");
    }
    return fd;
}

struct origin *origin_start(const char *unix_path)
{
    struct origin *origin = calloc(1, sizeof(*origin));
    time_t now = time(NULL);
    struct tm parts;

    if (!origin || pipe2(origin->stop, O_CLOEXEC) < 0) {
        give_up("origin");
    }
    strftime(origin->date, sizeof(origin->date), "%a, %d %b %Y %H:%M:%S GMT",
             gmtime_r(&now, &parts));
    pthread_mutex_init(&origin->lock, NULL);
    listen_tcp(origin);
    origin->listeners[1] = unix_path ? listen_unix(unix_path) : -1;
    if (pthread_create(&origin->acceptor, NULL, accept_all, origin) != 0) {
        give_up("origin: no thread");
    }
    return origin;
}

struct origin *origin_stop(struct origin *origin)
{
    if (!origin) {
        return NULL;
    }
    (void)!write(origin->stop[1], "x", 1);
    pthread_join(origin->acceptor, NULL);
    for (size_t i = 0; i < origin->connection_count; i++) {
        shutdown(origin->connections[i].fd, SHUT_RDWR);
        connection_end(&origin->connections[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        close(origin->stop[i]);
        if (origin->listeners[i] >= 0) {
            close(origin->listeners[i]);
        }
    }
    for (size_t i = 0; i < origin->seen_count; i++) {
        free(origin->seen[i].line);
    }
    free(origin->last);
    pthread_mutex_destroy(&origin->lock);
    free(origin);
    return NULL;
}

const char *origin_base(const struct origin *origin)
{
    return origin->base;
}

int origin_port(const struct origin *origin)
{
    return origin->port;
}

void origin_answer(struct origin *origin,
                   const struct origin_response *response)
{
    size_t at = 0;

    pthread_mutex_lock(&origin->lock);
    while (at < origin->answer_count &&
           strcmp(origin->answers[at].path, response->path) != 0) {
        at++;
    }
    if (at < ANSWERS_MAX) {
        origin->answers[at] = *response;
        origin->answer_count += at == origin->answer_count;
    }
    pthread_mutex_unlock(&origin->lock);
}

void origin_validate(struct origin *origin)
{
    pthread_mutex_lock(&origin->lock);
    origin->validates = true;
    pthread_mutex_unlock(&origin->lock);
}

void origin_edit(struct origin *origin, origin_editor editor)
{
    pthread_mutex_lock(&origin->lock);
    origin->editor = editor;
    pthread_mutex_unlock(&origin->lock);
}

int origin_not_modified(struct origin *origin)
{
    pthread_mutex_lock(&origin->lock);
    int count = origin->not_modified;

    pthread_mutex_unlock(&origin->lock);
    return count;
}

size_t origin_body_bytes(struct origin *origin)
{
    pthread_mutex_lock(&origin->lock);
    size_t bytes = origin->body_bytes;

    pthread_mutex_unlock(&origin->lock);
    return bytes;
}

int origin_count(struct origin *origin, const char *method, const char *target)
{
    char line[ORIGIN_LINE_MAX];
    int count = 0;

    snprintf(line, sizeof(line), "%s %s", method, target);
    pthread_mutex_lock(&origin->lock);
    for (size_t i = 0; i < origin->seen_count; i++) {
        if (strcmp(origin->seen[i].line, line) == 0) {
            count = origin->seen[i].count;
        }
    }
    pthread_mutex_unlock(&origin->lock);
    return count;
}

int origin_total(struct origin *origin)
{
    pthread_mutex_lock(&origin->lock);
    int total = origin->total;

    pthread_mutex_unlock(&origin->lock);
    return total;
}

char *origin_last(struct origin *origin)
{
    pthread_mutex_lock(&origin->lock);
    char *last = strdup(origin->last ? origin->last : "");

    pthread_mutex_unlock(&origin->lock);
    return last;
}

bool origin_wait(struct origin *origin, int count)
{
    struct timespec pause = {.tv_nsec = 2000000};

    for (int waited = 0; waited < WAIT_MS; waited += 2) {
        if (origin_total(origin) >= count) {
            return true;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}
