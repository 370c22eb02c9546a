/*
 * plan_body.c - the method, the request's body, and the GET beside them
 *
 * Owns the part of the key that says what is asked of the URL. A body counts
 * by its keyed hash: no byte of it is kept. Knows RFC 9110, sections 9.3.2
 * (HEAD) and 9.3.3 (POST), and RFC 9111, section 4.4.
 */
#include "shim/form.h"
#include "shim/plan_parts.h"

#include <errno.h>
#include <string.h>

/* --- the method ----------------------------------------------------------- */

static const char *method_name(const struct lcc_shadow *shadow)
{
    const char *custom = lcc_shadow_string(shadow, LCC_OPT_CUSTOMREQUEST);

    if (custom) {
        return custom;
    }
    return lcc_shadow_method_word(shadow->method);
}

static bool is_word(struct lcc_span text, const char *word)
{
    return lcc_span_equal(text, lcc_span_str(word));
}

static bool has_body(const struct lcc_shadow *shadow)
{
    return shadow->method != LCC_METHOD_GET &&
           shadow->method != LCC_METHOD_HEAD;
}

/* Bytes at hand, which libcurl sends as they stand: no callback, no form, no
 * line ends turned, no trailers behind them. */
static bool has_plain_body(const struct lcc_shadow *shadow)
{
    return shadow->method == LCC_METHOD_POST &&
           (lcc_shadow_pointer(shadow, LCC_OPT_POSTFIELDS) ||
            !lcc_shadow_off(shadow, LCC_OPT_POSTFIELDSIZE_LARGE)) &&
           !lcc_shadow_long(shadow, LCC_OPT_CRLF) &&
           !lcc_shadow_function(shadow, LCC_OPT_TRAILERFUNCTION);
}

/* A GET whose body means something to one server alone is not for us (RFC
 * 9110, section 9.3.1), nor is a HEAD with one. */
static bool may_have_body(struct lcc_span method)
{
    return is_word(method, "POST") || is_word(method, "QUERY");
}

/* An unsafe method counts before anything else: whatever else is set, its
 * success invalidates. Of an unlisted POST the rest of the plan says for which
 * GET its answer may be stored. */
int lcc_plan_method(struct lcc_plan_work *work)
{
    const struct lcc_shadow *shadow = work->shadow;
    struct lcc_plan *plan = work->plan;
    struct lcc_span method = lcc_span_str(method_name(shadow));
    bool listed = lcc_keep_lists_method(work->policy, method);
    bool plain =
        !has_body(shadow) || (has_plain_body(shadow) && may_have_body(method));

    plan->request.method = method;
    plan->unsafe = !lcc_method_is_safe(method);
    plan->no_body = lcc_shadow_long(shadow, LCC_OPT_NOBODY) != 0;
    plan->follow = lcc_shadow_long(shadow, LCC_OPT_FOLLOWLOCATION) != 0;
    plan->decodes = lcc_shadow_string(shadow, LCC_OPT_ACCEPT_ENCODING) &&
                    lcc_shadow_long(shadow, LCC_OPT_HTTP_CONTENT_DECODING) != 0;
    if (listed && plain) {
        return 0;
    }
    if (plan->unsafe) {
        return is_word(method, "POST") && !listed ? 0
                                                  : LCC_REASON_UNSAFE_METHOD;
    }
    return has_body(shadow) ? LCC_REASON_UPLOAD : 0;
}

/* --- the body ------------------------------------------------------------- */

bool lcc_plan_is_of_body(const struct lcc_plan_work *work, struct lcc_span name)
{
    static const char start[] = "content-";
    const size_t size = sizeof(start) - 1;

    return has_body(work->shadow) && name.size > size &&
           lcc_span_equal_nocase(lcc_span_of(name.data, size),
                                 lcc_span_str(start));
}

static struct lcc_span body_of(const struct lcc_shadow *shadow)
{
    const char *data = lcc_shadow_pointer(shadow, LCC_OPT_POSTFIELDS);
    curl_off_t size = lcc_shadow_off(shadow, LCC_OPT_POSTFIELDSIZE_LARGE);

    if (!data) {
        return LCC_SPAN_EMPTY;
    }
    return size < 0 ? lcc_span_str(data) : lcc_span_of(data, (size_t)size);
}

