/*
 * parts.h - the parts of partial responses in the database
 *
 * The parts of one response make a set, which has a random name of its own.
 * They never overlap. When the entry goes its set is merely marked as gone, in
 * the same commit, and its parts go a few at a time in later ones: so no commit
 * grows with the number of parts, and a new response of the same name starts a
 * new set. Results are those of lcc_db_get().
 */
#ifndef LCC_PARTS_H
#define LCC_PARTS_H

#include "store/db.h"
#include "store/part.h"

enum {
    LCC_PARTS_BATCH = 64, /* parts removed in one commit */
    LCC_PARTS_FEW = 16,   /* and in one that is about something else */
};

/* Side files that nothing names after the next commit. */
struct lcc_garbage {
    struct lcc_hash files[5 * 64]; /* victims, replaced ones, parts twice */
    size_t count;
    uint64_t spare_bytes; /* so many of them may stay, to be written over, */
    uint64_t in_flight;   /* as long as no more than this is being written */
    bool parts;           /* a set was marked as gone */
};
static inline void lcc_garbage_clear(struct lcc_garbage *garbage)
{
    garbage->count = 0;
    garbage->spare_bytes = 0;
    garbage->parts = false;
}
/* One that does not fit is left to the sweep. */
void lcc_garbage_add(struct lcc_garbage *garbage, const struct lcc_hash *file);

/* What a part counts against the limit. */
uint64_t lcc_part_cost(const struct lcc_part_record *part);

/**
 * lcc_parts_find() - the part that contains a position, or the next one
 * @value: holds the record; *ret points into it
 *
 * Return: 0; LCC_STORE_MISS when there is none; LCC_STORE_UNAVAILABLE when it
 * is damaged.
 */
int lcc_parts_find(struct lcc_db *db, const struct lcc_hash *set, uint64_t at,
                   struct lcc_buf *value, struct lcc_part_record *ret);
/* The one behind what was just found; the cursor stands there. */
int lcc_parts_next(struct lcc_db *db, const struct lcc_hash *set,
                   struct lcc_buf *value, struct lcc_part_record *ret);

int lcc_parts_put(struct lcc_db *db, const struct lcc_hash *set,
                  const struct lcc_part_record *part, struct lcc_buf *scratch);
/* Its side file becomes garbage. */
int lcc_parts_remove(struct lcc_db *db, const struct lcc_hash *set,
                     const struct lcc_part_record *part,
                     struct lcc_garbage *garbage);

/* The entry of this set goes with this commit; its cost with the parts. */
int lcc_parts_mark_gone(struct lcc_db *db, const struct lcc_hash *set,
                        uint64_t cost_bytes);
/**
 * lcc_parts_purge() - remove parts of sets that are gone
 * @max:       at most LCC_PARTS_BATCH
 * @ret_count: how many; 0: there are no more
 * @ret_bytes: what they counted; the caller takes it off the totals
 */
int lcc_parts_purge(struct lcc_db *db, size_t max, struct lcc_garbage *garbage,
                    size_t *ret_count, uint64_t *ret_bytes);

#endif
