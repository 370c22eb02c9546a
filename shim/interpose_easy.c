/*
 * interpose_easy.c - the exported functions of libcurl's easy interface
 *
 * Each finds what we know of the handle and hands over; a handle we know
 * nothing of goes straight to the real function. libcurl calls its own public
 * functions through here as well. errno is what the real function made of it.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

/* The real signatures, not the checking macros. */
#define CURL_DISABLE_TYPECHECK
#include "shim/engine_load.h"
#include "shim/entry.h"
#include "shim/interpose.h"
#include "shim/share.h"
#include "store/base.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

const struct lcc_real *lcc_interpose_real(void *address, bool *ret_inside)
{
    int before = errno;
    const struct lcc_real *real = lcc_real_for_caller(address, ret_inside);

    errno = before;
    return real;
}

/* --- making and unmaking ------------------------------------------------- */

static void release(struct lcc_handle *handle)
{
    const struct lcc_engine *engine = lcc_engine_loaded();
    int before = errno;

    if ((handle->state || handle->member) && engine) {
        engine->release(handle);
    }
    lcc_handles_remove(handle);
    errno = before;
}

/* Register a handle that was just made. An older one of the same address was
 * freed behind our back. Without memory the handle simply is not ours. */
static struct lcc_handle *follow_new(CURL *curl, const struct lcc_real *real)
{
    int before = errno;
    struct lcc_handle *stale = lcc_handles_find(curl);
    struct lcc_handle *fresh;

    if (stale) {
        release(stale);
    }
    fresh = lcc_handles_add(curl, real);
    errno = before;
    return fresh;
}

CURL *lcc_easy_init_of(const struct lcc_real *real)
{
    CURL *curl = real && real->easy_init ? real->easy_init() : NULL;

    if (curl && real->complete && lcc_active()) {
        follow_new(curl, real);
    }
    return curl;
}

LCC_EXPORT CURL *curl_easy_init(void)
{
    bool inside = false;
    const struct lcc_real *real = lcc_interpose_real(
        __builtin_extract_return_addr(__builtin_return_address(0)), &inside);

    if (inside) {
        return real && real->easy_init ? real->easy_init() : NULL;
    }
    return lcc_easy_init_of(real);
}

/* Release first: another thread may be given the same address right after. */
void lcc_interpose_clean_up(struct lcc_handle *handle)
{
    const struct lcc_real *real = handle->real;
    CURL *curl = handle->curl;

    release(handle);
    real->easy_cleanup(curl);
}

LCC_EXPORT void curl_easy_cleanup(CURL *curl)
{
    struct lcc_handle *handle = lcc_handles_find(curl);
    const struct lcc_real *real = handle ? handle->real : CALLERS_REAL();
    const struct lcc_engine *engine = lcc_engine_loaded();

    if (handle &&
        (handle->performing || lcc_interpose_is_inside(handle->multi))) {
        /* libcurl forbids this inside a callback and does not look. Who has
         * left the callback by longjmp comes here too. */
        if (handle->state && engine) {
            engine->forget(handle);
        }
        handle->gone = true;
        if (handle->multi) {
            handle->multi->left = true;
        }
    } else if (handle) {
        lcc_interpose_clean_up(handle);
    } else if (real && real->easy_cleanup) {
        real->easy_cleanup(curl);
    }
}

LCC_EXPORT void curl_easy_reset(CURL *curl)
{
    struct lcc_handle *handle = lcc_handles_find(curl);
    const struct lcc_real *real = handle ? handle->real : CALLERS_REAL();
    const struct lcc_engine *engine = lcc_engine_loaded();

    if (handle && handle->state && engine) {
        engine->reset(handle);
    }
    if (real && real->easy_reset) {
        real->easy_reset(curl);
    }
    if (handle) {
        lcc_shadow_reset(&handle->shadow);
    }
}

/* The duplicate of a handle of ours becomes one, with its own shadow. While
 * the original holds callbacks of the engine, a copy of them that cannot be
 * followed must not live. */
static CURL *follow_duplicate(struct lcc_handle *handle, CURL *copy)
{
    const struct lcc_engine *engine = lcc_engine_loaded();
    int before = errno;
    struct lcc_handle *fresh = follow_new(copy, handle->real);

    if (!fresh && handle->state) {
        handle->real->easy_cleanup(copy);
        return NULL;
    }
    if (fresh) {
        lcc_shadow_copy(&fresh->shadow, &handle->shadow);
        lcc_shadow_duplicated(&handle->shadow, &fresh->shadow,
                              handle->real->version);
        if (handle->state && engine) {
            engine->duplicated(handle, fresh);
        }
    }
    errno = before;
    return copy;
}

