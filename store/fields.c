/*
 * fields.c - header fields of one message, in order
 *
 * Pure. RFC 9110, sections 5.1 to 5.6.1; RFC 9112, section 5.1.
 */
#include "store/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 }; /* fields; most messages need no more */

void lcc_fields_done(struct lcc_fields *fields)
{
    free(fields->list);
    *fields = LCC_FIELDS_INIT;
}

static int fields_grow(struct lcc_fields *fields)
{
    size_t capacity =
        fields->capacity ? fields->capacity * 2 : (size_t)FIRST_CAPACITY;
    struct lcc_field *list =
        reallocarray(fields->list, capacity, sizeof(*list));

    if (!list) {
        return -ENOMEM;
    }
    fields->list = list;
    fields->capacity = capacity;
    return 0;
}

int lcc_fields_add(struct lcc_fields *fields, struct lcc_span name,
                   struct lcc_span value)
{
    if (fields->count >= LCC_FIELDS_MAX) {
        return -E2BIG;
    }
    if (fields->count == fields->capacity) {
        int result = fields_grow(fields);
        if (result) {
            return result;
        }
    }
    fields->list[fields->count++] =
        (struct lcc_field){.name = name, .value = value};
    return 0;
}

static struct lcc_span without_line_end(struct lcc_span line)
{
    const char *text = line.data;

    if (line.size > 0 && text[line.size - 1] == '\n') {
        line.size--;
    }
    if (line.size > 0 && text[line.size - 1] == '\r') {
        line.size--;
    }
    return line;
}

static bool is_field_name(struct lcc_span name)
{
    return name.size > 0 && !memchr(name.data, ' ', name.size) &&
           !memchr(name.data, '\t', name.size);
}

int lcc_fields_add_line(struct lcc_fields *fields, struct lcc_span line)
{
    line = without_line_end(line);
    const char *text = line.data;
    const char *colon = line.size ? memchr(text, ':', line.size) : NULL;

    if (!colon) {
        return 0;
    }
    struct lcc_span name = lcc_span_of(text, (size_t)(colon - text));
    if (!is_field_name(name)) {
        return 0;
    }
    struct lcc_span value =
        lcc_span_of(colon + 1, line.size - name.size - sizeof(char));
    return lcc_fields_add(fields, name, lcc_span_trim(value));
}

const struct lcc_field *lcc_fields_find(const struct lcc_fields *fields,
                                        const char *name)
{
    return lcc_fields_next(fields, lcc_span_str(name), NULL);
}

const struct lcc_field *lcc_fields_next(const struct lcc_fields *fields,
                                        struct lcc_span name,
                                        const struct lcc_field *after)
{
    size_t from = after ? (size_t)(after - fields->list) + 1 : 0;

    for (size_t i = from; i < fields->count; i++) {
        /* Lengths first: this is asked often, and most names differ in it. */
        if (fields->list[i].name.size == name.size &&
            lcc_span_equal_nocase(fields->list[i].name, name)) {
            return &fields->list[i];
        }
    }
    return NULL;
}

int lcc_fields_join(const struct lcc_fields *fields, struct lcc_span name,
                    struct lcc_buf *out)
{
    const struct lcc_field *field = NULL;
    const char *between = "";
    size_t before = out->size;

    while ((field = lcc_fields_next(fields, name, field)) != NULL) {
        int result = lcc_buf_append_str(out, between);
        if (!result) {
            result = lcc_buf_append(out, field->value);
        }
        if (result) {
            out->size = before;
            return result;
        }
        between = ", ";
    }
    return 0;
}

/* A folded line (RFC 9112, section 5.2) leaves its line end in a value. */
static bool is_list_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct lcc_span trim_element(const char *from, const char *to)
{
    while (from < to && is_list_space(*from)) {
        from++;
    }
    while (to > from && is_list_space(to[-1])) {
        to--;
    }
    return lcc_span_of(from, (size_t)(to - from));
}

/* The comma that ends the element beginning at @at, or @end. */
static const char *element_end(const char *at, const char *end)
{
    bool quoted = false;

    for (; at < end; at++) {
        if (quoted && *at == '\\' && at + 1 < end) {
            at++;
        } else if (*at == '"') {
            quoted = !quoted;
        } else if (*at == ',' && !quoted) {
            return at;
        }
    }
    return end;
}

bool lcc_list_next(struct lcc_span *rest, struct lcc_span *ret)
{
    while (rest->size > 0) {
        const char *from = rest->data;
        const char *end = from + rest->size;
        const char *comma = element_end(from, end);
        const char *next = comma < end ? comma + 1 : end;
        struct lcc_span element = trim_element(from, comma);

        *rest = lcc_span_of(next, (size_t)(end - next));
        if (element.size > 0) {
            *ret = element;
            return true;
        }
    }
    return false;
}

static bool is_connections(struct lcc_span name)
{
    static const char *const names[] = {
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authentication-Info",
        "Proxy-Connection",
        "Proxy-Authorization",
        "TE",
        "Transfer-Encoding",
        "Upgrade",
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(names); i++) {
        if (lcc_span_equal_nocase(name, lcc_span_str(names[i]))) {
            return true;
        }
    }
    return false;
}

bool lcc_fields_is_hop_by_hop(const struct lcc_fields *fields,
                              struct lcc_span name)
{
    const struct lcc_span connection = lcc_span_str("Connection");
    const struct lcc_field *field = NULL;

    if (is_connections(name)) {
        return true;
    }
    while ((field = lcc_fields_next(fields, connection, field)) != NULL) {
        struct lcc_span value = field->value;
        struct lcc_span element;
        while (lcc_list_next(&value, &element)) {
            if (lcc_span_equal_nocase(element, name)) {
                return true;
            }
        }
    }
    return false;
}
