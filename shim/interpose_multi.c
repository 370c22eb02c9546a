/*
 * interpose_multi.c - the exported functions of libcurl's multi interface
 *
 * A multi handle that we do not know, or that holds nothing of ours yet, goes
 * straight to the real function; so does whatever is called from within
 * libcurl, be it by libcurl itself or in a callback.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#define CURL_DISABLE_TYPECHECK
#include "shim/engine_load.h"
#include "shim/entry.h"
#include "shim/interpose.h"
#include "store/base.h"
#include "store/reason.h"

#undef curl_multi_setopt
#undef curl_multi_socket

/* The libcurl of a multi handle, ours or not. */
#define REAL_OF(multi) ((multi) ? (multi)->real : CALLERS_REAL())

bool lcc_interpose_is_inside(const struct lcc_multi *multi)
{
    return multi && (multi->in_real || multi->telling);
}

/* Is the call the engine's to answer? */
static const struct lcc_engine *engine_of(const struct lcc_multi *multi)
{
    return multi && multi->state && !multi->in_real ? lcc_engine_loaded()
                                                    : NULL;
}

void lcc_interpose_sweep(struct lcc_multi *multi)
{
    const struct lcc_engine *engine =
        multi && multi->left ? engine_of(multi) : NULL;

    while (engine && multi->left && !multi->telling) {
        struct lcc_handle *handle = engine->multi_next_gone(multi);

        if (handle) {
            lcc_interpose_clean_up(handle);
        }
    }
}

/* --- making and unmaking ------------------------------------------------- */

CURLM *lcc_multi_init_of(const struct lcc_real *real)
{
    CURLM *curlm = real && real->multi_init ? real->multi_init() : NULL;

    if (curlm && real->complete && lcc_active()) {
        int before = errno;
        struct lcc_multi *stale = lcc_multis_find(curlm);

        if (stale) { /* freed behind our back; what it held went with it */
            lcc_multis_drop(stale);
        }
        (void)lcc_multis_add(curlm, real);
        errno = before;
    }
    return curlm;
}

LCC_EXPORT CURLM *curl_multi_init(void)
{
    bool inside = false;
    const struct lcc_real *real = lcc_interpose_real(
        __builtin_extract_return_addr(__builtin_return_address(0)), &inside);

    if (inside) {
        return real && real->multi_init ? real->multi_init() : NULL;
    }
    return lcc_multi_init_of(real);
}

/* Dropped first: another thread may be given the same address right after. */
static CURLMcode clean_up(struct lcc_multi *multi)
{
    const struct lcc_engine *engine = engine_of(multi);
    CURLMcode code;
    int after;

    lcc_multis_drop(multi);
    code = engine ? engine->multi_cleanup(multi)
                  : multi->real->multi_cleanup(multi->curlm);
    after = errno;
    free(multi);
    errno = after;
    return code;
}

LCC_EXPORT CURLMcode curl_multi_cleanup(CURLM *curlm)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);

    if (multi && multi->telling) {
        return CURLM_RECURSIVE_API_CALL;
    }
    if (multi && !multi->in_real) {
        return clean_up(multi);
    }
    return real && real->multi_cleanup ? real->multi_cleanup(curlm)
                                       : CURLM_INTERNAL_ERROR;
}

/* --- handles in and out -------------------------------------------------- */

/* This handle is libcurl's alone now: what was served on it before is over. */
static void pass(struct lcc_handle *handle)
{
    const struct lcc_engine *engine = lcc_engine_loaded();
    int before = errno;

    lcc_shadow_resolve(&handle->shadow);
    if (engine && handle->state) {
        engine->forget(handle);
    }
    if (engine) {
        engine->passed(handle, LCC_REASON_MULTI);
    }
    errno = before;
}

/* The engine, where it takes this handle in. */
static const struct lcc_engine *taker(const struct lcc_multi *multi,
                                      const struct lcc_handle *handle)
{
    const struct lcc_engine *engine = NULL;
    int before = errno;

    /* One that was added past us, before there was an engine, is libcurl's. */
    if (multi && handle && !handle->passed && !multi->in_real &&
        !multi->passes && handle->real == multi->real) {
        engine = lcc_interpose_engine_for(handle);
    }
    errno = before;
    return engine;
}

