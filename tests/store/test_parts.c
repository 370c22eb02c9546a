/*
 * Parts of a representation: stored, combined, read across, and gone together.
 */
#include <criterion/criterion.h>

#include "store/ctl.h"
#include "store_help.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 400000 };

static struct help_folder folder;

static void setup(void)
{
    help_folder_init(&folder);
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(parts, .init = setup, .fini = teardown, .timeout = 120);

static int put(struct lcc_store *store, unsigned int version, size_t first,
               size_t last)
{
    const struct help_part part = {1, version, SIZE, first, last, false, NULL};

    return help_put_part(store, &part, HELP_NOW);
}

static int check(struct lcc_store *store, unsigned int version, size_t first,
                 size_t last)
{
    const struct help_part part = {1, version, SIZE, first, last, false, NULL};
    struct lcc_id id = help_id(1);
    struct lcc_hit hit = LCC_HIT_INIT;
    int result = lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit);

    if (result == 0) {
        cr_expect(hit.is_partial);
        result = help_check_part(store, &hit, &part);
    }
    lcc_hit_done(&hit);
    return result;
}

static size_t side_files(void)
{
    DIR *bodies = opendir(help_file(&folder, "bodies"));
    size_t count = 0;
    struct dirent *entry;

    while (bodies && (entry = readdir(bodies)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    if (bodies) {
        (void)closedir(bodies);
    }
    return count;
}

static void expect_empty(struct lcc_store *store)
{
    struct lcc_totals totals;

    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(totals.entries, 0);
    cr_expect_eq(totals.bytes, 0, "%lu bytes are still counted",
                 (unsigned long)totals.bytes);
    cr_expect_eq(side_files(), 0);
    cr_expect(help_verify(&folder));
}

Test(parts, a_part_comes_back_and_nothing_else_does)
{
    struct lcc_store *store = help_open(&folder);

    cr_assert_eq(put(store, 1, 1000, 1999), 0);
    cr_expect_eq(check(store, 1, 1000, 1999), 0);
    cr_expect_eq(check(store, 1, 1500, 1500), 0);
    cr_expect_eq(check(store, 1, 999, 1000), HELP_GAP);
    cr_expect_eq(check(store, 1, 1999, 2000), HELP_GAP);
    cr_expect_eq(check(store, 1, 0, 10), HELP_GAP);
    cr_expect_eq(check(store, 1, SIZE - 1, SIZE), HELP_GAP, "past the end");
    (void)lcc_store_free(store);
}

struct two {
    const char *name;
    size_t first[3], last[3];
    size_t count; /* of parts put */
    size_t whole_first, whole_last;
};

static const struct two twos[] = {
    {"small, side by side", {0, 100}, {99, 199}, 2, 0, 199},
    {"small, right first", {100, 0}, {199, 99}, 2, 0, 199},
    {"large, side by side", {0, 50000}, {49999, 99999}, 2, 0, 99999},
    {"large, overlapping", {0, 40000}, {49999, 99999}, 2, 0, 99999},
    {"large, overlapping on the left", {40000, 0}, {99999, 49999}, 2, 0, 99999},
    {"small inside large", {0, 500}, {99999, 600}, 2, 0, 99999},
    {"large around small", {500, 0}, {600, 99999}, 2, 0, 99999},
    {"the same again", {0, 0}, {99999, 99999}, 2, 0, 99999},
    {"small onto large", {0, 49990}, {49999, 50100}, 2, 0, 50100},
    {"large onto small", {49990, 0}, {50100, 49999}, 2, 0, 50100},
    {"between two", {0, 90000, 40000}, {50000, 99999, 95000}, 3, 0, 99999},
    {"two have it all", {0, 11, 5}, {10, 20, 15}, 3, 0, 20},
    {"two large ones have it all",
     {0, 50000, 30000},
     {49999, 99999, 70000},
     3,
     0,
     99999},
    {"a byte in the gap", {0, 11, 10}, {9, 20, 10}, 3, 0, 20},
    {"around two", {100, 200, 0}, {110, 210, 300}, 3, 0, 300},
    {"from the same first byte", {10, 10}, {20, 30000}, 2, 10, 30000},
    {"to the same last byte", {20000, 10}, {30000, 30000}, 2, 10, 30000},
};

Test(parts, two_parts_become_one_range)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(twos); i++) {
        const struct two *t = &twos[i];
        struct lcc_store *store = help_open(&folder);
        struct lcc_id id = help_id(1);
        const struct lcc_hash none = {{0}};

        for (size_t k = 0; k < t->count; k++) {
            cr_assert_eq(put(store, 1, t->first[k], t->last[k]), 0, "%s",
                         t->name);
        }
        cr_expect_eq(check(store, 1, t->whole_first, t->whole_last), 0, "%s",
                     t->name);
        cr_expect_eq(check(store, 1, t->whole_first, t->whole_last + 1),
                     HELP_GAP, "%s", t->name);
        cr_expect_eq(lcc_store_remove(store, &id, &none), 0);
        expect_empty(store);
        (void)lcc_store_free(store);
    }
}

