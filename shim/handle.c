/*
 * handle.c - the easy handles that the program made
 */
#include "shim/handle.h"

#include <stdlib.h>

#include "shim/registry.h"

static struct lcc_registry handles;

struct lcc_handle *lcc_handles_find(const CURL *curl)
{
    return lcc_registry_find(&handles, curl);
}

/* A handle that was freed behind our back left its address to this one. */
static void drop_stale(CURL *curl)
{
    struct lcc_handle *stale = lcc_handles_find(curl);

    if (stale) {
        lcc_handles_remove(stale);
    }
}

struct lcc_handle *lcc_handles_add(CURL *curl, const struct lcc_real *real)
{
    struct lcc_handle *handle;

    drop_stale(curl);
    handle = calloc(1, sizeof(*handle));
    if (!handle) {
        return NULL;
    }
    handle->curl = curl;
    handle->real = real;
    lcc_shadow_init(&handle->shadow);
    if (!lcc_registry_put(&handles, curl, handle)) {
        lcc_shadow_done(&handle->shadow);
        free(handle);
        return NULL;
    }
    return handle;
}

void lcc_handles_remove(struct lcc_handle *handle)
{
    lcc_registry_drop(&handles, handle->curl);
    lcc_shadow_done(&handle->shadow);
    free(handle);
}
