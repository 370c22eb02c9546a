/*
 * http_valid_merge.c - header lines made of stored ones and fresh ones
 *
 * Pure. RFC 9111, section 3.2 and 4.3.4; RFC 9110, sections 7.6.1 and 15.4.5.
 */
#include "store/http_valid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A field's line, with the lines that continue it. */
struct line {
    enum lcc_piece_kind kind;
    struct lcc_span bytes;
    struct lcc_span name; /* empty where the line is no field */
    bool continued;       /* goes on with the line before it */
    bool dropped;
};

enum { FEW_LINES = 32 }; /* more than most answers have */

struct lines {
    struct line few[FEW_LINES];
    struct line *list; /* `few` until there are more */
    size_t count;
    size_t capacity;
    size_t final; /* where the final block begins */
    bool seen;    /* there is a block */
};

static void lines_init(struct lines *lines)
{
    lines->list = lines->few;
    lines->count = 0;
    lines->capacity = FEW_LINES;
    lines->final = 0;
    lines->seen = false;
}

static void lines_done(struct lines *lines)
{
    if (lines->list != lines->few) {
        free(lines->list);
    }
}

/* Room for twice as many. */
static int lines_grow(struct lines *lines)
{
    size_t more = 2 * lines->capacity;
    struct line *list =
        more > LCC_ENTRY_PIECES_MAX * 2
            ? NULL
            : reallocarray(lines->list == lines->few ? NULL : lines->list, more,
                           sizeof(*list));

    if (!list) {
        return -ENOMEM;
    }
    if (lines->list == lines->few) {
        memcpy(list, lines->few, sizeof(lines->few));
    }
    lines->list = list;
    lines->capacity = more;
    return 0;
}

static struct lcc_span name_of(struct lcc_span bytes)
{
    const char *text = bytes.data;
    const char *colon = bytes.size ? memchr(text, ':', bytes.size) : NULL;

    return colon ? lcc_span_of(text, (size_t)(colon - text)) : LCC_SPAN_EMPTY;
}

static int add(struct lines *lines, const struct lcc_piece *piece)
{
    const char *text = piece->bytes.data;
    struct line *line;

    if (lines->count == lines->capacity && lines_grow(lines)) {
        return -ENOMEM;
    }
    line = &lines->list[lines->count];
    *line = (struct line){.kind = piece->kind, .bytes = piece->bytes};
    if (piece->kind == LCC_PIECE_FIELD) {
        line->continued =
            piece->bytes.size && (text[0] == ' ' || text[0] == '\t');
        line->name = line->continued ? LCC_SPAN_EMPTY : name_of(piece->bytes);
    }
    if (piece->kind == LCC_PIECE_STATUS) {
        lines->final = lines->count;
        lines->seen = true;
    }
    lines->count++;
    return 0;
}

static int read_lines(struct lcc_pieces pieces, struct lines *ret)
{
    struct lcc_piece piece;
    int r = 0;

    while (!r && lcc_pieces_next(&pieces, &piece)) {
        r = add(ret, &piece);
    }
    return !r && !ret->seen ? -EBADMSG : r;
}

/* Lengths first: most names differ in it, and each is held against many. */
static inline bool is_same_name(struct lcc_span a, struct lcc_span b)
{
    return a.size == b.size && lcc_span_equal_nocase(a, b);
}

/* A name whose length is known before it runs. */
#define NAME(text)                                                             \
    {                                                                          \
        (text), sizeof(text) - 1                                               \
    }

static bool is_one_of(struct lcc_span name, const struct lcc_span *names,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_same_name(name, names[i])) {
            return true;
        }
    }
    return false;
}

/* Of the connection that the fresh answer came over (RFC 9110, 7.6.1), or
 * about the bytes that are stored. */
static bool is_kept_out(struct lcc_span name)
{
    static const struct lcc_span names[] = {
        NAME("Connection"),
        NAME("Proxy-Connection"),
        NAME("Keep-Alive"),
        NAME("Proxy-Authenticate"),
        NAME("Proxy-Authentication-Info"),
        NAME("Proxy-Authorization"),
        NAME("TE"),
        NAME("Trailer"),
        NAME("Transfer-Encoding"),
        NAME("Upgrade"),
        NAME("Content-Length"),
        NAME("Content-Encoding"),
        NAME("Content-Range"),
    };

    return is_one_of(name, names, LCC_ARRAY_SIZE(names));
}

