/*
 * infos.c - the table of CURLINFOs; recording answers, and reading them back
 *
 * The form of a recorded answer: u32 number of the CURLINFO, then a span: eight
 * bytes big-endian, or a text with its NUL.
 */
#include "shim/infos.h"

#include <string.h>
#include <strings.h>

#include "shim/served.h"

enum { INDEXES = 128 }; /* of a type; curl.h uses 70 */

static const struct lcc_info infos[] = {
#define LCC_INFO(name, number, class_, since)                                  \
    {#name, number, LCC_INFO_##class_, since},
#include "shim/infos.def"
#undef LCC_INFO
};

/* Row plus one of each type and index; 0 where there is none. */
static const uint8_t rows[8][INDEXES] = {
#define LCC_INFO(name, number, class_, since)                                  \
    [(number) >> 20][(number)&0xfffff] = LCC_INFO_ROW_##name + 1,
#include "shim/infos.def"
#undef LCC_INFO
};

_Static_assert(LCC_INFO_ROW_MAX_ < UINT8_MAX, "rows fit into a byte");

int lcc_info_row(unsigned int number)
{
    unsigned int index = number & CURLINFO_MASK;

    if (number >> 20 >= LCC_ARRAY_SIZE(rows) || index >= INDEXES) {
        return -1;
    }
    return rows[number >> 20][index] - 1;
}

const struct lcc_info *lcc_info_at(enum lcc_info_row row)
{
    return &infos[row];
}

/* --- recording ----------------------------------------------------------- */

static int put_text(const struct lcc_info *info, const char *text,
                    struct lcc_buf *out)
{
    int r = lcc_buf_put_u32(out, info->number);

    return r ? r : lcc_buf_put_span(out, lcc_span_of(text, strlen(text) + 1));
}

static int record_text(const struct lcc_handle *handle,
                       const struct lcc_info *info, struct lcc_buf *out)
{
    const char *text = NULL;

    if (handle->real->easy_getinfo(handle->curl, (CURLINFO)info->number,
                                   &text) != CURLE_OK ||
        !text || !*text) {
        return 0;
    }
    return put_text(info, text, out);
}

static bool ask_number(const struct lcc_handle *handle,
                       const struct lcc_info *info, int64_t *ret)
{
    CURLINFO number = (CURLINFO)info->number;
    curl_off_t offset = 0;
    long value = 0;

    if (lcc_info_type(info->number) == CURLINFO_OFF_T) {
        if (handle->real->easy_getinfo(handle->curl, number, &offset)) {
            return false;
        }
        *ret = offset;
        return true;
    }
    if (handle->real->easy_getinfo(handle->curl, number, &value)) {
        return false;
    }
    *ret = value;
    return true;
}

static int put_recorded(const struct lcc_info *info, int64_t value,
                        struct lcc_buf *out)
{
    int r = lcc_buf_put_u32(out, info->number);

    if (!r) {
        r = lcc_buf_put_u32(out, sizeof(uint64_t));
    }
    return r ? r : lcc_buf_put_u64(out, (uint64_t)value);
}

/* Of the Range lines in all requests of the chain: one entry answers requests
 * with and without them. */
static int64_t range_bytes(const struct lcc_handle *handle)
{
    long followed = 0;

    if (handle->real->easy_getinfo(handle->curl, CURLINFO_REDIRECT_COUNT,
                                   &followed)) {
        followed = 0;
    }
    return (int64_t)handle->state->plan.range_line_bytes * (followed + 1);
}

static int record_number(const struct lcc_handle *handle,
                         const struct lcc_info *info, struct lcc_buf *out)
{
    int64_t value;

    if (!ask_number(handle, info, &value) || !value) {
        return 0;
    }
    if (info->number == CURLINFO_REQUEST_SIZE && handle->state) {
        value -= handle->state->extra_request_bytes + range_bytes(handle);
    }
    return put_recorded(info, value, out);
}

int lcc_infos_make(const struct lcc_real *real, bool https, struct lcc_buf *out)
{
    bool capitals = real->version < LCC_SMALL_SCHEMES_SINCE;
    const char *scheme =
        capitals ? (https ? "HTTPS" : "HTTP") : (https ? "https" : "http");
    int r = put_text(&infos[LCC_INFO_ROW_SCHEME], scheme, out);

    return r ? r
             : put_recorded(&infos[LCC_INFO_ROW_PROTOCOL],
                            https ? CURLPROTO_HTTPS : CURLPROTO_HTTP, out);
}

int lcc_infos_record(const struct lcc_handle *handle, struct lcc_buf *out)
{
    int r = 0;

    for (size_t i = 0; !r && i < LCC_ARRAY_SIZE(infos); i++) {
        const struct lcc_info *info = &infos[i];

        if (info->class_ != LCC_INFO_STORED ||
            info->since > handle->real->version) {
            continue;
        }
        r = lcc_info_type(info->number) == CURLINFO_STRING
                ? record_text(handle, info, out)
                : record_number(handle, info, out);
    }
    return r;
}

/* --- reading back -------------------------------------------------------- */

static struct lcc_span recorded(struct lcc_span from, enum lcc_info_row row)
{
    struct lcc_span value;
    uint32_t number;

    while (lcc_take_u32(&from, &number) && lcc_take_span(&from, &value)) {
        if (number == infos[row].number) {
            return value;
        }
    }
    return LCC_SPAN_EMPTY;
}

int64_t lcc_infos_number(struct lcc_span from, enum lcc_info_row row)
{
    struct lcc_span value = recorded(from, row);
    uint64_t number;

    return lcc_take_u64(&value, &number) ? (int64_t)number : 0;
}

const char *lcc_infos_text(struct lcc_span from, enum lcc_info_row row)
{
    struct lcc_span value = recorded(from, row);
    const char *text = value.data;

    return value.size && !text[value.size - 1] ? text : "";
}

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

/* The referer is the handle's own, unless AUTOREFERER made one. */
static const char *referer(struct lcc_handle *handle)
{
    const char *text = lcc_auto_referer(handle);

    return text ? text : lcc_shadow_string(&handle->shadow, LCC_OPT_REFERER);
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
    return strncasecmp(lcc_effective_url(handle), "https:", 6) == 0;
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

    if (!is_earlier_hop(served) || !*last) {
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
        return referer(handle);
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
static int64_t upload_length(const struct lcc_served *served)
{
    return served->lines_told
               ? lcc_infos_number(lcc_buf_span(&served->infos),
                                  LCC_INFO_ROW_CONTENT_LENGTH_UPLOAD_T)
               : -1;
}

static int64_t upload_size(const struct lcc_served *served)
{
    return served->lines_told ? lcc_infos_number(lcc_buf_span(&served->infos),
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
        return upload_length(served);
    case LCC_INFO_ROW_SIZE_UPLOAD:
        return upload_size(served);
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
    return strstr(infos[row].name, "_TIME") != NULL;
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
        if (!served->lines_told) {
            return 0; /* stopped before anything was sent */
        }
        return request_size(served);
    case LCC_INFO_ROW_CONTENT_LENGTH_UPLOAD_T:
        return upload_length(served);
    case LCC_INFO_ROW_SIZE_UPLOAD_T:
        return upload_size(served);
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

    switch (infos[row].class_) {
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
    switch (type_of(infos[row].number)) {
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
    switch (type_of((unsigned int)info)) {
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

    switch (type_of(infos[row].number)) {
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
    if (row < 0) {
        *ret = unknown(handle, info, out);
        return true;
    }
    if (!out || infos[row].class_ == LCC_INFO_REAL ||
        infos[row].since > handle->real->version) {
        return false; /* libcurl knows the answer, or the right error */
    }
    *ret = known(handle, (enum lcc_info_row)row, out);
    return true;
}
