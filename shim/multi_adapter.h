/*
 * multi_adapter.h - the multi interface over transfers, for engine.c
 *
 * Each does what libcurl's function of that name does, for a multi handle
 * with multi->state; multi->in_real is false. Result codes are libcurl's.
 */
#ifndef LCC_MULTI_ADAPTER_H
#define LCC_MULTI_ADAPTER_H

#include "shim/multi.h"

/* The first of them for a multi handle: makes multi->state. */
CURLMcode lcc_multi_add(struct lcc_multi *multi, struct lcc_handle *handle);
/* @handle: what we know of @curl, or NULL. */
CURLMcode lcc_multi_remove(struct lcc_multi *multi, struct lcc_handle *handle,
                           CURL *curl);
CURLMcode lcc_multi_drive(struct lcc_multi *multi,
                          const struct lcc_drive *drive, int *ret_running);
CURLMsg *lcc_multi_read(struct lcc_multi *multi, int *ret_left);
/* @poll: curl_multi_poll(), else curl_multi_wait(). @ret may be NULL. */
CURLMcode lcc_multi_wait(struct lcc_multi *multi, bool poll,
                         struct curl_waitfd *extra, unsigned int count, int ms,
                         int *ret);
CURLMcode lcc_multi_timeout(struct lcc_multi *multi, long *ret_ms);
/* The real handle's timer options, after multi->timer has changed. */
CURLMcode lcc_multi_timer_changed(struct lcc_multi *multi);
/* Both may be called inside libcurl too; see multi_census.c. */
CURL **lcc_multi_handles(struct lcc_multi *multi);
CURLMcode lcc_multi_offt(struct lcc_multi *multi, int info, curl_off_t *ret);
/* The caller has dropped it from the table; frees the state, not @multi. */
CURLMcode lcc_multi_cleanup(struct lcc_multi *multi);

/* curl_easy_cleanup(): the handle leaves its multi handle first, if it is in
 * one; frees handle->member. */
void lcc_multi_forget_member(struct lcc_handle *handle);
/* Some handle that a callback cleaned up, or NULL. */
struct lcc_handle *lcc_multi_next_gone(struct lcc_multi *multi);
/* curl_easy_perform() on a handle that is in a multi handle. */
CURLcode lcc_multi_refuse_perform(struct lcc_handle *handle);
/* curl_easy_pause() on a handle that is in a multi handle. */
CURLcode lcc_multi_pause(struct lcc_handle *handle, int bitmask);

#endif
