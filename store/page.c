/*
 * page.c - seals and opens pages
 *
 * Offsets are those of Berkeley DB 5.3 (db_page.h): log number 0, page number
 * 8, number of items 20, where items begin 22, type 25, offsets of items from
 * 26; on page 0 the last page's number at 32.
 */
#include "store/page.h"

#include "store/hash.h"

#include <string.h>

enum {
    AT_NUMBER = 8,
    AT_COUNT = 20,
    AT_BEGIN = 22,
    AT_TYPE = 25,
    AT_ITEMS = 26,
    AT_LAST = 32,
    TYPE_INTERNAL = 3, /* P_IBTREE */
    TYPE_LEAF = 5,     /* P_LBTREE */
    ITEM_OVERFLOW = 3,
    ITEM_TYPE_MASK = 0x7f, /* without the mark of a deleted item */
    OVERFLOW_SIZE = 12,    /* unused 2, type 1, unused 1, page 4, length 4 */
};

/* What the log number of a page is when nothing is logged: file 0, offset 1. */
static const uint32_t not_logged[2] = {0, 1};

static uint64_t page_hash(const uint8_t *page)
{
    return lcc_checksum(
        lcc_span_of(page + sizeof(uint64_t), LCC_PAGE_SIZE - sizeof(uint64_t)));
}

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

static void blank_item(uint8_t *page, size_t at)
{
    if (at >= AT_ITEMS && at <= LCC_PAGE_SIZE - OVERFLOW_SIZE &&
        (page[at + 2] & ITEM_TYPE_MASK) == ITEM_OVERFLOW) {
        page[at] = 0;
        page[at + 1] = 0;
        page[at + 3] = 0;
    }
}

/* Berkeley DB copies a reference to an overflow item from its stack and sets
 * all of it but three bytes. What lay on the program's stack stays off the
 * disk: in the items of a leaf, and between items and their index, where older
 * copies remain. */
static void blank_unset(uint8_t *page)
{
    size_t count = u16_at(page, AT_COUNT);
    size_t end = AT_ITEMS + count * sizeof(uint16_t);
    size_t begin = u16_at(page, AT_BEGIN);

    if ((page[AT_TYPE] != TYPE_LEAF && page[AT_TYPE] != TYPE_INTERNAL) ||
        end > begin || begin > LCC_PAGE_SIZE) {
        return;
    }
    for (size_t i = 0; page[AT_TYPE] == TYPE_LEAF && i < count; i++) {
        blank_item(page, u16_at(page, AT_ITEMS + i * sizeof(uint16_t)));
    }
    memset(page + end, 0, begin - end);
}

void lcc_page_seal(uint8_t *page)
{
    uint64_t hash;

    blank_unset(page);
    hash = page_hash(page);
    memcpy(page, &hash, sizeof(hash));
}

bool lcc_page_is_whole(const uint8_t *page, uint32_t number)
{
    return u32_at(page, AT_NUMBER) == number &&
           lcc_page_seal_of(page) == page_hash(page);
}

void lcc_page_unseal(uint8_t *page)
{
    memcpy(page, not_logged, sizeof(not_logged));
}

uint64_t lcc_page_seal_of(const uint8_t *page)
{
    uint64_t hash;

    memcpy(&hash, page, sizeof(hash));
    return hash;
}

bool lcc_page_open(uint8_t *page, uint32_t number)
{
    if (!lcc_page_is_whole(page, number)) {
        return false;
    }
    lcc_page_unseal(page);
    return true;
}

uint32_t lcc_page_last(const uint8_t *page)
{
    return u32_at(page, AT_LAST);
}
