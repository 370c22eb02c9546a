/*
 * http_range.c - Range, Content-Range, If-Range and strong validators
 *
 * Pure. RFC 9110, sections 8.8, 13.1.5 and 14; RFC 9111, section 3.4.
 */
#include "store/http_range.h"

#include "store/http_date.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits off the front, at least one; LCC_RANGE_POS_MAX for any more. */
static bool take_number(struct lcc_span *from, uint64_t *ret)
{
    const char *text = from->data;
    uint64_t number = 0;
    size_t used = 0;

    while (used < from->size && is_digit(text[used])) {
        uint64_t digit = (uint64_t)(text[used++] - '0');

        number = number > (LCC_RANGE_POS_MAX - digit) / 10
                     ? LCC_RANGE_POS_MAX
                     : number * 10 + digit;
    }
    if (!used) {
        return false;
    }
    *from = lcc_span_of(text + used, from->size - used);
    *ret = number;
    return true;
}

static bool take_char(struct lcc_span *from, char c)
{
    const char *text = from->data;

    if (!from->size || text[0] != c) {
        return false;
    }
    *from = lcc_span_of(text + 1, from->size - 1);
    return true;
}

/* "bytes" without case, and what must stand behind it. */
static bool take_unit(struct lcc_span *from, char after)
{
    static const char unit[] = "bytes";
    const size_t size = sizeof(unit) - 1;

    if (from->size < size ||
        !lcc_span_equal_nocase(lcc_span_of(from->data, size),
                               lcc_span_of(unit, size))) {
        return false;
    }
    *from = lcc_span_of((const char *)from->data + size, from->size - size);
    return take_char(from, after);
}

/* --- Range ---------------------------------------------------------------- */

/* "0-499", "500-", "-500". */
static bool parse_spec(struct lcc_span text, struct lcc_range_spec *ret)
{
    struct lcc_range_spec spec = {.suffix = take_char(&text, '-')};

    if (!spec.suffix &&
        (!take_number(&text, &spec.first) || !take_char(&text, '-'))) {
        return false;
    }
    spec.open = !spec.suffix && !text.size;
    if (!spec.open && !take_number(&text, &spec.last)) {
        return false;
    }
    if (text.size || (!spec.suffix && !spec.open && spec.last < spec.first)) {
        return false;
    }
    *ret = spec;
    return true;
}

bool lcc_range_parse(struct lcc_span value, struct lcc_range_set *ret)
{
    struct lcc_range_set set = {.count = 0};
    struct lcc_span element;

    if (!take_unit(&value, '=')) {
        return false;
    }
    while (lcc_list_next(&value, &element)) {
        if (set.count == LCC_RANGES_MAX ||
            !parse_spec(element, &set.list[set.count])) {
            return false;
        }
        set.count++;
    }
    if (!set.count) {
        return false;
    }
    *ret = set;
    return true;
}

/* False when nothing of it lies inside. */
static bool resolve(const struct lcc_range_spec *spec, uint64_t complete,
                    struct lcc_range *ret)
{
    uint64_t end = complete - 1;

    if (spec->suffix) {
        ret->first = spec->last < complete ? complete - spec->last : 0;
        ret->last = end;
        return spec->last > 0;
    }
    ret->first = spec->first;
    ret->last = spec->open || spec->last > end ? end : spec->last;
    return spec->first < complete;
}

/* An empty representation: a suffix of some length is satisfiable all the
 * same (14.1.2), but there is no range to name. */
static int resolve_empty(const struct lcc_range_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->list[i].suffix && set->list[i].last) {
            return LCC_RANGE_EXCESSIVE;
        }
    }
    return LCC_RANGE_UNSATISFIABLE;
}

int lcc_range_resolve(const struct lcc_range_set *set, uint64_t complete,
                      struct lcc_range *ret, size_t *ret_count)
{
    uint64_t left = complete;
    size_t count = 0;

    if (!complete) {
        return resolve_empty(set);
    }
    for (size_t i = 0; i < set->count; i++) {
        struct lcc_range range;

        if (!resolve(&set->list[i], complete, &range)) {
            continue;
        }
        if (range.last - range.first >= left) {
            return LCC_RANGE_EXCESSIVE;
        }
        left -= range.last - range.first + 1;
        ret[count++] = range;
    }
    if (!count) {
        return LCC_RANGE_UNSATISFIABLE;
    }
    *ret_count = count;
    return 0;
}

