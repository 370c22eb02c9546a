/*
 * share.c - the share handles that the program made
 */
#include "shim/share.h"

#include <stdlib.h>

#include "shim/registry.h"

static struct lcc_registry shares;

struct lcc_share *lcc_shares_find(const CURLSH *curlsh)
{
    return lcc_registry_find(&shares, curlsh);
}

void lcc_shares_put_back(struct lcc_share *share)
{
    if (!lcc_registry_put(&shares, share->curlsh, share)) {
        free(share);
    }
}

void lcc_shares_add(CURLSH *curlsh, const struct lcc_real *real)
{
    struct lcc_share *stale = lcc_shares_find(curlsh);
    struct lcc_share *share = calloc(1, sizeof(*share));

    if (stale) { /* freed behind our back */
        lcc_shares_drop(stale);
        free(stale);
    }
    if (share) {
        share->curlsh = curlsh;
        share->real = real;
        lcc_shares_put_back(share);
    }
}

void lcc_shares_drop(struct lcc_share *share)
{
    lcc_registry_drop(&shares, share->curlsh);
}

enum lcc_jar lcc_shares_jar(const CURLSH *curlsh)
{
    const struct lcc_share *share = lcc_shares_find(curlsh);

    if (!share) {
        return LCC_JAR_UNKNOWN;
    }
    return share->has_cookies ? LCC_JAR_SHARED : LCC_JAR_NONE;
}
