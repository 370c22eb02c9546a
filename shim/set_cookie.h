/*
 * set_cookie.h - Set-Cookie of a served response, into the handle's engine
 *
 * Only where the program has switched the engine on. What libcurl would have
 * refused from that host is refused; in doubt nothing is set.
 */
#ifndef LCC_SET_COOKIE_H
#define LCC_SET_COOKIE_H

#include "shim/served.h"

/* A field line that is about to be told; does nothing unless it is a
 * Set-Cookie and the program's cookie engine is on. */
void lcc_set_cookie(struct lcc_handle *handle, size_t index);

/* Can every cookie of the response be judged? When not, the network is the
 * better answer. */
bool lcc_set_cookie_sure(struct lcc_handle *handle);

#endif
