/*
 * interpose_share.c - the exported functions of libcurl's share interface
 *
 * Nothing is changed here: what the program puts into a share is followed. Its
 * lock functions may be called from each of the real ones.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#define CURL_DISABLE_TYPECHECK
#include "shim/engine_load.h"
#include "shim/entry.h"
#include "shim/interpose.h"
#include "shim/share.h"

#undef curl_share_setopt

CURLSH *lcc_share_init_of(const struct lcc_real *real)
{
    CURLSH *curlsh = real && real->share_init ? real->share_init() : NULL;

    if (curlsh && real->complete && lcc_active()) {
        int before = errno;

        lcc_shares_add(curlsh, real);
        errno = before;
    }
    return curlsh;
}

LCC_EXPORT CURLSH *curl_share_init(void)
{
    bool inside = false;
    const struct lcc_real *real = lcc_interpose_real(
        __builtin_extract_return_addr(__builtin_return_address(0)), &inside);

    if (inside) {
        return real && real->share_init ? real->share_init() : NULL;
    }
    return lcc_share_init_of(real);
}

/* One argument of setopt, as it was passed. */
union argument {
    int data; /* curl_lock_data */
    void *pointer;
};

static CURLSHcode set_real(const struct lcc_real *real, CURLSH *curlsh,
                           CURLSHoption option, const union argument *argument)
{
    if (!real || !real->share_setopt) {
        return CURLSHE_INVALID;
    }
    if (option == CURLSHOPT_SHARE || option == CURLSHOPT_UNSHARE) {
        return real->share_setopt(curlsh, option, argument->data);
    }
    return real->share_setopt(curlsh, option, argument->pointer);
}

LCC_EXPORT CURLSHcode curl_share_setopt(CURLSH *curlsh, CURLSHoption option,
                                        ...)
{
    struct lcc_share *share = lcc_shares_find(curlsh);
    const struct lcc_real *real = share ? share->real : CALLERS_REAL();
    bool names_data = option == CURLSHOPT_SHARE || option == CURLSHOPT_UNSHARE;
    union argument argument = {0};
    CURLSHcode code;
    va_list list;

    va_start(list, option);
    if (names_data) {
        argument.data = va_arg(list, int);
    } else {
        argument.pointer = va_arg(list, void *);
    }
    va_end(list);
    code = set_real(real, curlsh, option, &argument);
    if (share && code == CURLSHE_OK && names_data &&
        argument.data == CURL_LOCK_DATA_COOKIE) {
        share->has_cookies = option == CURLSHOPT_SHARE;
    }
    return code;
}

/* Dropped first: another thread may be given the same address right after. */
static CURLSHcode clean_up(struct lcc_share *share)
{
    CURLSHcode code;
    int after;

    lcc_shares_drop(share);
    code = share->real->share_cleanup(share->curlsh);
    after = errno;
    if (code == CURLSHE_OK) {
        free(share);
    } else { /* some handle is still in it */
        lcc_shares_put_back(share);
    }
    errno = after;
    return code;
}

LCC_EXPORT CURLSHcode curl_share_cleanup(CURLSH *curlsh)
{
    struct lcc_share *share = lcc_shares_find(curlsh);
    const struct lcc_real *real = share ? share->real : CALLERS_REAL();

    if (share) {
        return clean_up(share);
    }
    return real && real->share_cleanup ? real->share_cleanup(curlsh)
                                       : CURLSHE_INVALID;
}
