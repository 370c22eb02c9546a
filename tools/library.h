/*
 * library.h - where libcurlcache.so lies
 */
#ifndef LCC_TOOL_LIBRARY_H
#define LCC_TOOL_LIBRARY_H

#include "store/bytes.h"

/* The tool's own file, for the doctor's proof. 0; -errno. NUL included. */
int library_self(struct lcc_buf *ret);

/**
 * library_find() - libcurlcache.so of the installation this tool belongs to
 * @ret: absolute path, NUL included
 *
 * Looks beside the tool in a build folder, then in the library folder that
 * goes with the tool's own place (so that a moved installation works), then
 * where it was configured to go.
 *
 * Return: TOOL_DONE; TOOL_FAILED after a sentence on stderr.
 */
int library_find(struct lcc_buf *ret);

#endif
