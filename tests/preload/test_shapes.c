/*
 * test_shapes.c - every scene of the client, in the shapes of programs that
 * drive a multi handle
 *
 * With LCC_EVERY_SHAPE each scene in all of them, else in one, by turns.
 */
#include "tests/preload/matrix.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 2048 };

static const char *const shapes[] = {"perform", "wait", "poll", "select",
                                     "events"};

/* The end comes at the first progress call, which libcurl makes while it
 * connects: nothing of the transfer is known then. */
static const char early_end[] = "abort_at_once_after";

/* Scenes of the multi interface's own drive themselves. */
static bool is_left_out(const char *scene)
{
    return strcmp(scene, early_end) == 0 || strncmp(scene, "multi_", 6) == 0;
}

struct row {
    size_t scene;
    size_t shape;
};

static struct criterion_test_params rows_of(bool every)
{
    static struct row rows[ROWS_MAX];
    const size_t all = sizeof(shapes) / sizeof(shapes[0]);
    size_t count = 0;

    for (size_t i = 0; i < matrix_scene_count; i++) {
        for (size_t j = 0; j < all && !is_left_out(matrix_scenes[i].name);
             j++) {
            if (every || i % all == j) {
                rows[count++] = (struct row){i, j};
            }
        }
    }
    return cr_make_param_array(struct row, rows, count);
}

ParameterizedTestParameters(shapes, plain_cold_and_warm_agree)
{
    return rows_of(getenv("LCC_EVERY_SHAPE") != NULL);
}

ParameterizedTest(struct row *row, shapes, plain_cold_and_warm_agree,
                  .timeout = 120)
{
    matrix_expect_agreement(&matrix_scenes[row->scene], shapes[row->shape]);
}

ParameterizedTestParameters(shapes, what_is_checked_first_looks_the_same)
{
    return rows_of(false);
}

ParameterizedTest(struct row *row, shapes, what_is_checked_first_looks_the_same,
                  .timeout = 120)
{
    matrix_expect_checks_unseen(&matrix_scenes[row->scene], shapes[row->shape]);
}
