/*
 * recent_row.h - a row of the file of recent records
 *
 * Proves itself: it names the cache, the file's generation and its own place,
 * so that what lies behind the end, an older generation's or another cache's
 * row is never taken for one. Pure. FORMAT.md draws it.
 */
#ifndef LCC_RECENT_ROW_H
#define LCC_RECENT_ROW_H

#include "store/keys.h"

enum {
    LCC_RECENT_HEAD = 96,      /* bytes before the record */
    LCC_RECENT_ALIGN = 8,      /* rows begin at multiples of it */
    LCC_RECENT_ROW_MAX = 8192, /* bytes of a row: larger ones are committed */
};

/* Where a row says that it is. */
struct lcc_recent_place {
    const struct lcc_hash *id; /* of the cache */
    uint64_t generation;
    uint64_t at; /* bytes from the file's beginning */
};

struct lcc_recent_row {
    struct lcc_name name;
    int64_t used_s;         /* of a use; 0 for a record */
    struct lcc_span record; /* as in the database; empty: it was used */
    uint64_t side_bytes;    /* that its side file takes on the disk */
};

/* Bytes that a row of a record of so many takes. */
size_t lcc_recent_row_size(size_t record_size);

/* Append it. 0; -EFBIG past LCC_RECENT_ROW_MAX or the buffer's; -ENOMEM. */
int lcc_recent_row_encode(const struct lcc_recent_row *row,
                          const struct lcc_recent_place *place,
                          struct lcc_buf *out);

/**
 * lcc_recent_row_decode() - the row that @from begins with
 * @whole:    check the record's bytes too, which carry a check of their own
 * @ret:      its record lies in @from
 * @ret_size: what the row takes of @from
 *
 * Return: false when there is none of that place, or not all of it.
 */
bool lcc_recent_row_decode(struct lcc_span from,
                           const struct lcc_recent_place *place, bool whole,
                           struct lcc_recent_row *ret, size_t *ret_size);

#endif
