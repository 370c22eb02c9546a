/*
 * bodies.h - what the client of the sweep asks for, and what is right
 */
#ifndef LCC_TESTS_DAMAGE_BODIES_H
#define LCC_TESTS_DAMAGE_BODIES_H

#include <stddef.h>

/* Inline ones, one that needs overflow pages, and two with side files. */
static const size_t body_sizes[] = {0, 10, 700, 3000, 9000, 300, 20000, 70000};
enum { BODIES = sizeof(body_sizes) / sizeof(body_sizes[0]) };

/* Byte @at of body @number: of no other body at that place. */
static inline unsigned char body_byte(size_t number, size_t at)
{
    return (unsigned char)(at * 31 + at / 251 + number * 37 + 1);
}

#endif
