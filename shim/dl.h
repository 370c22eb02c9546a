/*
 * dl.h - the dynamic linker's own functions, and reading its objects
 *
 * libcurlcache.so exports a dlopen() and a dlsym() of its own; the rest of it
 * calls the real ones through here.
 */
#ifndef LCC_DL_H
#define LCC_DL_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libc's dlopen(); NULL when libc has none that we know. Works before our
 * constructors have run. */
void *(*lcc_dl_real_dlopen(void))(const char *, int);

/* libc's dlsym(). The exported one is ours: this is how we ask ourselves. */
void *(*lcc_dl_real_dlsym(void))(void *, const char *);

/* An object that is loaded already, pinned for good; NULL otherwise. */
void *lcc_dl_pin(const char *name);

/* The object that holds this address, or NULL. */
struct link_map *lcc_dl_map_of(const void *address);

/* Where an object lies in memory; nowhere has no size. */
struct lcc_dl_range {
    uintptr_t begin;
    uintptr_t size; /* bytes */
};

/* Of the object that holds this address; nowhere where that cannot be told. It
 * is true for as long as the object stays. */
struct lcc_dl_range lcc_dl_range_of(const void *address);

/* Is it a name such as libcurl.so.4 or libcurl-gnutls.so.4, with or without a
 * folder before it? libcurlcache.so and libcurlpp.so are not. */
bool lcc_dl_is_libcurl_name(const char *name);

/**
 * lcc_dl_needed_libcurl() - the libcurl that a loaded object was linked with
 * @map: any loaded object
 *
 * The file that its version references name (DT_VERNEED), else the one in its
 * DT_NEEDED entries.
 *
 * Return: borrowed from the object; NULL when it names none.
 */
const char *lcc_dl_needed_libcurl(const struct link_map *map);

/* Was this object loaded for the program itself, which names it among what it
 * needs? Then it stays for as long as the process, and needs no pin. */
bool lcc_dl_stays(const struct link_map *map);

/* Another object of the same kind: the one that the program needs under this
 * name, or NULL. */
const struct link_map *lcc_dl_needed_by_program(const char *name);

/* Has it a hash table of its symbols that lcc_dl_symbol_in() reads? */
bool lcc_dl_has_symbols(const struct link_map *map);

/**
 * lcc_dl_symbol_in() - an object's own function, without asking the linker
 * @map:  lcc_dl_has_symbols()
 * @name: of an exported function; its default version is meant
 *
 * dlsym() takes a handle, and the first handle on an object makes the linker
 * sort all that it depends on: more than reading these tables fifty times.
 *
 * Return: its address; NULL when there is none, or none that can be called as
 * it stands (STT_GNU_IFUNC).
 */
const void *lcc_dl_symbol_in(const struct link_map *map, const char *name);

/**
 * lcc_dl_file_needs_libcurl() - would loading this file bring libcurl along?
 * @path: a file's path
 *
 * Reads the ELF dynamic section from the file, a bounded number of bytes of
 * it. Whatever is not as expected means no.
 */
bool lcc_dl_file_needs_libcurl(const char *path);

#endif
