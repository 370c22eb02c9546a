/*
 * callbacks.c - calling what the program set, as libcurl would
 */
#include "shim/callbacks.h"

#include <stdio.h>

static curl_write_callback write_function(const struct lcc_handle *handle)
{
    return (curl_write_callback)lcc_shadow_function(&handle->shadow,
                                                    LCC_OPT_WRITEFUNCTION);
}

static void *write_data(const struct lcc_handle *handle)
{
    void *data = lcc_shadow_pointer(&handle->shadow, LCC_OPT_WRITEDATA);

    /* A FILE is the default's only; a callback gets what was set, NULL too. */
    if (!data && !handle->shadow.set[LCC_OPT_WRITEDATA]) {
        return stdout;
    }
    return data;
}

static size_t call(curl_write_callback function, char *data, size_t size,
                   void *user)
{
    if (!function) {
        return fwrite(data, 1, size, (FILE *)user);
    }
    return function(data, 1, size, user);
}

size_t lcc_callbacks_write(const struct lcc_handle *handle, char *data,
                           size_t size)
{
    return call(write_function(handle), data, size, write_data(handle));
}

bool lcc_callbacks_want_headers(const struct lcc_handle *handle)
{
    const struct lcc_shadow *shadow = &handle->shadow;

    return lcc_shadow_function(shadow, LCC_OPT_HEADERFUNCTION) ||
           lcc_shadow_pointer(shadow, LCC_OPT_HEADERDATA);
}

size_t lcc_callbacks_header(const struct lcc_handle *handle, char *data,
                            size_t size)
{
    const struct lcc_shadow *shadow = &handle->shadow;
    curl_write_callback function = (curl_write_callback)lcc_shadow_function(
        shadow, LCC_OPT_HEADERFUNCTION);

    if (!function) {
        function = write_function(handle);
    }
    return call(function, data, size,
                lcc_shadow_pointer(shadow, LCC_OPT_HEADERDATA));
}
