/*
 * interpose_dl.c - what the exported dlopen() changes, which is one bit
 *
 * An object loaded with RTLD_DEEPBIND finds the libcurl it needs before us;
 * every PHP extension is. The flag is taken off objects that need libcurl and
 * left alone on all others.
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "shim/dl.h"
#include "shim/engine_load.h"

/* Two registers in both calling conventions; dl_jump.S reads them. */
struct decision {
    void *(*function)(const char *, int);
    long mode;
};

struct decision lcc_dlopen_decide(const char *file, int mode);

static void *no_dlopen(const char *file, int mode)
{
    (void)file;
    (void)mode;
    return NULL;
}

/* Names without a slash are searched for in many places; none of the programs
 * we know loads an extension that way. */
static bool bypasses_us(const char *file, int mode)
{
    return (mode & RTLD_DEEPBIND) && file && strchr(file, '/') &&
           lcc_active() && lcc_dl_file_needs_libcurl(file);
}

struct decision lcc_dlopen_decide(const char *file, int mode)
{
    int before = errno;
    struct decision decision = {lcc_dl_real_dlopen(), mode};

    if (!decision.function) {
        decision.function = no_dlopen;
    } else if (bypasses_us(file, mode)) {
        decision.mode = mode & ~RTLD_DEEPBIND;
    }
    errno = before;
    return decision;
}
