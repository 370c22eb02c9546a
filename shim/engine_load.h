/*
 * engine_load.h - the engine, once it is needed, and whether we take part
 */
#ifndef LCC_ENGINE_LOAD_H
#define LCC_ENGINE_LOAD_H

#include "shim/engine.h"

/* False: CURLCACHE_DISABLE is set, or the process is a secure-execution one
 * (ld.so(8)); then nothing is followed and everything is passed on. Decided
 * at the first call. */
bool lcc_active(void);

/* The engine when it is loaded already, else NULL. */
const struct lcc_engine *lcc_engine_loaded(void);

/**
 * lcc_engine_load() - the engine, loaded from beside ourselves at first use
 *
 * Thread-safe. A file that is missing or of another version is not looked for
 * again.
 *
 * Return: NULL when there is none: pass everything on.
 */
const struct lcc_engine *lcc_engine_load(void);

#endif
