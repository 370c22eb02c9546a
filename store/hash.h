/*
 * hash.h - the keyed hash: SipHash-2-4 with 128 bits of output
 *
 * Everything of a request that could be a secret reaches the disk through
 * this function alone. The secret is 16 random bytes that never leave the
 * cache's subfolder. Why it is our own sixty lines and no library: the
 * preloaded object lands in other people's processes, and the build asks for
 * three packages only; tests hold it to the published vectors and, where
 * libsodium is installed, to libsodium (store/NOTES.md).
 */
#ifndef LCC_HASH_H
#define LCC_HASH_H

#include "store/bytes.h"

enum { LCC_HASH_SIZE = 16, LCC_SECRET_SIZE = 16 };

struct lcc_hash {
    uint8_t bytes[LCC_HASH_SIZE];
};

struct lcc_secret {
    uint8_t bytes[LCC_SECRET_SIZE];
};

/* Same bytes under the same secret, same hash. Cannot fail. */
struct lcc_hash lcc_hash_keyed(const struct lcc_secret *secret,
                               struct lcc_span bytes);
bool lcc_hash_equal(const struct lcc_hash *a, const struct lcc_hash *b);
bool lcc_hash_is_zero(const struct lcc_hash *hash);

/* Lower-case hex, 32 digits and a NUL. */
enum { LCC_HASH_HEX_SIZE = 2 * LCC_HASH_SIZE + 1 };
void lcc_hash_to_hex(const struct lcc_hash *hash, char out[LCC_HASH_HEX_SIZE]);
/* False when @text is not exactly 32 hex digits. */
bool lcc_hash_from_hex(struct lcc_span text, struct lcc_hash *ret);

/* Unkeyed 64-bit checksum of stored bytes, against damage, not attack. */
uint64_t lcc_checksum(struct lcc_span bytes);

/*
 * What a stored response answers: the URL's hash groups everything that an
 * unsafe method invalidates (RFC 9111, section 4.4); the request's hash is the
 * whole primary key; the variant tells apart what Vary selects (section 4.1).
 */
struct lcc_id {
    struct lcc_hash url;
    struct lcc_hash request;
};

#endif
