/*
 * test_curlcache.c - the commands that look at a cache, and wrong use of all
 */
#include "store/base.h"
#include "store/reason.h"
#include "tests/support/need.h"
#include "tests/tools/cache.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGE_BODY = 300 * 1000 };

TestSuite(curlcache, .init = cache_set_up, .fini = cache_tear_down);

/* --- wrong use ---------------------------------------------------------- */

struct wrong_case {
    struct words words;
    const char *says;
};

static const struct wrong_case wrongs[] = {
    {{{"lst"}}, "did you mean list?"},
    {{{"frobnicate"}}, "curlcache help"},
    {{{"list", "--exipred"}}, "did you mean --expired?"},
    {{{"list", "--tll", "1h"}}, "did you mean --ttl?"},
    {{{"list", "-q"}}, "no flag"},
    {{{"list", "--older-than", "soon"}}, "--older-than takes a duration"},
    {{{"list", "--older-than"}}, "needs a value"},
    {{{"list", "--format", "xml"}}, "text or json, not \"xml\""},
    {{{"list", "--expired=1"}}, "takes no value"},
    {{{"list", "--ttl", "soon"}}, "CURLCACHE_TTL"},
    {{{"show"}}, "one URL"},
    {{{"show", "http://a/", "http://b/"}}, "one URL"},
    {{{"show", "ftp://a/"}}, "http"},
    {{{"contains"}}, "one URL"},
    {{{"contains", "http://a/", "--max-age", "x"}}, "--max-age takes"},
    {{{"contains", "http://a:b:c/"}}, "not a URL"},
    {{{"why"}}, "one URL"},
    {{{"remove"}}, "curlcache clear"},
    {{{"clear", "http://a/"}}, "curlcache remove http://a/"},
    {{{"stats", "x"}}, "takes no words"},
    {{{"dir", "x"}}, "takes no words"},
    {{{"config", "TLL"}}, "did you mean TTL?"},
    {{{"help", "lits"}}, "did you mean list?"},
    {{{"run"}}, "needs a command"},
    {{{"run", "--ttl", "soon", "true"}}, "CURLCACHE_TTL"},
    {{{"env", "true"}}, "curlcache run true"},
};

Test(curlcache, wrong_use_is_one_sentence_and_exit_2)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(wrongs); i++) {
        const struct wrong_case *c = &wrongs[i];
        RUN_RESULT result = tool_words(&c->words);

        cr_expect_eq(result.exit_code, 2, "%s: %d", c->says, result.exit_code);
        cr_expect(one_sentence(&result), "%s: %s", c->says, result.err);
        cr_expect(says(result.err, c->says), "%s: %s", c->says, result.err);
        cr_expect_eq(result.out_size, 0, "%s: %s", c->says, result.out);
    }
}

