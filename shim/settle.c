/*
 * settle.c - from a recorded transfer to a stored response
 */
#include "shim/settle.h"

#include "shim/form.h"
#include "shim/infos.h"
#include "shim/lookup.h"
#include "shim/ranged.h"
#include "store/clock.h"
#include "store/http_fresh.h"
#include "store/http_vary.h"

#include <errno.h>
#include <strings.h>

enum {
    VARIANT_MAX = LCC_RECORDER_VARY_MAX + LCC_RECORDER_HOPS_MAX + 16,
};

static curl_off_t info_off(const struct lcc_handle *handle, CURLINFO info)
{
    curl_off_t value = -1;

    return handle->real->easy_getinfo(handle->curl, info, &value) ? -1 : value;
}

/* A decimal number that is nothing else; -1 when it is not one. */
static curl_off_t decimal(struct lcc_span text)
{
    const char *digits = text.data;
    curl_off_t value = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (digits[i] < '0' || digits[i] > '9' ||
            __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digits[i] - '0', &value)) {
            return -1;
        }
    }
    return text.size ? value : -1;
}

static bool has_no_body(const struct lcc_recorder *recorder)
{
    return recorder->plan->no_body || recorder->status == 204 ||
           recorder->status == 304;
}

/* A body that libcurl withheld under CURLOPT_TIMECONDITION: it says 304. */
static bool is_simulated(const struct lcc_recorder *recorder)
{
    long status = 0;

    recorder->handle->real->easy_getinfo(recorder->handle->curl,
                                         CURLINFO_RESPONSE_CODE, &status);
    return status == 304 && recorder->status != 304;
}

/*
 * Both lengths are of the encoded body. libcurl's own may be unknown because
 * the program asked it to ignore the field: then the field itself is compared,
 * since such a body ends wherever the connection does. A response that
 * announced nothing and ended with its connection is as complete as it can be
 * known to be (RFC 9112, section 6.3).
 */
static bool is_complete(const struct lcc_recorder *recorder,
                        const struct lcc_response *last)
{
    const struct lcc_field *field =
        lcc_fields_find(&last->fields, "Content-Length");
    curl_off_t announced =
        info_off(recorder->handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
    curl_off_t arrived = info_off(recorder->handle, CURLINFO_SIZE_DOWNLOAD_T);

    if (recorder->in_block || recorder->paused || !recorder->block_seen ||
        is_simulated(recorder)) {
        return false;
    }
    if (has_no_body(recorder)) {
        return !lcc_writer_size(recorder->writer);
    }
    if (announced < 0 && field &&
        !lcc_fields_find(&last->fields, "Transfer-Encoding")) {
        announced = decimal(field->value);
    }
    return announced < 0 || announced == arrived;
}

/* A redirect may lead to another protocol, whose answer has no header that the
 * rules could be asked about: what came of it looks like a body of the
 * redirect. */
static bool is_http(const struct lcc_recorder *recorder)
{
    const char *scheme = NULL;

    if (recorder->handle->real->easy_getinfo(recorder->handle->curl,
                                             CURLINFO_SCHEME, &scheme) ||
        !scheme) {
        return true;
    }
    return strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "https") == 0;
}

static enum lcc_reason reason_of_failure(CURLcode result)
{
    return result == CURLE_ABORTED_BY_CALLBACK || result == CURLE_WRITE_ERROR
               ? LCC_REASON_ABORTED
               : LCC_REASON_FAILED;
}

static enum lcc_reason reason_of_store(int r)
{
    switch (r) {
    case LCC_STORE_BUSY:
        return LCC_REASON_STORE_BUSY;
    case LCC_STORE_FULL:
        return LCC_REASON_STORE_FULL;
    case LCC_STORE_DISK_LOW:
        return LCC_REASON_DISK_LOW;
    case LCC_STORE_TOO_LARGE:
        return LCC_REASON_TOO_LARGE;
    case LCC_STORE_UNAVAILABLE:
        return LCC_REASON_STORE_UNAVAILABLE;
    case -ENOMEM:
        return LCC_REASON_NO_MEMORY;
    case -EFBIG:
    case -E2BIG:
    case -EBADMSG:
        return LCC_REASON_NOT_STORABLE;
    default:
        return r ? LCC_REASON_STORE_ERROR : LCC_REASON_STORED;
    }
}

int64_t lcc_settle_expiry(const struct lcc_policy *policy, struct lcc_span url,
                          const struct lcc_response *blocks, size_t count,
                          int64_t response_time_s)
{
    int64_t shortest = LCC_TTL_NEVER;

    for (size_t i = 0; i < count; i++) {
        struct lcc_response block = blocks[i];

        lcc_ranged_as_whole(&block, 1);
        int64_t lifetime = lcc_fresh_lifetime(policy, url, &block).seconds;

        if (lifetime < shortest) {
            shortest = lifetime;
        }
    }
    return lcc_add_sat(response_time_s, shortest);
}

/* Responses that differ in what selects them live side by side. */
static int variant_of(const struct lcc_recorder *recorder, struct lcc_span vary,
                      struct lcc_hash *ret)
{
    struct lcc_buf both = LCC_BUF_INIT(VARIANT_MAX);
    int r;

