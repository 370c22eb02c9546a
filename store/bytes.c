/*
 * bytes.c - spans and bounded buffers
 *
 * Pure. The only allocations are those of a buffer that grows, and it never
 * grows past the limit it was born with.
 */
#include "store/bytes.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LCC_BUF_FIRST = 64 }; /* bytes of the first allocation */

struct lcc_span lcc_span_str(const char *text)
{
    return lcc_span_of(text, text ? strlen(text) : 0);
}

bool lcc_span_equal(struct lcc_span a, struct lcc_span b)
{
    if (a.size != b.size) {
        return false;
    }
    return a.size == 0 || memcmp(a.data, b.data, a.size) == 0;
}

static uint8_t ascii_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

int lcc_span_order(struct lcc_span a, struct lcc_span b)
{
    size_t both = a.size < b.size ? a.size : b.size;
    int order = both > 0 ? memcmp(a.data, b.data, both) : 0;

    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

bool lcc_span_equal_nocase(struct lcc_span a, struct lcc_span b)
{
    const uint8_t *left = a.data;
    const uint8_t *right = b.data;

    if (a.size != b.size) {
        return false;
    }
    for (size_t i = 0; i < a.size; i++) {
        /* Most that are the same are written alike. */
        if (left[i] != right[i] &&
            ascii_lower(left[i]) != ascii_lower(right[i])) {
            return false;
        }
    }
    return true;
}

static bool is_ows(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct lcc_span lcc_span_trim(struct lcc_span text)
{
    const uint8_t *from = text.data;
    size_t size = text.size;

    while (size > 0 && is_ows(from[size - 1])) {
        size--;
    }
    while (size > 0 && is_ows(*from)) {
        from++;
        size--;
    }
    return lcc_span_of(from, size);
}

int lcc_buf_reserve(struct lcc_buf *buf, size_t size)
{
    size_t capacity = buf->capacity ? buf->capacity : LCC_BUF_FIRST;
    uint8_t *data;

    if (size <= buf->capacity) {
        return 0;
    }
    if (size > buf->limit) {
        return -EFBIG;
    }
    while (capacity < size) {
        capacity = capacity > SIZE_MAX / 2 ? size : capacity * 2;
    }
    if (capacity > buf->limit) {
        capacity = buf->limit;
    }
    data = realloc(buf->data, capacity);
    if (!data) {
        return -ENOMEM;
    }
    buf->data = data;
    buf->capacity = capacity;
    return 0;
}

/* Room for @more bytes behind those in use. */
static int buf_room(struct lcc_buf *buf, size_t more)
{
    if (more > buf->limit || buf->size > buf->limit - more) {
        return -EFBIG;
    }
    return lcc_buf_reserve(buf, buf->size + more);
}

int lcc_buf_append(struct lcc_buf *buf, struct lcc_span bytes)
{
    /* Capacity never passes the limit: most appends need no more than this. */
    int result =
        bytes.size <= buf->capacity - buf->size ? 0 : buf_room(buf, bytes.size);

    if (result == 0 && bytes.size > 0) {
        memcpy(buf->data + buf->size, bytes.data, bytes.size);
        buf->size += bytes.size;
    }
    return result;
}

int lcc_buf_append_str(struct lcc_buf *buf, const char *text)
{
    return lcc_buf_append(buf, lcc_span_str(text));
}

/* Prints behind what is in use. vsnprintf wants a place for its NUL, which
 * the limit does not count: hence the spare byte on the second try. */
__attribute__((format(printf, 2, 0))) static int
buf_vprintf(struct lcc_buf *buf, const char *format, va_list args)
{
    char small[256];
    char *large;
    va_list again;
    int length;
    int result;

    va_copy(again, args);
    length = vsnprintf(small, sizeof(small), format, args);
    if (length < 0) {
        result = -EINVAL;
    } else if ((size_t)length < sizeof(small)) {
        result = lcc_buf_append(buf, lcc_span_of(small, (size_t)length));
    } else if ((size_t)length > buf->limit) {
        result = -EFBIG;
    } else {
        result = -ENOMEM;
        large = malloc((size_t)length + 1);
        if (large) {
            (void)vsnprintf(large, (size_t)length + 1, format, again);
            result = lcc_buf_append(buf, lcc_span_of(large, (size_t)length));
            free(large);
        }
    }
    va_end(again);
    return result;
}

int lcc_buf_printf(struct lcc_buf *buf, const char *format, ...)
{
    va_list args;
    int result;

    va_start(args, format);
    result = buf_vprintf(buf, format, args);
    va_end(args);
    return result;
}

void lcc_buf_clear(struct lcc_buf *buf)
{
    buf->size = 0;
}

void lcc_buf_done(struct lcc_buf *buf)
{
    free(buf->data);
    buf->data = NULL;
    buf->size = 0;
    buf->capacity = 0;
}

/* The low @width bytes of @value, most significant first. */
static int buf_put_uint(struct lcc_buf *buf, uint64_t value, size_t width)
{
    value = htobe64(value << 8 * (sizeof(value) - width));
    return lcc_buf_append(buf, lcc_span_of(&value, width));
}

int lcc_buf_put_u8(struct lcc_buf *buf, uint8_t value)
{
    return buf_put_uint(buf, value, sizeof(value));
}

int lcc_buf_put_u16(struct lcc_buf *buf, uint16_t value)
{
    return buf_put_uint(buf, value, sizeof(value));
}

int lcc_buf_put_u32(struct lcc_buf *buf, uint32_t value)
{
    return buf_put_uint(buf, value, sizeof(value));
}

int lcc_buf_put_u64(struct lcc_buf *buf, uint64_t value)
{
    return buf_put_uint(buf, value, sizeof(value));
}

int lcc_buf_put_span(struct lcc_buf *buf, struct lcc_span bytes)
{
    size_t before = buf->size;
    int result;

    if (bytes.size > UINT32_MAX) {
        return -EFBIG;
    }
    result = lcc_buf_put_u32(buf, (uint32_t)bytes.size);
    if (result == 0) {
        result = lcc_buf_append(buf, bytes);
    }
    if (result != 0) {
        buf->size = before;
    }
    return result;
}

static void span_skip(struct lcc_span *from, size_t size)
{
    from->data = (const uint8_t *)from->data + size;
    from->size -= size;
}

static bool take_uint(struct lcc_span *from, size_t width, uint64_t *ret)
{
    const uint8_t *bytes = from->data;
    uint64_t value = 0;

    if (from->size < width) {
        return false;
    }
    for (size_t i = 0; i < width; i++) {
        value = value << 8 | bytes[i];
    }
    span_skip(from, width);
    *ret = value;
    return true;
}

bool lcc_take_u8(struct lcc_span *from, uint8_t *ret)
{
    uint64_t value;

    if (!take_uint(from, sizeof(*ret), &value)) {
        return false;
    }
    *ret = (uint8_t)value;
    return true;
}

bool lcc_take_u16(struct lcc_span *from, uint16_t *ret)
{
    uint64_t value;

    if (!take_uint(from, sizeof(*ret), &value)) {
        return false;
    }
    *ret = (uint16_t)value;
    return true;
}

bool lcc_take_u32(struct lcc_span *from, uint32_t *ret)
{
    uint64_t value;

    if (!take_uint(from, sizeof(*ret), &value)) {
        return false;
    }
    *ret = (uint32_t)value;
    return true;
}

bool lcc_take_u64(struct lcc_span *from, uint64_t *ret)
{
    return take_uint(from, sizeof(*ret), ret);
}

bool lcc_take_span(struct lcc_span *from, struct lcc_span *ret)
{
    struct lcc_span rest = *from;
    uint32_t size;

    if (!lcc_take_u32(&rest, &size) || rest.size < size) {
        return false;
    }
    *ret = lcc_span_of(rest.data, size);
    span_skip(&rest, size);
    *from = rest;
    return true;
}
