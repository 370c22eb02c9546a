/*
 * records.h - what lies in the database under which key (keys.h)
 *
 * All of an entry's records change in one commit.
 */
#ifndef LCC_RECORDS_H
#define LCC_RECORDS_H

#include "store/db.h"
#include "store/keys.h"
#include "store/parts.h"
#include "store/store.h"
#include "store/totals.h"

enum {
    LCC_RECORD_MAX = 4 * 1024 * 1024, /* bytes, inline body included */
    LCC_RECORD_COST = 768, /* bytes of index that an entry costs beside its
                            * bytes: the other records, page fill */
};

/* The 'L' record. What was never used since it was stored and is whole has
 * none: its own record tells the same. */
struct lcc_life {
    int64_t last_used_s;
    uint64_t seq; /* lcc_now_ns() when that was noted */
    int64_t stored_s;
    int64_t expires_s;
    uint64_t cost_bytes;       /* the parts' included */
    uint64_t parts_cost_bytes; /* of it */
    bool damaged; /* its record is: nothing else of this is known */
    bool kept;    /* it has a record of its own; for lcc_records_life() alone */
    bool used;    /* since it was stored, as far as that was noted */
    bool in_side_file;
    bool is_partial;
    struct lcc_hash side_file; /* or, when partial, the set of parts */
    uint64_t
        body_size; /* of the side file, for lcc_records_put(); not stored */
};

/* What stands behind an entry's bytes in its record. */
struct lcc_trailer {
    uint64_t meta_size;
    uint64_t body_size;
    int64_t stored_s;
    int64_t expires_s;
    uint64_t parts_bytes; /* when partial: of all parts */
    uint64_t parts_count;
    uint64_t seq; /* lcc_now_ns() when it was stored */
    bool in_side_file;
    bool is_partial;           /* body_size is the complete length, if known */
    struct lcc_hash side_file; /* or, when partial, the set of parts */
};

/* Append the trailer, checksum over everything and the key included. */
int lcc_record_close(struct lcc_buf *record, const struct lcc_name *name,
                     const struct lcc_trailer *trailer);
/* Check a record and read its trailer; false when it is damaged. */
bool lcc_record_open(struct lcc_span record, const struct lcc_name *name,
                     struct lcc_trailer *ret);
/* What it says of itself, unchecked. False when it is too short for that. */
bool lcc_record_peek(struct lcc_span record, struct lcc_trailer *ret);
/* Check an 'L' record and read it; false when it is damaged. */
bool lcc_life_read(struct lcc_span record, struct lcc_life *ret);
/* Bytes that an entry counts against the limit. */
uint64_t lcc_record_cost(uint64_t record_size, uint64_t side_file_size);

/* The life of one that is not partial, as it is when it is stored. */
struct lcc_life lcc_life_of(uint64_t record_size,
                            const struct lcc_trailer *trailer);

/* Results of all of these are those of lcc_db_get(). */
int lcc_records_life(struct lcc_db *db, const struct lcc_name *name,
                     struct lcc_life *ret);
/* The same for who has its record, and so knows how it was stored. */
int lcc_records_life_since(struct lcc_db *db, const struct lcc_name *name,
                           const struct lcc_life *stored, struct lcc_life *ret);
/* Store one in place of an older one of the same name. */
int lcc_records_put(struct lcc_db *db, const struct lcc_name *name,
                    struct lcc_span record, const struct lcc_life *life,
                    struct lcc_garbage *garbage);
int lcc_records_remove(struct lcc_db *db, const struct lcc_name *name,
                       struct lcc_garbage *garbage);
/* The same for one that was never used, is inline and counts so much; but what
 * leads to it in the orders of use and expiry stays, and leads to nothing. */
int lcc_records_remove_alone(struct lcc_db *db, const struct lcc_name *name,
                             uint64_t cost_bytes);
/* Does a key of the order of use or of expiry lead to an entry of that life? */
bool lcc_records_leads_to(struct lcc_span key, const struct lcc_name *name,
                          const struct lcc_life *life);
/* Such a key leads to nothing: it goes. @life: of what has that name now, or
 * NULL. @value: of the key. */
int lcc_records_unlist(struct lcc_db *db, const struct lcc_key *key,
                       struct lcc_span value, const struct lcc_life *life);
/* Another record and life for one that is there, its body the same. */
int lcc_records_renew(struct lcc_db *db, const struct lcc_name *name,
                      struct lcc_span record, const struct lcc_life *life);
/* It was used. */
int lcc_records_touch(struct lcc_db *db, const struct lcc_name *name,
                      int64_t now_s, uint64_t seq);

#endif