/* Does a Connection field of this block name it? */
static bool is_connections(const struct lines *lines, struct lcc_span name)
{
    static const struct lcc_span connection = NAME("Connection");

    for (size_t i = lines->final; i < lines->count; i++) {
        const struct line *line = &lines->list[i];
        const char *text = line->bytes.data;
        struct lcc_span rest;
        struct lcc_span element;

        if (!is_same_name(line->name, connection)) {
            continue;
        }
        rest = lcc_span_of(text + line->name.size + 1,
                           line->bytes.size - line->name.size - 1);
        while (rest.size &&
               strchr("\r\n", ((const char *)rest.data)[rest.size - 1])) {
            rest.size--;
        }
        while (lcc_list_next(&rest, &element)) {
            if (lcc_span_equal_nocase(element, name)) {
                return true;
            }
        }
    }
    return false;
}

/* The next line of this name in the final block, from @from on. */
static size_t find(const struct lines *lines, struct lcc_span name, size_t from)
{
    size_t at = from > lines->final ? from : lines->final;

    while (at < lines->count && !(lines->list[at].name.size &&
                                  is_same_name(lines->list[at].name, name))) {
        at++;
    }
    return at;
}

static void drop(struct lines *lines, struct lcc_span name)
{
    for (size_t i = find(lines, name, 0); i < lines->count;
         i = find(lines, name, i + 1)) {
        lines->list[i].dropped = true;
        while (i + 1 < lines->count && lines->list[i + 1].continued) {
            lines->list[++i].dropped = true;
        }
    }
}

/* "text/plain" of "Content-Type: text/plain; charset=..." */
static struct lcc_span media_type(const struct line *line)
{
    const char *text = line->bytes.data;
    const char *from = text + line->name.size + 1;
    size_t size = line->bytes.size - line->name.size - 1;
    size_t end = 0;

    while (end < size && !strchr(";\r\n", from[end])) {
        end++;
    }
    return lcc_span_trim(lcc_span_of(from, end));
}

/* May this fresh line take the place of what is stored under its name? Lines
 * of one name go together: the first of them speaks. */
static bool replaces(const struct lines *stored, const struct lines *fresh,
                     const struct line *line)
{
    static const struct lcc_span tag = NAME("ETag");
    static const struct lcc_span type = NAME("Content-Type");
    size_t old;

    if (!line->name.size || is_kept_out(line->name) ||
        is_connections(fresh, line->name)) {
        return false;
    }
    old = find(stored, line->name, 0);
    if (old == stored->count) {
        return true;
    }
    if (is_same_name(line->name, tag)) {
        return false;
    }
    return !is_same_name(line->name, type) ||
           lcc_span_equal_nocase(
               media_type(&fresh->list[find(fresh, line->name, 0)]),
               media_type(&stored->list[old]));
}

static int put(const struct line *line, struct lcc_buf *head,
               struct lcc_buf *pieces)
{
    return lcc_pieces_add(head, pieces, line->kind, line->bytes);
}

/* All fresh lines of the name, with their continuations; once. */
static int put_fresh(struct lines *fresh, struct lcc_span name,
                     struct lcc_buf *head, struct lcc_buf *pieces)
{
    int r = 0;

    for (size_t i = find(fresh, name, 0); !r && i < fresh->count;
         i = find(fresh, name, i + 1)) {
        if (fresh->list[i].dropped) {
            continue;
        }
        r = put(&fresh->list[i], head, pieces);
        fresh->list[i].dropped = true;
        while (!r && i + 1 < fresh->count && fresh->list[i + 1].continued) {
            fresh->list[++i].dropped = true;
            r = put(&fresh->list[i], head, pieces);
        }
    }
    return r;
}

/* Before the empty line: the names that were not stored. */
static int put_new(struct lines *fresh, struct lcc_buf *head,
                   struct lcc_buf *pieces)
{
    int r = 0;

    for (size_t i = fresh->final; !r && i < fresh->count; i++) {
        if (!fresh->list[i].dropped && fresh->list[i].name.size) {
            r = put_fresh(fresh, fresh->list[i].name, head, pieces);
        }
    }
    return r;
}

/* Strike from @fresh what may not replace, from @stored what is replaced; the
 * first of the stored lines stays to mark the place. */
static void match(struct lines *stored, struct lines *fresh)
{
    drop(stored, lcc_span_str("Age"));
    for (size_t i = fresh->final; i < fresh->count; i++) {
        struct line *line = &fresh->list[i];

        if (line->continued) {
            line->dropped = fresh->list[i - 1].dropped;
        } else if (!replaces(stored, fresh, line)) {
            line->dropped = true;
        } else {
            drop(stored, line->name);
        }
    }
}

static int put_merged(const struct lines *stored, struct lines *fresh,
                      struct lcc_buf *head, struct lcc_buf *pieces)
{
    int r = 0;

