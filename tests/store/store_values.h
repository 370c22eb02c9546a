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

/* Look up and check every byte. 0 and *ret_version, *ret_size; the lookup's
 * result; HELP_WRONG when something else came out than went in. */
enum { HELP_WRONG = 1000 };
int help_get(struct lcc_store *store, unsigned int number,
             unsigned int *ret_version, size_t *ret_size);
int help_get_at(struct lcc_store *store, unsigned int number, int64_t now_s,
                unsigned int *ret_version, size_t *ret_size);

#endif
