/*
 * lookup.c - select by Vary under the store's lock, by hops outside of it
 */
#include "shim/lookup.h"

#include "shim/form.h"
#include "shim/hops.h"
#include "shim/ranged.h"
#include "store/clock.h"
#include "store/http_fresh.h"
#include "store/http_valid.h"
#include "store/http_vary.h"

struct selection {
    const struct lcc_secret *secret;
    const struct lcc_request *request;
    const struct lcc_known *known;          /* NULL: nothing is */
    uint64_t passed_over[LCC_LOOKUP_TRIES]; /* checksums of their records */
    size_t passed_over_count;
    bool shared; /* only what answers both forms */
    bool seen;   /* something is stored for the request, selected or not */
    struct lcc_entry entry; /* what was selected; borrows from the hit */
    bool is_known;          /* it is that of `known` */
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

static bool read_entry(struct selection *selection, struct lcc_span meta)
{
    selection->is_known =
        selection->known && lcc_known_is(selection->known, meta);
    if (selection->is_known) {
        selection->entry = selection->known->entry;
    }
    return selection->is_known || !lcc_entry_decode(meta, &selection->entry);
}

/* Pure: the store's lock is held. */
static bool select_by_vary(void *arg, struct lcc_span meta)
{
    struct selection *selection = arg;
    struct lcc_entry *entry = &selection->entry;
    const bool readable = read_entry(selection, meta);

    if (selection->shared && !(readable && lcc_form_is_shared(entry))) {
        return false;
    }
    selection->seen = true;
    return readable &&
           lcc_vary_selects(selection->secret, entry->vary,
                            selection->request) &&
           !is_passed_over(selection, meta);
}

/* Its header blocks, where they were not read before. */
static bool read_selected(struct lcc_engine_state *state,
                          const struct selection *selection)
{
    struct lcc_known *known = &state->known;

    return (selection->is_known ||
            !lcc_known_read(known, state->hit.meta, &selection->entry)) &&
           known->block_count > 0;
}

/* True with the decision when the selected entry answers this request. */
static bool judge(struct lcc_handle *handle, const struct lcc_process *process,
                  int64_t now_s, const struct selection *selection,
                  struct lcc_decision *decision)
{
    struct lcc_engine_state *state = handle->state;
    const struct lcc_plan *plan = &state->plan;
    struct lcc_known *known = &state->known;
    const struct lcc_response *final;

    if (!read_selected(state, selection)) {
        return false;
    }
    final = &known->blocks[known->block_count - 1];
    if (!lcc_hops_agree(handle, plan, lcc_store_secret(process->store),
                        &known->entry, known->blocks, known->block_count) ||
        !lcc_ranged_selects(handle, process->store, &known->entry, final)) {
        return false;
    }
    if (final->status == 206) {
        lcc_ranged_as_whole(known->blocks, known->block_count);
        lcc_known_forget(known);
    }
    if (!state->hit.is_partial) {
        /* As they are stored: whoever asks the origin reads them again. */
        state->blocks = known->blocks;
        state->block_count = known->block_count;
    }
    *decision = lcc_fresh_decide(&process->settings->policy, &plan->request,
                                 known->blocks, known->block_count, now_s);
    return true;
}

/* What is stored under @id; where @shared, only what answers both forms. */
static int find_under(struct lcc_handle *handle,
                      const struct lcc_process *process,
                      const struct lcc_id *id, bool shared, int64_t now_s,
                      struct lcc_entry *ret_entry,
                      struct lcc_decision *ret_decision)
{
    struct lcc_engine_state *state = handle->state;
    struct selection selection = {
        .secret = lcc_store_secret(process->store),
        .request = &state->plan.request,
        .known = &state->known,
        .shared = shared,
    };

