/*
 * public_suffix.c - asking the libpsl that libcurl brought along
 */
#include "shim/public_suffix.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 256 };

static struct {
    const void *(*builtin)(void);
    int (*acceptable)(const void *list, const char *host, const char *domain);
} psl;

static pthread_once_t psl_once = PTHREAD_ONCE_INIT;

/* Only a library that is there already: nothing is loaded. */
static void psl_find(void)
{
    void *library = dlopen("libpsl.so.5", RTLD_LAZY | RTLD_NOLOAD);

    if (!library) {
        return;
    }
    *(void **)&psl.builtin = dlsym(library, "psl_builtin");
    *(void **)&psl.acceptable =
        dlsym(library, "psl_is_cookie_domain_acceptable");
}

bool lcc_suffix_used(const struct lcc_real *real)
{
    return real->version_info(CURLVERSION_NOW)->features & CURL_VERSION_PSL;
}

/* The list is in lower case. False: too long to be asked for. */
static bool lower(const char *from, char to[NAME_MAX_BYTES])
{
    size_t size = strlen(from);

    if (size >= NAME_MAX_BYTES) {
        return false;
    }
    for (size_t i = 0; i <= size; i++) {
        to[i] = from[i] >= 'A' && from[i] <= 'Z' ? (char)(from[i] - 'A' + 'a')
                                                 : from[i];
    }
    return true;
}

enum lcc_suffix_answer lcc_suffix_check(const struct lcc_real *real,
                                        const char *host, const char *domain)
{
    char low_host[NAME_MAX_BYTES];
    char low_domain[NAME_MAX_BYTES];

    if (strcasecmp(host, domain) == 0 || !lcc_suffix_used(real)) {
        return LCC_SUFFIX_ALLOWED;
    }
    pthread_once(&psl_once, psl_find);
    if (!psl.builtin || !psl.acceptable || !psl.builtin()) {
        return LCC_SUFFIX_UNKNOWN;
    }
    if (!lower(host, low_host) || !lower(domain, low_domain)) {
        return LCC_SUFFIX_REFUSED;
    }
    return psl.acceptable(psl.builtin(), low_host, low_domain)
               ? LCC_SUFFIX_ALLOWED
               : LCC_SUFFIX_REFUSED;
}
