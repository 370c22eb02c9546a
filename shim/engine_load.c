/*
 * engine_load.c - loading libcurlcache-engine.so at the first HTTP transfer
 */
#include "shim/engine_load.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "shim/dl.h"

/* lcc_active(), decided once. */
enum { LCC_UNDECIDED, LCC_ACTIVE, LCC_INACTIVE };

static _Atomic int activity;
static _Atomic(const struct lcc_engine *) engine;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

/* Whatever else it holds, the engine finds no fault with or complains of. */
static bool says_disable(const char *value)
{
    return value && strcmp(value, "1") == 0;
}

bool lcc_active(void)
{
    int now = atomic_load_explicit(&activity, memory_order_relaxed);

    if (now == LCC_UNDECIDED) {
        now = getauxval(AT_SECURE) ||
                      says_disable(secure_getenv("CURLCACHE_DISABLE"))
                  ? LCC_INACTIVE
                  : LCC_ACTIVE;
        atomic_store_explicit(&activity, now, memory_order_relaxed);
    }
    return now == LCC_ACTIVE;
}

static void load(void)
{
    void *(*open)(const char *, int) = lcc_dl_real_dlopen();
    void *(*find)(void *, const char *) = lcc_dl_real_dlsym();
    const struct lcc_engine *(*table)(void) = NULL;
    const struct lcc_engine *found = NULL;
    void *library = NULL;
    void *symbol;

    if (open) {
        /* The linker knows where we were loaded from, also when that was a
         * relative path and the program has changed its folder since. */
        library = open("$ORIGIN/" LCC_ENGINE_FILE,
                       RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    }
    symbol = library && find ? find(library, LCC_ENGINE_SYMBOL) : NULL;
    memcpy(&table, &symbol, sizeof(symbol));
    found = table ? table() : NULL;
    if (found && found->version == LCC_ENGINE_VERSION) {
        atomic_store_explicit(&engine, found, memory_order_release);
    }
}

const struct lcc_engine *lcc_engine_loaded(void)
{
    return atomic_load_explicit(&engine, memory_order_acquire);
}

const struct lcc_engine *lcc_engine_load(void)
{
    const struct lcc_engine *loaded = lcc_engine_loaded();

    if (!loaded && lcc_active()) {
        pthread_once(&engine_once, load);
        loaded = lcc_engine_loaded();
    }
    return loaded;
}
