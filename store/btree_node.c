/*
 * btree_node.c - packs inner pages, and searches them
 */
#include "store/btree_node.h"

#include "store/btree_page.h"

#include <endian.h>
#include <string.h>

enum { FRONT = 4 }; /* bytes of it */

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

/* What all least keys but the first begin with. False when one of them is not
 * on the page. Keys are in order, so the first and the last say it; in a
 * damaged page they may not be, and all are looked at. */
static bool measure_common(const uint8_t *page, size_t *ret)
{
    uint16_t count = lcc_btree_page_count(page);
    struct lcc_span first = LCC_SPAN_EMPTY;
    size_t common = 0;

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
        }
    }
    *ret = common;
    return count > 0;
}

static size_t beyond_front(size_t size)
{
    return size > FRONT ? size - FRONT : 0;
}

/* The bytes of all of them that lie beyond their fronts. False when one is
 * longer than a key can be. */
static bool measure_tails(const uint8_t *page, size_t common, size_t *ret)
{
    uint16_t count = lcc_btree_page_count(page);
    size_t bytes = 0;

    for (uint16_t i = 1; i < count; i++) {
        struct lcc_span least;
        uint32_t number;

        if (!lcc_btree_child(page, i, &number, &least) ||
            least.size - common > UINT8_MAX) {
            return false;
        }
        bytes += beyond_front(least.size - common);
    }
    *ret = bytes;
    return true;
}

size_t lcc_btree_node_size(const uint8_t *page)
{
    uint16_t count = lcc_btree_page_count(page);
    size_t common;
    size_t tails;

    if (!lcc_btree_page_is_inside(page) || lcc_btree_page_level(page) < 2 ||
        !measure_common(page, &common) ||
        !measure_tails(page, common, &tails)) {
        return 0;
    }
    return sizeof(struct lcc_btree_node) + (common + 3) / 4 * 4 +
           count * (sizeof(struct lcc_btree_child) + sizeof(uint8_t)) + tails;
}

/* --- what is where ------------------------------------------------------- */

static struct lcc_btree_child *children(struct lcc_btree_node *node)
{
    return (struct lcc_btree_child *)(void *)(node->bytes +
                                              (node->common + 3u) / 4 * 4);
}

static const uint8_t *sizes(const struct lcc_btree_node *node)
{
    return (const uint8_t *)(lcc_btree_node_children(node) + node->count);
}

static uint32_t front_of(struct lcc_span rest)
{
    uint32_t front = 0;

    if (rest.size >= sizeof(front)) {
        memcpy(&front, rest.data, sizeof(front));
    } else if (rest.size > 0) {
        memcpy(&front, rest.data, rest.size);
    }
    return be32toh(front);
}

/* What of child @index's key lies beyond its front. */
static struct lcc_span tail_of(const struct lcc_btree_node *node,
                               uint16_t index)
{
    const uint8_t *size = sizes(node);
    size_t begin = 0;

    for (uint16_t i = 0; i < index; i++) {
        begin += beyond_front(size[i]);
    }
    return lcc_span_of(size + node->count + begin, beyond_front(size[index]));
}

/* --- packing ------------------------------------------------------------- */

/* The rest of child @index's key; @tails: behind those of the ones before. */
static uint8_t *pack_child(struct lcc_btree_node *node, uint16_t index,
                           uint32_t number, struct lcc_span rest,
                           uint8_t *tails)
{
    struct lcc_btree_child *child = &children(node)[index];
    size_t tail = beyond_front(rest.size);
    uint8_t *size = (uint8_t *)(children(node) + node->count) + index;

    child->number = number;
    child->front = front_of(rest);
    *size = (uint8_t)rest.size;
    if (tail > 0) {
        memcpy(tails, (const uint8_t *)rest.data + FRONT, tail);
    }
    return tails + tail;
}

