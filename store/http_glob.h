/*
 * http_glob.h - `*` and `?` on text that may lie in two pieces
 */
#ifndef LCC_HTTP_GLOB_H
#define LCC_HTTP_GLOB_H

#include "store/http_uri.h"

/* Two pieces, so that a host and a path can be matched without building the
 * URL between them. */
struct lcc_subject {
    struct lcc_span head;
    struct lcc_span tail;
    size_t fold; /* so many bytes at the front are compared without case */
};

/* Does the pattern cover the whole subject, or, with @prefix, its beginning? */
bool lcc_glob_subject(const struct lcc_subject *subject, const char *pattern,
                      bool prefix);

#endif
