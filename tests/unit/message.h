/*
 * message.h - requests and responses out of text, for the tables of tests
 */
#ifndef LCC_TESTS_UNIT_MESSAGE_H
#define LCC_TESTS_UNIT_MESSAGE_H

#include "store/http_message.h"

#include <criterion/criterion.h>

#include <string.h>

/* 2024-01-01 00:00:00 UTC: when the responses of the tables arrive. */
#define MESSAGE_NOW_S INT64_C(1704067200)

/* "Name: value" lines, each ended by \n; the text must outlive the fields. */
static inline struct lcc_fields message_fields(const char *lines)
{
    struct lcc_fields fields = LCC_FIELDS_INIT;

    while (*lines) {
        const char *end = strchr(lines, '\n');
        size_t size = end ? (size_t)(end - lines) + 1 : strlen(lines);
        cr_assert_eq(lcc_fields_add_line(&fields, lcc_span_of(lines, size)), 0);
        lines += size;
    }
    return fields;
}

static inline struct lcc_request
message_request(const char *method, const char *url, const char *lines)
{
    struct lcc_request request = {
        .method = lcc_span_str(method),
        .url = lcc_span_str(url),
        .fields = message_fields(lines),
    };

    request.cc = lcc_http_cc_parse(&request.fields);
    return request;
}

/* A head that arrived at MESSAGE_NOW_S and took no time. */
static inline struct lcc_response message_response(const char *head)
{
    struct lcc_response response;

    cr_assert_eq(lcc_response_parse(lcc_span_str(head), MESSAGE_NOW_S,
                                    MESSAGE_NOW_S, &response),
                 0, "%s", head);
    return response;
}

#endif
