/*
 * Inner pages of the index: packed they lead where the page leads, and no page
 * makes anybody read beyond it.
 */
#include "store/btree_node.h"
#include "store/btree_page.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEYS_MAX = 200,
    KEY_MAX = 9,
    ITEM_HEAD = 12,
    ROUNDS = 300,
    SEARCHES = 40,
    FLIPS = 20000,
};

struct key {
    uint8_t bytes[KEY_MAX];
    size_t size;
};

static uint64_t state = 42;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

/* Few different bytes, so that many keys begin alike. */
static struct key key_draw(const struct key *front)
{
    struct key key = *front;
    size_t more = draw(KEY_MAX - front->size) + 1;

    for (size_t i = 0; i < more; i++) {
        key.bytes[key.size++] = (uint8_t)(draw(3) * 127);
    }
    return key;
}

static int order(const void *a, const void *b)
{
    const struct key *x = a;
    const struct key *y = b;
    int result =
        memcmp(x->bytes, y->bytes, x->size < y->size ? x->size : y->size);

    return result ? result : (x->size > y->size) - (x->size < y->size);
}

static void put_u16(uint8_t *at, size_t value)
{
    const uint16_t number = (uint16_t)value;

    memcpy(at, &number, sizeof(number));
}

static void put_u32(uint8_t *at, size_t value)
{
    const uint32_t number = (uint32_t)value;

    memcpy(at, &number, sizeof(number));
}

/* An inner page as Berkeley DB lays it out (db_page.h); child i is 1000 + i. */
static void page_make(uint8_t *page, const struct key *keys, size_t count)
{
    size_t at = LCC_PAGE_SIZE;

    memset(page, 0, LCC_PAGE_SIZE);
    put_u16(page + 20, count);
    page[24] = 2;
    page[25] = 3;
    for (size_t i = 0; i < count; i++) {
        at = (at - ITEM_HEAD - keys[i].size) & ~(size_t)3;
        put_u16(page + 26 + 2 * i, at);
        put_u16(page + at, keys[i].size);
        page[at + 2] = 1;
        put_u32(page + at + 4, 1000 + i);
        memcpy(page + at + ITEM_HEAD, keys[i].bytes, keys[i].size);
    }
    put_u16(page + 22, at);
}

/* Sorted, each once. */
static size_t keys_draw(struct key keys[KEYS_MAX], struct key *ret_front)
{
    struct key front = {{0}, 0};
    size_t count = draw(KEYS_MAX) + 1;
    size_t kept = 1;

    while (front.size < draw(4)) {
        front.bytes[front.size++] = (uint8_t)draw(256);
    }
    for (size_t i = 0; i < count; i++) {
        keys[i] = key_draw(&front);
    }
    qsort(keys, count, sizeof(keys[0]), order);
    for (size_t i = 1; i < count; i++) {
        if (order(&keys[i], &keys[kept - 1]) != 0) {
            keys[kept++] = keys[i];
        }
    }
    *ret_front = front;
    return kept;
}

static size_t last_not_greater(const struct key *keys, size_t count,
                               const struct key *key)
{
    size_t at = 0;

    for (size_t i = 1; i < count; i++) {
        at = order(&keys[i], key) <= 0 ? i : at;
    }
    return at;
}

static struct lcc_btree_node *pack(const uint8_t *page)
{
    size_t size = lcc_btree_node_size(page);
    struct lcc_btree_node *node = size ? malloc(size) : NULL;

    if (node) {
        lcc_btree_node_pack(page, node);
    }
    return node;
}

static void check(const struct key *keys, size_t count, const struct key *key,
                  const struct lcc_btree_node *node)
{
    uint16_t at = lcc_btree_node_find(node, lcc_span_of(key->bytes, key->size));
    size_t want = last_not_greater(keys, count, key);

    cr_assert_eq(at, want);
    cr_assert_eq(lcc_btree_node_children(node)[at].number, 1000 + want);
}

Test(btree_node, a_packed_page_leads_where_the_page_leads)
{
    static const struct key nothing = {{0}, 0};
    uint8_t *page = malloc(LCC_PAGE_SIZE);
    struct key keys[KEYS_MAX];

    for (int round = 0; round < ROUNDS; round++) {
        struct key front;
        size_t count = keys_draw(keys, &front);

        page_make(page, keys, count);
        struct lcc_btree_node *node = pack(page);

        cr_assert(node);
        cr_assert_eq(node->count, count);
        for (int i = 0; i < SEARCHES; i++) {
            struct key key = key_draw(i % 4 ? &front : &nothing);

            check(keys, count, &key, node);
            check(keys, count, &keys[draw(count)], node);
        }
        free(node);
    }
    free(page);
}

Test(btree_node, the_least_key_below_a_child_comes_back_whole)
{
    uint8_t *page = malloc(LCC_PAGE_SIZE);
    struct key keys[KEYS_MAX];
    struct key front;
    size_t count = keys_draw(keys, &front);

    page_make(page, keys, count);
    struct lcc_btree_node *node = pack(page);

    cr_assert(node);
    for (uint16_t i = 1; i < count; i++) {
        struct lcc_buf out = LCC_BUF_INIT(KEY_MAX);

        cr_assert_eq(lcc_btree_node_least(node, i, &out), 0);
        cr_expect_eq(out.size, keys[i].size);
        cr_expect_arr_eq(out.data, keys[i].bytes, out.size);
        lcc_buf_done(&out);
    }
    free(node);
    free(page);
}

/* A leaf, and whatever else the byte for the type makes of it. */
static void read_all(const uint8_t *page)
{
    struct lcc_btree_item item;
    struct lcc_span bytes;
    struct lcc_buf out = LCC_BUF_INIT(LCC_PAGE_SIZE);
    uint32_t next;
    uint64_t sum = 0;

    for (uint16_t i = 0; i < lcc_btree_page_count(page); i++) {
        if (lcc_btree_leaf_item(page, i, &item)) {
            cr_assert(item.overflow || lcc_buf_append(&out, item.bytes) == 0);
            lcc_buf_clear(&out);
        }
    }
    if (lcc_btree_overflow(page, &bytes, &next)) {
        cr_assert_eq(lcc_buf_append(&out, bytes), 0);
    }
    (void)lcc_btree_root(page);
    struct lcc_btree_node *node = pack(page);

    if (node) {
        sum += lcc_btree_node_find(node, lcc_span_str("key"));
        cr_assert_lt(sum, node->count);
    }
    free(node);
    lcc_buf_done(&out);
}

Test(btree_node, nothing_beyond_a_damaged_page_is_read)
{
    uint8_t *page = malloc(LCC_PAGE_SIZE); /* a sanitizer knows its end */
    struct key keys[KEYS_MAX];
    struct key front;
    size_t count = keys_draw(keys, &front);
    static const uint8_t types[] = {3, 5, 7, 9, 0};

    for (int i = 0; i < FLIPS; i++) {
        size_t where = draw(3) ? draw(30 + 2 * count) : draw(LCC_PAGE_SIZE);

        if (i % 20 == 0) {
            page_make(page, keys, count);
        }
        page[where] = (uint8_t)draw(256);
        if (i % 3 == 0) {
            page[25] = types[draw(sizeof(types))];
        }
        read_all(page);
    }
    free(page);
}
