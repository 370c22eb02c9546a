/*
 * holdback.c - our conditions on the real handle, and what waits to be told
 *
 * RFC 9111, section 4.3.1. What a swallowed answer means is revalidate.c's.
 */
#include "shim/holdback.h"

#include "shim/plan_parts.h"
#include "shim/recorder.h"
#include "shim/revalidate.h"
#include "shim/trace.h"

#include <errno.h>
#include <string.h>

struct lcc_holdback lcc_holdback_again(const struct lcc_holdback *hold)
{
    return (struct lcc_holdback){
        .ask = lcc_valid_ask_again(&hold->ask),
        .conditions = lcc_buf_again(&hold->conditions, SIZE_MAX),
        .lines = lcc_buf_again(&hold->lines, LCC_HOLD_LINES_MAX),
        .trace = lcc_buf_again(&hold->trace, LCC_HOLD_TRACE_MAX),
    };
}

/* --- the fields of the request ------------------------------------------- */

static const char if_none_match[] = "If-None-Match";
static const char if_modified_since[] = "If-Modified-Since";

static bool is_condition(struct lcc_span name)
{
    return lcc_span_equal_nocase(name, lcc_span_str(if_none_match)) ||
           lcc_span_equal_nocase(name, lcc_span_str(if_modified_since));
}

/* The name of a line of HTTPHEADER, or of a request on the wire. */
static struct lcc_span name_of(struct lcc_span line)
{
    const char *text = line.data;
    size_t size = 0;

    while (size < line.size && text[size] != ':' && text[size] != ';') {
        size++;
    }
    return lcc_span_of(text, size);
}

static struct lcc_span name_of_line(const struct curl_slist *line)
{
    return name_of(lcc_span_str(line->data));
}

/* NULL without memory, and then the list is freed. */
static struct curl_slist *append(const struct lcc_real *real,
                                 struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = real->slist_append(list, line);

    if (!longer) {
        real->slist_free_all(list);
    }
    return longer;
}

static bool has_condition(const struct curl_slist *line)
{
    while (line && !(line->data && is_condition(name_of_line(line)))) {
        line = line->next;
    }
    return line != NULL;
}

/* The program's list without its own conditions, which are part of ours. */
static bool copy_fields(const struct lcc_real *real,
                        const struct curl_slist *line, struct curl_slist **ret)
{
    struct curl_slist *list = NULL;

    for (; line; line = line->next) {
        if (!line->data || is_condition(name_of_line(line))) {
            continue;
        }
        list = append(real, list, line->data);
        if (!list) {
            return false;
        }
    }
    *ret = list;
    return true;
}

static int put_condition(struct lcc_buf *lines, const char *name,
                         const struct lcc_buf *value)
{
    int r = lcc_buf_append_str(lines, name);

    if (!r) {
        r = lcc_buf_append_str(lines, ": ");
    }
    if (!r) {
        r = lcc_buf_append(lines, lcc_buf_span(value));
    }
    return r ? r : lcc_buf_put_u8(lines, 0);
}

/* Two lines, each a C string; false without memory. */
static bool put_conditions(struct lcc_holdback *hold)
{
    const struct lcc_valid_ask *ask = &hold->ask;

    lcc_buf_clear(&hold->conditions);
    return !(ask->if_none_match.size &&
             put_condition(&hold->conditions, if_none_match,
                           &ask->if_none_match)) &&
           !(ask->if_modified_since.size &&
             put_condition(&hold->conditions, if_modified_since,
                           &ask->if_modified_since));
}

/* Our conditions, and behind them what the program sends: its own list, while
 * that names none. */
static bool make_fields(struct lcc_recorder *recorder)
{
    struct lcc_holdback *hold = &recorder->hold;
    struct curl_slist *rest =
        lcc_shadow_list(&recorder->handle->shadow, LCC_OPT_HTTPHEADER);
    char *line;

    if (has_condition(rest)) {
        if (!copy_fields(recorder->handle->real, rest, &hold->copied)) {
            return false;
        }
        rest = hold->copied;
    }
    if (!put_conditions(hold)) {
        return false;
    }
    line = (char *)hold->conditions.data;
    hold->fields = rest;
    for (size_t i = 0;
         i < LCC_ARRAY_SIZE(hold->own) &&
         line < (char *)hold->conditions.data + hold->conditions.size;
         i++) {
        hold->own[i] = (struct curl_slist){line, hold->fields};
        hold->fields = &hold->own[i];
        line += strlen(line) + 1;
    }
    return true;
}

