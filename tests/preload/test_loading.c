/*
 * test_loading.c - transfers before main() and after it, and libraries that
 * are closed and loaded again: the same plain, cold and warm
 */
#include "tests/preload/stage.h"

#include "tests/support/cases.h"

#include <stdlib.h>
#include <string.h>

static const struct loading {
    const char *name;
    const char *line; /* $PRE is our object, or nothing */
    bool gnutls;
} loadings[] = {
    {"the program", "exec env LD_PRELOAD=$PRE $LCC_LIFETIME", false},
    {"a thread that goes on", "exec env LD_PRELOAD=$PRE $LCC_LIFETIME restless",
     false},
    {"a module after ours",
     "exec env LD_PRELOAD=$PRE:$LCC_LIFETIME_MODULE $LCC_LIFETIME", false},
    {"a module before ours",
     "exec env LD_PRELOAD=$LCC_LIFETIME_MODULE:$PRE $LCC_LIFETIME", false},
    {"a module, bound at once",
     "exec env LD_BIND_NOW=1 LD_PRELOAD=$PRE:$LCC_LIFETIME_MODULE "
     "$LCC_LIFETIME",
     false},
    {"closed and loaded again",
     "exec env LD_PRELOAD=$PRE $LCC_RELOAD libcurl.so.4 libcurl.so.4 "
     "libcurl.so.4",
     false},
    {"two flavours in turn",
     "exec env LD_PRELOAD=$PRE $LCC_RELOAD libcurl.so.4 libcurl-gnutls.so.4 "
     "libcurl.so.4 libcurl-gnutls.so.4",
     true},
    {"two flavours at once",
     "exec env LD_PRELOAD=$PRE $LCC_RELOAD both libcurl.so.4 "
     "libcurl-gnutls.so.4",
     true},
};

static struct run_result run(struct stage *stage, const struct loading *row,
                             const char *preload)
{
    char *line = text_of("PRE=%s; %s", preload, row->line);
    struct run_result result =
        stage_run(stage, STAGE_PLAIN, "CURLCACHE_TTL=1h", line);

    free(line);
    return result;
}

LCC_CASES(loading, the_same_plain_cold_and_warm, loadings)
{
    const struct loading *row = &loadings[*which];

    stage_need_that(!row->gnutls || getenv("LCC_GNUTLS"), "libcurl-gnutls");
    struct stage *stage = stage_begin();
    RUN_RESULT plain = run(stage, row, "");

    cr_expect_eq(plain.exit_code, 0, "%s plain: exit %d, signal %d: %s",
                 row->name, plain.exit_code, plain.signal, plain.err);
    cr_expect_gt(plain.out_size, 0, "%s", row->name);
    stage_requests(stage);
    for (int i = 0; i < 2; i++) {
        RUN_RESULT got = run(stage, row, getenv("LCC_PRELOAD"));

        cr_expect_eq(got.exit_code, 0, "%s, run %d: exit %d, signal %d: %s",
                     row->name, i, got.exit_code, got.signal, got.err);
        cr_expect_str_eq(got.out, plain.out, "%s, run %d", row->name, i);
        cr_expect_str_eq(got.err, plain.err, "%s, run %d", row->name, i);
        int requests = stage_requests(stage);

        cr_expect(i == 0 ? requests > 0 : requests == 0, "%s, run %d: %d",
                  row->name, i, requests);
    }
    stage_end(stage);
}
