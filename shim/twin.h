/*
 * twin.h - a handle of ours that asks what a handle of the program would ask
 *
 * For a transfer beside the program, in a thread of ours. It is made new and
 * not by curl_easy_duphandle(): a duplicate carries every callback, file,
 * buffer and share of the program, and its lists by reference. Here only what
 * the table of options says is about the request is set, by value. What cannot
 * be had by value makes no twin; then the program's own handle has to ask.
 *
 * Traps: cookies that the answer sets reach the twin's engine alone.
 */
#ifndef LCC_TWIN_H
#define LCC_TWIN_H

#include "shim/handle.h"
#include "store/reason.h"

struct lcc_twin {
    struct lcc_handle handle;               /* not in the table of handles */
    struct curl_slist *lists[LCC_OPT_MAX_]; /* copies, by their row */
};

/**
 * lcc_twin_new() - make the twin of a handle that is idle
 * @of:         planned and found cacheable just now
 * @ret:        free with lcc_twin_free()
 *
 * Its body is thrown away, it has no other callbacks, raises no signals and
 * writes no files. Its times are not bounded yet.
 *
 * Return: LCC_REASON_NONE; LCC_REASON_REFRESH_OPTION; LCC_REASON_NO_MEMORY.
 */
enum lcc_reason lcc_twin_new(const struct lcc_handle *of,
                             struct lcc_twin **ret);
/* Returns NULL; accepts NULL. The handle is in no multi handle any more, and
 * its engine state is gone. */
struct lcc_twin *lcc_twin_free(struct lcc_twin *twin);

/* Set an option on the twin and in its shadow. False when libcurl would not. */
bool lcc_twin_set(struct lcc_twin *twin, enum lcc_option_row row,
                  const union lcc_value *value);

#endif
