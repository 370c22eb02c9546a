/*
 * rows.h - the tables of the groups, one for each row of groups.def
 */
#ifndef LCC_CONFORMANCE_ROWS_H
#define LCC_CONFORMANCE_ROWS_H

#include "tests/conformance/table.h"

/* Lifetimes that the run does not outlive, and that the shared wait does. */
#define LONG "Cache-Control: max-age=3600"
#define SHORT "Cache-Control: max-age=1"

#define GROUP(id, name) extern const struct row rows_##id[];
#include "tests/conformance/groups.def"
#undef GROUP

#endif
