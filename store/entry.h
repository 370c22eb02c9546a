/*
 * entry.h - a stored response without its body, and its bytes
 *
 * FORMAT.md draws the bytes. An encoded entry begins with one printable line
 * (method, redacted URL, status) and the header lines as they came, so that
 * `db5.3_dump -p` shows what is stored. What only the shim understands (infos,
 * hop digests) is carried as opaque spans.
 */
#ifndef LCC_ENTRY_H
#define LCC_ENTRY_H

#include "store/http_message.h"

enum {
    LCC_ENTRY_HEAD_MAX = 1024 * 1024, /* bytes of all header lines of a chain */
    LCC_ENTRY_PIECES_MAX = 16 * 1024, /* header lines of a chain */
    LCC_ENTRY_BLOCKS_MAX = 128,       /* header blocks of a chain */
    LCC_ENTRY_MAX = 2 * 1024 * 1024,  /* bytes encoded */
};

enum lcc_piece_kind {
    LCC_PIECE_STATUS,  /* a status line: a new block begins */
    LCC_PIECE_FIELD,   /* a field line, or its continuation */
    LCC_PIECE_END,     /* the empty line */
    LCC_PIECE_TRAILER, /* a field line after the body */
    LCC_PIECE_KIND_MAX_
};

/* One call of the header callback. */
struct lcc_piece {
    enum lcc_piece_kind kind;
    struct lcc_span bytes; /* line end included */
};

struct lcc_entry {
    struct lcc_span method;
    struct lcc_span url;    /* normal form, redacted */
    int status;             /* of the final block */
    int64_t request_time_s; /* Unix seconds */
    int64_t response_time_s;
    uint64_t fetch_us;      /* how long the fetch took: what a hit saves */
    uint64_t body_bytes;    /* as delivered */
    struct lcc_span head;   /* all header lines, one after the other */
    struct lcc_span pieces; /* where to cut it: see lcc_pieces_next() */
    struct lcc_span vary;   /* lcc_vary_encode() */
    struct lcc_span hops;   /* opaque: digests of what later hops were sent */
    struct lcc_span infos;  /* opaque: answers of curl_easy_getinfo() */
};

/* Append the encoded form. 0; -ENOMEM; -EFBIG past a limit above; -EINVAL when
 * method or URL is no printable word or the pieces do not cover the head. */
int lcc_entry_encode(const struct lcc_entry *entry, struct lcc_buf *out);

/**
 * lcc_entry_decode() - read an encoded entry back
 * @bytes: never trusted; must outlive *ret, whose spans point into it
 *
 * Return: 0; -EBADMSG when anything does not add up.
 */
int lcc_entry_decode(struct lcc_span bytes, struct lcc_entry *ret);

/* Record one header callback. @head and @pieces belong together. */
int lcc_pieces_add(struct lcc_buf *head, struct lcc_buf *pieces,
                   enum lcc_piece_kind kind, struct lcc_span line);

struct lcc_pieces {
    struct lcc_span head;
    struct lcc_span pieces;
};
#define LCC_PIECES_OF(entry)                                                   \
    ((struct lcc_pieces){(entry)->head, (entry)->pieces})
/* The next header line; false at the end. */
bool lcc_pieces_next(struct lcc_pieces *from, struct lcc_piece *ret);

/**
 * lcc_entry_blocks() - the header blocks that count for the rules
 * @ret:       an array of @ret_count responses; free with lcc_blocks_free()
 *
 * Interim (1xx) blocks and blocks of a proxy's answer to CONNECT are passed
 * over; trailers are not merged.
 *
 * Return: 0; -EBADMSG; -ENOMEM; -E2BIG past LCC_ENTRY_BLOCKS_MAX.
 */
int lcc_entry_blocks(const struct lcc_entry *entry, struct lcc_response **ret,
                     size_t *ret_count);
void lcc_blocks_free(struct lcc_response *blocks, size_t count);

#endif
