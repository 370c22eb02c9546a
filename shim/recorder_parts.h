/*
 * recorder_parts.h - between the files recorder*.c alone
 */
#ifndef LCC_RECORDER_PARTS_H
#define LCC_RECORDER_PARTS_H

#include "shim/recorder.h"

/* What the program's callbacks made of it. */
enum lcc_telling { LCC_TOLD, LCC_TOLD_PAUSE, LCC_TOLD_REFUSED };

/* What a hold kept back, which comes before everything else. */
enum lcc_telling lcc_recorder_tell_first(struct lcc_recorder *recorder);
/* A header line as libcurl brings it, whole or after a pause, and before it
 * what we say ourselves. */
enum lcc_telling lcc_recorder_tell_line(struct lcc_recorder *recorder,
                                        char *data, size_t size);

#endif
