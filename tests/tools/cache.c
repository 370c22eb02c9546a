/*
 * cache.c - a cache filled by hand, and the tool run on it
 */
#include "tests/tools/cache.h"

#include "store/clock.h"
#include "store/entry.h"
#include "store/ledger.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { ENV_MAX = 32 };

char *cache_folder;
char *cache_home;

void cache_set_up(void)
{
    cache_home = tmpdir_new();
    cache_folder = text_of("%s/cache", cache_home);
}

void cache_tear_down(void)
{
    free(cache_folder);
    cache_home = tmpdir_free(cache_home);
}

struct lcc_store *cache_store(void)
{
    const struct lcc_store_config config = {.folder = cache_folder,
                                            .max_size_bytes = 1 << 30,
                                            .max_entry_bytes = 1 << 26};
    struct lcc_store *store = NULL;
    char why[LCC_WHY_SIZE] = {0};

    cr_assert_eq(lcc_store_open(&config, &store, why), 0, "%s", why);
    return store;
}

static void add_head(const struct cache_item *item, struct lcc_buf *head,
                     struct lcc_buf *pieces)
{
    char *status =
        text_of("HTTP/1.1 %d Fine\r\n", item->status ? item->status : 200);
    const char *line = item->fields ? item->fields : "";

    cr_assert_eq(
        lcc_pieces_add(head, pieces, LCC_PIECE_STATUS, lcc_span_str(status)),
        0);
    while (*line) {
        const size_t size = strcspn(line, "\n") + 1;
        cr_assert_eq(lcc_pieces_add(head, pieces, LCC_PIECE_FIELD,
                                    lcc_span_of(line, size)),
                     0);
        line += size;
    }
    cr_assert_eq(
        lcc_pieces_add(head, pieces, LCC_PIECE_END, lcc_span_str("\r\n")), 0);
    free(status);
}

static struct lcc_id id_of(const struct lcc_secret *secret,
                           const struct cache_item *item)
{
    char *key =
        text_of("%s %s", item->method ? item->method : "GET", item->url);
    const struct lcc_id id = {
        .url = lcc_hash_keyed(secret, lcc_span_str(item->url)),
        .request = lcc_hash_keyed(secret, lcc_span_str(key)),
    };

    free(key);
    return id;
}

static void encode(const struct cache_item *item, size_t body_size,
                   struct lcc_buf *ret)
{
    struct lcc_buf head = LCC_BUF_INIT(LCC_ENTRY_HEAD_MAX);
    struct lcc_buf pieces = LCC_BUF_INIT(LCC_ENTRY_HEAD_MAX);
    const int64_t when = lcc_clock_now_s() - item->age_s;

    add_head(item, &head, &pieces);
    const struct lcc_entry entry = {
        .method = lcc_span_str(item->method ? item->method : "GET"),
        .url = lcc_span_str(item->url),
        .status = item->status ? item->status : 200,
        .request_time_s = when,
        .response_time_s = when,
        .fetch_us = 1500,
        .body_bytes = body_size,
        .head = lcc_buf_span(&head),
        .pieces = lcc_buf_span(&pieces),
    };
    cr_assert_eq(lcc_entry_encode(&entry, ret), 0);
    lcc_buf_done(&head);
    lcc_buf_done(&pieces);
}

static bool always(void *arg, struct lcc_span meta)
{
    (void)arg;
    (void)meta;
    return true;
}

static int commit(struct lcc_writer *writer, const struct cache_item *item,
                  const struct lcc_id *id, struct lcc_span meta)
{
    const struct lcc_stamp stamp = {lcc_clock_now_s() - item->age_s, INT64_MAX};
    const struct lcc_hash variant = {{0}};
    const struct lcc_part part = {item->first, item->part_of, always, NULL};

    return item->part_of
               ? lcc_writer_commit_part(writer, id, &variant, meta, &stamp,
                                        &part)
               : lcc_writer_commit(writer, id, &variant, meta, &stamp);
}

void cache_put(const struct cache_item *item)
{
    struct lcc_store *store = cache_store();
    struct lcc_writer *writer = NULL;
    struct lcc_buf meta = LCC_BUF_INIT(LCC_ENTRY_MAX);
    const char *body = item->body ? item->body : "body";
    const size_t size = item->body_size ? item->body_size : strlen(body);
    const struct lcc_id id = id_of(lcc_store_secret(store), item);

    encode(item, size, &meta);
    cr_assert_eq(lcc_writer_new(store, &writer), 0);
    cr_assert_eq(lcc_writer_append(writer, lcc_span_of(body, size)), 0);
    cr_assert_eq(commit(writer, item, &id, lcc_buf_span(&meta)), 0);
    lcc_writer_free(writer);
    lcc_buf_done(&meta);
    lcc_store_free(store);
}

void cache_note(const char *url, int reason, int64_t ago_s)
{
    struct lcc_store *store = cache_store();
    struct lcc_ledger *ledger = NULL;
    const struct lcc_decided decided = {
        .reason = (enum lcc_reason)reason,
        .when_s = lcc_clock_now_s() - ago_s,
        .body_bytes = reason == LCC_REASON_HIT ? 2048 : 0,
        .saved_us = reason == LCC_REASON_HIT ? 1500 : 0,
    };
    struct lcc_hash hash = {{0}};

    if (url) {
        hash = lcc_hash_keyed(lcc_store_secret(store), lcc_span_str(url));
    }
    cr_assert_eq(lcc_ledger_open(lcc_store_path(store), false, &ledger), 0);
    lcc_ledger_note(ledger, url ? &hash : NULL, &decided);
    lcc_ledger_free(ledger);
    lcc_store_free(store);
}

struct run_result tool_run_in(const char *const *env, const char *const *argv)
{
    const char *all[ENV_MAX] = {"CURLCACHE_CONFIG=/dev/null"};
    char *dir = text_of("CURLCACHE_DIR=%s", cache_folder);
    size_t count = 1;

    all[count++] = dir;
    for (size_t i = 0; env && env[i] && count + 1 < ENV_MAX; i++) {
        all[count++] = env[i];
    }
    const struct run run = {.argv = argv, .env = all, .home = cache_home};
    const struct run_result result = run_program(&run);
    free(dir);
    return result;
}

struct run_result tool_run(const char *const *argv)
{
    return tool_run_in(NULL, argv);
}

bool one_sentence(const struct run_result *result)
{
    const char *end = strchr(result->err, '\n');

    return strncmp(result->err, "curlcache: ", strlen("curlcache: ")) == 0 &&
           end && end[1] == '\0';
}

struct run_result tool_words(const struct words *words)
{
    const char *argv[WORDS_MAX + 2] = {TOOL_PATH};

    for (size_t i = 0; i < WORDS_MAX && words->list[i]; i++) {
        argv[i + 1] = words->list[i];
    }
    return tool_run(argv);
}

bool says(const char *text, const char *want)
{
    return strstr(text, want) != NULL;
}

void cache_put_four(void)
{
    static const struct cache_item items[] = {
        {.url = "http://a.example.org/one",
         .fields = "Cache-Control: max-age=600\r\n"},
        {.url = "http://a.example.org/two?q=1",
         .fields = "Cache-Control: max-age=60\r\n",
         .age_s = 120},
        {.url = "https://b.example.org:8443/one",
         .fields = "Cache-Control: max-age=100000\r\n",
         .age_s = 7200},
        {.url = "http://other.test/",
         .method = "HEAD",
         .status = 404,
         .fields = "Cache-Control: max-age=600\r\n"},
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(items); i++) {
        cache_put(&items[i]);
    }
}
