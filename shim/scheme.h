/*
 * scheme.h - is this transfer HTTP at all?
 *
 * Asked before anything else: a process that makes no HTTP transfer opens no
 * cache and hears nothing of its settings.
 */
#ifndef LCC_SCHEME_H
#define LCC_SCHEME_H

#include "shim/handle.h"
#include "store/bytes.h"

/* Without one libcurl does not begin a transfer. */
bool lcc_scheme_has_url(const struct lcc_handle *handle);
/* As libcurl would read the handle's URL: http or https, stated, by
 * CURLOPT_DEFAULT_PROTOCOL or guessed from the host. False without a URL. */
bool lcc_scheme_is_http(const struct lcc_handle *handle);

/* Scheme, host and port of a normal form (store/http_uri.h); borrowed. */
struct lcc_span lcc_scheme_origin(struct lcc_span url);

#endif
