/*
 * answers.h - the origin's side of a program of calls
 *
 * Each answer follows from its request alone, in whatever order requests
 * come: validators are fixed, conditions are judged and ranges are cut as
 * RFC 9110 has it.
 */
#ifndef LCC_TESTS_CALLS_ANSWERS_H
#define LCC_TESTS_CALLS_ANSWERS_H

#include "tests/support/origin.h"

/* An origin that knows the paths of urls.def; ended by origin_stop(). */
struct origin *answers_start(void);

#endif
