/*
 * plan.c - from a shadow to a request and its key: the order of decisions
 *
 * Owns the life of a plan, when an older one still holds, and the two hashes.
 * What each step reads is in its own file; plan_parts.h is their agreement.
 */
#include "shim/plan_parts.h"

#include "store/http_uri.h"

#include <errno.h>
#include <string.h>

void lcc_plan_init(struct lcc_plan *plan)
{
    memset(plan, 0, sizeof(*plan));
    plan->url = LCC_BUF_INIT(LCC_PLAN_KEY_MAX);
    plan->redacted = LCC_BUF_INIT(LCC_PLAN_KEY_MAX);
    plan->fields = LCC_BUF_INIT(LCC_PLAN_FIELDS_MAX);
}

/* What a plan holds of secrets goes with it. Copies that growing left behind
 * are out of reach. */
static void wipe(struct lcc_buf *buf)
{
    if (buf->data) {
        explicit_bzero(buf->data, buf->capacity);
    }
    lcc_buf_done(buf);
}

static void parts_free(struct lcc_plan_parts *parts)
{
    if (!parts) {
        return;
    }
    lcc_plan_target_done(&parts->target);
    wipe(&parts->outside);
    wipe(&parts->again);
    wipe(&parts->cookies);
    wipe(&parts->key);
    wipe(&parts->body);
    explicit_bzero(&parts->secret, sizeof(parts->secret));
    free(parts->sent_host);
    free(parts);
}

void lcc_plan_done(struct lcc_plan *plan)
{
    lcc_buf_done(&plan->url);
    lcc_buf_done(&plan->redacted);
    wipe(&plan->fields);
    lcc_fields_done(&plan->request.fields);
    parts_free(plan->parts);
    plan->parts = NULL;
}

static struct lcc_plan_parts *parts_new(void)
{
    struct lcc_plan_parts *parts = calloc(1, sizeof(*parts));

    if (parts) {
        parts->outside = LCC_BUF_INIT(LCC_PLAN_KEY_MAX);
        parts->again = LCC_BUF_INIT(LCC_PLAN_KEY_MAX);
        parts->cookies = LCC_BUF_INIT(LCC_PLAN_FIELDS_MAX);
        parts->key = LCC_BUF_INIT(LCC_PLAN_KEY_MAX);
        parts->body = LCC_BUF_INIT(LCC_PLAN_KEY_MAX);
    }
    return parts;
}

/* Forget what was decided and keep the memory. */
static void start_over(struct lcc_plan *plan)
{
    struct lcc_plan_parts *parts = plan->parts;

    plan->reason = LCC_REASON_NONE;
    plan->id = (struct lcc_id){0};
    plan->request.method = LCC_SPAN_EMPTY;
    plan->request.url = LCC_SPAN_EMPTY;
    plan->request.fields.count = 0;
    plan->request.cc = (struct lcc_cc){0};
    plan->range.count = 0;
    plan->resume_from = 0;
    plan->range_line_bytes = 0;
    plan->unsafe = false;
    plan->as_get = (struct lcc_hash){{0}};
    lcc_buf_clear(&plan->url);
    lcc_buf_clear(&plan->redacted);
    lcc_buf_clear(&plan->fields);
    plan->reusable = true;
    lcc_plan_target_done(&parts->target);
    lcc_buf_clear(&parts->outside);
    lcc_buf_clear(&parts->cookies);
    lcc_buf_clear(&parts->key);
    lcc_buf_clear(&parts->body);
    parts->made = false;
    parts->looked = false;
}

/* --- what lies outside the shadow ---------------------------------------- */

/* Cookies and netrc, of which the target decides. Sets parts->cookies. */
static int read_aimed(const struct lcc_plan_work *work, struct lcc_buf *out)
{
    struct lcc_plan_parts *parts = work->parts;
    int r = lcc_plan_cookies_load(work);

    lcc_buf_clear(&parts->cookies);
    if (r == 0) {
        r = lcc_plan_cookies(work, &parts->target, &parts->cookies);
    }
    if (r == 0) {
        r = lcc_buf_put_u16(out, LCC_TAG_COOKIE);
    }
    if (r == 0) {
        r = lcc_buf_put_span(out, lcc_buf_span(&parts->cookies));
    }
    return r == 0 ? lcc_plan_netrc(work, out) : r;
}

/* All of it. *ret_key: the first so many bytes belong into the key; of the
 * lines of HTTPHEADER, which come last, plan_fields.c chooses. */
static int read_all_outside(const struct lcc_plan_work *work,
                            struct lcc_buf *out, size_t *ret_key)
{
    int r = lcc_plan_environment(work, out);

    if (r == 0) {
        r = read_aimed(work, out);
    }
    if (r == 0) {
        *ret_key = out->size;
        r = lcc_plan_header_lines(work, out);
    }
    return r == -EFBIG ? LCC_REASON_OPTION : r;
}

/* Does everything that the plan was made from stand as it stood? */
static bool still_holds(const struct lcc_plan_work *work)
{
    const struct lcc_plan *plan = work->plan;
    struct lcc_plan_parts *parts = work->parts;
    size_t in_key;

    if (!parts->made || !plan->reusable ||
        plan->shadow_changes != work->shadow->changes ||
        parts->policy != work->policy ||
        memcmp(&parts->secret, work->secret, sizeof(parts->secret)) != 0) {
        return false;
    }
    if (!parts->looked) {
        return true; /* the shadow alone decided */
    }
    lcc_buf_clear(&parts->again);
    return read_all_outside(work, &parts->again, &in_key) == 0 &&
           lcc_span_equal(lcc_buf_span(&parts->again),
                          lcc_buf_span(&parts->outside)) &&
           lcc_plan_hsts(work, &parts->target) == 0;
}