    lcc_transfer_forget_blocks(state);
    while (selection.passed_over_count < LCC_LOOKUP_TRIES) {
        int r = lcc_store_lookup(process->store, id, select_by_vary, &selection,
                                 now_s, &state->hit);

        state->others = selection.seen;
        if (r) {
            return r;
        }
        if (judge(handle, process, now_s, &selection, ret_decision)) {
            *ret_entry = state->known.entry;
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
 * Nothing under its own key may be served: the one that both forms share, when
 * that arrived last (RFC 9111, section 4).
 */
static int find_shared(struct lcc_handle *handle,
                       const struct lcc_process *process,
                       const struct lcc_id *id, int64_t now_s, int own,
                       struct lcc_entry *ret_entry,
                       struct lcc_decision *ret_decision)
{
    const struct lcc_id shared = lcc_form_other(id);
    const int64_t arrived_s = own ? INT64_MIN : ret_entry->response_time_s;
    const bool others = handle->state->others;
    int r = find_under(handle, process, &shared, true, now_s, ret_entry,
                       ret_decision);

    if (!own && (r || ret_entry->response_time_s <= arrived_s)) {
        r = find_under(handle, process, id, false, now_s, ret_entry,
                       ret_decision);
    }
    handle->state->others |= others;
    return r;
}

/* What is stored under @id, or for both forms of it. */
static int find(struct lcc_handle *handle, const struct lcc_process *process,
                const struct lcc_id *id, int64_t now_s,
                struct lcc_entry *ret_entry, struct lcc_decision *ret_decision)
{
    int r =
        find_under(handle, process, id, false, now_s, ret_entry, ret_decision);

    if (!handle->state->plan.decodes || (r && r != LCC_STORE_MISS) ||
        (!r && serves(ret_decision))) {
        return r;
    }
    return find_shared(handle, process, id, now_s, r, ret_entry, ret_decision);
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
    bool others = handle->state->others;
    int found = r;

    if (r && r != LCC_STORE_MISS) {
        return r;
    }
    if (!r && serves(&own)) {
        arrived_s = ret_entry->response_time_s;
    }
    r = find(handle, process, &get, now_s, ret_entry, ret_decision);
    if (!r && serves(ret_decision) &&
        ret_decision->verdict != LCC_VERDICT_SERVE_REFRESH &&
        !handle->state->hit.is_partial &&
        ret_entry->response_time_s > arrived_s) {
        return 0;
    }
    handle->state->others = others;
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

/* Pure: the store's lock is held. */
static bool select_shared(void *arg, struct lcc_span meta)
{
    const struct lcc_lookup_by *by = arg;
    struct lcc_entry entry;

    return !lcc_entry_decode(meta, &entry) && lcc_form_is_shared(&entry) &&
           by->select(by->arg, meta);
}

int lcc_lookup_forms(const struct lcc_process *process,
                     const struct lcc_plan *plan, const struct lcc_id *id,
                     const struct lcc_lookup_by *by, struct lcc_hit *hit)
{
    const struct lcc_id shared = lcc_form_other(id);
    struct lcc_lookup_by both = *by;
    int r = lcc_store_lookup(process->store, id, by->select, by->arg,
                             lcc_clock_now_s(), hit);

    if (r == LCC_STORE_MISS && plan->decodes) {
        r = lcc_store_lookup(process->store, &shared, select_shared, &both,
                             lcc_clock_now_s(), hit);
    }
    return r;
}

int lcc_lookup_get(struct lcc_handle *handle, const struct lcc_process *process,
                   struct lcc_hit *hit, struct lcc_entry *ret_entry)
{
    const struct lcc_plan *plan = &handle->state->plan;
    const struct lcc_id id = {plan->id.url, plan->as_get};
    struct selection selection = {
        .secret = lcc_store_secret(process->store),
        .request = &plan->request,
    };
    const struct lcc_lookup_by by_vary = {select_by_vary, &selection};
    int r = lcc_lookup_forms(process, plan, &id, &by_vary, hit);

    return r ? r : lcc_entry_decode(hit->meta, ret_entry);
}

void lcc_lookup_drop(const struct lcc_process *process,
                     const struct lcc_request *request, const struct lcc_id *id)
{
    struct selection selection = {
        .secret = lcc_store_secret(process->store),
        .request = request,
    };
    struct lcc_hit hit = LCC_HIT_INIT;

    if (!lcc_store_lookup(process->store, id, select_by_vary, &selection,
                          lcc_clock_now_s(), &hit)) {
        (void)lcc_store_remove(process->store, id, &hit.variant);
    }
    lcc_hit_done(&hit);
}

/* --- the tags of all ------------------------------------------------------ */

struct collection {
    struct lcc_buf *tags;
    int result;
};

static int add_tag(const struct lcc_response *response, struct lcc_buf *tags)
{
    const struct lcc_field *tag = lcc_fields_find(&response->fields, "ETag");

    return tag && lcc_valid_offers(response) ? lcc_etags_add(tags, tag->value)
                                             : 0;
}

/* Notes what it sees and says no: the store shows all of them then. */
static bool collect(void *arg, struct lcc_span meta)
{
    struct collection *collection = arg;
    struct lcc_response *blocks = NULL;
    struct lcc_entry entry;
    size_t count = 0;

    if (!collection->result && !lcc_entry_decode(meta, &entry) &&
        entry.status != 206 && !lcc_entry_blocks(&entry, &blocks, &count) &&
        count == 1) {
        collection->result = add_tag(&blocks[0], collection->tags);
    }
    lcc_blocks_free(blocks, count);
    return false;
}

static size_t count_tags(struct lcc_span tags)
{
    struct lcc_etag tag;
    size_t count = 0;

    while (lcc_etag_next(&tags, &tag)) {
        count++;
    }
    return count;
}

/* Is @selected, which lies in state->hit, all that is stored for it? */
static bool is_only_one(const struct lcc_engine_state *state)
{
    const struct lcc_id *id = &state->plan.id;

    return !state->plan.decodes && state->hit.alone &&
           lcc_hash_equal(&state->hit.id.url, &id->url) &&
           lcc_hash_equal(&state->hit.id.request, &id->request);
}

int lcc_lookup_tags(struct lcc_handle *handle,
                    const struct lcc_process *process,
                    const struct lcc_response *selected, struct lcc_buf *tags,
                    bool *ret_single)
{
    struct collection collection = {.tags = tags};
    const struct lcc_lookup_by all = {collect, &collection};
    struct lcc_hit hit = LCC_HIT_INIT;
    int r = selected ? add_tag(selected, tags) : 0;

    if (!r && selected && is_only_one(handle->state)) {
        *ret_single = true;
        return 0;
    }
    if (!r) {
        r = lcc_lookup_forms(process, &handle->state->plan,
                             &handle->state->plan.id, &all, &hit);
    }
    lcc_hit_done(&hit);
    if (r == LCC_STORE_MISS) {
        *ret_single = count_tags(lcc_buf_span(tags)) <= 1;
        r = collection.result;
    }
    return r;
}
