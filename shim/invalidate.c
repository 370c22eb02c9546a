/*
 * invalidate.c - dropping what is stored for the URLs of an unsafe method
 */
#include "shim/invalidate.h"

#include "shim/recorder.h"
#include "shim/scheme.h"
#include "store/http_keep.h"
#include "store/http_uri.h"

#include <stdlib.h>
#include <string.h>

enum {
    HOPS_MAX = 64, /* requests of a chain; libcurl's own limit is 30 */
    MOVED = 302,   /* stands for any redirect whose code is not known */
};

/* One request of the chain. Texts are owned; NULL when there is none. */
struct hop {
    int status;
    char *location;
    char *content_location;
};

struct hops {
    struct hop list[HOPS_MAX];
    size_t count;
    bool codes_known; /* false: those of redirects are made up */
};

static void hops_done(struct hops *hops)
{
    for (size_t i = 0; i < hops->count; i++) {
        free(hops->list[i].location);
        free(hops->list[i].content_location);
    }
}

/* --- what was answered ---------------------------------------------------- */

static char *text_of(const struct lcc_response *block, const char *name)
{
    const struct lcc_field *field = lcc_fields_find(&block->fields, name);

    return field && field->value.size
               ? strndup(field->value.data, field->value.size)
               : NULL;
}

static bool read_recorded(const struct lcc_recorder *recorder,
                          struct hops *hops)
{
    const struct lcc_entry entry = lcc_recorder_entry(recorder);
    struct lcc_response *blocks = NULL;
    size_t count = 0;

    if (recorder->head_cut || lcc_entry_blocks(&entry, &blocks, &count) ||
        count > HOPS_MAX) {
        lcc_blocks_free(blocks, count);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        hops->list[i] = (struct hop){
            .status = blocks[i].status,
            .location = text_of(&blocks[i], "Location"),
            .content_location = text_of(&blocks[i], "Content-Location"),
        };
    }
    hops->count = count;
    hops->codes_known = true;
    lcc_blocks_free(blocks, count);
    return true;
}

static long info_long(const struct lcc_handle *handle, CURLINFO info)
{
    long value = 0;

    return handle->real->easy_getinfo(handle->curl, info, &value) ? 0 : value;
}

/* Since libcurl 7.83; an older one leaves the fields unread. */
static char *ask_field(const struct lcc_handle *handle, const char *name,
                       int request)
{
    struct curl_header *field = NULL;

    if (!handle->real->easy_header ||
        handle->real->easy_header(handle->curl, name, 0, CURLH_HEADER, request,
                                  &field) ||
        !field) {
        return NULL;
    }
    return strdup(field->value);
}

static void ask_libcurl(const struct lcc_handle *handle, struct hops *hops)
{
    long followed = info_long(handle, CURLINFO_REDIRECT_COUNT);
    size_t last = followed > 0 && followed < HOPS_MAX ? (size_t)followed : 0;

    for (size_t i = 0; i <= last; i++) {
        hops->list[i] = (struct hop){
            .status = i < last ? MOVED
                               : (int)info_long(handle, CURLINFO_RESPONSE_CODE),
            .location = ask_field(handle, "Location", (int)i),
            .content_location = ask_field(handle, "Content-Location", (int)i),
        };
    }
    hops->count = last + 1;
}

/* --- dropping ------------------------------------------------------------- */

struct dropping {
    struct lcc_handle *handle;
    const struct lcc_process *process;
    bool keeps_posts;
};

/* What a URL is stored under; false when it is none of ours. */
static bool normal_form(const struct dropping *dropping, const char *url,
                        struct lcc_buf *ret)
{
    return !lcc_uri_normalise(
        lcc_span_str(url), &dropping->process->settings->policy.ignore_params,
        ret);
}

static int drop_but_posts(void *arg, const struct lcc_record *record)
{
    struct lcc_store *store = arg;
    struct lcc_entry entry;

    if (lcc_entry_decode(record->meta, &entry) ||
        !lcc_span_equal(entry.method, lcc_span_str("POST"))) {
        lcc_store_remove(store, &record->id, &record->variant);
    }
    return 0;
}

static void drop(const struct dropping *dropping, struct lcc_span normal)
{
    struct lcc_store *store = dropping->process->store;
    struct lcc_hash url = lcc_hash_keyed(lcc_store_secret(store), normal);

    if (dropping->keeps_posts) {
        lcc_store_walk(store, &url, drop_but_posts, store);
    } else {
        lcc_store_remove_url(store, &url, NULL);
    }
}

/* Drop what a field names, when it is of the request's own origin. */
static void drop_named(const struct dropping *dropping, const char *base,
                       struct lcc_span target, const char *value)
{
    const struct lcc_real *real = dropping->handle->real;
    struct lcc_buf normal = LCC_BUF_INIT(LCC_URI_MAX);
    char *url = NULL;

    if (value && !lcc_plan_follow(real, base, value, &url)) {
        if (normal_form(dropping, url, &normal) &&
            lcc_span_equal(lcc_scheme_origin(lcc_buf_span(&normal)),
                           lcc_scheme_origin(target))) {
            drop(dropping, lcc_buf_span(&normal));
        }
        real->free(url);
    }
    lcc_buf_done(&normal);
}

