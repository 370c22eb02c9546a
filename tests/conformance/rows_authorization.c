#include "tests/conformance/rows.h"
const struct row rows_authorization[] = {ROW_END};