static long wire_size(const char *name, size_t value)
{
    return value ? (long)(strlen(name) + strlen(": \r\n") + value) : 0;
}

long lcc_holdback_extra_bytes(const struct lcc_recorder *recorder)
{
    const struct lcc_valid_ask *ask = &recorder->hold.ask;
    const struct lcc_fields *own = &recorder->plan->request.fields;
    long bytes = wire_size(if_none_match, ask->if_none_match.size) +
                 wire_size(if_modified_since, ask->if_modified_since.size);

    for (size_t i = 0; i < own->count; i++) {
        if (is_condition(own->list[i].name)) {
            bytes -= (long)(own->list[i].name.size + strlen(": \r\n") +
                            own->list[i].value.size);
        }
    }
    return bytes;
}

/* --- the trace ----------------------------------------------------------- */

static bool is_traced(const struct lcc_handle *handle)
{
    return lcc_shadow_long(&handle->shadow, LCC_OPT_VERBOSE) != 0;
}

/* The program's own conditions, where ours stood. */
static int put_own(const struct lcc_recorder *recorder, struct lcc_buf *out)
{
    const struct lcc_fields *own = &recorder->plan->request.fields;
    int r = 0;

    for (size_t i = 0; !r && i < own->count; i++) {
        const struct lcc_field *field = &own->list[i];

        if (is_condition(field->name)) {
            r = lcc_buf_printf(out, "%.*s: %.*s\r\n", (int)field->name.size,
                               (const char *)field->name.data,
                               (int)field->value.size,
                               (const char *)field->value.data);
        }
    }
    return r;
}

/* A request as the program asked for it. */
static int put_request(const struct lcc_recorder *recorder, const char *data,
                       size_t size, struct lcc_buf *out)
{
    bool own = false;
    int r = 0;

    while (!r && size) {
        const char *end = memchr(data, '\n', size);
        size_t line = end ? (size_t)(end - data) + 1 : size;

        if (!is_condition(name_of(lcc_span_of(data, line)))) {
            r = lcc_buf_append(out, lcc_span_of(data, line));
        } else if (!own) {
            r = put_own(recorder, out);
            own = true;
        }
        data += line;
        size -= line;
    }
    return r;
}

static int on_trace(CURL *curl, curl_infotype type, char *data, size_t size,
                    void *user)
{
    struct lcc_recorder *recorder = user;
    struct lcc_holdback *hold = &recorder->hold;
    struct lcc_buf event = LCC_BUF_INIT(LCC_HOLD_TRACE_MAX);
    size_t before = hold->trace.size;
    int saved = errno;
    int r;

    (void)curl;
    if (hold->state != LCC_HOLD_WAITING || !recorder->handle) {
        return 0;
    }
    r = type == CURLINFO_HEADER_OUT && hold->fields
            ? put_request(recorder, data, size, &event)
            : lcc_buf_append(&event, lcc_span_of(data, size));
    if (!r) {
        r = lcc_buf_put_u8(&hold->trace, (uint8_t)type);
    }
    if (!r) {
        r = lcc_buf_put_span(&hold->trace, lcc_buf_span(&event));
    }
    if (r) {
        hold->trace.size = before;
    }
    lcc_buf_done(&event);
    errno = saved;
    return 0;
}

static void tell_trace(struct lcc_recorder *recorder)
{
    struct lcc_buf trace = recorder->hold.trace;
    struct lcc_span rest = lcc_buf_span(&trace);
    struct lcc_span event;
    uint8_t type;

    /* Ours alone: the program's function may end the recorder's handle. */
    recorder->hold.trace = LCC_BUF_INIT(LCC_HOLD_TRACE_MAX);
    while (recorder->handle && lcc_take_u8(&rest, &type) &&
           lcc_take_span(&rest, &event)) {
        lcc_trace(recorder->handle, (curl_infotype)type, event.data,
                  event.size);
    }
    lcc_buf_done(&trace);
}

