/*
 * holdback.h - a conditional request of ours, and silence until its status
 *
 * While a stored response is checked with the origin our validators stand in
 * the real handle's HTTPHEADER, and the program is told nothing: what comes
 * before the status is kept here. Then either all of it is told and the
 * transfer goes on as any other, or it is swallowed and what is stored answers.
 * Traps:
 * - Once told, our fields are off the handle: no later hop of a chain sees
 * them.
 * - Progress callbacks of the program run all the while; they may stop it.
 * - The trace is kept and told without our fields in the request's lines.
 * - A hold waits for nothing: whoever drives the real handle, it is the same.
 */
#ifndef LCC_HOLDBACK_H
#define LCC_HOLDBACK_H

#include "shim/handle.h"
#include "store/http_valid.h"

struct lcc_recorder;

enum {
    LCC_HOLD_CONDITIONS = 2,         /* If-None-Match, If-Modified-Since */
    LCC_HOLD_LINES_MAX = 256 * 1024, /* bytes of header lines not yet told */
    LCC_HOLD_LINES_FIRST = 512,      /* bytes of them to begin with */
    LCC_HOLD_TRACE_MAX = 256 * 1024, /* bytes of trace; more is left out */
    LCC_HOLD_ERROR_MAX = 64 * 1024,  /* bytes of an error's body swallowed */
};

enum lcc_hold_state {
    LCC_HOLD_NONE,         /* the program is told everything */
    LCC_HOLD_WAITING,      /* nothing is told, no status yet */
    LCC_HOLD_NOT_MODIFIED, /* a 304 that speaks of what is stored: swallowed */
    LCC_HOLD_UNMATCHED,    /* a 304 that speaks of nothing we have: swallowed */
    LCC_HOLD_ERROR,        /* a 5xx, and a stale answer will do: swallowed */
};

struct lcc_holdback {
    enum lcc_hold_state state;
    struct lcc_valid_ask ask;  /* our conditions, empty when none */
    bool single;               /* one stored response is asked for */
    bool stale_if_error;       /* an error is swallowed */
    bool unchanged;            /* the 304 says what is stored already */
    struct curl_slist *fields; /* on the real handle; NULL: the program's */
    struct curl_slist own[LCC_HOLD_CONDITIONS]; /* the first of them, which */
    struct lcc_buf conditions;                  /* point into this */
    struct curl_slist *copied; /* behind them; NULL: the program's list */
    struct lcc_buf lines;      /* header lines, each with its length */
    struct lcc_buf trace;      /* type and bytes of each event */
    uint64_t swallowed_bytes;
};

/* All zero but for the memory of its buffers. */
struct lcc_holdback lcc_holdback_again(const struct lcc_holdback *hold);
/* Frees the fields that stood on the real handle. */
void lcc_holdback_off(struct lcc_recorder *recorder);
/* Frees the memory; turned off before. */
void lcc_holdback_done(struct lcc_holdback *hold);

/**
 * lcc_holdback_begin() - put the conditions on the real handle, be silent
 * @recorder: attached; its hold's ask, single and stale_if_error are set
 *
 * Return: false, with the options as they were, when libcurl will not have it.
 */
bool lcc_holdback_begin(struct lcc_recorder *recorder);

/* Put the program's own values of what a hold changes on a real handle. */
void lcc_holdback_restore(const struct lcc_handle *handle);
/* Is this option of the real handle ours while the hold lasts? */
bool lcc_holdback_holds(const struct lcc_recorder *recorder, CURLoption option);

/* What the recorder shall do with a header line. */
enum lcc_hold_line {
    LCC_HOLD_TELL, /* the hold is over, or there is none */
    LCC_HOLD_KEEP, /* record the line; the program is told nothing */
};
/**
 * lcc_holdback_line() - a header line has come; not recorded yet
 * @kind: what it is by its place
 *
 * On LCC_HOLD_TELL the lines of the hold are told first:
 * lcc_holdback_next().
 */
enum lcc_hold_line lcc_holdback_line(struct lcc_recorder *recorder,
                                     enum lcc_piece_kind kind,
                                     struct lcc_span line);
/* Bytes of the body have come: are they swallowed? *ret_stop when enough of
 * them were. Ends a hold that knows no status. */
bool lcc_holdback_body(struct lcc_recorder *recorder, size_t size,
                       bool *ret_stop);

/* The first line that waits to be told; false: none. It may be edited. */
bool lcc_holdback_next(struct lcc_holdback *hold, char **ret_line,
                       size_t *ret_size);
/* That line was told. */
void lcc_holdback_told(struct lcc_holdback *hold);

/* Tell the trace, and be silent no more. Calls the program's debug function. */
void lcc_holdback_release(struct lcc_recorder *recorder);

/* Bytes of the request that the program did not ask for. */
long lcc_holdback_extra_bytes(const struct lcc_recorder *recorder);

#endif
