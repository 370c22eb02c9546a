/*
 * entry.c - our functions by name, and the entries of each libcurl
 */
#include "shim/entry.h"

#include <string.h>

#define CURL_DISABLE_TYPECHECK
#include "shim/newer.h"
#include "store/base.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#undef curl_multi_socket
#undef curl_share_setopt

/* --- entries of one libcurl each ------------------------------------------ */

#define INITS(index)                                                           \
    static CURL *easy_init_##index(void)                                       \
    {                                                                          \
        return lcc_easy_init_of(lcc_real_at(index));                           \
    }                                                                          \
    static CURLM *multi_init_##index(void)                                     \
    {                                                                          \
        return lcc_multi_init_of(lcc_real_at(index));                          \
    }                                                                          \
    static CURLSH *share_init_##index(void)                                    \
    {                                                                          \
        return lcc_share_init_of(lcc_real_at(index));                          \
    }
INITS(0)
INITS(1)
INITS(2)
INITS(3)
INITS(4)
INITS(5)
INITS(6)
INITS(7)

static CURL *(*const easy_inits[])(void) = {
    easy_init_0, easy_init_1, easy_init_2, easy_init_3,
    easy_init_4, easy_init_5, easy_init_6, easy_init_7,
};
static CURLM *(*const multi_inits[])(void) = {
    multi_init_0, multi_init_1, multi_init_2, multi_init_3,
    multi_init_4, multi_init_5, multi_init_6, multi_init_7,
};
static CURLSH *(*const share_inits[])(void) = {
    share_init_0, share_init_1, share_init_2, share_init_3,
    share_init_4, share_init_5, share_init_6, share_init_7,
};
_Static_assert(LCC_ARRAY_SIZE(multi_inits) == LCC_ARRAY_SIZE(easy_inits) &&
                   LCC_ARRAY_SIZE(share_inits) == LCC_ARRAY_SIZE(easy_inits),
               "all for each libcurl");
_Static_assert(LCC_ARRAY_SIZE(easy_inits) == LCC_LIBRARIES_MAX,
               "an entry for each libcurl");

/* --- by name ------------------------------------------------------------- */

/* An address as dlsym() answers it; a union's worth of copying, because ISO C
 * has no such cast. */
static void *address_of(const void *function, size_t size)
{
    void *address = NULL;

    memcpy(&address, function, size);
    return address;
}

bool lcc_entry_is_interposed(const char *name)
{
#define LCC_INTERPOSED(function, kind)                                         \
    if (strcmp(name, #function) == 0) {                                        \
        return true;                                                           \
    }
    if (strncmp(name, "curl_", 5) == 0) {
#include "shim/interposed.def"
    }
#undef LCC_INTERPOSED
    return false;
}

/* Programs call the deprecated ones too. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void *ours(const char *name)
{
#define LCC_INTERPOSED(function, kind)                                         \
    if (strcmp(name, #function) == 0) {                                        \
        __typeof__(&function) found = function;                                \
        return address_of(&found, sizeof(found));                              \
    }
#include "shim/interposed.def"
#undef LCC_INTERPOSED
    return NULL;
}
#pragma GCC diagnostic pop

void *lcc_entry_of(const struct lcc_real *real, const char *name)
{
    if (strcmp(name, "curl_easy_init") == 0) {
        return address_of(&easy_inits[real->index], sizeof(easy_inits[0]));
    }
    if (strcmp(name, "curl_multi_init") == 0) {
        return address_of(&multi_inits[real->index], sizeof(multi_inits[0]));
    }
    if (strcmp(name, "curl_share_init") == 0) {
        return address_of(&share_inits[real->index], sizeof(share_inits[0]));
    }
    return ours(name);
}
