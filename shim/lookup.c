/*
 * lookup.c - select by Vary under the store's lock, by hops outside of it
 */
#include "shim/lookup.h"

#include "shim/hops.h"
#include "shim/ranged.h"
#include "store/http_fresh.h"
#include "store/http_valid.h"
#include "store/http_vary.h"

struct selection {
    const struct lcc_secret *secret;
    const struct lcc_request *request;
    uint64_t passed_over[LCC_LOOKUP_TRIES]; /* checksums of their records */
    size_t passed_over_count;
    bool seen; /* something is stored for the request, selected or not */
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
    struct selection *selection = arg;
    struct lcc_entry entry;

    selection->seen = true;
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
                       blocks, count) &&
        lcc_ranged_selects(handle, process->store, &blocks[count - 1]);

    if (answers) {
        lcc_ranged_as_whole(blocks, count);
        *decision = lcc_fresh_decide(&process->settings->policy, &plan->request,
                                     blocks, count, now_s);
    }
    lcc_blocks_free(blocks, count);
    return answers;
}

/* What is stored under @id. */
static int find(struct lcc_handle *handle, const struct lcc_process *process,
                const struct lcc_id *id, int64_t now_s,
                struct lcc_entry *ret_entry, struct lcc_decision *ret_decision)
{
    struct lcc_engine_state *state = handle->state;
    struct selection selection = {
        .secret = lcc_store_secret(process->store),
        .request = &state->plan.request,
    };

    while (selection.passed_over_count < LCC_LOOKUP_TRIES) {
        int r = lcc_store_lookup(process->store, id, select_by_vary, &selection,
                                 now_s, &state->hit);

        state->others = selection.seen;
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

static bool serves(const struct lcc_decision *decision)
{
    return decision->verdict <= LCC_VERDICT_SERVE_REFRESH;
}

/*
 * A HEAD is answered by a stored HEAD or GET (RFC 9110, section 9.3.2): the
 * one that may be served, and of two the one that arrived last (RFC 9111,
 * section 4). A GET that may not be served is of no use here.
 */
static int find_for_head(struct lcc_handle *handle,
                         const struct lcc_process *process, int64_t now_s,
                         struct lcc_entry *ret_entry,
                         struct lcc_decision *ret_decision)
{
    const struct lcc_plan *plan = &handle->state->plan;
    const struct lcc_id get = {plan->id.url, plan->as_get};
    struct lcc_decision own = {.verdict = LCC_VERDICT_FETCH};
    int64_t arrived_s = INT64_MIN;
    int r = find(handle, process, &plan->id, now_s, ret_entry, &own);
    int found = r;

    if (r && r != LCC_STORE_MISS) {
        return r;
    }
    if (!r && serves(&own)) {
        arrived_s = ret_entry->response_time_s;
    }
    r = find(handle, process, &get, now_s, ret_entry, ret_decision);
    if (!r && serves(ret_decision) && !handle->state->hit.is_partial &&
        ret_entry->response_time_s > arrived_s) {
        return 0;
    }
    /* The one found first is read again: a hit holds one record. */
    return found ? found
                 : find(handle, process, &plan->id, now_s, ret_entry,
                        ret_decision);
}

int lcc_lookup(struct lcc_handle *handle, const struct lcc_process *process,
               int64_t now_s, struct lcc_entry *ret_entry,
               struct lcc_decision *ret_decision)
{
    const struct lcc_plan *plan = &handle->state->plan;

    if (plan->no_body && !lcc_hash_is_zero(&plan->as_get)) {
        return find_for_head(handle, process, now_s, ret_entry, ret_decision);
    }
    return find(handle, process, &plan->id, now_s, ret_entry, ret_decision);
}
