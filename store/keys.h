/*
 * keys.h - the keys of the database
 *
 * One tree; the first byte of a key says what it is. A name is url, request
 * and variant, 48 bytes; numbers in keys are big-endian so that they sort.
 *
 *   'E' name                  the stored response: entry, inline body, trailer
 *   'L' name                  what is needed to drop or list it without it
 *   'U' used, last use, seq, name   never used since it was stored first,
 *                             then the oldest use first
 *   'X' expiry, name          first to expire first
 *   'P' set, last byte        a part of a partial response (part.h)
 *   'G' set                   a set of parts whose entry is gone
 *   'B' side file             the name, or the part, whose body lies in it, and
 *                             its bytes on disk
 *   'T'                       totals
 */
#ifndef LCC_KEYS_H
#define LCC_KEYS_H

#include "store/hash.h"

/* Of which stored response we speak. */
struct lcc_name {
    struct lcc_id id;
    struct lcc_hash variant;
};

enum {
    LCC_NAME_SIZE = 3 * LCC_HASH_SIZE,
    LCC_KEY_MAX = 80, /* bytes of a key */
};

struct lcc_key {
    uint8_t bytes[LCC_KEY_MAX];
    size_t size;
};

struct lcc_key lcc_key_entry(const struct lcc_name *name);
struct lcc_key lcc_key_of_url(const struct lcc_hash *url);
struct lcc_key lcc_key_of_request(const struct lcc_id *id);
struct lcc_key lcc_key_life(const struct lcc_name *name);
struct lcc_key lcc_key_use(const struct lcc_name *name, bool used,
                           int64_t last_used_s, uint64_t seq);
struct lcc_key lcc_key_expiring(const struct lcc_name *name, int64_t expires_s);
struct lcc_key lcc_key_totals(void);
struct lcc_key lcc_key_parts(const struct lcc_hash *set); /* before its first */
struct lcc_key lcc_key_part(const struct lcc_hash *set, uint64_t last);
struct lcc_key lcc_key_gone(const struct lcc_hash *set); /* NULL: before all */
struct lcc_key lcc_key_side_file(const struct lcc_hash *file);
struct lcc_key lcc_key_uses(bool used); /* before the first of them */
struct lcc_key lcc_key_expiries(void);  /* before the first of them */
/* The name in an 'E', 'U' or 'X' key; false when it is no such key. */
bool lcc_key_name(struct lcc_span key, struct lcc_name *ret);
/* Just an 'E' key? */
bool lcc_key_is_entry(struct lcc_span key, struct lcc_name *ret);
bool lcc_key_has_prefix(struct lcc_span key, const struct lcc_key *prefix);
/* When an 'X' key expires. */
int64_t lcc_key_expiry(struct lcc_span key);
/* The last byte's position in a 'P' key; false when it is no such key. */
bool lcc_key_part_last(struct lcc_span key, uint64_t *ret);
/* The set in a 'G' key; false when it is no such key. */
bool lcc_key_gone_set(struct lcc_span key, struct lcc_hash *ret);
static inline struct lcc_span lcc_key_span(const struct lcc_key *key)
{
    return lcc_span_of(key->bytes, key->size);
}

#endif