LCC_EXPORT CURLMcode curl_multi_add_handle(CURLM *curlm, CURL *curl)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    struct lcc_handle *handle = lcc_handles_find(curl);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = taker(multi, handle);
    CURLMcode code;

    if (engine) {
        code = engine->multi_add(multi, handle);
        lcc_interpose_sweep(multi);
        return code;
    }
    if (handle && handle->multi) {
        return CURLM_ADDED_ALREADY;
    }
    /* While we perform the handle it is libcurl that adds it to a multi handle
     * of its own. */
    if (handle && !handle->performing) {
        pass(handle);
    }
    if (multi) {
        multi->mixed = true;
        multi->idle = false;
    }
    code = real && real->multi_add_handle ? real->multi_add_handle(curlm, curl)
                                          : CURLM_INTERNAL_ERROR;
    if (handle && !handle->performing && code == CURLM_OK) {
        handle->passed = true;
    }
    return code;
}

LCC_EXPORT CURLMcode curl_multi_remove_handle(CURLM *curlm, CURL *curl)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = engine_of(multi);
    struct lcc_handle *handle = lcc_handles_find(curl);
    CURLMcode code;

    if (handle && handle->multi && handle->multi != multi) {
        return CURLM_BAD_EASY_HANDLE;
    }
    /* It is in a multi handle of libcurl's own, or would be but for us. */
    if (handle && handle->performing && multi) {
        return CURLM_BAD_EASY_HANDLE;
    }
    if (engine) {
        code = engine->multi_remove(multi, handle, curl);
        lcc_interpose_sweep(multi);
    } else if (handle && handle->multi) {
        code = CURLM_RECURSIVE_API_CALL; /* libcurl may not know of it */
    } else {
        code = real && real->multi_remove_handle
                   ? real->multi_remove_handle(curlm, curl)
                   : CURLM_INTERNAL_ERROR;
    }
    if (handle && code == CURLM_OK) {
        handle->passed = false;
    }
    return code;
}

/* --- driving ------------------------------------------------------------- */

static CURLMcode drive(const struct lcc_engine *engine, struct lcc_multi *multi,
                       struct lcc_drive what, int *running)
{
    CURLMcode code = engine->multi_drive(multi, &what, running);

    lcc_interpose_sweep(multi);
    return code;
}

LCC_EXPORT CURLMcode curl_multi_perform(CURLM *curlm, int *running)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = engine_of(multi);

    if (engine) {
        return drive(engine, multi,
                     (struct lcc_drive){LCC_DRIVE_PERFORM, -1, 0}, running);
    }
    return real && real->multi_perform ? real->multi_perform(curlm, running)
                                       : CURLM_INTERNAL_ERROR;
}

LCC_EXPORT CURLMcode curl_multi_socket_action(CURLM *curlm, curl_socket_t s,
                                              int bitmask, int *running)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = engine_of(multi);

    if (engine) {
        return drive(engine, multi,
                     (struct lcc_drive){LCC_DRIVE_SOCKET_ACTION, s, bitmask},
                     running);
    }
    return real && real->multi_socket_action
               ? real->multi_socket_action(curlm, s, bitmask, running)
               : CURLM_INTERNAL_ERROR;
}

LCC_EXPORT CURLMcode curl_multi_socket(CURLM *curlm, curl_socket_t s,
                                       int *running)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = engine_of(multi);

    if (engine) {
        return drive(engine, multi, (struct lcc_drive){LCC_DRIVE_SOCKET, s, 0},
                     running);
    }
    return real && real->multi_socket ? real->multi_socket(curlm, s, running)
                                      : CURLM_INTERNAL_ERROR;
}

LCC_EXPORT CURLMcode curl_multi_socket_all(CURLM *curlm, int *running)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = engine_of(multi);

    if (engine) {
        return drive(engine, multi,
                     (struct lcc_drive){LCC_DRIVE_SOCKET_ALL, -1, 0}, running);
    }
    return real && real->multi_socket_all
               ? real->multi_socket_all(curlm, running)
               : CURLM_INTERNAL_ERROR;
}

LCC_EXPORT CURLMsg *curl_multi_info_read(CURLM *curlm, int *left)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = engine_of(multi);

    if (engine) {
        return engine->multi_read(multi, left);
    }
    return real && real->multi_info_read ? real->multi_info_read(curlm, left)
                                         : NULL;
}

/* --- waiting ------------------------------------------------------------- */

LCC_EXPORT CURLMcode curl_multi_wait(CURLM *curlm, struct curl_waitfd *extra,
                                     unsigned int count, int ms, int *ret)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = engine_of(multi);

    if (engine && real->multi_wait) {
        return engine->multi_wait(multi, false, extra, count, ms, ret);
    }
    return real && real->multi_wait
               ? real->multi_wait(curlm, extra, count, ms, ret)
               : CURLM_INTERNAL_ERROR;
}

