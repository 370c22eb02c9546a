/*
 * http_ranged.c - 206, 416 and the whole 200 out of a stored response
 *
 * Pure. RFC 9110, sections 14.2, 14.6, 15.3.7 and 15.5.17; RFC 9111, 3.4.
 */
#include "store/http_ranged.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- what the answer is -------------------------------------------------- */

static bool is_encoded(const struct lcc_response *response)
{
    const struct lcc_field *field =
        lcc_fields_find(&response->fields, "Content-Encoding");

    return field && field->value.size &&
           !lcc_span_equal_nocase(field->value, lcc_span_str("identity"));
}

/* A server that says it has no ranges answers with the whole (14.3). */
static bool refuses_ranges(const struct lcc_response *response)
{
    const struct lcc_field *field =
        lcc_fields_find(&response->fields, "Accept-Ranges");

    return field && lcc_span_equal_nocase(field->value, lcc_span_str("none"));
}

static void whole(const struct lcc_ranged_question *question,
                  struct lcc_ranged_answer *ret)
{
    ret->kind = question->partial ? LCC_RANGED_WHOLE : LCC_RANGED_AS_STORED;
    if (question->partial) {
        ret->count = 1;
        ret->ranges[0] = (struct lcc_range){0, question->complete - 1};
    }
}

/* Section 14.2: a range counts where the answer without it would be a 200. */
static bool range_counts(const struct lcc_ranged_question *question)
{
    const struct lcc_response *response = question->response;

    if (!question->set || (!question->partial && response->status != 200) ||
        question->ignored || refuses_ranges(response)) {
        return false;
    }
    return !question->if_range.size ||
           lcc_if_range_holds(question->if_range, response);
}

void lcc_ranged_decide(const struct lcc_ranged_question *question,
                       struct lcc_ranged_answer *ret)
{
    ret->complete = question->complete;
    ret->count = 0;
    if (!range_counts(question)) {
        whole(question, ret);
        return;
    }
    if (question->decoded && is_encoded(question->response)) {
        ret->kind = LCC_RANGED_ASK;
        return;
    }
    switch (lcc_range_resolve(question->set, question->complete, ret->ranges,
                              &ret->count)) {
    case 0:
        ret->kind = ret->count == 1 ? LCC_RANGED_PART : LCC_RANGED_PARTS;
        break;
    case LCC_RANGE_UNSATISFIABLE:
        ret->kind = LCC_RANGED_UNSATISFIABLE;
        break;
    default:
        ret->kind = LCC_RANGED_ASK;
        break;
    }
}

void lcc_ranged_as_whole(struct lcc_response *blocks, size_t count)
{
    if (count && blocks[count - 1].status == 206) {
        blocks[count - 1].status = 200;
    }
}

/* --- its body ------------------------------------------------------------ */

void lcc_ranged_done(struct lcc_ranged *ranged)
{
    lcc_buf_done(&ranged->head);
    lcc_buf_done(&ranged->pieces);
    lcc_buf_done(&ranged->text);
}

static void boundary_text(const struct lcc_hash *boundary,
                          char out[LCC_BOUNDARY_SIZE])
{
    for (size_t i = 0; i < (LCC_BOUNDARY_SIZE - 1) / 2; i++) {
        snprintf(out + 2 * i, 3, "%02x", boundary->bytes[i]);
    }
}

static void add_segment(struct lcc_ranged *ranged, bool stored, uint64_t offset,
                        uint64_t size)
{
    ranged->segments[ranged->count++] =
        (struct lcc_segment){stored, offset, size};
    ranged->size += size;
}

static void add_range(struct lcc_ranged *ranged, const struct lcc_range *range)
{
    add_segment(ranged, true, range->first, range->last - range->first + 1);
}

