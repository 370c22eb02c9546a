/*
 * partial.h - the entry of a response that is stored in parts, to be changed in
 * a commit
 */
#ifndef LCC_PARTIAL_H
#define LCC_PARTIAL_H

#include "store/records.h"

struct lcc_partial {
    struct lcc_buf record; /* as it is */
    struct lcc_trailer trailer;
    struct lcc_life life;
};

/* 0; LCC_STORE_MISS when there is nothing of this name, or no such set; as
 * lcc_db_get(). */
int lcc_partial_load(struct lcc_db *db, const struct lcc_name *name,
                     const struct lcc_hash *set, struct lcc_partial *ret);
/* Its numbers have changed, and @meta, which may lie in its record. */
int lcc_partial_save(struct lcc_db *db, const struct lcc_name *name,
                     struct lcc_span meta, struct lcc_partial *partial);
/* One part more is in the database, or one less: count it. */
void lcc_partial_add_on(struct lcc_partial *partial,
                        const struct lcc_part_record *part);
void lcc_partial_take_off(struct lcc_partial *partial,
                          const struct lcc_part_record *part);

#endif
