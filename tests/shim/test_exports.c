/*
 * test_exports.c - what the built objects show to the world
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base.h"
#include "tests/support/run.h"

/* nm or readelf of one of the built objects; the caller frees it. */
static char *ask(const char *program, const char *flag, const char *object)
{
    const char *argv[] = {program, flag, getenv(object), NULL};
    RUN_RESULT result = run_program(&(struct run){.argv = argv});

    cr_assert(argv[2], "%s is not set", object);
    cr_assert(result.exit_code == 0, "%s %s: %s", program, argv[2], result.err);
    return strdup(result.out);
}

static const char *const interposed[] = {
#define LCC_INTERPOSED(name, kind) #name,
#include "shim/interposed.def"
#undef LCC_INTERPOSED
    "dlopen",
    "dlsym",
};

static bool is_interposed(const char *name)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(interposed); i++) {
        if (strcmp(name, interposed[i]) == 0) {
            return true;
        }
    }
    return false;
}

Test(exports, what_is_interposed_is_exported_without_a_version_and_no_more)
{
    char *symbols = ask("nm", "-DP", "LCC_BUILT_PRELOAD");
    size_t defined = 0;
    char *rest = NULL;

    for (char *line = strtok_r(symbols, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char name[256] = "";
        char type = 0;

        cr_assert(sscanf(line, "%255s %c", name, &type) == 2, "%s", line);
        if (type != 'U' && type != 'w') {
            defined++;
            cr_expect(is_interposed(name), "%s", line);
        }
    }
    cr_expect(defined == LCC_ARRAY_SIZE(interposed), "%zu", defined);
    free(symbols);
}

Test(exports, the_preloaded_object_needs_libc_alone)
{
    char *dynamic = ask("readelf", "-d", "LCC_BUILT_PRELOAD");
    char *rest = NULL;

    cr_expect(strstr(dynamic, "NODELETE"));
    cr_expect(strstr(dynamic, "BIND_NOW") || strstr(dynamic, "Flags: NOW"));
    for (char *line = strtok_r(dynamic, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        cr_expect(!strstr(line, "(NEEDED)") || strstr(line, "[libc.so") ||
                      strstr(line, "san.so") || strstr(line, "[libdl.so") ||
                      strstr(line, "[libpthread.so") || strstr(line, "[ld-"),
                  "%s", line);
    }
    free(dynamic);
}

Test(exports, the_engine_has_one_door_and_no_libcurl_or_libdb_outside)
{
    char *symbols;
    char *dynamic;

    if (!getenv("LCC_BUILT_ENGINE")) {
        cr_skip_test("there is no engine in this build");
    }
    symbols = ask("nm", "-DP", "LCC_BUILT_ENGINE");
    dynamic = ask("readelf", "-d", "LCC_BUILT_ENGINE");
    cr_expect(strstr(symbols, "lcc_engine_table T"));
    cr_expect(!strstr(symbols, "curl_"), "%s", symbols);
    cr_expect(!strstr(symbols, "db_"), "%s", symbols);
    cr_expect(!strstr(dynamic, "libcurl.so") && !strstr(dynamic, "libcurl-"));
    cr_expect(!strstr(dynamic, "libdb"));
    free(symbols);
    free(dynamic);
}
