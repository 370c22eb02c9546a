#include "tests/conformance/rows.h"
const struct row rows_range[] = {ROW_END};
