/*
 * revalidate.c - asking the origin, and reading its answer
 */
#include "shim/revalidate.h"

#include "shim/lookup.h"
#include "shim/ranged.h"
#include "shim/settle.h"
#include "store/clock.h"

#include <errno.h>

/* The header blocks of an entry, and its final one. */
struct chain {
    struct lcc_response *blocks;
    size_t count;
    bool borrowed;
};

static void chain_done(struct chain *chain)
{
    if (!chain->borrowed) {
        lcc_blocks_free(chain->blocks, chain->count);
    }
}

static const struct lcc_response *chain_final(const struct chain *chain)
{
    return &chain->blocks[chain->count - 1];
}

static int chain_read(const struct lcc_entry *entry, struct chain *ret)
{
    int r = lcc_entry_blocks(entry, &ret->blocks, &ret->count);

    if (!r) {
        lcc_ranged_as_whole(ret->blocks, ret->count);
    }
    return !r && !ret->count ? -EBADMSG : r;
}

/* Of transfer->entry. The look-up has read them, most times. */
static int chain_of(const struct lcc_transfer *transfer, struct chain *ret)
{
    const struct lcc_engine_state *state = transfer->state;

    if (!state->blocks) {
        return chain_read(&transfer->entry, ret);
    }
    *ret = (struct chain){state->blocks, state->block_count, true};
    return 0;
}

/* --- asking --------------------------------------------------------------- */

/* Validators of the last hop of a chain would be sent to the first one. */
static bool can_be_asked(const struct chain *chain)
{
    return chain->count == 1 && lcc_valid_offers(chain_final(chain));
}

static int compose(const struct lcc_transfer *transfer,
                   struct lcc_holdback *hold)
{
    const struct lcc_request *request = &transfer->state->plan.request;
    const struct lcc_fields *own = &request->fields;
    struct lcc_buf tags = LCC_BUF_INIT(LCC_ETAGS_BYTES_MAX);
    struct chain chain LCC_CLEANUP(chain_done) = {0};
    const struct lcc_response *selected = NULL;
    int r;

    if (!lcc_valid_is_read(request->method)) {
        return 0;
    }
    r = transfer->found ? chain_of(transfer, &chain) : 0;
    if (!r && chain.count && !can_be_asked(&chain)) {
        return 0;
    }
    if (!r && chain.count) {
        selected = chain_final(&chain);
    }
    if (!r) {
        r = lcc_lookup_tags(transfer->handle, transfer->process, selected,
                            &tags, &hold->single);
    }
    if (!r) {
        r = lcc_valid_compose(own, lcc_buf_span(&tags), selected, &hold->ask);
    }
    hold->single = hold->single && !lcc_fields_find(own, "If-None-Match");
    lcc_buf_done(&tags);
    return r;
}

static void ask_nothing(struct lcc_holdback *hold)
{
    lcc_valid_ask_done(&hold->ask);
    hold->ask = LCC_VALID_ASK_INIT;
}

void lcc_revalidate_begin(struct lcc_transfer *transfer,
                          struct lcc_recorder *recorder)
{
    struct lcc_holdback *hold = &recorder->hold;

    if (compose(transfer, hold) || !hold->ask.ours) {
        ask_nothing(hold);
    }
    hold->stale_if_error = transfer->found && transfer->decision.stale_if_error;
    if ((hold->ask.ours || hold->stale_if_error) &&
        lcc_holdback_begin(recorder) && hold->ask.ours) {
        transfer->state->extra_request_bytes =
            lcc_holdback_extra_bytes(recorder);
    }
}

/* --- a 304 ---------------------------------------------------------------- */

static bool speaks_of(const struct lcc_response *fresh,
                      const struct chain *stored, bool single)
{
    return can_be_asked(stored) &&
           lcc_valid_selects(fresh, chain_final(stored), single);
}

static bool speaks_of_found(const struct lcc_response *fresh,
                            const struct lcc_transfer *transfer, bool single)
{
    struct chain chain LCC_CLEANUP(chain_done) = {0};

    return transfer->found && !chain_of(transfer, &chain) &&
           speaks_of(fresh, &chain, single);
}

