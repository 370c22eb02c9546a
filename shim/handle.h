/*
 * handle.h - an easy handle that the program made, and what we know of it
 *
 * A handle that libcurl makes for itself is not registered: one we hold no
 * state for is not ours. A handle belongs to one thread at a time, as libcurl
 * asks, so its fields need no lock; the table that finds it has its own.
 */
#ifndef LCC_HANDLE_H
#define LCC_HANDLE_H

#include "shim/real.h"
#include "shim/shadow.h"

struct lcc_engine_state; /* the engine's own part; see transfer.h */
struct lcc_member;       /* likewise, of a multi handle; see multi_state.h */
struct lcc_multi;

struct lcc_handle {
    CURL *curl;
    const struct lcc_real *real;
    struct lcc_shadow shadow;
    struct lcc_engine_state *state; /* NULL until the first HTTP transfer */
    bool performing; /* inside curl_easy_perform(): libcurl adds the handle to
                        a multi handle of its own then */
    bool gone;       /* cleaned up by one of its own callbacks: done when
                        curl_easy_perform() returns, or what drives `multi` */
    bool passed;     /* added to a real multi handle past us */
    struct lcc_multi *multi;   /* it is added to this one, by way of us */
    struct lcc_member *member; /* NULL until it is first added to one */
};

/* Registered handle of a CURL, or NULL. */
struct lcc_handle *lcc_handles_find(const CURL *curl);
/* Register. NULL without memory: the handle then is simply not ours. */
struct lcc_handle *lcc_handles_add(CURL *curl, const struct lcc_real *real);
/* Forget and free, its shadow included; the engine's state is gone before. */
void lcc_handles_remove(struct lcc_handle *handle);

#endif
