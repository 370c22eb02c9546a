#include "tests/conformance/rows.h"
const struct row rows_fields[] = {ROW_END};
