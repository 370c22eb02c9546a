/*
 * infos_answer.c - what curl_easy_getinfo(3) says of a served transfer
 */
#include "shim/effective_url.h"
#include "shim/infos.h"
#include "shim/served.h"

#include <string.h>
#include <strings.h>

/* --- answers ------------------------------------------------------------- */

/* "Name: value" of CONTENT_TYPE as a string that outlives the transfer. */
static const char *content_type(struct lcc_served *served)
{
    if (served->type_line == LCC_LINE_NONE) {
        return NULL;
    }
    if (served->type_built_line != served->type_line) {
        struct lcc_span line =
            lcc_served_line(served, (size_t)served->type_line);

        lcc_buf_clear(&served->type);
        if (lcc_buf_append(&served->type, lcc_line_value(line)) ||
            lcc_buf_put_u8(&served->type, 0)) {
            return NULL;
        }
        served->type_built_line = served->type_line;
    }
    return (const char *)served->type.data;
}

static const char *effective_method(const struct lcc_handle *handle)
{
    const char *custom =
        lcc_shadow_string(&handle->shadow, LCC_OPT_CUSTOMREQUEST);

    if (custom) {
        return custom;
    }
    if (lcc_shadow_long(&handle->shadow, LCC_OPT_NOBODY)) {
        return "HEAD";
    }
    return handle->state->served->method;
}

/* Is the request that is told, before the last of its chain, over TLS? */
static bool hop_is_https(struct lcc_handle *handle)
{
    return strncasecmp(lcc_told_url(handle), "https:", 6) == 0;
}

static bool is_earlier_hop(const struct lcc_served *served)
{
    return served->line_count &&
           served->request < served->lines[served->line_count - 1].request;
}

/* In capitals before 8.10, as recorded. */
static const char *scheme(struct lcc_handle *handle)
{
    struct lcc_served *served = handle->state->served;
    const char *last =
        lcc_infos_text(lcc_buf_span(&served->infos), LCC_INFO_ROW_SCHEME);
    bool https;

    if (!*last) {
        return NULL;
    }
    if (!is_earlier_hop(served)) {
        return last;
    }
    https = hop_is_https(handle);
    if (*last == 'H') {
        return https ? "HTTPS" : "HTTP";
    }
    return https ? "https" : "http";
}

static const char *text_answer(struct lcc_handle *handle, enum lcc_info_row row)
{
    struct lcc_served *served = handle->state->served;

    switch ((int)row) {
    case LCC_INFO_ROW_EFFECTIVE_URL:
        return lcc_effective_url(handle);
    case LCC_INFO_ROW_CONTENT_TYPE:
        return content_type(served);
    case LCC_INFO_ROW_REDIRECT_URL:
        return lcc_redirect_url(handle);
    case LCC_INFO_ROW_EFFECTIVE_METHOD:
        return effective_method(handle);
    case LCC_INFO_ROW_REFERER:
        /* AUTOREFERER's, too: catch_up.c. */
        return lcc_shadow_string(&handle->shadow, LCC_OPT_REFERER);
    case LCC_INFO_ROW_SCHEME:
        return scheme(handle);
    default:
        return lcc_infos_text(lcc_buf_span(&served->infos), row);
    }
}

static int64_t http_version(int version)
{
    switch (version) {
    case 10:
        return CURL_HTTP_VERSION_1_0;
    case 11:
        return CURL_HTTP_VERSION_1_1;
    case 20:
        return CURL_HTTP_VERSION_2_0;
    case 30:
        return CURL_HTTP_VERSION_3;
    default:
        return CURL_HTTP_VERSION_NONE;
    }
}

/* Set when the request is made ready, so unknown when that was not reached. */
int64_t lcc_infos_upload_length(const struct lcc_served *served)
{
    return served->begun && !served->anew
               ? lcc_infos_number(lcc_buf_span(&served->infos),
                                  LCC_INFO_ROW_CONTENT_LENGTH_UPLOAD_T)
               : -1;
}

int64_t lcc_infos_upload_size(const struct lcc_served *served)
{
    return served->begun ? lcc_infos_number(lcc_buf_span(&served->infos),
                                            LCC_INFO_ROW_SIZE_UPLOAD_T)
                         : 0;
}

