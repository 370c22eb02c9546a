/*
 * cmd_remove.c - drop stored responses: some of them, or everything
 */
#include "store/clock.h"
#include "tools/stored.h"
#include "tools/text.h"
#include "tools/url.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

struct removal {
    const struct tool_cache *cache;
    struct selection selection;
    bool dry_run;
    uint64_t count;
};

static int visit(void *arg, const struct stored *stored)
{
    struct removal *removal = arg;
    const struct lcc_record *record = stored->record;

    if (!selection_matches(&removal->selection, stored)) {
        return 0;
    }
    if (removal->dry_run) {
        printf("%.*s\n", (int)stored->entry.url.size,
               (const char *)stored->entry.url.data);
        removal->count++;
        return 0;
    }
    const int result =
        lcc_store_remove(removal->cache->store, &record->id, &record->variant);
    if (result == LCC_STORE_MISS) { /* gone meanwhile */
        return 0;
    }
    if (result != 0) {
        return tool_store_failed("removing", result);
    }
    removal->count++;
    return 0;
}

/* A whole URL names one resource; anything else is a pattern. */
static bool is_url(const char *word)
{
    const bool scheme = strncasecmp(word, "http://", 7) == 0 ||
                        strncasecmp(word, "https://", 8) == 0;

    return scheme && !strchr(word, '*');
}

static int remove_url(struct removal *removal, const char *word)
{
    struct url url = URL_INIT;
    uint64_t damaged = 0;
    int result = url_read(word, removal->cache->settings, &url);

    if (result == TOOL_DONE && removal->cache->store) {
        const struct lcc_hash hash =
            url_hash(&url, lcc_store_secret(removal->cache->store));
        result = stored_walk(removal->cache, &hash, visit, removal, &damaged);
    }
    url_done(&url);
    return result;
}

/* URLs one by one, then all patterns, or the flags alone, in one walk. */
static int remove_words(struct removal *removal, int count, char **words)
{
    int result = TOOL_DONE;
    size_t globs = 0;
    uint64_t damaged = 0;

    for (int i = 0; i < count && result == TOOL_DONE; i++) {
        if (is_url(words[i])) {
            result = remove_url(removal, words[i]);
        } else {
            words[globs++] = words[i];
        }
    }
    if (result == TOOL_DONE && (globs > 0 || count == 0)) {
        removal->selection.globs = words;
        removal->selection.globs_count = globs;
        result = stored_walk(removal->cache, NULL, visit, removal, &damaged);
    }
    return result;
}

static int say_count(const struct removal *removal)
{
    char text[TEXT_SIZE];

    printf("%s %s.\n", text_responses(removal->count, text),
           removal->dry_run ? "would be removed" : "removed");
    return removal->count > 0 ? TOOL_DONE : TOOL_NOTHING;
}

static bool selects(const struct selection *selection)
{
    return selection->expired || selection->older_than_s >= 0 ||
           selection->host;
}

/* What has very many parts leaves the disk before we do. */
static void tidy(const struct removal *removal)
{
    bool more = removal->cache->store && removal->count > 0;

    while (more && !removal->dry_run &&
           lcc_store_tidy(removal->cache->store, &more) == 0) {
    }
}

int cmd_remove(int argc, char **argv)
{
    struct tool_cache cache = TOOL_CACHE_INIT;
    struct removal removal = {.cache = &cache, .selection = SELECTION_INIT};
    const struct flag rows[] = {SELECTION_FLAG_ROWS(&removal.selection),
                                {"dry-run", 0, FLAG_SWITCH, &removal.dry_run}};
    struct flags flags = {.list = rows, .count = LCC_ARRAY_SIZE(rows)};
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc < 2 && !selects(&removal.selection)) {
        tool_say("remove needs a URL, a pattern or a flag such as --expired; "
                 "`curlcache clear` drops everything.");
        return TOOL_WRONG;
    }
    removal.selection.now_s = lcc_clock_now_s();
    result = tool_cache_open(!removal.dry_run, &cache);
    if (result == TOOL_DONE) {
        result = remove_words(&removal, argc - 1, argv + 1);
        tidy(&removal);
    }
    tool_cache_done(&cache);
    return result == TOOL_DONE ? say_count(&removal) : result;
}

