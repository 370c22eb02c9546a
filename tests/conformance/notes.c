/*
 * notes.c - behaviours that the table does not show, and why
 */
#include "tests/conformance/table.h"

/* clang-format off */
const struct note notes[] = {
    {NULL, NULL, NULL},
};
/* clang-format on */
