/*
 * http_message.c - a response out of its header lines
 *
 * Pure. RFC 9112, sections 4 and 5; RFC 9111, sections 5.1 and 5.3.
 */
#include "store/http_message.h"

#include "store/http_date.h"

#include <errno.h>
#include <string.h>

enum { STATUS_DIGITS = 3 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One line off the front, its end included. */
static struct lcc_span take_line(struct lcc_span *lines)
{
    const char *from = lines->data;
    const char *newline = memchr(from, '\n', lines->size);
    size_t size = newline ? (size_t)(newline - from) + 1 : lines->size;

    *lines = lcc_span_of(from + size, lines->size - size);
    return lcc_span_of(from, size);
}

/* "HTTP/1.1 200 OK", "HTTP/2 200"; 0 when it is none. */
static int status_of(struct lcc_span line)
{
    static const char prefix[] = "HTTP/";
    const size_t prefix_size = sizeof(prefix) - 1;
    const char *text = line.data;
    const char *end = text + line.size;

    if (line.size < prefix_size || memcmp(text, prefix, prefix_size) != 0) {
        return 0;
    }
    const char *at = text + prefix_size;
    while (at < end && (is_digit(*at) || *at == '.')) {
        at++;
    }
    if (at == text + prefix_size || at == end || *at++ != ' ' ||
        end - at < STATUS_DIGITS) {
        return 0;
    }
    int status = 0;
    for (int i = 0; i < STATUS_DIGITS; i++) {
        if (!is_digit(at[i])) {
            return 0;
        }
        status = status * 10 + (at[i] - '0');
    }
    at += STATUS_DIGITS;
    return status >= 100 && (at == end || !is_digit(*at)) ? status : 0;
}

static bool is_continuation(struct lcc_span line)
{
    const char *text = line.data;

    return line.size > 0 && (text[0] == ' ' || text[0] == '\t');
}

/* A folded line goes on with the value before it: the bytes are neighbours. */
static void extend(struct lcc_field *field, struct lcc_span line)
{
    const char *from = field->value.data;
    const char *end = (const char *)line.data + line.size;

    while (end > from && (end[-1] == '\r' || end[-1] == '\n')) {
        end--;
    }
    field->value = lcc_span_trim(lcc_span_of(from, (size_t)(end - from)));
}

static int parse_fields(struct lcc_span lines, struct lcc_fields *fields)
{
    bool open = false; /* the line before was a field */

    while (lines.size > 0) {
        struct lcc_span line = take_line(&lines);
        size_t before = fields->count;

        if (is_continuation(line)) {
            if (open) {
                extend(&fields->list[before - 1], line);
            }
            continue;
        }
        int result = lcc_fields_add_line(fields, line);
        if (result) {
            return result;
        }
        open = fields->count > before;
    }
    return 0;
}

/* A list of values or a field given twice: the first counts (5.1). What is no
 * number is as if absent, but a number with parameters is as old as it says. */
static int64_t read_age(struct lcc_span value)
{
    struct lcc_span element;
    int64_t age = 0;
    size_t i = 0;

    if (!lcc_list_next(&value, &element)) {
        return 0;
    }
    const char *at = element.data;
    for (; i < element.size && is_digit(at[i]); i++) {
        age = age * 10 + (at[i] - '0');
        age = age > LCC_DELTA_MAX_S ? LCC_DELTA_MAX_S : age;
    }
    return i == element.size || at[i] == ';' ? age : 0;
}

static void read_date(struct lcc_span value, int64_t now_s, int64_t *place)
{
    if (*place != LCC_TIME_ABSENT) {
        return;
    }
    if (!lcc_http_date_parse(value, now_s, place)) {
        *place = LCC_TIME_INVALID;
    }
}

/* The length settles most of it without a call. */
static inline bool is_named(const struct lcc_field *field, const char *name,
                            size_t size)
{
    return field->name.size == size &&
           lcc_span_equal_nocase(field->name, lcc_span_of(name, size));
}
#define IS_NAMED(field, name) is_named(field, name, sizeof(name) - 1)

/* One walk for all the times: this runs on every hit. */
static void read_times(struct lcc_response *response)
{
    int64_t now_s = response->response_time_s;
    bool aged = false;

    for (size_t i = 0; i < response->fields.count; i++) {
        const struct lcc_field *field = &response->fields.list[i];

        if (IS_NAMED(field, "Date")) {
            read_date(field->value, now_s, &response->date_s);
        } else if (IS_NAMED(field, "Expires")) {
            read_date(field->value, now_s, &response->expires_s);
        } else if (IS_NAMED(field, "Last-Modified")) {
            read_date(field->value, now_s, &response->last_modified_s);
        } else if (IS_NAMED(field, "Age") && !aged) {
            response->age_s = read_age(field->value);
            aged = true;
        }
    }
}

int lcc_response_parse(struct lcc_span lines, int64_t request_time_s,
                       int64_t response_time_s, struct lcc_response *ret)
{
    struct lcc_response response = {
        .request_time_s = request_time_s,
        .response_time_s = response_time_s,
        .date_s = LCC_TIME_ABSENT,
        .expires_s = LCC_TIME_ABSENT,
        .last_modified_s = LCC_TIME_ABSENT,
    };

    if (lines.size == 0) {
        return -EBADMSG;
    }
    response.status = status_of(take_line(&lines));
    if (response.status == 0) {
        return -EBADMSG;
    }
    int result = parse_fields(lines, &response.fields);
    if (result) {
        lcc_fields_done(&response.fields);
        return result;
    }
    response.cc = lcc_http_cc_parse(&response.fields);
    read_times(&response);
    *ret = response;
    return 0;
}

void lcc_response_done(struct lcc_response *response)
{
    lcc_fields_done(&response->fields);
}
