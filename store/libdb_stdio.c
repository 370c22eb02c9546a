/*
 * libdb_stdio.c - what Berkeley DB sees as stderr and stdout
 *
 * libdb-5.3.a is not position independent in three places, all of them
 * references to these two. -Wl,--wrap=stderr -Wl,--wrap=stdout turn them into
 * references to ours, which are hidden and so resolved by the linker. Nothing
 * is ever printed: every environment has its own error call, and should a
 * word slip past it, these discard it.
 *
 * The flags hold for the whole object: in one that is linked so, `stderr` in
 * our own code would be the mute one too. Write to descriptor 2 there.
 */
#include "store/libdb_stdio.h"

#include <stdio.h>
#include <stdlib.h>

FILE *__wrap_stderr __attribute__((visibility("hidden")));
FILE *__wrap_stdout __attribute__((visibility("hidden")));

static ssize_t discard(void *cookie, const char *bytes, size_t size)
{
    (void)cookie;
    (void)bytes;
    return (ssize_t)size;
}

int lcc_libdb_stdio_init(void)
{
    static const cookie_io_functions_t sink = {.write = discard};

    if (!__wrap_stderr) {
        __wrap_stderr = fopencookie(NULL, "w", sink);
        __wrap_stdout = __wrap_stderr;
    }
    return __wrap_stderr ? 0 : -1;
}