LCC_EXPORT CURLMcode curl_multi_poll(CURLM *curlm, struct curl_waitfd *extra,
                                     unsigned int count, int ms, int *ret)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = engine_of(multi);

    if (engine && real->multi_poll) {
        return engine->multi_wait(multi, true, extra, count, ms, ret);
    }
    return real && real->multi_poll
               ? real->multi_poll(curlm, extra, count, ms, ret)
               : CURLM_INTERNAL_ERROR;
}

LCC_EXPORT CURLMcode curl_multi_timeout(CURLM *curlm, long *ms)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = engine_of(multi);

    if (engine) {
        return engine->multi_timeout(multi, ms);
    }
    return real && real->multi_timeout ? real->multi_timeout(curlm, ms)
                                       : CURLM_INTERNAL_ERROR;
}

LCC_EXPORT CURLMcode curl_multi_fdset(CURLM *curlm, fd_set *readable,
                                      fd_set *writable, fd_set *exceptional,
                                      int *ret_max)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);

    if (multi && multi->telling) {
        return CURLM_RECURSIVE_API_CALL;
    }
    return real && real->multi_fdset
               ? real->multi_fdset(curlm, readable, writable, exceptional,
                                   ret_max)
               : CURLM_INTERNAL_ERROR;
}

/* --- options ------------------------------------------------------------- */

/* One argument of setopt, as it was passed. */
union argument {
    long number;
    curl_off_t offset;
    void *pointer;
    curl_multi_timer_callback timer;
};

static union argument take_argument(CURLMoption option, va_list list)
{
    union argument taken = {0};

    if ((int)option >= CURLOPTTYPE_OFF_T) {
        taken.offset = va_arg(list, curl_off_t);
    } else if ((int)option >= CURLOPTTYPE_OBJECTPOINT) {
        taken.pointer = va_arg(list, void *);
    } else {
        taken.number = va_arg(list, long);
    }
    return taken;
}

static CURLMcode set_real(const struct lcc_real *real, CURLM *curlm,
                          CURLMoption option, const union argument *argument)
{
    if (!real || !real->multi_setopt) {
        return CURLM_INTERNAL_ERROR;
    }
    if ((int)option >= CURLOPTTYPE_OFF_T) {
        return real->multi_setopt(curlm, option, argument->offset);
    }
    if ((int)option >= CURLOPTTYPE_OBJECTPOINT) {
        return real->multi_setopt(curlm, option, argument->pointer);
    }
    return real->multi_setopt(curlm, option, argument->number);
}

/* The callback of libcurl's that says that a message is there (8.17): hits
 * have none, so that a program which waits for it gets libcurl alone. */
enum { LCC_MOPT_NOTIFYFUNCTION = CURLOPTTYPE_FUNCTIONPOINT + 18 };

static void follow(struct lcc_multi *multi, CURLMoption option,
                   const union argument *argument)
{
    switch ((int)option) {
    case CURLMOPT_TIMERFUNCTION:
        multi->timer = argument->timer;
        break;
    case CURLMOPT_TIMERDATA:
        multi->timer_data = argument->pointer;
        break;
    case LCC_MOPT_NOTIFYFUNCTION:
        multi->passes = argument->pointer != NULL;
        break;
    default:
        break;
    }
}

static bool is_timers(CURLMoption option)
{
    return option == CURLMOPT_TIMERFUNCTION || option == CURLMOPT_TIMERDATA;
}

LCC_EXPORT CURLMcode curl_multi_setopt(CURLM *curlm, CURLMoption option, ...)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = REAL_OF(multi);
    const struct lcc_engine *engine = engine_of(multi);
    union argument argument;
    CURLMcode code;
    va_list list;

    va_start(list, option);
    argument = take_argument(option, list);
    va_end(list);
    if (multi && multi->telling) {
        return CURLM_RECURSIVE_API_CALL;
    }
    if (engine && is_timers(option)) {
        follow(multi, option, &argument);
        return engine->multi_timer_changed(multi);
    }
    if (multi) {
        multi->idle = false; /* some make libcurl close its connections */
    }
    code = set_real(real, curlm, option, &argument);
    if (multi && code == CURLM_OK) {
        follow(multi, option, &argument);
    }
    return code;
}
