/*
 * page_cache.c - keeps pages; makes room by a clock that counts down
 */
#include "store/page_cache.h"

#include "store/base.h"
#include "store/btree_page.h"

#include <stdlib.h>

/* A page that is used again is passed over so many times. With more leaves
 * than room, those must not drive out what leads to them. */
enum { WORTH_INSIDE = 12, WORTH_LEAF = 2 };

static uint16_t *bucket_of(struct lcc_page_cache *cache, uint32_t number)
{
    return &cache->buckets[number % LCC_PAGE_BUCKETS];
}

static uint8_t worth_of(const uint8_t *bytes)
{
    return lcc_btree_page_is_leaf(bytes) ? WORTH_LEAF : WORTH_INSIDE;
}

struct lcc_kept_page *lcc_pages_find(struct lcc_page_cache *cache,
                                     uint32_t number)
{
    uint16_t at = *bucket_of(cache, number);

    while (at && cache->slots[at - 1].number != number) {
        at = cache->slots[at - 1].next;
    }
    if (!at) {
        return NULL;
    }
    cache->slots[at - 1].worth = worth_of(cache->slots[at - 1].bytes);
    return &cache->slots[at - 1];
}

static void unlist(struct lcc_page_cache *cache, struct lcc_kept_page *page)
{
    uint16_t *at = bucket_of(cache, page->number);

    if (!page->listed) {
        return;
    }
    while (&cache->slots[*at - 1] != page) {
        at = &cache->slots[*at - 1].next;
    }
    *at = page->next;
    page->listed = false;
    page->worth = 0;
}

/* The next that nobody has asked for while the hand went round. */
static struct lcc_kept_page *least(struct lcc_page_cache *cache)
{
    for (;;) {
        struct lcc_kept_page *page = &cache->slots[cache->hand];

        cache->hand = (uint16_t)((cache->hand + 1) % cache->used);
        if (page->worth == 0) {
            return page;
        }
        page->worth--;
    }
}

/* A slot without a page in it; it may have no memory yet. */
static struct lcc_kept_page *slot(struct lcc_page_cache *cache)
{
    struct lcc_kept_page *page;

    if (cache->used < LCC_PAGES_KEPT) {
        return &cache->slots[cache->used];
    }
    page = least(cache);
    unlist(cache, page);
    return page;
}

/* It has memory now. */
static void count_in(struct lcc_page_cache *cache,
                     const struct lcc_kept_page *page)
{
    if (page == cache->slots + cache->used) {
        cache->used++;
    }
}

struct lcc_kept_page *lcc_pages_room(struct lcc_page_cache *cache)
{
    struct lcc_kept_page *page = slot(cache);

    if (!page->bytes) {
        page->bytes = malloc(LCC_PAGE_SIZE);
        if (!page->bytes) {
            return NULL;
        }
    }
    count_in(cache, page);
    return page;
}

void lcc_pages_list(struct lcc_page_cache *cache, struct lcc_kept_page *page,
                    uint32_t number)
{
    uint16_t *bucket = bucket_of(cache, number);

    page->number = number;
    page->round = cache->round;
    page->next = *bucket;
    page->worth = lcc_btree_page_is_leaf(page->bytes) ? 0 : WORTH_INSIDE;
    page->listed = true;
    *bucket = (uint16_t)(page - cache->slots + 1);
}

void lcc_pages_give(struct lcc_page_cache *cache, uint32_t number,
                    uint8_t *bytes)
{
    struct lcc_kept_page *page = lcc_pages_find(cache, number);

    if (!page) {
        page = slot(cache);
        count_in(cache, page);
    } else {
        unlist(cache, page);
    }
    free(page->bytes);
    page->bytes = bytes;
    lcc_pages_list(cache, page, number);
}

void lcc_pages_forget(struct lcc_page_cache *cache, uint32_t number)
{
    struct lcc_kept_page *page = lcc_pages_find(cache, number);

    if (page) {
        unlist(cache, page);
    }
}

void lcc_pages_doubt(struct lcc_page_cache *cache)
{
    cache->round++;
}

void lcc_pages_done(struct lcc_page_cache *cache)
{
    for (size_t i = 0; i < cache->used; i++) {
        free(cache->slots[i].bytes);
    }
    *cache = (struct lcc_page_cache){0};
}
