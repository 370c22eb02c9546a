#include "tests/conformance/rows.h"
const struct row rows_date[] = {ROW_END};
