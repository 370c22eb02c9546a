/*
 * flight.h - bodies that are being written, of all processes
 *
 * They lie on the disk and no entry names them yet. A table in the control
 * page says how large they are, so that they count against the limit, and
 * whose: what a killed process left is unlinked by whoever needs the room.
 * It names the files, too, that were dropped and wait to be written over.
 * The table holds so many; what has no place in it is not counted by other
 * processes. Lock-free; a lost row costs space for a while, never an answer.
 */
#ifndef LCC_FLIGHT_H
#define LCC_FLIGHT_H

#include "store/ctl.h"

/* This process's body @name takes @bytes on the disk, all in all; 0: it is
 * done with, kept or dropped. @page may be NULL. */
void lcc_flight_set(struct lcc_ctl_page *page, const struct lcc_hash *name,
                    uint64_t bytes);
/* A file that no entry names waits to be written over. It counts as before.
 * False: there is no place for it. */
bool lcc_flight_add_spare(struct lcc_ctl_page *page,
                          const struct lcc_hash *name, uint64_t bytes);
/**
 * lcc_flight_take_spare() - it is this process's from now on
 * @bytes: the smallest with so many is taken, or the largest there is
 * @as:    what it is to be called; NULL: as it is, free its row in the end
 *
 * Return: false when none waits.
 */
bool lcc_flight_take_spare(struct lcc_ctl_page *page, uint64_t bytes,
                           const struct lcc_hash *as, struct lcc_hash *ret_was,
                           uint64_t *ret_bytes);

/* Of all of them but @but, which may be NULL. */
uint64_t lcc_flight_bytes(const struct lcc_ctl_page *page,
                          const struct lcc_hash *but);

/* Is it being written, by somebody who is not known to have died? */
bool lcc_flight_has(const struct lcc_ctl_page *page,
                    const struct lcc_hash *name);

/* @gone is asked to remove what each writer that has died left behind; on true
 * its row is free again. */
typedef bool (*lcc_flight_fn)(void *arg, const struct lcc_hash *name);
void lcc_flight_sweep(struct lcc_ctl_page *page, lcc_flight_fn gone, void *arg);

#endif
