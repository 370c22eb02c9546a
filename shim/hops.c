/*
 * hops.c - digests of the hops of a redirect chain
 */
#include "shim/hops.h"

#include "shim/scheme.h"
#include "store/http_uri.h"

#include <string.h>

static int set_string(struct lcc_buf *buf, struct lcc_span text)
{
    int r;

    lcc_buf_clear(buf);
    r = lcc_buf_append(buf, text);
    return r ? r : lcc_buf_put_u8(buf, 0);
}

int lcc_hops_begin(const struct lcc_plan *plan, struct lcc_buf *base)
{
    return set_string(base, lcc_buf_span(&plan->url));
}

int lcc_hops_step(struct lcc_handle *handle, const struct lcc_plan *plan,
                  const struct lcc_secret *secret, struct lcc_buf *base,
                  const char *location, struct lcc_hash *ret)
{
    struct lcc_hash digest;
    char *url = NULL;
    int r =
        lcc_plan_follow(handle->real, (const char *)base->data, location, &url);

    if (r) {
        return r;
    }
    r = lcc_plan_hop(handle, plan, secret, lcc_span_str(url), &digest);
    if (!r) {
        r = set_string(base, lcc_span_str(url));
    }
    handle->real->free(url);
    if (!r) {
        *ret = digest;
    }
    return r;
}

/* As libcurl: the first Location of a block that is not empty. */
static const struct lcc_field *location_of(const struct lcc_response *block)
{
    const struct lcc_field *field = NULL;

    if (block->status / 100 != 3) {
        return NULL;
    }
    do {
        field =
            lcc_fields_next(&block->fields, lcc_span_str("Location"), field);
    } while (field && !field->value.size);
    return field;
}

/* Compare one stored digest with what would be sent now. */
static bool hop_agrees(struct lcc_handle *handle, const struct lcc_plan *plan,
                       const struct lcc_secret *secret, struct lcc_buf *base,
                       struct lcc_span location, const void *stored)
{
    struct lcc_buf text = LCC_BUF_INIT(LCC_URI_MAX);
    struct lcc_hash now;
    bool same = !set_string(&text, location) &&
                !lcc_hops_step(handle, plan, secret, base,
                               (const char *)text.data, &now) &&
                memcmp(now.bytes, stored, LCC_HASH_SIZE) == 0;

    lcc_buf_done(&text);
    return same;
}

bool lcc_hops_agree(struct lcc_handle *handle, const struct lcc_plan *plan,
                    const struct lcc_secret *secret,
                    const struct lcc_entry *entry,
                    const struct lcc_response *blocks, size_t count)
{
    struct lcc_buf base = LCC_BUF_INIT(LCC_URI_MAX);
    const uint8_t *digests = entry->hops.data;
    size_t used = 0;
    bool agree;

    if (!plan->follow || count == 1) {
        return !entry->hops.size;
    }
    agree = !lcc_hops_begin(plan, &base);
    /* The last block was delivered, not followed. */
    for (size_t i = 0; agree && i + 1 < count; i++) {
        const struct lcc_field *location = location_of(&blocks[i]);

        if (!location) {
            continue;
        }
        agree = used + LCC_HASH_SIZE <= entry->hops.size &&
                hop_agrees(handle, plan, secret, &base, location->value,
                           digests + used);
        used += LCC_HASH_SIZE;
    }
    lcc_buf_done(&base);
    return agree && used == entry->hops.size;
}

/* Normal form of a URL with nothing left out of it. */
static int normalise(const char *url, struct lcc_buf *out)
{
    const struct lcc_list nothing = {NULL, 0};

    return lcc_uri_normalise(lcc_span_str(url), &nothing, out);
}

bool lcc_hops_confirm(const struct lcc_handle *handle,
                      const struct lcc_buf *base)
{
    struct lcc_buf ours = LCC_BUF_INIT(LCC_URI_MAX);
    struct lcc_buf theirs = LCC_BUF_INIT(LCC_URI_MAX);
    const char *effective = NULL;
    bool same = !handle->real->easy_getinfo(
                    handle->curl, CURLINFO_EFFECTIVE_URL, &effective) &&
                effective && !normalise((const char *)base->data, &ours) &&
                !normalise(effective, &theirs) &&
                lcc_span_equal(lcc_scheme_origin(lcc_buf_span(&ours)),
                               lcc_scheme_origin(lcc_buf_span(&theirs)));

    lcc_buf_done(&ours);
    lcc_buf_done(&theirs);
    return same;
}
