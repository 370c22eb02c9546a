/*
 * Variants, dropping, walking, totals, the size limit.
 */
#include <criterion/criterion.h>

#include "store/body.h"
#include "store_help.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct help_folder folder;
static struct lcc_store *store;

static void setup(void)
{
    help_folder_init(&folder);
    store = help_open(&folder);
}

static void teardown(void)
{
    (void)lcc_store_free(store);
    help_folder_done(&folder);
}

TestSuite(remove, .init = setup, .fini = teardown);

/* --- variants ------------------------------------------------------------ */

static struct lcc_hash variant_of(unsigned int number)
{
    struct lcc_hash variant = {{0}};

    (void)snprintf((char *)variant.bytes, LCC_HASH_SIZE, "v%u", number);
    return variant;
}

static int put_variant(unsigned int number, int64_t stored_s)
{
    struct lcc_id id = help_id(1);
    struct lcc_hash variant = variant_of(number);
    const struct lcc_stamp stamp = {stored_s, INT64_MAX};
    struct lcc_writer *writer;
    char meta[32];
    int result;

    (void)snprintf(meta, sizeof(meta), "variant %u", number);
    cr_assert_eq(lcc_writer_new(store, &writer), 0);
    cr_assert_eq(lcc_writer_append(writer, lcc_span_str("body")), 0);
    result =
        lcc_writer_commit(writer, &id, &variant, lcc_span_str(meta), &stamp);
    (void)lcc_writer_free(writer);
    return result;
}

static bool select_meta(void *arg, struct lcc_span meta)
{
    return lcc_span_equal(meta, lcc_span_str(arg));
}

static int get_variant(const char *meta, char *ret_meta)
{
    struct lcc_id id = help_id(1);
    struct lcc_hit hit = LCC_HIT_INIT;
    char want[32];
    int result;

    (void)snprintf(want, sizeof(want), "%s", meta ? meta : "");
    result = lcc_store_lookup(store, &id, meta ? select_meta : NULL, want,
                              HELP_NOW, &hit);
    if (result == 0) {
        memcpy(ret_meta, hit.meta.data, hit.meta.size);
        ret_meta[hit.meta.size] = '\0';
        cr_expect(lcc_span_equal(hit.body, lcc_span_str("body")));
    }
    lcc_hit_done(&hit);
    return result;
}

Test(remove, the_newest_selected_variant_is_found)
{
    char meta[64];

    cr_assert_eq(put_variant(3, HELP_NOW), 0);
    cr_expect_eq(get_variant(NULL, meta), 0);
    cr_expect_str_eq(meta, "variant 3");
    cr_assert_eq(put_variant(1, HELP_NOW + 2), 0);
    cr_assert_eq(put_variant(2, HELP_NOW + 1), 0);
    cr_expect_eq(get_variant(NULL, meta), 0);
    cr_expect_str_eq(meta, "variant 1");
    cr_expect_eq(get_variant("variant 3", meta), 0);
    cr_expect_str_eq(meta, "variant 3");
    cr_expect_eq(get_variant("variant 4", meta), LCC_STORE_MISS);
}

Test(remove, of_very_many_variants_the_newest_stay)
{
    char meta[64];
    struct lcc_totals totals;

    for (unsigned int i = 0; i < LCC_VARIANTS_MAX + 10; i++) {
        cr_assert_eq(put_variant(i, HELP_NOW + i), 0);
    }
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(totals.entries, LCC_VARIANTS_MAX);
    cr_expect_eq(get_variant("variant 9", meta), LCC_STORE_MISS);
    cr_expect_eq(get_variant("variant 10", meta), 0);
    cr_expect_eq(get_variant("variant 73", meta), 0);
}

/* --- dropping ------------------------------------------------------------ */

static unsigned int bodies(void)
{
    char line[HELP_PATH * 2];
    unsigned int count = 0;
    FILE *out;

    (void)snprintf(line, sizeof(line), "ls -1 %s/*/bodies 2>/dev/null | wc -l",
                   folder.path);
    out = popen(line, "r");
    cr_assert_not_null(out);
    cr_assert_eq(fscanf(out, "%u", &count), 1);
    (void)pclose(out);
    return count;
}

Test(remove, one_is_dropped_with_its_body)
{
    struct lcc_id id = help_id(2);
    const struct lcc_hash none = {{0}};

    for (unsigned int i = 1; i <= 3; i++) {
        cr_assert_eq(help_put(store, i, 1, 100000), 0);
    }
    cr_expect_eq(bodies(), 3);
    cr_expect_eq(lcc_store_remove(store, &id, &none), 0);
    cr_expect_eq(lcc_store_remove(store, &id, &none), LCC_STORE_MISS);
    cr_expect_eq(help_count(store, 3), 2);
    cr_expect_eq(bodies(), 2);
}

