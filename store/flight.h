/*
 * flight.h - bodies that are being written, of all processes
 *
 * They lie on the disk and no entry names them yet. A table in the control
 * page says how large they are, so that they count against the limit, and
 * whose: what a killed process left is unlinked by whoever needs the room.
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
