/*
 * known.h - the stored response that a handle met last, as it was read
 *
 * A program asks for the same thing many times. What a record's bytes say is
 * read once; as long as the store answers with the same bytes, it is known.
 */
#ifndef LCC_KNOWN_H
#define LCC_KNOWN_H

#include "store/entry.h"

enum { LCC_KNOWN_MAX = 64 * 1024 }; /* bytes that are worth being kept */

struct lcc_known {
    struct lcc_buf meta;         /* a copy of the record's */
    struct lcc_entry entry;      /* spans into meta */
    struct lcc_response *blocks; /* likewise; owned */
    size_t block_count;
    uint64_t serial; /* another one for other bytes */
    bool holds;      /* false: meta is not to be compared with */
};

#define LCC_KNOWN_INIT ((struct lcc_known){.meta = LCC_BUF_INIT(LCC_ENTRY_MAX)})

void lcc_known_done(struct lcc_known *known);

/* Are these the bytes that were read last? */
bool lcc_known_is(const struct lcc_known *known, struct lcc_span meta);

/**
 * lcc_known_read() - read another one
 * @meta:  of a record, copied
 * @entry: decoded from it
 *
 * Entry and blocks live until the next call. Whoever changes the blocks calls
 * lcc_known_forget().
 *
 * Return: 0; -errno, and nothing is known.
 */
int lcc_known_read(struct lcc_known *known, struct lcc_span meta,
                   const struct lcc_entry *entry);

/* Not to be used again. What was read stays where it is. */
void lcc_known_forget(struct lcc_known *known);

/* Between two transfers: a large one is not kept. */
void lcc_known_rest(struct lcc_known *known);

#endif