static int64_t computed_number(const struct lcc_served *served,
                               enum lcc_info_row row)
{
    switch ((int)row) {
    case LCC_INFO_ROW_RESPONSE_CODE:
        return served->status;
    case LCC_INFO_ROW_HTTP_VERSION:
        return http_version(served->version);
    case LCC_INFO_ROW_FILETIME:
    case LCC_INFO_ROW_FILETIME_T:
        return served->file_time;
    case LCC_INFO_ROW_CONTENT_LENGTH_DOWNLOAD:
    case LCC_INFO_ROW_CONTENT_LENGTH_DOWNLOAD_T:
        return served->progress.total;
    case LCC_INFO_ROW_CONTENT_LENGTH_UPLOAD:
        return lcc_infos_upload_length(served);
    case LCC_INFO_ROW_SIZE_UPLOAD:
        return lcc_infos_upload_size(served);
    case LCC_INFO_ROW_REDIRECT_COUNT:
        return served->request;
    case LCC_INFO_ROW_CONDITION_UNMET:
        return served->status == 304; /* whoever set the condition */
    case LCC_INFO_ROW_RETRY_AFTER:
        return served->retry_after;
    default:
        return 0;
    }
}

/* Microseconds. The steps before the first byte took no time, but a time of
 * zero would say that they had not happened: programs divide by them. */
static int64_t served_time(const struct lcc_served *served,
                           enum lcc_info_row row)
{
    const struct lcc_progress *progress = &served->progress;
    int64_t first = progress->first_byte_us;

    switch ((int)row) {
    case LCC_INFO_ROW_TOTAL_TIME:
    case LCC_INFO_ROW_TOTAL_TIME_T:
        return progress->spent_us > first ? progress->spent_us : first;
    case LCC_INFO_ROW_STARTTRANSFER_TIME:
    case LCC_INFO_ROW_STARTTRANSFER_TIME_T:
    case LCC_INFO_ROW_POSTTRANSFER_TIME_T:
        return first;
    case LCC_INFO_ROW_REDIRECT_TIME:
    case LCC_INFO_ROW_REDIRECT_TIME_T:
        return progress->redirect_us;
    case LCC_INFO_ROW_APPCONNECT_TIME:
    case LCC_INFO_ROW_APPCONNECT_TIME_T:
        return lcc_infos_number(lcc_buf_span(&served->infos),
                                LCC_INFO_ROW_PROTOCOL) == CURLPROTO_HTTPS;
    default:
        return 1;
    }
}

static bool is_time(enum lcc_info_row row)
{
    return strstr(lcc_info_at(row)->name, "_TIME") != NULL;
}

static int64_t served_number(const struct lcc_served *served,
                             enum lcc_info_row row)
{
    switch ((int)row) {
    case LCC_INFO_ROW_SIZE_DOWNLOAD:
    case LCC_INFO_ROW_SIZE_DOWNLOAD_T:
        return served->progress.downloaded;
    case LCC_INFO_ROW_SPEED_DOWNLOAD:
    case LCC_INFO_ROW_SPEED_DOWNLOAD_T:
        return served->progress.speed;
    default:
        return served_time(served, row);
    }
}

static int64_t request_size(const struct lcc_served *served)
{
    int64_t stored = lcc_infos_number(lcc_buf_span(&served->infos),
                                      LCC_INFO_ROW_REQUEST_SIZE);
    int requests = served->lines[served->line_count - 1].request + 1;

    return stored ? stored + served->range_line_bytes * requests : 0;
}

/* What was recorded, unless the delivery has a say in it. */
static int64_t stored_number(const struct lcc_served *served,
                             enum lcc_info_row row)
{
    switch ((int)row) {
    case LCC_INFO_ROW_SIZE_DOWNLOAD_T:
        return served->progress.downloaded;
    case LCC_INFO_ROW_HEADER_SIZE:
        return served->header_size;
    case LCC_INFO_ROW_REQUEST_SIZE:
        if (!served->begun) {
            return 0; /* stopped before anything was sent */
        }
        return request_size(served);
    case LCC_INFO_ROW_CONTENT_LENGTH_UPLOAD_T:
        return lcc_infos_upload_length(served);
    case LCC_INFO_ROW_SIZE_UPLOAD_T:
        return lcc_infos_upload_size(served);
    case LCC_INFO_ROW_HTTPAUTH_AVAIL:
        if (!served->offered[LCC_LOGIN_HOST]) {
            return 0;
        }
        break;
    case LCC_INFO_ROW_PROXYAUTH_AVAIL:
        if (!served->offered[LCC_LOGIN_PROXY]) {
            return 0;
        }
        break;
    case LCC_INFO_ROW_HTTP_CONNECTCODE:
        if (served->connect_status) {
            return served->connect_status;
        }
        break;
    default:
        break;
    }
    return lcc_infos_number(lcc_buf_span(&served->infos), row);
}

