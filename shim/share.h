/*
 * share.h - the share handles that the program made, and what they hold
 *
 * libcurl does not say what a share holds, and a handle that joins one with
 * cookies has an engine for them from then on. So the calls that say it are
 * followed. A share of which not everything was seen may hold anything.
 */
#ifndef LCC_SHARE_H
#define LCC_SHARE_H

#include "shim/real.h"
#include "shim/shadow.h"

struct lcc_share {
    CURLSH *curlsh;
    const struct lcc_real *real;
    bool has_cookies; /* fixed while a handle has joined it */
};

/* Registered share, or NULL. Threads may look for one at the same time. */
struct lcc_share *lcc_shares_find(const CURLSH *curlsh);
/* Register one that was just made. Without memory it simply is not ours. */
void lcc_shares_add(CURLSH *curlsh, const struct lcc_real *real);
/* Not found any more; not freed. */
void lcc_shares_drop(struct lcc_share *share);
/* Found again, after a drop. Without memory it is freed. */
void lcc_shares_put_back(struct lcc_share *share);

/* What a handle finds there that joins it; accepts NULL. */
enum lcc_jar lcc_shares_jar(const CURLSH *curlsh);

#endif
