/*
 * caller.h - one transfer from code that was linked with some libcurl
 */
#ifndef LCC_TESTS_CALLER_H
#define LCC_TESTS_CALLER_H

/* Return: "openssl" when its libcurl takes SSL_CTX_FUNCTION, "other" when it
 * does not; anything else is what went wrong. Static. */
__attribute__((visibility("default"))) const char *
call_libcurl(const char *url);

#endif
