/*
 * log.h - one line a decision, only if CURLCACHE_LOG asks for it
 *
 * Lines are written whole (one write, O_APPEND) and carry no credential:
 * URLs in their redacted form only.
 */
#ifndef LCC_LOG_H
#define LCC_LOG_H

#include "shim/process.h"

/* One line in one write. Neither a pipe that nobody reads nor a limit on file
 * size may end the program for a line of ours. */
void lcc_log_write(int fd, struct lcc_span line);
void lcc_log_decision(const struct lcc_process *process, enum lcc_reason reason,
                      struct lcc_span redacted_url, const char *detail);

#endif
