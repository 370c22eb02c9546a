/*
 * cmd_why.c - why a URL is, or is not, answered from the cache
 */
#include "store/clock.h"
#include "store/http_uri.h"
#include "tools/stored.h"
#include "tools/text.h"
#include "tools/url.h"

struct why {
    const struct tool_cache *cache;
    struct json json;
    bool as_json;
    int64_t now_s;
    uint64_t shown;
};

static void print_lifetime(const struct stored *stored, int64_t now_s)
{
    const int64_t left = stored_left_s(stored);
    const char *rule = lcc_rule_text(stored->decision.rule);
    char text[TEXT_SIZE];
    char until[TEXT_SIZE];

    if (!stored_expired(stored) && left == INT64_MAX) {
        printf("  fresh for ever, by %s\n", rule);
    } else if (!stored_expired(stored)) {
        printf("  fresh until %s (%s more), by %s\n",
               text_time(lcc_add_sat(now_s, left), until),
               text_duration(left, text), rule);
    } else if (left < 0) {
        printf("  expired %s ago, by %s\n",
               text_duration(lcc_sub_sat(0, left), text), rule);
    } else {
        printf("  fetched anew each time, by %s\n", rule);
    }
}

static int visit(void *arg, const struct stored *stored)
{
    struct why *why = arg;
    char age[TEXT_SIZE];
    char size[STORED_SIZE_TEXT];

    why->shown++;
    if (why->as_json) {
        json_open(&why->json, NULL, '{');
        stored_json(&why->json, stored);
        json_close(&why->json, '}');
        return 0;
    }
    printf("stored: %.*s %d, %s, %s ago, key %s\n",
           (int)stored->entry.method.size,
           (const char *)stored->entry.method.data, stored->entry.status,
           stored_size(stored, size),
           text_duration(stored_age_s(stored, why->now_s), age), stored->key);
    print_lifetime(stored, why->now_s);
    return 0;
}

static void print_decided(struct why *why, const struct lcc_decided *decided)
{
    char age[TEXT_SIZE];
    const int64_t ago = lcc_sub_sat(why->now_s, decided->when_s);
    const char *section = lcc_reason_section(decided->reason);

    if (why->as_json) {
        json_open(&why->json, "last_decision", '{');
        json_string(&why->json, "reason", lcc_reason_word(decided->reason));
        json_string(&why->json, "sentence",
                    lcc_reason_sentence(decided->reason));
        json_string(&why->json, "section", section);
        json_time(&why->json, "when", decided->when_s);
        json_close(&why->json, '}');
        return;
    }
    printf("last decision: %s, %s ago: %s%s%s%s\n",
           lcc_reason_word(decided->reason),
           text_duration(ago > 0 ? ago : 0, age),
           lcc_reason_sentence(decided->reason), section[0] ? " (" : "",
           section, section[0] ? ")" : "");
}

/* What the settings of now say of the URL, whatever is stored. */
static void print_settings(const struct why *why, const struct url *url)
{
    const struct lcc_settings *settings = why->cache->settings;

    if (why->as_json) {
        return;
    }
    if (settings->disable) {
        puts("CURLCACHE_DISABLE is set: nothing is cached now.");
    }
    if (!lcc_uri_allowed(url_normal(url), &settings->policy)) {
        puts("CURLCACHE_ALLOW or CURLCACHE_DENY keeps this URL out.");
    }
}

static int explain(struct why *why, const struct url *url)
{
    const struct tool_cache *cache = why->cache;
    struct lcc_hash hash = {{0}};
    struct lcc_decided decided;
    uint64_t damaged = 0;
    int result = TOOL_DONE;
    bool known = false;

    if (why->as_json) {
        json_open(&why->json, NULL, '{');
        json_string(&why->json, "url", url_shown(url));
        json_open(&why->json, "stored", '[');
    } else {
        puts(url_shown(url));
    }
    if (cache->store) {
        hash = url_hash(url, lcc_store_secret(cache->store));
        result = stored_walk(cache, &hash, visit, why, &damaged);
        known = lcc_ledger_last(cache->ledger, &hash, &decided);
    }
    if (why->as_json) {
        json_close(&why->json, ']');
    } else if (why->shown == 0) {
        puts("nothing is stored for it");
    }
    if (known) {
        print_decided(why, &decided);
    } else if (why->as_json) {
        json_null(&why->json, "last_decision");
    } else {
        puts("last decision: none is known");
    }
    print_settings(why, url);
    if (why->as_json) {
        json_close(&why->json, '}');
    }
    if (result != TOOL_DONE) {
        return result;
    }
    return known || why->shown > 0 ? TOOL_DONE : TOOL_NOTHING;
}

int cmd_why(int argc, char **argv)
{
    struct tool_cache cache = TOOL_CACHE_INIT;
    struct why why = {.cache = &cache,
                      .json = json_to(stdout),
                      .now_s = lcc_clock_now_s()};
    struct url url = URL_INIT;
    const struct flag rows[] = {{"format", 0, FLAG_FORMAT, &why.as_json}};
    struct flags flags = {.list = rows, .count = LCC_ARRAY_SIZE(rows)};
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc != 2) {
        tool_say("why needs one URL.");
        return TOOL_WRONG;
    }
    result = tool_cache_open(false, &cache);
    if (result == TOOL_DONE) {
        result = url_read(argv[1], cache.settings, &url);
    }
    if (result == TOOL_DONE) {
        result = explain(&why, &url);
    }
    url_done(&url);
    tool_cache_done(&cache);
    return result;
}
