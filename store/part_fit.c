/*
 * part_fit.c - a new part is cut at its neighbours, covers or joins others
 */
#include "store/part_fit.h"

#include "store/store.h"

#include <errno.h>

void lcc_fit_init(struct lcc_fit *fit)
{
    *fit = (struct lcc_fit){
        .left = LCC_BUF_INIT(LCC_INLINE_BODY_MAX),
        .right = LCC_BUF_INIT(LCC_INLINE_BODY_MAX),
        .value = LCC_BUF_INIT(LCC_PART_FIXED + LCC_INLINE_BODY_MAX),
    };
}

void lcc_fit_done(struct lcc_fit *fit)
{
    lcc_buf_done(&fit->left);
    lcc_buf_done(&fit->right);
    lcc_buf_done(&fit->value);
}

void lcc_fit_begin(struct lcc_fit *fit, const struct lcc_part_record *whole)
{
    fit->part = *whole;
    fit->nothing = false;
    fit->gone_count = 0;
    fit->crowded = false;
    lcc_buf_clear(&fit->left);
    lcc_buf_clear(&fit->right);
}

/* A small neighbour becomes one with the new part, if both are inline. */
static int join(struct lcc_fit *fit, const struct lcc_part_record *neighbour,
                struct lcc_buf *bytes)
{
    size_t joined = fit->left.size + (size_t)fit->part.size;

    if (neighbour->in_side_file || fit->part.in_side_file ||
        fit->gone_count == LCC_PARTS_BATCH ||
        neighbour->size > LCC_INLINE_BODY_MAX - joined) {
        return 0;
    }
    fit->gone[fit->gone_count] = *neighbour;
    fit->gone[fit->gone_count++].bytes =
        lcc_span_of(NULL, (size_t)neighbour->size); /* its cost alone */
    return lcc_buf_append(bytes, neighbour->bytes);
}

/* Two neighbours may have it all between them: then both stay. */
static int fit_nothing(struct lcc_fit *fit)
{
    fit->nothing = true;
    fit->gone_count = 0;
    return 0;
}

/* One stored part that touches or overlaps the new one. */
static int fit_one(struct lcc_fit *fit, const struct lcc_part_record *stored,
                   uint64_t first, uint64_t last)
{
    uint64_t stored_last = lcc_part_last(stored);

    if (stored->first <= first && stored_last >= last) {
        return fit_nothing(fit);
    }
    if (stored->first <= first) {
        if (stored_last >= first) {
            lcc_part_trim(&fit->part, stored_last + 1 - first, 0);
        }
        return join(fit, stored, &fit->left);
    }
    if (stored_last > last) {
        uint64_t both = stored->first <= last ? last + 1 - stored->first : 0;

        if (both >= fit->part.size) {
            return fit_nothing(fit);
        }
        lcc_part_trim(&fit->part, 0, both);
        return join(fit, stored, &fit->right);
    }
    if (fit->gone_count == LCC_PARTS_BATCH) {
        fit->crowded = true;
        return 0;
    }
    fit->gone[fit->gone_count] = *stored;
    fit->gone[fit->gone_count++].bytes =
        lcc_span_of(NULL, stored->bytes.size); /* its cost alone */
    return 0;
}

int lcc_fit_in(struct lcc_db *db, const struct lcc_hash *set,
               const struct lcc_part_record *whole, struct lcc_fit *fit)
{
    uint64_t first = whole->first;
    uint64_t last = lcc_part_last(whole);
    struct lcc_part_record stored;
    int result;

    lcc_fit_begin(fit, whole);
    result = lcc_parts_find(db, set, first > 0 ? first - 1 : 0, &fit->value,
                            &stored);
    while (result == 0 && !fit->nothing && !fit->crowded &&
           (stored.first <= last || stored.first - last == 1)) {
        result = fit_one(fit, &stored, first, last);
        if (result == 0) {
            result = lcc_parts_next(db, set, &fit->value, &stored);
        }
    }
    lcc_db_seek_end(db);
    return result == LCC_STORE_MISS ? 0 : result;
}

void lcc_fit_without_neighbours(struct lcc_fit *fit,
                                const struct lcc_part_record *whole)
{
    size_t count = fit->gone_count;

    fit->gone_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (fit->gone[i].first >= whole->first &&
            lcc_part_last(&fit->gone[i]) <= lcc_part_last(whole)) {
            fit->gone[fit->gone_count++] = fit->gone[i];
        }
    }
}
