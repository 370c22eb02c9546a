/*
 * What goes when a cache of small records is full: the oldest, or what lies on
 * the page of the one that comes and has half its age; and what is left of
 * those in the orders of use and expiry.
 */
#include <criterion/criterion.h>

#include "store/btree_page.h"
#include "store_help.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LIMIT = 16 * 1024 * 1024, /* large enough for rows */
    SMALL = 1000,             /* bytes of a body */
    FULL = 12000,             /* more of them than it takes */
    YEAR_S = 365 * 24 * 3600,
};

static struct help_folder folder;

static void setup(void)
{
    help_folder_init(&folder);
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(evict, .init = setup, .fini = teardown, .timeout = 60);

static struct lcc_store *open_as(bool readonly)
{
    return help_open_with(&(const struct lcc_store_config){
        .folder = folder.path,
        .max_size_bytes = LIMIT,
        .max_entry_bytes = LIMIT / 4,
        .readonly = readonly,
    });
}

/* To look without using: a use is noted, and takes room. */
static struct lcc_store *look_at(struct lcc_store *store)
{
    bool more;

    cr_assert_eq(lcc_store_tidy(store, &more), 0);
    (void)lcc_store_free(store);
    return open_as(true);
}

/* One that expires; help_put() stores what never does. */
static void put_expiring(struct lcc_store *store, unsigned int number,
                         const struct lcc_stamp *stamp)
{
    static uint8_t body[SMALL];
    const struct lcc_id id = help_id(number);
    const struct lcc_hash variant = {{0}};
    struct lcc_writer *writer = NULL;

    cr_assert_eq(lcc_writer_new(store, &writer), 0);
    cr_assert_eq(lcc_writer_append(writer, lcc_span_of(body, sizeof(body))), 0);
    cr_assert_eq(lcc_writer_commit(writer, &id, &variant,
                                   lcc_span_str("an entry"), stamp),
                 0);
    lcc_writer_free(writer);
}

/* Keys of the index by their first byte. */
static void count_keys(size_t ret[256])
{
    FILE *in = fopen(help_database(&folder), "r");
    uint8_t page[LCC_PAGE_SIZE];

    memset(ret, 0, 256 * sizeof(ret[0]));
    cr_assert_not_null(in);
    while (fread(page, sizeof(page), 1, in) == 1) {
        const uint16_t count =
            lcc_btree_page_is_leaf(page) ? lcc_btree_page_count(page) : 0;

        for (uint16_t i = 0; i < count; i = (uint16_t)(i + 2)) {
            struct lcc_btree_item key;

            cr_assert(lcc_btree_leaf_item(page, i, &key));
            ret[*(const uint8_t *)key.bytes.data]++;
        }
    }
    (void)fclose(in);
}

static uint64_t entries(struct lcc_store *store)
{
    struct lcc_totals totals;

    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    return totals.entries;
}

static bool is_there(struct lcc_store *store, unsigned int number)
{
    unsigned int version;
    size_t size;

    return help_get(store, number, &version, &size) == 0;
}

Test(evict, nothing_goes_that_has_not_half_the_age_of_the_oldest)
{
    struct lcc_store *store = open_as(false);
    unsigned int oldest = 1;
    unsigned int early = 0;
    unsigned int half;

    for (unsigned int i = 1; i <= FULL; i++) { /* one a second */
        cr_assert_eq(help_put_at(store, i, 1, SMALL, HELP_NOW + i), 0);
    }
    store = look_at(store);
    while (!is_there(store, oldest)) {
        oldest++;
    }
    cr_expect_gt(oldest, 1, "it is full");
    half = oldest + (FULL - oldest) / 2;
    for (unsigned int i = oldest; i <= FULL; i++) {
        const bool there = is_there(store, i);

        cr_expect(there || i <= half, "%u of %u to %u", i, oldest, FULL);
        early += !there;
    }
    cr_expect_gt(early, 0, "some went for what came to their page");
    cr_expect_eq(entries(store), FULL - oldest + 1 - early);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(evict, what_leads_to_nothing_does_not_pile_up)
{
    struct lcc_store *store = open_as(false);
    size_t keys[256];

    for (unsigned int i = 1; i <= 2 * FULL; i++) {
        const struct lcc_stamp stamp = {HELP_NOW + i, HELP_NOW + i + YEAR_S};

        put_expiring(store, i, &stamp);
    }
    store = look_at(store);
    count_keys(keys);
    cr_expect_eq(keys['E'], entries(store));
    cr_expect_gt(keys['U'], keys['E'], "some does");
    cr_expect_lt(keys['U'], 2 * keys['E']);
    cr_expect_geq(keys['X'], keys['E']);
    cr_expect_lt(keys['X'], 2 * keys['E']);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(evict, what_has_gone_early_and_comes_again_has_its_own_turn)
{
    struct lcc_store *store = open_as(false);
    size_t keys[256];
    unsigned int there = 0;

    for (unsigned int i = 1; i <= 2 * FULL; i++) {
        const struct lcc_stamp stamp = {HELP_NOW + i, HELP_NOW + YEAR_S};

        put_expiring(store, i * 7919 % (FULL / 2) + 1, &stamp);
    }
    store = look_at(store);
    count_keys(keys);
    for (unsigned int i = 1; i <= FULL / 2; i++) {
        const struct lcc_id id = help_id(i);
        struct lcc_hit hit = LCC_HIT_INIT;

        there += lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit) == 0;
        lcc_hit_done(&hit);
    }
    cr_expect_gt(there, FULL / 4);
    cr_expect_eq(keys['E'], there);
    cr_expect_eq(entries(store), there);
    cr_expect_leq(keys['X'], FULL / 2);
    cr_expect_geq(keys['X'], there, "what is there expires");
    (void)lcc_store_free(store);
}

Test(evict, what_has_expired_goes_first)
{
    struct lcc_store *store = open_as(false);
    const unsigned int some = 1000;
    unsigned int lost = 0;

    for (unsigned int i = 1; i <= some; i++) {
        cr_assert_eq(help_put_at(store, i, 1, SMALL, HELP_NOW), 0);
    }
    for (unsigned int i = some + 1; i <= 2 * some; i++) {
        put_expiring(store, i, &(struct lcc_stamp){HELP_NOW, HELP_NOW + 10});
    }
    /* as many as it takes until the first has to go */
    for (unsigned int i = 2 * some + 1; lost == 0 && i < FULL; i++) {
        cr_assert_eq(help_put_at(store, i, 1, SMALL, HELP_NOW + 20), 0);
        lost += i % 64 == 0 && !is_there(store, i % some + 1);
    }
    store = look_at(store);
    for (unsigned int i = some + 1; i <= 2 * some; i++) {
        const struct lcc_id id = help_id(i);
        struct lcc_hit hit = LCC_HIT_INIT;

        cr_expect_eq(lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit),
                     LCC_STORE_MISS, "%u", i);
        lcc_hit_done(&hit);
    }
    (void)lcc_store_free(store);
}
