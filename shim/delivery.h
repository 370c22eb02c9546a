/*
 * delivery.h - the program's callbacks, called as libcurl calls them
 *
 * Order, pieces, pauses, short writes. Everything is told from writable
 * memory that ends in a NUL, since programs edit lines in place and use
 * string functions on them.
 */
#ifndef LCC_DELIVERY_H
#define LCC_DELIVERY_H

#include "shim/served.h"

enum { LCC_PIECE_MAX = 16 * 1024 }; /* CURL_MAX_WRITE_SIZE */

/* Where bytes go. */
enum {
    LCC_TO_BODY = 1 << 0,
    LCC_TO_HEADER = 1 << 1,
};

/**
 * lcc_delivery_line() - one header line
 *
 * Waits while the program has paused.
 *
 * Return: CURLE_OK, or the code the transfer ends with.
 */
CURLcode lcc_delivery_line(struct lcc_handle *handle, size_t index);

/**
 * lcc_delivery_body() - part of the body, cut as libcurl would
 * @data: writable; the byte after its end is writable too
 *
 * Return: as above.
 */
CURLcode lcc_delivery_body(struct lcc_handle *handle, char *data, size_t size);

/* curl_easy_pause(): what was held is told from inside this call. */
CURLcode lcc_delivery_pause(struct lcc_handle *handle, int bitmask);

#endif
