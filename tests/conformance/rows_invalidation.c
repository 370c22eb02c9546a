#include "tests/conformance/rows.h"
const struct row rows_invalidation[] = {ROW_END};
