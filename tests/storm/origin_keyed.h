/*
 * origin_keyed.h - the origin of the storm: bodies made of their URL
 */
#ifndef LCC_STORM_ORIGIN_KEYED_H
#define LCC_STORM_ORIGIN_KEYED_H

#include "tests/support/origin.h"

/* Answers what storm_urls[] names, in its version of now: 200, 206 and 304. To
 * be stopped by origin_stop(). */
struct origin *storm_origin_start(void);

#endif
