/*
 * cases.h - a test per row of a static table
 *
 * Criterion runs every test in a fresh process at fresh addresses, where a
 * row's pointers would point nowhere: so what travels is the row's index.
 *
 *     LCC_CASES(http_cc, directives, cases)
 *     {
 *         const struct cc_case *c = &cases[*which];
 *         ...
 *     }
 */
#ifndef LCC_TESTS_CASES_H
#define LCC_TESTS_CASES_H

#include "store/base.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#define LCC_CASES(suite, name, table)                                          \
    ParameterizedTestParameters(suite, name)                                   \
    {                                                                          \
        static size_t rows_[LCC_ARRAY_SIZE(table)];                            \
                                                                               \
        for (size_t i = 0; i < LCC_ARRAY_SIZE(rows_); i++) {                   \
            rows_[i] = i;                                                      \
        }                                                                      \
        return cr_make_param_array(size_t, rows_, LCC_ARRAY_SIZE(rows_));      \
    }                                                                          \
    ParameterizedTest(size_t *which, suite, name)

#endif
