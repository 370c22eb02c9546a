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

/* --- a library's own symbols --------------------------------------------- */

/* The GNU hash table, as binutils and glibc lay it out. */
struct symbols {
    const ElfW(Sym) * list;
    const char *strings;
    const ElfW(Half) * versions; /* NULL: it has none */
    uint32_t bucket_count;
    uint32_t first; /* symbols before it are not in the table */
    uint32_t bloom_count;
    uint32_t bloom_shift;
    const ElfW(Addr) * bloom;
    const uint32_t *buckets;
    const uint32_t *chains; /* of symbol `first` on */
};

enum { VERSION_HIDDEN = 0x8000 }; /* not the default one */

static bool symbols_of(const struct link_map *map, struct symbols *ret)
{
    const uint32_t *table = map->l_ld ? dynamic_find(map, DT_GNU_HASH) : NULL;

    if (!table) {
        return false;
    }
    *ret = (struct symbols){
        .list = dynamic_find(map, DT_SYMTAB),
        .strings = dynamic_find(map, DT_STRTAB),
        .versions = dynamic_find(map, DT_VERSYM),
        .bucket_count = table[0],
        .first = table[1],
        .bloom_count = table[2],
        .bloom_shift = table[3],
        .bloom = (const void *)(table + 4),
    };
    ret->buckets = (const void *)(ret->bloom + ret->bloom_count);
    ret->chains = ret->buckets + ret->bucket_count;
    return ret->list && ret->strings && ret->bucket_count && ret->bloom_count;
}

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 5381;

    for (const char *at = name; *at; at++) {
        hash = hash * 33 + (unsigned char)*at;
    }
    return hash;
}

static bool is_meant(const struct symbols *symbols, uint32_t index,
                     const char *name)
{
    const ElfW(Sym) *symbol = &symbols->list[index];

    return symbol->st_shndx != SHN_UNDEF &&
           (symbol->st_info & 0xf) == STT_FUNC &&
           !(symbols->versions && symbols->versions[index] & VERSION_HIDDEN) &&
           strcmp(symbols->strings + symbol->st_name, name) == 0;
}

bool lcc_dl_has_symbols(const struct link_map *map)
{
    struct symbols symbols;

    return symbols_of(map, &symbols);
}

const void *lcc_dl_symbol_in(const struct link_map *map, const char *name)
{
    const uint32_t bits = 8 * sizeof(ElfW(Addr));
    const uint32_t hash = hash_of(name);
    struct symbols symbols;
    uint32_t index;

    if (!symbols_of(map, &symbols)) {
        return NULL;
    }
    ElfW(Addr) word = symbols.bloom[hash / bits % symbols.bloom_count];
    if (!(word >> hash % bits & 1) ||
        !(word >> (hash >> symbols.bloom_shift) % bits & 1)) {
        return NULL;
    }
    index = symbols.buckets[hash % symbols.bucket_count];
    if (index < symbols.first) {
        return NULL;
    }
    for (;; index++) {
        uint32_t found = symbols.chains[index - symbols.first];

        if ((found | 1) == (hash | 1) && is_meant(&symbols, index, name)) {
            return (const char *)map->l_addr + symbols.list[index].st_value;
        }
        if (found & 1) { /* the chain's last */
            return NULL;
        }
    }
}

/* --- what the program itself brought ------------------------------------- */

/* The program heads the list of all objects. */
static const struct link_map *program_map(void)
{
    const struct link_map *map = lcc_dl_map_of(versions);

    while (map && map->l_prev) {
        map = map->l_prev;
    }
    return map;
}

/* The name under which others need it (DT_SONAME). */
static const char *name_of(const struct link_map *map)
{
    const char *strings = map->l_ld ? dynamic_find(map, DT_STRTAB) : NULL;

    for (const ElfW(Dyn) *entry = strings ? map->l_ld : NULL;
         entry && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_SONAME) {
            return strings + entry->d_un.d_val;
        }
    }
    return NULL;
}

const struct link_map *lcc_dl_needed_by_program(const char *name)
{
    const struct link_map *map = program_map();
    const char *needed = map ? lcc_dl_needed_libcurl(map) : NULL;

    if (!needed || strcmp(needed, name) != 0) {
        return NULL;
    }
    for (map = map->l_next; map; map = map->l_next) {
        const char *own = name_of(map);

        if (own && strcmp(own, name) == 0) {
            return map;
        }
    }
    return NULL;
}

bool lcc_dl_stays(const struct link_map *map)
{
    const char *name = name_of(map);

    return name && lcc_dl_needed_by_program(name) == map;
}
