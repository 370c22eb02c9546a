/*
 * page_items.c - items of pages, each position checked
 *
 * Offsets are those of Berkeley DB 5.3 (db_page.h), as FORMAT.md lists them.
 */
#include "store/page_items.h"

#include <string.h>

enum {
    AT_PREVIOUS = 12,
    AT_NEXT = 16,
    AT_COUNT = 20,
    AT_LENGTH = 22, /* of an overflow page: its bytes */
    AT_LEVEL = 24,
    AT_TYPE = 25,
    AT_ITEMS = 26,
    AT_META_MAGIC = 12,
    AT_META_PAGE_SIZE = 20,
    AT_META_FREE = 28,
    AT_META_ROOT = 88,
    META_MAGIC = 0x53162, /* DB_BTREEMAGIC */
    ITEM_HEAD = 3,        /* length 2, type 1, the bytes */
    ITEM_BYTES = 1,       /* B_KEYDATA; with the mark of a deleted one: 129 */
    ITEM_ELSEWHERE = 3,   /* B_OVERFLOW: unused 2, type, unused, page, size */
    ELSEWHERE_SIZE = 12,
    CHILD_HEAD = 12, /* length 2, type 1, unused 1, page 4, records 4, key */
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

uint8_t lcc_page_type(const uint8_t *page)
{
    return page[AT_TYPE];
}

uint8_t lcc_page_level(const uint8_t *page)
{
    return page[AT_LEVEL];
}

uint32_t lcc_page_next(const uint8_t *page)
{
    return u32_at(page, AT_NEXT);
}

uint32_t lcc_page_previous(const uint8_t *page)
{
    return u32_at(page, AT_PREVIOUS);
}

size_t lcc_page_count(const uint8_t *page)
{
    const size_t count = u16_at(page, AT_COUNT);
    const size_t most = (LCC_PAGE_SIZE - AT_ITEMS) / sizeof(uint16_t);

    return count < most ? count : most;
}

/* Where item @at begins, with room for @size bytes; 0 when it is not there. */
static size_t item_at(const uint8_t *page, size_t at, size_t size)
{
    size_t begin;

    if (at >= lcc_page_count(page)) {
        return 0;
    }
    begin = u16_at(page, AT_ITEMS + at * sizeof(uint16_t));
    return begin >= AT_ITEMS && begin + size <= LCC_PAGE_SIZE ? begin : 0;
}

bool lcc_page_item(const uint8_t *page, size_t at, struct lcc_item *ret)
{
    size_t begin = item_at(page, at, ITEM_HEAD);
    size_t size;

    if (begin == 0) {
        return false;
    }
    if (page[begin + 2] == ITEM_ELSEWHERE) {
        if (item_at(page, at, ELSEWHERE_SIZE) == 0) {
            return false;
        }
        *ret = (struct lcc_item){.elsewhere = true,
                                 .page = u32_at(page, begin + 4),
                                 .size = u32_at(page, begin + 8)};
        return true;
    }
    size = u16_at(page, begin);
    if (page[begin + 2] != ITEM_BYTES ||
        begin + ITEM_HEAD + size > LCC_PAGE_SIZE) {
        return false;
    }
    *ret = (struct lcc_item){
        .bytes = lcc_span_of(page + begin + ITEM_HEAD, size),
        .size = (uint32_t)size,
    };
    return true;
}

bool lcc_page_child(const uint8_t *page, size_t at, uint32_t *ret_child,
                    struct lcc_span *ret_key)
{
    size_t begin = item_at(page, at, CHILD_HEAD);
    size_t size;

    if (begin == 0) {
        return false;
    }
    size = u16_at(page, begin);
    if (page[begin + 2] != ITEM_BYTES ||
        begin + CHILD_HEAD + size > LCC_PAGE_SIZE) {
        return false;
    }
    *ret_child = u32_at(page, begin + 4);
    *ret_key = lcc_span_of(page + begin + CHILD_HEAD, size);
    return true;
}

bool lcc_page_overflow(const uint8_t *page, struct lcc_span *ret)
{
    const size_t size = u16_at(page, AT_LENGTH);

    if (lcc_page_type(page) != LCC_PAGE_OVERFLOW || size == 0 ||
        size > LCC_PAGE_SIZE - AT_ITEMS) {
        return false;
    }
    *ret = lcc_span_of(page + AT_ITEMS, size);
    return true;
}

bool lcc_page_meta(const uint8_t *page, uint32_t *ret_root, uint32_t *ret_free)
{
    if (lcc_page_type(page) != LCC_PAGE_META ||
        u32_at(page, AT_META_MAGIC) != META_MAGIC ||
        u32_at(page, AT_META_PAGE_SIZE) != LCC_PAGE_SIZE) {
        return false;
    }
    *ret_root = u32_at(page, AT_META_ROOT);
    *ret_free = u32_at(page, AT_META_FREE);
    return true;
}

int lcc_key_order(struct lcc_span a, struct lcc_span b)
{
    const size_t common = a.size < b.size ? a.size : b.size;
    const int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}
