/*
 * multi.c - the multi handles that the program made
 */
#include "shim/multi.h"

#include <stdlib.h>

#include "shim/registry.h"

static struct lcc_registry multis;

struct lcc_multi *lcc_multis_find(const CURLM *curlm)
{
    return lcc_registry_find(&multis, curlm);
}

struct lcc_multi *lcc_multis_add(CURLM *curlm, const struct lcc_real *real)
{
    struct lcc_multi *multi = calloc(1, sizeof(*multi));

    if (!multi) {
        return NULL;
    }
    multi->curlm = curlm;
    multi->real = real;
    multi->find = lcc_handles_find;
    if (!lcc_registry_put(&multis, curlm, multi)) {
        free(multi);
        return NULL;
    }
    return multi;
}

void lcc_multis_drop(struct lcc_multi *multi)
{
    lcc_registry_drop(&multis, multi->curlm);
}
