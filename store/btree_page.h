/*
 * btree_page.h - what stands on a page of the B-tree
 *
 * The layout is that of Berkeley DB 5.3 (db_page.h), little-endian or big as
 * the machine is. Nothing a page says is believed: what would lie outside it is
 * not there. Pure.
 */
#ifndef LCC_BTREE_PAGE_H
#define LCC_BTREE_PAGE_H

#include "store/page.h"

/* A key or a value: bytes on the page, or a chain of pages of its own. */
struct lcc_btree_item {
    struct lcc_span bytes;   /* on the page */
    uint32_t overflow;       /* first page of the chain; 0: on the page */
    uint32_t overflow_bytes; /* in the chain */
    bool deleted;
};

/* What a page is for, as Berkeley DB numbers it. */
enum lcc_btree_page_type {
    LCC_BTREE_FREE = 0,     /* P_INVALID */
    LCC_BTREE_INSIDE = 3,   /* P_IBTREE */
    LCC_BTREE_LEAF = 5,     /* P_LBTREE */
    LCC_BTREE_OVERFLOW = 7, /* P_OVERFLOW */
    LCC_BTREE_META = 9,     /* P_BTREEMETA */
};
enum { LCC_BTREE_LEAF_LEVEL = 1 };

/* Page 0: a plain B-tree of ours? Its root's number, or 0. */
uint32_t lcc_btree_root(const uint8_t *page);
/* Of such a page 0: the first free page; 0: none. */
uint32_t lcc_btree_first_free(const uint8_t *page);

/* Any number; those that mean something are above. */
uint8_t lcc_btree_page_type(const uint8_t *page);
bool lcc_btree_page_is_leaf(const uint8_t *page);
bool lcc_btree_page_is_inside(const uint8_t *page);
/* Leaves are 1, what leads to them 2, and so on. */
uint8_t lcc_btree_page_level(const uint8_t *page);
/* The leaf behind this one, and before it; 0: the last, the first. Of a page
 * of a chain the same. */
uint32_t lcc_btree_page_next(const uint8_t *page);
uint32_t lcc_btree_page_previous(const uint8_t *page);
/* Items of a leaf, keys (even) and values (odd); children of one inside. */
uint16_t lcc_btree_page_count(const uint8_t *page);

/* Item @index of a leaf. False when it is not on the page. */
bool lcc_btree_leaf_item(const uint8_t *page, uint16_t index,
                         struct lcc_btree_item *ret);
/* Child @index of one inside, and the least key below it, which of the first
 * says nothing. False when it is not on the page. */
bool lcc_btree_child(const uint8_t *page, uint16_t index, uint32_t *ret_number,
                     struct lcc_span *ret_least);
/* The bytes of a value that lie on this page of its chain, at least one, and
 * the page that follows. False when it is no such page. */
bool lcc_btree_overflow(const uint8_t *page, struct lcc_span *ret,
                        uint32_t *ret_next);

#endif