Test(parts, parts_that_are_all_may_be_served_whole)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_hit hit = LCC_HIT_INIT;
    struct lcc_id id = help_id(1);
    unsigned int version;
    size_t size;

    cr_assert_eq(put(store, 1, 0, 99999), 0);
    cr_assert_eq(put(store, 1, 200000, SIZE - 1), 0);
    cr_expect_eq(check(store, 1, 0, SIZE - 1), HELP_GAP);
    cr_assert_eq(put(store, 1, 50000, 250000), 0);
    cr_assert_eq(lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit), 0);
    cr_expect_eq(hit.parts_bytes, SIZE);
    cr_expect_eq(hit.body_size, SIZE);
    cr_expect_eq(check(store, 1, 0, SIZE - 1), 0);
    cr_expect_eq(help_get(store, 1, &version, &size), 0, "as a whole one");
    cr_expect_eq(size, SIZE);
    lcc_hit_done(&hit);
    (void)lcc_store_free(store);
}

Test(parts, another_version_takes_the_place_of_all)
{
    struct lcc_store *store = help_open(&folder);
    bool more;

    cr_assert_eq(put(store, 1, 0, 99999), 0);
    cr_assert_eq(put(store, 1, 300000, 300100), 0);
    cr_assert_eq(put(store, 2, 200000, 200100), 0);
    cr_expect_eq(check(store, 2, 200000, 200100), 0);
    cr_expect_eq(check(store, 2, 0, 10), HELP_GAP);
    cr_assert_eq(lcc_store_tidy(store, &more), 0); /* no spare ones */
    cr_expect_eq(side_files(), 0);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(parts, a_whole_response_takes_their_place_and_keeps_it)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_id id = help_id(1);
    const struct lcc_hash none = {{0}};
    unsigned int version;
    size_t size;
    bool more;

    cr_assert_eq(put(store, 1, 0, 99999), 0);
    cr_assert_eq(help_put(store, 1, 1, SIZE), 0);
    cr_assert_eq(lcc_store_tidy(store, &more), 0); /* no recent ones */
    cr_expect_eq(side_files(), 1);
    cr_assert_eq(put(store, 1, 5, 99999), 0, "it is the same one's");
    cr_expect_eq(help_get(store, 1, &version, &size), 0);
    cr_expect_eq(side_files(), 1);
    cr_assert_eq(put(store, 2, 5, 99), 0, "it is another one's");
    cr_expect_eq(check(store, 2, 5, 99), 0);
    cr_expect_eq(lcc_store_remove(store, &id, &none), 0);
    expect_empty(store);
    (void)lcc_store_free(store);
}

Test(parts, a_length_becomes_known_and_may_not_change)
{
    struct lcc_store *store = help_open(&folder);
    struct help_part part = {1, 1, SIZE, 100, 20099, true, NULL};
    struct lcc_hit hit = LCC_HIT_INIT;
    struct lcc_id id = help_id(1);

    cr_assert_eq(help_put_part(store, &part, HELP_NOW), 0);
    cr_assert_eq(lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit), 0);
    cr_expect_eq(hit.body_size, LCC_LENGTH_UNKNOWN);
    cr_expect_eq(help_check_part(store, &hit, &part), 0);
    part = (struct help_part){1, 1, SIZE, 0, 99, false, NULL};
    cr_assert_eq(help_put_part(store, &part, HELP_NOW), 0);
    cr_assert_eq(lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit), 0);
    cr_expect_eq(hit.body_size, SIZE);
    cr_expect_eq(check(store, 1, 0, 20099), 0);
    part = (struct help_part){1, 1, 10000, 50, 99, false, NULL};
    cr_assert_eq(help_put_part(store, &part, HELP_NOW), 0);
    cr_expect_eq(check(store, 1, 50, 99), 0);
    cr_expect_eq(check(store, 1, 50, 100), HELP_GAP, "a shorter one");
    part = (struct help_part){1, 1, SIZE, SIZE, SIZE, false, NULL};
    cr_expect_eq(help_put_part(store, &part, HELP_NOW), -EINVAL);
    lcc_hit_done(&hit);
    (void)lcc_store_free(store);
}

/* Random ranges against a plain array that says what must be there. */
static void put_at_random(struct lcc_store *store, bool *there, int count,
                          size_t most)
{
    for (int i = 0; i < count; i++) {
        size_t first = (size_t)rand() % SIZE;
        size_t size = 1 + (size_t)rand() % most;
        size_t last = first + size > SIZE ? SIZE - 1 : first + size - 1;

        cr_assert_eq(put(store, 1, first, last), 0);
        memset(there + first, true, last - first + 1);
    }
}

