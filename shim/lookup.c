/*
 * lookup.c - select by Vary under the store's lock, by hops outside of it
 */
#include "shim/lookup.h"

#include "shim/hops.h"
#include "store/http_fresh.h"
#include "store/http_vary.h"

struct selection {
    const struct lcc_secret *secret;
    const struct lcc_request *request;
    uint64_t passed_over[LCC_LOOKUP_TRIES]; /* checksums of their records */
    size_t passed_over_count;
};

static bool is_passed_over(const struct selection *selection,
                           struct lcc_span meta)
{
    uint64_t checksum;

    if (!selection->passed_over_count) {
        return false;
    }
    checksum = lcc_checksum(meta);
    for (size_t i = 0; i < selection->passed_over_count; i++) {
        if (selection->passed_over[i] == checksum) {
            return true;
        }
    }
    return false;
}

/* Pure: the store's lock is held. */
static bool select_by_vary(void *arg, struct lcc_span meta)
{
    const struct selection *selection = arg;
    struct lcc_entry entry;

    return !lcc_entry_decode(meta, &entry) &&
           lcc_vary_selects(selection->secret, entry.vary,
                            selection->request) &&
           !is_passed_over(selection, meta);
}

/* True with the decision when the found record answers this request. */
static bool judge(struct lcc_handle *handle, const struct lcc_process *process,
                  int64_t now_s, struct lcc_entry *entry,
                  struct lcc_decision *decision)
{
    const struct lcc_plan *plan = &handle->state->plan;
    struct lcc_response *blocks = NULL;
    size_t count = 0;
    bool answers =
        !lcc_entry_decode(handle->state->hit.meta, entry) &&
        !lcc_entry_blocks(entry, &blocks, &count) && count &&
        lcc_hops_agree(handle, plan, lcc_store_secret(process->store), entry,
                       blocks, count);

    if (answers) {
        *decision = lcc_fresh_decide(&process->settings->policy, &plan->request,
                                     blocks, count, now_s);
    }
    lcc_blocks_free(blocks, count);
    return answers;
}

int lcc_lookup(struct lcc_handle *handle, const struct lcc_process *process,
               int64_t now_s, struct lcc_entry *ret_entry,
               struct lcc_decision *ret_decision)
{
    struct lcc_engine_state *state = handle->state;
    struct selection selection = {
        .secret = lcc_store_secret(process->store),
        .request = &state->plan.request,
    };

    while (selection.passed_over_count < LCC_LOOKUP_TRIES) {
        int r =
            lcc_store_lookup(process->store, &state->plan.id, select_by_vary,
                             &selection, now_s, &state->hit);

        if (r) {
            return r;
        }
        if (judge(handle, process, now_s, ret_entry, ret_decision)) {
            return 0;
        }
        selection.passed_over[selection.passed_over_count++] =
            lcc_checksum(state->hit.meta);
    }
    return LCC_STORE_MISS;
}
