/*
 * http_vary_normal.c - request fields as the selection by Vary compares them
 *
 * Pure. RFC 9111, section 4.1: two values match that differ in white space
 * where the syntax allows it, in how they are spread over lines, or in a way
 * that the field's own rules call equal. The last is known here for the four
 * lists of content negotiation alone (RFC 9110, section 12.5).
 */
#include "store/http_vary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    WEIGHT_DIGITS = 3, /* behind the point (RFC 9110, section 12.4.2) */
    WEIGHT_ONE = 1000, /* thousandths */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static struct lcc_span trim(const char *from, const char *to)
{
    while (from < to && is_blank(*from)) {
        from++;
    }
    while (to > from && is_blank(to[-1])) {
        to--;
    }
    return lcc_span_of(from, (size_t)(to - from));
}

enum { AS_SENT = 1 }; /* outcome: no list that could be put in order */

/* The next @separator outside of a quoted string, or the end; *ret_open when
 * nobody closes the last quote. */
static const char *find_outside_quotes(const char *at, const char *end,
                                       char separator, bool *ret_open)
{
    bool quoted = false;

    for (; at < end; at++) {
        if (quoted && *at == '\\' && at + 1 < end) {
            at++;
        } else if (*at == '"') {
            quoted = !quoted;
        } else if (*at == separator && !quoted) {
            break;
        }
    }
    *ret_open = quoted;
    return at;
}

/* One part off the front, without white space; false at the end. */
static bool take_part(struct lcc_span *rest, char separator,
                      struct lcc_span *ret, bool *ret_open)
{
    const char *from = rest->data;

    if (!from) {
        return false;
    }
    const char *end = from + rest->size;
    const char *stop = find_outside_quotes(from, end, separator, ret_open);
    *ret = trim(from, stop);
    *rest = stop < end ? lcc_span_of(stop + 1, (size_t)(end - stop) - 1)
                       : LCC_SPAN_EMPTY;
    return true;
}

/* --- any field ----------------------------------------------------------- */

/* The parts without white space around their commas. */
static int put_parts(struct lcc_span value, struct lcc_buf *out)
{
    const char *between = "";
    struct lcc_span part;
    bool open;
    int result = 0;

    while (!result && take_part(&value, ',', &part, &open)) {
        result = lcc_buf_append_str(out, between);
        if (!result) {
            result = lcc_buf_append(out, part);
        }
        between = ",";
    }
    return result;
}

/* --- lists of content negotiation ---------------------------------------- */

static int put_lower(struct lcc_span text, struct lcc_buf *out)
{
    const char *at = text.data;
    int result = 0;

    for (size_t i = 0; i < text.size && !result; i++) {
        result = lcc_buf_put_u8(out, (uint8_t)lower(at[i]));
    }
    return result;
}

/* "0.50" without the zeros that say nothing; false: no weight. */
static bool read_weight(struct lcc_span text, struct lcc_span *ret)
{
    const char *at = text.data;
    size_t digits = text.size >= 2 ? text.size - 2 : 0;

    if (text.size == 0 || (at[0] != '0' && at[0] != '1') ||
        (text.size >= 2 && at[1] != '.') || digits > WEIGHT_DIGITS) {
        return false;
    }
    for (size_t i = 2; i < text.size; i++) {
        if (at[i] < '0' || at[i] > (at[0] == '1' ? '0' : '9')) {
            return false;
        }
    }
    size_t size = text.size;
    while (size > 2 && at[size - 1] == '0') {
        size--;
    }
    *ret = lcc_span_of(at, size <= 2 ? 1 : size);
    return true;
}

/* ";q=0.5", ";level=1": the name in lower case; a weight of 1 is none. */
static int put_parameter(struct lcc_span part, bool keeps_case,
                         struct lcc_buf *out)
{
    const char *from = part.data;
    const char *equals = part.size ? memchr(from, '=', part.size) : NULL;
    struct lcc_span name = part;
    struct lcc_span value = LCC_SPAN_EMPTY;
    struct lcc_span weight;

    if (equals) {
        name = lcc_span_of(from, (size_t)(equals - from));
        value = lcc_span_of(equals + 1, part.size - name.size - 1);
    }
    bool is_weight = lcc_span_equal_nocase(name, lcc_span_str("q")) &&
                     read_weight(value, &weight);
    if (is_weight) {
        value = weight;
        if (lcc_span_equal(weight, lcc_span_str("1"))) {
            return 0;
        }
    }
    int result = lcc_buf_append_str(out, ";");
    if (!result) {
        result = put_lower(name, out);
    }
    if (!result && equals) {
        result = lcc_buf_append_str(out, "=");
    }
    if (!result) {
        result =
            keeps_case ? lcc_buf_append(out, value) : put_lower(value, out);
    }
    return result;
}

/* "text/HTML ; Level=1 ;q=1.0" becomes "text/html;level=1". */
static int put_element(struct lcc_span element, bool keeps_case,
                       struct lcc_buf *out)
{
    struct lcc_span part;
    bool first = true;
    bool open;
    int result = 0;

