/*
 * replayer_parts.h - what the replayer's files share; private to them
 */
#ifndef LCC_REPLAYER_PARTS_H
#define LCC_REPLAYER_PARTS_H

#include "shim/served.h"

/* A step of the header lines, or of the trailers, as telling->phase says: tells
 * the next one, or does what follows the one that was told. */
CURLcode lcc_replay_lines(struct lcc_handle *handle,
                          struct lcc_telling *telling);

#endif
