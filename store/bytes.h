/*
 * bytes.h - borrowed and owned bytes
 *
 * A span borrows: whoever hands it out says how long it lives. A buffer owns
 * and grows up to a limit that is set once, at its birth, so that nothing a
 * peer sends can make us grow without bound.
 */
#ifndef LCC_BYTES_H
#define LCC_BYTES_H

#include "store/base.h"

struct lcc_span {
    const void *data; /* may be NULL when size is 0 */
    size_t size;      /* bytes */
};

struct lcc_buf {
    uint8_t *data;
    size_t size;     /* bytes in use */
    size_t capacity; /* bytes allocated */
    size_t limit;    /* bytes it may ever hold */
};

#define LCC_SPAN_EMPTY ((struct lcc_span){NULL, 0})
#define LCC_BUF_INIT(max) ((struct lcc_buf){NULL, 0, 0, (max)})

/* Borrow a C string (NULL gives the empty span), or n bytes at p. */
struct lcc_span lcc_span_str(const char *text);
static inline struct lcc_span lcc_span_of(const void *p, size_t n)
{
    return (struct lcc_span){p, n};
}
static inline struct lcc_span lcc_buf_span(const struct lcc_buf *buf)
{
    return (struct lcc_span){buf->data, buf->size};
}

bool lcc_span_equal(struct lcc_span a, struct lcc_span b);
/* Less, equal or greater than 0: by their bytes, the shorter first. */
int lcc_span_order(struct lcc_span a, struct lcc_span b);
/* ASCII case folded, as HTTP names are (RFC 9110, section 5.1). */
bool lcc_span_equal_nocase(struct lcc_span a, struct lcc_span b);
/* Without OWS, that is SP and HTAB, at either end (RFC 9110, section 5.6.3). */
struct lcc_span lcc_span_trim(struct lcc_span text);

/**
 * lcc_buf_append() - add bytes at the end
 * @buf:   the buffer; unchanged on failure
 * @bytes: what to add; must not lie inside @buf
 *
 * Return: 0; -ENOMEM without memory; -EFBIG past the limit.
 */
int lcc_buf_append(struct lcc_buf *buf, struct lcc_span bytes);
int lcc_buf_append_str(struct lcc_buf *buf, const char *text);
/* printf into the buffer; same results as lcc_buf_append(). */
int lcc_buf_printf(struct lcc_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Make room for @size bytes in all, without changing what is in use. */
int lcc_buf_reserve(struct lcc_buf *buf, size_t size);
/* Forget the content and keep the memory. */
void lcc_buf_clear(struct lcc_buf *buf);
/* An empty buffer with the memory of @old, which is not used any more, or is
 * all zero. */
static inline struct lcc_buf lcc_buf_again(const struct lcc_buf *old,
                                           size_t limit)
{
    return (struct lcc_buf){old->data, 0, old->capacity, limit};
}
/* Release the memory; the buffer stays usable with the same limit. */
void lcc_buf_done(struct lcc_buf *buf);

/* Big-endian fixed-width integers, the byte order of everything stored. */
int lcc_buf_put_u8(struct lcc_buf *buf, uint8_t value);
int lcc_buf_put_u16(struct lcc_buf *buf, uint16_t value);
int lcc_buf_put_u32(struct lcc_buf *buf, uint32_t value);
int lcc_buf_put_u64(struct lcc_buf *buf, uint64_t value);
/* u32 length, then the bytes. */
int lcc_buf_put_span(struct lcc_buf *buf, struct lcc_span bytes);

/*
 * Reading back: each takes from the front of *from and returns false, with
 * nothing taken, when too little is there. Spans point into *from.
 */
bool lcc_take_u8(struct lcc_span *from, uint8_t *ret);
bool lcc_take_u16(struct lcc_span *from, uint16_t *ret);
bool lcc_take_u32(struct lcc_span *from, uint32_t *ret);
bool lcc_take_u64(struct lcc_span *from, uint64_t *ret);
bool lcc_take_span(struct lcc_span *from, struct lcc_span *ret);

#endif
