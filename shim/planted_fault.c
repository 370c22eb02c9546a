/*
 * planted_fault.c - built by -Dplanted_fault alone; see planted_fault.h
 */
#include "shim/planted_fault.h"

#include <stdint.h>
#include <stdlib.h>

#ifdef LCC_PLANTED_OVERFLOW
enum { PLANTED_SIZE = 8 };

/* One byte behind a block of the heap, where no compiler can see it. */
void lcc_planted_fault(void)
{
    volatile size_t behind = PLANTED_SIZE;
    volatile char *bytes = malloc(PLANTED_SIZE);

    if (bytes) {
        bytes[behind] = 1;
    }
    free((void *)(uintptr_t)bytes);
}
#endif

#ifdef LCC_PLANTED_RACE
static volatile unsigned int planted_counter;

/* Two threads count without a lock. */
void lcc_planted_fault(void)
{
    planted_counter = planted_counter + 1;
}
#endif
