/*
 * http_message.h - requests and responses as the rules see them
 *
 * Plain values: no clock, no I/O, no libcurl, no database.
 */
#ifndef LCC_HTTP_MESSAGE_H
#define LCC_HTTP_MESSAGE_H

#include "store/fields.h"
#include "store/http_cc.h"

struct lcc_request {
    struct lcc_span method;   /* as on the request line, "GET" */
    struct lcc_span url;      /* normal form, see http_uri.h */
    struct lcc_fields fields; /* as they will be sent, libcurl's own included */
    struct lcc_cc cc;
};

/* What is absent is LCC_TIME_ABSENT, what cannot be read LCC_TIME_INVALID. */
#define LCC_TIME_ABSENT INT64_MIN
#define LCC_TIME_INVALID (INT64_MIN + 1)

/* One header block: the final one, or that of a followed redirect. */
struct lcc_response {
    int status;              /* 100..999 */
    int64_t request_time_s;  /* Unix seconds, when the request was made */
    int64_t response_time_s; /* Unix seconds, when its head had arrived */
    struct lcc_fields fields;
    struct lcc_cc cc;
    int64_t date_s;
    int64_t expires_s;
    int64_t last_modified_s;
    int64_t age_s; /* the Age field; 0 when absent or unreadable */
};

/**
 * lcc_response_parse() - fill a response from its header lines
 * @lines: status line first, each line with its end; borrowed by the result
 * @ret:   fields, cc and dates set; times taken from the two arguments;
 *         release with lcc_response_done()
 *
 * Return: 0; -EBADMSG when the first line is no status line; -ENOMEM; -E2BIG.
 */
int lcc_response_parse(struct lcc_span lines, int64_t request_time_s,
                       int64_t response_time_s, struct lcc_response *ret);
void lcc_response_done(struct lcc_response *response);

#endif
