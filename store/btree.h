/*
 * btree.h - finds keys in the snapshot, without Berkeley DB
 *
 * Reading a tree takes little, and Berkeley DB has to begin anew after each
 * commit of another process. Whatever is read here was checked by the pager
 * page by page, and what a page says is not believed (btree_page.h): a descent
 * goes one level down at each step, a walk along the leaves goes on to greater
 * keys only. So damage ends a search, as LCC_STORE_UNAVAILABLE.
 */
#ifndef LCC_BTREE_H
#define LCC_BTREE_H

#include "store/keys.h"
#include "store/pager.h"

/* Where a search stands. All zero but the pager at birth. */
struct lcc_btree {
    struct lcc_pager *pager;
    uint32_t leaf;  /* 0: nowhere */
    uint16_t index; /* of the key on it */
    uint8_t key[LCC_KEY_MAX];
    size_t key_size;
    uint8_t bound[LCC_KEY_MAX]; /* keys of later leaves are not less */
    size_t bound_size;          /* 0: not known */
};

/*
 * All of these: 0; LCC_STORE_MISS when there is no such key; LCC_DB_STALE;
 * LCC_STORE_BUSY; LCC_STORE_UNAVAILABLE (damage); -ENOMEM; -EFBIG past the
 * limit of @value; -errno. @value may be NULL when it is not wanted.
 */
int lcc_btree_get(struct lcc_pager *pager, struct lcc_span key,
                  struct lcc_buf *value);
/* The leaf where @key is, if it is anywhere: LCC_PAGE_SIZE bytes, borrowed
 * until the pager's next page. */
int lcc_btree_leaf(struct lcc_pager *pager, struct lcc_span key,
                   const uint8_t **ret);
/* The first key that is not less than @from. */
int lcc_btree_seek(struct lcc_btree *tree, struct lcc_span from,
                   struct lcc_buf *value);
/* The first one of those that begin with @prefix. */
int lcc_btree_seek_in(struct lcc_btree *tree, struct lcc_span prefix,
                      struct lcc_buf *value);
/* The key behind the one it stands on. */
int lcc_btree_next(struct lcc_btree *tree, struct lcc_buf *value);
/* The same, if it begins with @prefix, as the one it stands on does. */
int lcc_btree_next_in(struct lcc_btree *tree, struct lcc_span prefix,
                      struct lcc_buf *value);

#endif
