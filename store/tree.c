/*
 * tree.c - a search that cannot go round
 *
 * The way down is kept, a page a level, so that going on needs no links among
 * the leaves.
 */
#include "store/tree.h"

#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    TREE_STEPS = 4096,               /* pages one call may read on its way */
    TREE_VALUE_MAX = 8 * 1024 * 1024 /* bytes; a record has 4 MiB at most */
};

struct step {
    uint16_t at; /* the child, or the key, in use */
    uint8_t page[LCC_PAGE_SIZE];
};

struct lcc_tree {
    lcc_tree_read_fn read;
    void *arg;
    size_t depth; /* steps in use; 0: stands nowhere */
    int left;     /* pages that this call may still read */
    struct step way[LCC_TREE_DEPTH];
    uint8_t overflow[LCC_PAGE_SIZE];
};

int lcc_tree_new(lcc_tree_read_fn read, void *arg, struct lcc_tree **ret)
{
    struct lcc_tree *tree = malloc(sizeof(*tree));

    if (!tree) {
        return -ENOMEM;
    }
    tree->read = read;
    tree->arg = arg;
    tree->depth = 0;
    *ret = tree;
    return 0;
}

struct lcc_tree *lcc_tree_free(struct lcc_tree *tree)
{
    free(tree);
    return NULL;
}

static struct step *last_step(struct lcc_tree *tree)
{
    return &tree->way[tree->depth - 1];
}

static int page_read(struct lcc_tree *tree, uint32_t number, uint8_t *page)
{
    if (tree->left-- <= 0) {
        return LCC_STORE_UNAVAILABLE;
    }
    return tree->read(tree->arg, number, page);
}

/* One level down, to page @number. Levels fall by one, so this ends. */
static int descend(struct lcc_tree *tree, uint32_t number)
{
    struct step *step = &tree->way[tree->depth];
    uint8_t level;
    int result;

    if (tree->depth == LCC_TREE_DEPTH) {
        return LCC_STORE_UNAVAILABLE;
    }
    result = page_read(tree, number, step->page);
    if (result != 0) {
        return result;
    }
    level = lcc_btree_page_level(step->page);
    if ((tree->depth > 0 && level + 1 != lcc_btree_page_level(step[-1].page)) ||
        lcc_btree_page_type(step->page) != (level == LCC_BTREE_LEAF_LEVEL
                                                ? LCC_BTREE_LEAF
                                                : LCC_BTREE_INSIDE)) {
        return LCC_STORE_UNAVAILABLE;
    }
    step->at = 0;
    tree->depth++;
    return 0;
}

static bool is_leaf(const struct step *step)
{
    return lcc_btree_page_type(step->page) == LCC_BTREE_LEAF;
}

static struct lcc_span key_of(const struct step *step, uint16_t at)
{
    struct lcc_btree_item item;
    struct lcc_span key = LCC_SPAN_EMPTY;
    uint32_t child;

    if (is_leaf(step)) {
        return lcc_btree_leaf_item(step->page, at, &item) && !item.deleted &&
                       item.overflow == 0
                   ? item.bytes
                   : LCC_SPAN_EMPTY;
    }
    /* the first key of an inner page stands for everything before it */
    return at > 0 && lcc_btree_child(step->page, at, &child, &key)
               ? key
               : LCC_SPAN_EMPTY;
}

/* How many of the page's keys come before @from, or are it. */
static uint16_t count_before(const struct step *step, struct lcc_span from,
                             bool or_equal)
{
    const uint16_t stride = is_leaf(step) ? 2 : 1;
    uint16_t low = 0;
    uint16_t high = lcc_btree_page_count(step->page) / stride;

    while (low < high) {
        const uint16_t middle = (uint16_t)((low + high) / 2);
        const int order =
            lcc_span_order(key_of(step, (uint16_t)(middle * stride)), from);

        if (order < 0 || (or_equal && order == 0)) {
            low = (uint16_t)(middle + 1);
        } else {
            high = middle;
        }
    }
    return (uint16_t)(low * stride);
}

static int to_child(struct lcc_tree *tree)
{
    const struct step *step = last_step(tree);
    struct lcc_span key;
    uint32_t child;

    return lcc_btree_child(step->page, step->at, &child, &key)
               ? descend(tree, child)
               : LCC_STORE_UNAVAILABLE;
}

