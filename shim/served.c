/*
 * served.c - the lines of a served response, and what they teach
 *
 * Lays the stored header lines out once, with Age and Cache-Status in the
 * final block where they are due, then learns from each line what libcurl
 * learns from it (RFC 9110; lib/http.c is the reference for its ways).
 */
#include "shim/served.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

#include "shim/cookie_line.h"
#include "shim/header_api.h"
#include "store/clock.h"
#include "store/http_date.h"

struct lcc_span lcc_served_line(const struct lcc_served *served, size_t index)
{
    const struct lcc_line *line = &served->lines[index];

    return lcc_span_of(served->head.data + line->offset, line->size);
}

/* --- reading a line ------------------------------------------------------ */

bool lcc_line_is(struct lcc_span line, const char *name)
{
    size_t size = strlen(name);

    return line.size >= size && strncasecmp(line.data, name, size) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
    return is_blank(c) || (c >= '\n' && c <= '\r');
}

struct lcc_span lcc_line_value(struct lcc_span line)
{
    const char *from = memchr(line.data, ':', line.size);
    const char *end = (const char *)line.data + line.size;

    if (!from) {
        return LCC_SPAN_EMPTY;
    }
    from++;
    while (from < end && is_space(*from)) {
        from++;
    }
    while (end > from && is_space(end[-1])) {
        end--;
    }
    return lcc_span_of(from, (size_t)(end - from));
}

bool lcc_line_number(struct lcc_span text, int64_t *ret)
{
    const char *at = text.data;
    size_t i = 0;
    int64_t number = 0;

    while (i < text.size && is_space(at[i])) {
        i++;
    }
    if (i == text.size || at[i] < '0' || at[i] > '9') {
        return false;
    }
    for (; i < text.size && at[i] >= '0' && at[i] <= '9'; i++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, at[i] - '0', &number)) {
            return false;
        }
    }
    *ret = number;
    return true;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": version as 11, 20. 0 when unreadable. */
static void read_status_line(struct lcc_span line, int *ret_status,
                             int *ret_version)
{
    const char *at = line.data;
    const char *space = memchr(at, ' ', line.size);
    int64_t status = 0;

    *ret_status = 0;
    *ret_version = 0;
    if (!lcc_line_is(line, "HTTP/") || line.size < 9 || !space) {
        return;
    }
    if (at[5] >= '1' && at[5] <= '9') {
        *ret_version = (at[5] - '0') * 10;
        if (at[6] == '.' && at[7] >= '0' && at[7] <= '9') {
            *ret_version += at[7] - '0';
        }
    }
    if (lcc_line_number(lcc_span_of(space, line.size - (size_t)(space - at)),
                        &status) &&
        status <= 999) {
        *ret_status = (int)status;
    }
}

/* --- laying out ---------------------------------------------------------- */

static int grow_lines(struct lcc_served *served)
{
    size_t capacity = served->line_capacity ? 2 * served->line_capacity : 32;
    struct lcc_line *lines;

    if (served->line_count < served->line_capacity) {
        return 0;
    }
    lines = realloc(served->lines, capacity * sizeof(*lines));
    if (!lines) {
        return -ENOMEM;
    }
    served->lines = lines;
    served->line_capacity = capacity;
    return 0;
}

static int add_line(struct lcc_served *served, enum lcc_piece_kind kind,
                    struct lcc_span bytes)
{
    int r = grow_lines(served);

    if (r) {
        return r;
    }
    served->lines[served->line_count] =
        (struct lcc_line){.kind = kind,
                          .origin = CURLH_HEADER,
                          .offset = served->head.size,
                          .size = bytes.size};
    r = lcc_buf_append(&served->head, bytes);
    if (r) {
        return r;
    }
    served->line_count++;
    if (bytes.size > served->longest_line) {
        served->longest_line = bytes.size;
    }
    return 0;
}

/* Where the final response begins among the pieces: a count of pieces. */
static size_t final_block(const struct lcc_entry *entry)
{
    struct lcc_pieces from = LCC_PIECES_OF(entry);
    struct lcc_piece piece;
    size_t last = 0;

    for (size_t at = 0; lcc_pieces_next(&from, &piece); at++) {
        if (piece.kind == LCC_PIECE_STATUS) {
            last = at;
        }
    }
    return last;
}