static int64_t number_answer(const struct lcc_handle *handle,
                             enum lcc_info_row row)
{
    const struct lcc_served *served = handle->state->served;

    switch (lcc_info_at(row)->class_) {
    case LCC_INFO_STORED:
        return stored_number(served, row);
    case LCC_INFO_SERVED:
        return served_number(served, row);
    case LCC_INFO_COMPUTED:
        return computed_number(served, row);
    case LCC_INFO_ZERO:
        return row == LCC_INFO_ROW_LASTSOCKET ||
                       row == LCC_INFO_ROW_ACTIVESOCKET
                   ? -1
                   : 0;
    case LCC_INFO_REAL:
        break;
    }
    return 0;
}

static void put_number(enum lcc_info_row row, int64_t number, void *out)
{
    switch (lcc_info_type(lcc_info_at(row)->number)) {
    case CURLINFO_LONG:
        *(long *)out = (long)number;
        break;
    case CURLINFO_DOUBLE:
        *(double *)out =
            is_time(row) ? (double)number / 1000000 : (double)number;
        break;
    case CURLINFO_OFF_T:
        *(curl_off_t *)out = number;
        break;
    case CURLINFO_SOCKET:
        *(curl_socket_t *)out = (curl_socket_t)number;
        break;
    default:
        break;
    }
}

/* An info that we have no row for: what libcurl holds is the previous
 * transfer's, so its answer counts only where it says that there is none. */
static CURLcode unknown(struct lcc_handle *handle, CURLINFO info, void *out)
{
    CURLcode code = handle->real->easy_getinfo(handle->curl, info, out);

    if (code != CURLE_OK || !out) {
        return code;
    }
    switch (lcc_info_type((unsigned int)info)) {
    case CURLINFO_STRING:
    case CURLINFO_SLIST:
        *(void **)out = NULL;
        break;
    case CURLINFO_LONG:
        *(long *)out = 0;
        break;
    case CURLINFO_DOUBLE:
        *(double *)out = 0;
        break;
    case CURLINFO_SOCKET:
        *(curl_socket_t *)out = CURL_SOCKET_BAD;
        break;
    case CURLINFO_OFF_T:
        *(curl_off_t *)out = 0;
        break;
    default:
        break;
    }
    return code;
}

static CURLcode known(struct lcc_handle *handle, enum lcc_info_row row,
                      void *out)
{
    struct lcc_served *served = handle->state->served;

    switch (lcc_info_type(lcc_info_at(row)->number)) {
    case CURLINFO_STRING:
        *(const char **)out = text_answer(handle, row);
        break;
    case CURLINFO_SLIST: /* CERTINFO, the only one that is not REAL */
        *(struct curl_certinfo **)out = &served->no_certificates;
        break;
    default:
        put_number(row,
                   row == LCC_INFO_ROW_PROTOCOL && is_earlier_hop(served)
                       ? hop_is_https(handle) ? CURLPROTO_HTTPS : CURLPROTO_HTTP
                       : number_answer(handle, row),
                   out);
        break;
    }
    return CURLE_OK;
}

bool lcc_served_getinfo(struct lcc_handle *handle, CURLINFO info, void *out,
                        CURLcode *ret)
{
    int row = lcc_info_row((unsigned int)info);

    if (!handle->state || !handle->state->served) {
        return false;
    }
    /* The rest has begun anew. */
    if (handle->state->served->left_over &&
        row != LCC_INFO_ROW_REDIRECT_COUNT &&
        row != LCC_INFO_ROW_EFFECTIVE_METHOD) {
        return false;
    }
    if (row < 0) {
        *ret = unknown(handle, info, out);
        return true;
    }
    const struct lcc_info *info_row = lcc_info_at((enum lcc_info_row)row);

    if (!out || info_row->class_ == LCC_INFO_REAL ||
        info_row->since > handle->real->version) {
        return false; /* libcurl knows the answer, or the right error */
    }
    *ret = known(handle, (enum lcc_info_row)row, out);
    return true;
}
