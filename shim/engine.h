/*
 * engine.h - what the small preloaded object asks of the engine
 *
 * libcurlcache.so interposes and follows; libcurlcache-engine.so holds store,
 * rules, recorder and replayer, with Berkeley DB hidden inside. It is loaded
 * from beside the first at the first HTTP transfer, so that a process which
 * makes none pays nothing. Both are built together: the version must agree.
 */
#ifndef LCC_ENGINE_H
#define LCC_ENGINE_H

#include "shim/multi.h"

enum { LCC_ENGINE_VERSION = 6 };
#define LCC_ENGINE_FILE "libcurlcache-engine.so"
#define LCC_ENGINE_SYMBOL "lcc_engine_table"

struct lcc_engine {
    unsigned int version; /* LCC_ENGINE_VERSION */

    /* The whole of curl_easy_perform() for a registered handle. */
    CURLcode (*perform)(struct lcc_handle *handle);

    /* The following answer true when the engine did it, with *ret set; false:
     * ask the real libcurl. Only called where handle->state is not NULL. */
    bool (*getinfo)(struct lcc_handle *handle, CURLINFO info, void *out,
                    CURLcode *ret);
    bool (*header)(struct lcc_handle *handle, const char *name, size_t index,
                   unsigned int origin, int request, struct curl_header **out,
                   CURLHcode *ret);
    bool (*nextheader)(struct lcc_handle *handle, unsigned int origin,
                       int request, struct curl_header *previous,
                       struct curl_header **ret);
    bool (*pause)(struct lcc_handle *handle, int bitmask, CURLcode *ret);

    /* While a transfer is recorded some options of the real handle are ours:
     * true when a setopt of this one must change the shadow only. */
    bool (*holds)(const struct lcc_handle *handle, CURLoption option);
    /* What CURLOPT_BUFFERSIZE answers, @result being the real handle's. */
    CURLcode (*buffer_size)(struct lcc_handle *handle, CURLcode result);

    /* @copy is a fresh duplicate of @original: undo on the real handle what
     * the engine holds on the original. */
    void (*duplicated)(struct lcc_handle *original, struct lcc_handle *copy);

    /* The handle is being cleaned up or handed to a multi: drop what was
     * served. After `forget` handle->state may be kept; after `release` it is
     * NULL. `reset`: the same but for the header API, which a reset leaves. */
    void (*reset)(struct lcc_handle *handle);
    void (*forget)(struct lcc_handle *handle);
    void (*release)(struct lcc_handle *handle);

    /* The multi interface: what libcurl's functions of these names do, for a
     * registered multi handle that has multi->state (multi_add makes it), and
     * never where multi->in_real is set. See multi_adapter.h. */
    CURLMcode (*multi_add)(struct lcc_multi *multi, struct lcc_handle *handle);
    CURLMcode (*multi_remove)(struct lcc_multi *multi,
                              struct lcc_handle *handle, CURL *curl);
    CURLMcode (*multi_drive)(struct lcc_multi *multi,
                             const struct lcc_drive *drive, int *ret_running);
    CURLMsg *(*multi_read)(struct lcc_multi *multi, int *ret_left);
    CURLMcode (*multi_wait)(struct lcc_multi *multi, bool poll,
                            struct curl_waitfd *extra, unsigned int count,
                            int ms, int *ret);
    CURLMcode (*multi_timeout)(struct lcc_multi *multi, long *ret_ms);
    CURLMcode (*multi_timer_changed)(struct lcc_multi *multi);
    /* curl_multi_get_handles() and curl_multi_get_offt(), where the handle's
     * libcurl has them; also where multi->in_real is set. */
    CURL **(*multi_handles)(struct lcc_multi *multi);
    CURLMcode (*multi_offt)(struct lcc_multi *multi, int info, curl_off_t *ret);
    CURLMcode (*multi_cleanup)(struct lcc_multi *multi);
    /* Some member that a callback cleaned up, or NULL. */
    struct lcc_handle *(*multi_next_gone)(struct lcc_multi *multi);

    /* The handle goes past us to the multi interface: count it. */
    void (*passed)(struct lcc_handle *handle, int reason);
};

/* The engine's only exported symbol. */
const struct lcc_engine *lcc_engine_table(void);

#endif
