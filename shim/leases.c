/*
 * leases.c - the process's table of leases, opened when first asked for
 */
#include "shim/leases.h"

#include "shim/process.h"

#include <errno.h>
#include <pthread.h>

static struct lcc_leases *the_leases;

static void open_leases(void)
{
    const int saved_errno = errno;

    if (lcc_leases_open(lcc_store_path(lcc_process()->store), &the_leases)) {
        the_leases = NULL;
    }
    errno = saved_errno;
}

struct lcc_leases *lcc_process_leases(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, open_leases);
    return the_leases;
}