void lcc_btree_node_pack(const uint8_t *page, struct lcc_btree_node *ret)
{
    size_t common = 0;
    uint8_t *tails;

    (void)measure_common(page, &common);
    ret->seal = lcc_page_seal_of(page);
    ret->count = lcc_btree_page_count(page);
    ret->common = (uint16_t)common;
    ret->level = lcc_btree_page_level(page);
    tails = (uint8_t *)(children(ret) + ret->count) + ret->count;
    for (uint16_t i = 0; i < ret->count; i++) {
        struct lcc_span rest = LCC_SPAN_EMPTY;
        uint32_t number = 0;

        (void)lcc_btree_child(page, i, &number, &rest);
        if (i == 1) {
            memcpy(ret->bytes, rest.data, common);
        }
        rest = i == 0 ? LCC_SPAN_EMPTY
                      : lcc_span_of((const uint8_t *)rest.data + common,
                                    rest.size - common);
        tails = pack_child(ret, i, number, rest, tails);
    }
    memset(ret->bytes + common, 0, (common + 3) / 4 * 4 - common);
    ret->lowest = children(ret)[ret->count > 1].front;
    ret->highest = children(ret)[ret->count - 1].front;
}

/* --- searching ----------------------------------------------------------- */

/* The same with the same front: by what lies beyond it, the shorter first. */
static bool is_not_after_alike(const struct lcc_btree_node *node,
                               uint16_t index, struct lcc_span rest)
{
    const uint8_t size = sizes(node)[index];

    if (size <= FRONT || rest.size <= FRONT) {
        return size <= rest.size;
    }
    return lcc_span_order(tail_of(node, index),
                          lcc_span_of((const uint8_t *)rest.data + FRONT,
                                      rest.size - FRONT)) <= 0;
}

/* Is child @index's least key not greater? */
static inline bool is_not_after(const struct lcc_btree_node *node,
                                uint16_t index, uint32_t front,
                                struct lcc_span rest)
{
    const uint32_t its = lcc_btree_node_children(node)[index].front;

    return its == front ? is_not_after_alike(node, index, rest) : its < front;
}

/* Where @front would be if all were equally far apart; not the first child. */
static uint16_t guess(const struct lcc_btree_node *node, uint32_t front)
{
    const uint64_t among = node->count - 2u; /* steps from lowest to highest */

    if (front <= node->lowest) {
        return 1;
    }
    if (front >= node->highest) {
        return (uint16_t)(node->count - 1);
    }
    return (uint16_t)(1 + (front - node->lowest) * among /
                              (node->highest - node->lowest));
}

/* From a guess outwards, in steps that double; then what is left is halved. */
static uint16_t search(const struct lcc_btree_node *node, uint32_t front,
                       struct lcc_span rest)
{
    unsigned int low = 0;            /* not after @rest */
    unsigned int high = node->count; /* after it */
    unsigned int at = guess(node, front);
    unsigned int step = 1;

    while (high - low > 1) {
        if (is_not_after(node, (uint16_t)at, front, rest)) {
            low = at;
            at = high == node->count ? low + step : low + (high - low) / 2;
        } else {
            high = at;
            at = low == 0 && high > step ? high - step : low + (high - low) / 2;
        }
        step *= 2;
        if (at <= low || at >= high) {
            at = low + (high - low) / 2;
        }
    }
    return (uint16_t)low;
}

uint16_t lcc_btree_node_find(const struct lcc_btree_node *node,
                             struct lcc_span key)
{
    const size_t common = node->common;
    const struct lcc_span front =
        lcc_span_of(key.data, key.size < common ? key.size : common);
    int order = lcc_span_order(front, lcc_span_of(node->bytes, common));
    struct lcc_span rest;

    if (order != 0) {
        return order < 0 ? 0 : (uint16_t)(node->count - 1);
    }
    if (node->count == 1) {
        return 0;
    }
    rest = lcc_span_of((const uint8_t *)key.data + common, key.size - common);
    return search(node, front_of(rest), rest);
}

int lcc_btree_node_least(const struct lcc_btree_node *node, uint16_t index,
                         struct lcc_buf *ret)
{
    const uint32_t front = htobe32(lcc_btree_node_children(node)[index].front);
    const size_t size = sizes(node)[index];
    int result = lcc_buf_append(ret, lcc_span_of(node->bytes, node->common));

    if (result == 0) {
        result = lcc_buf_append(
            ret, lcc_span_of(&front, size < FRONT ? size : FRONT));
    }
    if (result == 0 && size > FRONT) {
        result = lcc_buf_append(ret, tail_of(node, index));
    }
    return result;
}