static void check_at_random(struct lcc_store *store, const bool *there,
                            int count)
{
    for (int i = 0; i < count; i++) {
        size_t first = (size_t)rand() % SIZE;
        size_t last = first + (size_t)rand() % (rand() % 2 ? 300 : 90000);
        int want;

        last = last < SIZE ? last : SIZE - 1;
        want = memchr(there + first, false, last - first + 1) ? HELP_GAP : 0;
        cr_assert_eq(check(store, 1, first, last), want, "%zu to %zu", first,
                     last);
    }
}

Test(parts, random_ranges_cover_what_they_must)
{
    static bool there[SIZE];
    static const size_t most[] = {200, 3000, 20000, 150000};
    const struct lcc_hash none = {{0}};
    struct lcc_id id = help_id(1);

    srand(3);
    for (size_t i = 0; i < LCC_ARRAY_SIZE(most); i++) {
        struct lcc_store *store = help_open(&folder);

        memset(there, false, sizeof(there));
        for (int round = 0; round < 4; round++) {
            put_at_random(store, there, 60, most[i]);
            check_at_random(store, there, 60);
        }
        (void)lcc_store_free(store);
        store = help_open(&folder);
        check_at_random(store, there, 20);
        cr_expect_eq(lcc_store_remove(store, &id, &none), 0);
        expect_empty(store);
        (void)lcc_store_free(store);
    }
}

Test(parts, small_ones_in_a_row_become_few)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_totals totals;

    for (size_t at = 0; at < 20000; at += 10) {
        cr_assert_eq(put(store, 1, at, at + 9), 0);
    }
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_lt(totals.bytes, 20000 + 2000);
    cr_expect_eq(check(store, 1, 0, 19999), 0);
    (void)lcc_store_free(store);
}

Test(parts, a_wide_part_takes_the_place_of_very_many)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_totals totals;

    for (size_t at = 0; at < 300; at++) {
        cr_assert_eq(put(store, 1, at * 100, at * 100 + 9), 0);
    }
    cr_assert_eq(put(store, 1, 110, 16000), 0);
    cr_expect_eq(check(store, 1, 100, 16009), 0);
    cr_assert_eq(put(store, 1, 5, SIZE - 1), 0);
    cr_expect_eq(check(store, 1, 0, SIZE - 1), 0);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_lt(totals.bytes, SIZE + 3 * 4096);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(parts, very_many_go_together)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_id id = help_id(1);
    const struct lcc_hash none = {{0}};
    struct lcc_totals totals;
    unsigned int version;
    uint64_t before;
    bool more = true;
    size_t size;

    for (size_t at = 0; at < 2500; at++) {
        cr_assert_eq(put(store, 1, at * 150, at * 150 + 9), 0);
    }
    cr_expect_eq(lcc_store_remove(store, &id, &none), 0);
    cr_expect_eq(check(store, 1, 0, 9), LCC_STORE_MISS);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(totals.entries, 0);
    cr_expect_gt(totals.bytes, 0, "no call does everything");
    before = totals.bytes;
    cr_assert_eq(help_put(store, 2, 1, 10), 0);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_lt(totals.bytes, before, "each commit does a little");
    while (more) {
        cr_assert_eq(lcc_store_tidy(store, &more), 0);
    }
    cr_expect_eq(help_get(store, 2, &version, &size), 0);
    id = help_id(2);
    cr_expect_eq(lcc_store_remove(store, &id, &none), 0);
    expect_empty(store);
    (void)lcc_store_free(store);
}

Test(parts, too_large_together_is_refused)
{
    const struct lcc_store_config config = {
        .folder = folder.path,
        .max_size_bytes = 10000000,
        .max_entry_bytes = 100000,
    };
    struct lcc_store *store = help_open_with(&config);

    cr_assert_eq(put(store, 1, 0, 59999), 0);
    cr_expect_eq(put(store, 1, 100000, 159999), LCC_STORE_TOO_LARGE);
    cr_expect_eq(check(store, 1, 0, 59999), 0);
    cr_expect_eq(check(store, 1, 100000, 100001), HELP_GAP);
    cr_expect_eq(side_files(), 1);
    (void)lcc_store_free(store);
}