struct wanted {
    const struct lcc_response *fresh;
    bool single;
};

/* Pure: the store's lock is held. */
static bool select_by_304(void *arg, struct lcc_span meta)
{
    const struct wanted *wanted = arg;
    struct chain chain LCC_CLEANUP(chain_done) = {0};
    struct lcc_entry entry;

    return !lcc_entry_decode(meta, &entry) && !chain_read(&entry, &chain) &&
           speaks_of(wanted->fresh, &chain, wanted->single);
}

/* Another variant than the one that was selected, into state->hit. */
static bool find_other(struct lcc_transfer *transfer,
                       const struct lcc_response *fresh, bool single)
{
    struct lcc_engine_state *state = transfer->state;
    struct wanted wanted = {.fresh = fresh, .single = single};
    const struct lcc_lookup_by by_304 = {select_by_304, &wanted};
    struct chain chain LCC_CLEANUP(chain_done) = {0};

    lcc_transfer_forget_blocks(state);
    transfer->found =
        !lcc_lookup_forms(transfer->process, &state->plan, &state->plan.id,
                          &by_304, &state->hit) &&
        !lcc_entry_decode(state->hit.meta, &transfer->entry) &&
        !chain_read(&transfer->entry, &chain) &&
        lcc_ranged_selects(transfer->handle, transfer->process->store,
                           &transfer->entry, chain_final(&chain));
    return transfer->found;
}

/* Most 304 repeat what is stored under its tag: no need to read them. */
static bool repeats_found(const struct lcc_entry *fresh,
                          const struct lcc_transfer *transfer)
{
    struct chain chain LCC_CLEANUP(chain_done) = {0};
    bool tagged = false;

    return transfer->found &&
           lcc_valid_adds_nothing(LCC_PIECES_OF(&transfer->entry),
                                  LCC_PIECES_OF(fresh), &tagged) &&
           tagged && !chain_of(transfer, &chain) && can_be_asked(&chain) &&
           lcc_valid_is_tagged(chain_final(&chain));
}

enum lcc_hold_state lcc_revalidate_judge(struct lcc_recorder *recorder)
{
    struct lcc_transfer *transfer = &recorder->handle->state->transfer;
    const struct lcc_entry entry = lcc_recorder_entry(recorder);
    const bool single = recorder->hold.single;
    struct chain fresh LCC_CLEANUP(chain_done) = {0};
    bool known;

    recorder->hold.unchanged = repeats_found(&entry, transfer);
    if (recorder->hold.unchanged) {
        return LCC_HOLD_NOT_MODIFIED;
    }
    if (chain_read(&entry, &fresh)) {
        return LCC_HOLD_UNMATCHED;
    }
    known = speaks_of_found(chain_final(&fresh), transfer, single);
    if (!known) {
        known = find_other(transfer, chain_final(&fresh), single);
    }
    if (known) {
        return LCC_HOLD_NOT_MODIFIED;
    }
    return lcc_valid_is_own(&recorder->plan->request.fields,
                            chain_final(&fresh))
               ? LCC_HOLD_NONE
               : LCC_HOLD_UNMATCHED;
}

/* --- renewing ------------------------------------------------------------- */

/* What is stored under @id and what it shall become. */
struct renewal {
    struct lcc_transfer *transfer;
    struct lcc_id id;
    struct lcc_hit *hit;
    struct lcc_entry *entry; /* found; then the renewed one */
    struct lcc_buf *meta;    /* where the renewed one lives */
    bool same; /* it says no more than what is stored: @entry is left */
};

/* Replace the entry by one with these header lines and the times of @fresh. */
static int rewrite(struct renewal *renewal, struct lcc_span head,
                   struct lcc_span pieces, const struct lcc_entry *fresh)
{
    struct lcc_entry entry = *renewal->entry;
    int r;

    entry.head = head;
    entry.pieces = pieces;
    entry.request_time_s = fresh->request_time_s;
    entry.response_time_s = fresh->response_time_s;
    lcc_buf_clear(renewal->meta);
    r = lcc_entry_encode(&entry, renewal->meta);
    lcc_transfer_forget_blocks(renewal->transfer->state);
    return r ? r
             : lcc_entry_decode(lcc_buf_span(renewal->meta), renewal->entry);
}

