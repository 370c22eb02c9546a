/*
 * set_cookie.c - Set-Cookie of a served response, into the handle's engine
 */
#include "shim/set_cookie.h"

void lcc_set_cookie(struct lcc_handle *handle, size_t index)
{
    (void)handle;
    (void)index;
}