    while (!result && take_part(&element, ';', &part, &open)) {
        result =
            first ? put_lower(part, out) : put_parameter(part, keeps_case, out);
        first = false;
    }
    return result;
}

/* Elements by their place in a buffer that may still grow. */
struct list {
    struct lcc_buf bytes;
    size_t count;
    size_t starts[LCC_VARY_ELEMENTS_MAX + 1]; /* one more: the end */
};

static int collect(struct list *list, struct lcc_span name,
                   struct lcc_span value)
{
    /* Values of a media type's parameters may have case (12.5.1, 8.3.1). */
    bool keeps_case = lcc_span_equal_nocase(name, lcc_span_str("Accept"));
    struct lcc_span element;
    bool open;
    int result = 0;

    while (!result && take_part(&value, ',', &element, &open)) {
        if (open || list->count == LCC_VARY_ELEMENTS_MAX) {
            return AS_SENT;
        }
        result = put_element(element, keeps_case, &list->bytes);
        if (list->bytes.size > list->starts[list->count]) {
            list->starts[++list->count] = list->bytes.size;
        } /* empty elements say nothing (RFC 9110, section 5.6.1) */
    }
    return result;
}

struct weighed {
    struct lcc_span text;
    int weight; /* thousandths */
};

/* Of an element in its normal form (RFC 9110, section 12.4.2). */
static int weight_of(struct lcc_span element)
{
    struct lcc_span part;
    bool open;

    while (take_part(&element, ';', &part, &open)) {
        const char *text = part.data;
        int weight = 0;

        if (part.size < 3 || strncmp(text, "q=", 2) != 0) {
            continue;
        }
        for (size_t i = 4; i < 4 + WEIGHT_DIGITS; i++) {
            weight = weight * 10 + (i < part.size ? text[i] - '0' : 0);
        }
        return weight;
    }
    return WEIGHT_ONE;
}

/* Heavier first. Of equal weight in the order they came: there are origins to
 * which that is a preference (section 12.5.4 tells of them). */
static int compare(const void *left, const void *right)
{
    const struct weighed *a = left;
    const struct weighed *b = right;
    const char *a_at = a->text.data;
    const char *b_at = b->text.data;

    if (a->weight != b->weight) {
        return a->weight > b->weight ? -1 : 1;
    }
    return (a_at > b_at) - (a_at < b_at);
}

static int put_sorted(const struct list *list, struct lcc_buf *out)
{
    struct weighed elements[LCC_VARY_ELEMENTS_MAX];
    int result = 0;

    for (size_t i = 0; i < list->count; i++) {
        elements[i].text = lcc_span_of(list->bytes.data + list->starts[i],
                                       list->starts[i + 1] - list->starts[i]);
        elements[i].weight = weight_of(elements[i].text);
    }
    qsort(elements, list->count, sizeof(elements[0]), compare);
    for (size_t i = 0; i < list->count && !result; i++) {
        result = i ? lcc_buf_append_str(out, ",") : 0;
        if (!result) {
            result = lcc_buf_append(out, elements[i].text);
        }
    }
    return result;
}

static bool is_among(struct lcc_span name, const char *const *names,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (lcc_span_equal_nocase(name, lcc_span_str(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_negotiation(struct lcc_span name)
{
    static const char *const names[] = {"Accept", "Accept-Charset",
                                        "Accept-Encoding", "Accept-Language"};

    return is_among(name, names, LCC_ARRAY_SIZE(names));
}

/* No lists: white space beside a comma is part of what they say. */
static bool is_opaque(struct lcc_span name)
{
    static const char *const names[] = {"Authorization", "Cookie",
                                        "Proxy-Authorization", "Referer",
                                        "User-Agent"};

    return is_among(name, names, LCC_ARRAY_SIZE(names));
}

static int put_list(struct lcc_span name, struct lcc_span value,
                    struct lcc_buf *out)
{
    struct list list = {.bytes = LCC_BUF_INIT(LCC_VARY_VALUE_MAX)};
    int result = collect(&list, name, value);

    if (!result) {
        result = put_sorted(&list, out);
    }
    lcc_buf_done(&list.bytes);
    return result;
}

int lcc_vary_normal(const struct lcc_fields *fields, struct lcc_span name,
                    struct lcc_buf *out)
{
    struct lcc_buf combined = LCC_BUF_INIT(LCC_VARY_VALUE_MAX);
    size_t before = out->size;
    int result = lcc_fields_join(fields, name, &combined);
    struct lcc_span value = lcc_buf_span(&combined);
    bool sorted = false;

    if (!result && is_negotiation(name)) {
        result = put_list(name, value, out);
        sorted = result != AS_SENT;
        result = sorted ? result : 0;
    }
    if (!result && !sorted) {
        result = is_opaque(name) ? lcc_buf_append(out, value)
                                 : put_parts(value, out);
    }
    lcc_buf_done(&combined);
    if (result) {
        out->size = before;
    }
    return result;
}
