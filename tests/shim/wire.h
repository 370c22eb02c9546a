/*
 * wire.h - what libcurl really sends
 *
 * A thread on a free port of 127.0.0.1 keeps one request and answers it.
 */
#ifndef LCC_TESTS_WIRE_H
#define LCC_TESTS_WIRE_H

#include <curl/curl.h>

enum { WIRE_REQUEST_SIZE = 8192 };

/**
 * wire_perform() - one transfer of this handle
 * @curl: its URL, proxy, time limit and write function are replaced
 * @ret:  the head of the request as it was sent, with a NUL
 *
 * Return: as curl_easy_perform().
 */
CURLcode wire_perform(CURL *curl, char ret[WIRE_REQUEST_SIZE]);

#endif
