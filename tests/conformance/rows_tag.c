#include "tests/conformance/rows.h"
const struct row rows_tag[] = {ROW_END};