struct additions {
    const struct lcc_decision *decision;
    bool status_header;
    int version; /* of the final block: field names are lower case in HTTP/2 */
};

static int add_text(struct lcc_served *served, const struct additions *add,
                    const char *name, const char *value)
{
    char line[128];
    int size = snprintf(line, sizeof(line), "%s: %s\r\n", name, value);

    if (add->version >= 20) {
        for (char *c = line; *c != ':'; c++) {
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
        }
    }
    return add_line(served, LCC_PIECE_FIELD, lcc_span_of(line, (size_t)size));
}

/* Age (RFC 9111, section 5.1) and Cache-Status (RFC 9211), before the empty
 * line of the final response. */
static int add_fields(struct lcc_served *served, const struct additions *add)
{
    char value[64];
    int r = 0;

    if (add->decision->add_age) {
        snprintf(value, sizeof(value), "%lld", (long long)add->decision->age_s);
        r = add_text(served, add, "Age", value);
    }
    if (!r && add->status_header) {
        if (add->decision->ttl_s > LCC_DELTA_MAX_S) {
            snprintf(value, sizeof(value), "curlcache; hit");
        } else {
            snprintf(value, sizeof(value), "curlcache; hit; ttl=%lld",
                     (long long)add->decision->ttl_s);
        }
        r = add_text(served, add, "Cache-Status", value);
    }
    return r;
}

static int lay_out(struct lcc_served *served, const struct lcc_entry *entry,
                   struct additions *add)
{
    struct lcc_pieces from = LCC_PIECES_OF(entry);
    size_t final = final_block(entry);
    struct lcc_piece piece;
    int status;
    int r = 0;

    for (size_t at = 0; !r && lcc_pieces_next(&from, &piece); at++) {
        bool in_final = at >= final;

        if (piece.kind != LCC_PIECE_TRAILER) {
            served->recorded_header_bytes += (int64_t)piece.bytes.size;
        }
        if (at == final) {
            read_status_line(piece.bytes, &status, &add->version);
        }
        if (in_final && piece.kind == LCC_PIECE_FIELD &&
            add->decision->add_age && lcc_line_is(piece.bytes, "Age:")) {
            continue; /* replaced by ours */
        }
        if (in_final && piece.kind == LCC_PIECE_END) {
            r = add_fields(served, add);
        }
        if (!r) {
            r = add_line(served, piece.kind, piece.bytes);
        }
    }
    return r;
}

/* What a block is, told by its status and by whether another one follows. */
static unsigned int block_origin(int status, bool last)
{
    if (status >= 100 && status < 200 && !last) {
        return CURLH_1XX;
    }
    if (status >= 200 && status < 300 && !last) {
        /* Only a proxy's answer to CONNECT succeeds without being final. */
        return CURLH_CONNECT;
    }
    return CURLH_HEADER;
}

/* Give each line its block's origin, status and place in the chain. */
static void mark_blocks(struct lcc_served *served)
{
    size_t final = 0;
    struct lcc_line mark = {.origin = CURLH_HEADER};

    for (size_t i = 0; i < served->line_count; i++) {
        if (served->lines[i].kind == LCC_PIECE_STATUS) {
            final = i;
        }
    }
    for (size_t i = 0; i < served->line_count; i++) {
        struct lcc_line *line = &served->lines[i];

        if (line->kind == LCC_PIECE_STATUS) {
            if (i && mark.origin == CURLH_HEADER) {
                mark.request++;
            }
            read_status_line(lcc_served_line(served, i), &mark.status,
                             &mark.version);
            mark.last_block = i == final;
            mark.origin = block_origin(mark.status, mark.last_block);
        }
        line->origin = line->kind == LCC_PIECE_TRAILER
                           ? (unsigned int)CURLH_TRAILER
                           : mark.origin;
        line->request = mark.request;
        line->status = mark.status;
        line->version = mark.version;
        line->last_block = mark.last_block;
    }
}

/* --- beginning and end --------------------------------------------------- */

