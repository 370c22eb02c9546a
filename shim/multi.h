/*
 * multi.h - a multi handle that the program made, and what we know of it
 *
 * Those that libcurl makes for itself (curl_easy_perform() has one for each
 * easy handle) are not registered. A multi handle belongs to one thread at a
 * time, but for curl_multi_wakeup().
 *
 * The preloaded object finds them; all else is the engine's, from the first
 * easy handle that is added. The functions between the two are in engine.h.
 */
#ifndef LCC_MULTI_H
#define LCC_MULTI_H

#include "shim/handle.h"

struct lcc_multi_state; /* multi_state.h */

struct lcc_multi {
    CURLM *curlm;
    const struct lcc_real *real;
    /* lcc_handles_find(): the engine has no table of its own. */
    struct lcc_handle *(*find)(const CURL *curl);
    struct lcc_multi_state *state; /* NULL until the first handle is added */
    /* CURLMOPT_TIMERFUNCTION and CURLMOPT_TIMERDATA, as the program set them.
     * From the first handle on the real ones are ours. */
    curl_multi_timer_callback timer;
    void *timer_data;
    bool passes;  /* handles that are added are libcurl's alone */
    bool mixed;   /* a handle was added to libcurl's own past us */
    bool idle;    /* libcurl's own was driven and has nothing under way, no
                     socket and no time set, and nothing entered it since */
    bool in_real; /* inside libcurl: whatever is called meanwhile is called by
                     itself, or in a callback, and is for libcurl to answer */
    bool telling; /* inside a callback of the program's that we called */
    bool left;    /* some handle->gone is set in it */
    int saved_errno; /* the program's, while we are at work */
};

/* What the program called to make transfers go on. */
enum lcc_drive_kind {
    LCC_DRIVE_PERFORM,
    LCC_DRIVE_SOCKET_ACTION,
    LCC_DRIVE_SOCKET, /* the older ones, without a bit mask */
    LCC_DRIVE_SOCKET_ALL,
};

struct lcc_drive {
    enum lcc_drive_kind kind;
    curl_socket_t socket;
    int bitmask;
};

/* Registered multi handle, or NULL. */
struct lcc_multi *lcc_multis_find(const CURLM *curlm);
/* Register. NULL without memory: it simply is not ours. */
struct lcc_multi *lcc_multis_add(CURLM *curlm, const struct lcc_real *real);
/* Not found any more. */
void lcc_multis_drop(struct lcc_multi *multi);

#endif
