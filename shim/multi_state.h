/*
 * multi_state.h - a multi handle's members, queue and messages
 *
 * Private to the engine's multi_*.c. A handle that is added waits in the queue
 * until the program drives the multi handle, and is planned then, since
 * libcurl reads its options then. A hit never enters the real multi handle: it
 * stays in the queue and is told a part at a time, from the next call on: no
 * transfer over a network ends in the call that begins it, and programs rely
 * on it (qemu reads no messages after that call). All else is added to the
 * real one, whose messages are taken from it after each call and queued here
 * with those of the hits, in the order in which transfers end.
 */
#ifndef LCC_MULTI_STATE_H
#define LCC_MULTI_STATE_H

#include "shim/multi.h"
#include "shim/transfer.h"

enum {
    /* One call of the program's tells hits for so long at most, after one part
     * of one. */
    LCC_MULTI_SLICE_US = 10 * 1000,
    LCC_MULTI_PART_BYTES = 256 * 1024, /* of one body, before others follow */
    /* So often is looked whether another has fetched what a member misses. */
    LCC_MULTI_HELD_US = 10 * 1000,
};

struct lcc_link {
    struct lcc_link *next; /* NULL: in no list */
    struct lcc_link *previous;
};

/* Where a member stands. */
enum lcc_stage {
    LCC_STAGE_OUT,    /* in no multi handle */
    LCC_STAGE_ADDED,  /* in the queue, not planned yet */
    LCC_STAGE_SERVED, /* in the queue, a hit on its way */
    LCC_STAGE_PARKED, /* a hit that the program has paused */
    LCC_STAGE_HELD,   /* another fetches the same */
    LCC_STAGE_REAL,   /* libcurl drives it, on our behalf */
    LCC_STAGE_PASSED, /* libcurl drives it, and we have no part in it */
    LCC_STAGE_DONE,   /* its message was queued, perhaps read */
};

/* A message, in the order of the queue. */
struct lcc_message {
    struct lcc_link link;
    const CURLMsg *told; /* what the program gets */
    struct lcc_member
        *member; /* NULL: allocated for a handle that is not ours */
};

/* An easy handle in a multi handle. Made when it is first added, freed with
 * the easy handle: programs read a CURLMsg after taking its handle away. */
struct lcc_member {
    struct lcc_handle *handle;
    enum lcc_stage stage;
    bool in_real;      /* the real multi handle has it, in any stage */
    bool is_over;      /* SERVED, but nothing is left to tell: it was refused */
    uint64_t added_in; /* state->call, when it was added */
    uint64_t planned_in; /* likewise, when it was planned */
    struct lcc_link all;
    struct lcc_link queue; /* of the queue, or of those parked */
    int64_t due_us;        /* of those parked: when to look at it */
    struct lcc_message message;
    CURLMsg told;
};

struct lcc_multi_state {
    struct lcc_multi *multi;
    uint64_t call;            /* counts those that drive */
    struct lcc_link all;      /* members, in the order of their adding */
    struct lcc_link queue;    /* ADDED and SERVED */
    struct lcc_link parked;   /* PARKED and HELD */
    unsigned int held;        /* of those parked */
    struct lcc_link messages; /* unread */
    int unread;
    int reminded;         /* how many there were when a drive ended */
    int64_t added;        /* counts additions by the program */
    int joined;           /* counts additions to the real multi handle */
    unsigned int leading; /* members that hold a lease: coalesce.h */
    int waiting; /* ADDED, SERVED, PARKED, HELD: libcurl does not count them */
    struct lcc_message *spare; /* for a message of a handle that is not ours */
    bool uncollected;          /* libcurl may hold messages, after a call */

    /* The program's timer. Monotonic microseconds; LCC_NEVER: none. */
    int64_t real_due_us;   /* what libcurl has asked for */
    int64_t parked_due_us; /* the first of those parked to be looked at */
    bool zero_told;        /* it was told 0 by us, and has not come yet */
    bool untold;           /* what was told last is not what it should be */
    bool again;            /* a 0 is told though the queue is empty */
    bool joining;          /* a member enters libcurl's handle */
    bool dead;             /* the timer callback has failed */

    /* RESOLVE lists go to the multi handle's cache of names. */
    uint64_t resolve_digest; /* of the members so far */
    bool resolve_mixed;      /* who answers depends on the order of reading */
};

