/*
 * test_real.c - which libcurl an address means, and what files need one
 */
#include <criterion/criterion.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shim/dl.h"
#include "shim/real.h"
#include "store/base.h"
#include "tests/support/need.h"
#include "tests/support/tmpdir.h"

/* An address inside a module of caller.c; NULL when it was not built. */
static void *inside_module(const char *flavour)
{
    char path[512];
    void *module;

    if (!strstr(getenv("LCC_FLAVOURS"), flavour)) {
        return NULL;
    }
    snprintf(path, sizeof(path), "%s/libcaller_%s.so", getenv("LCC_MODULES"),
             flavour);
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    return module ? dlsym(module, "call_libcurl") : NULL;
}

/* Any address of this program. */
static void *here(void)
{
    static char data;

    return &data;
}

/* The libcurl that this program was linked with, as the linker tells it. */
static void *in_libcurl(const char *symbol)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_NOLOAD);

    cr_assert(curl_version()); /* it is linked, then */
    return library ? dlsym(library, symbol) : NULL;
}

Test(real, this_program_means_the_libcurl_it_was_linked_with)
{
    bool inside = true;
    const struct lcc_real *real = lcc_real_for_caller(here(), &inside);

    cr_assert(real && real->complete && !inside);
    cr_expect(real->version == curl_version_info(CURLVERSION_NOW)->version_num);
    cr_expect(memcmp(&real->easy_init, &(void *){in_libcurl("curl_easy_init")},
                     sizeof(void *)) == 0);
    cr_expect(lcc_real_for_caller(here(), NULL) == real);
}

Test(real, libcurl_itself_is_inside)
{
    bool inside = false;
    const struct lcc_real *real =
        lcc_real_for_caller(in_libcurl("curl_easy_init"), &inside);

    cr_expect(inside && real == lcc_real_for_caller(here(), NULL));
}

Test(real, every_flavour_is_told_apart)
{
    const struct lcc_real *ours = lcc_real_for_caller(here(), NULL);
    static const char *const others[] = {"gnutls", "nss"};

    cr_expect(ours->ignores_sigpipe);
    cr_expect(lcc_real_for_caller(inside_module("openssl"), NULL) == ours);
    for (size_t i = 0; i < LCC_ARRAY_SIZE(others); i++) {
        void *address = inside_module(others[i]);
        const struct lcc_real *real =
            address ? lcc_real_for_caller(address, NULL) : NULL;

        if (!need_row(address != NULL, others[i])) {
            continue;
        }
        cr_expect(real && real != ours && real->complete, "%s", others[i]);
        cr_expect(real && !real->ignores_sigpipe, "%s", others[i]);
    }
}

Test(real, an_address_of_nobody_means_the_libcurl_of_the_process)
{
    bool inside = true;

    cr_expect(lcc_real_for_caller((void *)16, &inside) ==
              lcc_real_for_caller(here(), NULL));
    cr_expect(!inside);
}

static const struct {
    const char *name;
    bool is_libcurl;
} names[] = {
    {"libcurl.so.4", true},
    {"/a/b/libcurl-gnutls.so.4", true},
    {"libcurl-nss.so.4.8.0", true},
    {"libcurl.so", true},
    {"libcurlcache.so", false},
    {"libcurlpp.so.0", false},
    {"libcurlcache-engine.so", false},
    {"", false},
    {"/libcurl.so.4/libc.so.6", false},
    {"libcurl.a", false},
};

Test(real, names_of_libcurls_are_known)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(names); i++) {
        cr_expect(lcc_dl_is_libcurl_name(names[i].name) == names[i].is_libcurl,
                  "%s", names[i].name);
    }
}

Test(real, files_that_need_libcurl_are_told_from_others)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/libcaller_openssl.so",
             getenv("LCC_MODULES"));
    cr_expect(lcc_dl_file_needs_libcurl(path));
    snprintf(path, sizeof(path), "%s/libcaller_bare.so", getenv("LCC_MODULES"));
    cr_expect(!lcc_dl_file_needs_libcurl(path));
    cr_expect(!lcc_dl_file_needs_libcurl("/nonexistent/x.so"));
    cr_expect(!lcc_dl_file_needs_libcurl("/dev/null"));
    cr_expect(!lcc_dl_file_needs_libcurl("/"));
}

static void patch(const char *path, size_t at, char byte)
{
    FILE *file = fopen(path, "r+e");

    cr_assert(file && fseek(file, (long)at, SEEK_SET) == 0);
    cr_assert(fputc((unsigned char)byte, file) != EOF);
    cr_assert(fclose(file) == 0);
}

/* Every shorter form of a real module, and every single damaged byte of its
 * first page, is read without harm. */
Test(real, damaged_files_are_read_without_harm, .timeout = 60)
{
    char *folder = tmpdir_new();
    char *path = text_of("%s/x.so", folder);
    char *module = text_of("%s/libcaller_openssl.so", getenv("LCC_MODULES"));
    size_t size = 0;
    char *bytes = file_read(module, &size);

    cr_assert(bytes && size > 4096);
    for (size_t end = 0; end < size; end += end < 1024 ? 8 : size / 64) {
        file_write(path, bytes, end);
        (void)lcc_dl_file_needs_libcurl(path);
    }
    file_write(path, bytes, size);
    for (size_t at = 0; at < 1024; at++) {
        patch(path, at, (char)~bytes[at]);
        (void)lcc_dl_file_needs_libcurl(path);
        patch(path, at, bytes[at]);
    }
    cr_expect(lcc_dl_file_needs_libcurl(path));
    free(bytes);
    free(module);
    free(path);
    tmpdir_free(folder);
}

Test(real, a_fifo_does_not_hold_us)
{
    char *folder = tmpdir_new();
    char *path = text_of("%s/x.so", folder);

    cr_assert(mkfifo(path, 0600) == 0);
    cr_expect(!lcc_dl_file_needs_libcurl(path));
    free(path);
    tmpdir_free(folder);
}