LCC_EXPORT CURL *curl_easy_duphandle(CURL *curl)
{
    struct lcc_handle *handle = lcc_handles_find(curl);
    const struct lcc_real *real = handle ? handle->real : CALLERS_REAL();
    CURL *copy =
        real && real->easy_duphandle ? real->easy_duphandle(curl) : NULL;

    return copy && handle ? follow_duplicate(handle, copy) : copy;
}

/* --- options ------------------------------------------------------------- */

/* What kind of argument an option takes follows from its number. */
enum { LCC_NUMBERS_PER_TYPE = 10000 };

/* One argument of setopt, as it was passed. */
struct argument {
    union lcc_value value;
    int type; /* CURLOPTTYPE_* */
};

static struct argument take_argument(CURLoption option, va_list list)
{
    struct argument taken = {.type = (int)option -
                                     (int)option % LCC_NUMBERS_PER_TYPE};

    switch (taken.type) {
    case CURLOPTTYPE_LONG:
        taken.value.number = va_arg(list, long);
        break;
    case CURLOPTTYPE_OFF_T:
        taken.value.offset = va_arg(list, curl_off_t);
        break;
    default: /* pointers of all sorts, and types that came later */
        taken.value.pointer = va_arg(list, void *);
        break;
    }
    return taken;
}

static CURLcode set_real(const struct lcc_real *real, CURL *curl,
                         CURLoption option, const struct argument *argument)
{
    if (!real || !real->easy_setopt) {
        return CURLE_FAILED_INIT;
    }
    switch (argument->type) {
    case CURLOPTTYPE_LONG:
        return real->easy_setopt(curl, option, argument->value.number);
    case CURLOPTTYPE_OFF_T:
        return real->easy_setopt(curl, option, argument->value.offset);
    default:
        return real->easy_setopt(curl, option, argument->value.pointer);
    }
}

static void follow_option(struct lcc_handle *handle, CURLoption option,
                          const struct argument *argument)
{
    int before = errno;
    union lcc_value value = argument->value;

    if (argument->type == CURLOPTTYPE_BLOB) {
        const struct curl_blob *blob = argument->value.pointer;
        struct curl_blob none = {0};

        value.blob = blob ? *blob : none;
    }
    if (option == CURLOPT_SHARE) {
        lcc_shadow_join(&handle->shadow, value.pointer,
                        lcc_shares_jar(value.pointer));
    } else {
        lcc_shadow_set(&handle->shadow, option, &value);
    }
    errno = before;
}

static bool held_by_engine(const struct lcc_handle *handle, CURLoption option)
{
    const struct lcc_engine *engine = lcc_engine_loaded();

    return handle->state && engine && engine->holds(handle, option);
}

/* What libcurl forgets before it looks at the new text: refused, it allows no
 * protocol at all. */
static bool is_set_though_refused(CURLoption option)
{
    return option == CURLOPT_PROTOCOLS_STR ||
           option == CURLOPT_REDIR_PROTOCOLS_STR;
}

LCC_EXPORT CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
    struct lcc_handle *handle = lcc_handles_find(curl);
    const struct lcc_real *real = handle ? handle->real : CALLERS_REAL();
    CURLcode result = CURLE_OK;
    struct argument argument;
    va_list list;

    va_start(list, option);
    argument = take_argument(option, list);
    va_end(list);
    if (!handle || !held_by_engine(handle, option)) {
        result = set_real(real, curl, option, &argument);
    }
    if (option == CURLOPT_BUFFERSIZE && handle && handle->state) {
        result = lcc_engine_loaded()->buffer_size(handle, result);
    }
    if (handle && (result == CURLE_OK || is_set_though_refused(option))) {
        follow_option(handle, option, &argument);
    }
    return result;
}

/* --- transfers ----------------------------------------------------------- */

/* Has the URL a scheme (RFC 3986, section 3.1) that is none of ours? A doubt
 * means no: the engine looks at it properly. */
static bool other_scheme(const struct lcc_shadow *shadow)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    const char *url = lcc_shadow_string(shadow, LCC_OPT_URL);
    size_t size = url ? strspn(url, letters) : 0;

    if (size == 0 || strncmp(url + size, "://", 3) != 0 ||
        lcc_shadow_pointer(shadow, LCC_OPT_CURLU)) {
        return false;
    }
    return !(size == 4 && strncasecmp(url, "http", 4) == 0) &&
           !(size == 5 && strncasecmp(url, "https", 5) == 0);
}

