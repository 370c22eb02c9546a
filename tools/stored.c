/*
 * stored.c - reading, judging and choosing stored responses
 */
#include "tools/stored.h"

#include "store/clock.h"
#include "store/http_ranged.h"
#include "store/http_uri.h"

#include <stdio.h>

struct walk {
    const struct tool_cache *cache;
    struct lcc_policy policy; /* the reader's, without its mode */
    int64_t now_s;
    stored_visit_fn visit;
    void *arg;
    uint64_t damaged;
    int result;
};

/* What a request with nothing special would be told. */
static int judge(const struct walk *walk, struct stored *stored)
{
    const struct lcc_request request = {
        .method = stored->entry.method,
        .url = stored->entry.url,
        .cc = lcc_http_cc_parse(&LCC_FIELDS_INIT),
    };
    struct lcc_response *blocks = NULL;
    size_t count = 0;
    const int result = lcc_entry_blocks(&stored->entry, &blocks, &count);

    if (result != 0 || count == 0) {
        lcc_blocks_free(blocks, count);
        return -1;
    }
    lcc_ranged_as_whole(blocks, count);
    stored->decision =
        lcc_fresh_decide(&walk->policy, &request, blocks, count, walk->now_s);
    lcc_blocks_free(blocks, count);
    return 0;
}

static int visit_record(void *arg, const struct lcc_record *record)
{
    struct walk *walk = arg;
    struct stored stored = {.record = record};

    if (lcc_entry_decode(record->meta, &stored.entry) != 0 ||
        judge(walk, &stored) != 0) {
        walk->damaged++;
        return 0;
    }
    lcc_hash_to_hex(&record->id.request, stored.key);
    walk->result = walk->visit(walk->arg, &stored);
    return walk->result == 0 ? 0 : 1;
}

int stored_walk(const struct tool_cache *cache, const struct lcc_hash *url,
                stored_visit_fn visit, void *arg, uint64_t *ret_damaged)
{
    struct walk walk = {.cache = cache,
                        .policy = cache->settings->policy,
                        .now_s = lcc_clock_now_s(),
                        .visit = visit,
                        .arg = arg};

    if (!cache->store) {
        return TOOL_DONE;
    }
    walk.policy.mode = LCC_MODE_NORMAL;
    const int result = lcc_store_walk(cache->store, url, visit_record, &walk);
    *ret_damaged += walk.damaged;
    if (walk.result != 0) {
        return walk.result;
    }
    return result == 0 || result == LCC_STORE_MISS
               ? TOOL_DONE
               : tool_store_failed("reading the cache", result);
}

int64_t stored_left_s(const struct stored *stored)
{
    return stored->decision.ttl_s;
}

bool stored_expired(const struct stored *stored)
{
    return stored->decision.verdict != LCC_VERDICT_SERVE;
}

int64_t stored_age_s(const struct stored *stored, int64_t now_s)
{
    const int64_t age = lcc_sub_sat(now_s, stored->entry.response_time_s);

    return age > 0 ? age : 0;
}

bool stored_lacks_bytes(const struct stored *stored)
{
    return stored->record->is_partial &&
           stored->record->body_size != stored->record->complete_length;
}

const char *stored_size(const struct stored *stored, char out[STORED_SIZE_TEXT])
{
    const struct lcc_record *record = stored->record;
    char there[TEXT_SIZE];
    char all[TEXT_SIZE] = "?";

    (void)text_bytes(record->body_size, there);
    if (!stored_lacks_bytes(stored)) {
        (void)snprintf(out, STORED_SIZE_TEXT, "%s", there);
        return out;
    }
    if (record->complete_length != LCC_LENGTH_UNKNOWN) {
        (void)text_bytes(record->complete_length, all);
    }
    (void)snprintf(out, STORED_SIZE_TEXT, "%s of %s", there, all);
    return out;
}

static bool host_matches(struct lcc_span url, const char *glob)
{
    struct lcc_span authority = lcc_uri_authority(url);

    if (lcc_glob_match(authority, glob)) {
        return true;
    }
    /* Without its port, too; an IPv6 address has colons inside brackets. */
    const char *text = authority.data;
    for (size_t i = authority.size; i > 0 && text[i - 1] != ']'; i--) {
        if (text[i - 1] == ':') {
            return lcc_glob_match(lcc_span_of(text, i - 1), glob);
        }
    }
    return false;
}

bool selection_matches(const struct selection *selection,
                       const struct stored *stored)
{
    const struct lcc_span url = stored->entry.url;
    bool named = selection->globs_count == 0;

    if (selection->expired && !stored_expired(stored)) {
        return false;
    }
    if (selection->older_than_s >= 0 &&
        stored_age_s(stored, selection->now_s) <= selection->older_than_s) {
        return false;
    }
    if (selection->host && !host_matches(url, selection->host)) {
        return false;
    }
    for (size_t i = 0; i < selection->globs_count && !named; i++) {
        named = lcc_uri_matches(url, selection->globs[i]);
    }
    return named;
}

void stored_json(struct json *json, const struct stored *stored)
{
    const struct lcc_record *record = stored->record;
    const int64_t left = stored_left_s(stored);

    json_string(json, "key", stored->key);
    json_text(json, "method", stored->entry.method);
    json_text(json, "url", stored->entry.url);
    json_int(json, "status", stored->entry.status);
    json_uint(json, "body_bytes", record->body_size);
    json_bool(json, "partial", stored_lacks_bytes(stored));
    if (record->complete_length == LCC_LENGTH_UNKNOWN) {
        json_null(json, "complete_bytes");
    } else {
        json_uint(json, "complete_bytes", record->complete_length);
    }
    json_uint(json, "cost_bytes", record->cost_bytes);
    json_time(json, "stored", record->stored_s);
    json_time(json, "last_used", record->last_used_s);
    json_bool(json, "expired", stored_expired(stored));
    if (left == INT64_MAX) {
        json_null(json, "seconds_left");
    } else {
        json_int(json, "seconds_left", left);
    }
    json_string(json, "rule", lcc_rule_text(stored->decision.rule));
}
