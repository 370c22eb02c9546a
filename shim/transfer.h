/*
 * transfer.h - one transfer, from the program's perform to the result code
 *
 * The way of a request: enter, plan, look up, decide, then record a miss or
 * replay a hit, settle, leave. Every doubt ends in real->easy_perform().
 */
#ifndef LCC_TRANSFER_H
#define LCC_TRANSFER_H

#include "shim/engine.h"
#include "shim/plan.h"
#include "store/entry.h"
#include "store/store.h"

struct lcc_recorder;
struct lcc_served; /* answers of the last transfer when it was a hit */

/* What the engine keeps with a handle, from its first HTTP transfer on. */
struct lcc_engine_state {
    struct lcc_plan plan;          /* reused while nothing changes */
    struct lcc_hit hit;            /* its memory is reused */
    struct lcc_recorder *recorder; /* while a miss is recorded */
    struct lcc_served *served;     /* NULL when the real handle answers */
    bool busy;    /* inside perform: a nested one on this handle is libcurl's */
    bool serving; /* inside lcc_replay() */
    bool orphan;  /* the handle was cleaned up inside a callback */
    bool status_header; /* CURLCACHE_STATUS_HEADER: hits carry Cache-Status */
};
/* Returns NULL; accepts NULL. */
struct lcc_engine_state *lcc_engine_state_free(struct lcc_engine_state *state);

CURLcode lcc_transfer_perform(struct lcc_handle *handle);

#endif
