/*
 * replayer_lines.c - what goes with each header line and trailer of a hit
 *
 * In libcurl's order: what it learns of a line, its trace, the program's
 * callbacks, and what it judges when a block has ended.
 */
#include "shim/replayer_parts.h"

#include "shim/delivery.h"
#include "shim/set_cookie.h"
#include "shim/trace.h"

/* The end of a block: what libcurl knows only now, and its length limit. */
static CURLcode block_ends(struct lcc_handle *handle,
                           const struct lcc_line *line)
{
    struct lcc_served *served = handle->state->served;
    int64_t most = lcc_shadow_off(&handle->shadow, LCC_OPT_MAXFILESIZE_LARGE);

    if (line->origin != CURLH_HEADER || served->length_unusable ||
        served->length < 0) {
        return CURLE_OK;
    }
    if (most && served->length > most) {
        lcc_trace_error(handle, "Maximum file size exceeded");
        return CURLE_FILESIZE_EXCEEDED;
    }
    served->progress.total = served->length;
    return CURLE_OK;
}

/* Nothing is left to resume; but where Content-Range names no position, libcurl
 * has forgotten by now that it resumes. */
static bool is_end_of_file(const struct lcc_handle *handle,
                           const struct lcc_line *line)
{
    return line->status == 416 && handle->state->served->resume_from &&
           handle->shadow.method == LCC_METHOD_GET;
}

/* FAILONERROR judges the final response alone: an earlier one was followed,
 * or answered by a login. */
static CURLcode fail_on_error(struct lcc_handle *handle,
                              const struct lcc_line *line)
{
    if (!line->last_block || line->status < 400 ||
        is_end_of_file(handle, line) ||
        !lcc_shadow_long(&handle->shadow, LCC_OPT_FAILONERROR)) {
        return CURLE_OK;
    }
    lcc_trace_error(handle, "The requested URL returned error: %d",
                    line->status);
    return CURLE_HTTP_RETURNED_ERROR;
}

static void trace_line(struct lcc_handle *handle, size_t index)
{
    struct lcc_span bytes = lcc_served_line(handle->state->served, index);

    lcc_trace(handle, CURLINFO_HEADER_IN, bytes.data, bytes.size);
}

/* Before the program is told a line. */
static CURLcode line_comes(struct lcc_handle *handle, size_t index)
{
    const struct lcc_line *line = &handle->state->served->lines[index];

    if (line->kind == LCC_PIECE_END) {
        return block_ends(handle, line);
    }
    lcc_served_learn(handle, index);
    if (line->mark == LCC_MARK_COOKIE) {
        lcc_set_cookie(handle, index);
    }
    if (line->kind != LCC_PIECE_TRAILER) {
        trace_line(handle, index);
    }
    return CURLE_OK;
}

/* Once it has taken it. The empty line libcurl shows in the trace last, and
 * not at all after an interim response. */
static CURLcode line_told(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    const struct lcc_line *line = &served->lines[index];
    CURLcode code = CURLE_OK;

    if (line->kind != LCC_PIECE_TRAILER) {
        served->header_size += (int64_t)line->size;
    }
    if (line->kind == LCC_PIECE_END) {
        lcc_catch_up_login(handle, line->status);
        code = fail_on_error(handle, line);
        if (code == CURLE_OK && line->origin != CURLH_1XX) {
            trace_line(handle, index);
        }
    }
    return code;
}

/* A proxy's answer to CONNECT that the program does not want to see: libcurl
 * reads, traces and counts it all the same. */
static bool hide(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    struct lcc_line *line = &served->lines[index];

    if (line->origin != CURLH_CONNECT ||
        !lcc_shadow_long(&handle->shadow, LCC_OPT_SUPPRESS_CONNECT_HEADERS)) {
        return false;
    }
    lcc_served_learn(handle, index);
    trace_line(handle, index);
    served->header_size += (int64_t)line->size;
    line->origin = 0; /* no question of the header API finds it */
    served->laid_out_of = 0;
    return true;
}

/* The next line that is due in this phase; line_count: none. */
static size_t next_line(struct lcc_handle *handle, size_t from, bool trailers)
{
    const struct lcc_served *served = handle->state->served;

    while (from < served->line_count &&
           ((served->lines[from].kind == LCC_PIECE_TRAILER) != trailers ||
            hide(handle, from))) {
        from++;
    }
    return from;
}

static CURLcode tell_line(struct lcc_handle *handle,
                          struct lcc_telling *telling)
{
    CURLcode code = line_comes(handle, telling->line);

    telling->due = true;
    return code == CURLE_OK ? lcc_delivery_line(handle, telling->line) : code;
}

/* Lines or trailers, until all are told or the program pauses. */
CURLcode lcc_replay_lines(struct lcc_handle *handle,
                          struct lcc_telling *telling)
{
    const bool trailers = telling->phase == LCC_TELL_TRAILERS;
    const struct lcc_served *served = handle->state->served;
    CURLcode code = CURLE_OK;

    while (code == CURLE_OK && !served->paused) {
        if (telling->due) {
            telling->due = false;
            code = line_told(handle, telling->line++);
            continue;
        }
        telling->line = next_line(handle, telling->line, trailers);
        if (telling->line == served->line_count) {
            telling->line = 0;
            telling->phase++;
            return CURLE_OK;
        }
        code = tell_line(handle, telling);
    }
    return code;
}
