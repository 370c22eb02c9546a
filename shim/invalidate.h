/*
 * invalidate.h - what an unsafe method has made doubtful is dropped
 *
 * RFC 9111, section 4.4.
 */
#ifndef LCC_INVALIDATE_H
#define LCC_INVALIDATE_H

#include "shim/process.h"
#include "shim/transfer.h"

/**
 * lcc_invalidate() - after the real transfer of an unsafe method
 * @handle: its state holds the plan; asked for status and response fields
 *
 * Called whatever the transfer's result was: an answer that came counts also
 * when the program did not take its body. Drops the target URL, and Location
 * and Content-Location of the same origin.
 */
void lcc_invalidate(struct lcc_handle *handle,
                    const struct lcc_process *process);

#endif
