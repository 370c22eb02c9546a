/*
 * cmd_stats.c - what the cache has done so far, by the ledger
 */
#include "store/clock.h"
#include "tools/flags.h"
#include "tools/json.h"
#include "tools/text.h"
#include "tools/tool.h"

#include <inttypes.h>

struct stats {
    struct lcc_totals stored;
    struct lcc_ledger_totals decided;
    uint64_t max_size_bytes;
    uint64_t hits;
    uint64_t fetched;
    uint64_t passed;
};

static void count_kinds(struct stats *stats)
{
    for (int i = 0; i < LCC_REASON_MAX_; i++) {
        const enum lcc_reason reason = (enum lcc_reason)i;
        const uint64_t count = stats->decided.by_reason[i];

        switch (lcc_reason_kind(reason)) {
        case LCC_REASON_KIND_SERVED:
            /* an answer of ours, but none that was stored */
            *(reason == LCC_REASON_OFFLINE_MISS ? &stats->fetched
                                                : &stats->hits) += count;
            break;
        case LCC_REASON_KIND_FETCHED:
            stats->fetched += count;
            break;
        case LCC_REASON_KIND_BYPASS:
            stats->passed += count;
            break;
        }
    }
}

static void print_text(const struct stats *stats)
{
    char a[TEXT_SIZE];
    char b[TEXT_SIZE];
    const uint64_t asked = stats->hits + stats->fetched + stats->passed;

    printf("stored   %s, %s of %s\n", text_responses(stats->stored.entries, a),
           text_bytes(stats->stored.bytes, b),
           text_bytes(stats->max_size_bytes, (char[TEXT_SIZE]){0}));
    if (stats->decided.since_s != 0) {
        printf("since    %s\n", text_time(stats->decided.since_s, a));
    }
    printf("requests %" PRIu64 "\n", asked);
    printf("hits     %" PRIu64, stats->hits);
    if (asked > 0) {
        printf(" (%.0f %%)", 100.0 * (double)stats->hits / (double)asked);
    }
    printf("\nmisses   %" PRIu64 "\npassed   %" PRIu64 "\n", stats->fetched,
           stats->passed);
    printf("saved    %s, %s\n", text_bytes(stats->decided.bytes_saved, a),
           text_us(stats->decided.us_saved, b));
    for (int i = 0; i < LCC_REASON_MAX_; i++) {
        if (stats->decided.by_reason[i] > 0) {
            printf("  %8" PRIu64 "  %-18s %s\n", stats->decided.by_reason[i],
                   lcc_reason_word((enum lcc_reason)i),
                   lcc_reason_sentence((enum lcc_reason)i));
        }
    }
}

static void print_json(const struct stats *stats)
{
    struct json json = json_to(stdout);

    json_open(&json, NULL, '{');
    json_uint(&json, "responses", stats->stored.entries);
    json_uint(&json, "bytes", stats->stored.bytes);
    json_uint(&json, "max_bytes", stats->max_size_bytes);
    if (stats->decided.since_s != 0) {
        json_time(&json, "since", stats->decided.since_s);
    } else {
        json_null(&json, "since");
    }
    json_uint(&json, "hits", stats->hits);
    json_uint(&json, "misses", stats->fetched);
    json_uint(&json, "passed", stats->passed);
    json_uint(&json, "bytes_saved", stats->decided.bytes_saved);
    json_uint(&json, "microseconds_saved", stats->decided.us_saved);
    json_open(&json, "reasons", '{');
    for (int i = 0; i < LCC_REASON_MAX_; i++) {
        json_uint(&json, lcc_reason_word((enum lcc_reason)i),
                  stats->decided.by_reason[i]);
    }
    json_close(&json, '}');
    json_close(&json, '}');
}

static int print_stats(const struct tool_cache *cache, bool as_json)
{
    struct stats stats = {.max_size_bytes = cache->settings->max_size_bytes};
    const int result =
        cache->store ? lcc_store_totals(cache->store, &stats.stored) : 0;

    lcc_ledger_totals(cache->ledger, &stats.decided);
    count_kinds(&stats);
    if (as_json) {
        print_json(&stats);
    } else {
        print_text(&stats);
    }
    /* What was decided is known all the same. */
    return result == 0 ? TOOL_DONE : tool_store_failed("counting", result);
}

int cmd_stats(int argc, char **argv)
{
    bool zero = false;
    bool as_json = false;
    struct tool_cache cache = TOOL_CACHE_INIT;
    const struct flag rows[] = {{"zero", 'z', FLAG_SWITCH, &zero},
                                {"format", 0, FLAG_FORMAT, &as_json}};
    struct flags flags = {.list = rows, .count = LCC_ARRAY_SIZE(rows)};
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc > 1) {
        tool_say("stats takes no words, only -z and --format.");
        return TOOL_WRONG;
    }
    result = tool_cache_open(zero, &cache);
    if (result == TOOL_DONE) {
        result = print_stats(&cache, as_json);
    }
    if (result == TOOL_DONE && zero) {
        lcc_ledger_zero(cache.ledger, lcc_clock_now_s());
    }
    tool_cache_done(&cache);
    return result;
}
