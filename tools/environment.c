/*
 * environment.c - reading and changing the tool's own environment
 */
#include "tools/environment.h"

#include "store/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRELOAD "LD_PRELOAD"
#define LIBRARY_FILE "libcurlcache.so"
#define PRELOAD_SEPARATORS " :" /* ld.so(8) */

enum { NAME_MAX_ = 64 };

const char *environment_name(int setting)
{
    static char name[NAME_MAX_];

    snprintf(name, sizeof(name), "CURLCACHE_%s",
             lcc_setting_name((enum lcc_setting)setting));
    return name;
}

int environment_put(const char *name, const char *value)
{
    return setenv(name, value, 1) == 0 ? 0 : -errno;
}

const char *environment_get(const char *name)
{
    return getenv(name);
}

int environment_put_setting(int setting, const char *value)
{
    if (setting == LCC_SETTING_DIR) { /* its other name must not win */
        unsetenv("CURLCACHE_PATH");
    }
    return environment_put(environment_name(setting), value);
}

const char *environment_setting(int setting)
{
    return getenv(environment_name(setting));
}

int environment_forget_settings(void)
{
    int result = unsetenv("CURLCACHE_PATH") == 0 ? 0 : -errno;

    for (int i = 0; i < LCC_SETTING_MAX_ && result == 0; i++) {
        const char *value = lcc_setting_default((enum lcc_setting)i);
        result = value[0] ? environment_put_setting(i, value)
                          : (unsetenv(environment_name(i)) == 0 ? 0 : -errno);
    }
    return result == 0 ? environment_put("CURLCACHE_CONFIG", "/dev/null")
                       : result;
}

static bool is_ours(struct lcc_span path)
{
    const size_t size = strlen(LIBRARY_FILE);
    const char *text = path.data;

    return path.size >= size &&
           memcmp(text + path.size - size, LIBRARY_FILE, size) == 0 &&
           (path.size == size || text[path.size - size - 1] == '/');
}

int environment_preload_without(struct lcc_buf *out)
{
    const char *rest = getenv(PRELOAD);
    bool first = true;

    while (rest && *rest) {
        const size_t size = strcspn(rest, PRELOAD_SEPARATORS);
        const struct lcc_span path = lcc_span_of(rest, size);

        if (size > 0 && !is_ours(path)) {
            int result = first ? 0 : lcc_buf_append_str(out, ":");
            if (result == 0) {
                result = lcc_buf_append(out, path);
            }
            if (result != 0) {
                return result;
            }
            first = false;
        }
        rest += size + (rest[size] != '\0');
    }
    return 0;
}

int environment_preload(const char *library, struct lcc_buf *out)
{
    struct lcc_buf others = LCC_BUF_INIT(SIZE_MAX);
    int result = environment_preload_without(&others);

    if (result == 0) {
        result = lcc_buf_append_str(out, library);
    }
    if (result == 0 && others.size > 0) {
        result = lcc_buf_append_str(out, ":");
    }
    if (result == 0 && others.size > 0) {
        result = lcc_buf_append(out, lcc_buf_span(&others));
    }
    lcc_buf_done(&others);
    return result;
}
