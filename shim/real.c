/*
 * real.c - finding the libcurl that a caller means
 *
 * The order is the one of shim/NOTES.md: the caller is a libcurl itself; the
 * one it was linked with; the one its own dependencies bring; the next one in
 * the global scope; any that is loaded. What was found is kept, without a
 * lock: whoever comes second throws his copy away.
 */
#include "shim/real.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shim/dl.h"
#include "store/base.h"

enum {
    LCC_CALLERS_MAX = 32,  /* objects whose answer is remembered */
    LCC_OBJECTS_MAX = 4096 /* objects looked at when nothing else helped */
};

static const char probe[] = "curl_easy_init";

struct library {
    struct lcc_real real; /* first: the one is the other */
    const struct link_map *map;
    struct lcc_dl_range range; /* pinned, so that it stays where it is */
};

/* An object that called us, and what it meant. The address of its dynamic
 * section is kept too: maps of unloaded objects are used again. */
struct caller {
    const struct link_map *map;
    const void *dynamic;
    const struct lcc_real *real;
    bool inside;
};

static _Atomic(struct library *) libraries[LCC_LIBRARIES_MAX];
static _Atomic(struct caller *) callers[LCC_CALLERS_MAX];

/* --- one libcurl ---------------------------------------------------------- */

/* libcurl's own sigpipe handling is there for these (lib/sigpipe.h). */
static bool flavour_ignores_sigpipe(const char *ssl)
{
    static const char *const names[] = {"OpenSSL", "LibreSSL", "BoringSSL",
                                        "AWS-LC",  "quictls",  "mbedTLS",
                                        "wolfSSL"};

    for (size_t i = 0; ssl && i < LCC_ARRAY_SIZE(names); i++) {
        if (strstr(ssl, names[i])) {
            return true;
        }
    }
    return false;
}

/* The real dlsym(); NULL also where there is none that we know. */
static void *find(void *scope, const char *name)
{
    void *(*real_dlsym)(void *, const char *) = lcc_dl_real_dlsym();

    return real_dlsym ? real_dlsym(scope, name) : NULL;
}

/* One that the program did not bring is kept from being unloaded. */
static bool pin(struct library *library)
{
    const char *file = library->map->l_name;

    if (!library->real.library) {
        library->real.library = lcc_dl_pin(file[0] ? file : NULL);
    }
    return library->real.library;
}

static const void *find_in(const struct library *library, const char *name)
{
    return library->real.library ? find(library->real.library, name)
                                 : lcc_dl_symbol_in(library->map, name);
}

/* The address of a function; copied, because ISO C has no such cast. */
static bool find_function(struct library *library, const char *name, void *out)
{
    const void *symbol = find_in(library, name);

    memcpy(out, &symbol, sizeof(symbol));
    return symbol;
}

/* By dlsym(), where its own tables do not say it. */
static bool must_find(struct library *library, const char *name, void *out)
{
    return find_function(library, name, out) ||
           (!library->real.library && pin(library) &&
            find_function(library, name, out));
}

