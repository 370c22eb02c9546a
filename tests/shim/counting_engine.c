/*
 * counting_engine.c - an engine that counts and passes everything on
 *
 * Stands in for libcurlcache-engine.so where a test asks only whether a
 * program's calls arrive: at exit it adds one line to the file named by
 * LCC_TEST_COUNTS, so that any real program can be asked.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/engine.h"
#include "store/base.h"

static atomic_int performs;
static atomic_int passes;
static atomic_int options;
static char *counts_path; /* PHP has given its environment back at exit */

static int count_options(const struct lcc_shadow *shadow)
{
    int count = 0;

    for (int row = 0; row < LCC_OPT_MAX_; row++) {
        count += shadow->set[row];
    }
    return count;
}

static CURLcode perform(struct lcc_handle *handle)
{
    atomic_fetch_add(&performs, 1);
    atomic_store(&options, count_options(&handle->shadow));
    return handle->real->easy_perform(handle->curl);
}

static void passed(struct lcc_handle *handle, int reason)
{
    (void)handle;
    (void)reason;
    atomic_fetch_add(&passes, 1);
}

static CURLMcode multi_add(struct lcc_multi *multi, struct lcc_handle *handle)
{
    atomic_fetch_add(&passes, 1);
    return multi->real->multi_add_handle(multi->curlm, handle->curl);
}

/* No more than these may be called: no handle ever gets a state. */
static const struct lcc_engine engine = {.version = LCC_ENGINE_VERSION,
                                         .perform = perform,
                                         .multi_add = multi_add,
                                         .passed = passed};

LCC_EXPORT const struct lcc_engine *lcc_engine_table(void)
{
    const char *path = getenv("LCC_TEST_COUNTS");

    counts_path = path ? strdup(path) : NULL;
    return &engine;
}

__attribute__((destructor)) static void report(void)
{
    char line[128];
    int fd = counts_path ? open(counts_path,
                                O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)
                         : -1;
    int size = snprintf(
        line, sizeof(line), "performs=%d passes=%d options=%d\n",
        atomic_load(&performs), atomic_load(&passes), atomic_load(&options));

    if (fd >= 0) {
        if (write(fd, line, (size_t)size) != size) {
            abort(); /* the test must notice */
        }
        close(fd);
    }
}
