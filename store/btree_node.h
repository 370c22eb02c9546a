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

/* Of a child's least key, what follows the bytes that all have in common. */
struct lcc_btree_child {
    uint32_t number;
    uint32_t front; /* its first four bytes as a number, zeros behind */
};

struct lcc_btree_node {
    uint64_t seal;   /* the page's hash */
    uint16_t count;  /* of children; at least one */
    uint16_t common; /* bytes that all least keys begin with */
    uint8_t level;   /* 2: of leaves */
    uint32_t lowest; /* front of child 1 and of the last: keys are hashes, so */
    uint32_t highest; /* these two nearly say where one is */
    /* Then the bytes in common; zeros, to four bytes; the children; how long
     * the rest of each key is, u8; what of each goes beyond its front. The
     * first child's key says nothing and is empty. */
    uint8_t bytes[];
};

static inline const struct lcc_btree_child *
lcc_btree_node_children(const struct lcc_btree_node *node)
{
    return (const struct lcc_btree_child *)(const void *)(node->bytes +
                                                          (node->common + 3u) /
                                                              4 * 4);
}

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
