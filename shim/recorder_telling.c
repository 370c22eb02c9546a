/*
 * recorder_telling.c - the program is told what arrives, through its callbacks
 *
 * In libcurl's order: under CURLOPT_HEADER a line goes to the write callback
 * first. A pause may cut a line between the two.
 */
#include "shim/recorder_parts.h"

#include "shim/callbacks.h"

#include <string.h>

static enum lcc_telling telling_of(size_t answer, size_t size)
{
    if (answer == CURL_WRITEFUNC_PAUSE) {
        return LCC_TOLD_PAUSE;
    }
    return answer == size ? LCC_TOLD : LCC_TOLD_REFUSED;
}

/* The write callback's half of a header line, under CURLOPT_HEADER. */
static enum lcc_telling tell_write_half(struct lcc_recorder *recorder,
                                        char *data, size_t end)
{
    while (recorder->handle && recorder->shown < end) {
        size_t left = end - recorder->shown;
        size_t size = left < CURL_MAX_WRITE_SIZE ? left : CURL_MAX_WRITE_SIZE;
        enum lcc_telling told = telling_of(
            lcc_callbacks_write(recorder->handle, data + recorder->shown, size),
            size);

        if (told != LCC_TOLD) {
            recorder->write_failed = told == LCC_TOLD_REFUSED;
            return told;
        }
        recorder->shown += size;
    }
    return LCC_TOLD;
}

/* The header callback's half: the bytes from header_told to @end. */
static enum lcc_telling tell_header_half(struct lcc_recorder *recorder,
                                         char *data, size_t end)
{
    size_t from = recorder->header_told;
    enum lcc_telling told = LCC_TOLD;

    recorder->header_due = 0;
    if (recorder->handle && lcc_callbacks_want_headers(recorder->handle)) {
        told = telling_of(
            lcc_callbacks_header(recorder->handle, data + from, end - from),
            end - from);
    }
    if (told == LCC_TOLD) {
        recorder->header_told = end;
    } else if (told == LCC_TOLD_PAUSE) {
        recorder->header_due = end;
    }
    return told;
}

/* A trailer never goes to the write callback. */
static enum lcc_telling tell_line(struct lcc_recorder *recorder, char *data,
                                  size_t size, bool trailer)
{
    enum lcc_telling told = LCC_TOLD;

    if (recorder->header_due) {
        told = tell_header_half(recorder, data, recorder->header_due);
    }
    if (told != LCC_TOLD || recorder->header_told >= size) {
        return told;
    }
    if (recorder->handle && !trailer &&
        lcc_shadow_long(&recorder->handle->shadow, LCC_OPT_HEADER)) {
        told = tell_write_half(recorder, data, size);
    }
    return told == LCC_TOLD ? tell_header_half(recorder, data, size) : told;
}

static void line_is_told(struct lcc_recorder *recorder)
{
    recorder->shown = 0;
    recorder->header_told = 0;
}

enum lcc_telling lcc_recorder_tell_first(struct lcc_recorder *recorder)
{
    enum lcc_telling told = LCC_TOLD;
    char *line;
    size_t size;

    while (told == LCC_TOLD && recorder->handle &&
           lcc_holdback_next(&recorder->hold, &line, &size)) {
        told = tell_line(recorder, line, size, false);
        if (told == LCC_TOLD) {
            lcc_holdback_told(&recorder->hold);
            line_is_told(recorder);
        }
    }
    return told;
}

static enum lcc_telling tell_header(struct lcc_recorder *recorder, char *data,
                                    size_t size)
{
    const bool trailer =
        lcc_recorder_kind_of(recorder, lcc_span_of(data, size)) ==
        LCC_PIECE_TRAILER;
    enum lcc_telling told = lcc_recorder_tell_first(recorder);

    return told == LCC_TOLD ? tell_line(recorder, data, size, trailer) : told;
}

void lcc_recorder_tell_held(struct lcc_recorder *recorder)
{
    lcc_holdback_release(recorder);
    (void)lcc_recorder_tell_first(recorder);
}

/* --- what we say ourselves ----------------------------------------------- */

/* Is Cache-Status due before this line? Not in interim responses, and not
 * where a pause has joined the end of the block to what came before. */
static bool is_made_due(const struct lcc_recorder *recorder,
                        struct lcc_span line)
{
    return recorder->why != LCC_REASON_NONE && !recorder->made_told &&
           recorder->in_block && recorder->status >= 200 && line.size &&
           (((const char *)line.data)[0] == '\r' ||
            ((const char *)line.data)[0] == '\n');
}

/* A pause comes back to it: libcurl tells the empty line again then. */
static enum lcc_telling tell_made(struct lcc_recorder *recorder)
{
    enum lcc_telling told;

    if (!recorder->made[0]) {
        lcc_recorder_make_status(recorder);
    }
    told = tell_header(recorder, recorder->made, strlen(recorder->made));
    if (told == LCC_TOLD) {
        recorder->made_told = true;
        recorder->made[0] = '\0';
        line_is_told(recorder);
    }
    return told;
}

enum lcc_telling lcc_recorder_tell_line(struct lcc_recorder *recorder,
                                        char *data, size_t size)
{
    enum lcc_telling told = LCC_TOLD;

    if (is_made_due(recorder, lcc_span_of(data, size))) {
        told = tell_made(recorder);
    }
    if (told == LCC_TOLD) {
        told = tell_header(recorder, data, size);
    }
    if (told == LCC_TOLD) {
        line_is_told(recorder);
    }
    return told;
}
