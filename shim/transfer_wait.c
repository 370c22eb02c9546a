/*
 * transfer_wait.c - looking up, where another may be fetching the same
 *
 * Who leads and who waits is coalesce.c's; here is what follows from it. A
 * store that is locked for long is often being made by the first of many: who
 * leads fetches and stores all the same, so that the others need not.
 */
#include "shim/transfer_parts.h"

#include "shim/coalesce.h"
#include "store/clock.h"

/* Another's answer would do as well as one of its own. */
static bool is_shared(const struct lcc_transfer *transfer, int r)
{
    return (r == LCC_STORE_MISS || r == LCC_STORE_BUSY ||
            (!r && transfer->decision.reason == LCC_REASON_EXPIRED)) &&
           !lcc_transfer_may_refuse(transfer);
}

static bool serves(const struct lcc_transfer *transfer, int r)
{
    return !r && transfer->decision.verdict <= LCC_VERDICT_SERVE_REFRESH;
}

/* By the end of the transfer the lock will be free, or the answer is only not
 * stored. */
static bool is_unseen_by_leader(const struct lcc_transfer *transfer, int r)
{
    return r == LCC_STORE_BUSY && lcc_coalesce_leads(transfer->state);
}

/* Another may have stored it between the last look-up and now. */
static enum lcc_step decide_anew(struct lcc_transfer *transfer)
{
    int r = lcc_transfer_look_up(transfer);

    if (serves(transfer, r)) {
        lcc_coalesce_over(transfer->state, LCC_LEASE_STORED);
    }
    transfer->wait.unseen = is_unseen_by_leader(transfer, r);
    return lcc_transfer_decide(transfer,
                               transfer->wait.unseen ? LCC_STORE_MISS : r);
}

static enum lcc_step go_on(struct lcc_transfer *transfer, int r,
                           enum lcc_coalesce next)
{
    switch (next) {
    case LCC_COALESCE_WAIT:
        return LCC_STEP_WAIT;
    case LCC_COALESCE_LOOK:
        return decide_anew(transfer);
    case LCC_COALESCE_GO:
    case LCC_COALESCE_OVER:
        break;
    }
    return lcc_transfer_decide(transfer, r);
}

enum lcc_step lcc_transfer_answer(struct lcc_transfer *transfer)
{
    int r = lcc_transfer_look_up(transfer);

    transfer->wait.stale = r == 0;
    transfer->wait.unseen = r == LCC_STORE_BUSY;
    return is_shared(transfer, r)
               ? go_on(transfer, r, lcc_coalesce_begin(transfer))
               : lcc_transfer_decide(transfer, r);
}

/* The wait is over: what was stored meanwhile may serve. */
static enum lcc_step answer_after_wait(struct lcc_transfer *transfer)
{
    int r;

    transfer->now_s = lcc_clock_now_s();
    r = lcc_transfer_look_up(transfer);
    transfer->wait.unseen = r == LCC_STORE_BUSY;
    if (!serves(transfer, r)) {
        return is_shared(transfer, r)
                   ? go_on(transfer, r, lcc_coalesce_again(transfer))
                   : lcc_transfer_decide(transfer, r);
    }
    if (transfer->decision.reason == LCC_REASON_HIT) {
        transfer->decision.reason = transfer->wait.stale
                                        ? LCC_REASON_COALESCED_STALE
                                        : LCC_REASON_COALESCED;
    }
    return lcc_transfer_decide(transfer, r);
}

enum lcc_step lcc_transfer_wait(struct lcc_transfer *transfer, int64_t most_ms)
{
    switch (lcc_coalesce_wait(transfer, most_ms)) {
    case LCC_COALESCE_WAIT:
        return LCC_STEP_WAIT;
    case LCC_COALESCE_OVER:
        lcc_transfer_note(transfer,
                          transfer->result == CURLE_ABORTED_BY_CALLBACK
                              ? LCC_REASON_ABORTED
                              : LCC_REASON_FAILED,
                          false);
        return LCC_STEP_DONE;
    case LCC_COALESCE_GO:
    case LCC_COALESCE_LOOK:
        break;
    }
    return answer_after_wait(transfer);
}