const struct lcc_engine *
lcc_interpose_engine_for(const struct lcc_handle *handle)
{
    const struct lcc_engine *engine = lcc_engine_loaded();

    return engine || other_scheme(&handle->shadow) ? engine : lcc_engine_load();
}

static CURLcode perform(struct lcc_handle *handle)
{
    int before = errno;
    const struct lcc_engine *engine = lcc_interpose_engine_for(handle);

    lcc_shadow_resolve(&handle->shadow);
    errno = before;
    return engine ? engine->perform(handle)
                  : handle->real->easy_perform(handle->curl);
}

/* From within one of its own callbacks, or in a multi handle: libcurl says what
 * that is, and the engine where libcurl knows of no transfer. */
static CURLcode perform_nested(struct lcc_handle *handle)
{
    const struct lcc_engine *engine = lcc_engine_loaded();

    return engine && !handle->passed && (handle->state || handle->multi)
               ? engine->perform(handle)
               : handle->real->easy_perform(handle->curl);
}

LCC_EXPORT CURLcode curl_easy_perform(CURL *curl)
{
    struct lcc_handle *handle = lcc_handles_find(curl);
    CURLcode result;

    if (!handle) {
        const struct lcc_real *real = CALLERS_REAL();

        return real && real->easy_perform ? real->easy_perform(curl)
                                          : CURLE_FAILED_INIT;
    }
    if (handle->performing || handle->multi || handle->passed) {
        return perform_nested(handle);
    }
    handle->performing = true;
    result = perform(handle);
    handle->performing = false;
    if (handle->gone) {
        lcc_interpose_clean_up(handle);
    }
    return result;
}

LCC_EXPORT CURLcode curl_easy_pause(CURL *curl, int bitmask)
{
    struct lcc_handle *handle = lcc_handles_find(curl);
    const struct lcc_real *real = handle ? handle->real : CALLERS_REAL();
    const struct lcc_engine *engine = lcc_engine_loaded();
    CURLcode result;

    if (handle && (handle->state || handle->multi) && engine &&
        engine->pause(handle, bitmask, &result)) {
        lcc_interpose_sweep(handle->multi);
        return result;
    }
    return real && real->easy_pause ? real->easy_pause(curl, bitmask)
                                    : CURLE_FAILED_INIT;
}

/* --- answers ------------------------------------------------------------- */

LCC_EXPORT CURLcode curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
    struct lcc_handle *handle = lcc_handles_find(curl);
    const struct lcc_real *real = handle ? handle->real : CALLERS_REAL();
    const struct lcc_engine *engine = lcc_engine_loaded();
    CURLcode result;
    va_list list;
    void *out;

    va_start(list, info);
    out = va_arg(list, void *);
    va_end(list);
    if (handle && handle->state && engine &&
        engine->getinfo(handle, info, out, &result)) {
        return result;
    }
    return real && real->easy_getinfo ? real->easy_getinfo(curl, info, out)
                                      : CURLE_FAILED_INIT;
}

LCC_EXPORT CURLHcode curl_easy_header(CURL *curl, const char *name,
                                      size_t index, unsigned int origin,
                                      int request, struct curl_header **ret)
{
    struct lcc_handle *handle = lcc_handles_find(curl);
    const struct lcc_real *real = handle ? handle->real : CALLERS_REAL();
    const struct lcc_engine *engine = lcc_engine_loaded();
    CURLHcode result;

    if (handle && handle->state && engine &&
        engine->header(handle, name, index, origin, request, ret, &result)) {
        return result;
    }
    return real && real->easy_header
               ? real->easy_header(curl, name, index, origin, request, ret)
               : CURLHE_NOT_BUILT_IN;
}

LCC_EXPORT struct curl_header *
curl_easy_nextheader(CURL *curl, unsigned int origin, int request,
                     struct curl_header *previous)
{
    struct lcc_handle *handle = lcc_handles_find(curl);
    const struct lcc_real *real = handle ? handle->real : CALLERS_REAL();
    const struct lcc_engine *engine = lcc_engine_loaded();
    struct curl_header *result;

    if (handle && handle->state && engine &&
        engine->nextheader(handle, origin, request, previous, &result)) {
        return result;
    }
    return real && real->easy_nextheader
               ? real->easy_nextheader(curl, origin, request, previous)
               : NULL;
}
