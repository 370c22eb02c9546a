/*
 * progress.h - progress callbacks and the built-in meter
 *
 * CURLOPT_XFERINFOFUNCTION, CURLOPT_PROGRESSFUNCTION, CURLOPT_NOPROGRESS and
 * CURLOPT_STDERR manual pages.
 */
#ifndef LCC_PROGRESS_H
#define LCC_PROGRESS_H

#include "shim/served.h"

void lcc_progress_start(struct lcc_handle *handle);
/* Show where the transfer is. CURLE_OK or CURLE_ABORTED_BY_CALLBACK. */
CURLcode lcc_progress_update(struct lcc_handle *handle);
/* The last update, and the meter's line end. */
CURLcode lcc_progress_done(struct lcc_handle *handle);
/* Is anything shown at all? */
bool lcc_progress_wanted(const struct lcc_handle *handle);
/* CURLOPT_TIMEOUT or CURLOPT_TIMEOUT_MS; 0: none. */
int64_t lcc_progress_limit_ms(const struct lcc_handle *handle);
/* CURLE_OPERATION_TIMEDOUT, with its text, when CURLOPT_TIMEOUT is over. */
CURLcode lcc_progress_timeout(struct lcc_handle *handle);
/* Milliseconds until then, at most @most. */
int64_t lcc_progress_time_left(const struct lcc_handle *handle, int64_t most);

#endif