/* --- Content-Range -------------------------------------------------------- */

static bool take_position(struct lcc_span *from, uint64_t *ret)
{
    /* A position that had to be cut to size is not what the server meant. */
    return take_number(from, ret) && *ret < LCC_RANGE_POS_MAX;
}

bool lcc_content_range_parse(struct lcc_span value,
                             struct lcc_content_range *ret)
{
    struct lcc_content_range got = {.complete_known = true};

    value = lcc_span_trim(value);
    if (!take_unit(&value, ' ')) {
        return false;
    }
    got.unsatisfied = take_char(&value, '*');
    if (!got.unsatisfied &&
        (!take_position(&value, &got.range.first) || !take_char(&value, '-') ||
         !take_position(&value, &got.range.last) ||
         got.range.last < got.range.first)) {
        return false;
    }
    if (!take_char(&value, '/')) {
        return false;
    }
    if (!got.unsatisfied && take_char(&value, '*')) {
        got.complete_known = false;
    } else if (!take_position(&value, &got.complete) ||
               (!got.unsatisfied && got.complete <= got.range.last)) {
        return false;
    }
    if (value.size) {
        return false;
    }
    *ret = got;
    return true;
}

/* --- validators ----------------------------------------------------------- */

/* The field of that name when it is there once. */
static const struct lcc_field *only(const struct lcc_fields *fields,
                                    const char *name)
{
    const struct lcc_field *field = lcc_fields_find(fields, name);

    return field && !lcc_fields_next(fields, lcc_span_str(name), field) ? field
                                                                        : NULL;
}

/* A quoted tag of the characters that may be in one (8.8.3), and not W/. */
static bool is_strong_tag(struct lcc_span tag)
{
    const unsigned char *text = tag.data;

    if (tag.size < 2 || text[0] != '"' || text[tag.size - 1] != '"') {
        return false;
    }
    for (size_t i = 1; i + 1 < tag.size; i++) {
        if (text[i] <= ' ' || text[i] == '"' || text[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

bool lcc_range_tag(const struct lcc_response *response, struct lcc_span *ret)
{
    const struct lcc_field *field = only(&response->fields, "ETag");

    if (!field || !is_strong_tag(field->value)) {
        return false;
    }
    *ret = field->value;
    return true;
}

/* 8.8.2.2: the origin cannot have changed it twice in that second. */
static bool has_strong_date(const struct lcc_response *response)
{
    return response->last_modified_s > LCC_TIME_INVALID &&
           response->date_s > LCC_TIME_INVALID &&
           response->last_modified_s < response->date_s &&
           only(&response->fields, "Last-Modified");
}

static bool has_any_tag(const struct lcc_response *response)
{
    return lcc_fields_find(&response->fields, "ETag") != NULL;
}

bool lcc_range_has_strong(const struct lcc_response *response)
{
    struct lcc_span tag;

    return has_any_tag(response) ? lcc_range_tag(response, &tag)
                                 : has_strong_date(response);
}

/* A strong tag tells packed forms apart; a date does not. */
static bool same_field(const struct lcc_response *a,
                       const struct lcc_response *b, const char *name)
{
    const struct lcc_field *first = lcc_fields_find(&a->fields, name);
    const struct lcc_field *second = lcc_fields_find(&b->fields, name);

    return first && second ? lcc_span_equal(first->value, second->value)
                           : first == second;
}

bool lcc_range_same(const struct lcc_response *a, const struct lcc_response *b)
{
    struct lcc_span first;
    struct lcc_span second;

    if (!same_field(a, b, "Content-Encoding")) {
        return false;
    }
    if (has_any_tag(a) || has_any_tag(b)) {
        return lcc_range_tag(a, &first) && lcc_range_tag(b, &second) &&
               lcc_span_equal(first, second);
    }
    return has_strong_date(a) && has_strong_date(b) &&
           a->last_modified_s == b->last_modified_s;
}

bool lcc_if_range_holds(struct lcc_span value,
                        const struct lcc_response *stored)
{
    struct lcc_span tag;
    int64_t date_s;

    value = lcc_span_trim(value);
    if (is_strong_tag(value)) {
        return lcc_range_tag(stored, &tag) && lcc_span_equal(value, tag);
    }
    return has_strong_date(stored) &&
           lcc_http_date_parse(value, stored->response_time_s, &date_s) &&
           date_s == stored->last_modified_s;
}
