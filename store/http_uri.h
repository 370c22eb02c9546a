/*
 * http_uri.h - normal form of the target URI, and what may be shown of it
 *
 * RFC 9110, section 4.2.3; RFC 3986, section 6. The input is a URL that
 * libcurl's URL API has taken (dot segments gone, scheme added, encoding as
 * libcurl would send it); what libcurl leaves alone is normalised here.
 */
#ifndef LCC_HTTP_URI_H
#define LCC_HTTP_URI_H

#include "store/policy.h"

enum { LCC_URI_MAX = 64 * 1024 }; /* bytes; a longer one is passed through */

/**
 * lcc_uri_normalise() - scheme and host in lower case, default port, user
 * information and fragment gone, empty path made "/", ignored parameters out
 * @url:    absolute http or https URL
 * @ignore: globs of query parameter names left out (CURLCACHE_IGNORE_PARAMS)
 * @out:    appended to
 *
 * Normalising twice changes nothing.
 *
 * Return: 0; -EINVAL when it is no http(s) URL; -ENOMEM; -EFBIG.
 */
int lcc_uri_normalise(struct lcc_span url, const struct lcc_list *ignore,
                      struct lcc_buf *out);

/**
 * lcc_uri_redact() - the form that is stored, listed and logged
 * @url:    any URL
 * @redact: globs of parameter names whose value becomes REDACTED
 * @out:    appended to; user information is left out, control characters and
 *          bytes above 126 are percent-encoded
 */
int lcc_uri_redact(struct lcc_span url, const struct lcc_list *redact,
                   struct lcc_buf *out);

/* The host and, unless default, ":port" of a normal form; borrowed from it. */
struct lcc_span lcc_uri_authority(struct lcc_span url);

/**
 * lcc_uri_matches() - does a URL glob of a setting match?
 * @url:     normal form
 * @pattern: `*` and `?` as in the shell; matched against the URL without its
 *           scheme, or with it when the pattern has one; a pattern without a
 *           slash matches the host alone ("*.example.org"), one with a path
 *           matches as a prefix unless it ends in `*`
 *
 * Return: true when it does.
 */
bool lcc_uri_matches(struct lcc_span url, const char *pattern);
/* Is the URL allowed and not denied by the policy's globs? */
bool lcc_uri_allowed(struct lcc_span url, const struct lcc_policy *policy);
/* `*`, `?` on a whole string; case is kept. */
bool lcc_glob_match(struct lcc_span text, const char *pattern);

#endif
