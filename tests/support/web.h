/*
 * web.h - nginx over http and https, with a certificate made for the test
 *
 * Its sockets are bound to port 0 here and inherited by nginx, so there is no
 * fixed port and no race for one. The certificate is signed by nobody but
 * itself and names localhost and 127.0.0.1.
 */
#ifndef LCC_TESTS_WEB_H
#define LCC_TESTS_WEB_H

#include "tests/support/run.h"

struct web;

/* Needs nginx and openssl; need.h first. @folder is the test's
 * own; files of FOLDER/www are served. Ends the test on failure. */
struct web *web_start(const char *folder);
/* Returns NULL; accepts NULL. */
struct web *web_stop(struct web *web);

const char *web_http(const struct web *web);  /* "http://localhost:port" */
const char *web_https(const struct web *web); /* "https://localhost:port" */
const char *web_certificate(const struct web *web); /* path of a PEM file */
/* Requests in the access log so far whose line begins so: "GET /a.txt ". */
int web_count(const struct web *web, const char *line);

#endif
