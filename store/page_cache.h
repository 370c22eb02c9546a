/*
 * page_cache.h - pages of the database in memory, as they lie in the file
 *
 * Pages that were checked once stay, whoever commits meanwhile: a commit names
 * the pages it changed, and where it does not, a page must be proven again
 * before it counts. That is cheap, as its first word is the hash of all of it.
 * Pages inside the tree stay longer than those that hold records. Belongs to
 * one pager, knows no file.
 */
#ifndef LCC_PAGE_CACHE_H
#define LCC_PAGE_CACHE_H

#include "store/page.h"

enum {
    LCC_PAGES_KEPT = 512, /* 4 MiB; taken page by page */
    LCC_PAGE_BUCKETS = 1024,
};

struct lcc_kept_page {
    uint32_t number;
    uint32_t round; /* in which it was proven */
    uint16_t next;  /* in its bucket: slot + 1, or 0 */
    uint8_t worth;  /* how often it is passed over when room is made */
    bool listed;    /* by its number */
    uint8_t *bytes; /* LCC_PAGE_SIZE, with the hash */
};

/* All zero at birth. */
struct lcc_page_cache {
    struct lcc_kept_page slots[LCC_PAGES_KEPT];
    uint16_t buckets[LCC_PAGE_BUCKETS]; /* slot + 1, or 0 */
    uint32_t round;
    uint16_t used; /* slots that have memory */
    uint16_t hand;
};

/* Page @number, proven or not; NULL when it is not kept. */
struct lcc_kept_page *lcc_pages_find(struct lcc_page_cache *cache,
                                     uint32_t number);
static inline bool lcc_page_is_proven(const struct lcc_page_cache *cache,
                                      const struct lcc_kept_page *page)
{
    return page->round == cache->round;
}

/* A slot to read a page into; whatever was there is forgotten. NULL without
 * memory. It is nobody's until lcc_pages_list(). */
struct lcc_kept_page *lcc_pages_room(struct lcc_page_cache *cache);
/* It holds page @number now, proven. */
void lcc_pages_list(struct lcc_page_cache *cache, struct lcc_kept_page *page,
                    uint32_t number);

/* Page @number is @bytes now, of malloc(), ours from here on. */
void lcc_pages_give(struct lcc_page_cache *cache, uint32_t number,
                    uint8_t *bytes);
void lcc_pages_forget(struct lcc_page_cache *cache, uint32_t number);
/* From here on every page must be proven again. */
void lcc_pages_doubt(struct lcc_page_cache *cache);
void lcc_pages_done(struct lcc_page_cache *cache);

#endif
