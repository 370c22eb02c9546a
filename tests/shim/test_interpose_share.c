/*
 * test_interpose_share.c - what is followed of shares, over a libcurl that
 * only answers
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>

#include "shim/engine_load.h"
#include "shim/interpose.h"
#include "shim/share.h"

#undef curl_share_setopt

static struct {
    bool active, inside, none;
    CURLSHcode answer;
    CURLSHoption option;
    int data;
    void *pointer;
    int cleanups;
} libcurl;

static char shares[4]; /* their addresses are handles */
static size_t next_share;

static CURLSH *fake_init(void)
{
    return &shares[next_share];
}

static CURLSHcode fake_setopt(CURLSH *share, CURLSHoption option, ...)
{
    va_list list;

    (void)share;
    libcurl.option = option;
    va_start(list, option);
    if (option == CURLSHOPT_SHARE || option == CURLSHOPT_UNSHARE) {
        libcurl.data = va_arg(list, int);
    } else {
        libcurl.pointer = va_arg(list, void *);
    }
    va_end(list);
    errno = ENOTTY;
    return libcurl.answer;
}

static CURLSHcode fake_cleanup(CURLSH *share)
{
    /* Another thread may be given the address from here on. */
    cr_expect(!lcc_shares_find(share));
    libcurl.cleanups++;
    errno = ENOTTY;
    return libcurl.answer;
}

static const struct lcc_real fake = {
    .complete = true,
    .share_init = fake_init,
    .share_setopt = fake_setopt,
    .share_cleanup = fake_cleanup,
};

const struct lcc_real *lcc_interpose_real(void *address, bool *ret_inside)
{
    (void)address;
    if (ret_inside) {
        *ret_inside = libcurl.inside;
    }
    return libcurl.none ? NULL : &fake;
}

bool lcc_active(void)
{
    return libcurl.active;
}

static CURLSH *share;

static void setup(void)
{
    libcurl.active = true;
    share = curl_share_init();
}

TestSuite(interpose_share, .init = setup);

Test(interpose_share, cookies_that_are_put_in_and_taken_out_are_followed)
{
    cr_expect(lcc_shares_jar(share) == LCC_JAR_NONE);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    cr_expect(lcc_shares_jar(share) == LCC_JAR_NONE);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    cr_expect(lcc_shares_jar(share) == LCC_JAR_SHARED);
    curl_share_setopt(share, CURLSHOPT_UNSHARE, CURL_LOCK_DATA_DNS);
    cr_expect(lcc_shares_jar(share) == LCC_JAR_SHARED);
    curl_share_setopt(share, CURLSHOPT_UNSHARE, CURL_LOCK_DATA_COOKIE);
    cr_expect(lcc_shares_jar(share) == LCC_JAR_NONE);
}

Test(interpose_share, what_libcurl_refused_changes_nothing)
{
    libcurl.answer = CURLSHE_IN_USE;
    cr_expect(curl_share_setopt(share, CURLSHOPT_SHARE,
                                CURL_LOCK_DATA_COOKIE) == CURLSHE_IN_USE);
    cr_expect(lcc_shares_jar(share) == LCC_JAR_NONE);
    libcurl.answer = CURLSHE_OK;
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    libcurl.answer = CURLSHE_IN_USE;
    curl_share_setopt(share, CURLSHOPT_UNSHARE, CURL_LOCK_DATA_COOKIE);
    cr_expect(lcc_shares_jar(share) == LCC_JAR_SHARED);
    cr_expect(curl_share_cleanup(share) == CURLSHE_IN_USE);
    cr_expect(lcc_shares_jar(share) == LCC_JAR_SHARED);
}

Test(interpose_share, one_that_is_gone_is_forgotten)
{
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    cr_expect(curl_share_cleanup(share) == CURLSHE_OK);
    cr_expect(lcc_shares_jar(share) == LCC_JAR_UNKNOWN);
    share = curl_share_init(); /* at the same address */
    cr_expect(lcc_shares_jar(share) == LCC_JAR_NONE);
}

Test(interpose_share, one_that_was_freed_behind_our_back_is_replaced)
{
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    share = curl_share_init();
    cr_expect(lcc_shares_jar(share) == LCC_JAR_NONE);
}

Test(interpose_share, of_a_stranger_nothing_is_known)
{
    CURLSH *stranger = &shares[3];

    libcurl.option = CURLSHOPT_LAST;
    curl_share_setopt(stranger, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    cr_expect(libcurl.option == CURLSHOPT_SHARE);
    cr_expect(lcc_shares_jar(stranger) == LCC_JAR_UNKNOWN);
    cr_expect(curl_share_cleanup(stranger) == CURLSHE_OK);
    cr_expect(libcurl.cleanups == 1);
}

Test(interpose_share, libcurls_own_and_those_of_a_bystander_are_not_followed)
{
    next_share = 1;
    libcurl.inside = true;
    cr_expect(!lcc_shares_find(curl_share_init()));
    libcurl.inside = false;
    libcurl.active = false;
    cr_expect(!lcc_shares_find(curl_share_init()));
}

Test(interpose_share, arguments_arrive_as_they_were)
{
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    cr_expect(libcurl.data == CURL_LOCK_DATA_CONNECT);
    curl_share_setopt(share, CURLSHOPT_USERDATA, shares);
    cr_expect(libcurl.pointer == shares);
    curl_share_setopt(share, CURLSHOPT_LOCKFUNC, NULL);
    cr_expect(!libcurl.pointer && libcurl.option == CURLSHOPT_LOCKFUNC);
}

Test(interpose_share, errno_is_what_the_real_function_left)
{
    errno = EDOM;
    curl_share_init();
    cr_expect(errno == EDOM);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    cr_expect(errno == ENOTTY);
    errno = EDOM;
    curl_share_cleanup(share);
    cr_expect(errno == ENOTTY);
}

Test(interpose_share, without_a_libcurl_the_calls_fail_as_they_would)
{
    libcurl.none = true;
    cr_expect(!curl_share_init());
    cr_expect(curl_share_setopt(&shares[3], CURLSHOPT_SHARE,
                                CURL_LOCK_DATA_DNS) == CURLSHE_INVALID);
    cr_expect(curl_share_cleanup(&shares[3]) == CURLSHE_INVALID);
}
