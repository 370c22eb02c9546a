/*
 * judge.h - what a step should have done against what it did
 */
#ifndef LCC_CONFORMANCE_JUDGE_H
#define LCC_CONFORMANCE_JUDGE_H

#include "tests/conformance/link.h"
#include "tests/conformance/origin.h"

/* Does a step want the cache to have answered, or to have asked by a
 * condition of its own, or to help out? Such a step cannot hold without. */
bool judge_needs_cache(const struct row *row, int step);

/* NULL when all is as it should
 * be, else a sentence; the caller frees it. */
char *judge_step(struct script_origin *origin, size_t number,
                 const struct row *row, int step, const struct seen *seen);

/* Requests that are to arrive in the step, later ones counted. */
int judge_requests(const struct step *step);

#endif
