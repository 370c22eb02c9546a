/*
 * db_memory.h - the memory that Berkeley DB works in
 *
 * Knows nothing of the database.
 */
#ifndef LCC_DB_MEMORY_H
#define LCC_DB_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* In place of malloc(): zeroes, since a new page goes to the file as it lies in
 * memory, unused parts included. Without this they would be what the program
 * freed before, its passwords. */
void *lcc_db_malloc(size_t size);

/* Between these two this thread has one piece of memory that cannot fail.
 * False when there is none: do not begin. */
bool lcc_db_spare_begin(void);
void lcc_db_spare_end(void);

#endif
