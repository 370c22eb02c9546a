/*
 * interpose_newer.c - the exported functions of libcurls after 7.88
 *
 * They list and count what is in a multi handle. A program finds them where
 * its libcurl has them: interpose_dlsym.c answers as that one would. The
 * function of 8.17 that says when a message is there (curl_multi_notify_*) is
 * libcurl's alone: see curl_multi_setopt().
 */
#include "shim/newer.h"

#include "shim/engine_load.h"
#include "shim/interpose.h"

/* Unlike others these may be called from within libcurl's callbacks. */
static const struct lcc_engine *engine_of(const struct lcc_multi *multi)
{
    return multi && multi->state ? lcc_engine_loaded() : NULL;
}

LCC_EXPORT CURL **curl_multi_get_handles(CURLM *curlm)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = multi ? multi->real : CALLERS_REAL();
    const struct lcc_engine *engine = engine_of(multi);

    if (!real || !real->multi_get_handles) {
        return NULL;
    }
    return engine ? engine->multi_handles(multi)
                  : real->multi_get_handles(curlm);
}

LCC_EXPORT CURLMcode curl_multi_get_offt(CURLM *curlm, CURLMinfo_offt info,
                                         curl_off_t *ret)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = multi ? multi->real : CALLERS_REAL();
    const struct lcc_engine *engine = engine_of(multi);

    if (!real || !real->multi_get_offt) {
        return CURLM_UNKNOWN_OPTION;
    }
    return engine ? engine->multi_offt(multi, (int)info, ret)
                  : real->multi_get_offt(curlm, (int)info, ret);
}

/* Hits have no descriptors, and curl_multi_timeout() says not to wait. */
LCC_EXPORT CURLMcode curl_multi_waitfds(CURLM *curlm, struct curl_waitfd *fds,
                                        unsigned int size,
                                        unsigned int *ret_count)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    const struct lcc_real *real = multi ? multi->real : CALLERS_REAL();

    if (multi && multi->telling) {
        return CURLM_RECURSIVE_API_CALL;
    }
    return real && real->multi_waitfds
               ? real->multi_waitfds(curlm, fds, size, ret_count)
               : CURLM_UNKNOWN_OPTION;
}
