/*
 * answers.c - the origin's side of a program of calls
 */
#include "tests/calls/answers.h"

#include "tests/support/origin_http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT "Content-Type: text/plain\r\n"
#define TAGGED                                                                 \
    TEXT "ETag: \"tag-1\"\r\nLast-Modified: Tue, 01 Jan 2019 00:00:00 GMT\r\n"

enum { BIG = 300000, VALUE_MAX = 256 };

static char pattern[BIG];

/* clang-format off */
static const struct origin_response answers[] = {
    { .path = "/tagged",    .fields = TAGGED, .size = 1000 },
    { .path = "/medium",    .fields = TEXT "Last-Modified: Tue, 01 Jan 2019 00:00:00 GMT\r\n", .size = 100000 },
    { .path = "/big",       .fields = TAGGED, .size = BIG },
    { .path = "/empty",     .fields = TEXT, .body = "" },
    { .path = "/denied",    .status = 401, .fields = TEXT, .body = "not for you\n" },
    { .path = "/missing",   .status = 404, .fields = TEXT, .body = "nothing here\n" },
    { .path = "/seen",      .fields = TEXT "Cache-Control: no-store\r\n", .content = ORIGIN_ECHO },
    { .path = "/language",  .fields = TEXT "Vary: Accept-Language\r\n", .body = "some language\n" },
    { .path = "/late",      .fields = TEXT, .size = 5000, .pause_ms = 60 },
    { .path = "/to-tagged", .status = 302, .fields = TEXT "Location: /tagged\r\n", .body = "go on\n" },
};
/* clang-format on */

static bool value_of(const struct origin_request *request, const char *name,
                     char *value)
{
    char wanted[64];

    snprintf(wanted, sizeof(wanted), "\r\n%s:", name);
    const char *at = strcasestr(request->head, wanted);

    if (!at) {
        return false;
    }
    at += strlen(wanted);
    at += strspn(at, " ");
    snprintf(value, VALUE_MAX, "%.*s", (int)strcspn(at, "\r"), at);
    return true;
}

/* The value of a field of the answer. */
static bool field_in(const char *fields, const char *name, char *value)
{
    const char *at = fields ? strstr(fields, name) : NULL;

    if (!at) {
        return false;
    }
    at += strlen(name) + 2;
    snprintf(value, VALUE_MAX, "%.*s", (int)strcspn(at, "\r"), at);
    return true;
}

static bool names_tag(const char *list, const char *tag)
{
    return strcmp(list, "*") == 0 || (tag[0] && strstr(list, tag));
}

/* RFC 9110, section 13.2.2: 200, 304 or 412. */
static int judge(const struct origin_request *request, const char *tag,
                 const char *modified)
{
    char value[VALUE_MAX];
    bool reads = strcmp(request->method, "GET") == 0 ||
                 strcmp(request->method, "HEAD") == 0;
    time_t stamp = modified[0] ? curl_getdate(modified, NULL) : -1;

    if (value_of(request, "If-Match", value)) {
        if (!names_tag(value, tag)) {
            return 412;
        }
    } else if (value_of(request, "If-Unmodified-Since", value) && stamp >= 0 &&
               stamp > curl_getdate(value, NULL)) {
        return 412;
    }
    if (value_of(request, "If-None-Match", value)) {
        return !names_tag(value, tag) ? 200 : reads ? 304 : 412;
    }
    if (reads && value_of(request, "If-Modified-Since", value) && stamp >= 0 &&
        stamp <= curl_getdate(value, NULL)) {
        return 304;
    }
    return 200;
}

/* One range of a body that is all there; others are not understood. */
static void cut(const struct origin_request *request,
                struct origin_response *response, char *fields, size_t room)
{
    char value[VALUE_MAX];
    size_t size = response->size ? response->size : strlen(response->body);
    unsigned long first = 0;
    unsigned long last = 0;
    int end = 0;

    if (strcmp(request->method, "GET") != 0 ||
        !value_of(request, "Range", value)) {
        return;
    }
    if (sscanf(value, "bytes=-%lu%n", &last, &end) == 1 && !value[end]) {
        first = last < size ? size - last : 0;
        last = size - 1;
    } else if (sscanf(value, "bytes=%lu-%n", &first, &end) == 1 && end) {
        last = value[end] ? strtoul(value + end, NULL, 10) : size - 1;
        last = last < size ? last : size - 1;
    } else {
        return;
    }
    if (first >= size || first > last) {
        snprintf(fields, room, "Content-Range: bytes */%zu\r\n", size);
        *response = (struct origin_response){.path = response->path,
                                             .status = 416,
                                             .fields = fields,
                                             .body = ""};
        return;
    }
    snprintf(fields, room, "%sContent-Range: bytes %lu-%lu/%zu\r\n",
             response->fields, first, last, size);
    response->status = 206;
    response->fields = fields;
    response->body = (response->body ? response->body : pattern) + first;
    response->size = last - first + 1;
}

static void edit(const struct origin_request *request,
                 struct origin_response *response, char *fields, size_t room)
{
    char tag[VALUE_MAX] = "";
    char modified[VALUE_MAX] = "";
    char value[VALUE_MAX];
    int status;

    /* RFC 9110, section 13.2.1: conditions are for answers that are 2xx. */
    if ((response->status && response->status / 100 != 2) ||
        response->content != ORIGIN_TEXT || response->authorization) {
        return;
    }
    if (strcmp(response->path, "/language") == 0 &&
        value_of(request, "Accept-Language", value) &&
        strcmp(value, "de") == 0) {
        response->body = "irgendeine Sprache\n";
    }
    field_in(response->fields, "ETag", tag);
    field_in(response->fields, "Last-Modified", modified);
    status = judge(request, tag, modified);
    if (status == 200) {
        if (response->framing == ORIGIN_LENGTH && !response->ranges &&
            !strstr(response->path, "gzip")) {
            cut(request, response, fields, room);
        }
        return;
    }
    /* All that is not of a body: DIFFERENCES.md, 16. */
    const char *rest =
        response->fields ? strstr(response->fields, "\r\n") + 2 : "";

    snprintf(fields, room, "%s",
             status == 304 && !strstr(rest, "Content-") &&
                     !strstr(rest, "Trailer")
                 ? rest
                 : "");
    *response = (struct origin_response){
        .path = response->path,
        .status = status,
        .fields = fields,
        .framing = status == 304 ? ORIGIN_BARE : ORIGIN_LENGTH,
        .body = ""};
}

struct origin *answers_start(void)
{
    struct origin *origin = origin_start(NULL);

    for (size_t i = 0; i < BIG && !pattern[BIG - 1]; i++) {
        pattern[i] = (char)origin_pattern(i);
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        origin_answer(origin, &answers[i]);
    }
    origin_edit(origin, edit);
    return origin;
}
