/*
 * transfer.h - one transfer, from the program's perform to the result code
 *
 * The way of a request: enter, plan, look up, decide, then record a miss or
 * replay a hit, settle, leave. Every doubt ends in real->easy_perform().
 */
#ifndef LCC_TRANSFER_H
#define LCC_TRANSFER_H

#include "shim/catch_up.h"
#include "shim/engine.h"
#include "shim/known.h"
#include "shim/plan.h"
#include "store/entry.h"
#include "store/lease.h"
#include "store/store.h"

struct lcc_recorder;
struct lcc_served;         /* answers of the last transfer when it was a hit */
struct lcc_ranged_serving; /* ranged.h */

/* What the driver of a transfer does next. */
enum lcc_step {
    LCC_STEP_REAL,  /* drive the real handle, then lcc_transfer_arrived() */
    LCC_STEP_SERVE, /* lcc_transfer_serve() */
    LCC_STEP_WAIT,  /* lcc_transfer_wait(); only where state->waits */
    LCC_STEP_DONE,  /* transfer->result is what the program gets */
};

enum { LCC_TRANSFER_REALS_MAX = 2 }; /* times the real handle is driven */

/* May its driver be told LCC_STEP_WAIT? */
enum lcc_waits {
    LCC_WAITS_NEVER,
    LCC_WAITS_BLOCKING, /* in the program's thread */
    LCC_WAITS_HELD,     /* while the same thread drives others */
};

/* A wait for another's fetch of the same: coalesce.c's. */
struct lcc_wait {
    struct lcc_hash key; /* of the lease */
    bool waited;         /* there was one */
    bool stale;          /* something stored, which has expired */
    bool unseen;         /* the store was locked when it was looked at */
    bool in_full;        /* it lasts as long as CURLCACHE_COALESCE says */
    bool shortened;      /* the real handle's time-out is what it left */
    int ended;           /* enum lcc_lease_outcome; 0: the answer is stored */
    int64_t began_us;    /* monotonic */
    int64_t took_us;     /* once it is over */
    int64_t until_ms;    /* lcc_now_ms() */
    int64_t tell_ms;     /* likewise: the next call of a progress callback */
};

/* One transfer on its way. */
struct lcc_transfer {
    struct lcc_engine_state *state;
    struct lcc_handle *handle; /* NULL once the program cleaned it up */
    const struct lcc_process *process;
    int64_t now_s;
    uint64_t changes;       /* of the shadow, when it was planned */
    int saved_errno;        /* the program's, between our steps */
    bool found;             /* something stored was selected: */
    struct lcc_entry entry; /* in state->known, or renewed or made of that */
    struct lcc_decision decision;
    enum lcc_reason fetched; /* counted when the answer is stored */
    bool asks;               /* a fetch carries the tags of other variants */
    bool invalidates;        /* its success drops what is stored */
    unsigned int reals;      /* times the real handle was driven */
    bool renewed;            /* stored, or what was stored is confirmed */
    bool reusable;           /* once renewed, it serves others as it is */
    bool paused;             /* by the program, before anything was told */
    bool looked_again;       /* what was found was gone when it was told */
    struct lcc_wait wait;
    CURLcode result;
};

/* What the engine keeps with a handle, from its first HTTP transfer on. */
struct lcc_engine_state {
    struct lcc_plan plan;         /* reused while nothing changes */
    struct lcc_hit hit;           /* its memory is reused */
    struct lcc_transfer transfer; /* while busy */
    struct lcc_known known;       /* what was looked up last, as it was read */
    /* Of transfer.entry, or NULL: unread. Those of `known`, borrowed. */
    struct lcc_response *blocks;
    size_t block_count;
    struct lcc_recorder *recorder;     /* while a miss is recorded */
    struct lcc_served *served;         /* NULL when the real handle answers */
    struct lcc_ranged_serving *ranged; /* NULL until a part was asked for */
    struct lcc_lease lease;            /* of a stale response being checked */
    struct lcc_lease lead;             /* others wait for its answer */
    enum lcc_waits waits;              /* set before it begins */
    /* Leases of those that are driven together with it; NULL: of none. */
    unsigned int *leading;
    bool beside; /* a twin: checks what is stored, and serves nobody */
    enum lcc_reason aside; /* set before it begins: pass it on, unless NONE */
    bool paused;  /* before it begins: by the program, once it was driven */
    bool busy;    /* inside perform: a nested one on this handle is libcurl's */
    bool serving; /* a hit is being told */
    bool orphan;  /* the handle was cleaned up inside a callback */
    bool others;  /* the last look-up met something stored, selected or not */
    struct lcc_buf renewed;     /* an entry that a 304 brought up to date */
    struct lcc_buf made_head;   /* a 304 or 412 of ours: see struct lcc_entry */
    struct lcc_buf made_pieces; /* likewise */
    long extra_request_bytes; /* of validators that the program did not send */
    bool status_header; /* CURLCACHE_STATUS_HEADER: hits carry Cache-Status */
    bool performing;    /* inside libcurl's curl_easy_perform() */
    struct lcc_catch_up behind;
};
/* Returns NULL; accepts NULL. */
struct lcc_engine_state *lcc_engine_state_free(struct lcc_engine_state *state);

