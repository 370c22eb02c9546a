/*
 * fuzz.h - what the fuzz targets share
 *
 * A target is one function; libFuzzer or driver.c calls it.
 */
#ifndef LCC_TESTS_FUZZ_H
#define LCC_TESTS_FUZZ_H

#include "store/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input. */
#define FUZZ_HOLDS(condition)                                                  \
    do {                                                                       \
        if (!(condition)) {                                                    \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,           \
                          #condition);                                         \
            __builtin_trap();                                                  \
        }                                                                      \
    } while (0)

/* Up to the first @stop byte off the front, which is dropped. */
static inline struct lcc_span fuzz_take(struct lcc_span *from, int stop)
{
    struct lcc_span part = *from;
    const uint8_t *at = from->data;
    const uint8_t *end = part.size ? memchr(at, stop, part.size) : NULL;

    if (!end) {
        *from = LCC_SPAN_EMPTY;
        return part;
    }
    part.size = (size_t)(end - at);
    *from = lcc_span_of(end + 1, from->size - part.size - 1);
    return part;
}

/* A C string; the caller frees it. */
static inline char *fuzz_string(struct lcc_span text)
{
    char *copy = calloc(1, text.size + 1);

    FUZZ_HOLDS(copy);
    if (text.size > 0) {
        memcpy(copy, text.data, text.size);
    }
    return copy;
}

/* Lines parted by \n into fields; at most LCC_FIELDS_MAX. */
static inline struct lcc_fields fuzz_fields(struct lcc_span lines)
{
    struct lcc_fields fields = LCC_FIELDS_INIT;

    while (lines.size > 0 && fields.count < LCC_FIELDS_MAX) {
        FUZZ_HOLDS(lcc_fields_add_line(&fields, fuzz_take(&lines, '\n')) == 0);
    }
    return fields;
}

#endif
