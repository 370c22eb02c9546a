/*
 * tree.h - looking things up in a B-tree that nobody vouches for
 *
 * Berkeley DB follows whatever its pages say, round and round if they say so.
 * This reads the same pages, in place of it, when they may be of several
 * commits or damaged: levels must fall on the way down, chains are no longer
 * than what they hold, and a page that fails its check ends the search. What
 * it finds is as good as its own checksum. It changes nothing.
 */
#ifndef LCC_TREE_H
#define LCC_TREE_H

#include "store/btree_page.h"

enum {
    LCC_TREE_DEPTH = 8, /* levels; a B-tree of 1 GiB has 4 */
};

struct lcc_tree;

/* Fill @page (LCC_PAGE_SIZE) with page @number, checked. 0, or any result that
 * lcc_tree_*() is to give back. */
typedef int (*lcc_tree_read_fn)(void *arg, uint32_t number, uint8_t *page);

/* 0; -ENOMEM. @arg lives as long. */
int lcc_tree_new(lcc_tree_read_fn read, void *arg, struct lcc_tree **ret);
struct lcc_tree *lcc_tree_free(struct lcc_tree *tree);

/**
 * lcc_tree_seek() - the first key that is not less than @from
 * @value: NULL when only the key is wanted; what was in it is gone
 *
 * Return: 0 with lcc_tree_key(); LCC_STORE_MISS; LCC_STORE_UNAVAILABLE when
 * the tree is broken on the way; -ENOMEM; -EFBIG; what the read gave.
 */
int lcc_tree_seek(struct lcc_tree *tree, struct lcc_span from,
                  struct lcc_buf *value);
/* The one behind it; results as above. */
int lcc_tree_next(struct lcc_tree *tree, struct lcc_buf *value);
/* Where it stands; good until the next call. */
struct lcc_span lcc_tree_key(const struct lcc_tree *tree);
/* The value of just this key; results as above. */
int lcc_tree_get(struct lcc_tree *tree, struct lcc_span key,
                 struct lcc_buf *value);
/* The bytes of an item, wherever they are. */
int lcc_tree_item(struct lcc_tree *tree, const struct lcc_btree_item *item,
                  struct lcc_buf *value);

#endif
