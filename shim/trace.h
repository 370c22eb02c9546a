/*
 * trace.h - CURLOPT_VERBOSE, CURLOPT_DEBUGFUNCTION and CURLOPT_ERRORBUFFER
 */
#ifndef LCC_TRACE_H
#define LCC_TRACE_H

#include <stdio.h>

#include "shim/handle.h"

/* CURLOPT_STDERR, or stderr. */
FILE *lcc_trace_stream(const struct lcc_handle *handle);
/* Tell the program's debug function, or CURLOPT_STDERR; nothing unless
 * VERBOSE. @data is not changed. */
void lcc_trace(const struct lcc_handle *handle, curl_infotype type,
               const char *data, size_t size);
/* A "* " line of ours. */
void lcc_trace_text(const struct lcc_handle *handle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Why the transfer ends: into the error buffer, the first time only, and to
 * the trace. */
void lcc_trace_error(const struct lcc_handle *handle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
