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
 * A pause of the program's leaves served->paused set and what it did not take
 * held: tell nothing more until it is over.
 *
 * Return: CURLE_OK, or the code the transfer ends with.
 */
CURLcode lcc_delivery_line(struct lcc_handle *handle, size_t index);

/**
 * lcc_delivery_piece() - the next piece of the body, cut as libcurl would
 * @data:     writable and kept while the program has paused; the byte after
 *            its end is writable too
 * @ret_size: how much of it the piece was; set in every case
 *
 * Return: as above.
 */
CURLcode lcc_delivery_piece(struct lcc_handle *handle, char *data, size_t size,
                            size_t *ret_size);
/* What follows a piece once it was taken: progress and CURLOPT_TIMEOUT. */
CURLcode lcc_delivery_piece_told(struct lcc_handle *handle);

/* Show progress to a program that has paused; its callback may go on. */
CURLcode lcc_delivery_paused(struct lcc_handle *handle);
/* Stay here while the program has paused. Its progress callback, a signal
 * handler or CURLOPT_TIMEOUT ends it; nothing else does with libcurl. */
CURLcode lcc_delivery_wait(struct lcc_handle *handle);

/* curl_easy_pause(): what was held is told from inside this call. */
CURLcode lcc_delivery_pause(struct lcc_handle *handle, int bitmask);

#endif
