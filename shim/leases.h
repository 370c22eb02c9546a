/*
 * leases.h - who asks the origin for what, as this process sees it
 *
 * The one table of leases of the process's cache, for those who refresh a
 * stale response beside (refresh.h) and those who wait for each other's fetch
 * (coalesce.h).
 */
#ifndef LCC_LEASES_H
#define LCC_LEASES_H

#include "store/lease.h"

/* Opened by the first call; NULL when there is none, which every function of
 * store/lease.h takes for one without room. errno stays. */
struct lcc_leases *lcc_process_leases(void);

#endif
