/*
 * public_suffix.h - may a host set a cookie for this domain?
 *
 * libcurl asks libpsl, where it was built with it; so do we, the very copy
 * that is in the process already.
 */
#ifndef LCC_PUBLIC_SUFFIX_H
#define LCC_PUBLIC_SUFFIX_H

#include "shim/real.h"

enum lcc_suffix_answer {
    LCC_SUFFIX_ALLOWED,
    LCC_SUFFIX_REFUSED,
    LCC_SUFFIX_UNKNOWN, /* libcurl would ask, but the list cannot be had */
};

/* Does this libcurl look at the list at all? */
bool lcc_suffix_used(const struct lcc_real *real);
/* @host and @domain without leading dot; any case. */
enum lcc_suffix_answer lcc_suffix_check(const struct lcc_real *real,
                                        const char *host, const char *domain);

#endif
