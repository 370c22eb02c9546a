/*
 * btree.c - from the root to a leaf, and along the leaves
 */
#include "store/btree.h"

#include "store/btree_page.h"
#include "store/store.h"

#include <string.h>

enum {
    META = 0, /* the page that names the root */
    LEVEL_ABOVE_LEAVES = 2,
    EMPTY_MAX = 64,   /* leaves without a key in a row */
    ITEMS_OF_KEY = 2, /* the key, and its value behind it */
};

/* Is @bytes at least as long as @prefix, and begins with it? */
static bool begins_with(struct lcc_span bytes, struct lcc_span prefix)
{
    return bytes.size >= prefix.size &&
           lcc_span_equal(lcc_span_of(bytes.data, prefix.size), prefix);
}

/* Is everything from @bound on greater than what begins with @prefix? */
static bool is_past(struct lcc_span bound, struct lcc_span prefix)
{
    size_t both = bound.size < prefix.size ? bound.size : prefix.size;

    return lcc_span_order(lcc_span_of(bound.data, both),
                          lcc_span_of(prefix.data, both)) > 0;
}

/* --- downwards ----------------------------------------------------------- */

/* A page that is no node. */
static int whole(struct lcc_pager *pager, uint32_t number, const uint8_t **ret)
{
    struct lcc_page_view view;
    int result = lcc_pager_page(pager, number, &view);

    if (result == 0 && !view.bytes) {
        result = LCC_STORE_UNAVAILABLE;
    }
    if (result == 0) {
        *ret = view.bytes;
    }
    return result;
}

/* What the least key of the next child says of all that lies behind. */
static void note_bound(struct lcc_btree *tree,
                       const struct lcc_btree_node *node, uint16_t next)
{
    struct lcc_buf out = {tree->bound, 0, sizeof(tree->bound),
                          sizeof(tree->bound)};

    if (next < node->count && lcc_btree_node_least(node, next, &out) == 0) {
        tree->bound_size = out.size;
    }
}

static int root_of(struct lcc_pager *pager, uint32_t *ret)
{
    const uint8_t *page;
    int result = whole(pager, META, &page);

    if (result == 0) {
        *ret = lcc_btree_root(page);
    }
    return result == 0 && *ret == 0 ? LCC_STORE_UNAVAILABLE : result;
}

/* The leaf where @key is, if it is anywhere. */
static int descend(struct lcc_btree *tree, struct lcc_span key,
                   const uint8_t **ret)
{
    int level = 0; /* of the page above; 0: none */
    uint32_t number = 0;
    int result = root_of(tree->pager, &number);

    tree->bound_size = 0;
    while (result == 0) {
        struct lcc_page_view view;
        uint16_t child;

        result = lcc_pager_page(tree->pager, number, &view);
        if (result == 0 && view.bytes) {
            tree->leaf = number;
            *ret = view.bytes;
            return lcc_btree_page_is_leaf(view.bytes) &&
                           (level == 0 || level == LEVEL_ABOVE_LEAVES)
                       ? 0
                       : LCC_STORE_UNAVAILABLE;
        }
        if (result == 0 && level != 0 && view.node->level != level - 1) {
            result = LCC_STORE_UNAVAILABLE;
        }
        if (result == 0) {
            level = view.node->level;
            child = lcc_btree_node_find(view.node, key);
            number = lcc_btree_node_children(view.node)[child].number;
            note_bound(tree, view.node, (uint16_t)(child + 1));
        }
    }
    return result;
}

/* The first key of a leaf that is not less; its count when there is none. */
static int first_not_less(const uint8_t *page, struct lcc_span key,
                          uint16_t *ret)
{
    uint16_t low = 0;
    uint16_t high = lcc_btree_page_count(page) / ITEMS_OF_KEY;

    while (low < high) {
        uint16_t middle = (uint16_t)(low + (high - low) / 2);
        struct lcc_btree_item item;

        if (!lcc_btree_leaf_item(page, (uint16_t)(middle * ITEMS_OF_KEY),
                                 &item) ||
            item.overflow) {
            return LCC_STORE_UNAVAILABLE;
        }
        if (lcc_span_order(item.bytes, key) < 0) {
            low = (uint16_t)(middle + 1);
        } else {
            high = middle;
        }
    }
    *ret = (uint16_t)(low * ITEMS_OF_KEY);
    return 0;
}

/* --- values -------------------------------------------------------------- */

/* A value of many bytes: its pages, one behind the other. */
static int take_chain(struct lcc_pager *pager, uint32_t number, size_t size,
                      struct lcc_buf *value)
{
    int result = lcc_buf_reserve(value, size);

    lcc_buf_clear(value);
    while (result == 0 && value->size < size) {
        const uint8_t *page;
        struct lcc_span bytes;

        result = number ? whole(pager, number, &page) : LCC_STORE_UNAVAILABLE;
        if (result == 0 &&
            (!lcc_btree_overflow(page, &bytes, &number) || bytes.size == 0 ||
             bytes.size > size - value->size)) {
            result = LCC_STORE_UNAVAILABLE;
        }
        if (result == 0) {
            result = lcc_buf_append(value, bytes);
        }
    }
    return result;
}

static int take_value(struct lcc_pager *pager, const uint8_t *page,
                      uint16_t index, struct lcc_buf *value)
{
    struct lcc_btree_item item;

    if (!value) {
        return 0;
    }
    if (!lcc_btree_leaf_item(page, (uint16_t)(index + 1), &item)) {
        return LCC_STORE_UNAVAILABLE;
    }
    if (item.overflow) {
        return take_chain(pager, item.overflow, item.overflow_bytes, value);
    }
    lcc_buf_clear(value);
    return lcc_buf_append(value, item.bytes);
}

