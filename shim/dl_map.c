/*
 * dl_map.c - loaded objects: which one holds an address, which libcurl it was
 * linked with (ELF gABI, chapter 5, Dynamic Section; Symbol Versioning)
 */
#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

#include "shim/dl.h"
#include "store/base.h"

typedef void *(*dlopen_function)(const char *, int);
typedef void *(*dlsym_function)(void *, const char *);

/* Newest first: the versions that both functions have in the libc's. */
static const char *const versions[] = {
    "GLIBC_2.34",
#if defined(__x86_64__)
    "GLIBC_2.2.5",
#elif defined(__aarch64__)
    "GLIBC_2.17",
#endif
};

/* Another machine: the versions have other names, and dlsym() is not ours. */
#if defined(__x86_64__) || defined(__aarch64__)
#define FOREIGN_DLSYM ((dlsym_function)NULL)
#else
#define FOREIGN_DLSYM dlsym
#endif

static _Atomic(dlopen_function) real_dlopen;
static _Atomic(dlsym_function) real_dlsym;

/* What libc calls this; dlvsym() is not interposed by anybody we know. */
static void *in_libc(const char *name)
{
    void *symbol = NULL;

    for (size_t i = 0; !symbol && i < LCC_ARRAY_SIZE(versions); i++) {
        symbol = dlvsym(RTLD_NEXT, name, versions[i]);
    }
    return symbol;
}

dlsym_function lcc_dl_real_dlsym(void)
{
    dlsym_function found = atomic_load(&real_dlsym);
    void *symbol = NULL;

    if (found) {
        return found;
    }
    symbol = in_libc("dlsym");
    memcpy(&found, &symbol, sizeof(found));
    if (!found) {
        found = FOREIGN_DLSYM;
    }
    atomic_store(&real_dlsym, found);
    return found;
}

dlopen_function lcc_dl_real_dlopen(void)
{
    dlopen_function found = atomic_load(&real_dlopen);
    void *symbol = NULL;

    if (found) {
        return found;
    }
    symbol = in_libc("dlopen");
    if (!symbol && FOREIGN_DLSYM) {
        symbol = FOREIGN_DLSYM(RTLD_NEXT, "dlopen");
    }
    memcpy(&found, &symbol, sizeof(found));
    atomic_store(&real_dlopen, found);
    return found;
}

void *lcc_dl_pin(const char *name)
{
    dlopen_function open = lcc_dl_real_dlopen();

    return open ? open(name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) : NULL;
}

struct link_map *lcc_dl_map_of(const void *address)
{
    struct link_map *map = NULL;
#ifdef DLFO_STRUCT_HAS_EH_DBASE /* glibc 2.35: no lock, no symbol search */
    struct dl_find_object found;

    if (_dl_find_object((void *)(uintptr_t)address, &found) == 0) {
        return found.dlfo_link_map;
    }
#endif
    Dl_info info;

    if (!dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP)) {
        return NULL;
    }
    return map;
}

struct lcc_dl_range lcc_dl_range_of(const void *address)
{
    struct lcc_dl_range range = {0};
#ifdef DLFO_STRUCT_HAS_EH_DBASE
    struct dl_find_object found;

    if (_dl_find_object((void *)(uintptr_t)address, &found) == 0) {
        range.begin = (uintptr_t)found.dlfo_map_start;
        range.size = (uintptr_t)found.dlfo_map_end - range.begin;
    }
#else
    (void)address;
#endif
    return range;
}

bool lcc_dl_is_libcurl_name(const char *name)
{
    static const char stem[] = "libcurl";
    const char *slash = strrchr(name, '/');
    const char *file = slash ? slash + 1 : name;

    return strncmp(file, stem, sizeof(stem) - 1) == 0 &&
           (file[sizeof(stem) - 1] == '.' || file[sizeof(stem) - 1] == '-') &&
           strstr(file, ".so");
}

/* An address in the dynamic section: glibc has added the load address to it
 * on most machines, others leave it as in the file. */
static const void *dynamic_pointer(const struct link_map *map, ElfW(Addr) value)
{
    return (const void *)(value >= map->l_addr ? value : value + map->l_addr);
}

static const void *dynamic_find(const struct link_map *map, ElfW(Sxword) tag)
{
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == tag) {
            return dynamic_pointer(map, entry->d_un.d_ptr);
        }
    }
    return NULL;
}

static const char *libcurl_in_verneed(const struct link_map *map,
                                      const char *strings)
{
    const char *at = dynamic_find(map, DT_VERNEED);

    while (at) {
        const ElfW(Verneed) *need = (const void *)at;
        const char *file = strings + need->vn_file;

        if (lcc_dl_is_libcurl_name(file)) {
            return file;
        }
        at = need->vn_next ? at + need->vn_next : NULL;
    }
    return NULL;
}

static const char *libcurl_in_needed(const struct link_map *map,
                                     const char *strings)
{
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_NEEDED &&
            lcc_dl_is_libcurl_name(strings + entry->d_un.d_val)) {
            return strings + entry->d_un.d_val;
        }
    }
    return NULL;
}

const char *lcc_dl_needed_libcurl(const struct link_map *map)
{
    const char *strings = map->l_ld ? dynamic_find(map, DT_STRTAB) : NULL;
    const char *found = strings ? libcurl_in_verneed(map, strings) : NULL;

    return found || !strings ? found : libcurl_in_needed(map, strings);
}
