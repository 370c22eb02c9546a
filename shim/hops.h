/*
 * hops.h - what later hops of a redirect chain were sent
 *
 * The key holds the credentials and cookies of the first request alone. Where
 * redirects are followed, the cookies and netrc entries of the hosts on the
 * way matter too: one keyed digest for each followed redirect is stored with
 * the chain and compared when it is found. It is taken when the redirect's
 * fields have been read, so cookies that the chain itself sets are part of it.
 */
#ifndef LCC_HOPS_H
#define LCC_HOPS_H

#include "shim/plan.h"
#include "store/entry.h"

/**
 * lcc_hops_step() - follow one Location
 * @base: absolute URL as a C string inside the buffer (NUL counted); becomes
 *        the URL of the hop
 * @ret:  digest of what the handle would send there
 *
 * Return: 0; -errno.
 */
int lcc_hops_step(struct lcc_handle *handle, const struct lcc_plan *plan,
                  const struct lcc_secret *secret, struct lcc_buf *base,
                  const char *location, struct lcc_hash *ret);

/* The plan's own URL as the first base. 0; -errno. */
int lcc_hops_begin(const struct lcc_plan *plan, struct lcc_buf *base);

/* Is @base the host and port that libcurl is asking now? Anything that sends
 * it elsewhere (HSTS, a rewritten URL) would make the digest a wrong one. */
bool lcc_hops_confirm(const struct lcc_handle *handle,
                      const struct lcc_buf *base);

/* Would the handle send to every later hop of a stored chain what was sent
 * when it was stored? False in doubt. */
bool lcc_hops_agree(struct lcc_handle *handle, const struct lcc_plan *plan,
                    const struct lcc_secret *secret,
                    const struct lcc_entry *entry,
                    const struct lcc_response *blocks, size_t count);

#endif
