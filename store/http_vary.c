/*
 * http_vary.c - which stored variant a request selects
 *
 * Pure. RFC 9111, section 4.1. The encoded form, once per field name, in the
 * order of the names so that "Vary: A, B" and "Vary: B, A" are one:
 *
 *     u8 length of the name | name in lower case | 16 bytes keyed hash
 *
 * Hashed are one byte that tells an absent field from an empty one, and the
 * field's value in its normal form (http_vary_normal.c).
 */
#include "store/http_vary.h"

#include <errno.h>
#include <string.h>

enum {
    NAME_MAX_BYTES = 255,
};

struct names {
    size_t count;
    struct lcc_span list[LCC_VARY_NAMES_MAX]; /* as written, any case */
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static int compare_names(struct lcc_span a, struct lcc_span b)
{
    const uint8_t *left = a.data;
    const uint8_t *right = b.data;

    for (size_t i = 0; i < a.size && i < b.size; i++) {
        int difference = lower(left[i]) - lower(right[i]);
        if (difference) {
            return difference;
        }
    }
    return (a.size > b.size) - (a.size < b.size);
}

/* Insert in order; a name that is there already stays alone. */
static int add_name(struct names *names, struct lcc_span name)
{
    size_t at = 0;
    int order = 1;

    if (name.size > NAME_MAX_BYTES) {
        return -E2BIG;
    }
    while (at < names->count &&
           (order = compare_names(names->list[at], name)) < 0) {
        at++;
    }
    if (at < names->count && order == 0) {
        return 0;
    }
    if (names->count == LCC_VARY_NAMES_MAX) {
        return -E2BIG;
    }
    memmove(&names->list[at + 1], &names->list[at],
            (names->count - at) * sizeof(names->list[0]));
    names->list[at] = name;
    names->count++;
    return 0;
}

/* RFC 9110, section 5.6.2. */
static bool is_token_char(uint8_t c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* The next run of a token's characters. Whatever else a server writes between
 * names (";", quotes) separates them as a comma does: too many names are the
 * safe side. */
static bool take_name(struct lcc_span *rest, struct lcc_span *ret)
{
    const uint8_t *at = rest->data;
    size_t from = 0;

    while (from < rest->size && !is_token_char(at[from])) {
        from++;
    }
    size_t to = from;
    while (to < rest->size && is_token_char(at[to])) {
        to++;
    }
    if (to == from) {
        return false;
    }
    *ret = lcc_span_of(at + from, to - from);
    *rest = lcc_span_of(at + to, rest->size - to);
    return true;
}

static int collect_names(const struct lcc_response *response,
                         struct names *names)
{
    const struct lcc_field *field = NULL;

    while ((field = lcc_fields_next(&response->fields, lcc_span_str("Vary"),
                                    field)) != NULL) {
        struct lcc_span value = field->value;
        struct lcc_span name;
        while (take_name(&value, &name)) {
            int result = add_name(names, name);
            if (result) {
                return result;
            }
        }
    }
    return 0;
}

bool lcc_vary_is_any(const struct lcc_response *response)
{
    const struct lcc_field *field = NULL;

    while ((field = lcc_fields_next(&response->fields, lcc_span_str("Vary"),
                                    field)) != NULL) {
        struct lcc_span value = field->value;
        struct lcc_span name;
        while (take_name(&value, &name)) {
            if (lcc_span_equal(name, lcc_span_str("*"))) {
                return true;
            }
        }
    }
    return false;
}

static int hash_field(const struct lcc_secret *secret, struct lcc_span name,
                      const struct lcc_fields *fields, struct lcc_hash *ret)
{
    struct lcc_buf value = LCC_BUF_INIT(LCC_VARY_VALUE_MAX);
    bool present = lcc_fields_next(fields, name, NULL) != NULL;
    int result = lcc_buf_put_u8(&value, present);

    if (!result) {
        result = lcc_vary_normal(fields, name, &value);
    }
    if (!result) {
        *ret = lcc_hash_keyed(secret, lcc_buf_span(&value));
    }
    lcc_buf_done(&value);
    return result;
}

static int put_name(struct lcc_buf *out, struct lcc_span name)
{
    const uint8_t *text = name.data;
    int result = lcc_buf_put_u8(out, (uint8_t)name.size);

    for (size_t i = 0; i < name.size && !result; i++) {
        result = lcc_buf_put_u8(out, lower(text[i]));
    }
    return result;
}

static int put_names(const struct lcc_secret *secret, const struct names *names,
                     const struct lcc_fields *fields, struct lcc_buf *out)
{
    for (size_t i = 0; i < names->count; i++) {
        struct lcc_hash hash;
        int result = hash_field(secret, names->list[i], fields, &hash);
        if (!result) {
            result = put_name(out, names->list[i]);
        }
        if (!result) {
            result = lcc_buf_append(out, lcc_span_of(hash.bytes, sizeof(hash)));
        }
        if (result) {
            return result;
        }
    }
    return 0;
}

int lcc_vary_encode(const struct lcc_secret *secret,
                    const struct lcc_response *response,
                    const struct lcc_request *request, struct lcc_buf *out)
{
    size_t before = out->size;
    struct names names = {0};

    if (lcc_vary_is_any(response)) {
        return LCC_VARY_ANY;
    }
    int result = collect_names(response, &names);

    if (!result) {
        result = put_names(secret, &names, &request->fields, out);
    }
    if (result) {
        out->size = before;
    }
    return result;
}

static bool take_bytes(struct lcc_span *from, size_t size, struct lcc_span *ret)
{
    if (from->size < size) {
        return false;
    }
    *ret = lcc_span_of(from->data, size);
    *from = lcc_span_of((const uint8_t *)from->data + size, from->size - size);
    return true;
}

bool lcc_vary_selects(const struct lcc_secret *secret, struct lcc_span encoded,
                      const struct lcc_request *request)
{
    while (encoded.size > 0) {
        uint8_t size;
        struct lcc_span name;
        struct lcc_span stored;
        struct lcc_hash hash;

        if (!lcc_take_u8(&encoded, &size) ||
            !take_bytes(&encoded, size, &name) ||
            !take_bytes(&encoded, LCC_HASH_SIZE, &stored) ||
            hash_field(secret, name, &request->fields, &hash) != 0 ||
            !lcc_span_equal(stored, lcc_span_of(hash.bytes, sizeof(hash)))) {
            return false;
        }
    }
    return true;
}
