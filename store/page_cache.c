/*
 * page_cache.c - keeps pages; makes room by a clock that counts down
 */
#include "store/page_cache.h"

#include "store/base.h"
#include "store/btree_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A page that is used again is passed over so many times. With many more leaves
 * than room, the hand goes round often, and those must not drive out what leads
 * to them: with 12, one in 15 gets from a million entries read such a page. */
enum { WORTH_INSIDE = 120, WORTH_LEAF = 2 };

static uint16_t *bucket_of(struct lcc_page_cache *cache, uint32_t number)
{
    return &cache->buckets[number % LCC_PAGE_BUCKETS];
}

static void leave_seat(struct lcc_page_cache *cache, struct lcc_kept_page *page)
{
    if (page->seat > 0) {
        cache->seats[page->seat - 1] = 0;
        page->seat = 0;
    }
}

struct lcc_kept_page *lcc_pages_find(struct lcc_page_cache *cache,
                                     uint32_t number)
{
    uint16_t at = *bucket_of(cache, number);
    struct lcc_kept_page *page;

    while (at && cache->slots[at - 1].number != number) {
        at = cache->slots[at - 1].next;
    }
    if (!at) {
        return NULL;
    }
    page = &cache->slots[at - 1];
    page->worth = page->packed ? WORTH_INSIDE : WORTH_LEAF;
    /* One lookup may ask for the newest page several times. */
    if (page->seat != cache->seat + 1) {
        leave_seat(cache, page);
    }
    return page;
}

uint64_t lcc_kept_seal(const struct lcc_kept_page *page)
{
    return page->packed ? page->node->seal : lcc_page_seal_of(page->bytes);
}

/* --- room ---------------------------------------------------------------- */

static void drop(struct lcc_page_cache *cache, struct lcc_kept_page *page)
{
    uint16_t *at = bucket_of(cache, page->number);

    while (&cache->slots[*at - 1] != page) {
        at = &cache->slots[*at - 1].next;
    }
    *at = page->next;
    leave_seat(cache, page);
    cache->bytes -= page->size;
    if (page->packed) {
        free(page->node);
    } else if (cache->spare) {
        free(page->bytes);
    } else {
        cache->spare = page->bytes;
    }
    *page = (struct lcc_kept_page){.next = cache->free};
    cache->free = (uint16_t)(page - cache->slots + 1);
}

/* One that nobody has asked for while the hand went round. */
static void drop_least(struct lcc_page_cache *cache)
{
    for (;;) {
        struct lcc_kept_page *page = &cache->slots[cache->hand];

        cache->hand = (uint16_t)((cache->hand + 1) % cache->used);
        if (page->size > 0 && page->worth == 0) {
            drop(cache, page);
            return;
        }
        page->worth = page->worth > 0 ? (uint8_t)(page->worth - 1) : 0;
    }
}

static bool is_full(const struct lcc_page_cache *cache, size_t size)
{
    const size_t lent =
        cache->lent < LCC_PAGES_LENT ? cache->lent : LCC_PAGES_LENT;

    return cache->bytes + cache->beside + lent + size > LCC_PAGES_BYTES ||
           (!cache->free && cache->used == LCC_PAGES_KEPT);
}

/* As far as there is anything to drop. */
static void make_room(struct lcc_page_cache *cache, size_t size)
{
    while (cache->bytes > 0 && is_full(cache, size)) {
        drop_least(cache);
    }
}

/* The next seat, from which another page has to go; 0: @number has been here
 * of late and needs none. */
static uint8_t seat_for(struct lcc_page_cache *cache, uint32_t number)
{
    uint16_t *seat;

    if (cache->gone[number % LCC_PAGES_GONE] == number) {
        return 0;
    }
    cache->seat = (uint16_t)((cache->seat + 1) % LCC_PAGE_SEATS);
    seat = &cache->seats[cache->seat];
    if (*seat) {
        struct lcc_kept_page *page = &cache->slots[*seat - 1];

        cache->gone[page->number % LCC_PAGES_GONE] = page->number;
        drop(cache, page);
    }
    return (uint8_t)(cache->seat + 1);
}

/* A slot, with so many bytes free beside what is kept. */
static struct lcc_kept_page *slot_for(struct lcc_page_cache *cache, size_t size)
{
    struct lcc_kept_page *page;

