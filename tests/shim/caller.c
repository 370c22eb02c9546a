/*
 * caller.c - code that was linked with one flavour of libcurl
 *
 * Built into modules, one for each flavour, and into their host. One transfer
 * that is refused at once, through every function that is interposed.
 */
#include "tests/shim/caller.h"

#include <curl/curl.h>
#include <string.h>

/* Whether the functions that one handle meets are all of one library: the
 * handle says how its library answers TLS options. */
static const char *flavour_of(CURL *curl)
{
    return curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, NULL) == CURLE_OK
               ? "openssl"
               : "other";
}

const char *call_libcurl(const char *url)
{
    CURL *curl = curl_easy_init();
    const char *flavour = curl ? flavour_of(curl) : "none";
    CURL *copy = curl ? curl_easy_duphandle(curl) : NULL;
    long code = -1;

    if (!copy) {
        return "no handle";
    }
    curl_easy_setopt(copy, CURLOPT_URL, url);
    curl_easy_setopt(copy, CURLOPT_PROXY, "");
    if (curl_easy_perform(copy) != CURLE_COULDNT_CONNECT ||
        curl_easy_getinfo(copy, CURLINFO_RESPONSE_CODE, &code) != CURLE_OK ||
        code != 0 || strcmp(flavour_of(copy), flavour) != 0) {
        flavour = "failed";
    }
    curl_easy_reset(copy);
    curl_easy_cleanup(copy);
    curl_easy_cleanup(curl);
    return flavour;
}
