/*
 * range_file.h - what a byte of the large file is, from its place alone
 *
 * Mostly holes, so that 200 MB cost little; each block has a marker of its own
 * that ranges cannot miss.
 */
#ifndef LCC_TESTS_RANGE_FILE_H
#define LCC_TESTS_RANGE_FILE_H

#include <stdint.h>

enum {
    RANGE_FILE_BLOCK = 64 * 1024, /* a marker at the front, then a hole */
    RANGE_FILE_MARKER = 4096,
};

static inline unsigned char range_file_byte(uint64_t at)
{
    return at % RANGE_FILE_BLOCK < RANGE_FILE_MARKER
               ? (unsigned char)((at * 2654435761U) >> 24 ^ at % 251)
               : 0;
}

#endif
