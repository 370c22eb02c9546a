/*
 * origin.c - sockets, threads and the answers of the table
 */
#include "tests/conformance/origin.h"

#include "tests/support/origin_http.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 2048, /* in the life of one origin */
    BACKLOG = 128,
    PATH_MAX_BYTES = 32,
    MISSING = 100, /* bytes that a truncated answer does not send */
};

struct played { /* a row */
    const struct row *row;
    int step;
    int count;
    int code; /* that of the first answer of the step */
    char *heads[HEADS_MAX];
    char path[PATH_MAX_BYTES];
};

struct connection {
    struct script_origin *origin;
    int fd;
    pthread_t thread;
};

struct script_origin {
    int listener;
    int port;
    time_t start;
    pthread_t acceptor;
    pthread_mutex_t lock; /* over all that follows */
    bool stopping;
    struct connection connections[CONNECTIONS_MAX];
    size_t connection_count;
    struct played played[ROWS_MAX];
};

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(99);
}

/* --- what a request gets ------------------------------------------------- */

char *script_body(const struct row *row, size_t number, int step)
{
    char *text = NULL;

    if (row->steps[step].body) {
        return strdup(row->steps[step].body);
    }
    if (asprintf(&text, "row %zu, answer %d\n", number, step + 1) < 0) {
        give_up("asprintf");
    }
    return text;
}

/* The tag without its weakness; comparison is weak (RFC 9110, 8.8.3.2). */
static const char *opaque_part(const char *tag)
{
    return strncmp(tag, "W/", 2) == 0 ? tag + 2 : tag;
}

/* Does the answer of this step already lie with the asker? */
static bool condition_holds(const struct step *step, const char *head)
{
    char asked[LINE_MAX_BYTES];
    char tag[LINE_MAX_BYTES];
    const char *said = step->say;
    const char *cursor = head;

    if (!text_field(&cursor, "If-None-Match", asked)) {
        return text_has_field(head, "If-Modified-Since");
    }
    return step->quirks & HOLDS || !text_field(&said, "ETag", tag) ||
           strcmp(asked, "*") == 0 || strstr(asked, opaque_part(tag)) != NULL;
}

static int code_for(const struct step *step, const char *head)
{
    if (step->code) {
        return step->code;
    }
    return condition_holds(step, head) && !(step->quirks & FULL) ? 304 : 200;
}

static bool has_body(int code, const char *method)
{
    return code >= 200 && code != 204 && code != 304 &&
           strcasecmp(method, "HEAD") != 0;
}

static void put_lines(FILE *out, const char *text, const struct place *place)
{
    char *filled = text_fill(text, place);
    const char *cursor = filled;
    char line[LINE_MAX_BYTES];

    while (text_line(&cursor, line)) {
        fprintf(out, "%s\r\n", line);
    }
    free(filled);
}

static void put_framing(FILE *out, const struct step *step, int code,
                        const char *method, size_t size)
{
    if (step->quirks & CHUNKED) {
        fputs("Transfer-Encoding: chunked\r\n", out);
    } else if (step->quirks & NO_LENGTH) {
        fputs("Connection: close\r\n", out);
    } else if ((has_body(code, method) || strcasecmp(method, "HEAD") == 0) &&
               code != 204 && code != 304 &&
               !text_has_field(step->say, "Content-Length")) {
        fprintf(out, "Content-Length: %zu\r\n",
                size + (step->quirks & TRUNCATED ? MISSING : 0));
    }
    fputs("\r\n", out);
}

static void put_body(FILE *out, const struct step *step, const char *body,
                     const struct place *place)
{
    if (!(step->quirks & CHUNKED)) {
        fputs(body, out);
        return;
    }
    if (*body) {
        fprintf(out, "%zx\r\n%s\r\n", strlen(body), body);
    }
    fputs("0\r\n", out);
    put_lines(out, step->trailers, place);
    fputs("\r\n", out);
}

/* The whole answer as bytes; the caller frees it. */
static char *make_answer(const struct played *played, size_t number,
                         const struct place *place,
                         const struct origin_request *request, size_t *ret)
{
    const struct step *step = &played->row->steps[played->step];
    int code = code_for(step, request->head);
    char *body = script_body(played->row, number, played->step);
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, ret);

    if (!out) {
        give_up("open_memstream");
    }
    put_lines(out, step->before, place);
    fprintf(out, "HTTP/1.%d %d Told\r\n", step->quirks & HTTP_1_0 ? 0 : 1,
            code);
    if (!(step->quirks & NO_DATE) && !text_has_field(step->say, "Date")) {
        put_lines(out, "Date: {0}", place);
    }
    put_lines(out, step->say, place);
    put_framing(out, step, code, request->method, strlen(body));
    if (has_body(code, request->method)) {
        put_body(out, step, body, place);
    }
    free(body);
    fclose(out);
    return bytes;
}

/* --- connections --------------------------------------------------------- */

static void note(struct played *played, const struct origin_request *request)
{
    if (played->count < HEADS_MAX) {
        free(played->heads[played->count]);
        played->heads[played->count] = strdup(request->head);
    }
    played->count++;
}

static bool send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t did = send(fd, bytes, size, MSG_NOSIGNAL);

        if (did <= 0) {
            return false;
        }
        bytes += did;
        size -= (size_t)did;
    }
    return true;
}

