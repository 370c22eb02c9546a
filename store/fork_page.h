/*
 * fork_page.h - memory by which a child of fork() knows that it is one
 */
#ifndef LCC_FORK_PAGE_H
#define LCC_FORK_PAGE_H

enum { LCC_FORK_PAGE_SIZE = 4096 };

/**
 * lcc_fork_page_new() - a page that is all zero again in each child
 *
 * By MADV_WIPEONFORK (madvise(2)): a child of a bare clone() sees it too.
 *
 * Return: zeros, LCC_FORK_PAGE_SIZE bytes, given back with
 * lcc_fork_page_free(); NULL without memory or before Linux 4.14.
 */
void *lcc_fork_page_new(void);
/* Accepts NULL. */
void lcc_fork_page_free(void *page);

#endif