static int merge(struct renewal *renewal, const struct lcc_entry *fresh)
{
    struct lcc_buf head = LCC_BUF_INIT(LCC_ENTRY_HEAD_MAX);
    struct lcc_buf pieces = LCC_BUF_INIT(LCC_ENTRY_MAX);
    const struct lcc_entry *stored = renewal->entry;
    int r = lcc_valid_merge(LCC_PIECES_OF(stored), LCC_PIECES_OF(fresh), &head,
                            &pieces);

    if (!r) {
        renewal->same = stored->response_time_s == fresh->response_time_s &&
                        lcc_span_equal(stored->head, lcc_buf_span(&head));
    }
    if (!r && !renewal->same) {
        r = rewrite(renewal, lcc_buf_span(&head), lcc_buf_span(&pieces), fresh);
    }
    lcc_buf_done(&head);
    lcc_buf_done(&pieces);
    return r;
}

static bool forbids_storing(enum lcc_reason reason)
{
    return reason == LCC_REASON_RESPONSE_NO_STORE ||
           reason == LCC_REASON_RULE_NO_STORE || reason == LCC_REASON_VARY_ANY;
}

/* What the store keeps of it. A 304 may say no-store from now on. */
static void keep(const struct renewal *renewal, const struct chain *chain)
{
    const struct lcc_process *process = renewal->transfer->process;
    const struct lcc_policy *policy = &process->settings->policy;
    const struct lcc_request *request = &renewal->transfer->state->plan.request;
    enum lcc_reason reason =
        lcc_keep_response(policy, request, chain->blocks, chain->count);

    if (forbids_storing(reason)) {
        /* It may still be served, this once. */
        lcc_store_hold_body(process->store, renewal->hit);
        (void)lcc_store_remove(process->store, &renewal->id,
                               &renewal->hit->variant);
    } else if (policy->mode != LCC_MODE_READONLY && !renewal->same) {
        /* Many checks within a second are one to the store. */
        const struct lcc_stamp stamp = {
            .stored_s = lcc_clock_now_s(),
            .expires_s = lcc_settle_expiry(policy, request->url, chain->blocks,
                                           chain->count,
                                           renewal->entry->response_time_s),
        };

        (void)lcc_store_refresh(process->store, &renewal->id, renewal->hit,
                                lcc_buf_span(renewal->meta), &stamp);
    }
}

/* Merge, keep and decide anew. */
static int renew(struct renewal *renewal, const struct lcc_entry *fresh)
{
    struct lcc_transfer *transfer = renewal->transfer;
    struct chain chain LCC_CLEANUP(chain_done) = {0};
    int r = merge(renewal, fresh);

    if (!r) {
        r = chain_of(transfer, &chain);
    }
    if (!r) {
        keep(renewal, &chain);
        transfer->decision =
            lcc_fresh_decide(&transfer->process->settings->policy,
                             &transfer->state->plan.request, chain.blocks,
                             chain.count, transfer->entry.response_time_s);
    }
    return r;
}

int lcc_revalidate_renew(struct lcc_transfer *transfer,
                         struct lcc_recorder *recorder)
{
    struct lcc_engine_state *state = transfer->state;
    const struct lcc_entry fresh = lcc_recorder_entry(recorder);
    struct renewal renewal = {
        .transfer = transfer,
        .id = state->hit.id,
        .hit = &state->hit,
        .entry = &transfer->entry,
        .meta = &state->renewed,
    };
    int r = 0;

    /* Checked twice within a second: lines, times and verdict are the same. */
    if (!recorder->hold.unchanged ||
        fresh.response_time_s != transfer->entry.response_time_s) {
        r = renew(&renewal, &fresh);
    }
    if (r) {
        return r;
    }
    transfer->reusable =
        transfer->decision.verdict <= LCC_VERDICT_SERVE_REFRESH;
    transfer->decision.verdict = LCC_VERDICT_SERVE;
    transfer->decision.reason = LCC_REASON_VALIDATED;
    /* Age is for what was not validated (RFC 9111, section 5.1). */
    transfer->decision.add_age = false;
    return 0;
}

