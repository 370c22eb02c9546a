/*
 * old_libcurl.c - a libcurl from before curl_url() and the header functions
 *
 * Built as libcurl-old.so: only what its callers call. It refuses every
 * connection and takes every option.
 */
#include <curl/curl.h>
#include <stdarg.h>

#define OLD_EXPORT __attribute__((visibility("default")))

#undef curl_easy_setopt
#undef curl_easy_getinfo

static char handle;

OLD_EXPORT CURL *curl_easy_init(void)
{
    return &handle;
}

OLD_EXPORT CURL *curl_easy_duphandle(CURL *curl)
{
    return curl;
}

OLD_EXPORT CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
    (void)option;
    return curl == &handle ? CURLE_OK : CURLE_BAD_FUNCTION_ARGUMENT;
}

OLD_EXPORT CURLcode curl_easy_perform(CURL *curl)
{
    return curl == &handle ? CURLE_COULDNT_CONNECT : CURLE_FAILED_INIT;
}

OLD_EXPORT CURLcode curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
    va_list list;

    (void)info;
    va_start(list, info);
    *va_arg(list, long *) = 0;
    va_end(list);
    return curl == &handle ? CURLE_OK : CURLE_FAILED_INIT;
}

OLD_EXPORT void curl_easy_reset(CURL *curl)
{
    (void)curl;
}

OLD_EXPORT void curl_easy_cleanup(CURL *curl)
{
    (void)curl;
}
