/*
 * caller_host.c - a program that calls libcurl itself and through modules
 *
 * Each argument is a way: "self", "named" (a module found by its bare name
 * through our RUNPATH), or "local:FILE", "global:FILE", "deepbind:FILE".
 * Prints what each transfer said, one line each.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "tests/shim/caller.h"

static const char url[] = "http://127.0.0.1:1/";

static const char *through(const char *file, int mode)
{
    const char *(*call)(const char *);
    void *module = dlopen(file, RTLD_NOW | mode);
    void *symbol = module ? dlsym(module, "call_libcurl") : NULL;

    if (!symbol) {
        return "no module";
    }
    memcpy(&call, &symbol, sizeof(symbol));
    return call(url);
}

static const char *go(const char *way)
{
    const char *file = strchr(way, ':');

    if (strcmp(way, "self") == 0) {
        return call_libcurl(url);
    }
    if (!file) {
        return through(way, RTLD_LOCAL);
    }
    if (strncmp(way, "deepbind", 8) == 0) {
        return through(file + 1, RTLD_LOCAL | RTLD_DEEPBIND);
    }
    return through(file + 1, way[0] == 'g' ? RTLD_GLOBAL : RTLD_LOCAL);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        puts(go(argv[i]));
    }
    return 0;
}
