/*
 * header_api.h - curl_easy_header() and curl_easy_nextheader() of a hit
 *
 * Header structs live as libcurl's do: until the next transfer, on memory of
 * their own, because a program keeps the pointers.
 */
#ifndef LCC_HEADER_API_H
#define LCC_HEADER_API_H

#include "shim/served.h"

void lcc_header_api_forget(struct lcc_served *served);

#endif
