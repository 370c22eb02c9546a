/*
 * btree_node.c - packs inner pages, and searches them
 */
#include "store/btree_node.h"

#include "store/btree_page.h"

#include <string.h>

/* How many bytes two spans begin with alike. */
static size_t alike(struct lcc_span a, struct lcc_span b)
{
    const uint8_t *x = a.data;
    const uint8_t *y = b.data;
    size_t n = 0;

    while (n < a.size && n < b.size && x[n] == y[n]) {
        n++;
    }
    return n;
}

/* What all least keys but the first begin with, and the bytes of all. False
 * when one of them is not on the page. Keys are in order, so the first and the
 * last say it; in a damaged page they may not be, and all are looked at. */
static bool measure(const uint8_t *page, size_t *ret_common, size_t *ret_bytes)
{
    uint16_t count = lcc_btree_page_count(page);
    struct lcc_span first = LCC_SPAN_EMPTY;
    size_t common = 0;
    size_t bytes = 0;

    for (uint16_t i = 0; i < count; i++) {
        struct lcc_span least;
        uint32_t number;

        if (!lcc_btree_child(page, i, &number, &least)) {
            return false;
        }
        if (i == 1) {
            first = least;
            common = least.size;
        }
        if (i >= 1) {
            size_t now = alike(first, least);

            common = now < common ? now : common;
            bytes += least.size;
        }
    }
    *ret_common = common;
    *ret_bytes = bytes;
    return count > 0;
}

size_t lcc_btree_node_size(const uint8_t *page)
{
    uint16_t count = lcc_btree_page_count(page);
    size_t common;
    size_t bytes;

    if (!lcc_btree_page_is_inside(page) || lcc_btree_page_level(page) < 2 ||
        !measure(page, &common, &bytes)) {
        return 0;
    }
    return sizeof(struct lcc_btree_node) +
           count * (sizeof(uint32_t) + sizeof(uint16_t)) + common + bytes -
           (size_t)(count - 1) * common;
}

static uint16_t *ends_of(struct lcc_btree_node *node)
{
    return (uint16_t *)(node->children + node->count);
}

static const uint16_t *ends(const struct lcc_btree_node *node)
{
    return (const uint16_t *)(node->children + node->count);
}

void lcc_btree_node_pack(const uint8_t *page, struct lcc_btree_node *ret)
{
    size_t common = 0;
    size_t bytes = 0;
    uint8_t *at;

    (void)measure(page, &common, &bytes);
    ret->seal = lcc_page_seal_of(page);
    ret->count = lcc_btree_page_count(page);
    ret->common = (uint16_t)common;
    ret->level = lcc_btree_page_level(page);
    at = (uint8_t *)(ends_of(ret) + ret->count);
    for (uint16_t i = 0, end = 0; i < ret->count; i++) {
        struct lcc_span least = LCC_SPAN_EMPTY;
        size_t rest = 0;

        (void)lcc_btree_child(page, i, &ret->children[i], &least);
        if (i == 1) {
            memcpy(at, least.data, common);
        }
        if (i >= 1) {
            rest = least.size - common;
            memcpy(at + common + end, (const uint8_t *)least.data + common,
                   rest);
        }
        end = (uint16_t)(end + rest);
        ends_of(ret)[i] = end;
    }
}

static const uint8_t *keys(const struct lcc_btree_node *node)
{
    return (const uint8_t *)(ends(node) + node->count);
}

static struct lcc_span rest_of(const struct lcc_btree_node *node,
                               uint16_t index)
{
    size_t begin = ends(node)[index - 1];

    return lcc_span_of(keys(node) + node->common + begin,
                       ends(node)[index] - begin);
}

uint16_t lcc_btree_node_find(const struct lcc_btree_node *node,
                             struct lcc_span key)
{
    const struct lcc_span common = lcc_span_of(keys(node), node->common);
    const struct lcc_span front =
        lcc_span_of(key.data, key.size < common.size ? key.size : common.size);
    int order = lcc_span_order(front, common);
    uint16_t low = 0;
    uint16_t high = node->count;

    if (order != 0) {
        return order < 0 ? 0 : (uint16_t)(node->count - 1);
    }
    key = lcc_span_of((const uint8_t *)key.data + common.size,
                      key.size - common.size);
    while (high - low > 1) {
        uint16_t middle = (uint16_t)(low + (high - low) / 2);

        if (lcc_span_order(rest_of(node, middle), key) <= 0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

int lcc_btree_node_least(const struct lcc_btree_node *node, uint16_t index,
                         struct lcc_buf *ret)
{
    int result = lcc_buf_append(ret, lcc_span_of(keys(node), node->common));

    return result == 0 ? lcc_buf_append(ret, rest_of(node, index)) : result;
}
