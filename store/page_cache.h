/*
 * page_cache.h - pages of the database in memory
 *
 * Pages that were checked once stay, whoever commits meanwhile: a commit names
 * the pages it changed, and where it does not, a page must be proven again
 * before it counts. That is cheap, as its first word is the hash of all of it.
 * Pages inside the tree are kept packed, and longer than those that hold
 * records. When there is no room left, a page of records that is new has one of
 * a few seats, and the next new one takes it over unless somebody asks for the
 * first again: so what is asked for once drives nothing out, and is read into
 * memory that the processor has at hand. One that comes back soon after that is
 * kept as the others are. Belongs to one pager, knows no file.
 */
#ifndef LCC_PAGE_CACHE_H
#define LCC_PAGE_CACHE_H

#include "store/btree_node.h"
#include "store/page.h"

enum {
    LCC_PAGES_BYTES =
        4 * 1024 * 1024, /* of all that is kept, lent, and beside */
    LCC_PAGES_LENT = LCC_PAGES_BYTES / 4, /* what is lent beyond is extra */
    LCC_PAGES_KEPT = 2048,                /* pages, most of them packed */
    LCC_PAGE_BUCKETS = 2048,
    LCC_PAGE_SEATS = 8,
    LCC_PAGES_GONE = 512,
};

struct lcc_kept_page {
    uint32_t number;
    uint32_t round; /* in which it was proven */
    uint16_t next;  /* in its bucket, or free: slot + 1, or 0 */
    uint16_t size;  /* of what is kept; 0: nothing */
    uint8_t worth;  /* how often it is passed over when room is made */
    bool packed;
    uint8_t seat; /* that it has, from 1; 0: none */
    union {
        uint8_t *bytes; /* LCC_PAGE_SIZE, as they lie in the file */
        struct lcc_btree_node *node;
    };
};

/* All zero at birth. */
struct lcc_page_cache {
    struct lcc_kept_page slots[LCC_PAGES_KEPT];
    uint16_t buckets[LCC_PAGE_BUCKETS]; /* slot + 1, or 0 */
    uint32_t round;
    uint16_t used; /* slots that were ever used */
    uint16_t hand;
    uint16_t free; /* of those, not in use: slot + 1, or 0 */
    size_t bytes;
    size_t lent;    /* bytes that are to be pages of the next commit */
    size_t beside;  /* bytes that others use: so many less are kept */
    uint8_t *spare; /* LCC_PAGE_SIZE, or NULL */
    uint16_t seats[LCC_PAGE_SEATS]; /* slot + 1, or 0 */
    uint16_t seat;                  /* taken last */
    uint32_t gone[LCC_PAGES_GONE];  /* pages that lost a seat, by number */
};

/* Page @number, proven or not; NULL when it is not kept. */
struct lcc_kept_page *lcc_pages_find(struct lcc_page_cache *cache,
                                     uint32_t number);
static inline bool lcc_page_is_proven(const struct lcc_page_cache *cache,
                                      const struct lcc_kept_page *page)
{
    return page->round == cache->round;
}
/* The hash of what is kept. */
uint64_t lcc_kept_seal(const struct lcc_kept_page *page);

/* LCC_PAGE_SIZE bytes to read a page into. NULL without memory. */
uint8_t *lcc_pages_spare(struct lcc_page_cache *cache);
/* They hold page @number now, proven: keep it in place of what was kept of it.
 * 0; -ENOMEM; -EINVAL when it is damaged. */
int lcc_pages_keep(struct lcc_page_cache *cache, uint32_t number,
                   struct lcc_kept_page **ret);
/* LCC_PAGE_SIZE bytes for what page @number is to become, taken out of what is
 * kept where there is no room beside it. NULL without memory. */
uint8_t *lcc_pages_lend(struct lcc_page_cache *cache, uint32_t number);
/* They are page @number now, proven: keep them. */
void lcc_pages_give(struct lcc_page_cache *cache, uint32_t number,
                    uint8_t *bytes);
/* They are nothing. */
void lcc_pages_give_back(struct lcc_page_cache *cache, uint8_t *bytes);

void lcc_pages_forget(struct lcc_page_cache *cache, uint32_t number);
/* From here on every page must be proven again. */
void lcc_pages_doubt(struct lcc_page_cache *cache);
void lcc_pages_done(struct lcc_page_cache *cache);

#endif
