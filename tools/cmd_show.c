/*
 * cmd_show.c - print one stored response; say whether there is one
 */
#include "store/clock.h"
#include "tools/stored.h"
#include "tools/url.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHOW_KEY_DIGITS_MIN = 8,        /* fewer could be a host's name */
    SHOW_WINDOW_BYTES = 256 * 1024, /* of a body, at a time */
};

/* The newest of those that a URL or the beginning of a key names. */
struct choice {
    const char *key; /* hex digits, or NULL */
    int64_t stored_s;
    struct lcc_id id;
    struct lcc_buf meta; /* a copy: it tells apart the variants of an id */
    bool found;
    bool failed;
};

static int choose(void *arg, const struct stored *stored)
{
    struct choice *choice = arg;
    const struct lcc_record *record = stored->record;

    if ((choice->key &&
         strncasecmp(stored->key, choice->key, strlen(choice->key)) != 0) ||
        (choice->found && record->stored_s < choice->stored_s)) {
        return 0;
    }
    lcc_buf_clear(&choice->meta);
    if (lcc_buf_append(&choice->meta, record->meta) != 0) {
        tool_say("there is no memory left.");
        return TOOL_FAILED;
    }
    choice->found = true;
    choice->stored_s = record->stored_s;
    choice->id = record->id;
    return 0;
}

static bool is_chosen(void *arg, struct lcc_span meta)
{
    const struct choice *choice = arg;

    return lcc_span_equal(meta, lcc_buf_span(&choice->meta));
}

static bool is_key(const char *word)
{
    size_t digits = 0;

    while (isxdigit((unsigned char)word[digits])) {
        digits++;
    }
    return word[digits] == '\0' && digits >= SHOW_KEY_DIGITS_MIN &&
           digits < LCC_HASH_HEX_SIZE;
}

static int find_url(const struct tool_cache *cache, const char *word,
                    struct choice *choice)
{
    struct url url = URL_INIT;
    uint64_t damaged = 0;
    int result = url_read(word, cache->settings, &url);

    if (result == TOOL_DONE && cache->store) {
        const struct lcc_hash hash =
            url_hash(&url, lcc_store_secret(cache->store));
        result = stored_walk(cache, &hash, choose, choice, &damaged);
    }
    url_done(&url);
    return result;
}

static int find(const struct tool_cache *cache, const char *word,
                struct choice *choice)
{
    uint64_t damaged = 0;

    if (is_key(word)) {
        choice->key = word;
        const int result = stored_walk(cache, NULL, choose, choice, &damaged);
        if (result != TOOL_DONE || choice->found) {
            return result;
        }
        choice->key = NULL;
    }
    return find_url(cache, word, choice);
}

static void print_head(const struct lcc_entry *entry)
{
    fwrite(entry->head.data, 1, entry->head.size, stdout);
}

static int print_body(const struct tool_cache *cache, const struct lcc_hit *hit)
{
    char *window = malloc(SHOW_WINDOW_BYTES);
    int result = window ? 0 : -ENOMEM;
    size_t got = 0;

    if (hit->is_partial && hit->parts_bytes != hit->body_size) {
        free(window);
        tool_say("only parts of it are stored, as answers to range requests.");
        return TOOL_FAILED;
    }

    for (uint64_t at = 0; result == 0 && at < hit->body_size; at += got) {
        result = lcc_store_read_body(cache->store, hit, at, window,
                                     SHOW_WINDOW_BYTES, &got);
        if (result == 0 && got == 0) {
            result = -ESTALE;
        }
        if (result == 0 && fwrite(window, 1, got, stdout) != got) {
            break; /* main says so */
        }
    }
    free(window);
    return result == 0 ? TOOL_DONE : tool_store_failed("reading", result);
}

static int print_choice(const struct tool_cache *cache, struct choice *choice,
                        bool head, bool body)
{
    struct lcc_hit hit = LCC_HIT_INIT;
    struct lcc_entry entry;
    int result = lcc_store_lookup(cache->store, &choice->id, is_chosen, choice,
                                  lcc_clock_now_s(), &hit);

    if (result == 0) {
        result = lcc_entry_decode(hit.meta, &entry);
    }
    if (result != 0) {
        lcc_hit_done(&hit);
        return tool_store_failed("reading", result);
    }
    result = TOOL_DONE;
    if (head) {
        print_head(&entry);
    }
    if (body) {
        result = print_body(cache, &hit);
    }
    lcc_hit_done(&hit);
    return result;
}

static int show(const struct tool_cache *cache, const char *word, bool head,
                bool body)
{
    struct choice choice = {.meta = LCC_BUF_INIT(SIZE_MAX)};
    int result = find(cache, word, &choice);

    if (result == TOOL_DONE && !choice.found) {
        tool_say("nothing is stored for %s.", word);
        result = TOOL_NOTHING;
    }
    if (result == TOOL_DONE) {
        result = print_choice(cache, &choice, head, body);
    }
    lcc_buf_done(&choice.meta);
    return result;
}

int cmd_show(int argc, char **argv)
{
    bool headers = false;
    bool body = false;
    struct tool_cache cache = TOOL_CACHE_INIT;
    const struct flag rows[] = {{"headers", 0, FLAG_SWITCH, &headers},
                                {"body", 0, FLAG_SWITCH, &body}};
    struct flags flags = {.list = rows, .count = LCC_ARRAY_SIZE(rows)};
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc != 2) {
        tool_say("show needs one URL, or a key as `curlcache list` shows it.");
        return TOOL_WRONG;
    }
    result = tool_cache_open(false, &cache);
    if (result == TOOL_DONE) {
        result = show(&cache, argv[1], headers || !body, body || !headers);
    }
    tool_cache_done(&cache);
    return result;
}

/* --- contains ----------------------------------------------------------- */

struct question {
    bool expired;      /* an expired one will do */
    int64_t max_age_s; /* -1: any age */
    int64_t now_s;
    bool yes;
};

static int ask(void *arg, const struct stored *stored)
{
    struct question *question = arg;

    if (!stored_lacks_bytes(stored) &&
        (question->expired || !stored_expired(stored)) &&
        (question->max_age_s < 0 ||
         stored_age_s(stored, question->now_s) <= question->max_age_s)) {
        question->yes = true;
    }
    return 0;
}

int cmd_contains(int argc, char **argv)
{
    struct tool_cache cache = TOOL_CACHE_INIT;
    struct question question = {.max_age_s = -1, .now_s = lcc_clock_now_s()};
    struct url url = URL_INIT;
    uint64_t damaged = 0;
    const struct flag rows[] = {
        {"expired", 0, FLAG_SWITCH, &question.expired},
        {"max-age", 0, FLAG_DURATION, &question.max_age_s}};
    struct flags flags = {.list = rows, .count = LCC_ARRAY_SIZE(rows)};
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc != 2) {
        tool_say("contains needs one URL.");
        return TOOL_WRONG;
    }
    result = tool_cache_open(false, &cache);
    if (result == TOOL_DONE) {
        result = url_read(argv[1], cache.settings, &url);
    }
    if (result == TOOL_DONE && cache.store) {
        const struct lcc_hash hash =
            url_hash(&url, lcc_store_secret(cache.store));
        result = stored_walk(&cache, &hash, ask, &question, &damaged);
    }
    url_done(&url);
    tool_cache_done(&cache);
    if (result != TOOL_DONE) {
        return result;
    }
    return question.yes ? TOOL_DONE : TOOL_NOTHING;
}
