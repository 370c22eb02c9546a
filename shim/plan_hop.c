/*
 * plan_hop.c - what a later hop of a redirect chain would be sent
 *
 * Owns the digest of a hop. Options, logins, netrc and custom fields are in
 * the key of the first request and the same for every hop; the cookies of the
 * hop's host are not.
 */
#include "shim/plan_parts.h"

#include <errno.h>

static int digest(const struct lcc_plan_work *work, struct lcc_span url,
                  struct lcc_plan_target *target, struct lcc_buf *out)
{
    int r = lcc_plan_target_read(work->real, url, target);

    if (r == 0) {
        r = lcc_plan_hsts(work, target);
    }
    if (r == 0) {
        r = lcc_buf_put_span(out, url);
    }
    if (r == 0) {
        r = lcc_buf_put_u16(out, LCC_TAG_COOKIE);
    }
    return r == 0 ? lcc_plan_cookies(work, target, out) : r;
}

int lcc_plan_hop(struct lcc_handle *handle, const struct lcc_plan *plan,
                 const struct lcc_secret *secret, struct lcc_span url,
                 struct lcc_hash *ret)
{
    struct lcc_buf out LCC_CLEANUP(lcc_buf_done) =
        LCC_BUF_INIT(LCC_PLAN_KEY_MAX);
    struct lcc_plan_target target LCC_CLEANUP(lcc_plan_target_done) = {0};
    struct lcc_plan_work work = {
        .handle = handle,
        .shadow = &handle->shadow,
        .real = handle->real,
        .secret = secret,
        .parts = plan->parts,
    };
    int r;

    if (!plan->parts) {
        return -EINVAL;
    }
    r = digest(&work, url, &target, &out);
    if (r != 0) {
        return r < 0 ? r : -ENOTSUP;
    }
    *ret = lcc_hash_keyed(secret, lcc_buf_span(&out));
    return 0;
}
