/*
 * totals.h - what all that is stored adds up to, and the side files in it
 *
 * One record, changed in the commit that changes what it counts. The bytes of
 * side files are counted where the record that names each is put and removed:
 * so they are what lies on the disk. Results are those of lcc_db_get().
 */
#ifndef LCC_TOTALS_H
#define LCC_TOTALS_H

#include "store/db.h"
#include "store/keys.h"
#include "store/store.h"

int lcc_totals_read(struct lcc_db *db, struct lcc_totals *ret);
/* Every member of @change is added; "less" is a number below zero, that wraps
 * around. Of a commit; in it lcc_totals_read() tells the sum. */
int lcc_totals_add(struct lcc_db *db, const struct lcc_totals *change);
/* At the end of a commit: what was added goes into the record. */
int lcc_totals_write(struct lcc_db *db);

/* What a file of so many bytes takes on the disk: whole blocks. */
uint64_t lcc_disk_bytes(uint64_t file_bytes);

/**
 * lcc_side_put() - a side file belongs to somebody
 * @owner: a name, or set and last byte's position of a part
 * @body_size: bytes of the body in it
 */
int lcc_side_put(struct lcc_db *db, const struct lcc_hash *file,
                 struct lcc_span owner, uint64_t body_size);
/* 0 also when nobody had it. */
int lcc_side_remove(struct lcc_db *db, const struct lcc_hash *file);
/* To whom? LCC_STORE_MISS: to nobody, or to a part. */
int lcc_side_owner(struct lcc_db *db, const struct lcc_hash *file,
                   struct lcc_name *ret);
/* 0: it belongs to an entry or a part; LCC_STORE_MISS: to nobody. */
int lcc_side_is_owned(struct lcc_db *db, const struct lcc_hash *file);

#endif
