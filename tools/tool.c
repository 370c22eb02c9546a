/*
 * tool.c - settings, store and ledger as the commands see them
 */
#include "tools/tool.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

void tool_say(const char *format, ...)
{
    va_list arguments;

    fflush(stdout); /* sentences and output keep their order */
    va_start(arguments, format);
    fputs("curlcache: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

int tool_settings(struct lcc_settings **ret)
{
    const int result = lcc_settings_load(ret);

    if (result != 0) {
        tool_say("the settings cannot be read: %s.", strerror(-result));
        return TOOL_FAILED;
    }
    if ((*ret)->problem[0]) {
        tool_say("%s", (*ret)->problem);
        return TOOL_WRONG;
    }
    return TOOL_DONE;
}

int tool_subfolder(const struct lcc_settings *settings, struct lcc_buf *ret)
{
    if (!settings->dir) {
        return -ENOENT;
    }
    const int result = lcc_store_subfolder(settings->dir, ret);

    return result == 0 ? lcc_buf_append(ret, lcc_span_of("", 1)) : result;
}

/* Is there a cache at all? Opening one would create it. */
static bool is_there(const struct lcc_settings *settings)
{
    struct lcc_buf path = LCC_BUF_INIT(SIZE_MAX);
    struct stat status;
    const bool there = tool_subfolder(settings, &path) == 0 &&
                       stat((const char *)path.data, &status) == 0;

    lcc_buf_done(&path);
    return there;
}

static int open_store(const struct lcc_settings *settings, bool readonly,
                      struct lcc_store **ret, char *ret_why)
{
    const struct lcc_store_config config = {
        .folder = settings->dir,
        .max_size_bytes = settings->max_size_bytes,
        .max_entry_bytes = settings->max_entry_bytes,
        .readonly = readonly,
    };

    return lcc_store_open(&config, ret, ret_why);
}

int tool_store_open(const struct lcc_settings *settings, bool change,
                    struct lcc_store **ret, char *ret_why)
{
    const bool readonly = settings->policy.mode == LCC_MODE_READONLY;

    return open_store(settings, readonly && !change, ret, ret_why);
}

int tool_cache_open(bool change, struct tool_cache *ret)
{
    char why[LCC_WHY_SIZE] = {0};
    int result = tool_settings(&ret->settings);

    if (result != TOOL_DONE || !is_there(ret->settings)) {
        return result;
    }
    result = tool_store_open(ret->settings, change, &ret->store, why);
    if (result != 0 && !change) { /* a folder that only lets us look */
        result = open_store(ret->settings, true, &ret->store, why);
    }
    if (result != 0) {
        tool_say("%s", why[0] ? why : strerror(result < 0 ? -result : EIO));
        return TOOL_FAILED;
    }
    /* Without a ledger there are no numbers, which is no failure. */
    (void)lcc_ledger_open(lcc_store_path(ret->store), !change, &ret->ledger);
    return TOOL_DONE;
}

void tool_cache_done(struct tool_cache *cache)
{
    cache->ledger = lcc_ledger_free(cache->ledger);
    cache->store = lcc_store_free(cache->store);
    cache->settings = lcc_settings_free(cache->settings);
}

int tool_store_failed(const char *what, int result)
{
    static const char *const outcomes[LCC_STORE_OUTCOME_MAX_] = {
        [LCC_STORE_BUSY] = "the cache is locked by another program; try again",
        [LCC_STORE_FULL] = "there is no space left for the cache",
        [LCC_STORE_DISK_LOW] = "the disk has too little free space",
        [LCC_STORE_UNAVAILABLE] =
            "the cache cannot be read; `curlcache doctor` says more",
    };
    const char *text = "the cache answered what was not expected";

    if (result < 0) {
        text = strerror(-result);
    } else if (result < LCC_STORE_OUTCOME_MAX_ && outcomes[result]) {
        text = outcomes[result];
    }
    tool_say("%s: %s.", what, text);
    return TOOL_FAILED;
}