static struct lcc_served *served_new(void)
{
    struct lcc_served *served = calloc(1, sizeof(*served));

    if (served) {
        served->head.limit = 2 * (size_t)LCC_ENTRY_HEAD_MAX;
        served->infos.limit = LCC_ENTRY_MAX;
        served->url.limit = SIZE_MAX;
        served->type.limit = LCC_ENTRY_HEAD_MAX;
    }
    return served;
}

static void forget_urls(struct lcc_served *served)
{
    if (served->real) {
        served->real->free(served->effective_url);
        served->real->free(served->redirect_url);
        served->real->free(served->referer);
    }
    served->effective_url = NULL;
    served->redirect_url = NULL;
    served->referer = NULL;
}

struct lcc_served *lcc_served_free(struct lcc_served *served)
{
    if (!served) {
        return NULL;
    }
    if (served->active) {
        /* Inside one of its own callbacks: lcc_replay() does it later. */
        served->dropped = true;
        return NULL;
    }
    forget_urls(served);
    lcc_header_api_forget(served);
    lcc_buf_done(&served->head);
    lcc_buf_done(&served->infos);
    lcc_buf_done(&served->url);
    lcc_buf_done(&served->type);
    free(served->lines);
    free(served->scratch);
    free(served);
    return NULL;
}

/* As new, but for the memory of an earlier one. */
static void start_over(struct lcc_served *served, const struct lcc_real *real)
{
    struct lcc_served kept = *served;

    forget_urls(served);
    lcc_header_api_forget(served);
    memset(served, 0, sizeof(*served));
    served->head = kept.head;
    served->infos = kept.infos;
    served->url = kept.url;
    served->type = kept.type;
    lcc_buf_clear(&served->head);
    lcc_buf_clear(&served->infos);
    lcc_buf_clear(&served->url);
    served->lines = kept.lines;
    served->line_capacity = kept.line_capacity;
    served->scratch = kept.scratch;
    served->scratch_size = kept.scratch_size;
    served->meter_titled = kept.meter_titled;
    served->real = real;
    served->length = -1;
    served->progress.total = -1;
    served->file_time = -1;
    served->type_line = LCC_LINE_NONE;
    served->type_built_line = LCC_LINE_NONE;
    served->location_line = LCC_LINE_NONE;
    served->effective_request = -1;
    served->referer_request = -1;
}

/* The URL as it is now: the program may set another one before it asks. */
static int keep_url(struct lcc_handle *handle, struct lcc_served *served)
{
    const struct lcc_shadow *shadow = &handle->shadow;
    const char *url = lcc_shadow_string(shadow, LCC_OPT_URL);
    CURLU *parts = lcc_shadow_pointer(shadow, LCC_OPT_CURLU);
    char *text = NULL;
    int r;

    served->url_is_text = url != NULL;
    if (!url && parts) {
        if (handle->real->url_get(parts, CURLUPART_URL, &text, 0)) {
            return -ENOMEM;
        }
        url = text;
    }
    url = url ? url : "";
    r = lcc_buf_append(&served->url, lcc_span_of(url, strlen(url) + 1));
    handle->real->free(text);
    return r;
}

/* CURLINFO_EFFECTIVE_METHOD, but for CUSTOMREQUEST. */
static const char *method_word(enum lcc_shadow_method method)
{
    switch (method) {
    case LCC_METHOD_HEAD:
        return "HEAD";
    case LCC_METHOD_POST:
    case LCC_METHOD_POST_FORM:
        return "POST";
    case LCC_METHOD_PUT:
        return "PUT";
    case LCC_METHOD_GET:
        break;
    }
    return "GET";
}

static int make_scratch(struct lcc_served *served)
{
    char *scratch;

    if (served->scratch_size > served->longest_line) {
        return 0;
    }
    scratch = realloc(served->scratch, served->longest_line + 1);
    if (!scratch) {
        return -ENOMEM;
    }
    served->scratch = scratch;
    served->scratch_size = served->longest_line + 1;
    return 0;
}