/* --- the steps ------------------------------------------------------------ */

/* libcurl goes on using the host of a custom Host: for cookies, also once the
 * field is gone (lib/http.c, Curl_http_host): so it is remembered, from a
 * request that passes through as well. */
static int remember_host(struct lcc_plan_work *work)
{
    const char *host = lcc_plan_custom(work->shadow, "Host");
    struct lcc_span text;
    char *copy;

    if (!host) {
        return 0;
    }
    text = lcc_span_trim(lcc_span_str(host));
    if (!text.size) {
        return 0;
    }
    copy = strndup(text.data, text.size);
    if (!copy) {
        return -ENOMEM;
    }
    if (copy[0] == '[') {
        memmove(copy, copy + 1, strlen(copy));
        copy[strcspn(copy, "]")] = '\0';
    } else {
        copy[strcspn(copy, ":")] = '\0';
    }
    free(work->parts->sent_host);
    work->parts->sent_host = copy;
    return 0;
}

static int read_outside(struct lcc_plan_work *work)
{
    struct lcc_plan_parts *parts = work->parts;
    int r;

    parts->looked = true;
    r = read_all_outside(work, &parts->outside, &parts->outside_key);
    /* What cannot be compared later is read anew each time. */
    if (r != 0) {
        work->plan->reusable = false;
    }
    return r;
}

static int key_outside(struct lcc_plan_work *work)
{
    const struct lcc_plan_parts *parts = work->parts;

    return lcc_buf_append(&work->parts->key,
                          lcc_span_of(parts->outside.data, parts->outside_key));
}

static int judge(struct lcc_plan_work *work)
{
    struct lcc_request *request = &work->plan->request;
    enum lcc_reason reason;

    request->cc = lcc_http_cc_parse(&request->fields);
    reason = lcc_keep_request(work->policy, request);
    /* A POST: what follows says for which GET its answer may be stored. */
    return reason == LCC_REASON_UNSAFE_METHOD ? 0 : (int)reason;
}

/* A URL that the user denies is settled here: no file is read for it, and
 * nothing outside the shadow is looked at again. An unsafe one invalidates all
 * the same. */
static int check_denied(struct lcc_plan_work *work)
{
    const struct lcc_plan *plan = work->plan;

    return !plan->unsafe &&
                   lcc_keep_lists_method(work->policy, plan->request.method) &&
                   !lcc_uri_allowed(plan->request.url, work->policy)
               ? LCC_REASON_DENIED
               : 0;
}

static int check_hsts(struct lcc_plan_work *work)
{
    int r = lcc_plan_hsts(work, &work->parts->target);

    if (r != 0) {
        work->plan->reusable = false;
    }
    return r;
}

static int decide(struct lcc_plan_work *work)
{
    static int (*const steps[])(struct lcc_plan_work *) = {
        remember_host,   lcc_plan_url,   lcc_plan_method, check_denied,
        lcc_plan_refuse, check_hsts,     read_outside,    lcc_plan_key_request,
        lcc_plan_fields, lcc_plan_range, judge,           lcc_plan_login,
        lcc_plan_scope,  key_outside,    lcc_plan_as_get, lcc_plan_body,
    };
    int r = 0;

    for (size_t i = 0; i < LCC_ARRAY_SIZE(steps) && r == 0; i++) {
        r = steps[i](work);
    }
    return r == -EFBIG || r == -E2BIG ? LCC_REASON_OPTION : r;
}

/* What an unsafe method that is not cached itself comes to, whatever else
 * stands in the way of it. */
static int decide_unsafe(struct lcc_plan_work *work)
{
    struct lcc_plan *plan = work->plan;
    int r = decide(work);

    if (!plan->unsafe || r == LCC_REASON_BAD_URL || r == LCC_REASON_SCHEME ||
        (r == 0 && lcc_keep_lists_method(work->policy, plan->request.method))) {
        return r;
    }
    if (r != 0) {
        plan->as_get = (struct lcc_hash){{0}};
    }
    return LCC_REASON_UNSAFE_METHOD;
}

static int make(struct lcc_plan_work *work)
{
    struct lcc_plan *plan = work->plan;
    int r;

    start_over(plan);
    lcc_plan_lists_find(work);
    r = work->shadow->broken ? LCC_REASON_NO_MEMORY : decide_unsafe(work);
    if (r < 0) {
        return r;
    }
    plan->reason = (enum lcc_reason)r;
    if (plan->reason == LCC_REASON_NONE) {
        plan->id.request = lcc_plan_hash(work, lcc_buf_span(&work->parts->key));
    }
    /* A CURLU may be edited by its owner at any time. */
    if (lcc_shadow_pointer(work->shadow, LCC_OPT_CURLU)) {
        plan->reusable = false;
    }
    plan->shadow_changes = work->shadow->changes;
    work->parts->policy = work->policy;
    work->parts->secret = *work->secret;
    work->parts->made = true;
    if (work->parts->key.size) {
        explicit_bzero(work->parts->key.data, work->parts->key.size);
    }
    return 0;
}

int lcc_plan_make(struct lcc_handle *handle, const struct lcc_policy *policy,
                  const struct lcc_secret *secret, struct lcc_plan *plan)
{
    struct lcc_plan_work work = {
        .handle = handle,
        .shadow = &handle->shadow,
        .real = handle->real,
        .policy = policy,
        .secret = secret,
        .plan = plan,
    };

    if (!plan->parts) {
        plan->parts = parts_new();
    }
    if (!plan->parts) {
        return -ENOMEM;
    }
    work.parts = plan->parts;
    lcc_shadow_resolve(&handle->shadow);
    return still_holds(&work) ? 0 : make(&work);
}