/* --- the real handle's options ------------------------------------------- */

/* libcurl's own meter would be drawn twice when what is stored answers. */
static bool draws_meter(const struct lcc_handle *handle)
{
    const struct lcc_shadow *shadow = &handle->shadow;

    return !lcc_shadow_long(shadow, LCC_OPT_NOPROGRESS) &&
           !lcc_shadow_function(shadow, LCC_OPT_XFERINFOFUNCTION) &&
           !lcc_shadow_function(shadow, LCC_OPT_PROGRESSFUNCTION);
}

bool lcc_holdback_begin(struct lcc_recorder *recorder)
{
    const struct lcc_handle *handle = recorder->handle;
    const struct lcc_real *real = handle->real;
    struct lcc_holdback *hold = &recorder->hold;
    const bool asks =
        hold->ask.if_none_match.size || hold->ask.if_modified_since.size;

    if ((asks &&
         (!make_fields(recorder) ||
          real->easy_setopt(handle->curl, CURLOPT_HTTPHEADER, hold->fields))) ||
        (is_traced(handle) &&
         (real->easy_setopt(handle->curl, CURLOPT_DEBUGFUNCTION, on_trace) ||
          real->easy_setopt(handle->curl, CURLOPT_DEBUGDATA, recorder))) ||
        (draws_meter(handle) &&
         real->easy_setopt(handle->curl, CURLOPT_NOPROGRESS, 1L))) {
        lcc_holdback_restore(handle);
        return false;
    }
    (void)lcc_buf_reserve(&hold->lines, LCC_HOLD_LINES_FIRST);
    hold->state = LCC_HOLD_WAITING;
    return true;
}

void lcc_holdback_restore(const struct lcc_handle *handle)
{
    const struct lcc_real *real = handle->real;
    const struct lcc_shadow *shadow = &handle->shadow;

    real->easy_setopt(handle->curl, CURLOPT_HTTPHEADER,
                      lcc_shadow_list(shadow, LCC_OPT_HTTPHEADER));
    real->easy_setopt(handle->curl, CURLOPT_DEBUGFUNCTION,
                      lcc_shadow_function(shadow, LCC_OPT_DEBUGFUNCTION));
    real->easy_setopt(handle->curl, CURLOPT_DEBUGDATA,
                      lcc_shadow_pointer(shadow, LCC_OPT_DEBUGDATA));
    real->easy_setopt(handle->curl, CURLOPT_NOPROGRESS,
                      lcc_shadow_long(shadow, LCC_OPT_NOPROGRESS));
}

bool lcc_holdback_holds(const struct lcc_recorder *recorder, CURLoption option)
{
    return recorder->hold.state != LCC_HOLD_NONE &&
           (option == CURLOPT_HTTPHEADER || option == CURLOPT_DEBUGFUNCTION ||
            option == CURLOPT_DEBUGDATA || option == CURLOPT_NOPROGRESS);
}

void lcc_holdback_off(struct lcc_recorder *recorder)
{
    recorder->real->slist_free_all(recorder->hold.copied);
    recorder->hold.copied = NULL;
    recorder->hold.fields = NULL;
}

void lcc_holdback_done(struct lcc_holdback *hold)
{
    lcc_valid_ask_done(&hold->ask);
    lcc_buf_done(&hold->conditions);
    lcc_buf_done(&hold->lines);
    lcc_buf_done(&hold->trace);
}

void lcc_holdback_release(struct lcc_recorder *recorder)
{
    if (recorder->hold.state == LCC_HOLD_NONE) {
        return;
    }
    recorder->hold.state = LCC_HOLD_NONE;
    if (recorder->handle && !recorder->detached) {
        lcc_holdback_restore(recorder->handle);
        tell_trace(recorder);
    }
}

/* --- deciding ------------------------------------------------------------ */

/* What RFC 5861, section 4 takes for an error. */
static bool is_origin_error(int status)
{
    return status == 500 || status == 502 || status == 503 || status == 504;
}