/* What stands before a part (14.6), or after the last one. */
static int add_text(struct lcc_ranged *ranged, const char *boundary,
                    struct lcc_span type, uint64_t complete,
                    const struct lcc_range *range)
{
    size_t from = ranged->text.size;
    int r = lcc_buf_printf(&ranged->text, "\r\n--%s%s\r\n", boundary,
                           range ? "" : "--");

    if (!r && range && type.size) {
        r = lcc_buf_append_str(&ranged->text, "Content-Type: ");
        if (!r) {
            r = lcc_buf_append(&ranged->text, type);
        }
        if (!r) {
            r = lcc_buf_append_str(&ranged->text, "\r\n");
        }
    }
    if (!r && range) {
        r = lcc_buf_printf(&ranged->text,
                           "Content-Range: bytes %" PRIu64 "-%" PRIu64
                           "/%" PRIu64 "\r\n\r\n",
                           range->first, range->last, complete);
    }
    if (!r) {
        add_segment(ranged, false, from, ranged->text.size - from);
    }
    return r;
}

static int make_parts(const struct lcc_ranged_answer *answer,
                      const char *boundary, struct lcc_span type,
                      struct lcc_ranged *ranged)
{
    int r = 0;

    for (size_t i = 0; !r && i < answer->count; i++) {
        r = add_text(ranged, boundary, type, answer->complete,
                     &answer->ranges[i]);
        if (!r) {
            add_range(ranged, &answer->ranges[i]);
        }
    }
    return r ? r : add_text(ranged, boundary, type, answer->complete, NULL);
}

static int make_body(const struct lcc_ranged_answer *answer,
                     const char *boundary, struct lcc_span type,
                     struct lcc_ranged *ranged)
{
    if (answer->kind == LCC_RANGED_PARTS) {
        return make_parts(answer, boundary, type, ranged);
    }
    for (size_t i = 0; i < answer->count; i++) {
        add_range(ranged, &answer->ranges[i]);
    }
    return 0;
}

/* --- its header lines
 * --------------------------------------------------------- */

/* The three fields that an answer has of its own. */
enum own { OWN_LENGTH, OWN_RANGE, OWN_TYPE, OWN_MAX };

static const char *const own_names[OWN_MAX] = {
    [OWN_LENGTH] = "Content-Length",
    [OWN_RANGE] = "Content-Range",
    [OWN_TYPE] = "Content-Type",
};

/* They tell of the stored content, which is not the answer's. */
static const char *const dropped[] = {
    "Transfer-Encoding",
    "Trailer",
    "Content-MD5",
    "Content-Digest",
};

/* With a 416 goes all that tells of the representation (15.5.17). */
static const char *const dropped_416[] = {
    "Content-Encoding",
    "Content-Language",
    "Content-Location",
    "Content-Disposition",
    "ETag",
    "Last-Modified",
    "Repr-Digest",
    "Digest",
};

struct making {
    const struct lcc_ranged_answer *answer;
    const char *boundary;
    struct lcc_ranged *ranged;
    bool lower; /* HTTP/2 has field names in lower case */
    bool told[OWN_MAX];
    bool skips; /* the line before was left out: so are its folds */
};

static struct lcc_span name_of(struct lcc_span line)
{
    const char *colon = memchr(line.data, ':', line.size);

    return lcc_span_of(line.data,
                       colon ? (size_t)(colon - (const char *)line.data) : 0);
}

static struct lcc_span value_of(struct lcc_span line)
{
    const char *text = line.data;
    const char *colon = memchr(text, ':', line.size);
    size_t end = line.size;

    if (!colon) {
        return LCC_SPAN_EMPTY;
    }
    while (end && (text[end - 1] == '\r' || text[end - 1] == '\n')) {
        end--;
    }
    size_t from = (size_t)(colon - text) + 1;
    return end > from ? lcc_span_trim(lcc_span_of(text + from, end - from))
                      : LCC_SPAN_EMPTY;
}

static bool is_named(struct lcc_span name, const char *const *names,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (lcc_span_equal_nocase(name, lcc_span_str(names[i]))) {
            return true;
        }
    }
    return false;
}

