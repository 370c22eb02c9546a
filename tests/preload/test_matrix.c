/*
 * test_matrix.c - every scene of the client, by the easy interface
 */
#include "tests/preload/matrix.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

enum { SCENES_MAX = 256 };

static struct criterion_test_params every_scene(void)
{
    static size_t rows[SCENES_MAX];

    for (size_t i = 0; i < matrix_scene_count; i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, matrix_scene_count);
}

ParameterizedTestParameters(matrix, plain_cold_and_warm_agree)
{
    return every_scene();
}

ParameterizedTest(size_t *row, matrix, plain_cold_and_warm_agree,
                  .timeout = 120)
{
    matrix_expect_agreement(&matrix_scenes[*row], NULL);
}

ParameterizedTestParameters(matrix, what_is_checked_first_looks_the_same)
{
    return every_scene();
}

ParameterizedTest(size_t *row, matrix, what_is_checked_first_looks_the_same,
                  .timeout = 120)
{
    matrix_expect_checks_unseen(&matrix_scenes[*row], NULL);
}
