/*
 * test_valgrind.c - programs that nobody built for it, watched by valgrind
 *
 * Sanitizers cannot look into them (their objects are not instrumented), so
 * valgrind does. What counts is an error with a frame of ours in it: programs
 * and their languages have some of their own.
 */
#include "tests/preload/stage.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

struct watched {
    const char *name;
    const char *need;
    const char *line; /* after the words of valgrind */
};

/* clang-format off */
static const struct watched rows[] = {
    { "curl", "true", "curl -sS -L --compressed -b a=b -o /dev/null $URL/hop1 $URL/medium $URL/gzip $URL/nothing-here" },
    { "curl, many entries", "true", "curl -sS \"$URL/medium?n=[1-40]\" -o /dev/null" },
    { "pycurl", "/usr/bin/python3 -c 'import pycurl'",
      "/usr/bin/python3 -c 'import os, pycurl\n"
      "for path in (\"/small\", \"/medium\", \"/hop1\"):\n"
      "    c = pycurl.Curl()\n"
      "    c.setopt(c.URL, os.environ[\"URL\"] + path)\n"
      "    c.setopt(c.FOLLOWLOCATION, 1)\n"
      "    c.setopt(c.WRITEFUNCTION, lambda b: None)\n"
      "    c.perform()\n"
      "    c.getinfo(c.EFFECTIVE_URL)\n"
      "    c.close()'" },
    { "php", "php -r 'exit(extension_loaded(\"curl\") ? 0 : 1);'",
      "php -d opcache.jit=off -r 'foreach ([\"/small\", \"/medium\"] as $p) {\n"
      "  $c = curl_init(getenv(\"URL\") . $p);\n"
      "  curl_setopt($c, CURLOPT_RETURNTRANSFER, true);\n"
      "  curl_exec($c); curl_getinfo($c); }'" },
};
/* clang-format on */

/* Errors in the log that have a frame of ours, as a text; NULL: none. */
static char *ours_in(char *log)
{
    char *found = NULL;

    for (char *error = log; error && !found;) {
        /* Errors are set apart by a line that holds the number alone. */
        char *end = strstr(error, "== \n");

        if (end) {
            *end = '\0';
        }
        if (strstr(error, "libcurlcache")) {
            found = text_of("%s", error);
        }
        error = end ? end + 4 : NULL;
    }
    return found;
}

ParameterizedTestParameters(valgrind, finds_nothing_of_ours)
{
    static size_t which[sizeof(rows) / sizeof(rows[0])];
    size_t count = sizeof(which) / sizeof(which[0]);

    for (size_t i = 0; i < count; i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, count);
}

ParameterizedTest(size_t *which, valgrind, finds_nothing_of_ours,
                  .timeout = 240)
{
    const struct watched *row = &rows[*which];

    stage_need("curl");
    RUN_RESULT parts =
        run_program(&(struct run){.argv = ARGV("sh", "-c", row->need)});

    stage_need_that(parts.exit_code == 0, row->name);
    struct stage *stage = stage_begin();
    char *log = text_of("%s/valgrind.log", stage->folder);
    char *line =
        text_of("LD_PRELOAD=$LCC_PRELOAD exec valgrind -q --log-file=%s "
                "--leak-check=full --show-leak-kinds=definite "
                "--suppressions=$SUPPRESSIONS "
                "--num-callers=30 %s",
                log, row->line);

    stage_set(stage, "PYTHONMALLOC", "malloc");
    stage_set(stage, "USE_ZEND_ALLOC", "0");
    for (int i = 0; i < 2; i++) {
        stage_requests(stage);
        RUN_RESULT now =
            stage_run(stage, STAGE_PLAIN, "CURLCACHE_TTL=1h", line);
        char *said = file_read(log, NULL);
        char *ours = said ? ours_in(said) : NULL;

        cr_assert_not_null(said, "valgrind wrote no log: %s", now.err);
        cr_expect_null(ours, "%s, run %d:\n%s", row->name, i + 1, ours);
        cr_expect_eq(now.exit_code, 0, "%s: exit %d: %s", row->name,
                     now.exit_code, now.err);
        if (i == 1) {
            /* The 404 of curl's row alone is asked again. */
            cr_expect_leq(stage_requests(stage), 1, "%s: it is not cached",
                          row->name);
        }
        free(said);
        free(ours);
    }
    free(log);
    free(line);
    stage_end(stage);
}
