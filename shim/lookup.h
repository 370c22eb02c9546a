/*
 * lookup.h - the stored response that answers a planned request, and may it
 */
#ifndef LCC_LOOKUP_H
#define LCC_LOOKUP_H

#include "shim/process.h"
#include "shim/transfer.h"

enum { LCC_LOOKUP_TRIES = 8 }; /* chains whose hops may disagree */

/**
 * lcc_lookup() - find what is stored, and judge it
 * @handle:       its state holds the plan; state->hit is filled
 * @now_s:        Unix seconds
 * @ret_entry:    decoded from state->hit, lives as long as its content
 * @ret_decision: of the rules
 *
 * Selected by Vary, and by what the hops of a chain would be sent.
 *
 * Return: 0; what lcc_store_lookup() answers.
 */
int lcc_lookup(struct lcc_handle *handle, const struct lcc_process *process,
               int64_t now_s, struct lcc_entry *ret_entry,
               struct lcc_decision *ret_decision);

#endif
