/*
 * invalidate.c - dropping what is stored for the URLs of an unsafe method
 */
#include "shim/invalidate.h"

#include "shim/scheme.h"
#include "store/http_keep.h"
#include "store/http_uri.h"

#include <string.h>

enum { FIRST_REQUEST = 0, LAST_REQUEST = -1 };

static long info_long(const struct lcc_handle *handle, CURLINFO info)
{
    long value = 0;

    return handle->real->easy_getinfo(handle->curl, info, &value) ? 0 : value;
}

/* Drop what a field of the answer names, when it is of the plan's origin. */
static void drop_named(struct lcc_handle *handle,
                       const struct lcc_process *process, const char *base,
                       const char *value)
{
    const struct lcc_plan *plan = &handle->state->plan;
    const struct lcc_policy *policy = &process->settings->policy;
    struct lcc_buf normal = LCC_BUF_INIT(LCC_URI_MAX);
    char *url = NULL;

    if (lcc_plan_follow(handle->real, base, value, &url)) {
        return;
    }
    if (!lcc_uri_normalise(lcc_span_str(url), &policy->ignore_params,
                           &normal) &&
        lcc_span_equal(lcc_scheme_origin(lcc_buf_span(&normal)),
                       lcc_scheme_origin(lcc_buf_span(&plan->url)))) {
        struct lcc_hash hash = lcc_hash_keyed(lcc_store_secret(process->store),
                                              lcc_buf_span(&normal));

        lcc_store_remove_url(process->store, &hash, NULL);
    }
    lcc_buf_done(&normal);
    handle->real->free(url);
}

static void drop_field(struct lcc_handle *handle,
                       const struct lcc_process *process, const char *base,
                       const char *name, int request)
{
    struct curl_header *field = NULL;

    if (!handle->real->easy_header(handle->curl, name, 0, CURLH_HEADER, request,
                                   &field) &&
        field) {
        drop_named(handle, process, base, field->value);
    }
}

static void drop_fields(struct lcc_handle *handle,
                        const struct lcc_process *process, const char *base,
                        int request)
{
    drop_field(handle, process, base, "Location", request);
    drop_field(handle, process, base, "Content-Location", request);
}

void lcc_invalidate(struct lcc_handle *handle,
                    const struct lcc_process *process)
{
    const struct lcc_plan *plan = &handle->state->plan;
    /* Where a redirect was followed the unsafe request itself got a 3xx. */
    bool followed = info_long(handle, CURLINFO_REDIRECT_COUNT) > 0;
    int status = (int)info_long(handle, CURLINFO_RESPONSE_CODE);
    struct lcc_buf base = LCC_BUF_INIT(LCC_URI_MAX);
    const char *effective = NULL;

    if (!followed && !lcc_keep_invalidates(status)) {
        return;
    }
    lcc_store_remove_url(process->store, &plan->id.url, NULL);
    /* Since libcurl 7.83; an older one leaves the fields unread. */
    if (!handle->real->easy_header ||
        lcc_buf_append(&base, lcc_buf_span(&plan->url)) ||
        lcc_buf_put_u8(&base, 0)) {
        lcc_buf_done(&base);
        return;
    }
    drop_fields(handle, process, (const char *)base.data, FIRST_REQUEST);
    if (followed &&
        !handle->real->easy_getinfo(handle->curl, CURLINFO_EFFECTIVE_URL,
                                    &effective) &&
        effective) {
        drop_named(handle, process, effective, effective);
        drop_fields(handle, process, effective, LAST_REQUEST);
    }
    lcc_buf_done(&base);
}