/* Is it the origin's? libcurl counts a proxy's answer to CONNECT elsewhere. */
static bool is_final(const struct lcc_recorder *recorder, int status)
{
    long code = 0;

    recorder->handle->real->easy_getinfo(recorder->handle->curl,
                                         CURLINFO_RESPONSE_CODE, &code);
    return status >= 200 && code == status;
}

static enum lcc_hold_state after_status(const struct lcc_recorder *recorder,
                                        int status)
{
    const struct lcc_holdback *hold = &recorder->hold;

    if (!status) {
        return LCC_HOLD_NONE;
    }
    if (!is_final(recorder, status)) {
        return LCC_HOLD_WAITING;
    }
    if (status == 304 && hold->ask.ours) {
        return LCC_HOLD_WAITING; /* its tag says whose it is */
    }
    return hold->stale_if_error && is_origin_error(status) ? LCC_HOLD_ERROR
                                                           : LCC_HOLD_NONE;
}

static enum lcc_hold_state after_block(struct lcc_recorder *recorder)
{
    return recorder->status == 304 && recorder->hold.ask.ours &&
                   is_final(recorder, 304)
               ? lcc_revalidate_judge(recorder)
               : after_status(recorder, recorder->status);
}

static enum lcc_hold_state next_state(struct lcc_recorder *recorder,
                                      enum lcc_piece_kind kind,
                                      struct lcc_span line)
{
    struct lcc_holdback *hold = &recorder->hold;

    if (hold->state != LCC_HOLD_WAITING) {
        return hold->state;
    }
    if (kind == LCC_PIECE_STATUS) {
        return after_status(recorder, lcc_recorder_status_code(line));
    }
    return kind == LCC_PIECE_END ? after_block(recorder) : LCC_HOLD_WAITING;
}

enum lcc_hold_line lcc_holdback_line(struct lcc_recorder *recorder,
                                     enum lcc_piece_kind kind,
                                     struct lcc_span line)
{
    struct lcc_holdback *hold = &recorder->hold;
    size_t before = hold->lines.size;
    enum lcc_hold_state next;

    if (hold->state == LCC_HOLD_NONE) {
        return LCC_HOLD_TELL;
    }
    next = next_state(recorder, kind, line);
    /* Room for the NUL that a callback finds behind its line. */
    if (next == LCC_HOLD_WAITING &&
        (lcc_buf_put_u32(&hold->lines, (uint32_t)line.size) ||
         lcc_buf_append(&hold->lines, line) ||
         lcc_buf_put_u8(&hold->lines, 0))) {
        hold->lines.size = before;
        next = LCC_HOLD_NONE;
    }
    if (next == LCC_HOLD_NONE) {
        lcc_holdback_release(recorder);
        return LCC_HOLD_TELL;
    }
    hold->state = next;
    return LCC_HOLD_KEEP;
}

bool lcc_holdback_body(struct lcc_recorder *recorder, size_t size,
                       bool *ret_stop)
{
    struct lcc_holdback *hold = &recorder->hold;

    if (hold->state == LCC_HOLD_WAITING) {
        lcc_holdback_release(recorder);
    }
    if (hold->state == LCC_HOLD_NONE) {
        return false;
    }
    hold->swallowed_bytes += size;
    *ret_stop = hold->swallowed_bytes > LCC_HOLD_ERROR_MAX;
    return true;
}

/* --- the lines that wait --------------------------------------------------*/

bool lcc_holdback_next(struct lcc_holdback *hold, char **ret_line,
                       size_t *ret_size)
{
    struct lcc_span rest = lcc_buf_span(&hold->lines);
    uint32_t size;

    if (!lcc_take_u32(&rest, &size) || rest.size <= size) {
        return false;
    }
    *ret_line = (char *)hold->lines.data + sizeof(uint32_t);
    *ret_size = size;
    return true;
}

void lcc_holdback_told(struct lcc_holdback *hold)
{
    char *line;
    size_t size;

    if (lcc_holdback_next(hold, &line, &size)) {
        size_t all = sizeof(uint32_t) + size + 1;

        memmove(hold->lines.data, hold->lines.data + all,
                hold->lines.size - all);
        hold->lines.size -= all;
    }
}