#define LCC_NEVER INT64_MAX

/* A member of a link inside it. */
#define LCC_MEMBER_OF(link_, field)                                            \
    ((struct lcc_member *)(void *)((char *)(link_)-offsetof(struct lcc_member, \
                                                            field)))

/* --- multi_state.c ------------------------------------------------------- */

void lcc_list_init(struct lcc_link *list);
void lcc_list_append(struct lcc_link *list, struct lcc_link *link);
/* Does nothing to one that is in no list. */
void lcc_list_remove(struct lcc_link *link);
bool lcc_list_is_empty(const struct lcc_link *list);

/* The state of a multi handle, made if there is none; NULL without memory. */
struct lcc_multi_state *lcc_multi_state_of(struct lcc_multi *multi);
void lcc_multi_state_free(struct lcc_multi_state *state);

/* Around calls of libcurl's functions. Return: what to give back. */
bool lcc_multi_enter_real(struct lcc_multi *multi);
void lcc_multi_leave_real(struct lcc_multi *multi, bool before);

/* --- multi_message.c ----------------------------------------------------- */

/* The transfer is over: its one message. */
void lcc_message_done(struct lcc_multi_state *state, struct lcc_member *member,
                      CURLcode result);
/* Nobody is to read it any more. @member may be NULL: @curl is not ours. */
void lcc_message_forget(struct lcc_multi_state *state,
                        struct lcc_member *member, const CURL *curl);
/* Take what libcurl has to say, after a call that drives it. The program may
 * be called back: never where it only reads. */
void lcc_message_collect(struct lcc_multi_state *state);
/* A drive ends: have the program call again for what is unread. */
void lcc_message_remind(struct lcc_multi_state *state);
/* None is to be read any more. */
void lcc_message_forget_all(struct lcc_multi_state *state);

/* --- multi_member.c ------------------------------------------------------ */

/* What follows the end of its real transfer. */
void lcc_member_arrived(struct lcc_multi_state *state,
                        struct lcc_member *member, CURLcode result);
/* Go on with the first of the queue, which is due: plan it, or tell a part. */
void lcc_member_turn(struct lcc_multi_state *state);
/* Show progress to those parked, and see whose time or wait is over. */
void lcc_member_look_at_parked(struct lcc_multi_state *state);

/* --- multi_queue.c ------------------------------------------------------- */

/* Is there a first of the queue, and may it go on in this call? Not where it
 * was planned in this call, and so was all that follows. */
bool lcc_queue_is_due(const struct lcc_multi_state *state);
/* The next call goes on with it. */
void lcc_queue_put(struct lcc_multi_state *state, struct lcc_member *member,
                   enum lcc_stage stage);
/* It is in no list of ours any more. */
void lcc_queue_take(struct lcc_multi_state *state, struct lcc_member *member);
/* Nothing is to do before @due_us, monotonic; LCC_NEVER: no time is known. */
void lcc_queue_set_aside(struct lcc_multi_state *state,
                         struct lcc_member *member, enum lcc_stage stage,
                         int64_t due_us);
/* Until curl_easy_pause(), or CURLOPT_TIMEOUT. */
void lcc_queue_park(struct lcc_multi_state *state, struct lcc_member *member);
/* Is its hit to go on, after curl_easy_pause()? */
void lcc_queue_unpark(struct lcc_multi_state *state, struct lcc_member *member);

/* --- multi_timer.c ------------------------------------------------------- */

/* Ours on the real multi handle, where the program has one. */
CURLMcode lcc_timer_attach(struct lcc_multi *multi);
/* Something is to do at once: tell, also if that was told before. */
CURLMcode lcc_timer_nudge(struct lcc_multi_state *state);
/* The program calls because its timer has run out, or as if. */
void lcc_timer_came(struct lcc_multi_state *state);
/* libcurl is told so next (CURL_SOCKET_TIMEOUT), and takes its own time for
 * run out: it says when there is another, and nothing when there is none. */
void lcc_timer_ran_out(struct lcc_multi_state *state);
/* Bring what was told up to date. */
CURLMcode lcc_timer_arm(struct lcc_multi_state *state);
/* Milliseconds until something is to do, apart from libcurl's own; -1: never.
 */
long lcc_timer_left_ms(const struct lcc_multi_state *state);

#endif
