#include "tests/conformance/rows.h"
const struct row rows_other[] = {ROW_END};
