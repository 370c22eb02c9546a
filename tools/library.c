/*
 * library.c - finding libcurlcache.so from the tool's own place
 */
#include "tools/library.h"

#include "tools/tool.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY_FILE "libcurlcache.so"

int library_self(struct lcc_buf *ret)
{
    char path[PATH_MAX];
    const ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (size < 0) {
        return -errno;
    }
    path[size] = '\0';
    return lcc_buf_append(ret, lcc_span_of(path, (size_t)size + 1));
}

/* Does <folder>/<relative>/libcurlcache.so exist? Its real path, if so. */
static bool is_at(const char *folder, const char *relative, struct lcc_buf *ret)
{
    struct lcc_buf path = LCC_BUF_INIT(PATH_MAX);
    bool found = false;

    if (lcc_buf_printf(&path, "%s/%s/%s", folder, relative, LIBRARY_FILE) ==
            0 &&
        lcc_buf_append(&path, lcc_span_of("", 1)) == 0) {
        char *real = realpath((const char *)path.data, NULL);
        found = real && access(real, R_OK) == 0 &&
                lcc_buf_append(ret, lcc_span_of(real, strlen(real) + 1)) == 0;
        free(real);
    }
    lcc_buf_done(&path);
    return found;
}

static bool find_from(char *self, struct lcc_buf *ret)
{
    static const char *const relative[] = {
        "../shim",           /* a build folder */
        ("../" TOOL_LIBDIR), /* bin/ beside lib/<triplet>/ */
        "../lib/curlcache",  /* unpacked by hand */
        ".",
    };

    *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < LCC_ARRAY_SIZE(relative); i++) {
        if (is_at(self, relative[i], ret)) {
            return true;
        }
    }
    return is_at(TOOL_LIBDIR_FULL, ".", ret);
}

int library_find(struct lcc_buf *ret)
{
    struct lcc_buf self = LCC_BUF_INIT(PATH_MAX);
    const bool found =
        library_self(&self) == 0 && find_from((char *)self.data, ret);

    lcc_buf_done(&self);
    if (!found) {
        tool_say("%s is not where this tool belongs (beside it or in %s); "
                 "build or install it again.",
                 LIBRARY_FILE, TOOL_LIBDIR_FULL);
        return TOOL_FAILED;
    }
    /* The dynamic loader cuts LD_PRELOAD there, and has no quoting. */
    if (strpbrk((const char *)ret->data, " :")) {
        tool_say("LD_PRELOAD cannot name %s: its path has a space or a colon.",
                 (const char *)ret->data);
        return TOOL_FAILED;
    }
    return TOOL_DONE;
}
