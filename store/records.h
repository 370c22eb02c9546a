/*
 * records.h - what lies in the database under which key
 *
 * One tree; the first byte of a key says what it is. A name is url, request
 * and variant, 48 bytes; numbers in keys are big-endian so that they sort.
 *
 *   'E' name                  the stored response: entry, inline body, trailer
 *   'L' name                  what is needed to drop or list it without it
 *   'U' last use, seq, name   oldest use first
 *   'X' expiry, name          first to expire first
 *   'B' side file             the name whose body lies in it
 *   'T'                       totals
 *
 * All of an entry's records change in one commit.
 */
#ifndef LCC_RECORDS_H
#define LCC_RECORDS_H

#include "store/db.h"
#include "store/store.h"

enum {
    LCC_NAME_SIZE = 3 * LCC_HASH_SIZE,
    LCC_RECORD_MAX = 4 * 1024 * 1024, /* bytes, inline body included */
    LCC_RECORD_COST = 768, /* bytes of index that an entry costs beside its
                            * bytes: the other records, page fill */
};

/* Of which stored response we speak. */
struct lcc_name {
    struct lcc_id id;
    struct lcc_hash variant;
};

struct lcc_key {
    uint8_t bytes[LCC_KEY_MAX];
    size_t size;
};

struct lcc_key lcc_key_entry(const struct lcc_name *name);
struct lcc_key lcc_key_of_url(const struct lcc_hash *url);
struct lcc_key lcc_key_of_request(const struct lcc_id *id);
struct lcc_key lcc_key_side_file(const struct lcc_hash *file);
struct lcc_key lcc_key_uses(void);     /* before the first of them */
struct lcc_key lcc_key_expiries(void); /* before the first of them */
/* The name in an 'E', 'U' or 'X' key; false when it is no such key. */
bool lcc_key_name(struct lcc_span key, struct lcc_name *ret);
bool lcc_key_has_prefix(struct lcc_span key, const struct lcc_key *prefix);
/* When an 'X' key expires. */
int64_t lcc_key_expiry(struct lcc_span key);
static inline struct lcc_span lcc_key_span(const struct lcc_key *key)
{
    return lcc_span_of(key->bytes, key->size);
}

/* The 'L' record. */
struct lcc_life {
    int64_t last_used_s;
    uint64_t seq; /* of the commit that noted it */
    int64_t stored_s;
    int64_t expires_s;
    uint64_t cost_bytes;
    bool in_side_file;
    struct lcc_hash side_file;
};

/* What stands behind an entry's bytes in its record. */
struct lcc_trailer {
    uint64_t meta_size;
    uint64_t body_size;
    int64_t stored_s;
    int64_t expires_s;
    bool in_side_file;
    struct lcc_hash side_file;
};

/* Append the trailer, checksum over everything and the key included. */
int lcc_record_close(struct lcc_buf *record, const struct lcc_name *name,
                     const struct lcc_trailer *trailer);
/* Check a record and read its trailer; false when it is damaged. */
bool lcc_record_open(struct lcc_span record, const struct lcc_name *name,
                     struct lcc_trailer *ret);
/* Bytes that an entry counts against the limit. */
uint64_t lcc_record_cost(uint64_t record_size, uint64_t side_file_size);

/* Side files whose entries are gone with the next commit. */
struct lcc_garbage {
    struct lcc_hash files[2 * 64];
    size_t count;
};

/* Results of all of these are those of lcc_db_get(). */
int lcc_records_life(struct lcc_db *db, const struct lcc_name *name,
                     struct lcc_life *ret);
/* Store one in place of an older one of the same name. */
int lcc_records_put(struct lcc_db *db, const struct lcc_name *name,
                    struct lcc_span record, const struct lcc_life *life,
                    struct lcc_garbage *garbage);
int lcc_records_remove(struct lcc_db *db, const struct lcc_name *name,
                       struct lcc_garbage *garbage);
/* Another record and life for one that is there, its body the same. */
int lcc_records_renew(struct lcc_db *db, const struct lcc_name *name,
                      struct lcc_span record, const struct lcc_life *life);
int lcc_records_touch(struct lcc_db *db, const struct lcc_name *name,
                      int64_t now_s, uint64_t seq);
int lcc_records_totals(struct lcc_db *db, struct lcc_totals *ret);

#endif
