/*
 * test_parallel.c - real programs that drive a multi handle
 */
#include "tests/preload/stage.h"
#include "tests/support/need.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

enum { COLD_AND_WARM = 2 };

static const struct {
    const char *name;
    const char *need;
    const char *module; /* exits with 0 where the line can run */
    const char *line;
    int requests; /* of a plain run; as many when cold, none when warm */
} programs[] = {
    {"curl -Z", "curl", "true",
     "cd $DIR && curl -sS -Z --no-progress-meter --parallel-max 20 "
     "\"$URL/small?[1-100]\" -o 'out-#1' 2>/dev/null && cat out-*",
     100},
    {"pycurl CurlMulti", "/usr/bin/python3",
     "/usr/bin/python3 -c 'import pycurl'",
     "/usr/bin/python3 -c '\n"
     "import io, os, pycurl\n"
     "multi = pycurl.CurlMulti(); easies = []\n"
     "for i in range(20):\n"
     "    easy = pycurl.Curl(); easy.body = io.BytesIO()\n"
     "    easy.setopt(pycurl.URL, os.environ[\"URL\"] + \"/medium?%d\" % i)\n"
     "    easy.setopt(pycurl.WRITEFUNCTION, easy.body.write)\n"
     "    multi.add_handle(easy); easies.append(easy)\n"
     "running = 1; done = 0\n"
     "while running:\n"
     "    code, running = multi.perform()\n"
     "    left, good, bad = multi.info_read()\n"
     "    done += len(good); assert not bad\n"
     "    if running: multi.select(1.0)\n"
     "print(done, [hash(e.body.getvalue()) == hash(easies[0].body.getvalue())"
     " for e in easies], [e.getinfo(pycurl.RESPONSE_CODE) for e in easies])\n"
     "'",
     20},
    {"PHP curl_multi", "php", "php -r 'exit(!function_exists(\"curl_init\"));'",
     "php -r '\n"
     "$m = curl_multi_init(); $all = []; $messages = 0;\n"
     "for ($i = 0; $i < 20; $i++) {\n"
     "    $c = curl_init(getenv(\"URL\") . \"/small?$i\");\n"
     "    curl_setopt($c, CURLOPT_RETURNTRANSFER, 1);\n"
     "    curl_multi_add_handle($m, $c); $all[] = $c;\n"
     "}\n"
     "do {\n"
     "    $s = curl_multi_exec($m, $running);\n"
     "    if ($running) curl_multi_select($m);\n"
     "} while ($running && $s == CURLM_OK);\n"
     "while ($i = curl_multi_info_read($m)) $messages += $i[\"result\"] == 0;\n"
     "foreach ($all as $c) {\n"
     "    echo md5(curl_multi_getcontent($c)), \" \",\n"
     "        curl_getinfo($c, CURLINFO_HTTP_CODE), \"\\n\";\n"
     "    curl_multi_remove_handle($m, $c);\n"
     "}\n"
     "echo \"$messages messages\\n\";\n"
     "'",
     20},
    {"cmake file(DOWNLOAD)", "cmake", "true",
     "cd $DIR && printf 'foreach(i RANGE 1 5)\\n"
     "file(DOWNLOAD \"%s/small?${i}\" got-${i} STATUS s)\\n"
     "message(\"${s}\")\\nendforeach()\\n' \"$URL\" > d.cmake && "
     "cmake -P d.cmake && cat got-*",
     5},
};

ParameterizedTestParameters(parallel, the_same_plain_cold_and_warm)
{
    static size_t rows[sizeof(programs) / sizeof(programs[0])];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(size_t *row, parallel, the_same_plain_cold_and_warm,
                  .timeout = 120)
{
    const char *line = programs[*row].line;
    const char *name = programs[*row].name;

    stage_need(programs[*row].need);
    RUN_RESULT module = run_program(
        &(struct run){.argv = ARGV("sh", "-c", programs[*row].module)});

    stage_need_that(module.exit_code == 0, name);
    struct stage *stage = stage_begin();
    RUN_RESULT plain = stage_run(stage, STAGE_PLAIN, "", line);

    cr_expect_eq(plain.exit_code, 0, "%s plain: %s", name, plain.err);
    cr_expect_eq(stage_requests(stage), programs[*row].requests, "%s", name);
    for (int i = 0; i < COLD_AND_WARM; i++) {
        RUN_RESULT got =
            stage_run(stage, STAGE_CACHED, "CURLCACHE_TTL=1h", line);

        cr_expect_eq(got.exit_code, 0, "%s, run %d: %s", name, i, got.err);
        cr_expect_str_eq(got.out, plain.out, "%s, run %d", name, i);
        cr_expect_str_eq(got.err, plain.err, "%s, run %d", name, i);
        cr_expect_eq(stage_requests(stage), i ? 0 : programs[*row].requests,
                     "%s, run %d", name, i);
    }
    stage_end(stage);
}
