/*
 * bench_store.h - rows of the table that need no network
 */
#ifndef LCC_BENCH_STORE_H
#define LCC_BENCH_STORE_H

#include <stdint.h>

/**
 * bench_store() - gets by entries, processes and threads, with a writer
 * @gets:    the program `gets`
 * @cache:   a folder for the caches, which are left there
 * @entries: of one more cache; 0 for none
 * @rounds:  of each row
 */
void bench_store(const char *gets, const char *cache, uint64_t entries,
                 int rounds);

#endif
