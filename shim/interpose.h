/*
 * interpose.h - between interpose_easy.c, interpose_multi.c and
 * interpose_share.c alone
 */
#ifndef LCC_INTERPOSE_H
#define LCC_INTERPOSE_H

#include "shim/multi.h"

/* The libcurl that a call from this address means; errno is kept. */
const struct lcc_real *lcc_interpose_real(void *address, bool *ret_inside);

/* For functions of handles that are not ours, and for new handles. */
#define CALLERS_REAL()                                                         \
    lcc_interpose_real(                                                        \
        __builtin_extract_return_addr(__builtin_return_address(0)), NULL)

/* curl_easy_cleanup() of a handle of ours, now. */
void lcc_interpose_clean_up(struct lcc_handle *handle);

/* The engine, if a transfer of this handle is worth loading it for. */
const struct lcc_engine *
lcc_interpose_engine_for(const struct lcc_handle *handle);

/* Clean up the handles that callbacks of this multi handle's members have
 * cleaned up meanwhile. */
void lcc_interpose_sweep(struct lcc_multi *multi);

/* Inside a callback of one of its members, or its own? */
bool lcc_interpose_is_inside(const struct lcc_multi *multi);

#endif
