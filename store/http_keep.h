/*
 * http_keep.h - may it be stored, and what does it invalidate
 *
 * RFC 9111, sections 3 and 4.4; which codes, methods and URLs the user named.
 */
#ifndef LCC_HTTP_KEEP_H
#define LCC_HTTP_KEEP_H

#include "store/http_fresh.h"

/**
 * lcc_keep_request() - could this request be answered or stored at all?
 *
 * Judges method, URL globs, the program's own conditions and the
 * request's directives.
 *
 * Return: LCC_REASON_NONE when it could; LCC_REASON_UNSAFE_METHOD when it is
 * fetched and its success invalidates; else the reason to pass it through.
 */
enum lcc_reason lcc_keep_request(const struct lcc_policy *policy,
                                 const struct lcc_request *request);

/**
 * lcc_keep_response() - may this chain be stored?
 * @blocks: header blocks, final one last; @count at least 1
 *
 * Return: LCC_REASON_STORED when it may; else the reason it is kept out.
 */
enum lcc_reason lcc_keep_response(const struct lcc_policy *policy,
                                  const struct lcc_request *request,
                                  const struct lcc_response *blocks,
                                  size_t count);

/* Is the method one of CURLCACHE_METHODS? */
bool lcc_keep_lists_method(const struct lcc_policy *policy,
                           struct lcc_span method);
/* Does this method leave the origin's state alone (RFC 9110, 9.2.1)? */
bool lcc_method_is_safe(struct lcc_span method);
/* Does this answer to an unsafe method invalidate (RFC 9111, 4.4)? */
bool lcc_keep_invalidates(int status);

#endif
