/*
 * libdb_stdio.h - streams for the Berkeley DB inside us, which print nothing
 */
#ifndef LCC_LIBDB_STDIO_H
#define LCC_LIBDB_STDIO_H

/* Before Berkeley DB's first call, once. 0; -1 without memory. */
int lcc_libdb_stdio_init(void);

#endif
