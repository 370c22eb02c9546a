/*
 * part_fit.h - where a new part lies among those that are stored
 *
 * Bytes that are stored already stay: both have the same strong validator, so
 * they are the same. The new part is cut at its neighbours, takes the place of
 * the parts inside it, and is joined with neighbours while all is small.
 */
#ifndef LCC_PART_FIT_H
#define LCC_PART_FIT_H

#include "store/parts.h"

struct lcc_fit {
    struct lcc_part_record part; /* what is left of the new one */
    bool nothing;                /* all of it is stored */
    struct lcc_part_record
        gone[LCC_PARTS_BATCH]; /* their place is taken;
                                * their bytes are not there */
    size_t gone_count;
    bool crowded;        /* there are more of them */
    struct lcc_buf left; /* bytes of small neighbours that it is joined with */
    struct lcc_buf right;
    struct lcc_buf value;
};

void lcc_fit_init(struct lcc_fit *fit);
void lcc_fit_done(struct lcc_fit *fit);
/* All of a new part, beside nothing. */
void lcc_fit_begin(struct lcc_fit *fit, const struct lcc_part_record *whole);
/* Among the parts of a set; results of lcc_db_get(), but never a miss. */
int lcc_fit_in(struct lcc_db *db, const struct lcc_hash *set,
               const struct lcc_part_record *whole, struct lcc_fit *fit);
/* Leave fit->gone to those inside @whole: the new part does not come yet, and
 * nobody else has the neighbours' bytes. */
void lcc_fit_without_neighbours(struct lcc_fit *fit,
                                const struct lcc_part_record *whole);

#endif
