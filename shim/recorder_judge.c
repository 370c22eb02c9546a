/*
 * recorder_judge.c - may what is being recorded be stored, and saying so
 *
 * Asks the rules while the transfer runs: a response that may not be stored
 * need not travel through the writer, and Cache-Status (RFC 9211) is told
 * before the block ends.
 */
#include "shim/recorder.h"

#include "shim/cache_status.h"
#include "shim/coalesce.h"
#include "shim/invalidate.h"
#include "shim/ranged.h"
#include "store/http_keep.h"

#include <errno.h>
#include <stdio.h>

static enum lcc_reason judge_blocks(const struct lcc_recorder *recorder,
                                    const struct lcc_response *blocks,
                                    size_t count)
{
    if (recorder->as_get &&
        (count != 1 || !lcc_post_answers_get(recorder->handle,
                                             recorder->process, &blocks[0]))) {
        return LCC_REASON_UNSAFE_METHOD;
    }
    return lcc_keep_response(&recorder->process->settings->policy,
                             &recorder->plan->request, blocks, count);
}

void lcc_recorder_forget_blocks(struct lcc_recorder *recorder)
{
    lcc_blocks_free(recorder->blocks, recorder->block_count);
    recorder->blocks = NULL;
    recorder->block_count = 0;
}

int lcc_recorder_blocks(struct lcc_recorder *recorder,
                        struct lcc_response **ret, size_t *ret_count)
{
    const struct lcc_entry entry = lcc_recorder_entry(recorder);
    int r = 0;

    if (!recorder->blocks ||
        recorder->blocks_head_size != recorder->head.size) {
        lcc_recorder_forget_blocks(recorder);
        r = lcc_entry_blocks(&entry, &recorder->blocks, &recorder->block_count);
        recorder->blocks_head_size = recorder->head.size;
    }
    if (r) {
        return r;
    }
    /* lcc_ranged_as_whole() */
    recorder->blocks[recorder->block_count - 1].status = recorder->status;
    *ret = recorder->blocks;
    *ret_count = recorder->block_count;
    return 0;
}

/* May what has been told so far be stored, and what of it then? @ret may be
 * NULL. */
static enum lcc_reason judge(struct lcc_recorder *recorder,
                             struct lcc_decision *ret)
{
    struct lcc_response *blocks = NULL;
    size_t count = 0;
    enum lcc_reason reason = LCC_REASON_NOT_STORABLE;
    int r = lcc_recorder_blocks(recorder, &blocks, &count);

    if (r == -ENOMEM) {
        reason = LCC_REASON_NO_MEMORY;
    } else if (!r && lcc_ranged_is_storable(recorder->plan, blocks, count)) {
        lcc_ranged_as_whole(blocks, count);
        reason = judge_blocks(recorder, blocks, count);
    }
    if (reason == LCC_REASON_STORED && ret) {
        *ret = lcc_fresh_decide(&recorder->process->settings->policy,
                                &recorder->plan->request, blocks, count,
                                recorder->response_time_s);
    }
    return reason;
}

void lcc_recorder_judge(struct lcc_recorder *recorder)
{
    struct lcc_engine_state *state =
        recorder->handle ? recorder->handle->state : NULL;
    const bool leads = state && lcc_coalesce_leads(state);
    struct lcc_decision next;
    enum lcc_reason reason;

    recorder->judged = true;
    if (recorder->given_up != LCC_REASON_NONE) {
        return;
    }
    reason = judge(recorder, leads ? &next : NULL);
    if (reason != LCC_REASON_STORED) {
        lcc_recorder_give_up(recorder, reason);
    } else if (leads && next.verdict > LCC_VERDICT_SERVE_REFRESH) {
        /* Each has to ask the origin before it is served that. */
        lcc_coalesce_over(state, LCC_LEASE_NOT_STORED);
    }
}

/* --- what the program is told of it --------------------------------------- */

/* Judged before the empty line is told and kept: without it a block is not
 * whole, so it is there for the question. */
static bool will_be_stored(struct lcc_recorder *recorder, struct lcc_span end,
                           struct lcc_decision *ret)
{
    size_t head = recorder->head.size;
    size_t pieces = recorder->pieces.size;
    bool stored;

    if (recorder->given_up != LCC_REASON_NONE ||
        (recorder->plan->follow && recorder->location.size)) {
        return false;
    }
    stored = !lcc_pieces_add(&recorder->head, &recorder->pieces, LCC_PIECE_END,
                             end) &&
             judge(recorder, ret) == LCC_REASON_STORED;
    recorder->head.size = head;
    recorder->pieces.size = pieces;
    lcc_recorder_forget_blocks(recorder); /* of a line that was taken back */
    return stored;
}

static bool is_http2(const struct lcc_recorder *recorder)
{
    long version = 0;

    return !recorder->handle->real->easy_getinfo(
               recorder->handle->curl, CURLINFO_HTTP_VERSION, &version) &&
           version > CURL_HTTP_VERSION_1_1;
}

void lcc_recorder_make_status(struct lcc_recorder *recorder)
{
    struct lcc_forwarded forwarded = {
        .why = recorder->why,
        .status = recorder->status,
        .waited = recorder->handle->state->transfer.wait.waited,
    };
    struct lcc_decision decision = {.ttl_s = 0};
    char value[LCC_CACHE_STATUS_SIZE];

    forwarded.stored =
        will_be_stored(recorder, lcc_span_str("\r\n"), &decision);
    forwarded.ttl_s = decision.ttl_s;
    lcc_cache_status_of_fetch(&forwarded, value);
    snprintf(recorder->made, sizeof(recorder->made), "%s: %s\r\n",
             is_http2(recorder) ? "cache-status" : "Cache-Status", value);
}
