/*
 * http_valid_same.c - a 304 that says what is stored already
 *
 * Pure. Most do: Date alone differs, and not even that within a second.
 */
#include "store/http_valid.h"

#include <string.h>

/* Lines of a final block. */
struct block {
    struct lcc_span lines[LCC_VALID_SAME_LINES];
    size_t count;
};

/* False: too many, or one goes on in the next. */
static bool read_block(struct lcc_pieces from, struct block *ret)
{
    struct lcc_piece piece;

    ret->count = 0;
    while (lcc_pieces_next(&from, &piece)) {
        const char *text = piece.bytes.data;

        if (piece.kind == LCC_PIECE_STATUS) {
            ret->count = 0;
        } else if (piece.kind == LCC_PIECE_FIELD) {
            if (ret->count == LCC_VALID_SAME_LINES || !piece.bytes.size ||
                text[0] == ' ' || text[0] == '\t') {
                return false;
            }
            ret->lines[ret->count++] = piece.bytes;
        } else if (piece.kind != LCC_PIECE_END) {
            return false;
        }
    }
    return true;
}

/* Does this line have that name? @name ends with the colon. */
static bool is_named(struct lcc_span line, struct lcc_span name)
{
    return line.size >= name.size &&
           ((const char *)line.data)[name.size - 1] == ':' &&
           lcc_span_equal_nocase(lcc_span_of(line.data, name.size), name);
}

/* Lines of this name; *ret_same: how many of them are @line. */
static size_t count_named(const struct block *block, struct lcc_span name,
                          struct lcc_span line, size_t *ret_same)
{
    size_t count = 0;

    *ret_same = 0;
    for (size_t i = 0; i < block->count; i++) {
        if (is_named(block->lines[i], name)) {
            *ret_same += lcc_span_equal(block->lines[i], line);
            count++;
        }
    }
    return count;
}

/* Once there and once here, to the last byte. */
static bool is_same_line(const struct block *stored, const struct block *fresh,
                         struct lcc_span line)
{
    const char *colon = memchr(line.data, ':', line.size);
    struct lcc_span name;
    size_t same;

    if (!colon) {
        return false;
    }
    name =
        lcc_span_of(line.data, (size_t)(colon + 1 - (const char *)line.data));
    return count_named(stored, name, line, &same) == 1 && same == 1 &&
           count_named(fresh, name, line, &same) == 1;
}

bool lcc_valid_adds_nothing(struct lcc_pieces stored, struct lcc_pieces fresh,
                            bool *ret_tagged)
{
    static const struct lcc_span age = {"Age:", sizeof("Age:") - 1};
    static const struct lcc_span tag = {"ETag:", sizeof("ETag:") - 1};
    bool tagged = false;
    struct block old;
    struct block new;

    if (!read_block(stored, &old) || !read_block(fresh, &new)) {
        return false;
    }
    for (size_t i = 0; i < new.count; i++) {
        if (!is_same_line(&old, &new, new.lines[i])) {
            return false;
        }
        tagged = tagged || is_named(new.lines[i], tag);
    }
    for (size_t i = 0; i < old.count; i++) {
        if (is_named(old.lines[i], age)) {
            return false; /* it goes with the first validation */
        }
    }
    *ret_tagged = tagged;
    return true;
}
