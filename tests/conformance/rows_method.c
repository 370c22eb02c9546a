#include "tests/conformance/rows.h"
const struct row rows_method[] = {ROW_END};