    make_room(cache, size);
    if (!cache->free) {
        return &cache->slots[cache->used++];
    }
    page = &cache->slots[cache->free - 1];
    cache->free = page->next;
    return page;
}

static struct lcc_kept_page *list(struct lcc_page_cache *cache, uint32_t number,
                                  struct lcc_kept_page what)
{
    uint16_t *bucket = bucket_of(cache, number);
    struct lcc_kept_page *page;

    if (!what.packed && is_full(cache, what.size)) {
        what.seat = seat_for(cache, number);
    }
    page = slot_for(cache, what.size);
    what.number = number;
    what.round = cache->round;
    what.next = *bucket;
    *page = what;
    *bucket = (uint16_t)(page - cache->slots + 1);
    if (what.seat > 0) {
        cache->seats[what.seat - 1] = *bucket;
    }
    cache->bytes += what.size;
    return page;
}

/* --- keeping ------------------------------------------------------------- */

uint8_t *lcc_pages_spare(struct lcc_page_cache *cache)
{
    if (!cache->spare) {
        cache->spare = malloc(LCC_PAGE_SIZE);
    }
    return cache->spare;
}

/* The page itself stays the caller's. */
static int keep_packed(struct lcc_page_cache *cache, uint32_t number,
                       const uint8_t *bytes, struct lcc_kept_page **ret)
{
    size_t size = lcc_btree_node_size(bytes);
    struct lcc_btree_node *node;

    if (size == 0 || size > UINT16_MAX) {
        return -EINVAL;
    }
    node = malloc(size);
    if (!node) {
        return -ENOMEM;
    }
    lcc_btree_node_pack(bytes, node);
    *ret = list(cache, number,
                (struct lcc_kept_page){.size = (uint16_t)size,
                                       .worth = WORTH_INSIDE,
                                       .packed = true,
                                       .node = node});
    return 0;
}

int lcc_pages_keep(struct lcc_page_cache *cache, uint32_t number,
                   struct lcc_kept_page **ret)
{
    uint8_t *bytes = cache->spare;

    lcc_pages_forget(cache, number);
    if (lcc_btree_page_is_inside(bytes)) {
        return keep_packed(cache, number, bytes, ret);
    }
    cache->spare = NULL;
    *ret = list(cache, number,
                (struct lcc_kept_page){.size = LCC_PAGE_SIZE, .bytes = bytes});
    return 0;
}

uint8_t *lcc_pages_lend(struct lcc_page_cache *cache, uint32_t number)
{
    struct lcc_kept_page *page = lcc_pages_find(cache, number);
    uint8_t *bytes;

    /* What it was serves nobody: whoever writes reads what it is to be. */
    if (page && !page->packed) {
        cache->gone[number % LCC_PAGES_GONE] = number;
        drop(cache, page);
    }
    make_room(cache, LCC_PAGE_SIZE);
    bytes = lcc_pages_spare(cache);
    if (bytes) {
        cache->spare = NULL;
        cache->lent += LCC_PAGE_SIZE;
    }
    return bytes;
}

void lcc_pages_give(struct lcc_page_cache *cache, uint32_t number,
                    uint8_t *bytes)
{
    struct lcc_kept_page *page;

    lcc_pages_give_back(cache, bytes);
    (void)lcc_pages_keep(cache, number, &page);
}

void lcc_pages_give_back(struct lcc_page_cache *cache, uint8_t *bytes)
{
    cache->lent -= LCC_PAGE_SIZE;
    free(cache->spare);
    cache->spare = bytes;
}

void lcc_pages_forget(struct lcc_page_cache *cache, uint32_t number)
{
    struct lcc_kept_page *page = lcc_pages_find(cache, number);

    if (page) {
        drop(cache, page);
    }
}

void lcc_pages_doubt(struct lcc_page_cache *cache)
{
    cache->round++;
}

void lcc_pages_done(struct lcc_page_cache *cache)
{
    for (size_t i = 0; i < cache->used; i++) {
        if (cache->slots[i].size > 0) {
            drop(cache, &cache->slots[i]);
        }
    }
    free(cache->spare);
    *cache = (struct lcc_page_cache){0};
}
