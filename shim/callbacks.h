/*
 * callbacks.h - the program's own write and header callbacks
 *
 * Chosen as libcurl chooses them (CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION
 * manual pages): no write function means fwrite() to WRITEDATA or stdout; no
 * header function but HEADERDATA means the write function. They read the
 * shadow at each call, since a callback may set another one.
 */
#ifndef LCC_CALLBACKS_H
#define LCC_CALLBACKS_H

#include "shim/handle.h"

/* Body bytes, or header bytes that CURLOPT_HEADER asks for in the body.
 * @data is writable, @size bytes. Return: what the program returned. */
size_t lcc_callbacks_write(const struct lcc_handle *handle, char *data,
                           size_t size);
/* Is a header callback due at all? */
bool lcc_callbacks_want_headers(const struct lcc_handle *handle);
/* One header line, to the header callback only. */
size_t lcc_callbacks_header(const struct lcc_handle *handle, char *data,
                            size_t size);

#endif