int lcc_plan_body(struct lcc_plan_work *work)
{
    struct lcc_buf *key = &work->parts->key;
    struct lcc_span body;
    struct lcc_hash digest;
    int r;

    if (!has_plain_body(work->shadow) ||
        !lcc_keep_lists_method(work->policy, work->plan->request.method)) {
        return 0;
    }
    /* The bytes are the program's, which may change them without a word. */
    work->plan->reusable = false;
    body = body_of(work->shadow);
    if (body.size > LCC_PLAN_BODY_MAX) {
        return work->plan->unsafe ? LCC_REASON_UNSAFE_METHOD
                                  : LCC_REASON_UPLOAD;
    }
    digest = lcc_hash_keyed(work->secret, body);
    r = lcc_buf_put_u16(key, LCC_TAG_BODY);
    if (r == 0) {
        r = lcc_buf_put_u64(key, body.size);
    }
    if (r == 0) {
        r = lcc_buf_append(key, lcc_span_of(digest.bytes, LCC_HASH_SIZE));
    }
    return r == 0 ? lcc_buf_append(key, lcc_buf_span(&work->parts->body)) : r;
}

/* --- the key -------------------------------------------------------------- */

static int put_request(const struct lcc_plan *plan, struct lcc_span method,
                       bool no_body, struct lcc_buf *key)
{
    int r = lcc_buf_put_u32(key, LCC_PLAN_KEY_VERSION);

    if (r == 0) {
        r = lcc_buf_put_u16(key, LCC_TAG_METHOD);
    }
    if (r == 0) {
        r = lcc_buf_put_span(key, method);
    }
    if (r == 0) {
        r = lcc_buf_put_u16(key, LCC_TAG_URL);
    }
    if (r == 0) {
        r = lcc_buf_put_span(key, plan->request.url);
    }
    if (r == 0) {
        r = lcc_buf_put_u16(key, LCC_TAG_FORM);
    }
    if (r == 0) {
        r = lcc_buf_put_u8(key, (uint8_t)(plan->follow | no_body << 2));
    }
    return r;
}

/* Whether libcurl decodes is not among the bytes: see form.h. */
struct lcc_hash lcc_plan_hash(const struct lcc_plan_work *work,
                              struct lcc_span key)
{
    const struct lcc_id shared = {
        .request = lcc_hash_keyed(work->secret, key),
    };

    return work->plan->decodes ? lcc_form_other(&shared).request
                               : shared.request;
}

int lcc_plan_key_request(struct lcc_plan_work *work)
{
    struct lcc_plan_parts *parts = work->parts;
    int r = put_request(work->plan, work->plan->request.method,
                        work->plan->no_body, &parts->key);

    parts->key_method_end = parts->key.size;
    return r;
}

/* HEAD, also by NOBODY alone, or a POST that is not cached as such. */
static bool has_get_beside(const struct lcc_plan_work *work)
{
    const struct lcc_plan *plan = work->plan;
    struct lcc_span method = plan->request.method;

    if (plan->no_body) {
        return is_word(method, "HEAD") || is_word(method, "GET");
    }
    return is_word(method, "POST") &&
           !lcc_keep_lists_method(work->policy, method);
}

/* Could the GET be stored, as far as the request says? */
static bool get_is_for_us(const struct lcc_plan_work *work)
{
    struct lcc_request get = work->plan->request;

    get.method = lcc_span_str("GET");
    return lcc_keep_request(work->policy, &get) == LCC_REASON_NONE;
}

/* The key of the GET: another beginning, the rest but for the body. */
int lcc_plan_as_get(struct lcc_plan_work *work)
{
    struct lcc_plan *plan = work->plan;
    const struct lcc_plan_parts *parts = work->parts;
    struct lcc_buf key = LCC_BUF_INIT(LCC_PLAN_KEY_MAX);
    int r;

    if (!has_get_beside(work) || !get_is_for_us(work)) {
        return 0;
    }
    r = put_request(plan, lcc_span_str("GET"), false, &key);
    if (r == 0) {
        r = lcc_buf_append(
            &key, lcc_span_of(parts->key.data + parts->key_method_end,
                              parts->key.size - parts->key_method_end));
    }
    if (r == 0) {
        plan->as_get = lcc_plan_hash(work, lcc_buf_span(&key));
    }
    if (key.data) {
        explicit_bzero(key.data, key.size);
    }
    lcc_buf_done(&key);
    return r;
}
