/*
 * client_multi.h - steps that scenes with a multi handle share
 *
 * What each call answers is printed: it is part of what is compared.
 */
#ifndef LCC_TESTS_CLIENT_MULTI_H
#define LCC_TESTS_CLIENT_MULTI_H

#include "tests/preload/client.h"

enum { MULTI_ROUNDS = 10000, MULTI_WAIT_MS = 100 };

void multi_say(const char *what, int code);
/* By curl_multi_perform() until nothing runs; @until may end it before. */
void multi_drive(CURLM *multi, const bool *until);
/* All messages, by the mark in CURLINFO_PRIVATE. */
void multi_read_all(CURLM *multi);
/* The client's handle, from curl_multi_add_handle() to what came of it. */
void multi_fetch(CURLM *multi, struct client *client);

#endif
