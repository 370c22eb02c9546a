/*
 * effective_url.h - the URLs of a served chain
 *
 * Computed from the program's own URL and the stored Location fields, so that
 * no secret of a URL is stored. Made when asked for: libcurl's URL functions
 * cost more than a small hit.
 */
#ifndef LCC_EFFECTIVE_URL_H
#define LCC_EFFECTIVE_URL_H

#include "shim/served.h"

/* The URL of the response that is told; lives until a later one is told or the
 * next transfer begins. The program's own text without memory. */
const char *lcc_told_url(struct lcc_handle *handle);
/* CURLINFO_EFFECTIVE_URL: the same, or what the program has set since. */
const char *lcc_effective_url(struct lcc_handle *handle);
/* CURLINFO_REDIRECT_URL: where a Location that is not followed leads. */
const char *lcc_redirect_url(struct lcc_handle *handle);
/* What AUTOREFERER makes of the response that is told, once the next request
 * follows it. real->free() it; NULL without memory. */
char *lcc_auto_referer(struct lcc_handle *handle);

#endif
