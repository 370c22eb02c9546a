/*
 * libdb_stdio.c - what Berkeley DB sees as stderr and stdout
 *
 * libdb-5.3.a is not position independent in three places, all of them
 * references to these two. The build renames them, in its own copy of the
 * archive alone, to ours, which are hidden and so resolved by the linker.
 * Nothing is ever printed: every environment has its own error call, and
 * should a word slip past it, these discard it.
 */
#include "store/libdb_stdio.h"

#include <stdio.h>
#include <stdlib.h>

FILE *lcc_libdb_stderr __attribute__((visibility("hidden")));
FILE *lcc_libdb_stdout __attribute__((visibility("hidden")));

static ssize_t discard(void *cookie, const char *bytes, size_t size)
{
    (void)cookie;
    (void)bytes;
    return (ssize_t)size;
}

int lcc_libdb_stdio_init(void)
{
    static const cookie_io_functions_t sink = {.write = discard};

    if (!lcc_libdb_stderr) {
        lcc_libdb_stderr = fopencookie(NULL, "w", sink);
        lcc_libdb_stdout = lcc_libdb_stderr;
    }
    return lcc_libdb_stderr ? 0 : -1;
}
