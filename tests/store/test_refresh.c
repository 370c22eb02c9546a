/*
 * A stored response gets new fields and times, and keeps its body.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "store_help.h"

#include <stdio.h>
#include <string.h>

enum { SMALL = 1000, LARGE = 300000 };

static struct help_folder folder;

static void setup(void)
{
    help_folder_init(&folder);
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(refresh, .init = setup, .fini = teardown);

static int find(struct lcc_store *store, unsigned int number,
                struct lcc_hit *hit)
{
    struct lcc_id id = help_id(number);

    return lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, hit);
}

static int refresh(struct lcc_store *store, unsigned int number,
                   const struct lcc_hit *hit, const char *meta)
{
    const struct lcc_stamp stamp = {HELP_NOW + 60, HELP_NOW + 600};
    struct lcc_id id = help_id(number);

    return lcc_store_refresh(store, &id, hit, lcc_span_str(meta), &stamp);
}

static const size_t sizes[] = {0, SMALL, 16384, 16385, LARGE};

static struct criterion_test_params all_sizes(void)
{
    static size_t rows[LCC_ARRAY_SIZE(sizes)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, LCC_ARRAY_SIZE(rows));
}

ParameterizedTestParameters(refresh, the_body_stays_and_the_rest_is_new)
{
    return all_sizes();
}

ParameterizedTest(size_t *which, refresh, the_body_stays_and_the_rest_is_new,
                  .init = setup, .fini = teardown)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_hit hit = LCC_HIT_INIT;
    struct lcc_totals before;
    struct lcc_totals after;
    char meta[128];
    unsigned int version;
    size_t size;

    (void)snprintf(meta, sizeof(meta),
                   "GET http://test/1 version 7 size %zu and more\n",
                   sizes[*which]);
    cr_assert_eq(help_put(store, 1, 7, sizes[*which]), 0);
    cr_assert_eq(lcc_store_totals(store, &before), 0);
    cr_assert_eq(find(store, 1, &hit), 0);
    cr_assert_eq(refresh(store, 1, &hit, meta), 0);
    cr_assert_eq(find(store, 1, &hit), 0);
    cr_expect(lcc_span_equal(hit.meta, lcc_span_str(meta)));
    cr_expect_eq(hit.stored_s, HELP_NOW + 60);
    cr_expect_eq(hit.expires_s, HELP_NOW + 600);
    cr_expect_eq(help_get(store, 1, &version, &size), 0);
    cr_expect_eq(version, 7);
    cr_expect_eq(size, sizes[*which]);
    cr_assert_eq(lcc_store_totals(store, &after), 0);
    cr_expect_eq(after.entries, 1);
    cr_expect_eq(after.bytes, before.bytes + strlen(" and more"));
    lcc_hit_done(&hit);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(refresh, a_newer_response_is_not_touched)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_store *other = help_open(&folder);
    struct lcc_hit hit = LCC_HIT_INIT;
    unsigned int version;
    size_t size;

    cr_assert_eq(help_put(store, 1, 1, LARGE), 0);
    cr_assert_eq(find(store, 1, &hit), 0);
    cr_assert_eq(help_put(other, 1, 2, LARGE), 0);
    cr_expect_eq(refresh(store, 1, &hit, "GET http://test/1 version 1 size 9"),
                 LCC_STORE_MISS);
    cr_expect_eq(help_get(store, 1, &version, &size), 0);
    cr_expect_eq(version, 2);
    lcc_hit_done(&hit);
    (void)lcc_store_free(other);
    (void)lcc_store_free(store);
}

Test(refresh, what_is_gone_stays_gone)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_hit hit = LCC_HIT_INIT;
    const struct lcc_hash none = {{0}};
    struct lcc_id id = help_id(1);
    struct lcc_totals totals;

    cr_assert_eq(help_put(store, 1, 1, SMALL), 0);
    cr_assert_eq(find(store, 1, &hit), 0);
    cr_assert_eq(lcc_store_remove(store, &id, &none), 0);
    cr_expect_eq(refresh(store, 1, &hit, "GET http://test/1"), LCC_STORE_MISS);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(totals.entries, 0);
    cr_expect_eq(totals.bytes, 0);
    lcc_hit_done(&hit);
    (void)lcc_store_free(store);
}

Test(refresh, a_held_body_goes_on_and_a_second_renewal_wants_a_second_look)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_hit hit = LCC_HIT_INIT;
    const char *meta = "GET http://test/1 version 1 size 300000 x\n";
    uint8_t got[1000];
    uint8_t want[1000];
    size_t count = 0;

    cr_assert_eq(help_put(store, 1, 1, LARGE), 0);
    cr_assert_eq(find(store, 1, &hit), 0);
    lcc_store_hold_body(store, &hit);
    cr_expect(hit.held);
    cr_assert_eq(refresh(store, 1, &hit, meta), 0);
    cr_expect_eq(refresh(store, 1, &hit, meta), LCC_STORE_MISS);
    cr_expect_eq(lcc_store_read_body(store, &hit, 0, got, sizeof(got), &count),
                 0);
    help_fill(want, sizeof(want), 1, 1);
    cr_expect_eq(count, sizeof(got));
    cr_expect_arr_eq(got, want, sizeof(got));
    lcc_store_let_body_go(store, &hit);
    lcc_hit_done(&hit);
    (void)lcc_store_free(store);
}

Test(refresh, what_is_renewed_expires_later_and_goes_later)
{
    const struct lcc_store_config config = {
        .folder = folder.path,
        .max_size_bytes = 36000,
        .max_entry_bytes = 36000,
    };
    struct lcc_store *store = help_open_with(&config);
    struct lcc_hit hit = LCC_HIT_INIT;
    unsigned int version;
    size_t size;

    cr_assert_eq(help_put_at(store, 1, 1, 12000, HELP_NOW), 0);
    cr_assert_eq(help_put_at(store, 2, 1, 12000, HELP_NOW + 1), 0);
    cr_assert_eq(find(store, 1, &hit), 0);
    cr_assert_eq(
        refresh(store, 1, &hit, "GET http://test/1 version 1 size 12000\n"), 0);
    cr_assert_eq(help_put_at(store, 3, 1, 12000, HELP_NOW + 61), 0);
    cr_expect_eq(help_get(store, 1, &version, &size), 0);
    cr_expect_eq(help_get(store, 2, &version, &size), LCC_STORE_MISS);
    lcc_hit_done(&hit);
    (void)lcc_store_free(store);
}

/* --- all variants at once ------------------------------------------------- */

