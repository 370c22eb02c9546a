/*
 * options.c - finding the row of an option
 *
 * libcurl's numbers are 10000 times the kind of the argument plus a number
 * that is never used twice, so that one small index finds every row.
 */
#include "shim/options.h"

#include "store/base.h"

enum { LCC_OPTION_BASE = 10000 };

static const struct lcc_option options[LCC_OPT_MAX_] = {
#define LCC_OPTION(name_, number_, class_of, kind_, dflt_)                     \
    [LCC_OPT_##name_] = {.name = #name_,                                       \
                         .number = (CURLoption)(number_),                      \
                         .class_ = LCC_OPTION_##class_of,                      \
                         .kind = LCC_KIND_##kind_,                             \
                         .dflt = (dflt_)},
#include "shim/options.def"
#undef LCC_OPTION
};

/* Row + 1 by number, 0 where there is none. */
static const uint16_t index_of[] = {
#define LCC_OPTION(name_, number_, class_of, kind_, dflt_)                     \
    [(number_) % LCC_OPTION_BASE] = LCC_OPT_##name_ + 1,
#include "shim/options.def"
#undef LCC_OPTION
};

int lcc_option_row(CURLoption number)
{
    size_t at = (size_t)number % LCC_OPTION_BASE;
    int row;

    if (at >= LCC_ARRAY_SIZE(index_of) || !index_of[at]) {
        return -1;
    }
    row = index_of[at] - 1;
    return options[row].number == number ? row : -1;
}

const struct lcc_option *lcc_option_at(enum lcc_option_row row)
{
    return (unsigned int)row < LCC_OPT_MAX_ ? &options[row] : NULL;
}