/* OWN_MAX when it is none of ours. */
static enum own own_of(struct lcc_span name)
{
    int own = OWN_LENGTH;

    while (own < OWN_MAX &&
           !lcc_span_equal_nocase(name, lcc_span_str(own_names[own]))) {
        own++;
    }
    return (enum own)own;
}

/* The value that the answer has for it; empty: it has none. */
static void own_value(const struct making *making, enum own own, char *out,
                      size_t size)
{
    const struct lcc_ranged_answer *answer = making->answer;

    out[0] = '\0';
    if (own == OWN_LENGTH) {
        snprintf(out, size, "%" PRIu64, making->ranged->size);
    } else if (own == OWN_TYPE && answer->kind == LCC_RANGED_PARTS) {
        snprintf(out, size, "multipart/byteranges; boundary=%s",
                 making->boundary);
    } else if (own == OWN_RANGE && answer->kind == LCC_RANGED_PART) {
        snprintf(out, size, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                 answer->ranges[0].first, answer->ranges[0].last,
                 answer->complete);
    } else if (own == OWN_RANGE && answer->kind == LCC_RANGED_UNSATISFIABLE) {
        snprintf(out, size, "bytes */%" PRIu64, answer->complete);
    }
}

static int put(struct making *making, enum lcc_piece_kind kind,
               struct lcc_span line)
{
    return lcc_pieces_add(&making->ranged->head, &making->ranged->pieces, kind,
                          line);
}

static int put_own(struct making *making, enum own own, const char *value)
{
    char line[160];
    int size =
        snprintf(line, sizeof(line), "%s: %s\r\n", own_names[own], value);

    making->told[own] = true;
    for (char *c = line; making->lower && *c != ':'; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
    }
    return put(making, LCC_PIECE_FIELD, lcc_span_of(line, (size_t)size));
}

/* A stored line of one of our fields: kept where it says what is true of the
 * answer, so that a range which was fetched comes back byte for byte. */
static int replace(struct making *making, enum own own, struct lcc_span line)
{
    char value[128];

    own_value(making, own, value, sizeof(value));
    if (own == OWN_TYPE && !value[0] &&
        making->answer->kind != LCC_RANGED_UNSATISFIABLE) {
        return put(making, LCC_PIECE_FIELD, line);
    }
    making->skips = true;
    if (!value[0] || making->told[own]) {
        return 0;
    }
    if (lcc_span_equal(value_of(line), lcc_span_str(value))) {
        making->told[own] = true;
        return put(making, LCC_PIECE_FIELD, line);
    }
    return put_own(making, own, value);
}

static int field_line(struct making *making, struct lcc_span line)
{
    const char *text = line.data;
    struct lcc_span name = name_of(line);
    enum own own = own_of(name);

    if (line.size && (text[0] == ' ' || text[0] == '\t')) {
        return making->skips ? 0 : put(making, LCC_PIECE_FIELD, line);
    }
    making->skips = false;
    if (own != OWN_MAX) {
        return replace(making, own, line);
    }
    making->skips = is_named(name, dropped, LCC_ARRAY_SIZE(dropped)) ||
                    (making->answer->kind == LCC_RANGED_UNSATISFIABLE &&
                     is_named(name, dropped_416, LCC_ARRAY_SIZE(dropped_416)));
    return making->skips ? 0 : put(making, LCC_PIECE_FIELD, line);
}

/* Those of ours that no stored line stood for, before the empty line. */
static int end_line(struct making *making, struct lcc_span line)
{
    char value[128];
    int r = 0;

    for (int own = OWN_LENGTH; !r && own < OWN_MAX; own++) {
        own_value(making, (enum own)own, value, sizeof(value));
        if (value[0] && !making->told[own]) {
            r = put_own(making, (enum own)own, value);
        }
    }
    return r ? r : put(making, LCC_PIECE_END, line);
}

