/*
 * btree_page.c - reads Berkeley DB's pages
 *
 * Header of a page: log number 0, page number 8, page before 12, page behind
 * 16, number of items 20, where items begin (of overflow pages: bytes) 22,
 * level 24, type 25; then a u16 offset for each item. An item of a leaf: u16
 * length, u8 type, bytes; one inside has the child's number at 4, a count at 8,
 * bytes from 12; a reference to a chain: page 4, length 8.
 */
#include "store/btree_page.h"

#include <string.h>

enum {
    AT_MAGIC = 12,
    AT_VERSION = 16,
    AT_PAGE_SIZE = 20,
    AT_FREE = 28,
    AT_FLAGS = 48,
    AT_ROOT = 88,
    META_MAGIC = 0x053162,
    META_VERSION_LEAST = 9,
    META_VERSION_MOST = 10,

    AT_PREVIOUS = 12,
    AT_NEXT = 16,
    AT_COUNT = 20,
    AT_BYTES = 22,
    AT_LEVEL = 24,
    AT_TYPE = 25,
    AT_ITEMS = 26,

    ITEM_HEAD = 3, /* of a leaf's */
    INSIDE_HEAD = 12,
    REFERENCE = 12,
    ITEM_BYTES = 1,
    ITEM_CHAIN = 3,
    ITEM_TYPE_MASK = 0x7f,
    ITEM_DELETED = 0x80,
};

static uint32_t u32_at(const uint8_t *page, size_t offset)
{
    uint32_t value;

    memcpy(&value, page + offset, sizeof(value));
    return value;
}

static uint16_t u16_at(const uint8_t *page, size_t offset)
{
    uint16_t value;

    memcpy(&value, page + offset, sizeof(value));
    return value;
}

uint32_t lcc_btree_root(const uint8_t *page)
{
    uint32_t version = u32_at(page, AT_VERSION);

    return u32_at(page, AT_MAGIC) == META_MAGIC &&
                   version >= META_VERSION_LEAST &&
                   version <= META_VERSION_MOST &&
                   page[AT_TYPE] == LCC_BTREE_META &&
                   u32_at(page, AT_PAGE_SIZE) == LCC_PAGE_SIZE &&
                   u32_at(page, AT_FLAGS) == 0
               ? u32_at(page, AT_ROOT)
               : 0;
}

uint32_t lcc_btree_first_free(const uint8_t *page)
{
    return u32_at(page, AT_FREE);
}

uint8_t lcc_btree_page_type(const uint8_t *page)
{
    return page[AT_TYPE];
}

bool lcc_btree_page_is_leaf(const uint8_t *page)
{
    return page[AT_TYPE] == LCC_BTREE_LEAF;
}

bool lcc_btree_page_is_inside(const uint8_t *page)
{
    return page[AT_TYPE] == LCC_BTREE_INSIDE;
}

uint8_t lcc_btree_page_level(const uint8_t *page)
{
    return page[AT_LEVEL];
}

uint32_t lcc_btree_page_next(const uint8_t *page)
{
    return u32_at(page, AT_NEXT);
}

uint32_t lcc_btree_page_previous(const uint8_t *page)
{
    return u32_at(page, AT_PREVIOUS);
}

uint16_t lcc_btree_page_count(const uint8_t *page)
{
    const uint16_t most =
        (LCC_PAGE_SIZE - AT_ITEMS) / (ITEM_HEAD + sizeof(uint16_t));
    uint16_t count = u16_at(page, AT_COUNT);

    return count < most ? count : most;
}

/* Where item @index begins, if @size bytes of it are on the page. */
static const uint8_t *item_at(const uint8_t *page, uint16_t index, size_t size)
{
    size_t at;

    if (index >= lcc_btree_page_count(page)) {
        return NULL;
    }
    at = u16_at(page, AT_ITEMS + index * sizeof(uint16_t));
    return at >= AT_ITEMS && at + size <= LCC_PAGE_SIZE ? page + at : NULL;
}

static bool fits(const uint8_t *page, const uint8_t *bytes, size_t size)
{
    return size <= (size_t)(page + LCC_PAGE_SIZE - bytes);
}

bool lcc_btree_leaf_item(const uint8_t *page, uint16_t index,
                         struct lcc_btree_item *ret)
{
    const uint8_t *item = item_at(page, index, ITEM_HEAD);
    size_t size;

    if (!item) {
        return false;
    }
    *ret = (struct lcc_btree_item){.deleted = item[2] & ITEM_DELETED};
    switch (item[2] & ITEM_TYPE_MASK) {
    case ITEM_BYTES:
        size = u16_at(item, 0);
        ret->bytes = lcc_span_of(item + ITEM_HEAD, size);
        return fits(page, item + ITEM_HEAD, size);
    case ITEM_CHAIN:
        if (!fits(page, item, REFERENCE)) {
            return false;
        }
        ret->overflow = u32_at(item, 4);
        ret->overflow_bytes = u32_at(item, 8);
        return ret->overflow != 0;
    default:
        return false;
    }
}

bool lcc_btree_child(const uint8_t *page, uint16_t index, uint32_t *ret_number,
                     struct lcc_span *ret_least)
{
    const uint8_t *item = item_at(page, index, INSIDE_HEAD);

    if (!item || (item[2] & ITEM_TYPE_MASK) != ITEM_BYTES ||
        !fits(page, item + INSIDE_HEAD, u16_at(item, 0))) {
        return false;
    }
    *ret_number = u32_at(item, 4);
    *ret_least = lcc_span_of(item + INSIDE_HEAD, u16_at(item, 0));
    return *ret_number != 0;
}

bool lcc_btree_overflow(const uint8_t *page, struct lcc_span *ret,
                        uint32_t *ret_next)
{
    size_t size = u16_at(page, AT_BYTES);

    if (page[AT_TYPE] != LCC_BTREE_OVERFLOW || size == 0 ||
        size > LCC_PAGE_SIZE - AT_ITEMS) {
        return false;
    }
    *ret = lcc_span_of(page + AT_ITEMS, size);
    *ret_next = u32_at(page, AT_NEXT);
    return true;
}
