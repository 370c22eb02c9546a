/*
 * http_etag.h - entity tags and lists of them (RFC 9110, section 8.8.3)
 *
 * A tag is compared and sent as it came: a backslash escapes nothing, a comma
 * may stand between the quotes, and a tag that a server forgot to quote is
 * another one than the same letters in quotes.
 */
#ifndef LCC_HTTP_ETAG_H
#define LCC_HTTP_ETAG_H

#include "store/fields.h"

enum {
    LCC_ETAGS_MAX = 64,               /* tags in a list that we make */
    LCC_ETAGS_BYTES_MAX = 4 * 1024,   /* bytes of such a list */
    LCC_ETAGS_READ_MAX = 1024 * 1024, /* bytes of a list that is read */
};

struct lcc_etag {
    bool weak;
    struct lcc_span opaque; /* behind "W/", the quotes included */
};

/**
 * lcc_etag_parse() - the value of one ETag field
 * @value: trimmed; borrowed by *ret
 *
 * Return: false when it is empty, or holds a byte that no field can carry.
 */
bool lcc_etag_parse(struct lcc_span value, struct lcc_etag *ret);

/* Strong comparison: both strong, and the same (section 8.8.3.2). */
bool lcc_etag_same_strong(const struct lcc_etag *a, const struct lcc_etag *b);
/* Weak comparison: the same but for the weakness (section 8.8.3.2). */
bool lcc_etag_same_weak(const struct lcc_etag *a, const struct lcc_etag *b);

/**
 * lcc_etag_next() - one tag of an If-Match or If-None-Match list
 * @rest: what is still to read; advanced past the tag
 * @ret:  borrows from *rest
 *
 * Empty elements are passed over; a tag whose quote never ends ends the list.
 *
 * Return: false at the end of the list.
 */
bool lcc_etag_next(struct lcc_span *rest, struct lcc_etag *ret);

/* Is the value the lone "*"? */
bool lcc_etag_is_any(struct lcc_span value);

/**
 * lcc_etags_add() - put a tag on a list, if it is not there and has room
 * @list:  a field's value so far, made by this function
 * @value: of an ETag field
 *
 * One that cannot stand in a list (unquoted, with a comma or a quote inside)
 * or has no room is left out: the list asks of fewer stored responses then.
 *
 * Return: 0; -ENOMEM.
 */
int lcc_etags_add(struct lcc_buf *list, struct lcc_span value);

#endif
