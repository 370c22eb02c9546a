/*
 * part.h - the record of one part of a representation, and its bytes
 *
 * Pure. A part is a run of bytes that lies inline or in a side file, of which
 * it may use a stretch only: the file's blocks keep their checksums, and the
 * record says where to begin. Its key holds the position of its last byte, so
 * that the first key not less than a position is the part that contains it, or
 * the next one behind it.
 */
#ifndef LCC_PART_H
#define LCC_PART_H

#include "store/hash.h"

enum {
    LCC_PART_FIXED = 64, /* bytes of a record beside the inline ones */
    LCC_PART_COST = 256, /* what one counts beside its bytes: the keys, the
                          * side file's record, page fill */
};

struct lcc_part_record {
    uint64_t first; /* position in the representation */
    uint64_t size;  /* bytes, never 0 */
    bool in_side_file;
    uint64_t skip;             /* bytes of the side file before it */
    uint64_t file_bytes;       /* of the side file's body */
    struct lcc_hash side_file; /* all zero when inline */
    struct lcc_span bytes;     /* when inline; borrowed */
};

static inline uint64_t lcc_part_last(const struct lcc_part_record *part)
{
    return part->first + part->size - 1;
}

/* Append the record. 0; -ENOMEM; -EFBIG. */
int lcc_part_encode(const struct lcc_hash *set,
                    const struct lcc_part_record *part, struct lcc_buf *out);

/**
 * lcc_part_decode() - check a record and read it
 * @record: never trusted; must outlive *ret, whose bytes point into it
 * @set:    from its key, as is @last; both are under the checksum
 *
 * Return: false when anything does not add up.
 */
bool lcc_part_decode(struct lcc_span record, const struct lcc_hash *set,
                     uint64_t last, struct lcc_part_record *ret);

/* Leave out bytes at the front or at the end: less than there are. */
void lcc_part_trim(struct lcc_part_record *part, uint64_t front, uint64_t end);

#endif
