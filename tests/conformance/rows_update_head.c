#include "tests/conformance/rows.h"
const struct row rows_update_head[] = {ROW_END};
