/*
 * store_values.h - entries that check themselves, and short ways to put and
 * get them; no test framework, so that plain programs use them too
 */
#ifndef LCC_STORE_VALUES_H
#define LCC_STORE_VALUES_H

#include "store/store.h"

/* The moment at which tests take place. */
#define HELP_NOW INT64_C(1700000000)

/* The id of the request with this number, and a body that only it can have:
 * every byte depends on number, version and place. */
struct lcc_id help_id(unsigned int number);
void help_fill(uint8_t *body, size_t size, unsigned int number,
               unsigned int version);

/* Result of the commit, or of what failed before. */
int help_put(struct lcc_store *store, unsigned int number, unsigned int version,
             size_t size);
int help_put_at(struct lcc_store *store, unsigned int number,
                unsigned int version, size_t size, int64_t now_s);

/* Bytes first..last of that body, whose length is @size, as a 206 brings them.
 * Combines with parts of the same version. */
struct help_part {
    unsigned int number, version;
    size_t size;
    size_t first, last;
    bool length_unknown;
    const uint8_t *body; /* what help_fill() gives; NULL: asked for here */
};
int help_put_part(struct lcc_store *store, const struct help_part *part,
                  int64_t now_s);
/* Are first..last covered, and are they those bytes? 0; HELP_GAP when not
 * covered; HELP_WRONG; what a call answered. @hit: a found one. */
int help_check_part(struct lcc_store *store, const struct lcc_hit *hit,
                    const struct help_part *part);
/* Number, version and size as a found entry says them. */
bool help_read_meta(struct lcc_span meta, struct help_part *ret);

/* Look up and check every byte. 0 and *ret_version, *ret_size; the lookup's
 * result; HELP_WRONG when something else came out than went in. */
enum { HELP_WRONG = 1000, HELP_GAP };
int help_get(struct lcc_store *store, unsigned int number,
             unsigned int *ret_version, size_t *ret_size);
int help_get_at(struct lcc_store *store, unsigned int number, int64_t now_s,
                unsigned int *ret_version, size_t *ret_size);

/* Also the number of its last renewal, 0 for none. */
int help_get_renewed(struct lcc_store *store, unsigned int number,
                     int64_t now_s, unsigned int *ret_version, size_t *ret_size,
                     unsigned int *ret_renewal);
/* Look up and renew, saying this number. LCC_STORE_MISS when it is not there
 * any more, or is another one by now. */
int help_renew(struct lcc_store *store, unsigned int number, int64_t now_s,
               unsigned int renewal);

#endif