int lcc_btree_get(struct lcc_pager *pager, struct lcc_span key,
                  struct lcc_buf *value)
{
    struct lcc_btree tree = {.pager = pager};
    struct lcc_btree_item item;
    const uint8_t *page;
    uint16_t index = 0;
    int result = descend(&tree, key, &page);

    if (result == 0) {
        result = first_not_less(page, key, &index);
    }
    if (result != 0) {
        return result;
    }
    if (index >= lcc_btree_page_count(page)) {
        return LCC_STORE_MISS;
    }
    if (!lcc_btree_leaf_item(page, index, &item)) {
        return LCC_STORE_UNAVAILABLE;
    }
    return item.deleted || lcc_span_order(item.bytes, key) != 0
               ? LCC_STORE_MISS
               : take_value(pager, page, index, value);
}

int lcc_btree_leaf(struct lcc_pager *pager, struct lcc_span key,
                   const uint8_t **ret)
{
    struct lcc_btree tree = {.pager = pager};

    return descend(&tree, key, ret);
}

/* --- along the leaves ---------------------------------------------------- */

/* The leaf behind, unless all there is greater than what begins so. */
static int leaf_behind(struct lcc_btree *tree, struct lcc_span prefix,
                       const uint8_t **page)
{
    uint32_t number = lcc_btree_page_next(*page);
    int result;

    if (number == 0 ||
        is_past(lcc_span_of(tree->bound, tree->bound_size), prefix)) {
        return LCC_STORE_MISS;
    }
    result = whole(tree->pager, number, page);
    if (result == 0 && !lcc_btree_page_is_leaf(*page)) {
        result = LCC_STORE_UNAVAILABLE;
    }
    if (result == 0) {
        tree->leaf = number;
        tree->bound_size = 0;
    }
    return result;
}

/* The key at @index, or the first one behind it. */
static int settle(struct lcc_btree *tree, const uint8_t **page, uint16_t index,
                  struct lcc_span prefix, struct lcc_btree_item *ret)
{
    int result = 0;

    for (int leaves = 0; result == 0 && leaves < EMPTY_MAX; leaves++) {
        uint16_t count = lcc_btree_page_count(*page);

        for (; index < count; index = (uint16_t)(index + ITEMS_OF_KEY)) {
            if (!lcc_btree_leaf_item(*page, index, ret) || ret->overflow) {
                return LCC_STORE_UNAVAILABLE;
            }
            if (!ret->deleted) {
                tree->index = index;
                return 0;
            }
        }
        index = 0;
        result = leaf_behind(tree, prefix, page);
    }
    return result == 0 ? LCC_STORE_UNAVAILABLE : result;
}

/* Stand on the key at @index or behind it, which is to begin with @prefix. */
static int stand(struct lcc_btree *tree, const uint8_t *page, uint16_t index,
                 struct lcc_span prefix, struct lcc_buf *value)
{
    struct lcc_btree_item item;
    int result = settle(tree, &page, index, prefix, &item);

    if (result == 0 && !begins_with(item.bytes, prefix)) {
        result = LCC_STORE_MISS;
    }
    if (result != 0) {
        return result;
    }
    if (item.bytes.size > sizeof(tree->key)) {
        return LCC_STORE_UNAVAILABLE;
    }
    memcpy(tree->key, item.bytes.data, item.bytes.size);
    tree->key_size = item.bytes.size;
    return take_value(tree->pager, page, tree->index, value);
}

static int seek(struct lcc_btree *tree, struct lcc_span from,
                struct lcc_span prefix, struct lcc_buf *value)
{
    const uint8_t *page;
    uint16_t index;
    int result = descend(tree, from, &page);

    if (result == 0) {
        result = first_not_less(page, from, &index);
    }
    return result == 0 ? stand(tree, page, index, prefix, value) : result;
}

int lcc_btree_seek(struct lcc_btree *tree, struct lcc_span from,
                   struct lcc_buf *value)
{
    return seek(tree, from, LCC_SPAN_EMPTY, value);
}

int lcc_btree_seek_in(struct lcc_btree *tree, struct lcc_span prefix,
                      struct lcc_buf *value)
{
    return seek(tree, prefix, prefix, value);
}

int lcc_btree_next(struct lcc_btree *tree, struct lcc_buf *value)
{
    return lcc_btree_next_in(tree, LCC_SPAN_EMPTY, value);
}

int lcc_btree_next_in(struct lcc_btree *tree, struct lcc_span prefix,
                      struct lcc_buf *value)
{
    uint8_t memory[LCC_KEY_MAX];
    const struct lcc_span before = lcc_span_of(memory, tree->key_size);
    const uint8_t *page;
    int result =
        tree->leaf ? whole(tree->pager, tree->leaf, &page) : LCC_STORE_MISS;

    memcpy(memory, tree->key, tree->key_size);
    if (result == 0) {
        result = stand(tree, page, (uint16_t)(tree->index + ITEMS_OF_KEY),
                       prefix, value);
    }
    /* a damaged chain of leaves must not send us round for ever */
    if (result == 0 &&
        lcc_span_order(before, lcc_span_of(tree->key, tree->key_size)) >= 0) {
        lcc_pager_note_damage(tree->pager);
        result = LCC_STORE_UNAVAILABLE;
    }
    return result;
}