/* --- HEAD ---------------------------------------------------------------- */

static void apply_head(struct renewal *renewal, const struct lcc_entry *fresh,
                       enum lcc_head_verdict verdict)
{
    struct chain chain LCC_CLEANUP(chain_done) = {0};

    if (verdict == LCC_HEAD_INVALIDATES) {
        (void)lcc_store_remove(renewal->transfer->process->store, &renewal->id,
                               &renewal->hit->variant);
    } else if (verdict == LCC_HEAD_FRESHENS && !merge(renewal, fresh) &&
               !chain_read(renewal->entry, &chain)) {
        keep(renewal, &chain);
    }
}

static void compare_head(struct renewal *renewal, struct lcc_recorder *recorder)
{
    const struct lcc_entry entry = lcc_recorder_entry(recorder);
    struct chain fresh LCC_CLEANUP(chain_done) = {0};
    struct chain stored LCC_CLEANUP(chain_done) = {0};

    if (!chain_read(&entry, &fresh) && !chain_read(renewal->entry, &stored) &&
        fresh.count == 1 && stored.count == 1) {
        apply_head(renewal, &entry,
                   lcc_valid_head(chain_final(&fresh), chain_final(&stored)));
    }
}

void lcc_revalidate_by_head(struct lcc_transfer *transfer,
                            struct lcc_recorder *recorder)
{
    const struct lcc_plan *plan = &transfer->state->plan;
    struct lcc_hit hit = LCC_HIT_INIT;
    struct lcc_buf meta = LCC_BUF_INIT(LCC_ENTRY_MAX);
    struct lcc_entry entry;
    struct renewal renewal = {
        .transfer = transfer,
        .hit = &hit,
        .entry = &entry,
        .meta = &meta,
    };

    if (!plan->no_body || lcc_hash_is_zero(&plan->as_get) ||
        recorder->given_up != LCC_REASON_NONE) {
        return;
    }
    if (!lcc_lookup_get(transfer->handle, transfer->process, &hit, &entry)) {
        renewal.id = hit.id;
        compare_head(&renewal, recorder);
    }
    lcc_store_let_body_go(transfer->process->store, &hit);
    lcc_hit_done(&hit);
    lcc_buf_done(&meta);
}

/* --- failures ------------------------------------------------------------- */

bool lcc_revalidate_is_failure(CURLcode result)
{
    switch ((int)result) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP3:
    case CURLE_QUIC_CONNECT_ERROR:
    case CURLE_PROXY:
        return true;
    default:
        return false;
    }
}

/* --- the program's own conditions ----------------------------------------- */

static int make_answer(struct lcc_transfer *transfer, int status)
{
    struct lcc_engine_state *state = transfer->state;
    struct lcc_entry *entry = &transfer->entry;
    int r;

    lcc_buf_clear(&state->made_head);
    lcc_buf_clear(&state->made_pieces);
    r = lcc_valid_answer(LCC_PIECES_OF(entry), status, &state->made_head,
                         &state->made_pieces);
    lcc_transfer_forget_blocks(state);
    if (!r) {
        entry->head = lcc_buf_span(&state->made_head);
        entry->pieces = lcc_buf_span(&state->made_pieces);
        entry->status = status;
        entry->body_bytes = 0;
    }
    return r;
}

int lcc_revalidate_answer(struct lcc_transfer *transfer)
{
    const struct lcc_request *request = &transfer->state->plan.request;
    struct chain chain LCC_CLEANUP(chain_done) = {0};
    int r;

    if (!lcc_valid_is_conditional(&request->fields)) {
        return 0;
    }
    r = chain_of(transfer, &chain);
    if (r) {
        return r;
    }
    switch (lcc_valid_judge(request->method, &request->fields,
                            chain_final(&chain))) {
    case LCC_CONDITION_NOT_MODIFIED:
        return make_answer(transfer, 304);
    case LCC_CONDITION_FAILED:
        return make_answer(transfer, 412);
    case LCC_CONDITION_PROCEED:
    default:
        return 0;
    }
}
