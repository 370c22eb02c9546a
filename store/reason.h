/*
 * reason.h - the named reasons of every decision, from reason.def
 */
#ifndef LCC_REASON_H
#define LCC_REASON_H

#include "store/base.h"

enum lcc_reason {
#define LCC_REASON(name, kind, word, sentence, section) LCC_REASON_##name,
#include "store/reason.def"
#undef LCC_REASON
    LCC_REASON_MAX_
};

enum lcc_reason_kind {
    LCC_REASON_KIND_SERVED,
    LCC_REASON_KIND_FETCHED,
    LCC_REASON_KIND_BYPASS,
};

/* Static strings; an unknown number gives those of NONE. */
const char *lcc_reason_word(enum lcc_reason reason);
const char *lcc_reason_sentence(enum lcc_reason reason);
const char *lcc_reason_section(enum lcc_reason reason);
enum lcc_reason_kind lcc_reason_kind(enum lcc_reason reason);

#endif
