/*
 * log.h - one line a decision, only if CURLCACHE_LOG asks for it
 *
 * Lines are written whole (one write, O_APPEND) and carry no credential:
 * URLs in their redacted form only.
 */
#ifndef LCC_LOG_H
#define LCC_LOG_H

#include "shim/process.h"

void lcc_log_decision(const struct lcc_process *process, enum lcc_reason reason,
                      struct lcc_span redacted_url, const char *detail);

#endif