struct collected {
    char tags[16];
    size_t count;
};

/* As If-None-Match with the tags of all does: note it and say no. */
static bool collect(void *arg, struct lcc_span meta)
{
    struct collected *c = arg;

    c->tags[c->count++] = *(const char *)meta.data;
    return false;
}

Test(refresh, a_look_up_that_selects_nothing_sees_every_variant_newest_first)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_hit hit = LCC_HIT_INIT;
    struct lcc_id id = help_id(1);
    struct collected seen = {.count = 0};

    for (unsigned int i = 0; i < 5; i++) {
        const struct lcc_stamp stamp = {HELP_NOW + (i * 3) % 5, INT64_MAX};
        const struct lcc_hash variant = {{(uint8_t)i}};
        const char meta[] = {(char)('a' + (i * 3) % 5), 0};
        struct lcc_writer *writer = NULL;

        cr_assert_eq(lcc_writer_new(store, &writer), 0);
        cr_assert_eq(lcc_writer_commit(writer, &id, &variant,
                                       lcc_span_str(meta), &stamp),
                     0);
        (void)lcc_writer_free(writer);
    }
    cr_expect_eq(lcc_store_lookup(store, &id, collect, &seen, HELP_NOW, &hit),
                 LCC_STORE_MISS);
    cr_expect_eq(seen.count, 5);
    cr_expect_arr_eq(seen.tags, "edcba", 5);
    lcc_hit_done(&hit);
    (void)lcc_store_free(store);
}

Test(refresh, a_hit_tells_whether_its_request_has_another_variant)
{
    static const bool alone[] = {true, false, false};
    struct lcc_store *store = help_open(&folder);
    struct lcc_hit hit = LCC_HIT_INIT;
    struct lcc_id id = help_id(1);

    cr_assert_eq(help_put(store, 2, 1, 100), 0);
    for (unsigned int i = 0; i < LCC_ARRAY_SIZE(alone); i++) {
        const struct lcc_stamp stamp = {HELP_NOW + i, INT64_MAX};
        const struct lcc_hash variant = {{(uint8_t)i}};
        struct lcc_writer *writer = NULL;

        cr_assert_eq(lcc_writer_new(store, &writer), 0);
        cr_assert_eq(
            lcc_writer_commit(writer, &id, &variant, lcc_span_str("a"), &stamp),
            0);
        (void)lcc_writer_free(writer);
        cr_assert_eq(lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit),
                     0);
        cr_expect_eq(hit.alone, alone[i], "%u", i);
    }
    lcc_hit_done(&hit);
    (void)lcc_store_free(store);
}