/* With a validator the origin can say that it still holds (RFC 9111, 4.3). */
static bool can_be_renewed(const struct lcc_entry *entry)
{
    struct lcc_response *blocks = NULL;
    size_t count = 0;
    bool can = false;

    if (lcc_entry_blocks(entry, &blocks, &count) == 0 && count == 1) {
        can = lcc_fields_find(&blocks[0].fields, "ETag") ||
              lcc_fields_find(&blocks[0].fields, "Last-Modified");
    }
    lcc_blocks_free(blocks, count);
    return can;
}

static int visit_useless(void *arg, const struct stored *stored)
{
    return can_be_renewed(&stored->entry) ? 0 : visit(arg, stored);
}

int cmd_cleanup(int argc, char **argv)
{
    struct tool_cache cache = TOOL_CACHE_INIT;
    struct removal removal = {.cache = &cache, .selection = SELECTION_INIT};
    const struct flag rows[] = {{"dry-run", 0, FLAG_SWITCH, &removal.dry_run}};
    struct flags flags = {.list = rows, .count = LCC_ARRAY_SIZE(rows)};
    uint64_t damaged = 0;
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc > 1) {
        tool_say("cleanup takes no words; for some: curlcache remove --expired "
                 "%s.",
                 argv[1]);
        return TOOL_WRONG;
    }
    removal.selection.expired = true;
    removal.selection.now_s = lcc_clock_now_s();
    result = tool_cache_open(!removal.dry_run, &cache);
    if (result == TOOL_DONE) {
        result = stored_walk(&cache, NULL, visit_useless, &removal, &damaged);
    }
    tool_cache_done(&cache);
    return result == TOOL_DONE ? say_count(&removal) : result;
}

/* How much there is, where it can still be counted. */
static int say_clearing(void)
{
    struct tool_cache cache = TOOL_CACHE_INIT;
    struct lcc_totals totals = {0};
    char text[TEXT_SIZE];
    int result = tool_cache_open(false, &cache);

    if (result == TOOL_DONE && !cache.store) {
        puts("There is no cache.");
        result = TOOL_NOTHING;
    } else if (result == TOOL_DONE &&
               lcc_store_totals(cache.store, &totals) == 0) {
        printf("%s would be removed.\n", text_responses(totals.entries, text));
    } else if (result == TOOL_DONE) {
        puts("A cache that cannot be read would be removed.");
    }
    tool_cache_done(&cache);
    return result;
}

static int clear_cache(void)
{
    LCC_CLEANUP(lcc_settings_freep) struct lcc_settings *settings = NULL;
    char why[LCC_WHY_SIZE] = {0};
    int result = tool_settings(&settings);

    if (result != TOOL_DONE) {
        return result;
    }
    result = lcc_store_clear(settings->dir, why);
    if (result == LCC_STORE_MISS) {
        puts("There is no cache.");
        return TOOL_NOTHING;
    }
    if (result != 0 && why[0]) {
        tool_say("%s", why);
        return TOOL_FAILED;
    }
    if (result != 0) {
        return tool_store_failed("clearing", result);
    }
    puts("The cache is empty.");
    return TOOL_DONE;
}

int cmd_clear(int argc, char **argv)
{
    bool dry_run = false;
    const struct flag rows[] = {{"dry-run", 0, FLAG_SWITCH, &dry_run}};
    struct flags flags = {.list = rows, .count = LCC_ARRAY_SIZE(rows)};
    const int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc > 1) {
        tool_say("clear drops everything and takes no words; for some: "
                 "curlcache remove %s.",
                 argv[1]);
        return TOOL_WRONG;
    }
    return dry_run ? say_clearing() : clear_cache();
}
