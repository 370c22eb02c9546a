/*
 * entry.c - our functions by name, and the entries of each libcurl
 */
#include "shim/entry.h"

#include <string.h>

#define CURL_DISABLE_TYPECHECK
#include "store/base.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* --- entries of one libcurl each ------------------------------------------ */

#define EASY_INIT(index)                                                       \
    static CURL *easy_init_##index(void)                                       \
    {                                                                          \
        return lcc_easy_init_of(lcc_real_at(index));                           \
    }
EASY_INIT(0)
EASY_INIT(1)
EASY_INIT(2)
EASY_INIT(3)
EASY_INIT(4)
EASY_INIT(5)
EASY_INIT(6)
EASY_INIT(7)

static CURL *(*const easy_inits[])(void) = {
    easy_init_0, easy_init_1, easy_init_2, easy_init_3,
    easy_init_4, easy_init_5, easy_init_6, easy_init_7,
};
_Static_assert(LCC_ARRAY_SIZE(easy_inits) == LCC_LIBRARIES_MAX,
               "an entry for each libcurl");

/* --- by name ---------------------------------------------------------------
 */

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

void *lcc_entry_of(const struct lcc_real *real, const char *name)
{
    if (strcmp(name, "curl_easy_init") == 0) {
        return address_of(&easy_inits[real->index], sizeof(easy_inits[0]));
    }
    return ours(name);
}
