#include "tests/conformance/rows.h"
const struct row rows_pragma[] = {ROW_END};
