/*
 * perform.h - one transfer through a multi handle, as the easy interface does
 */
#ifndef LCC_BENCH_PERFORM_H
#define LCC_BENCH_PERFORM_H

#include <curl/curl.h>

/* Adds @curl to @multi, drives it to its end and removes it again. */
CURLcode perform_in_multi(CURLM *multi, CURL *curl);

#endif