/* False: the connection is to end. */
static bool answer(struct script_origin *origin, int fd,
                   const struct origin_request *request)
{
    size_t number = ROWS_MAX;
    unsigned int quirks = DROP;
    char *bytes = NULL;
    size_t size = 0;

    sscanf(request->target, "/c/%zu", &number);
    if (number >= ROWS_MAX) {
        return false;
    }
    struct place place = script_origin_place(origin, number);

    pthread_mutex_lock(&origin->lock);
    struct played *played = &origin->played[number];

    if (played->row) {
        note(played, request);
        quirks = played->row->steps[played->step].quirks;
        if (!played->code) {
            played->code =
                code_for(&played->row->steps[played->step], request->head);
        }
        bytes = make_answer(played, number, &place, request, &size);
    }
    pthread_mutex_unlock(&origin->lock);
    if (quirks & SLOW) {
        sleep(1);
    }
    bool usable = !(quirks & DROP) && bytes && send_all(fd, bytes, size) &&
                  !(quirks & (NO_LENGTH | TRUNCATED | HTTP_1_0));

    free(bytes);
    return usable;
}

static void *serve(void *arg)
{
    struct connection *connection = arg;
    struct origin_request *request = malloc(sizeof(*request));

    while (request && origin_http_read(connection->fd, request) &&
           answer(connection->origin, connection->fd, request)) {
    }
    free(request);
    shutdown(connection->fd, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct script_origin *origin = arg;
    int one = 1;

    for (;;) {
        int fd = accept4(origin->listener, NULL, NULL, SOCK_CLOEXEC);

        pthread_mutex_lock(&origin->lock);
        if (fd < 0 || origin->stopping ||
            origin->connection_count == CONNECTIONS_MAX) {
            pthread_mutex_unlock(&origin->lock);
            if (fd >= 0) {
                close(fd);
            }
            return NULL;
        }
        struct connection *connection =
            &origin->connections[origin->connection_count];

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        *connection = (struct connection){.origin = origin, .fd = fd};
        if (pthread_create(&connection->thread, NULL, serve, connection)) {
            give_up("pthread_create");
        }
        origin->connection_count++;
        pthread_mutex_unlock(&origin->lock);
    }
}

struct script_origin *script_origin_start(time_t start)
{
    struct script_origin *origin = calloc(1, sizeof(*origin));
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    if (!origin) {
        give_up("calloc");
    }
    origin->start = start;
    origin->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (origin->listener < 0 ||
        bind(origin->listener, (struct sockaddr *)&address, size) ||
        listen(origin->listener, BACKLOG) ||
        getsockname(origin->listener, (struct sockaddr *)&address, &size)) {
        give_up("the origin's socket");
    }
    origin->port = ntohs(address.sin_port);
    pthread_mutex_init(&origin->lock, NULL);
    if (pthread_create(&origin->acceptor, NULL, accept_all, origin)) {
        give_up("pthread_create");
    }
    return origin;
}

void script_origin_stop(struct script_origin *origin)
{
    pthread_mutex_lock(&origin->lock);
    origin->stopping = true;
    pthread_mutex_unlock(&origin->lock);
    shutdown(origin->listener, SHUT_RDWR);
    pthread_join(origin->acceptor, NULL);
    close(origin->listener);
    for (size_t i = 0; i < origin->connection_count; i++) {
        shutdown(origin->connections[i].fd, SHUT_RDWR);
        pthread_join(origin->connections[i].thread, NULL);
        close(origin->connections[i].fd);
    }
    for (size_t i = 0; i < ROWS_MAX; i++) {
        for (int at = 0; at < HEADS_MAX; at++) {
            free(origin->played[i].heads[at]);
        }
    }
    pthread_mutex_destroy(&origin->lock);
    free(origin);
}

/* --- the play ------------------------------------------------------------ */

void script_origin_row(struct script_origin *origin, size_t number,
                       const struct row *row)
{
    struct played *played = &origin->played[number];

    pthread_mutex_lock(&origin->lock);
    played->row = row;
    snprintf(played->path, sizeof(played->path), "/c/%zu", number);
    pthread_mutex_unlock(&origin->lock);
}

void script_origin_step(struct script_origin *origin, size_t number, int step)
{
    pthread_mutex_lock(&origin->lock);
    origin->played[number].step = step;
    origin->played[number].count = 0;
    origin->played[number].code = 0;
    pthread_mutex_unlock(&origin->lock);
}

int script_origin_count(struct script_origin *origin, size_t number)
{
    int count;

    pthread_mutex_lock(&origin->lock);
    count = origin->played[number].count;
    pthread_mutex_unlock(&origin->lock);
    return count;
}

int script_origin_code(struct script_origin *origin, size_t number)
{
    int code;

    pthread_mutex_lock(&origin->lock);
    code = origin->played[number].code;
    pthread_mutex_unlock(&origin->lock);
    return code;
}

const char *script_origin_head(struct script_origin *origin, size_t number,
                               int at)
{
    const struct played *played = &origin->played[number];
    const char *head = "";

    pthread_mutex_lock(&origin->lock);
    if (at < played->count && at < HEADS_MAX && played->heads[at]) {
        head = played->heads[at];
    }
    pthread_mutex_unlock(&origin->lock);
    return head;
}

struct place script_origin_place(const struct script_origin *origin,
                                 size_t number)
{
    struct place place = {.start = origin->start,
                          .now = time(NULL),
                          .path = origin->played[number].path};

    snprintf(place.base, sizeof(place.base), "http://127.0.0.1:%d/c/%zu",
             origin->port, number);
    return place;
}
