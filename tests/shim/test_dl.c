/*
 * test_dl.c - functions of loaded objects, read from their own tables: dlsym()
 * is the measure
 */
#include <criterion/criterion.h>
#include <curl/curl.h>
#include <dlfcn.h>

#include "shim/dl.h"
#include "tests/support/cases.h"

#define LIBCURL "libcurl.so.4"
#define LIBC "libc.so.6"

/* This program is linked with libcurl; here nobody is interposed. */
static const struct link_map *map_of(const char *soname)
{
    struct link_map *map = NULL;
    void *handle = dlopen(soname, RTLD_LAZY | RTLD_NOLOAD);

    cr_assert_not_null(handle, "%s", soname);
    cr_assert_eq(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
    return map;
}

struct symbol_case {
    const char *soname;
    const char *name;
    bool there;
};

/* clang-format off */
static const struct symbol_case cases[] = {
#define LCC_REAL(name, need) {LIBCURL, "curl_" #name, true},
#include "shim/real.def"
#undef LCC_REAL
    {LIBCURL, "curl_easy_ini", false},
    {LIBCURL, "curl_easy_initt", false},
    {LIBCURL, "", false},
    {LIBCURL, "malloc", false}, /* it needs that, and does not have it */
    {LIBCURL, "Curl_open", false}, /* its own */
    /* Several versions: the default one is meant. */
    {LIBC, "dlsym", true},
    {LIBC, "fopen", true},
    {LIBC, "pthread_cond_wait", true},
    {LIBC, "memcpy", false}, /* chosen when it is bound (STT_GNU_IFUNC) */
    {LIBC, "environ", false}, /* no function */
};
/* clang-format on */

LCC_CASES(dl, symbols, cases)
{
    const struct symbol_case *c = &cases[*which];
    const struct link_map *map = map_of(c->soname);
    const void *found = lcc_dl_symbol_in(map, c->name);

    cr_expect(lcc_dl_has_symbols(map));
    if (c->there) {
        cr_expect_eq(found,
                     dlsym(dlopen(c->soname, RTLD_LAZY | RTLD_NOLOAD), c->name),
                     "%s", c->name);
        cr_expect_not_null(found, "%s", c->name);
    } else {
        cr_expect_null(found, "%s", c->name);
    }
}

Test(dl, what_the_program_needs_stays)
{
    curl_version(); /* so that it is needed indeed */
    cr_expect_eq(lcc_dl_needed_by_program(LIBCURL), map_of(LIBCURL));
    cr_expect(lcc_dl_stays(map_of(LIBCURL)));
    cr_expect_null(lcc_dl_needed_by_program("libcurl-gnutls.so.4"));
    cr_expect_not(lcc_dl_stays(map_of(LIBC)), "no libcurl");
}

Test(dl, where_an_object_lies)
{
    const struct lcc_dl_range range =
        lcc_dl_range_of(lcc_dl_symbol_in(map_of(LIBCURL), "curl_easy_init"));
    const uintptr_t inside =
        (uintptr_t)lcc_dl_symbol_in(map_of(LIBCURL), "curl_multi_init");
    const uintptr_t outside =
        (uintptr_t)lcc_dl_symbol_in(map_of(LIBC), "fopen");

    cr_expect_lt(inside - range.begin, range.size);
    cr_expect_geq(outside - range.begin, range.size);
}
