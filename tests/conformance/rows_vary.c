#include "tests/conformance/rows.h"
const struct row rows_vary[] = {ROW_END};