static int fill(struct lcc_handle *handle, struct lcc_served *served,
                const struct lcc_entry *entry,
                const struct lcc_decision *decision)
{
    struct additions add = {.decision = decision,
                            .status_header = handle->state->status_header};
    int r = lay_out(served, entry, &add);

    if (!r) {
        r = served->line_count ? make_scratch(served) : -EBADMSG;
    }
    if (!r) {
        r = keep_url(handle, served);
    }
    if (!r) {
        r = lcc_buf_append(&served->infos, entry->infos);
    }
    mark_blocks(served);
    served->method = method_word(handle->shadow.method);
    served->stored_s = entry->response_time_s;
    served->body_bytes = entry->body_bytes;
    return r;
}

/* The handle's own, made new or used again; taken from it. */
static struct lcc_served *served_take(struct lcc_handle *handle)
{
    struct lcc_served *served = lcc_steal(&handle->state->served);

    if (!served) {
        served = served_new();
    }
    if (served) {
        start_over(served, handle->real);
    }
    return served;
}

int lcc_served_begin(struct lcc_handle *handle, const struct lcc_entry *entry,
                     const struct lcc_decision *decision)
{
    struct lcc_served *served = served_take(handle);
    int r;

    if (!served) {
        return -ENOMEM;
    }
    r = fill(handle, served, entry, decision);
    if (r) {
        lcc_served_free(served);
        return r;
    }
    handle->state->served = served;
    return 0;
}

int lcc_served_nothing(struct lcc_handle *handle)
{
    struct lcc_served *served = served_take(handle);
    int r;

    if (!served) {
        return -ENOMEM;
    }
    served->method = method_word(handle->shadow.method);
    r = keep_url(handle, served);
    if (r) {
        lcc_served_free(served);
        return r;
    }
    handle->state->served = served;
    return 0;
}

/* --- learning ------------------------------------------------------------ */

static void learn_status(struct lcc_served *served, const struct lcc_line *line)
{
    if (line->origin == CURLH_CONNECT) {
        served->connect_status = line->status;
        return;
    }
    if (line->request != served->request) {
        served->request = line->request;
        served->length = -1;
        served->length_unusable = false;
        served->location_line = LCC_LINE_NONE;
        served->cookies = 0;
        served->progress.total = -1;
        served->progress.downloaded = 0;
    }
    served->status = line->status;
    served->version = line->version;
    served->no_body_status = line->status < 200;
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

static void learn_last_modified(struct lcc_handle *handle,
                                struct lcc_span value)
{
    struct lcc_served *served = handle->state->served;
    if (lcc_shadow_long(&handle->shadow, LCC_OPT_FILETIME) &&
        !read_date(value, &served->file_time)) {
        served->file_time = -1;
    }
}

static void learn_field(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    struct lcc_span line = lcc_served_line(served, index);
    int64_t number;

    switch (((const char *)line.data)[0] | 0x20) {
    case 'c':
        if (!served->no_body_status && lcc_line_is(line, "Content-Length:")) {
            if (lcc_line_number(lcc_line_value(line), &number)) {
                served->length = number;
            }
        } else if (lcc_line_is(line, "Content-Type:") &&
                   lcc_line_value(line).size) {
            served->type_line = (ssize_t)index;
        }
        break;
    case 't':
        if (!served->no_body_status &&
            lcc_line_is(line, "Transfer-Encoding:")) {
            served->length_unusable = true;
        }
        break;
    case 'r':
        if (lcc_line_is(line, "Retry-After:")) {
            learn_retry_after(served, lcc_line_value(line));
        }
        break;
    case 'l':
        if (!served->no_body_status && lcc_line_is(line, "Last-Modified:")) {
            learn_last_modified(handle, lcc_line_value(line));
        } else if (served->status >= 300 && served->status < 400 &&
                   served->location_line == LCC_LINE_NONE &&
                   lcc_line_is(line, "Location:") &&
                   lcc_line_value(line).size) {
            served->location_line = (ssize_t)index;
        }
        break;
    default:
        break;
    }
}

void lcc_served_learn(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    const struct lcc_line *line = &served->lines[index];

    if (line->kind == LCC_PIECE_STATUS) {
        learn_status(served, line);
    } else if (line->kind == LCC_PIECE_FIELD && line->origin != CURLH_CONNECT &&
               line->size) {
        learn_field(handle, index);
    }
}