static unsigned int lookup(unsigned int which, struct lcc_hit *hit)
{
    const struct lcc_id id = help_id(which);

    return (unsigned int)lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW,
                                          hit);
}

/* Reads the second half; the first stands for what was delivered already. */
static int read_on(const struct lcc_hit *hit)
{
    static char into[256 * 1024];
    uint64_t offset = 128 * 1024;
    size_t got = 1;
    int result = 0;

    while (result == 0 && got > 0) {
        result =
            lcc_store_read_body(store, hit, offset, into, sizeof(into), &got);
        offset += got;
    }
    return result ? result : offset == hit->body_size ? 0 : -EIO;
}

Test(remove, a_body_that_is_held_outlives_its_entry)
{
    char why[LCC_WHY_SIZE];
    struct lcc_hit held = LCC_HIT_INIT;
    struct lcc_hit bare = LCC_HIT_INIT;
    struct lcc_id id = help_id(1);

    cr_assert_eq(help_put(store, 1, 1, 500000), 0);
    cr_assert_eq(lookup(1, &held), 0);
    cr_assert_eq(lookup(1, &bare), 0);
    lcc_store_hold_body(store, &held);
    cr_expect(held.held);
    cr_expect_eq(read_on(&bare), 0);
    cr_expect_eq(lcc_store_remove_url(store, &id.url, NULL), 0);
    cr_expect_eq(read_on(&bare), -ESTALE, "or the hold proves nothing");
    cr_expect_eq(read_on(&held), 0);
    cr_expect_eq(lcc_store_clear(folder.path, why), 0);
    cr_expect_eq(read_on(&held), 0);
    cr_expect_eq(bodies(), 0, "a hold is nothing in the folder");
    lcc_store_let_body_go(store, &held);
    lcc_hit_done(&held);
    lcc_hit_done(&bare);
}