Test(curlcache, help_names_every_command_and_setting)
{
    RUN_RESULT help = TOOL("help");
    RUN_RESULT flag = TOOL("--help");
    RUN_RESULT run = TOOL("help", "run");
    RUN_RESULT of_list = TOOL("list", "--help");
    RUN_RESULT version = TOOL("--version");
    RUN_RESULT nothing = tool_run(ARGV(TOOL_PATH));

#define LCC_COMMAND(name, arguments, meaning)                                  \
    cr_expect(says(help.out, "curlcache " #name), #name);
#include "tools/commands.def"
#undef LCC_COMMAND
#define LCC_SETTING(name, type, dflt, takes, meaning)                          \
    cr_expect(says(run.out, meaning), #name);
#include "store/settings.def"
#undef LCC_SETTING
    cr_expect_str_eq(help.out, flag.out);
    cr_expect(says(of_list.out, "--older-than"));
    cr_expect(says(version.out, "curlcache "));
    cr_expect_eq(help.exit_code, 0);
    cr_expect_eq(of_list.exit_code, 0);
    cr_expect_eq(version.exit_code, 0);
    cr_expect_eq(nothing.exit_code, 2);
    cr_expect_str_eq(nothing.err, help.out);
}

/* --- no cache ----------------------------------------------------------- */

struct absent_case {
    struct words words;
    int exit_code;
};

static const struct absent_case absents[] = {
    {{{"list"}}, 1},
    {{{"list", "--format", "json"}}, 1},
    {{{"show", "http://a/"}}, 1},
    {{{"contains", "http://a/"}}, 1},
    {{{"why", "http://a/"}}, 1},
    {{{"remove", "http://a/"}}, 1},
    {{{"remove", "--expired"}}, 1},
    {{{"clear"}}, 1},
    {{{"clear", "--dry-run"}}, 1},
    {{{"stats"}}, 0},
    {{{"stats", "-z"}}, 0},
    {{{"dir"}}, 0},
    {{{"config"}}, 0},
};

Test(curlcache, without_a_cache_nothing_matches_and_none_is_made)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(absents); i++) {
        RUN_RESULT result = tool_words(&absents[i].words);

        cr_expect_eq(result.exit_code, absents[i].exit_code, "%s %s: %d",
                     absents[i].words.list[0], result.err, result.exit_code);
        cr_expect_neq(access(cache_folder, F_OK), 0, "%s makes a cache",
                      absents[i].words.list[0]);
    }
}

/* --- list --------------------------------------------------------------- */

#define ONE "a.example.org/one"
#define TWO "a.example.org/two"
#define THREE "b.example.org:8443/one"
#define FOUR "HEAD http://other.test/"

struct list_case {
    struct words words;
    bool one, two, three, four;
};

static const struct list_case lists[] = {
    {{{"list"}}, true, true, true, true},
    {{{"list", "--expired"}}, false, true, false, false},
    /* a TTL is for certain codes: the 404 would be asked for again */
    {{{"list", "--expired", "--ttl", "1h"}}, false, false, true, true},
    {{{"list", "--older-than", "1m"}}, false, true, true, false},
    {{{"list", "--older-than=1h"}}, false, false, true, false},
    {{{"list", "--host", "a.example.org"}}, true, true, false, false},
    {{{"list", "--host", "b.example.org"}}, false, false, true, false},
    {{{"list", "--host", "*.example.org"}}, true, true, true, false},
    {{{"list", "*.example.org/one"}}, true, false, true, false},
    {{{"list", "a.example.org"}}, true, true, false, false},
    {{{"list", "a.example.org", "other.test"}}, true, true, false, true},
    {{{"list", "https://*"}}, false, false, true, false},
    {{{"list", "a.example.org", "--expired"}}, false, true, false, false},
    {{{"list", "nothing.example"}}, false, false, false, false},
};

Test(curlcache, list_chooses)
{
    cache_put_four();
    for (size_t i = 0; i < LCC_ARRAY_SIZE(lists); i++) {
        const struct list_case *c = &lists[i];
        const bool any = c->one || c->two || c->three || c->four;
        RUN_RESULT result = tool_words(&c->words);
        const char *name = c->words.list[c->words.list[1] ? 1 : 0];

        cr_expect_eq(result.exit_code, any ? 0 : 1, "%s: %s", name, result.err);
        cr_expect_eq(says(result.out, ONE), c->one, "%s: %s", name, result.out);
        cr_expect_eq(says(result.out, TWO), c->two, "%s: %s", name, result.out);
        cr_expect_eq(says(result.out, THREE), c->three, "%s: %s", name,
                     result.out);
        cr_expect_eq(says(result.out, FOUR), c->four, "%s: %s", name,
                     result.out);
    }
}

/* --- JSON --------------------------------------------------------------- */

static void expect_json(const char *text, const char *name)
{
    char *path = text_of("%s/out.json", cache_home);
    const struct run run = {
        .argv = ARGV("/usr/bin/python3", "-m", "json.tool", path)};

    file_write(path, text, strlen(text));
    RUN_RESULT result = run_program(&run);
    cr_expect_eq(result.exit_code, 0, "%s: %s%s", name, text, result.err);
    free(path);
}

Test(curlcache, json_is_valid)
{
    static const struct words all[] = {
        {{"list", "--format", "json"}},
        {{"list", "nothing.example", "--format", "json"}},
        {{"stats", "--format", "json"}},
        {{"why", "http://a.example.org/one", "--format", "json"}},
        {{"why", "http://nothing.example/\"\\", "--format", "json"}},
        {{"config", "--format", "json"}},
        {{"config", "TTL", "--format=json", "--log", "/tmp/\"\xff\\"}},
    };

    need_program("/usr/bin/python3");
    cache_put_four();
    cache_note("http://a.example.org/one", LCC_REASON_HIT, 3);
    for (size_t i = 0; i < LCC_ARRAY_SIZE(all); i++) {
        RUN_RESULT result = tool_words(&all[i]);
        expect_json(result.out, all[i].list[0]);
    }
}

/* --- show --------------------------------------------------------------- */

Test(curlcache, show_prints_what_was_stored)
{
    const struct cache_item item = {
        .url = "http://a.example.org/x?token=secret",
        .fields = "Content-Type: text/plain\r\nX-A: b\r\n",
        .body = "two\0parts",
        .body_size = 9};
    static const char head[] = "HTTP/1.1 200 Fine\r\nContent-Type: text/plain"
                               "\r\nX-A: b\r\n\r\n";

    cache_put(&item);
    RUN_RESULT both = TOOL("show", item.url);
    RUN_RESULT headers = TOOL("show", item.url, "--headers");
    RUN_RESULT body =
        TOOL("show", "HTTP://A.example.org:80/x?token=secret#f", "--body");
    cr_expect_eq(both.exit_code, 0, "%s", both.err);
    cr_expect_eq(both.out_size, strlen(head) + 9);
    cr_expect_str_eq(headers.out, head);
    cr_expect_eq(body.out_size, 9);
    cr_expect_eq(memcmp(body.out, item.body, 9), 0);
    RUN_RESULT list = TOOL("list");
    const char *line = strchr(list.out, '\n');
    cr_assert_not_null(line);
    char *key = text_of("%.12s", line + 1);
    RUN_RESULT by_key = TOOL("show", key, "--headers");
    cr_expect_str_eq(by_key.out, head, "%s: %s", key, by_key.err);
    free(key);
    RUN_RESULT no_key = TOOL("show", "00000000");
    cr_expect_eq(no_key.exit_code, 1);
}

Test(curlcache, show_streams_a_large_body)
{
    char *body = malloc(LARGE_BODY);

    for (size_t i = 0; i < LARGE_BODY; i++) {
        body[i] = (char)(i * 7 % 251);
    }
    const struct cache_item item = {.url = "http://a.example.org/large",
                                    .body = body,
                                    .body_size = LARGE_BODY};
    cache_put(&item);
    RUN_RESULT result = TOOL("show", item.url, "--body");
    cr_expect_eq(result.exit_code, 0, "%s", result.err);
    cr_assert_eq(result.out_size, LARGE_BODY);
    cr_expect_eq(memcmp(result.out, body, LARGE_BODY), 0);
    free(body);
}

Test(curlcache, a_full_standard_output_is_a_failure)
{
    const struct cache_item item = {.url = "http://a.example.org/x"};
    const struct run run = {
        .argv = ARGV("/bin/sh", "-c", "\"$0\" config >/dev/full", TOOL_PATH),
        .home = cache_home};

    cache_put(&item);
    RUN_RESULT result = run_program(&run);
    cr_expect_eq(result.exit_code, 3, "%s", result.err);
}

/* --- contains ----------------------------------------------------------- */

static const struct absent_case contains[] = {
    {{{"contains", "http://a.example.org/one"}}, 0},
    {{{"contains", "HTTP://a.Example.org/x/../one#here"}}, 0},
    {{{"contains", "a.example.org/one"}}, 0},
    {{{"contains", "http://a.example.org/two?q=1"}}, 1},
    {{{"contains", "http://a.example.org/two?q=1", "--expired"}}, 0},
    {{{"contains", "http://a.example.org/two?q=1", "--ttl", "1h"}}, 0},
    {{{"contains", "http://a.example.org/two?q=2", "--ttl", "1h"}}, 1},
    {{{"contains", "https://b.example.org:8443/one"}}, 0},
    {{{"contains", "https://b.example.org:8443/one", "--max-age", "3h"}}, 0},
    {{{"contains", "https://b.example.org:8443/one", "--max-age", "1h"}}, 1},
    {{{"contains", "http://b.example.org:8443/one"}}, 1},
};

Test(curlcache, contains_answers_by_its_status)
{
    cache_put_four();
    for (size_t i = 0; i < LCC_ARRAY_SIZE(contains); i++) {
        RUN_RESULT result = tool_words(&contains[i].words);

        cr_expect_eq(result.exit_code, contains[i].exit_code, "%zu %s: %s", i,
                     contains[i].words.list[1], result.err);
        cr_expect_eq(result.out_size + result.err_size, 0, "%s", result.err);
    }
}
