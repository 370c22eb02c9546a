/*
 * pair.h - a real easy handle and its shadow, set together
 *
 * The shadow is told what the preloaded object would tell it: the same
 * argument, and only when libcurl accepted it.
 */
#ifndef LCC_TESTS_PAIR_H
#define LCC_TESTS_PAIR_H

#include <curl/curl.h>

#include "shim/shadow.h"

struct pair {
    CURL *curl;
    struct lcc_shadow shadow;
};

static inline void pair_init(struct pair *pair)
{
    pair->curl = curl_easy_init();
    lcc_shadow_init(&pair->shadow);
}

static inline void pair_done(struct pair *pair)
{
    curl_easy_cleanup(pair->curl);
    lcc_shadow_done(&pair->shadow);
}

static inline CURLcode pair_long(struct pair *pair, CURLoption option,
                                 long number)
{
    CURLcode result = curl_easy_setopt(pair->curl, option, number);
    union lcc_value value = {.number = number};

    if (result == CURLE_OK) {
        lcc_shadow_set(&pair->shadow, option, &value);
    }
    return result;
}

static inline CURLcode pair_off(struct pair *pair, CURLoption option,
                                curl_off_t number)
{
    CURLcode result = curl_easy_setopt(pair->curl, option, number);
    union lcc_value value = {.offset = number};

    if (result == CURLE_OK) {
        lcc_shadow_set(&pair->shadow, option, &value);
    }
    return result;
}

static inline CURLcode pair_pointer(struct pair *pair, CURLoption option,
                                    const void *pointer)
{
    CURLcode result = curl_easy_setopt(pair->curl, option, pointer);
    union lcc_value value = {.pointer = (void *)(uintptr_t)pointer};

    if (result == CURLE_OK) {
        lcc_shadow_set(&pair->shadow, option, &value);
    }
    return result;
}

#endif
