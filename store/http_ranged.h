/*
 * http_ranged.h - the answer to a request for a range, out of what is stored
 *
 * RFC 9110, sections 14.2, 15.3.7 and 15.5.17; RFC 9111, sections 3.3 and 3.4.
 * First what the answer is, which needs no memory; then its header lines and
 * where its body comes from: a list of pieces, so that no body is held.
 */
#ifndef LCC_HTTP_RANGED_H
#define LCC_HTTP_RANGED_H

#include "store/entry.h"
#include "store/hash.h"
#include "store/http_range.h"

enum {
    LCC_RANGED_HEAD_MAX = LCC_ENTRY_HEAD_MAX + 4096,
    LCC_RANGED_TEXT_MAX = 1024 * 1024, /* bytes between the parts of several */
    LCC_BOUNDARY_SIZE = 25,            /* 24 characters and a NUL */
};

enum lcc_ranged_kind {
    LCC_RANGED_AS_STORED,     /* the stored response, unchanged */
    LCC_RANGED_WHOLE,         /* 200 out of parts that have everything */
    LCC_RANGED_PART,          /* 206, one range */
    LCC_RANGED_PARTS,         /* 206, multipart/byteranges */
    LCC_RANGED_UNSATISFIABLE, /* 416 */
    LCC_RANGED_ASK,           /* only the origin can say */
};

/* What is asked, and of what. */
struct lcc_ranged_question {
    const struct lcc_range_set *set;     /* NULL: no range is asked for */
    struct lcc_span if_range;            /* of the request; empty: none */
    const struct lcc_response *response; /* final block of what is stored */
    bool partial;      /* stored are parts, and the status is 206 */
    bool ignored;      /* it was the answer to a range: the server has none */
    bool decoded;      /* libcurl decodes bodies: an encoded one is not kept
                          as the ranges count it */
    uint64_t complete; /* bytes of the whole */
};

struct lcc_ranged_answer {
    enum lcc_ranged_kind kind;
    uint64_t complete;
    size_t count; /* of ranges whose bytes are needed: PART, PARTS, WHOLE */
    struct lcc_range ranges[LCC_RANGES_MAX];
};

/* What the answer is, if the bytes of all its ranges are there. */
void lcc_ranged_decide(const struct lcc_ranged_question *question,
                       struct lcc_ranged_answer *ret);

/**
 * lcc_ranged_as_whole() - judge parts as the whole that they belong to
 * @blocks: of a stored or recorded chain; a final 206 becomes a 200
 *
 * Lifetime and storing follow the rules for the whole (RFC 9111, 3.3).
 */
void lcc_ranged_as_whole(struct lcc_response *blocks, size_t count);

/* A piece of the answer's body. */
struct lcc_segment {
    bool stored;     /* bytes of the stored body, at @offset of the whole */
    uint64_t offset; /* else of `text` */
    uint64_t size;
};

struct lcc_ranged {
    struct lcc_buf head; /* header lines, as in struct lcc_entry */
    struct lcc_buf pieces;
    struct lcc_buf text; /* between the parts */
    struct lcc_segment segments[2 * LCC_RANGES_MAX + 1];
    size_t count;
    uint64_t size; /* of all segments */
};
#define LCC_RANGED_INIT                                                        \
    ((struct lcc_ranged){.head = LCC_BUF_INIT(LCC_RANGED_HEAD_MAX),            \
                         .pieces = LCC_BUF_INIT(LCC_ENTRY_MAX),                \
                         .text = LCC_BUF_INIT(LCC_RANGED_TEXT_MAX)})
void lcc_ranged_done(struct lcc_ranged *ranged);

/**
 * lcc_ranged_make() - header lines and body of an answer
 * @entry:    what is stored; its earlier blocks stay as they are
 * @answer:   any kind but AS_STORED and ASK
 * @boundary: random to whoever made the body, for several ranges
 * @ret:      initialised; its memory is reused
 *
 * Return: 0; -ENOMEM; -EFBIG; -EBADMSG when there is no header block.
 */
int lcc_ranged_make(const struct lcc_entry *entry,
                    const struct lcc_ranged_answer *answer,
                    const struct lcc_hash *boundary, struct lcc_ranged *ret);

#endif
