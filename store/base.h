/*
 * base.h - the few macros everything else is written with
 *
 * Owns: array length, cleanup attribute, stealing, saturating arithmetic.
 * Knows nothing of HTTP, libcurl or Berkeley DB.
 */
#ifndef LCC_BASE_H
#define LCC_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LCC_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Only symbols that a program is meant to meet carry this. */
#define LCC_EXPORT __attribute__((visibility("default")))

/*
 * LCC_CLEANUP(fn) - run fn(&variable) when the variable goes out of scope
 *
 * LCC_DEFINE_CLEANUP(type, fn) makes `fnp` out of a destructor `fn` that takes
 * the pointer itself and accepts NULL.
 */
#define LCC_CLEANUP(fn) __attribute__((cleanup(fn)))
#define LCC_DEFINE_CLEANUP(type, fn)                                           \
    static inline void fn##p(type *variable)                                   \
    {                                                                          \
        if (*variable) {                                                       \
            fn(*variable);                                                     \
        }                                                                      \
    }                                                                          \
    struct lcc_swallow_semicolon

/* Give an owned pointer away: its value, while the variable becomes NULL. */
#define lcc_steal(pointer)                                                     \
    (__extension__({                                                           \
        __typeof__(pointer) lcc_from_ = (pointer);                             \
        __typeof__(*lcc_from_) lcc_value_ = *lcc_from_;                        \
        *lcc_from_ = NULL;                                                     \
        lcc_value_;                                                            \
    }))

/* a + b that stays at the type's edge instead of wrapping. */
static inline int64_t lcc_add_sat(int64_t a, int64_t b)
{
    int64_t sum;

    if (!__builtin_add_overflow(a, b, &sum)) {
        return sum;
    }
    return a < 0 ? INT64_MIN : INT64_MAX;
}

/* a - b that stays at the type's edge instead of wrapping. */
static inline int64_t lcc_sub_sat(int64_t a, int64_t b)
{
    int64_t difference;

    if (!__builtin_sub_overflow(a, b, &difference)) {
        return difference;
    }
    return a < 0 ? INT64_MIN : INT64_MAX;
}

#endif
