/*
 * hit.h - one program, run once by libcurl and once from a stored response
 *
 * A side is a handle with the options of a program and everything that its
 * callbacks, results and answers said, as text. The plain side is the linked
 * libcurl over a loopback connection; the hit side is lcc_replay() of what a
 * first, plain transfer recorded. Equal texts mean that the program cannot
 * tell.
 */
#ifndef LCC_TESTS_HIT_H
#define LCC_TESTS_HIT_H

#include "hit_server.h"
#include "shim/replayer.h"

/* The functions of the libcurl that the test is linked with. */
const struct lcc_real *hit_real(void);

struct hit_side {
    bool is_hit;
    struct lcc_handle handle;
    struct lcc_buf text; /* what happened */
    char error[CURL_ERROR_SIZE];
    CURLcode result;
    bool ask_inside; /* ask for infos inside the header callback */
    char last;       /* kind of the last event, for joining body pieces */
    size_t largest;  /* piece of the body */
    size_t taken;    /* bytes of the body */
    size_t stop_at;  /* take no more than so many; 0: all */
    bool unended;    /* a piece did not end in NUL */
    bool pauses;     /* before the first piece of the body */
    bool paused;
    bool fails_resumed; /* takes less when the piece comes again */
};

void hit_side_init(struct hit_side *side, bool is_hit);
void hit_side_done(struct hit_side *side);

/* Set an option on the handle and, on the hit side, on its shadow. */
void hit_long(struct hit_side *side, CURLoption option, long value);
void hit_off(struct hit_side *side, CURLoption option, curl_off_t value);
void hit_text(struct hit_side *side, CURLoption option, const char *value);
void hit_pointer(struct hit_side *side, CURLoption option, void *value);
void hit_list(struct hit_side *side, CURLoption option,
              struct curl_slist *value);
void hit_function(struct hit_side *side, CURLoption option,
                  void (*value)(void));

/* URL, error buffer, and callbacks that write into side->text. */
void hit_listen(struct hit_side *side, const char *url);

/* Pause at the first piece; the progress callback ends it. */
void hit_pausing(struct hit_side *side);

/* What the program asks; dispatched as the interposed functions do. */
CURLcode hit_ask(struct hit_side *side, CURLINFO info, void *out);
CURLHcode hit_header(struct hit_side *side, const char *name, size_t index,
                     unsigned int origin, int request,
                     struct curl_header **out);
struct curl_header *hit_next(struct hit_side *side, unsigned int origin,
                             int request, struct curl_header *previous);
CURLcode hit_pause(struct hit_side *side, int bitmask);
void hit_print(struct hit_side *side, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Every info that may not differ, every header, every cookie, into text. */
void hit_print_answers(struct hit_side *side);

/* A stored response. */
struct hit_entry {
    struct lcc_entry entry;
    struct lcc_decision decision;
    struct lcc_buf head;
    struct lcc_buf pieces;
    struct lcc_buf body;
    struct lcc_buf infos;
    bool in_body; /* lines now are trailers */
};

/* Fetch and record as the recorder does. @prepare sets the program's options
 * that are part of the request; may be NULL. */
void hit_record(struct hit_entry *entry, const char *url,
                void (*prepare)(struct hit_side *side));
/* Made of text: lines of each header, in order, and a body. */
void hit_entry_make(struct hit_entry *entry, const char *const *lines,
                    const void *body, size_t size);
void hit_entry_done(struct hit_entry *entry);

/* Run the side's transfer: real, or served from @entry. */
void hit_run(struct hit_side *side, struct hit_entry *entry);

/* How the store that tests replay from behaves. */
struct hit_store {
    size_t most;      /* bytes of one read; 0: as asked */
    uint64_t gone_at; /* offset from which reads fail; 0: never */
    int holds;        /* bodies held and not let go */
    bool gone;        /* every read fails */
    unsigned int reads;
};
extern struct hit_store hit_store;

#endif