/* From a leaf that has been used up to the next key there is. */
static int settle(struct lcc_tree *tree)
{
    for (;;) {
        struct step *step = last_step(tree);
        const uint16_t count = lcc_btree_page_count(step->page);
        int result = 0;

        if (step->at >= count) {
            if (--tree->depth == 0) {
                return LCC_STORE_MISS;
            }
            last_step(tree)->at++;
        } else if (is_leaf(step)) {
            if (key_of(step, step->at).size > 0) {
                return 0;
            }
            step->at =
                (uint16_t)(step->at + 2); /* deleted, or no key of ours */
        } else {
            result = to_child(tree);
        }
        if (result != 0) {
            return result;
        }
    }
}

static int find(struct lcc_tree *tree, struct lcc_span from)
{
    uint32_t root = 0;
    int result = page_read(tree, 0, tree->overflow);

    tree->depth = 0;
    if (result == 0) {
        root = lcc_btree_root(tree->overflow);
        result = root == 0 ? LCC_STORE_UNAVAILABLE : 0;
    }
    if (result == 0) {
        result = descend(tree, root);
    }
    while (result == 0 && !is_leaf(last_step(tree))) {
        struct step *step = last_step(tree);
        const uint16_t before = count_before(step, from, true);

        step->at = before > 0 ? (uint16_t)(before - 1) : 0;
        result = to_child(tree);
    }
    if (result == 0) {
        struct step *leaf = last_step(tree);

        leaf->at = count_before(leaf, from, false);
    }
    return result;
}

int lcc_tree_item(struct lcc_tree *tree, const struct lcc_btree_item *item,
                  struct lcc_buf *value)
{
    uint32_t number = item->overflow;
    int result = 0;

    lcc_buf_clear(value);
    if (number == 0) {
        return lcc_buf_append(value, item->bytes);
    }
    if (item->overflow_bytes > TREE_VALUE_MAX) {
        return LCC_STORE_UNAVAILABLE;
    }
    tree->left = TREE_STEPS;
    while (result == 0 && value->size < item->overflow_bytes) {
        struct lcc_span bytes;

        result = page_read(tree, number, tree->overflow);
        if (result == 0 &&
            !lcc_btree_overflow(tree->overflow, &bytes, &number)) {
            result = LCC_STORE_UNAVAILABLE;
        }
        if (result == 0) {
            const size_t wanted = item->overflow_bytes - value->size;

            bytes.size = bytes.size < wanted ? bytes.size : wanted;
            result = lcc_buf_append(value, bytes);
        }
    }
    return result;
}

static int take_value(struct lcc_tree *tree, struct lcc_buf *value)
{
    const struct step *leaf = last_step(tree);
    struct lcc_btree_item item;

    if (!value) {
        return 0;
    }
    return lcc_btree_leaf_item(leaf->page, (uint16_t)(leaf->at + 1), &item) &&
                   !item.deleted
               ? lcc_tree_item(tree, &item, value)
               : LCC_STORE_UNAVAILABLE;
}

/* Whatever is not 0 leaves it standing nowhere. */
static int stand(struct lcc_tree *tree, int result, struct lcc_buf *value)
{
    if (result == 0) {
        result = settle(tree);
    }
    if (result == 0) {
        result = take_value(tree, value);
    }
    if (result != 0) {
        tree->depth = 0;
    }
    return result;
}

int lcc_tree_seek(struct lcc_tree *tree, struct lcc_span from,
                  struct lcc_buf *value)
{
    tree->left = TREE_STEPS;
    return stand(tree, find(tree, from), value);
}

int lcc_tree_next(struct lcc_tree *tree, struct lcc_buf *value)
{
    if (tree->depth == 0) {
        return LCC_STORE_MISS;
    }
    tree->left = TREE_STEPS;
    last_step(tree)->at = (uint16_t)(last_step(tree)->at + 2);
    return stand(tree, 0, value);
}

struct lcc_span lcc_tree_key(const struct lcc_tree *tree)
{
    const struct step *leaf = &tree->way[tree->depth - 1];

    return tree->depth > 0 ? key_of(leaf, leaf->at) : LCC_SPAN_EMPTY;
}

int lcc_tree_get(struct lcc_tree *tree, struct lcc_span key,
                 struct lcc_buf *value)
{
    int result = lcc_tree_seek(tree, key, NULL);

    if (result == 0 && lcc_span_order(lcc_tree_key(tree), key) != 0) {
        result = LCC_STORE_MISS;
    }
    return result == 0 ? take_value(tree, value) : result;
}
