/*
 * page.h - the check that every page of the database carries
 *
 * Berkeley DB leaves the first eight bytes of a page, its log number, unused
 * when nothing is logged. Ours hold a hash of the rest. Pure.
 */
#ifndef LCC_PAGE_H
#define LCC_PAGE_H

#include "store/bytes.h"

enum { LCC_PAGE_SIZE = 8192 };

/* Write the hash into the page, and zeros where Berkeley DB sets nothing. */
void lcc_page_seal(uint8_t *page);
/* Is it whole, and page number @number? Puts back what Berkeley DB expects in
 * the hash's place when it is. */
bool lcc_page_open(uint8_t *page, uint32_t number);
/* Put back what Berkeley DB expects in the hash's place. */
void lcc_page_unseal(uint8_t *page);
/* The hash, as it stands in the page's first bytes. */
uint64_t lcc_page_seal_of(const uint8_t *page);
/* Is it whole? Changes nothing. */
bool lcc_page_is_whole(const uint8_t *page, uint32_t number);

/* On page 0: the number of the last page that counts (DBMETA.last_pgno). */
uint32_t lcc_page_last(const uint8_t *page);

#endif
