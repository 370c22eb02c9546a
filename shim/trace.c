/*
 * trace.c - what a transfer says about itself
 */
#include "shim/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shim/served.h"

enum { TEXT_MAX = 2048 }; /* bytes of one "* " line */

FILE *lcc_trace_stream(const struct lcc_handle *handle)
{
    FILE *stream = lcc_shadow_pointer(&handle->shadow, LCC_OPT_STDERR);

    return stream ? stream : stderr;
}

static bool verbose(const struct lcc_handle *handle)
{
    return lcc_shadow_long(&handle->shadow, LCC_OPT_VERBOSE) != 0;
}

void lcc_trace(const struct lcc_handle *handle, curl_infotype type,
               const char *data, size_t size)
{
    static const char marks[][3] = {"* ", "< ", "> "};
    const struct lcc_shadow *shadow = &handle->shadow;
    curl_debug_callback function;

    if (!verbose(handle)) {
        return;
    }
    function =
        (curl_debug_callback)lcc_shadow_function(shadow, LCC_OPT_DEBUGFUNCTION);
    if (function) {
        /* The callback's type has no const, but it may not change the data
         * (CURLOPT_DEBUGFUNCTION manual page). */
        function(handle->curl, type, (char *)(uintptr_t)data, size,
                 lcc_shadow_pointer(shadow, LCC_OPT_DEBUGDATA));
    } else if ((size_t)type < LCC_ARRAY_SIZE(marks)) {
        fwrite(marks[type], 2, 1, lcc_trace_stream(handle));
        fwrite(data, size, 1, lcc_trace_stream(handle));
    }
}

static size_t print_line(char *line, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Bytes used of TEXT_MAX + 2; ends in a line end and a NUL. */
static size_t print_line(char *line, const char *format, va_list arguments)
{
    int size = vsnprintf(line, TEXT_MAX, format, arguments);
    size_t used = size < 0 ? 0 : (size_t)size;

    if (used >= TEXT_MAX) {
        used = TEXT_MAX - 1;
    }
    line[used] = '\n';
    line[used + 1] = '\0';
    return used + 1;
}

void lcc_trace_text(const struct lcc_handle *handle, const char *format, ...)
{
    char line[TEXT_MAX + 2];
    va_list arguments;
    size_t size;

    if (!verbose(handle)) {
        return;
    }
    va_start(arguments, format);
    size = print_line(line, format, arguments);
    va_end(arguments);
    lcc_trace(handle, CURLINFO_TEXT, line, size);
}

static void fill_error_buffer(const struct lcc_handle *handle, const char *text,
                              size_t size)
{
    struct lcc_engine_state *state = handle->state;
    char *buffer = lcc_shadow_pointer(&handle->shadow, LCC_OPT_ERRORBUFFER);

    if (!buffer || (state && state->behind.error_told)) {
        return;
    }
    if (size >= CURL_ERROR_SIZE) {
        size = CURL_ERROR_SIZE - 1;
    }
    memcpy(buffer, text, size);
    buffer[size] = '\0';
    if (state) {
        state->behind.error_told = true;
    }
}

void lcc_trace_error(const struct lcc_handle *handle, const char *format, ...)
{
    char line[TEXT_MAX + 2];
    va_list arguments;
    size_t size;

    va_start(arguments, format);
    size = print_line(line, format, arguments);
    va_end(arguments);
    fill_error_buffer(handle, line, size - 1);
    lcc_trace(handle, CURLINFO_TEXT, line, size);
}
