/*
 * recorder_lines.c - header lines as they come, and what they begin or end
 */
#include "shim/recorder.h"

#include "shim/coalesce.h"
#include "shim/hops.h"
#include "store/clock.h"

#include <errno.h>
#include <string.h>

static bool starts_with_nocase(struct lcc_span text, const char *word)
{
    size_t size = strlen(word);

    return text.size >= size &&
           lcc_span_equal_nocase(lcc_span_of(text.data, size),
                                 lcc_span_of(word, size));
}

static bool is_empty_line(struct lcc_span line)
{
    const char *text = line.data;

    return (line.size == 1 && text[0] == '\n') ||
           (line.size == 2 && text[0] == '\r' && text[1] == '\n');
}

int lcc_recorder_status_code(struct lcc_span line)
{
    const char *text = line.data;
    const char *end = text + line.size;
    int code = 0;

    while (text < end && *text != ' ') {
        text++;
    }
    while (text < end && *text == ' ') {
        text++;
    }
    for (int i = 0; i < 3; i++, text++) {
        if (text >= end || *text < '0' || *text > '9') {
            return 0;
        }
        code = code * 10 + (*text - '0');
    }
    return code;
}

/* The first Location that is not empty counts, as in libcurl. */
static int note_location(struct lcc_recorder *recorder, struct lcc_span line)
{
    const size_t name = strlen("Location:");
    struct lcc_span value;
    int r;

    if (recorder->location.size || recorder->status / 100 != 3 ||
        !starts_with_nocase(line, "Location:")) {
        return 0;
    }
    value = lcc_span_of((const char *)line.data + name, line.size - name);
    while (value.size && (((const char *)value.data)[value.size - 1] == '\n' ||
                          ((const char *)value.data)[value.size - 1] == '\r')) {
        value.size--;
    }
    value = lcc_span_trim(value);
    if (!value.size) {
        return 0;
    }
    r = lcc_buf_append(&recorder->location, value);
    return r ? r : lcc_buf_put_u8(&recorder->location, 0);
}

/* Another URL was set since the last block: libcurl takes it where it asks
 * again, to log in or over a new connection. */
static bool has_other_url(struct lcc_recorder *recorder)
{
    const unsigned int before = recorder->urls_given;

    recorder->urls_given = recorder->handle->shadow.urls_given;
    return recorder->urls_given != before;
}

/* A block follows one that had a Location: libcurl has followed it. */
static int note_hop(struct lcc_recorder *recorder)
{
    const bool other = has_other_url(recorder);
    struct lcc_hash digest;
    int r;

    if (!recorder->plan->follow || !recorder->location.size) {
        return other ? -EINVAL : 0;
    }
    r = lcc_hops_step(recorder->handle, recorder->plan,
                      lcc_store_secret(recorder->process->store),
                      &recorder->base_url,
                      (const char *)recorder->location.data, &digest);
    if (r) {
        return r;
    }
    if (!lcc_hops_confirm(recorder->handle, &recorder->base_url)) {
        return -EINVAL;
    }
    return lcc_buf_append(&recorder->hops,
                          lcc_span_of(digest.bytes, sizeof(digest.bytes)));
}

/* What kind a line is by its place; independent of whether we store. */
enum lcc_piece_kind lcc_recorder_kind_of(const struct lcc_recorder *recorder,
                                         struct lcc_span line)
{
    if (recorder->in_block) {
        return is_empty_line(line) ? LCC_PIECE_END : LCC_PIECE_FIELD;
    }
    if (!recorder->block_seen) {
        return LCC_PIECE_STATUS;
    }
    return !recorder->body_seen && starts_with_nocase(line, "HTTP/")
               ? LCC_PIECE_STATUS
               : LCC_PIECE_TRAILER;
}

static void follow_line(struct lcc_recorder *recorder, enum lcc_piece_kind kind,
                        struct lcc_span line)
{
    if (kind == LCC_PIECE_STATUS) {
        recorder->block_seen = true;
        recorder->in_block = true;
        recorder->made_told = false;
        recorder->status = lcc_recorder_status_code(line);
        lcc_buf_clear(&recorder->location);
    } else if (kind == LCC_PIECE_END) {
        recorder->in_block = false;
        recorder->response_time_s = lcc_clock_now_s();
    }
}

/* The head of the answer is complete and those who wait for it may go: no
 * other block follows but where libcurl follows a redirect, logs in or asks
 * what is stored for itself. Without a body to come the end is near anyway. */
static bool is_awaited(const struct lcc_recorder *recorder)
{
    return recorder->handle && lcc_coalesce_leads(recorder->handle->state) &&
           recorder->given_up == LCC_REASON_NONE &&
           recorder->hold.state == LCC_HOLD_NONE && recorder->status >= 200 &&
           recorder->status != 401 && recorder->status != 407 &&
           !(recorder->plan->follow && recorder->location.size) &&
           !recorder->plan->no_body;
}

static int keep_line(struct lcc_recorder *recorder, struct lcc_span line)
{
    enum lcc_piece_kind kind = lcc_recorder_kind_of(recorder, line);
    /* A 304 of ours is needed whether or not anything can be stored. */
    bool keep = recorder->given_up == LCC_REASON_NONE ||
                recorder->hold.state != LCC_HOLD_NONE;
    int r = 0;

    if (keep && kind == LCC_PIECE_STATUS) {
        r = note_hop(recorder);
    }
    follow_line(recorder, kind, line);
    recorder->head_cut =
        recorder->head_cut || (!keep && kind == LCC_PIECE_STATUS);
    if (r || !keep) {
        return r;
    }
    if (kind == LCC_PIECE_STATUS && !recorder->status) {
        return -EBADMSG; /* ICY and other answers that are not HTTP's */
    }
    if (kind == LCC_PIECE_FIELD) {
        r = note_location(recorder, line);
    }
    if (!r) {
        r = lcc_pieces_add(&recorder->head, &recorder->pieces, kind, line);
    }
    if (!r && kind == LCC_PIECE_END && is_awaited(recorder)) {
        lcc_recorder_judge(recorder);
    }
    return r;
}

/* Lines that were joined by a pause are kept one by one. */
void lcc_recorder_keep_lines(struct lcc_recorder *recorder,
                             struct lcc_span lines)
{
    const char *text = lines.data;
    size_t left = lines.size;

    while (left && recorder->handle) {
        const char *end = memchr(text, '\n', left);
        size_t size = end ? (size_t)(end - text) + 1 : left;
        int r = keep_line(recorder, lcc_span_of(text, size));

        if (r) {
            lcc_recorder_give_up(recorder, r == -ENOMEM
                                               ? LCC_REASON_NO_MEMORY
                                               : LCC_REASON_NOT_STORABLE);
        }
        text += size;
        left -= size;
    }
}
