/*
 * real.h - libcurl's own functions, as one struct of pointers per library
 *
 * A process may hold several libcurls (OpenSSL and GnuTLS flavours, a copy of
 * its own). Each handle remembers the one it was made by. dlsym is called in
 * real.c alone.
 */
#ifndef LCC_REAL_H
#define LCC_REAL_H

#include <curl/curl.h>
#include <curl/mprintf.h>
#include <stdbool.h>

enum { LCC_LIBRARIES_MAX = 8 }; /* libcurls in one process */

struct lcc_real {
    unsigned int index; /* among the libcurls of the process, from 0 */
    void *library; /* from dlopen(RTLD_NOLOAD): pinned for good; NULL where the
                      program itself brought it, and it stays */
    unsigned int version; /* curl_version_info()->version_num */
    bool ignores_sigpipe; /* during perform: the OpenSSL flavour does */
    bool complete; /* every required function is there. False: calls are passed
                      on where they can be, and no handle is registered */
/* Programs call the deprecated ones too. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#define LCC_REAL(name, need) __typeof__(curl_##name) *name;
#include "shim/real.def"
#undef LCC_REAL
#pragma GCC diagnostic pop
#define LCC_NEWER(name, result, arguments) result(*name) arguments;
#include "shim/newer.def"
#undef LCC_NEWER
};

/**
 * lcc_real_for_caller() - the libcurl that a call from this address means
 * @return_address: __builtin_return_address(0) of an exported function
 * @ret_inside:     true when the caller is a libcurl itself, whose handles
 *                  are not to be registered; may be NULL
 *
 * Never dlopens a library that is not there already.
 *
 * Return: lives as long as the process; NULL when there is no libcurl.
 */
const struct lcc_real *lcc_real_for_caller(void *return_address,
                                           bool *ret_inside);

/* The libcurl that this address, of a function of its, lies in. NULL when it
 * cannot be used. */
const struct lcc_real *lcc_real_of_symbol(const void *symbol);

/* The one that was found as number @index, NULL when there is none. */
const struct lcc_real *lcc_real_at(unsigned int index);

/* Has it a function of this name? Older ones lack some. */
bool lcc_real_has(const struct lcc_real *real, const char *name);

/* Any libcurl that the process has loaded; NULL when it has none. */
const struct lcc_real *lcc_real_any(void);

#endif
