/*
 * fork_page.c - one page that the kernel wipes in a child
 */
#include "store/fork_page.h"

#include <stddef.h>
#include <sys/mman.h>

void *lcc_fork_page_new(void)
{
    void *page = mmap(NULL, LCC_FORK_PAGE_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED) {
        return NULL;
    }
    if (madvise(page, LCC_FORK_PAGE_SIZE, MADV_WIPEONFORK) != 0) {
        (void)munmap(page, LCC_FORK_PAGE_SIZE);
        return NULL;
    }
    return page;
}

void lcc_fork_page_free(void *page)
{
    if (page) {
        (void)munmap(page, LCC_FORK_PAGE_SIZE);
    }
}
