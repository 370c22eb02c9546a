/*
 * entries.h - numbered entries of 1 KiB, put and found again
 *
 * For the programs that measure the store without a network. A failure ends
 * the program with a line on stderr.
 */
#ifndef LCC_BENCH_ENTRIES_H
#define LCC_BENCH_ENTRIES_H

#include "store/store.h"

double entries_now_us(void);
/* As even and as irregular as the hashes that stand there otherwise. */
struct lcc_id entries_id(uint64_t number);
/* A stored response as small as they come; lies in @out. */
struct lcc_span entries_meta(struct lcc_buf *out);
void entries_put(struct lcc_store *store, uint64_t number,
                 struct lcc_span meta);
/* The same row of numbers in every thread and every run. */
uint64_t entries_random(void);

#endif
