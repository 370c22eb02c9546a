#include "tests/conformance/rows.h"
const struct row rows_update_304[] = {ROW_END};
