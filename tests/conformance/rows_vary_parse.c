#include "tests/conformance/rows.h"
const struct row rows_vary_parse[] = {ROW_END};