static void drop_hop(const struct dropping *dropping, const char *base,
                     const struct hop *hop)
{
    struct lcc_buf normal = LCC_BUF_INIT(LCC_URI_MAX);

    if (normal_form(dropping, base, &normal)) {
        drop(dropping, lcc_buf_span(&normal));
        drop_named(dropping, base, lcc_buf_span(&normal), hop->location);
        drop_named(dropping, base, lcc_buf_span(&normal),
                   hop->content_location);
    }
    lcc_buf_done(&normal);
}

/* --- the chain ------------------------------------------------------------ */

/* With codes that are not known the method of the last request tells. */
static bool ends_unsafe(const struct lcc_handle *handle)
{
    const char *method = NULL;

    return !handle->real->easy_getinfo(handle->curl, CURLINFO_EFFECTIVE_METHOD,
                                       &method) &&
           method && !lcc_method_is_safe(lcc_span_str(method));
}

/* Is the next request of the chain unsafe as well? libcurl keeps a method that
 * CURLOPT_CUSTOMREQUEST names; POST becomes GET unless CURLOPT_POSTREDIR keeps
 * it, and every method does after a 303. */
static bool stays_unsafe(const struct lcc_handle *handle,
                         const struct hops *hops, const struct hop *hop)
{
    const struct lcc_shadow *shadow = &handle->shadow;
    long keep = lcc_shadow_long(shadow, LCC_OPT_POSTREDIR);
    bool post = shadow->method == LCC_METHOD_POST ||
                shadow->method == LCC_METHOD_POST_FORM;

    if (lcc_shadow_string(shadow, LCC_OPT_CUSTOMREQUEST)) {
        return true;
    }
    if (!hops->codes_known) {
        return ends_unsafe(handle);
    }
    switch (hop->status) {
    case 301:
        return !post || keep & CURL_REDIR_POST_301;
    case 302:
        return !post || keep & CURL_REDIR_POST_302;
    case 303:
        return post && keep & CURL_REDIR_POST_303;
    default:
        return true;
    }
}

/* The URL of the next request; @base is replaced, or freed and NULL. */
static char *next_base(const struct lcc_real *real, char *base,
                       const struct hop *hop)
{
    char *url = NULL;
    char *next = NULL;

    if (!hop->location || hop->status / 100 != 3) {
        return base; /* asked again, with a login */
    }
    if (!lcc_plan_follow(real, base, hop->location, &url)) {
        next = strdup(url);
        real->free(url);
    }
    free(base);
    return next;
}

static void drop_chain(const struct dropping *dropping, const struct hops *hops)
{
    const struct lcc_handle *handle = dropping->handle;
    const struct lcc_plan *plan = &handle->state->plan;
    char *base = strndup((const char *)plan->url.data, plan->url.size);
    bool unsafe = true;

    for (size_t i = 0; base && unsafe && i < hops->count; i++) {
        const struct hop *hop = &hops->list[i];

        if (lcc_keep_invalidates(hop->status)) {
            drop_hop(dropping, base, hop);
        }
        unsafe = stays_unsafe(handle, hops, hop);
        base = next_base(handle->real, base, hop);
    }
    free(base);
}

void lcc_invalidate(struct lcc_handle *handle,
                    const struct lcc_process *process,
                    const struct lcc_recorder *recorder)
{
    const struct lcc_plan *plan = &handle->state->plan;
    const struct dropping dropping = {
        .handle = handle,
        .process = process,
        .keeps_posts = plan->reason == LCC_REASON_NONE,
    };
    struct hops hops LCC_CLEANUP(hops_done) = {.count = 0};

    if (!recorder || !read_recorded(recorder, &hops)) {
        ask_libcurl(handle, &hops);
    }
    drop_chain(&dropping, &hops);
}

/* --- an answer to POST as the GET's --------------------------------------- */

static bool is_time(int64_t when_s)
{
    return when_s != LCC_TIME_ABSENT && when_s != LCC_TIME_INVALID;
}

static bool states_freshness(const struct lcc_response *response)
{
    return response->cc.max_age_s != LCC_CC_ABSENT ||
           is_time(response->expires_s);
}

bool lcc_post_answers_get(struct lcc_handle *handle,
                          const struct lcc_process *process,
                          const struct lcc_response *response)
{
    const struct lcc_plan *plan = &handle->state->plan;
    const struct dropping reading = {.handle = handle, .process = process};
    struct lcc_buf normal = LCC_BUF_INIT(LCC_URI_MAX);
    char *base = strndup((const char *)plan->url.data, plan->url.size);
    char *named = text_of(response, "Content-Location");
    char *url = NULL;
    bool same = false;

    if (response->status == 200 && states_freshness(response) && base &&
        named && !lcc_plan_follow(handle->real, base, named, &url)) {
        same = normal_form(&reading, url, &normal) &&
               lcc_span_equal(lcc_buf_span(&normal), lcc_buf_span(&plan->url));
        handle->real->free(url);
    }
    lcc_buf_done(&normal);
    free(base);
    free(named);
    return same;
}
