/*
 * The store as its callers see it: what goes in comes out.
 */
#include <criterion/criterion.h>

#include "store_help.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct help_folder folder;

static void setup(void)
{
    help_folder_init(&folder);
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(store, .init = setup, .fini = teardown);

Test(store, bodies_of_every_kind_come_back)
{
    static const size_t sizes[] = {0,      1,      1000,    8000,
                                   16384,  16385,  65536,   262143,
                                   262144, 262145, 1000000, 5 * 1024 * 1024};
    struct lcc_store *store = help_open(&folder);
    unsigned int version;
    size_t size;

    for (unsigned int i = 0; i < LCC_ARRAY_SIZE(sizes); i++) {
        cr_assert_eq(help_put(store, i, i + 7, sizes[i]), 0, "%zu", sizes[i]);
    }
    for (unsigned int i = 0; i < LCC_ARRAY_SIZE(sizes); i++) {
        cr_expect_eq(help_get(store, i, &version, &size), 0, "%zu", sizes[i]);
        cr_expect_eq(version, i + 7);
        cr_expect_eq(size, sizes[i]);
    }
    (void)lcc_store_free(store);
    store = help_open(&folder);
    for (unsigned int i = 0; i < LCC_ARRAY_SIZE(sizes); i++) {
        cr_expect_eq(help_get(store, i, &version, &size), 0, "%zu, anew",
                     sizes[i]);
    }
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

Test(store, what_is_not_there_is_a_miss)
{
    struct lcc_store *store = help_open(&folder);
    unsigned int version;
    size_t size;

    cr_expect_eq(help_get(store, 1, &version, &size), LCC_STORE_MISS);
    cr_assert_eq(help_put(store, 1, 1, 10), 0);
    cr_expect_eq(help_get(store, 2, &version, &size), LCC_STORE_MISS);
    (void)lcc_store_free(store);
}

Test(store, a_new_response_takes_the_place_of_the_old)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_totals totals;
    unsigned int version;
    size_t size;

    cr_assert_eq(help_put(store, 1, 1, 100000), 0);
    cr_assert_eq(help_put(store, 1, 2, 100), 0);
    cr_expect_eq(help_get(store, 1, &version, &size), 0);
    cr_expect_eq(version, 2);
    cr_assert_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(totals.entries, 1);
    cr_expect_lt(totals.bytes, 10000);
    (void)lcc_store_free(store);
}

Test(store, many_entries_come_back_from_another_store)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_store *other = help_open(&folder);

    for (unsigned int i = 1; i <= 500; i++) {
        cr_assert_eq(help_put(store, i, 1, i * 13), 0);
    }
    cr_expect_eq(help_count(other, 500), 500);
    cr_assert_eq(help_put(other, 501, 1, 10), 0);
    cr_expect_eq(help_count(store, 501), 501);
    (void)lcc_store_free(other);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}

/* It gives Berkeley DB's memory back meanwhile, and opens it again. */
Test(store, who_has_only_read_for_long_writes_again)
{
    struct lcc_store *store = help_open(&folder);
    const unsigned int entries = 200;
    const unsigned int long_enough = 5000; /* reads; LCC_READS_ALONE */

    for (unsigned int i = 1; i <= entries; i++) {
        cr_assert_eq(help_put(store, i, 1, i * 13), 0);
    }
    for (unsigned int i = 0; i * entries < long_enough; i++) {
        cr_assert_eq(help_count(store, entries), entries);
    }
    for (unsigned int i = 1; i <= entries; i++) {
        cr_assert_eq(help_put(store, entries + i, 1, i * 13), 0);
    }
    cr_expect_eq(help_count(store, 2 * entries), 2 * entries);
    (void)lcc_store_free(store);
    cr_expect(help_verify(&folder));
}