Test(parts, the_limit_evicts_a_partial_response_with_its_parts)
{
    const struct lcc_store_config config = {
        .folder = folder.path,
        .max_size_bytes = 1000000,
        .max_entry_bytes = 1000000,
    };
    struct lcc_store *store = help_open_with(&config);
    struct lcc_totals totals;
    unsigned int version;
    size_t size;

    for (size_t at = 0; at < 10; at++) {
        cr_assert_eq(put(store, 1, at * 40000, at * 40000 + 29999), 0);
    }
    for (unsigned int i = 2; i < 40; i++) {
        cr_assert_eq(help_put_at(store, i, 1, 50000, HELP_NOW + i), 0);
        cr_assert_eq(lcc_store_totals(store, &totals), 0);
        cr_assert_leq(totals.bytes, 1000000);
    }
    cr_expect_eq(check(store, 1, 0, 9), LCC_STORE_MISS);
    cr_expect_eq(help_get(store, 39, &version, &size), 0);
    /* those of the last ones dropped are kept for the next ones */
    cr_expect_leq(side_files(), totals.entries + LCC_CTL_FLIGHTS / 2);
    cr_expect_geq(side_files(), totals.entries);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(parts, a_partial_response_may_not_evict_its_own_parts)
{
    const struct lcc_store_config config = {
        .folder = folder.path,
        .max_size_bytes = 300000,
        .max_entry_bytes = 1000000,
    };
    struct lcc_store *store = help_open_with(&config);

    cr_assert_eq(put(store, 1, 0, 99999), 0);
    cr_assert_eq(put(store, 1, 100000, 199999), 0);
    cr_expect_eq(put(store, 1, 200000, 299999), LCC_STORE_FULL);
    cr_expect_eq(check(store, 1, 0, 199999), 0);
    (void)lcc_store_free(store);
}

Test(parts, the_walk_sees_one_response)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_id id = help_id(1);
    size_t count = 0;

    cr_assert_eq(put(store, 1, 0, 99), 0);
    cr_assert_eq(put(store, 1, 200, 299), 0);
    cr_assert_eq(put(store, 1, 100000, 199999), 0);
    cr_expect_eq(lcc_store_remove_url(store, &id.url, &count), 0);
    cr_expect_eq(count, 1);
    expect_empty(store);
    (void)lcc_store_free(store);
}

static int look(void *arg, const struct lcc_record *record)
{
    *(struct lcc_record *)arg = *record;
    return 0;
}

Test(parts, the_walk_says_how_much_is_there)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_record record = {.body_size = 0};
    struct lcc_totals totals;

    cr_assert_eq(put(store, 1, 0, 99), 0);
    cr_assert_eq(put(store, 1, 100000, 199999), 0);
    cr_assert_eq(lcc_store_walk(store, NULL, look, &record), 0);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect(record.is_partial);
    cr_expect_eq(record.body_size, 100100);
    cr_expect_eq(record.complete_length, SIZE);
    cr_expect_eq(record.cost_bytes, totals.bytes);
    (void)lcc_store_free(store);
}

Test(parts, a_lost_side_file_costs_its_part_alone)
{
    struct lcc_store *store = help_open(&folder);
    char command[HELP_PATH * 3];

    cr_assert_eq(put(store, 1, 100000, 199999), 0);
    (void)snprintf(command, sizeof(command), "rm %s/*",
                   help_file(&folder, "bodies"));
    cr_assert_eq(system(command), 0);
    cr_assert_eq(put(store, 1, 0, 99), 0);
    cr_expect_eq(check(store, 1, 100000, 100001), -ESTALE);
    cr_expect_eq(check(store, 1, 100000, 100001), HELP_GAP);
    cr_expect_eq(check(store, 1, 0, 99), 0);
    cr_assert_eq(put(store, 1, 100000, 199999), 0);
    cr_expect_eq(check(store, 1, 100000, 199999), 0);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(parts, a_partial_response_is_renewed_with_its_parts)
{
    struct lcc_store *store = help_open(&folder);
    const struct lcc_stamp stamp = {HELP_NOW + 60, HELP_NOW + 600};
    struct lcc_hit hit = LCC_HIT_INIT;
    struct lcc_id id = help_id(1);
    char meta[128];

    (void)snprintf(meta, sizeof(meta),
                   "GET http://test/1 version 1 size %d more\n", SIZE);
    cr_assert_eq(put(store, 1, 0, 99999), 0);
    cr_assert_eq(lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit), 0);
    cr_assert_eq(put(store, 1, 100000, 100099), 0, "meanwhile");
    cr_expect_eq(
        lcc_store_refresh(store, &id, &hit, lcc_span_str(meta), &stamp), 0);
    cr_expect_eq(check(store, 1, 0, 100099), 0);
    cr_assert_eq(lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit), 0);
    cr_expect_eq(hit.expires_s, HELP_NOW + 600);
    cr_expect(lcc_span_equal(hit.meta, lcc_span_str(meta)));
    cr_assert_eq(put(store, 2, 0, 99), 0);
    cr_expect_eq(
        lcc_store_refresh(store, &id, &hit, lcc_span_str(meta), &stamp),
        LCC_STORE_MISS);
    lcc_hit_done(&hit);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}
