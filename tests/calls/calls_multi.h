/*
 * calls_multi.h - what the two files of the multi interface share
 */
#ifndef LCC_TESTS_CALLS_MULTI_H
#define LCC_TESTS_CALLS_MULTI_H

#include "tests/calls/calls.h"

/* Monotonic. */
int64_t calls_now_ms(void);

/* Was the easy handle added to this one? */
bool multi_has(const struct easy *easy, const struct multi *multi);
int multi_count(const struct multi *multi, enum state state);
/* A multi handle that may be called now, or NULL, and that is said. */
struct multi *multi_usable(int number);

/* CURLMOPT_TIMERFUNCTION and CURLMOPT_SOCKETFUNCTION, for a struct multi. */
int multi_on_timer(CURLM *curlm, long ms, void *user);
int multi_on_socket(CURL *curl, curl_socket_t socket, int what, void *user,
                    void *known);

#endif
