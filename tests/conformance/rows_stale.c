#include "tests/conformance/rows.h"
const struct row rows_stale[] = {ROW_END};
