/*
 * curl.h - programs of the storm that are not ours, and awaiting any
 */
#ifndef LCC_STORM_CURL_H
#define LCC_STORM_CURL_H

#include "tests/storm/storm.h"

#include <sys/types.h>

/* Starts curl or curl -Z, over and over, until the page says stop. */
void storm_run_curl(struct storm_self *self);

/* Until that child has ended: its status, see wait(2). Whoever kills by the
 * slot's target never meets a number that was given away: before the child is
 * reaped the target is @next. */
int storm_await(pid_t child, struct storm_slot *slot, pid_t next);
/* A child that ended by another signal than SIGKILL is told of. */
void storm_report_end(const struct storm_self *self, int status);

#endif
