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
 * @ret_entry:    of state->hit, read into state->known; lives until the next
 * @ret_decision: of the rules
 *
 * Selected by Vary, and by what the hops of a chain would be sent; under the
 * key of its own form first, then under the shared one (form.h). Where a
 * stored GET answers a HEAD, state->hit is that of the GET.
 *
 * Return: 0; what lcc_store_lookup() answers.
 */
int lcc_lookup(struct lcc_handle *handle, const struct lcc_process *process,
               int64_t now_s, struct lcc_entry *ret_entry,
               struct lcc_decision *ret_decision);

/* What lcc_store_lookup() is to ask of what is stored. */
struct lcc_lookup_by {
    lcc_store_select_fn select;
    void *arg;
};

/**
 * lcc_lookup_forms() - what is selected under a key, or under the shared one
 * @plan: where it decodes, what both forms share is shown as well
 * @id:   its own, or that of the GET beside it
 * @hit:  initialised; filled on 0, with the key it was found under
 *
 * Return: what lcc_store_lookup() answers.
 */
int lcc_lookup_forms(const struct lcc_process *process,
                     const struct lcc_plan *plan, const struct lcc_id *id,
                     const struct lcc_lookup_by *by, struct lcc_hit *hit);

/* Drop what the request selects under this very key. */
void lcc_lookup_drop(const struct lcc_process *process,
                     const struct lcc_request *request,
                     const struct lcc_id *id);

/**
 * lcc_lookup_get() - the stored answer to the GET that a planned HEAD is like
 * @hit:       initialised; filled on 0
 * @ret_entry: decoded from it
 *
 * Return: 0; what lcc_store_lookup() answers; -EBADMSG.
 */
int lcc_lookup_get(struct lcc_handle *handle, const struct lcc_process *process,
                   struct lcc_hit *hit, struct lcc_entry *ret_entry);

/**
 * lcc_lookup_tags() - the tags of all stored responses of a planned request
 * @selected:   the one that is checked; its tag comes first. NULL: none
 * @tags:       appended to, as by lcc_etags_add()
 * @ret_single: @selected, or at most one other, is all that the tags name
 *
 * Redirect chains and parts are left out, but for @selected.
 *
 * Return: 0; -ENOMEM; what lcc_store_lookup() answers.
 */
int lcc_lookup_tags(struct lcc_handle *handle,
                    const struct lcc_process *process,
                    const struct lcc_response *selected, struct lcc_buf *tags,
                    bool *ret_single);

#endif
