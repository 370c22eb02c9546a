/*
 * replayer_parts.h - what the replayer's files share; private to them
 */
#ifndef LCC_REPLAYER_PARTS_H
#define LCC_REPLAYER_PARTS_H

#include "shim/served.h"

/* The header lines, or the trailers, as telling->phase says. Once all are told,
 * that is the next one. */
CURLcode lcc_replay_lines(struct lcc_handle *handle,
                          struct lcc_telling *telling);

#endif
