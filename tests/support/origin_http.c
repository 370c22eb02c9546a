/*
 * origin_http.c - the server's side of HTTP/1.1, as far as the tests need it
 */
#include "tests/support/origin_http.h"

#include "tests/support/torment.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    WINDOW = 64 * 1024,
    CHUNK = 1000,
    SLOW_PIECE = 4096,
    MISSING = 100, /* bytes that a truncated answer does not send */
    LENGTH_MAX = 64,
    FIELDS_MAX = 1024,
};

/* What is gathered before it is sent: a small answer is one segment. */
struct outgoing {
    int fd;
    size_t used;
    bool failed;
    char bytes[WINDOW];
};

static void flush(struct outgoing *out)
{
    size_t sent = 0;

    while (sent < out->used && !out->failed) {
        ssize_t did =
            send(out->fd, out->bytes + sent, out->used - sent, MSG_NOSIGNAL);

        if (did <= 0) {
            out->failed = true;
            break;
        }
        sent += (size_t)did;
    }
    out->used = 0;
}

static void put(struct outgoing *out, const void *bytes, size_t size)
{
    const char *from = bytes;

    while (size > 0 && !out->failed) {
        size_t room = sizeof(out->bytes) - out->used;
        size_t now = size < room ? size : room;

        memcpy(out->bytes + out->used, from, now);
        out->used += now;
        from += now;
        size -= now;
        if (out->used == sizeof(out->bytes)) {
            flush(out);
        }
    }
}

static void put_text(struct outgoing *out, const char *text)
{
    put(out, text, strlen(text));
}

unsigned char origin_pattern(size_t at)
{
    /* Not periodic in any power of two, so that a shifted or repeated piece
     * is seen. */
    return (unsigned char)((at * 2654435761U) >> 24 ^ at % 251);
}

static const char *field_of(const struct origin_request *request,
                            const char *name)
{
    size_t length = strlen(name);

    for (const char *line = strchr(request->head, '\n'); line;
         line = strchr(line, '\n')) {
        line++;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            line += length + 1;
            return line + strspn(line, " \t");
        }
    }
    return NULL;
}

static bool swallow(int fd, size_t size)
{
    char piece[4096];

    while (size > 0) {
        ssize_t got =
            recv(fd, piece, size < sizeof(piece) ? size : sizeof(piece), 0);

        if (got <= 0) {
            return false;
        }
        size -= (size_t)got;
    }
    return true;
}

/* A byte at a time: nothing of the next request is taken, and the heads of
 * tests are short. */
static bool read_head(int fd, struct origin_request *request)
{
    size_t used = 0;

    while (used < sizeof(request->head) - 1) {
        if (recv(fd, request->head + used, 1, 0) != 1) {
            return false;
        }
        used++;
        request->head[used] = '\0';
        if (used >= 4 && memcmp(request->head + used - 4, "\r\n\r\n", 4) == 0) {
            return true;
        }
    }
    return false;
}

bool origin_http_read(int fd, struct origin_request *request)
{
    if (!read_head(fd, request) ||
        sscanf(request->head, "%31s %4000s", request->method,
               request->target) != 2) {
        return false;
    }
    snprintf(request->line, sizeof(request->line), "%.31s %.4000s",
             request->method, request->target);
    const char *length = field_of(request, "Content-Length");

    if (field_of(request, "Expect")) {
        const char *go_on = "HTTP/1.1 100 Continue\r\n\r\n";

        send(fd, go_on, strlen(go_on), MSG_NOSIGNAL);
    }
    return !length || swallow(fd, strtoul(length, NULL, 10));
}

/* For so long, or until origin_stop() ends the connection. */
static void rest(const struct outgoing *out, int ms)
{
    struct pollfd until_closed = {.fd = out->fd};

    (void)poll(&until_closed, 1, ms);
}

static void put_slowly(struct outgoing *out, const char *bytes, size_t size,
                       int pause_ms)
{
    while (pause_ms && size > SLOW_PIECE && !out->failed) {
        put(out, bytes, SLOW_PIECE);
        flush(out);
        rest(out, pause_ms);
        bytes += SLOW_PIECE;
        size -= SLOW_PIECE;
    }
    put(out, bytes, size);
}

static void put_chunks(struct outgoing *out, const char *bytes, size_t size,
                       const struct origin_response *response)
{
    while (size > 0) {
        size_t now = size < CHUNK ? size : CHUNK;
        char line[LENGTH_MAX];

        snprintf(line, sizeof(line), "%zx\r\n", now);
        put_text(out, line);
        put_slowly(out, bytes, now, response->pause_ms);
        put_text(out, "\r\n");
        bytes += now;
        size -= now;
    }
    put_text(out, "0\r\n");
    if (response->trailers) {
        put_text(out, response->trailers);
    }
    put_text(out, "\r\n");
}

static void put_body(struct outgoing *out,
                     const struct origin_response *response, const char *bytes,
                     size_t size)
{
    if (response->pause_ms) {
        flush(out);
        rest(out, response->pause_ms);
    }
    if (response->framing == ORIGIN_CHUNKED) {
        put_chunks(out, bytes, size, response);
    } else if (response->framing != ORIGIN_BARE) {
        put_slowly(out, bytes, size, response->pause_ms);
    }
}

