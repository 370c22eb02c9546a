/*
 * replayer.h - on a hit: the stored response, told as libcurl tells it
 *
 * The same callbacks in the same order with the same bytes, result code,
 * error text, infos and header list as the stored transfer, but for the
 * closed list in DIFFERENCES.md.
 */
#ifndef LCC_REPLAYER_H
#define LCC_REPLAYER_H

#include "shim/transfer.h"

/* The body cannot be read, or the transfer would leave something in the handle
 * that a hit cannot (a cookie whose domain cannot be judged, the caches of
 * HSTS and Alt-Svc). Nothing was shown: ask the network. */
enum { LCC_REPLAY_GONE = 1 };

/**
 * lcc_replay_begin() - get ready to serve what state->hit holds
 * @entry:    decoded from handle->state->hit.meta
 * @decision: age and reason, for Age and Cache-Status
 *
 * Leaves handle->state->served set, so that getinfo and the header API
 * answer from the entry, during callbacks as well as after. Calls no callback.
 *
 * Return: 0: go on with lcc_replay_some() or lcc_replay_rest() to its end;
 * LCC_REPLAY_GONE; -ENOMEM. After anything but 0 the transfer may go to the
 * network.
 */
int lcc_replay_begin(struct lcc_handle *handle, struct lcc_store *store,
                     const struct lcc_entry *entry,
                     const struct lcc_decision *decision);

/* lcc_replay_some(): what is left to do. */
enum lcc_replay_left {
    LCC_REPLAY_ENDED,  /* *ret is the transfer's result */
    LCC_REPLAY_MORE,   /* call again */
    LCC_REPLAY_PAUSED, /* call again once served->paused is over */
};

/**
 * lcc_replay_some() - tell a part of it; never waits
 * @most: bytes of the body, about
 * @ret:  the result, at the end
 *
 * While the program has paused only its progress callback is called, and
 * CURLOPT_TIMEOUT looked at.
 */
enum lcc_replay_left lcc_replay_some(struct lcc_handle *handle, uint64_t most,
                                     CURLcode *ret);
/* Tell all that is left. Waits while the program has paused, as
 * curl_easy_perform() does. Return: the result. */
CURLcode lcc_replay_rest(struct lcc_handle *handle);
/* All of it, as curl_easy_perform() does: begin and rest. *ret is set where 0
 * is returned. Return: as lcc_replay_begin(). */
int lcc_replay(struct lcc_handle *handle, struct lcc_store *store,
               const struct lcc_entry *entry,
               const struct lcc_decision *decision, CURLcode *ret);
/* The program takes the handle away before the end. Shows progress a last
 * time, as libcurl does. */
void lcc_replay_stop(struct lcc_handle *handle);

/**
 * lcc_served_nothing() - the answers of a transfer that met no response
 *
 * As after a connection that failed: zero of their kind, and the program's
 * URL. Leaves handle->state->served set.
 *
 * Return: 0; -ENOMEM.
 */
int lcc_served_nothing(struct lcc_handle *handle);

/* Answers of the served transfer; see engine.h for the meaning of false. */
bool lcc_served_getinfo(struct lcc_handle *handle, CURLINFO info, void *out,
                        CURLcode *ret);
bool lcc_served_header(struct lcc_handle *handle, const char *name,
                       size_t index, unsigned int origin, int request,
                       struct curl_header **out, CURLHcode *ret);
bool lcc_served_nextheader(struct lcc_handle *handle, unsigned int origin,
                           int request, struct curl_header *previous,
                           struct curl_header **ret);
/* curl_easy_pause() while a hit is delivered. */
bool lcc_served_pause(struct lcc_handle *handle, int bitmask, CURLcode *ret);
/* Drop the answers: the real handle speaks again. Accepts NULL. */
struct lcc_served *lcc_served_free(struct lcc_served *served);

#endif
