/*
 * origin_http.h - one request read, one answer written (for origin.c)
 */
#ifndef LCC_TESTS_ORIGIN_HTTP_H
#define LCC_TESTS_ORIGIN_HTTP_H

#include "tests/support/origin.h"

enum { ORIGIN_HEAD_MAX = 64 * 1024, ORIGIN_LINE_MAX = 4096 };

struct origin_request {
    char head[ORIGIN_HEAD_MAX]; /* up to and with the empty line, NUL after */
    char line[ORIGIN_LINE_MAX]; /* "GET /path?query" */
    char method[32];
    char target[ORIGIN_LINE_MAX];
};

struct origin_answer {
    struct origin_response response;
    const struct origin_request *request;
    int number;
    const char *date;
};

/* The next request of a connection, its body swallowed. False at its end. */
bool origin_http_read(int fd, struct origin_request *request);
/* False: the connection cannot be used again. */
bool origin_http_write(int fd, const struct origin_answer *answer);

#endif