/* The body of an answer; the caller frees it. */
static char *make_body(const struct origin_answer *answer, size_t *ret_size)
{
    const struct origin_response *response = &answer->response;
    char *bytes = NULL;
    int size = 0;

    if (response->content == ORIGIN_ECHO) {
        size = asprintf(&bytes, "%s", answer->request->head);
    } else if (response->content == ORIGIN_NUMBERED) {
        size = asprintf(&bytes, "answer %d\n", answer->number);
    }
    if (bytes) {
        *ret_size = (size_t)size;
        return bytes;
    }
    *ret_size = response->size;
    if (response->body && response->size == 0) {
        *ret_size = strlen(response->body);
    }
    bytes = malloc(*ret_size + 1);
    if (response->content == ORIGIN_KEYED && bytes) {
        (void)torment_fill(torment_body(response->number, response->version),
                           (uint8_t *)bytes, *ret_size);
        return bytes;
    }
    for (size_t i = 0; bytes && i < *ret_size; i++) {
        bytes[i] = response->body ? response->body[i] : (char)origin_pattern(i);
    }
    return bytes;
}

static const char *reason_of(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 206:
        return "Partial Content";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 304:
        return "Not Modified";
    case 401:
        return "Unauthorized";
    case 404:
        return "Not Found";
    case 412:
        return "Precondition Failed";
    case 416:
        return "Range Not Satisfiable";
    case 503:
        return "Service Unavailable";
    default:
        return "Some Reason";
    }
}

static void put_head(struct outgoing *out, const struct origin_answer *answer,
                     size_t size)
{
    const struct origin_response *response = &answer->response;
    int status = response->status ? response->status : 200;
    char line[256];

    snprintf(line, sizeof(line), "HTTP/1.1 %d %s\r\n", status,
             reason_of(status));
    put_text(out, line);
    if (!response->own_date) {
        snprintf(line, sizeof(line), "Date: %s\r\n", answer->date);
        put_text(out, line);
    }
    if (response->fields) {
        put_text(out, response->fields);
    }
    if (response->framing == ORIGIN_CHUNKED) {
        put_text(out, "Transfer-Encoding: chunked\r\n");
    } else if (response->framing == ORIGIN_CLOSE) {
        put_text(out, "Connection: close\r\n");
    } else if (response->framing != ORIGIN_BARE && !response->own_length) {
        size += response->framing == ORIGIN_TRUNCATED ? MISSING : 0;
        snprintf(line, sizeof(line), "Content-Length: %zu\r\n", size);
        put_text(out, line);
    }
    put_text(out, "\r\n");
}

/* "bytes=1-2", "bytes=1-", "bytes=-2"; false for anything else. */
static bool read_range(const char *text, size_t size, size_t *ret_first,
                       size_t *ret_last)
{
    unsigned long first = 0;
    unsigned long last = 0;
    int used = 0;

    if (!text || text[strcspn(text, ",\r")] == ',') {
        return false;
    }
    if (sscanf(text, "bytes=-%lu%n", &last, &used) == 1 && used > 0) {
        *ret_first = last < size ? size - last : 0;
        *ret_last = size - 1;
        return true;
    }
    switch (sscanf(text, "bytes=%lu-%lu", &first, &last)) {
    case 1:
        last = size - 1;
        break;
    case 2:
        break;
    default:
        return false;
    }
    *ret_first = first;
    *ret_last = last < size ? last : size - 1;
    return true;
}

/* Cut the answer to the range that was asked for. @fields: room for more. */
static void cut_to_range(struct origin_answer *answer, char *bytes,
                         size_t *size, char *fields, size_t room)
{
    struct origin_response *response = &answer->response;
    size_t first;
    size_t last;

    if (!response->ranges ||
        !read_range(field_of(answer->request, "Range"), *size, &first, &last)) {
        return;
    }
    if (first >= *size) {
        response->status = 416;
        snprintf(fields, room,
                 "Content-Length: 0\r\nContent-Range: bytes "
                 "*/%zu\r\n",
                 *size);
        response->framing = ORIGIN_BARE;
        response->fields = fields;
        *size = 0;
        return;
    }
    response->status = 206;
    snprintf(fields, room,
             "%sContent-Length: %zu\r\nContent-Range: bytes %zu-%zu/%zu\r\n",
             response->fields ? response->fields : "", last - first + 1, first,
             last, *size);
    *size = last - first + 1;
    memmove(bytes, bytes + first, *size);
    response->fields = fields;
    response->own_length = true;
}

static const struct origin_response refused = {
    .status = 401,
    .fields = "WWW-Authenticate: Basic realm=\"tests\"\r\n"
              "Content-Type: text/plain\r\n",
    .body = "who are you?\n",
};

bool origin_http_write(int fd, const struct origin_answer *asked)
{
    struct origin_answer answer = *asked;
    const struct origin_response *response = &answer.response;
    const char *wanted = response->authorization;
    const char *given = field_of(asked->request, "Authorization");

    if (wanted && (!given || strncmp(given, wanted, strlen(wanted)) != 0)) {
        answer.response = refused;
    }
    struct outgoing *out = calloc(1, sizeof(*out));
    size_t size = 0;
    char *bytes = make_body(&answer, &size);
    char fields[FIELDS_MAX];
    bool usable = false;

    if (bytes) {
        cut_to_range(&answer, bytes, &size, fields, sizeof(fields));
    }

    if (out && bytes) {
        out->fd = fd;
        put_head(out, &answer, size);
        if (strcmp(asked->request->method, "HEAD") != 0) {
            put_body(out, response, bytes, size);
        }
        flush(out);
        usable = !out->failed && response->framing != ORIGIN_CLOSE &&
                 response->framing != ORIGIN_TRUNCATED;
    }
    free(bytes);
    free(out);
    return usable;
}
