/*
 * generate.h - random programs of calls
 */
#ifndef LCC_TESTS_CALLS_GENERATE_H
#define LCC_TESTS_CALLS_GENERATE_H

#include <stdint.h>

/* The program of this number: the same one each time. The caller frees it. */
char *generate(uint64_t number);

#endif
