/*
 * page.c - seals and opens pages
 *
 * Offsets are those of Berkeley DB 5.3 (db_page.h): log number 0, page number
 * 8, and on page 0 the last page's number at 32.
 */
#include "store/page.h"

#include "store/hash.h"

#include <string.h>

enum { AT_NUMBER = 8, AT_LAST = 32 };

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

void lcc_page_seal(uint8_t *page)
{
    uint64_t hash = page_hash(page);

    memcpy(page, &hash, sizeof(hash));
}

bool lcc_page_is_whole(const uint8_t *page, uint32_t number)
{
    uint64_t hash;

    memcpy(&hash, page, sizeof(hash));
    return u32_at(page, AT_NUMBER) == number && hash == page_hash(page);
}

bool lcc_page_open(uint8_t *page, uint32_t number)
{
    if (!lcc_page_is_whole(page, number)) {
        return false;
    }
    memcpy(page, not_logged, sizeof(not_logged));
    return true;
}

uint32_t lcc_page_last(const uint8_t *page)
{
    return u32_at(page, AT_LAST);
}
