/*
 * entry.h - what dlsym() answers for a function of libcurl's that is ours
 *
 * A program that took curl_easy_init() out of one libcurl by dlsym() means that
 * one. The return address says nothing of it: the call may come through libffi
 * or out of generated code. So each libcurl of the process has entries of its
 * own for the functions that make handles.
 */
#ifndef LCC_ENTRY_POINT_H
#define LCC_ENTRY_POINT_H

#include "shim/real.h"

/* Is it a function of libcurl's that we export? */
bool lcc_entry_is_interposed(const char *name);

/**
 * lcc_entry_of() - our function in place of this libcurl's
 * @real: the libcurl that was asked
 * @name: lcc_entry_is_interposed()
 *
 * Return: an address to call.
 */
void *lcc_entry_of(const struct lcc_real *real, const char *name);

/* curl_easy_init() of this libcurl, with the handle followed; see
 * interpose_easy.c. */
CURL *lcc_easy_init_of(const struct lcc_real *real);
/* curl_multi_init(), likewise; see interpose_multi.c. */
CURLM *lcc_multi_init_of(const struct lcc_real *real);
/* curl_share_init(), likewise; see interpose_share.c. */
CURLSH *lcc_share_init_of(const struct lcc_real *real);

#endif
