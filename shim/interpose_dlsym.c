/*
 * interpose_dlsym.c - what the exported dlsym() changes
 *
 * Programs that load libcurl themselves (foreign function interfaces) ask for
 * its functions by name, and would go past us. Asked for a function that we
 * export, on a handle of a library, the answer is ours if it was libcurl's.
 * All other questions are passed on by a jump: the real dlsym() looks at its
 * return address (dlsym(3), RTLD_NEXT), and whoever interposes it as well
 * would otherwise meet itself.
 */
#include <dlfcn.h>
#include <errno.h>

#include "shim/dl.h"
#include "shim/engine_load.h"
#include "shim/entry.h"

/* Two registers in both calling conventions; dl_jump.S reads them. */
struct answer {
    void *(*function)(void *, const char *); /* to jump to; NULL: */
    void *address;                           /* is the answer */
};

struct answer lcc_dlsym_decide(void *library, const char *name);

static const char here[] = "an address of ours";

static void *no_dlsym(void *library, const char *name)
{
    (void)library;
    (void)name;
    return NULL;
}

/* An older libcurl lacks some. */
static bool any_has(const char *name)
{
    const struct lcc_real *real = lcc_real_any();

    return real && lcc_real_has(real, name);
}

/* Was it us that the search found first, in a process whose libcurl lacks it,
 * or that has none? Then there is no such function, and dlerror() shall say
 * so. */
static void *not_found(void *library, const char *name)
{
    return dlvsym(library, name, "of libcurl");
}

static void *ask(void *(*real_dlsym)(void *, const char *), void *library,
                 const char *name)
{
    void *found = real_dlsym(library, name);
    const struct link_map *map = found ? lcc_dl_map_of(found) : NULL;
    const struct lcc_real *real;

    if (map && map == lcc_dl_map_of(here)) {
        return any_has(name) ? found : not_found(library, name);
    }
    if (!map || !lcc_dl_is_libcurl_name(map->l_name)) {
        return found;
    }
    real = lcc_real_of_symbol(found);
    return real && real->complete ? lcc_entry_of(real, name) : found;
}

/* RTLD_NEXT is a question about whoever asks. Through RTLD_DEFAULT our own
 * function is found, as by linking, where there is a libcurl behind it. */
static bool is_for_us(const void *library, const char *name)
{
    if (!name || library == RTLD_NEXT || !lcc_entry_is_interposed(name) ||
        !lcc_active()) {
        return false;
    }
    return library != RTLD_DEFAULT || !any_has(name);
}

struct answer lcc_dlsym_decide(void *library, const char *name)
{
    int before = errno;
    struct answer answer = {lcc_dl_real_dlsym(), NULL};

    if (!answer.function) {
        answer.function = no_dlsym;
    } else if (is_for_us(library, name)) {
        answer.address = ask(answer.function, library, name);
        answer.function = NULL;
    }
    errno = before;
    return answer;
}