static int status_of(enum lcc_ranged_kind kind)
{
    return kind == LCC_RANGED_WHOLE           ? 200
           : kind == LCC_RANGED_UNSATISFIABLE ? 416
                                              : 206;
}

/* "HTTP/1.1 206 Partial Content", with the version of the stored line; HTTP/2
 * has no words. */
static int status_line(struct making *making, struct lcc_span stored)
{
    const int status = status_of(making->answer->kind);
    const char *text = stored.data;
    const char *space = memchr(text, ' ', stored.size);
    const char *words = status == 200   ? "OK"
                        : status == 206 ? "Partial Content"
                                        : "Range Not Satisfiable";
    char code[4];
    char line[64];
    int version;
    int size;

    if (!space || space - text > 16) {
        return -EBADMSG;
    }
    version = (int)(space - text);
    making->lower = version < (int)strlen("HTTP/1.1");
    snprintf(code, sizeof(code), "%d", status);
    if (stored.size >= (size_t)version + 4 && memcmp(space + 1, code, 3) == 0) {
        return put(making, LCC_PIECE_STATUS, stored);
    }
    size = snprintf(line, sizeof(line), "%.*s %s %s\r\n", version, text, code,
                    making->lower ? "" : words);
    return put(making, LCC_PIECE_STATUS, lcc_span_of(line, (size_t)size));
}

static int make_line(struct making *making, const struct lcc_piece *piece)
{
    switch (piece->kind) {
    case LCC_PIECE_STATUS:
        return status_line(making, piece->bytes);
    case LCC_PIECE_FIELD:
        return field_line(making, piece->bytes);
    case LCC_PIECE_END:
        return end_line(making, piece->bytes);
    case LCC_PIECE_TRAILER: /* of the whole, and perhaps a digest of it */
    case LCC_PIECE_KIND_MAX_:
        break;
    }
    return 0;
}

/* Where the final block begins; how many pieces before it. */
static bool final_block(const struct lcc_entry *entry, size_t *ret)
{
    struct lcc_pieces from = LCC_PIECES_OF(entry);
    struct lcc_piece piece;
    bool found = false;

    for (size_t at = 0; lcc_pieces_next(&from, &piece); at++) {
        if (piece.kind == LCC_PIECE_STATUS) {
            *ret = at;
            found = true;
        }
    }
    return found;
}

static struct lcc_span type_of(const struct lcc_entry *entry, size_t final)
{
    struct lcc_pieces from = LCC_PIECES_OF(entry);
    struct lcc_span type = LCC_SPAN_EMPTY;
    struct lcc_piece piece;

    for (size_t at = 0; lcc_pieces_next(&from, &piece); at++) {
        if (at > final && piece.kind == LCC_PIECE_FIELD &&
            own_of(name_of(piece.bytes)) == OWN_TYPE) {
            type = value_of(piece.bytes);
        }
    }
    return type;
}

static void start_over(struct lcc_ranged *ranged)
{
    lcc_buf_clear(&ranged->head);
    lcc_buf_clear(&ranged->pieces);
    lcc_buf_clear(&ranged->text);
    ranged->count = 0;
    ranged->size = 0;
}

int lcc_ranged_make(const struct lcc_entry *entry,
                    const struct lcc_ranged_answer *answer,
                    const struct lcc_hash *boundary, struct lcc_ranged *ret)
{
    char text[LCC_BOUNDARY_SIZE];
    struct making making = {.answer = answer, .boundary = text, .ranged = ret};
    struct lcc_pieces from = LCC_PIECES_OF(entry);
    struct lcc_piece piece;
    size_t final = 0;
    int r;

    if (!final_block(entry, &final)) {
        return -EBADMSG;
    }
    start_over(ret);
    boundary_text(boundary, text);
    r = make_body(answer, text, type_of(entry, final), ret);
    for (size_t at = 0; !r && lcc_pieces_next(&from, &piece); at++) {
        r = at < final ? put(&making, piece.kind, piece.bytes)
                       : make_line(&making, &piece);
    }
    return r;
}
