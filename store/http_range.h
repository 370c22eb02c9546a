/*
 * http_range.h - ranges of a representation (RFC 9110, section 14)
 *
 * Reading Range, Content-Range and If-Range, and which part of which length
 * they mean. What answer is made of them is http_ranged.h's. Positions are
 * bytes counted from 0; `last` is the last byte that belongs to it.
 */
#ifndef LCC_HTTP_RANGE_H
#define LCC_HTTP_RANGE_H

#include "store/http_message.h"

enum { LCC_RANGES_MAX = 64 }; /* ranges of one request */

/* Positions above it mean the same: more than any file has. */
#define LCC_RANGE_POS_MAX ((uint64_t)INT64_MAX - 1)

struct lcc_range {
    uint64_t first;
    uint64_t last; /* not less than first */
};

/* One element of a Range field, before the length is known. */
struct lcc_range_spec {
    bool suffix;    /* the last `last` bytes */
    bool open;      /* from `first` on */
    uint64_t first; /* unless suffix */
    uint64_t last;  /* unless open */
};

struct lcc_range_set {
    size_t count; /* 0: none */
    struct lcc_range_spec list[LCC_RANGES_MAX];
};

/**
 * lcc_range_parse() - read a Range field
 * @value: its value; the unit is compared without case
 * @ret:   at least one range; untouched when false
 *
 * Return: false when the field is none that we answer: another unit than
 * bytes, a syntax error, a last position before the first (14.1.2), or more
 * than LCC_RANGES_MAX ranges (14.2 lets a server ignore such).
 */
bool lcc_range_parse(struct lcc_span value, struct lcc_range_set *ret);

enum lcc_range_outcome {
    LCC_RANGE_UNSATISFIABLE = 1, /* 416, section 15.5.17 */
    LCC_RANGE_EXCESSIVE,         /* the origin says what it makes of it */
};

/**
 * lcc_range_resolve() - the ranges that a length leaves
 * @complete:  bytes of the representation
 * @ret:       LCC_RANGES_MAX of them, in the order asked for
 * @ret_count: at least 1
 *
 * Those that begin past the end are left out (14.1.2). Several that are
 * together longer than the whole are EXCESSIVE: servers guard themselves
 * against those in different ways (17.15). So is a suffix of nothing, which no
 * Content-Range can name.
 *
 * Return: 0; UNSATISFIABLE; EXCESSIVE.
 */
int lcc_range_resolve(const struct lcc_range_set *set, uint64_t complete,
                      struct lcc_range *ret, size_t *ret_count);

/* A Content-Range field (14.4). */
struct lcc_content_range {
    bool unsatisfied; /* the form of a 416: no range, the length alone */
    struct lcc_range range;
    bool complete_known;
    uint64_t complete;
};

/* False when it is none of bytes, or says what cannot be. */
bool lcc_content_range_parse(struct lcc_span value,
                             struct lcc_content_range *ret);

/**
 * lcc_range_tag() - the entity tag, when it is a strong one (8.8.1)
 *
 * Return: false when there is none, several, a weak or a broken one.
 */
bool lcc_range_tag(const struct lcc_response *response, struct lcc_span *ret);

/**
 * lcc_range_has_strong() - may parts of this response be combined at all?
 *
 * A strong tag; or no tag and a modification date that lies at least a second
 * before its Date (8.8.2.2).
 */
bool lcc_range_has_strong(const struct lcc_response *response);

/* Are these two of one representation, by a strong validator that both have
 * (RFC 9111, section 3.4)? */
bool lcc_range_same(const struct lcc_response *a, const struct lcc_response *b);

/**
 * lcc_if_range_holds() - does a stored response meet this If-Range (13.1.5)?
 * @value: an entity tag, compared strongly, or a date that is exactly that
 *         of a Last-Modified which is a strong validator
 *
 * Return: true: the range applies; false: the whole is the answer.
 */
bool lcc_if_range_holds(struct lcc_span value,
                        const struct lcc_response *stored);

#endif