    *ret = (struct lcc_hash){{0}};
    if (!vary.size && !recorder->hops.size) {
        return 0;
    }
    r = lcc_buf_put_span(&both, vary);
    if (!r) {
        r = lcc_buf_put_span(&both, lcc_buf_span(&recorder->hops));
    }
    if (!r) {
        *ret = lcc_hash_keyed(lcc_store_secret(recorder->process->store),
                              lcc_buf_span(&both));
    }
    lcc_buf_done(&both);
    return r;
}

/* Any block of the chain may vary; what differs between the requests of a
 * chain (logins, cookies) is in the digests of its hops. */
static int encode_vary(const struct lcc_recorder *recorder,
                       const struct lcc_response *blocks, size_t count,
                       struct lcc_buf *out)
{
    const struct lcc_secret *secret =
        lcc_store_secret(recorder->process->store);
    int r = 0;

    for (size_t i = 0; !r && i < count; i++) {
        r = lcc_vary_encode(secret, &blocks[i], &recorder->plan->request, out);
    }
    /* The rules have refused "*" before. */
    return r == LCC_VARY_ANY ? -EBADMSG : r;
}

static int write_draft(struct lcc_recorder *recorder,
                       const struct lcc_response *blocks, size_t count,
                       struct lcc_draft *draft)
{
    struct lcc_entry entry = lcc_recorder_entry(recorder);
    int r = encode_vary(recorder, blocks, count, &draft->vary);

    if (!r) {
        r = variant_of(recorder, lcc_buf_span(&draft->vary), &draft->variant);
    }
    if (!r) {
        r = lcc_infos_record(recorder->handle, &draft->infos);
    }
    if (!r && lcc_ranged_was_ignored(recorder->plan, recorder->status)) {
        r = lcc_infos_mark(&draft->infos, LCC_INFO_MARK_RANGE_IGNORED);
    }
    if (r) {
        return r;
    }
    entry.vary = lcc_buf_span(&draft->vary);
    entry.infos = lcc_buf_span(&draft->infos);
    entry.body_bytes = lcc_writer_size(recorder->writer);
    entry.fetch_us =
        (uint64_t)(lcc_clock_monotonic_us() - recorder->started_us);
    return lcc_entry_encode(&entry, &draft->meta);
}

/* What decoding left as it came answers both forms. What was stored for the
 * decoding one before would go on answering it, and is older. */
static int commit_whole(struct lcc_recorder *recorder,
                        const struct lcc_draft *draft,
                        const struct lcc_stamp *stamp)
{
    const struct lcc_entry entry = lcc_recorder_entry(recorder);
    const bool shared = recorder->plan->decodes && lcc_form_is_shared(&entry);
    const struct lcc_id id =
        shared ? lcc_form_other(&recorder->id) : recorder->id;
    int r = lcc_writer_commit(recorder->writer, &id, &draft->variant,
                              lcc_buf_span(&draft->meta), stamp);

    if (!r && shared) {
        lcc_lookup_drop(recorder->process, &recorder->plan->request,
                        &recorder->id);
    }
    return r;
}

static int commit_draft(struct lcc_recorder *recorder,
                        const struct lcc_response *blocks, size_t count,
                        const struct lcc_draft *draft,
                        const struct lcc_stamp *stamp)
{
    const struct lcc_ranged_draft part = {
        .variant = &draft->variant,
        .meta = lcc_buf_span(&draft->meta),
        .stamp = stamp,
    };

    if (recorder->status == 206) {
        return lcc_ranged_commit(recorder, blocks, count, &part);
    }
    return commit_whole(recorder, draft, stamp);
}

static enum lcc_reason commit(struct lcc_recorder *recorder,
                              const struct lcc_response *blocks, size_t count)
{
    const struct lcc_stamp stamp = {
        .stored_s = lcc_clock_now_s(),
        .expires_s = lcc_settle_expiry(&recorder->process->settings->policy,
                                       recorder->plan->request.url, blocks,
                                       count, recorder->response_time_s),
    };
    struct lcc_draft *draft = &recorder->draft;
    int r = write_draft(recorder, blocks, count, draft);

    if (!r) {
        r = commit_draft(recorder, blocks, count, draft, &stamp);
    }
    return reason_of_store(r);
}

static enum lcc_reason settle_blocks(struct lcc_recorder *recorder,
                                     const struct lcc_response *blocks,
                                     size_t count)
{
    if (!count || !is_complete(recorder, &blocks[count - 1])) {
        return LCC_REASON_INCOMPLETE;
    }
    return commit(recorder, blocks, count);
}

enum lcc_reason lcc_settle_miss(struct lcc_recorder *recorder, CURLcode result)
{
    struct lcc_response *blocks = NULL;
    size_t count = 0;
    int r;

    if (result) {
        return reason_of_failure(result);
    }
    if (!recorder->judged) {
        lcc_recorder_judge(recorder);
    }
    if (recorder->given_up != LCC_REASON_NONE) {
        return recorder->given_up;
    }
    if (!is_http(recorder)) {
        return LCC_REASON_NOT_STORABLE;
    }
    r = lcc_recorder_blocks(recorder, &blocks, &count);
    return r ? reason_of_store(r) : settle_blocks(recorder, blocks, count);
}