static void fill(struct library *library)
{
    struct lcc_real *real = &library->real;
    enum { OPTIONAL, REQUIRED };
    curl_version_info_data *info;

    real->complete = true;
#define LCC_REAL(name, need)                                                   \
    if ((need) == OPTIONAL) {                                                  \
        find_function(library, "curl_" #name, &real->name);                    \
    } else if (!must_find(library, "curl_" #name, &real->name)) {              \
        real->complete = false;                                                \
    }
#include "shim/real.def"
#undef LCC_REAL
#define LCC_NEWER(name, result, arguments)                                     \
    find_function(library, "curl_" #name, &real->name);
#include "shim/newer.def"
#undef LCC_NEWER
    info = real->version_info ? real->version_info(CURLVERSION_FIRST) : NULL;
    if (info) {
        real->version = info->version_num;
        real->ignores_sigpipe = flavour_ignores_sigpipe(info->ssl_version);
    }
}

static const struct lcc_real *known_library(const struct link_map *map)
{
    for (size_t i = 0; i < LCC_LIBRARIES_MAX; i++) {
        struct library *library = atomic_load(&libraries[i]);

        if (library && library->map == map) {
            return &library->real;
        }
    }
    return NULL;
}

static const struct lcc_real *keep_library(struct library *library)
{
    for (size_t i = 0; i < LCC_LIBRARIES_MAX; i++) {
        struct library *other = NULL;

        library->real.index = (unsigned int)i;
        if (atomic_compare_exchange_strong(&libraries[i], &other, library)) {
            return &library->real;
        }
        if (other->map == library->map) {
            free(library);
            return &other->real;
        }
    }
    free(library);
    return NULL;
}

/* @symbol: address of a curl_easy_init() that is not ours. */
static const struct lcc_real *library_of(const void *symbol)
{
    struct link_map *map = symbol ? lcc_dl_map_of(symbol) : NULL;
    const struct lcc_real *known = map ? known_library(map) : NULL;
    struct library *library;

    if (!map || known) {
        return known;
    }
    library = calloc(1, sizeof(*library));
    if (!library) {
        return NULL;
    }
    library->map = map;
    if (!(lcc_dl_stays(map) && lcc_dl_has_symbols(map)) && !pin(library)) {
        free(library);
        return NULL;
    }
    if (map->l_name[0]) {
        library->range = lcc_dl_range_of(symbol);
    }
    fill(library);
    return keep_library(library);
}

const struct lcc_real *lcc_real_of_symbol(const void *symbol)
{
    return library_of(symbol);
}

const struct lcc_real *lcc_real_at(unsigned int index)
{
    struct library *library =
        index < LCC_LIBRARIES_MAX ? atomic_load(&libraries[index]) : NULL;

    return library ? &library->real : NULL;
}

/* --- which one ------------------------------------------------------------ */

/* Refusing our own definition. */
static const void *probe_in(void *scope)
{
    const void *symbol = scope ? find(scope, probe) : NULL;

    if (symbol && lcc_dl_map_of(symbol) == lcc_dl_map_of(probe)) {
        return NULL;
    }
    return symbol;
}

static const void *linked_with(const struct link_map *caller)
{
    const char *name = lcc_dl_needed_libcurl(caller);
    const struct link_map *brought =
        name ? lcc_dl_needed_by_program(name) : NULL;
    const void *symbol = brought ? lcc_dl_symbol_in(brought, probe) : NULL;

    return symbol || !name ? symbol : probe_in(lcc_dl_pin(name));
}

/* What its own dependencies bring. The object may go again: not pinned. */
static const void *reached_from(const struct link_map *caller)
{
    void *(*open)(const char *, int) = lcc_dl_real_dlopen();
    void *scope = open && caller->l_name[0]
                      ? open(caller->l_name, RTLD_LAZY | RTLD_NOLOAD)
                      : NULL;
    const void *symbol = probe_in(scope);

    if (scope) {
        dlclose(scope);
    }
    return symbol;
}

static const void *any_loaded(void)
{
    const struct link_map *map = lcc_dl_map_of(probe);

    while (map && map->l_prev) {
        map = map->l_prev;
    }
    for (size_t i = 0; map && i < LCC_OBJECTS_MAX; i++, map = map->l_next) {
        const void *symbol = lcc_dl_is_libcurl_name(map->l_name)
                                 ? probe_in(lcc_dl_pin(map->l_name))
                                 : NULL;

        if (symbol) {
            return symbol;
        }
    }
    return NULL;
}

static const void *anywhere(void)
{
    const void *symbol = find(RTLD_NEXT, probe);

    return symbol ? symbol : any_loaded();
}

bool lcc_real_has(const struct lcc_real *real, const char *name)
{
    return find_in((const struct library *)real, name) != NULL;
}

const struct lcc_real *lcc_real_any(void)
{
    const struct lcc_real *found = lcc_real_at(0);

    return found ? found : library_of(anywhere());
}

static const struct lcc_real *resolve(const struct link_map *caller,
                                      bool *ret_inside)
{
    const void *symbol = NULL;

    if (caller) {
        symbol = reached_from(caller);
        /* It has a libcurl of its own inside: whatever it calls is that. */
        if (symbol && lcc_dl_map_of(symbol) == caller) {
            *ret_inside = true;
            return library_of(symbol);
        }
        const void *linked = linked_with(caller);

        symbol = linked ? linked : symbol;
    }
    return library_of(symbol ? symbol : anywhere());
}

/* --- what callers meant before ------------------------------------------- */

static const struct caller *known_caller(const struct link_map *map)
{
    for (size_t i = 0; i < LCC_CALLERS_MAX; i++) {
        struct caller *caller = atomic_load(&callers[i]);

        if (!caller) {
            return NULL;
        }
        if (caller->map == map && caller->dynamic == map->l_ld) {
            return caller;
        }
    }
    return NULL;
}

/* Without memory or room it is found again the next time. */
static void keep_caller(const struct caller *found)
{
    struct caller *copy = malloc(sizeof(*copy));

    if (!copy) {
        return;
    }
    *copy = *found;
    for (size_t i = 0; i < LCC_CALLERS_MAX; i++) {
        struct caller *none = NULL;

        if (atomic_compare_exchange_strong(&callers[i], &none, copy)) {
            return;
        }
    }
    free(copy);
}

/* A libcurl that calls its own functions, as each perform does some ten
 * times. */
static const struct lcc_real *calls_itself(const void *address)
{
    for (size_t i = 0; i < LCC_LIBRARIES_MAX; i++) {
        const struct library *library =
            atomic_load_explicit(&libraries[i], memory_order_acquire);

        if (!library) {
            return NULL;
        }
        if ((uintptr_t)address - library->range.begin < library->range.size) {
            return &library->real;
        }
    }
    return NULL;
}

static const struct lcc_real *find_for_caller(const void *return_address,
                                              bool *ret_inside)
{
    const struct link_map *map = lcc_dl_map_of(return_address);
    const struct caller *known = map ? known_caller(map) : NULL;
    struct caller found = {.map = map, .dynamic = map ? map->l_ld : NULL};

    if (!known) {
        found.real = resolve(map, &found.inside);
        known = &found;
        if (map && found.real) {
            keep_caller(&found);
        }
    }
    *ret_inside = known->inside;
    return known->real;
}

const struct lcc_real *lcc_real_for_caller(void *return_address,
                                           bool *ret_inside)
{
    const struct lcc_real *real = calls_itself(return_address);
    bool inside = real != NULL;

    if (!real) {
        real = find_for_caller(return_address, &inside);
    }
    if (ret_inside) {
        *ret_inside = inside;
    }
    return real;
}
