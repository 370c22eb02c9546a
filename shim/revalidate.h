/*
 * revalidate.h - what is asked of the origin about a stored response, and what
 * its answer means (RFC 9111, section 4.3)
 */
#ifndef LCC_REVALIDATE_H
#define LCC_REVALIDATE_H

#include "shim/holdback.h"
#include "shim/recorder.h"

/**
 * lcc_revalidate_begin() - ask instead of fetching, where there is a point
 * @transfer: its entry is found and `found` set, or nothing was selected
 * @recorder: attached
 *
 * With validators, or with a stale answer that would do for an error, nothing
 * is told to the program until the status is known. Otherwise, or without
 * memory, the transfer is a plain fetch.
 */
void lcc_revalidate_begin(struct lcc_transfer *transfer,
                          struct lcc_recorder *recorder);

/* A 304 has come, its fields are recorded: LCC_HOLD_NOT_MODIFIED with the
 * stored response it speaks of in the transfer; LCC_HOLD_NONE when it is the
 * one that the program asked for; else LCC_HOLD_UNMATCHED. */
enum lcc_hold_state lcc_revalidate_judge(struct lcc_recorder *recorder);

/**
 * lcc_revalidate_renew() - bring what is stored up to date by a 304
 *
 * transfer->entry and decision are the renewed ones then, also where the store
 * cannot keep them: the origin has said that they are true.
 *
 * Return: 0; -errno when they cannot be merged: fetch anew.
 */
int lcc_revalidate_renew(struct lcc_transfer *transfer,
                         struct lcc_recorder *recorder);

/* The answer to a HEAD has arrived whole: the GET that is stored for the same
 * request is renewed by it, or dropped (RFC 9111, section 4.3.5). */
void lcc_revalidate_by_head(struct lcc_transfer *transfer,
                            struct lcc_recorder *recorder);

/* Has the origin failed, in the sense of RFC 5861, section 4? What the program
 * did, and what it must know of (a certificate that is wrong), is no failure
 * of that kind. */
bool lcc_revalidate_is_failure(CURLcode result);

/**
 * lcc_revalidate_answer() - the program's own conditions, before a hit
 *
 * Makes transfer->entry the 304 or 412 that the origin would give for what is
 * stored; leaves it where the conditions hold, or there are none.
 *
 * Return: 0; -errno.
 */
int lcc_revalidate_answer(struct lcc_transfer *transfer);

#endif
