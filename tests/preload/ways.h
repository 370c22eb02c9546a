/*
 * ways.h - the ways in which small test programs drive their transfers
 *
 * Of libcurl's public functions alone; nothing here knows of the cache.
 */
#ifndef LCC_TESTS_WAYS_H
#define LCC_TESTS_WAYS_H

#include <curl/curl.h>

enum way {
    WAY_EASY,    /* curl_easy_perform(), one after the other */
    WAY_PERFORM, /* curl_multi_perform() and curl_multi_wait() */
    WAY_POLL,    /* curl_multi_perform() and curl_multi_poll() */
    WAY_SOCKET,  /* curl_multi_socket_action() and poll(2) */
    WAY_COUNT,
};

enum { WAYS_HANDLES_MAX = 16 };

/*
 * Transfers @curls, @count of them, to their ends. The handles are the
 * caller's, before and after. Returns the first result that is not CURLE_OK;
 * CURLE_FAILED_INIT when a message is missing or comes twice.
 */
CURLcode ways_transfer(enum way way, CURL *const *curls, int count);

#endif