/* transfer.entry is about to be another one. */
void lcc_transfer_forget_blocks(struct lcc_engine_state *state);

/* The state of a handle that makes an HTTP transfer, made if there is none;
 * NULL for another scheme and without memory: libcurl's alone. */
struct lcc_engine_state *lcc_transfer_state(struct lcc_handle *handle);

/**
 * lcc_transfer_begin() - enter, plan, look up, decide
 * @state: of lcc_transfer_state(), not busy; it is until lcc_transfer_end()
 *
 * On LCC_STEP_REAL our callbacks stand on the real handle where the answer is
 * recorded. Calls no callback of the program.
 *
 * Return: the next step; never LCC_STEP_DONE with a callback due.
 */
enum lcc_step lcc_transfer_begin(struct lcc_handle *handle,
                                 struct lcc_engine_state *state);

/**
 * lcc_transfer_arrived() - the real transfer has ended
 * @result: libcurl's; the handle may have been cleaned up in a callback
 *
 * Settles what was recorded and puts the handle's own callbacks back.
 *
 * Return: LCC_STEP_DONE; LCC_STEP_SERVE when what is stored answers after all;
 * LCC_STEP_REAL to drive the handle once more, at most LCC_TRANSFER_REALS_MAX
 * times in all. In the last two cases the program was told nothing yet.
 */
enum lcc_step lcc_transfer_arrived(struct lcc_transfer *transfer,
                                   CURLcode result);

/**
 * lcc_transfer_serve() - tell the program what is stored; blocks meanwhile
 *
 * Return: LCC_STEP_DONE; LCC_STEP_REAL when it could not be told.
 */
enum lcc_step lcc_transfer_serve(struct lcc_transfer *transfer);

/**
 * lcc_transfer_serve_some() - the same, in parts and without waiting
 * @most: bytes of the body to tell this time, about
 *
 * Return: as lcc_transfer_serve(), or LCC_STEP_SERVE while there is more to
 * tell; lcc_transfer_is_paused() says whether the program has paused.
 */
enum lcc_step lcc_transfer_serve_some(struct lcc_transfer *transfer,
                                      uint64_t most);

/* Has the program paused the hit that is told? */
bool lcc_transfer_is_paused(const struct lcc_transfer *transfer);
/* Microseconds until its CURLOPT_TIMEOUT; -1: it has none. */
int64_t lcc_transfer_time_left_us(const struct lcc_transfer *transfer);

/**
 * lcc_transfer_abandon() - the program takes the handle away before the end
 *
 * Where the real handle was driven, it is not any more. What was recorded is
 * dropped. lcc_transfer_end() follows.
 */
void lcc_transfer_abandon(struct lcc_transfer *transfer);
/* The same of a hit whose turn has come or is next: it has begun. */
void lcc_transfer_break_off(struct lcc_transfer *transfer);

/**
 * lcc_transfer_wait() - for another that fetches the same
 * @most_ms: no longer this time; 0: only look
 *
 * Return: the next step, LCC_STEP_WAIT while the other is at it.
 */
enum lcc_step lcc_transfer_wait(struct lcc_transfer *transfer, int64_t most_ms);

/* The way is over, its result read: the handle is idle again. Frees the state
 * when the program cleaned the handle up meanwhile. errno is the program's. */
void lcc_transfer_end(struct lcc_engine_state *state);

/* The whole of curl_easy_perform(). */
CURLcode lcc_transfer_perform(struct lcc_handle *handle);

#endif