Test(remove, a_forked_child_reads_a_held_body_by_itself)
{
    struct lcc_hit held = LCC_HIT_INIT;
    struct lcc_id id = help_id(1);
    int status = -1;
    pid_t child;

    cr_assert_eq(help_put(store, 1, 1, 500000), 0);
    cr_assert_eq(lookup(1, &held), 0);
    lcc_store_hold_body(store, &held);
    cr_expect_eq(lcc_store_remove_url(store, &id.url, NULL), 0);
    child = fork();
    if (child == 0) {
        bool read = read_on(&held) == 0;

        lcc_store_let_body_go(store, &held);
        _exit(read ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0, "the child's read failed");
    cr_expect_eq(read_on(&held), 0, "the child let go of its own hold only");
    lcc_store_let_body_go(store, &held);
    lcc_hit_done(&held);
}

/* The address sanitizer's shadow is larger than any limit that we would heed,
 * and clang's ends the process. */
#ifdef LCC_SANITIZED_ADDRESS
#define SHADOWED true
#else
#define SHADOWED false
#endif

Test(remove, what_would_fill_a_small_address_space_is_not_held,
     .disabled = SHADOWED)
{
    const struct rlimit small = {.rlim_cur = (rlim_t)1 << 28,
                                 .rlim_max = RLIM_INFINITY};
    struct lcc_hit hit = LCC_HIT_INIT;
    int size = (int)(small.rlim_cur / LCC_BODY_HOLD_SHARE);

    cr_assert_eq(help_put(store, 1, 1, (size_t)size + 1), 0);
    cr_assert_eq(help_put(store, 2, 1, 500000), 0);
    cr_assert_eq(setrlimit(RLIMIT_AS, &small), 0);
    cr_assert_eq(lookup(1, &hit), 0);
    lcc_store_hold_body(store, &hit);
    cr_expect_null(hit.held);
    cr_assert_eq(lookup(2, &hit), 0);
    lcc_store_hold_body(store, &hit);
    cr_expect_not_null(hit.held);
    lcc_store_let_body_go(store, &hit);
    lcc_hit_done(&hit);
}

Test(remove, a_url_is_dropped_with_all_its_requests)
{
    struct lcc_id id = help_id(1);
    const struct lcc_stamp stamp = {HELP_NOW, INT64_MAX};
    const struct lcc_hash none = {{0}};
    size_t count = 77;

    cr_assert_eq(help_put(store, 2, 1, 10), 0);
    for (unsigned int i = 0; i < 150; i++) {
        struct lcc_writer *writer;

        (void)snprintf((char *)id.request.bytes, LCC_HASH_SIZE, "r%u", i);
        cr_assert_eq(lcc_writer_new(store, &writer), 0);
        cr_assert_eq(
            lcc_writer_commit(writer, &id, &none, lcc_span_str("m"), &stamp),
            0);
        (void)lcc_writer_free(writer);
    }
    cr_expect_eq(lcc_store_remove_url(store, &id.url, &count), 0);
    cr_expect_eq(count, 150);
    cr_expect_eq(lcc_store_remove_url(store, &id.url, &count), 0);
    cr_expect_eq(count, 0);
    cr_expect_eq(help_count(store, 2), 1);
    cr_expect(help_verify(&folder));
}

Test(remove, a_clear_drops_all_and_holders_go_on)
{
    char why[LCC_WHY_SIZE];
    struct lcc_totals totals;

    for (unsigned int i = 1; i <= 30; i++) {
        cr_assert_eq(help_put(store, i, 1, i * 2000), 0);
    }
    cr_expect_eq(help_count(store, 30), 30);
    cr_expect_eq(lcc_store_clear(folder.path, why), 0);
    cr_expect_eq(help_count(store, 30), 0, "what is in memory does not count");
    cr_expect_eq(bodies(), 0);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(totals.entries, 0);
    cr_expect_eq(help_put(store, 1, 2, 30000), 0);
    cr_expect_eq(help_count(store, 30), 1);
    cr_expect(help_verify(&folder));
}

Test(remove, clearing_nothing_is_a_miss)
{
    char why[LCC_WHY_SIZE];
    char path[HELP_PATH * 2];

    (void)snprintf(path, sizeof(path), "%s/nowhere", folder.path);
    cr_expect_eq(lcc_store_clear(path, why), LCC_STORE_MISS);
}

/* --- walking ------------------------------------------------------------- */

struct seen {
    unsigned int count;
    uint64_t cost;
    bool remove;
};

static int visit(void *arg, const struct lcc_record *record)
{
    struct seen *seen = arg;

    seen->count++;
    seen->cost += record->cost_bytes;
    cr_expect_gt(record->meta.size, 10);
    cr_expect_eq(record->stored_s, HELP_NOW);
    cr_expect_eq(record->last_used_s, HELP_NOW);
    if (seen->remove) {
        cr_expect_eq(lcc_store_remove(store, &record->id, &record->variant), 0);
    }
    return seen->count == 150 ? 42 : 0;
}

Test(remove, a_walk_visits_each_once_and_may_remove)
{
    struct lcc_totals totals;
    struct seen seen = {0, 0, false};
    struct lcc_id id = help_id(7);

    for (unsigned int i = 1; i <= 140; i++) {
        cr_assert_eq(help_put(store, i, 1, i % 3 * 20000), 0);
    }
    cr_assert_eq(lcc_store_walk(store, NULL, visit, &seen), 0);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(seen.count, 140);
    cr_expect_eq(totals.entries, 140);
    cr_expect_eq(totals.bytes, seen.cost);
    seen = (struct seen){0, 0, false};
    cr_assert_eq(lcc_store_walk(store, &id.url, visit, &seen), 0);
    cr_expect_eq(seen.count, 1);
    seen = (struct seen){0, 0, true};
    cr_assert_eq(lcc_store_walk(store, NULL, visit, &seen), 0);
    cr_expect_eq(seen.count, 140);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(totals.entries, 0);
    cr_expect_eq(totals.bytes, 0);
    cr_expect(help_verify(&folder));
}

Test(remove, a_walk_stops_when_the_visitor_says_so)
{
    struct seen seen = {149, 0, false};

    for (unsigned int i = 1; i <= 5; i++) {
        cr_assert_eq(help_put(store, i, 1, 10), 0);
    }
    cr_expect_eq(lcc_store_walk(store, NULL, visit, &seen), 42);
    cr_expect_eq(seen.count, 150);
}

/* --- the size limit ------------------------------------------------------ */

static uint64_t used_bytes(void)
{
    struct lcc_totals totals;

    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    return totals.bytes;
}

static void open_small(uint64_t max_size, uint64_t max_entry)
{
    const struct lcc_store_config config = {.folder = folder.path,
                                            .max_size_bytes = max_size,
                                            .max_entry_bytes = max_entry};

    (void)lcc_store_free(store);
    store = help_open_with(&config);
}

Test(remove, the_limit_holds_and_the_oldest_go)
{
    const uint64_t limit = 1024 * 1024;
    unsigned int version;
    unsigned int there;
    size_t size;

    open_small(limit, limit / 2);
    for (unsigned int i = 1; i <= 400; i++) {
        cr_assert_eq(
            help_put_at(store, i, 1, i % 2 ? 3000 : 30000, HELP_NOW + i), 0,
            "%u", i);
        cr_assert_leq(used_bytes(), limit, "%u", i);
    }
    there = help_count(store, 400);
    cr_expect_gt(there, 20);
    cr_expect_lt(there, 100);
    cr_expect_eq(help_get(store, 400, &version, &size), 0);
    cr_expect_eq(help_get(store, 400 - there + 1, &version, &size), 0,
                 "those that are left are the newest");
    cr_expect_lt(bodies(), 60);
    cr_expect(help_verify(&folder));
}

Test(remove, what_is_used_stays)
{
    const uint64_t limit = 1024 * 1024;
    unsigned int version;
    size_t size;

    open_small(limit, limit / 2);
    cr_assert_eq(help_put_at(store, 1, 1, 3000, HELP_NOW), 0);
    for (unsigned int i = 2; i <= 300; i++) {
        int64_t now_s = HELP_NOW + i * 1000;

        cr_assert_eq(help_put_at(store, i, 1, 20000, now_s), 0);
        cr_assert_eq(help_get_at(store, 1, now_s, &version, &size), 0, "%u", i);
    }
    cr_expect_eq(help_get(store, 2, &version, &size), LCC_STORE_MISS);
}

Test(remove, what_was_used_outlives_a_flood_of_large_ones)
{
    enum { POPULAR = 100, FLOOD = 400, OFTEN = 10 };
    const uint64_t limit = 4 * 1024 * 1024;
    unsigned int version;
    unsigned int there = 0;
    size_t size;

    open_small(limit, limit / 4);
    for (unsigned int i = 1; i <= POPULAR; i++) {
        cr_assert_eq(help_put_at(store, i, 1, 2000, HELP_NOW), 0);
    }
    for (unsigned int i = 0; i < FLOOD; i++) {
        cr_assert_eq(
            help_put_at(store, 1000 + i, 1, 100000, HELP_NOW + 1 + i / 10), 0);
        for (unsigned int j = 0; j < OFTEN; j++) {
            (void)help_get_at(store, 1 + (i * OFTEN + j) % POPULAR,
                              HELP_NOW + 1 + i / 10, &version, &size);
        }
    }
    for (unsigned int i = 1; i <= POPULAR; i++) {
        there += help_get(store, i, &version, &size) == 0;
    }
    cr_expect_geq(there, POPULAR * 3 / 4);
    cr_expect(help_verify(&folder));
}

Test(remove, little_free_space_on_the_disk_stops_storing)
{
    const struct lcc_store_config config = {
        .folder = folder.path,
        .max_size_bytes = 1024 * 1024,
        .max_entry_bytes = 1024 * 1024,
        .disk_floor_bytes = UINT64_MAX,
    };

    (void)lcc_store_free(store);
    store = help_open_with(&config);
    cr_expect_eq(help_put(store, 1, 1, 1000), LCC_STORE_DISK_LOW);
    cr_expect_eq(help_put(store, 1, 1, 100000), LCC_STORE_DISK_LOW);
    cr_expect_eq(bodies(), 0);
}

Test(remove, many_small_ones_go_for_a_large_one)
{
    const uint64_t limit = 4 * 1024 * 1024;

    open_small(limit, limit);
    for (unsigned int i = 1; i <= 1000; i++) {
        cr_assert_eq(help_put_at(store, i, 1, 2000, HELP_NOW), 0);
    }
    cr_expect_eq(help_put_at(store, 2000, 1, 3 * 1024 * 1024, HELP_NOW + 1), 0);
    cr_expect_leq(used_bytes(), limit);
    cr_expect(help_verify(&folder));
}

Test(remove, too_large_is_said_early)
{
    struct lcc_writer *writer;
    static const char piece[100000];
    int result = 0;

    open_small(1024 * 1024, 300000);
    cr_assert_eq(lcc_writer_new(store, &writer), 0);
    for (int i = 0; i < 4 && result == 0; i++) {
        result = lcc_writer_append(writer, lcc_span_of(piece, sizeof(piece)));
        cr_expect_eq(result, i < 3 ? 0 : LCC_STORE_TOO_LARGE);
    }
    (void)lcc_writer_free(writer);
    cr_expect_eq(bodies(), 0, "nothing is left of it");
}

Test(remove, bodies_under_way_count_against_the_limit)
{
    struct lcc_writer *writers[3];
    static const char piece[300000];
    int full = 0;

    open_small(1024 * 1024, 1024 * 1024);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(lcc_writer_new(store, &writers[i]), 0);
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++) {
            full += lcc_writer_append(writers[i],
                                      lcc_span_of(piece, sizeof(piece))) ==
                    LCC_STORE_FULL;
        }
    }
    cr_expect_gt(full, 0);
    for (int i = 0; i < 3; i++) {
        (void)lcc_writer_free(writers[i]);
    }
    cr_expect_eq(help_put(store, 1, 1, 500000), 0, "and no longer when gone");
    cr_expect_eq(bodies(), 1);
}
