/*
 * newer.h - what the headers of an older libcurl do not declare
 */
#ifndef LCC_NEWER_H
#define LCC_NEWER_H

#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x080400
CURL **curl_multi_get_handles(CURLM *curlm);
#endif
#if LIBCURL_VERSION_NUM < 0x080800
CURLMcode curl_multi_waitfds(CURLM *curlm, struct curl_waitfd *fds,
                             unsigned int size, unsigned int *ret_count);
#endif
#if LIBCURL_VERSION_NUM < 0x081000
typedef int CURLMinfo_offt;
CURLMcode curl_multi_get_offt(CURLM *curlm, CURLMinfo_offt info,
                              curl_off_t *ret);
#endif

/* CURLMINFO_XFERS_*, curl_multi_get_offt(3). */
enum {
    LCC_XFERS_CURRENT = 1, /* added */
    LCC_XFERS_RUNNING = 2,
    LCC_XFERS_PENDING = 3, /* they wait for a connection */
    LCC_XFERS_DONE = 4,    /* and not removed yet */
    LCC_XFERS_ADDED = 5,   /* ever */
};

#endif
