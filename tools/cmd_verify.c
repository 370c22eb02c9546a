/*
 * cmd_verify.c - read everything that is stored, and drop what is damaged
 *
 * The index first: its pages, and what they say of each other. Then a record is
 * whole when it decodes and its body can be read to its end: the store holds
 * each body against its checksum while it is read.
 */
#include "store/entry.h"
#include "tools/environment.h"
#include "tools/flags.h"
#include "tools/text.h"
#include "tools/tool.h"

#include <errno.h>
#include <stdlib.h>

enum { VERIFY_WINDOW = 256 * 1024 }; /* bytes of a body read at a time */

struct verification {
    struct lcc_store *store;
    struct lcc_hit hit;
    char *window;
    bool repair;
    bool index_is_damaged; /* and stays so */
    uint64_t whole;
    uint64_t damaged;
};

/* Pure: the store's lock is held. */
static bool is_this(void *arg, struct lcc_span meta)
{
    const struct lcc_record *record = arg;

    return lcc_span_equal(meta, record->meta);
}

/* What is not there between two parts is no damage. */
static int covers(struct verification *verification, uint64_t at, size_t size,
                  bool *ret_yes)
{
    if (!verification->hit.is_partial) {
        *ret_yes = true;
        return 0;
    }
    return lcc_store_covers(verification->store, &verification->hit, at,
                            at + size - 1, ret_yes);
}

/* 0; -ESTALE; -errno; a positive result of the store. */
static int read_body(struct verification *verification)
{
    const struct lcc_hit *hit = &verification->hit;
    uint64_t at = 0;
    int result = 0;

    /* Of parts whose whole length nobody knows the index is all there is. */
    while (result == 0 && hit->body_size != LCC_LENGTH_UNKNOWN &&
           at < hit->body_size) {
        const uint64_t left = hit->body_size - at;
        size_t got = left < VERIFY_WINDOW ? (size_t)left : VERIFY_WINDOW;
        bool there = false;

        result = covers(verification, at, got, &there);
        if (result == 0 && there) {
            result = lcc_store_read_body(verification->store, hit, at,
                                         verification->window, got, &got);
            result = result == 0 && got == 0 ? -ESTALE : result;
        }
        at += got;
    }
    return result;
}

static bool decodes(const struct lcc_record *record)
{
    struct lcc_response *blocks = NULL;
    struct lcc_entry entry;
    size_t count = 0;
    const bool whole = lcc_entry_decode(record->meta, &entry) == 0 &&
                       lcc_entry_blocks(&entry, &blocks, &count) == 0 &&
                       count > 0;

    lcc_blocks_free(blocks, count);
    return whole;
}

static int note_damaged(struct verification *verification,
                        const struct lcc_record *record)
{
    int result = 0;

    verification->damaged++;
    if (verification->repair) {
        result = lcc_store_remove(verification->store, &record->id,
                                  &record->variant);
    }
    return result == LCC_STORE_MISS ? 0 : result;
}

static int visit(void *arg, const struct lcc_record *record)
{
    struct verification *verification = arg;
    struct lcc_record wanted = *record;
    int result;

    if (!decodes(record)) {
        return note_damaged(verification, record);
    }
    result = lcc_store_lookup(verification->store, &record->id, is_this,
                              &wanted, record->last_used_s, &verification->hit);
    if (result == LCC_STORE_MISS) { /* gone meanwhile */
        return 0;
    }
    if (result == 0) {
        result = read_body(verification);
        if (result == -ESTALE) {
            return note_damaged(verification, record);
        }
    }
    verification->whole += result == 0;
    return result;
}

/* --- the index ----------------------------------------------------------- */

static int repair_index(struct verification *verification)
{
    struct lcc_repair repair;
    char carried[TEXT_SIZE];
    const int result = lcc_store_repair(verification->store, &repair);

    if (result == 0 && repair.damaged) {
        printf("The index was damaged; a new one has what was whole in it: "
               "%s.\n",
               text_responses(repair.carried, carried));
    }
    return result;
}

static int look_at_index(struct verification *verification)
{
    const int result = verification->repair
                           ? repair_index(verification)
                           : lcc_store_verify(verification->store);

    if (result == LCC_STORE_UNAVAILABLE && !verification->repair) {
        puts(
            "The index is damaged; `curlcache verify --repair` makes a new one "
            "of what is whole in it.");
        verification->index_is_damaged = true;
        return 0;
    }
    if (result == LCC_STORE_BUSY && !verification->repair) {
        puts("The index was not looked at: programs are storing all the time.");
        return 0;
    }
    return result == LCC_STORE_MISS ? 0 : result;
}

static int say_result(const struct verification *verification)
{
    char whole[TEXT_SIZE];
    char damaged[TEXT_SIZE];

    text_responses(verification->whole, whole);
    if (!verification->damaged) {
        printf("%s whole, nothing damaged%s.\n", whole,
               verification->index_is_damaged ? " but the index" : "");
        return verification->index_is_damaged ? TOOL_FAILED : TOOL_DONE;
    }
    printf("%s whole; %s damaged%s.\n", whole,
           text_responses(verification->damaged, damaged),
           verification->repair ? " and removed" : "");
    return verification->repair ? TOOL_DONE : TOOL_FAILED;
}

static int verify(const struct tool_cache *cache, bool repair)
{
    struct verification verification = {
        .store = cache->store,
        .hit = LCC_HIT_INIT,
        .window = malloc(VERIFY_WINDOW),
        .repair = repair,
    };
    int result = -ENOMEM;

    if (verification.window) {
        result = look_at_index(&verification);
    }
    if (result == 0) {
        result = lcc_store_walk(cache->store, NULL, visit, &verification);
    }
    lcc_hit_done(&verification.hit);
    free(verification.window);
    return result == 0 ? say_result(&verification)
                       : tool_store_failed("reading the cache", result);
}

int cmd_verify(int argc, char **argv)
{
    struct tool_cache cache = TOOL_CACHE_INIT;
    bool repair = false;
    const struct flag rows[] = {{"repair", 0, FLAG_SWITCH, &repair}};
    struct flags flags = {.list = rows, .count = LCC_ARRAY_SIZE(rows)};
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    if (argc > 1) {
        tool_say("verify reads everything and takes no words.");
        return TOOL_WRONG;
    }
    /* A store that is opened for writing drops what it finds damaged. */
    if (!repair && environment_put("CURLCACHE_MODE", "readonly") != 0) {
        return TOOL_FAILED;
    }
    result = tool_cache_open(repair, &cache);
    if (result == TOOL_DONE && !cache.store) {
        puts("There is no cache.");
        result = TOOL_NOTHING;
    } else if (result == TOOL_DONE) {
        result = verify(&cache, repair);
    }
    tool_cache_done(&cache);
    return result;
}
