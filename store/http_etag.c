/*
 * http_etag.c - entity tags and lists of them
 *
 * Pure. RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2.
 */
#include "store/http_etag.h"

#include <errno.h>
#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* etagc is wider than a token, but it has no controls. */
static bool is_clean(struct lcc_span text)
{
    const unsigned char *at = text.data;

    for (size_t i = 0; i < text.size; i++) {
        if ((at[i] < ' ' && at[i] != '\t') || at[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_quoted(struct lcc_span text)
{
    const char *at = text.data;

    return text.size >= 2 && at[0] == '"' && at[text.size - 1] == '"' &&
           !memchr(at + 1, '"', text.size - 2);
}

/* "W/" counts before a quote alone, and in upper case (section 8.8.3). */
static struct lcc_etag split(struct lcc_span text)
{
    const char *at = text.data;
    struct lcc_etag tag = {.opaque = text};

    if (text.size > 2 && at[0] == 'W' && at[1] == '/' && at[2] == '"') {
        tag.weak = true;
        tag.opaque = lcc_span_of(at + 2, text.size - 2);
    }
    return tag;
}

bool lcc_etag_parse(struct lcc_span value, struct lcc_etag *ret)
{
    if (!value.size || !is_clean(value)) {
        return false;
    }
    *ret = split(value);
    return true;
}

bool lcc_etag_same_weak(const struct lcc_etag *a, const struct lcc_etag *b)
{
    return lcc_span_equal(a->opaque, b->opaque);
}

bool lcc_etag_same_strong(const struct lcc_etag *a, const struct lcc_etag *b)
{
    return !a->weak && !b->weak && lcc_etag_same_weak(a, b);
}

/* The size of the element at the front; 0 when its quote never ends. */
static size_t element_size(const char *at, size_t left)
{
    const char *quote = NULL;
    size_t open = 0;

    if (left > 2 && at[0] == 'W' && at[1] == '/' && at[2] == '"') {
        open = 3;
    } else if (at[0] == '"') {
        open = 1;
    }
    if (open) {
        quote = memchr(at + open, '"', left - open);
        return quote ? (size_t)(quote - at) + 1 : 0;
    }
    const char *comma = memchr(at, ',', left);
    return comma ? (size_t)(comma - at) : left;
}

bool lcc_etag_next(struct lcc_span *rest, struct lcc_etag *ret)
{
    const char *at = rest->data;
    size_t left = rest->size;

    while (left && (is_space(*at) || *at == ',')) {
        at++;
        left--;
    }
    size_t size = left ? element_size(at, left) : 0;
    *rest = lcc_span_of(at + size, size ? left - size : 0);
    if (!size) {
        return false;
    }
    *ret = split(lcc_span_trim(lcc_span_of(at, size)));
    return true;
}

bool lcc_etag_is_any(struct lcc_span value)
{
    return lcc_span_equal(lcc_span_trim(value), lcc_span_str("*"));
}

static bool fits_a_list(const struct lcc_etag *tag)
{
    return is_quoted(tag->opaque) ||
           (!memchr(tag->opaque.data, ',', tag->opaque.size) &&
            !memchr(tag->opaque.data, '"', tag->opaque.size) &&
            !lcc_etag_is_any(tag->opaque));
}

/* Weakness does not part two tags here: If-None-Match compares without. */
static bool is_listed(const struct lcc_buf *list, const struct lcc_etag *tag,
                      size_t *ret_count)
{
    struct lcc_span rest = lcc_buf_span(list);
    struct lcc_etag there;

    *ret_count = 0;
    while (lcc_etag_next(&rest, &there)) {
        if (lcc_etag_same_weak(&there, tag)) {
            return true;
        }
        ++*ret_count;
    }
    return false;
}

int lcc_etags_add(struct lcc_buf *list, struct lcc_span value)
{
    size_t before = list->size;
    struct lcc_etag tag;
    size_t count;
    int r;

    if (!lcc_etag_parse(value, &tag) || !fits_a_list(&tag) ||
        is_listed(list, &tag, &count) || count >= LCC_ETAGS_MAX ||
        before + value.size + 2 > LCC_ETAGS_BYTES_MAX) {
        return 0;
    }
    r = before ? lcc_buf_append_str(list, ", ") : 0;
    if (!r) {
        r = lcc_buf_append(list, value);
    }
    if (r) {
        list->size = before;
    }
    return r == -EFBIG ? 0 : r;
}