    for (size_t i = 0; !r && i < stored->count; i++) {
        const struct line *line = &stored->list[i];

        if (line->dropped) {
            r = line->name.size ? put_fresh(fresh, line->name, head, pieces)
                                : 0;
            continue;
        }
        if (i > stored->final && line->kind == LCC_PIECE_END) {
            r = put_new(fresh, head, pieces);
        }
        if (!r) {
            r = put(line, head, pieces);
        }
    }
    return r;
}

int lcc_valid_merge(struct lcc_pieces stored, struct lcc_pieces fresh,
                    struct lcc_buf *head, struct lcc_buf *pieces)
{
    struct lines old LCC_CLEANUP(lines_done);
    struct lines new LCC_CLEANUP(lines_done);
    int r;

    lines_init(&old);
    lines_init(&new);
    r = read_lines(stored, &old);
    if (!r) {
        r = read_lines(fresh, &new);
    }
    if (r) {
        return r;
    }
    /* As long as what is stored, most times; more is made room for later. */
    (void)lcc_buf_reserve(head, head->size + stored.head.size);
    (void)lcc_buf_reserve(pieces, pieces->size + stored.pieces.size);
    match(&old, &new);
    return put_merged(&old, &new, head, pieces);
}

/* --- a 304 or 412 of our own --------------------------------------------- */

static bool starts_with(struct lcc_span name, const char *prefix)
{
    size_t size = strlen(prefix);

    return name.size >= size &&
           lcc_span_equal_nocase(lcc_span_of(name.data, size),
                                 lcc_span_of(prefix, size));
}

static bool is_in_304(struct lcc_span name)
{
    static const struct lcc_span bodys[] = {
        NAME("Transfer-Encoding"), NAME("Trailer"), NAME("Accept-Ranges"),
        NAME("Set-Cookie")};

    if (is_one_of(name, bodys, LCC_ARRAY_SIZE(bodys))) {
        return false;
    }
    return !starts_with(name, "Content-") ||
           lcc_span_equal_nocase(name, lcc_span_str("Content-Location")) ||
           starts_with(name, "Content-Security-");
}

static bool is_in_412(struct lcc_span name)
{
    static const struct lcc_span names[] = {NAME("Date"), NAME("Server"),
                                            NAME("Connection")};

    return is_one_of(name, names, LCC_ARRAY_SIZE(names));
}

/* "HTTP/1.1 304 Not Modified"; without words where the stored one has none. */
static int put_status(const struct line *line, int status, struct lcc_buf *head,
                      struct lcc_buf *pieces)
{
    const char *text = line->bytes.data;
    const char *space = memchr(text, ' ', line->bytes.size);
    int version = space ? (int)(space - text) : 0;
    struct lcc_buf out = LCC_BUF_INIT(256);
    int r = space ? 0 : -EBADMSG;

    if (!r && version > (int)strlen("HTTP/1.1") - 1) {
        r = lcc_buf_printf(&out, "%.*s %d %s\r\n", version, text, status,
                           status == 304 ? "Not Modified"
                                         : "Precondition Failed");
    } else if (!r) {
        r = lcc_buf_printf(&out, "%.*s %d \r\n", version, text, status);
    }
    if (!r) {
        r = lcc_pieces_add(head, pieces, LCC_PIECE_STATUS, lcc_buf_span(&out));
    }
    lcc_buf_done(&out);
    return r;
}

static int put_end(const struct line *line, int status, struct lcc_buf *head,
                   struct lcc_buf *pieces)
{
    int r = status == 304
                ? 0
                : lcc_pieces_add(head, pieces, LCC_PIECE_FIELD,
                                 lcc_span_str("Content-Length: 0\r\n"));

    return r ? r : put(line, head, pieces);
}

int lcc_valid_answer(struct lcc_pieces stored, int status, struct lcc_buf *head,
                     struct lcc_buf *pieces)
{
    struct lines lines LCC_CLEANUP(lines_done);
    bool kept = true;
    int r;

    lines_init(&lines);
    r = read_lines(stored, &lines);
    for (size_t i = 0; !r && i < lines.count; i++) {
        const struct line *line = &lines.list[i];

        if (i < lines.final) {
            r = put(line, head, pieces);
        } else if (line->kind == LCC_PIECE_STATUS) {
            r = put_status(line, status, head, pieces);
        } else if (line->kind == LCC_PIECE_END) {
            r = put_end(line, status, head, pieces);
        } else if (line->kind == LCC_PIECE_FIELD) {
            if (!line->continued) {
                kept =
                    line->name.size && (status == 304 ? is_in_304(line->name)
                                                      : is_in_412(line->name));
            }
            r = kept ? put(line, head, pieces) : 0;
        }
    }
    return r;
}
