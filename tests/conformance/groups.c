/*
 * groups.c - the table of tables
 */
#include "tests/conformance/rows.h"

const struct group groups[] = {
#define GROUP(id, name) {name, rows_##id},
#include "tests/conformance/groups.def"
#undef GROUP
    {NULL, NULL},
};
