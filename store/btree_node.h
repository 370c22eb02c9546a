/*
 * btree_node.h - an inner page of the B-tree in few bytes
 *
 * Of a page that only leads to others nothing is needed but its children and
 * their least keys. Packed, it takes a third of the page: so of an index of a
 * million entries all of them stay in memory. Pure.
 */
#ifndef LCC_BTREE_NODE_H
#define LCC_BTREE_NODE_H

#include "store/bytes.h"

struct lcc_btree_node {
    uint64_t seal;   /* the page's hash */
    uint16_t count;  /* of children; at least one */
    uint16_t common; /* bytes that all least keys begin with */
    uint8_t level;   /* 2: of leaves */
    /* Then the children's numbers, u32; where their least keys end, u16; what
     * these have in common; the rest of each. The first child's key says
     * nothing and is empty. */
    uint32_t children[];
};

/* Bytes that page takes when packed; 0: it is no such page, or damaged. */
size_t lcc_btree_node_size(const uint8_t *page);
/* Pack a page of which that is known. */
void lcc_btree_node_pack(const uint8_t *page, struct lcc_btree_node *ret);

/* The last child below which @key may be. */
uint16_t lcc_btree_node_find(const struct lcc_btree_node *node,
                             struct lcc_span key);
/* The least key below child @index, which is not the first: appended to @ret.
 * 0; -EFBIG when it does not fit. */
int lcc_btree_node_least(const struct lcc_btree_node *node, uint16_t index,
                         struct lcc_buf *ret);

#endif
