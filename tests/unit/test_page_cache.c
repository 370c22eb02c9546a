/*
 * Pages in memory: what is used stays, what is asked for once drives nothing
 * out, and a commit's pages take no memory beside them.
 */
#include "store/page_cache.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM = LCC_PAGES_BYTES / LCC_PAGE_SIZE, /* whole pages */
    LENT = 100,
    STEPS = 20000,
    NUMBERS = 1500,
};

static struct lcc_page_cache *cache;

static void setup(void)
{
    cache = calloc(1, sizeof(*cache));
    cr_assert(cache);
}

static void teardown(void)
{
    lcc_pages_done(cache);
    free(cache);
}

TestSuite(page_cache, .init = setup, .fini = teardown);

/* A leaf that tells which page it is. */
static void fill(uint8_t *bytes, uint32_t number, uint8_t version)
{
    memset(bytes, version, LCC_PAGE_SIZE);
    memcpy(bytes + 8, &number, sizeof(number));
    bytes[24] = 1;
    bytes[25] = 5;
}

static bool is(const struct lcc_kept_page *page, uint32_t number,
               uint8_t version)
{
    uint32_t its;

    memcpy(&its, page->bytes + 8, sizeof(its));
    return page->number == number && its == number &&
           page->bytes[LCC_PAGE_SIZE - 1] == version;
}

/* As the pager does; true when it was kept already. */
static bool read_page(uint32_t number)
{
    struct lcc_kept_page *page = lcc_pages_find(cache, number);
    uint8_t *spare;

    if (page) {
        cr_assert(is(page, number, 0));
        return true;
    }
    spare = lcc_pages_spare(cache);
    cr_assert(spare);
    fill(spare, number, 0);
    cr_assert_eq(lcc_pages_keep(cache, number, &page), 0);
    cr_assert(is(page, number, 0));
    return false;
}

/* Those of @first on that are still kept. Looks at none of them for use. */
static unsigned int count_kept(uint32_t first, uint32_t count)
{
    unsigned int kept = 0;

    for (uint16_t i = 0; i < cache->used; i++) {
        const struct lcc_kept_page *page = &cache->slots[i];

        kept += page->size > 0 && page->number >= first &&
                page->number - first < count;
    }
    return kept;
}

Test(page_cache, pages_asked_for_once_drive_nothing_out)
{
    for (uint32_t i = 1; i <= ROOM; i++) {
        read_page(i);
    }
    for (uint32_t i = 1; i <= 10 * ROOM; i++) {
        cr_expect_not(read_page(10000 + i));
    }
    cr_expect_geq(count_kept(1, ROOM), ROOM - LCC_PAGE_SEATS - 1);
    cr_expect_leq(cache->bytes, LCC_PAGES_BYTES);
}

Test(page_cache, what_is_asked_for_again_soon_stays)
{
    for (uint32_t i = 1; i <= ROOM; i++) {
        read_page(i);
    }
    read_page(20000);
    read_page(20001);
    cr_expect(read_page(20000), "while it has a seat");
    read_page(20002);
    for (uint32_t i = 1; i <= LCC_PAGE_SEATS; i++) {
        read_page(30000 + i);
    }
    cr_expect_eq(count_kept(20002, 1), 0);
    cr_expect_not(read_page(20002), "soon after it lost one");
    for (uint32_t i = 1; i <= 10 * LCC_PAGE_SEATS; i++) {
        read_page(40000 + i);
    }
    cr_expect_eq(count_kept(20000, 1), 1);
    cr_expect_eq(count_kept(20002, 1), 1);
}

Test(page_cache, another_set_of_pages_comes_to_stay)
{
    for (uint32_t i = 1; i <= ROOM; i++) {
        read_page(i);
    }
    for (int round = 0; round < 12; round++) {
        for (uint32_t i = 0; i < ROOM / 2; i++) {
            read_page(50000 + i);
        }
    }
    cr_expect_geq(count_kept(50000, ROOM / 2), ROOM / 2 - LCC_PAGE_SEATS);
}

Test(page_cache, pages_of_a_commit_are_within_the_limit)
{
    uint8_t *lent[LENT];

    for (uint32_t i = 1; i <= 2 * ROOM; i++) {
        read_page(i);
    }
    for (uint32_t i = 0; i < LENT; i++) {
        lent[i] = lcc_pages_lend(cache, i + 1);
        cr_assert(lent[i]);
        fill(lent[i], i + 1, 1);
        cr_expect_leq(cache->bytes + cache->lent, LCC_PAGES_BYTES);
    }
    cr_expect_eq(count_kept(1, LENT), 0, "none is what it was");
    for (uint32_t i = 0; i < LENT; i++) {
        struct lcc_kept_page *page;

        lcc_pages_give(cache, i + 1, lent[i]);
        page = lcc_pages_find(cache, i + 1);
        cr_expect(page && is(page, i + 1, 1));
    }
    cr_expect_eq(cache->lent, 0);
    cr_expect_eq(count_kept(1, LENT), LENT);
    cr_expect_leq(cache->bytes, LCC_PAGES_BYTES);
}

Test(page_cache, more_than_is_kept_can_be_lent)
{
    uint8_t *lent[2 * ROOM];

    for (uint32_t i = 0; i < 2 * ROOM; i++) {
        read_page(60000 + i);
        lent[i] = lcc_pages_lend(cache, i + 1);
        cr_assert(lent[i]);
    }
    for (uint32_t i = 0; i < 2 * ROOM; i++) {
        lcc_pages_give_back(cache, lent[i]);
    }
    cr_expect_eq(cache->lent, 0);
    cr_expect(read_page(60000 + 2 * ROOM - 1));
}

/* Others may use all there is to use, before a page was kept and afterwards. */
Test(page_cache, without_any_room_pages_are_lent_and_one_is_kept)
{
    uint8_t *lent[2];

    cache->beside = LCC_PAGES_BYTES;
    for (int i = 0; i < 2; i++) {
        lent[i] = lcc_pages_lend(cache, 1);
        cr_assert(lent[i]);
        (void)read_page(60000);
        (void)read_page(60001);
        cr_expect_eq(count_kept(60000, 2), 1);
    }
    for (int i = 0; i < 2; i++) {
        lcc_pages_give_back(cache, lent[i]);
    }
}

Test(page_cache, whatever_happens_pages_are_what_they_were_given_as)
{
    static uint8_t version[NUMBERS];
    uint64_t state = 7;

    for (int i = 0; i < STEPS; i++) {
        uint32_t number;
        struct lcc_kept_page *page;
        uint8_t *bytes;

        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        number = (uint32_t)(state >> 20) % NUMBERS;
        page = lcc_pages_find(cache, number);
        cr_assert(!page || is(page, number, version[number]));
        if (state % 16 == 0) {
            lcc_pages_forget(cache, number);
        } else if (state % 16 < 4) {
            bytes = lcc_pages_lend(cache, number);
            cr_assert(bytes);
            fill(bytes, number, ++version[number]);
            lcc_pages_give(cache, number, bytes);
        } else if (!page) {
            bytes = lcc_pages_spare(cache);
            cr_assert(bytes);
            fill(bytes, number, version[number]);
            cr_assert_eq(lcc_pages_keep(cache, number, &page), 0);
        }
        cr_assert_leq(cache->bytes, LCC_PAGES_BYTES);
    }
}
