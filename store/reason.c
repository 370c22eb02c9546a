/*
 * reason.c - the rows of reason.def as words, sentences and kinds
 */
#include "store/reason.h"

struct reason_row {
    const char *word;
    const char *sentence;
    const char *section;
    enum lcc_reason_kind kind;
};

static const struct reason_row rows[] = {
#define LCC_REASON(name, kind, word, sentence, section)                        \
    {word, sentence, section, LCC_REASON_KIND_##kind},
#include "store/reason.def"
#undef LCC_REASON
};

static const struct reason_row *row_of(enum lcc_reason reason)
{
    unsigned int at = (unsigned int)reason;

    return &rows[at < LCC_ARRAY_SIZE(rows) ? at : 0];
}

const char *lcc_reason_word(enum lcc_reason reason)
{
    return row_of(reason)->word;
}

const char *lcc_reason_sentence(enum lcc_reason reason)
{
    return row_of(reason)->sentence;
}

const char *lcc_reason_section(enum lcc_reason reason)
{
    return row_of(reason)->section;
}

enum lcc_reason_kind lcc_reason_kind(enum lcc_reason reason)
{
    return row_of(reason)->kind;
}
