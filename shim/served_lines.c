/*
 * served_lines.c - the lines of a served response, laid out once
 *
 * With Age and Cache-Status in the final block where they are due (RFC 9111,
 * section 5.1; RFC 9211), and each line marked with its block's status and
 * place in the chain.
 */
#include "shim/served.h"

#include "shim/cache_status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct lcc_span lcc_served_line(const struct lcc_served *served, size_t index)
{
    const struct lcc_line *line = &served->lines[index];

    return lcc_span_of(served->head.data + line->offset, line->size);
}

/* --- reading a line ------------------------------------------------------ */

bool lcc_line_is(struct lcc_span line, const char *name)
{
    size_t size = strlen(name);
    const char *text = line.data;

    /* Most lines differ in the first letter, and this is asked often. */
    return line.size >= size && ((text[0] ^ name[0]) & ~0x20) == 0 &&
           strncasecmp(text, name, size) == 0;
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
    struct lcc_fields connection; /* the Connection lines of the final block */
};

/* The final block's Connection lines, which name what ends at the next hop. */
static int read_connection(const struct lcc_entry *entry, size_t final,
                           struct lcc_fields *ret)
{
    struct lcc_pieces from = LCC_PIECES_OF(entry);
    struct lcc_piece piece;
    int r = 0;

    for (size_t at = 0; !r && lcc_pieces_next(&from, &piece); at++) {
        if (at > final && piece.kind == LCC_PIECE_FIELD &&
            lcc_line_is(piece.bytes, "Connection:")) {
            r = lcc_fields_add_line(ret, piece.bytes);
        }
    }
    return r;
}

/* What a response that is reused under the server's rule no longer has: its
 * old Age, and what ended at the next hop (RFC 9111, sections 5.1 and 3.1). */
static bool is_dropped(const struct additions *add, struct lcc_span line)
{
    const char *colon = memchr(line.data, ':', line.size);

    if (!add->decision->add_age || !colon) {
        return false;
    }
    return lcc_line_is(line, "Age:") ||
           lcc_fields_is_hop_by_hop(
               &add->connection,
               lcc_span_of(line.data,
                           (size_t)(colon - (const char *)line.data)));
}

/* One field that no server sent. */
__attribute__((format(printf, 3, 4))) static int
add_made(struct lcc_served *served, const struct additions *add,
         const char *format, ...)
{
    char line[LCC_CACHE_STATUS_SIZE + 32];
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
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
    const struct lcc_decision *decision = add->decision;
    char status[LCC_CACHE_STATUS_SIZE];
    int r = 0;

    if (decision->add_age) {
        r = add_made(served, add, "Age: %lld\r\n", (long long)decision->age_s);
    }
    if (r || !add->status_header) {
        return r;
    }
    lcc_cache_status_of_hit(decision, status);
    return add_made(served, add, "Cache-Status: %s\r\n", status);
}

/* Does an interim response begin here, which is no part of what is stored
 * (RFC 9110, section 15.2)? Under the user's TTL it is told all the same. */
static bool begins_interim(const struct additions *add, struct lcc_span line)
{
    int status;
    int version;

    read_status_line(line, &status, &version);
    return add->decision->add_age && status >= 100 && status < 200;
}

static int lay_out(struct lcc_served *served, const struct lcc_entry *entry,
                   struct additions *add)
{
    struct lcc_pieces from = LCC_PIECES_OF(entry);
    size_t final = final_block(entry);
    struct lcc_piece piece;
    bool interim = false;
    int status;
    int r = add->decision->add_age
                ? read_connection(entry, final, &add->connection)
                : 0;

    for (size_t at = 0; !r && lcc_pieces_next(&from, &piece); at++) {
        bool in_final = at >= final;

        if (piece.kind != LCC_PIECE_TRAILER) {
            served->recorded_header_bytes += (int64_t)piece.bytes.size;
        }
        if (piece.kind == LCC_PIECE_STATUS) {
            interim = at < final && begins_interim(add, piece.bytes);
        }
        if (interim) {
            continue;
        }
        if (at == final) {
            read_status_line(piece.bytes, &status, &add->version);
        }
        if (in_final && piece.kind == LCC_PIECE_FIELD &&
            is_dropped(add, piece.bytes)) {
            continue;
        }
        if (in_final && piece.kind == LCC_PIECE_END) {
            r = add_fields(served, add);
        }
        if (!r) {
            r = add_line(served, piece.kind, piece.bytes);
        }
    }
    lcc_fields_done(&add->connection);
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

/* A field by its name; of some only where there is a value. */
static enum lcc_mark mark_of(struct lcc_span line)
{
    static const struct {
        const char *name;
        enum lcc_mark mark;
        bool has_value;
    } fields[] = {
        {"Content-Length:", LCC_MARK_LENGTH, false},
        {"Content-Range:", LCC_MARK_RANGE, false},
        {"Content-Type:", LCC_MARK_TYPE, true},
        {"Location:", LCC_MARK_LOCATION, true},
        {"Transfer-Encoding:", LCC_MARK_ENCODING, false},
        {"Retry-After:", LCC_MARK_RETRY, false},
        {"Last-Modified:", LCC_MARK_MODIFIED, false},
        {"Set-Cookie:", LCC_MARK_COOKIE, false},
        {"Strict-Transport-Security:", LCC_MARK_HSTS, false},
        {"Alt-Svc:", LCC_MARK_ALTSVC, false},
        {"WWW-Authenticate:", LCC_MARK_LOGIN, false},
        {"Proxy-Authenticate:", LCC_MARK_PROXY_LOGIN, false},
    };

    for (size_t i = 0; line.size && i < LCC_ARRAY_SIZE(fields); i++) {
        if (lcc_line_is(line, fields[i].name)) {
            return fields[i].has_value && !lcc_line_value(line).size
                       ? LCC_MARK_NONE
                       : fields[i].mark;
        }
    }
    return LCC_MARK_NONE;
}

static int64_t length_of(const struct lcc_served *served, size_t index)
{
    int64_t length = -1;

    if (served->lines[index].mark == LCC_MARK_LENGTH) {
        (void)lcc_line_number(lcc_line_value(lcc_served_line(served, index)),
                              &length);
    }
    return length;
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
        line->mark = mark_of(lcc_served_line(served, i));
        line->length = length_of(served, i);
        served->marks |= 1U << line->mark;
    }
}

int lcc_served_lay_out(struct lcc_served *served, const struct lcc_entry *entry,
                       const struct lcc_decision *decision, bool status_header)
{
    struct additions add = {.decision = decision,
                            .status_header = status_header};
    int r = lay_out(served, entry, &add);

    mark_blocks(served);
    return r ? r : served->line_count ? 0 : -EBADMSG;
}
