/*
 * page_items.h - what stands on a page of Berkeley DB's B-tree
 *
 * Read without Berkeley DB, which trusts its pages: every position is held
 * against the page before it is followed. For an index that may hold pages of
 * several commits, and for what can be saved of a damaged one. Pure.
 */
#ifndef LCC_PAGE_ITEMS_H
#define LCC_PAGE_ITEMS_H

#include "store/page.h"

enum lcc_page_type {
    LCC_PAGE_FREE = 0,     /* P_INVALID */
    LCC_PAGE_INNER = 3,    /* P_IBTREE */
    LCC_PAGE_LEAF = 5,     /* P_LBTREE */
    LCC_PAGE_OVERFLOW = 7, /* P_OVERFLOW */
    LCC_PAGE_META = 9,     /* P_BTREEMETA */
};
enum { LCC_LEAF_LEVEL = 1 };

uint8_t lcc_page_type(const uint8_t *page);
uint8_t lcc_page_level(const uint8_t *page);
uint32_t lcc_page_next(const uint8_t *page);
uint32_t lcc_page_previous(const uint8_t *page);
/* Items: of a leaf keys and values in turn, of an inner page children. */
size_t lcc_page_count(const uint8_t *page);

/* An item of a leaf: its bytes, or where the first of them are. */
struct lcc_item {
    bool elsewhere;        /* on overflow pages from @page on, @size bytes */
    struct lcc_span bytes; /* else here; as long as the page */
    uint32_t page;
    uint32_t size;
};
/* False when it is deleted, or not inside the page. */
bool lcc_page_item(const uint8_t *page, size_t at, struct lcc_item *ret);
/* A child of an inner page and the least key under it. */
bool lcc_page_child(const uint8_t *page, size_t at, uint32_t *ret_child,
                    struct lcc_span *ret_key);
/* The bytes on an overflow page; at least one. */
bool lcc_page_overflow(const uint8_t *page, struct lcc_span *ret);
/* Of page 0: the tree's root and the first free page (0: none). */
bool lcc_page_meta(const uint8_t *page, uint32_t *ret_root, uint32_t *ret_free);

/* The order of keys: as bytes, the shorter first. */
int lcc_key_order(struct lcc_span a, struct lcc_span b);

#endif
