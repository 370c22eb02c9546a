/*
 * recorder.h - on a miss: the transfer is told to the program and to the store
 *
 * Our callbacks stand on the real handle while libcurl performs. They call the
 * program's own, as the shadow says at that moment, and keep a copy of each
 * piece that the program took whole. Traps:
 * - Pieces are writable and programs edit them: copied before the call.
 * - A pause delivers the same piece again, joined with those after it.
 * - CURLOPT_HEADER is off on the real handle, so that a header line is never
 *   mistaken for body; both calls are made here, in libcurl's order.
 * - The program may reset, duplicate or clean up the handle meanwhile.
 */
#ifndef LCC_RECORDER_H
#define LCC_RECORDER_H

#include "shim/holdback.h"
#include "shim/process.h"
#include "shim/transfer.h"

enum {
    LCC_RECORDER_PIECE_MAX = 1024 * 1024, /* bytes of one callback's piece */
    LCC_RECORDER_HEAD_FIRST = 512,        /* bytes to begin with */
    LCC_RECORDER_METHOD_MAX = 4 * 1024,   /* bytes of a method's name */
    LCC_RECORDER_HOPS_MAX = 64 * LCC_HASH_SIZE,
    LCC_RECORDER_INFOS_MAX = 16 * 1024, /* bytes of recorded answers */
    LCC_RECORDER_VARY_MAX = 16 * 1024,  /* bytes of encoded Vary */
    LCC_RECORDER_SPARE_MAX = 64 * 1024, /* bytes kept for the next transfer */
    LCC_RECORDER_MADE_MAX = 160,        /* bytes of a field line of ours */
};

/* What is stored beside what was recorded: settle.c's, kept for its memory. */
struct lcc_draft {
    struct lcc_buf vary;
    struct lcc_buf infos;
    struct lcc_buf meta;
    struct lcc_hash variant;
};

struct lcc_recorder {
    struct lcc_handle *handle; /* NULL once the program cleaned it up */
    const struct lcc_real *real;
    const struct lcc_process *process;
    const struct lcc_plan *plan; /* of the handle's state */
    struct lcc_id id;            /* what it is stored under */
    bool as_get; /* an answer to a POST, to be stored for the GET */
    struct lcc_writer *writer; /* NULL: nothing will be stored */
    /* Why nothing will be stored; NONE while all is well. */
    enum lcc_reason given_up;
    bool detached; /* reset inside a callback: the options are the program's */

    struct lcc_buf method; /* of the request; its own copy, as a callback may
                              set another one */
    struct lcc_buf head;   /* see struct lcc_entry */
    struct lcc_buf pieces; /* likewise */
    struct lcc_buf hops;   /* a digest for each followed redirect */
    struct lcc_buf scratch;

    bool block_seen;    /* a first status line has come */
    bool in_block;      /* between a status line and its empty line */
    bool body_seen;     /* bytes of the body have come */
    bool judged;        /* lcc_keep_response() has spoken */
    bool paused;        /* the last answer was a pause */
    bool pause_due;     /* the program paused before anything could be told */
    size_t held_before; /* of a piece that a pause brings again */
    bool head_cut;      /* a block came after we had given up */
    int status;         /* of the current or last block */
    /* shadow->urls_given when that one came. */
    unsigned int urls_given;
    struct lcc_buf location; /* of the current or last block, a C string */
    struct lcc_buf base_url; /* what it is relative to, a C string */

    /* A header line under CURLOPT_HEADER, cut by a pause between its calls. */
    size_t shown;       /* bytes at the front that the write callback took */
    size_t header_told; /* bytes at the front that the header callback took */
    size_t header_due;  /* where its next piece ends, after a pause; else 0 */
    bool write_failed;  /* the write callback refused a header line */

    struct lcc_holdback hold;

    /* What lcc_recorder_blocks() has read, of so much of the head. */
    struct lcc_response *blocks;
    size_t block_count;
    size_t blocks_head_size;
    struct lcc_draft draft;

    /* Cache-Status, told before the empty line that ends a block. */
    enum lcc_reason why; /* we ask the origin; NONE: the field is not due */
    char made[LCC_RECORDER_MADE_MAX];
    bool made_told; /* for the block that is told */

    int64_t request_time_s;
    int64_t response_time_s;
    int64_t started_us; /* monotonic */
};

/**
 * lcc_recorder_new() - a recorder for the transfer that handle->state plans
 * @ret: freed with lcc_recorder_free()
 *
 * Not on the stack: a callback of the program may leave by longjmp (PHP does so
 * on a fatal error), and what it does to the handle later still finds it. In
 * MODE=readonly it stores nothing, and only follows.
 *
 * Return: 0; -ENOMEM; what lcc_writer_new() answers.
 */
int lcc_recorder_new(struct lcc_handle *handle,
                     const struct lcc_process *process,
                     struct lcc_recorder **ret);
/* NULL. Accepts NULL. */
struct lcc_recorder *lcc_recorder_free(struct lcc_recorder *recorder);

/* What is recorded answers a POST: store it for the GET beside it, and only
 * where RFC 9110, section 9.3.3 allows that. 0; -ENOMEM. */
int lcc_recorder_as_get(struct lcc_recorder *recorder);
/* The program shall be told by Cache-Status that the origin was asked, and
 * why (RFC 9211). */
void lcc_recorder_say_status(struct lcc_recorder *recorder,
                             enum lcc_reason why);
/* Put our callbacks on the real handle. False, with the handle as it was, when
 * libcurl would not have them. */
bool lcc_recorder_attach(struct lcc_recorder *recorder);
/* Put back what the shadow says. */
void lcc_recorder_detach(struct lcc_recorder *recorder);
/* Put the shadow's own values on a real handle (the program's duplicate). */
void lcc_recorder_restore(const struct lcc_handle *handle);
/* Is this option of the real handle ours while a transfer is recorded? */
bool lcc_recorder_holds(CURLoption option);

/* Tell the program what a hold kept from it; once libcurl has ended. */
void lcc_recorder_tell_held(struct lcc_recorder *recorder);
/* The code of "HTTP/x NNN ..."; 0 when there is none. */
int lcc_recorder_status_code(struct lcc_span line);

/* Nothing will be stored, for this reason; the first one stays. */
void lcc_recorder_give_up(struct lcc_recorder *recorder,
                          enum lcc_reason reason);
/* What has been recorded so far, as an entry that borrows from us. */
struct lcc_entry lcc_recorder_entry(const struct lcc_recorder *recorder);
/**
 * lcc_recorder_blocks() - what has been recorded so far, as responses
 * @ret: borrowed until more is recorded; may be changed, and is as it arrived
 *       at each call
 *
 * Return: what lcc_entry_blocks() answers.
 */
int lcc_recorder_blocks(struct lcc_recorder *recorder,
                        struct lcc_response **ret, size_t *ret_count);
void lcc_recorder_forget_blocks(struct lcc_recorder *recorder);
/* Ask the rules whether this response may be stored; gives up if not. */
void lcc_recorder_judge(struct lcc_recorder *recorder);

/* What this line is, by those before it. */
enum lcc_piece_kind lcc_recorder_kind_of(const struct lcc_recorder *recorder,
                                         struct lcc_span line);
/* Keep header lines that the program took whole: one, or those that a pause has
 * joined. Gives up where they cannot be kept. */
void lcc_recorder_keep_lines(struct lcc_recorder *recorder,
                             struct lcc_span lines);
/* Fill recorder->made with Cache-Status for the block that is about to end. */
void lcc_recorder_make_status(struct lcc_recorder *recorder);

#endif
