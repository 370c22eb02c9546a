/*
 * served_learn.c - what a header line teaches, before the program sees it
 *
 * What libcurl learns from each line (RFC 9110; lib/http.c is the reference
 * for its ways).
 */
#include "shim/served.h"

#include "shim/cookie_line.h"
#include "store/clock.h"
#include "store/http_date.h"

/* libcurl goes on with GET after a POST that was answered so, unless
 * CURLOPT_POSTREDIR keeps it. */
static void learn_redirect(struct lcc_handle *handle, int status)
{
    struct lcc_served *served = handle->state->served;
    long keep = lcc_shadow_long(&handle->shadow, LCC_OPT_POSTREDIR);

    if (handle->shadow.method == LCC_METHOD_POST &&
        ((status == 301 && !(keep & CURL_REDIR_POST_301)) ||
         (status == 302 && !(keep & CURL_REDIR_POST_302)) ||
         (status == 303 && !(keep & CURL_REDIR_POST_303)))) {
        served->method = lcc_shadow_method_word(LCC_METHOD_GET);
    }
}

static void learn_status(struct lcc_handle *handle, const struct lcc_line *line)
{
    struct lcc_served *served = handle->state->served;

    if (line->origin == CURLH_CONNECT) {
        served->connect_status = line->status;
        return;
    }
    if (line->request != served->request) {
        learn_redirect(handle, line[-1].status);
        lcc_catch_up_referer(handle);
        served->urls_given = handle->shadow.urls_given;
        served->request = line->request;
        served->length = -1;
        served->length_unusable = false;
        served->location_line = LCC_LINE_NONE;
        served->cookies = 0;
        served->resume_from = served->resume_asked;
        served->resumes = false;
        served->progress.total = -1;
        served->progress.downloaded = 0;
    }
    served->status = line->status;
    served->version = line->version;
    served->no_body_status = line->status < 200;
    served->body_ignored = line->status == 416 && served->resume_from &&
                           handle->shadow.method == LCC_METHOD_GET;
    if (line->status == 204 || line->status == 304) {
        served->no_body_status = true;
        served->length = 0;
    }
}

/* HTTP's three forms, then those that servers use as well: libcurl reads
 * nearly everything. */
static bool read_date(struct lcc_span value, int64_t *ret)
{
    return lcc_http_date_parse(value, lcc_clock_now_s(), ret) ||
           lcc_cookie_date(value, ret) == 0;
}

/* Seconds, or the time until a date (RFC 9110, section 10.2.3). */
static void learn_retry_after(struct lcc_served *served, struct lcc_span value)
{
    int64_t seconds = 0;

    if (!lcc_line_number(value, &seconds) || !seconds) {
        int64_t date;

        seconds = read_date(value, &date) ? date - lcc_clock_now_s() : 0;
    }
    served->retry_after = seconds;
}

static void learn_last_modified(struct lcc_served *served,
                                struct lcc_span value)
{
    if (!read_date(value, &served->file_time)) {
        served->file_time = -1;
    }
}

/* libcurl reads on to the first digit or asterisk, whatever the unit. */
static void learn_content_range(struct lcc_served *served,
                                struct lcc_span value)
{
    const char *text = value.data;
    size_t at = 0;
    int64_t first;

    while (at < value.size && text[at] != '*' &&
           (text[at] < '0' || text[at] > '9')) {
        at++;
    }
    if (at == value.size || text[at] == '*') {
        served->resume_from = 0;
    } else if (lcc_line_number(lcc_span_of(text + at, value.size - at),
                               &first) &&
               first == served->resume_from) {
        served->resumes = true;
    }
}

/* Of a response that has no body its fields say nothing of one. */
static void learn_of_body(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    const struct lcc_line *line = &served->lines[index];

    if (served->no_body_status) {
        return;
    }
    if (line->mark == LCC_MARK_LENGTH) {
        served->length = line->length >= 0 ? line->length : served->length;
    } else if (line->mark == LCC_MARK_RANGE) {
        learn_content_range(served,
                            lcc_line_value(lcc_served_line(served, index)));
    } else if (line->mark == LCC_MARK_ENCODING) {
        served->length_unusable = true;
    } else if (lcc_shadow_long(&handle->shadow, LCC_OPT_FILETIME)) {
        learn_last_modified(served,
                            lcc_line_value(lcc_served_line(served, index)));
    }
}

static void learn_field(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    const int status = served->lines[index].status;

    switch (served->lines[index].mark) {
    case LCC_MARK_LENGTH:
    case LCC_MARK_RANGE:
    case LCC_MARK_ENCODING:
    case LCC_MARK_MODIFIED:
        learn_of_body(handle, index);
        break;
    case LCC_MARK_TYPE:
        served->type_line = (ssize_t)index;
        break;
    case LCC_MARK_LOGIN:
        served->offered[LCC_LOGIN_HOST] |= status == 401;
        break;
    case LCC_MARK_PROXY_LOGIN:
        served->offered[LCC_LOGIN_PROXY] |= status == 407;
        break;
    case LCC_MARK_RETRY:
        learn_retry_after(served,
                          lcc_line_value(lcc_served_line(served, index)));
        break;
    case LCC_MARK_LOCATION:
        if (status >= 300 && status < 400 &&
            served->location_line == LCC_LINE_NONE) {
            served->location_line = (ssize_t)index;
        }
        break;
    case LCC_MARK_NONE:
    case LCC_MARK_COOKIE:
    case LCC_MARK_HSTS:
    case LCC_MARK_ALTSVC:
        break;
    }
}

void lcc_served_learn(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    const struct lcc_line *line = &served->lines[index];

    if (line->kind == LCC_PIECE_STATUS) {
        learn_status(handle, line);
    } else if (line->kind == LCC_PIECE_FIELD && line->origin != CURLH_CONNECT) {
        learn_field(handle, index);
    }
}
