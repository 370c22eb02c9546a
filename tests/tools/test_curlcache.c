/*
 * test_curlcache.c - every command that looks at a cache or changes it
 */
#include "store/base.h"
#include "store/reason.h"
#include "tests/tools/cache.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 8, LARGE_BODY = 300 * 1000, MANY = 300 };

TestSuite(curlcache, .init = cache_set_up, .fini = cache_tear_down);

struct words {
    const char *list[WORDS_MAX];
};

static struct run_result tool_words(const struct words *words)
{
    const char *argv[WORDS_MAX + 2] = {TOOL_PATH};

    for (size_t i = 0; i < WORDS_MAX && words->list[i]; i++) {
        argv[i + 1] = words->list[i];
    }
    return tool_run(argv);
}

static bool says(const char *text, const char *want)
{
    return strstr(text, want) != NULL;
}

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

static void put_four(void)
{
    static const struct cache_item items[] = {
        {.url = "http://a.example.org/one",
         .fields = "Cache-Control: max-age=600\r\n"},
        {.url = "http://a.example.org/two?q=1",
         .fields = "Cache-Control: max-age=60\r\n",
         .age_s = 120},
        {.url = "https://b.example.org:8443/one",
         .fields = "Cache-Control: max-age=100000\r\n",
         .age_s = 7200},
        {.url = "http://other.test/",
         .method = "HEAD",
         .status = 404,
         .fields = "Cache-Control: max-age=600\r\n"},
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(items); i++) {
        cache_put(&items[i]);
    }
}

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
    put_four();
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

    if (!run_find("python3")) {
        cr_skip_test("python3 is not installed");
    }
    put_four();
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
    put_four();
    for (size_t i = 0; i < LCC_ARRAY_SIZE(contains); i++) {
        RUN_RESULT result = tool_words(&contains[i].words);

        cr_expect_eq(result.exit_code, contains[i].exit_code, "%zu %s: %s", i,
                     contains[i].words.list[1], result.err);
        cr_expect_eq(result.out_size + result.err_size, 0, "%s", result.err);
    }
}

/* --- remove, clear ------------------------------------------------------ */

struct remove_case {
    struct words words;
    int left; /* of four */
};

static const struct remove_case removes[] = {
    {{{"remove", "http://a.example.org/one"}}, 3},
    {{{"remove", "http://a.example.org/one", "http://other.test/"}}, 2},
    {{{"remove", "a.example.org"}}, 2},
    {{{"remove", "*.example.org", "other.test"}}, 0},
    {{{"remove", "--expired"}}, 3},
    {{{"remove", "--older-than", "1h"}}, 3},
    {{{"remove", "--host", "other.test"}}, 3},
    {{{"remove", "a.example.org", "--expired"}}, 3},
    {{{"remove", "http://a.example.org/one", "--expired"}}, 4},
    {{{"remove", "a.example.org", "--dry-run"}}, 4},
    {{{"remove", "http://a.example.org/"}}, 4},
};

static int count_lines(const char *text)
{
    int lines = 0;

    for (; *text; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static int count_stored(void)
{
    RUN_RESULT list = TOOL("list");

    return list.exit_code == 0 ? count_lines(list.out) - 1 : 0;
}

Test(curlcache, remove_removes_what_was_named)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(removes); i++) {
        const struct remove_case *c = &removes[i];
        put_four();
        RUN_RESULT result = tool_words(&c->words);
        const bool dry = says(result.out, "would be");

        cr_expect_eq(result.exit_code, c->left == 4 && !dry ? 1 : 0, "%zu: %s",
                     i, result.err);
        cr_expect_eq(count_stored(), c->left, "%zu: %d left", i,
                     count_stored());
    }
}

/* More than the store reads at a time, and than fits a page. */
Test(curlcache, remove_reaches_all_of_many)
{
    for (int i = 0; i < MANY; i++) {
        char *url =
            text_of("http://%s.example.org/%d", i % 3 ? "some" : "other", i);
        const struct cache_item item = {.url = url};
        cache_put(&item);
        free(url);
    }
    cr_expect_eq(count_stored(), MANY);
    RUN_RESULT result = TOOL("remove", "some.example.org");
    cr_expect(says(result.out, "200 responses removed"), "%s%s", result.out,
              result.err);
    cr_expect_eq(count_stored(), MANY - 200);
}

Test(curlcache, clear_empties)
{
    put_four();
    RUN_RESULT dry = TOOL("clear", "--dry-run");
    cr_expect(says(dry.out, "4 responses would be removed"), "%s", dry.out);
    cr_expect_eq(count_stored(), 4);
    RUN_RESULT clear = TOOL("clear");
    cr_expect_eq(clear.exit_code, 0, "%s", clear.err);
    cr_expect_eq(count_stored(), 0);
}

static void damage(void *arg, const char *path)
{
    static const char rubbish[64] = "this is no database";
    const int fd = open(path, O_WRONLY | O_CLOEXEC);

    (void)arg;
    for (off_t at = 0; at < 64 * 1024; at += (off_t)sizeof(rubbish)) {
        cr_assert_eq(pwrite(fd, rubbish, sizeof(rubbish), at), sizeof(rubbish));
    }
    close(fd);
}

Test(curlcache, a_damaged_cache_can_be_looked_at_and_cleared)
{
    put_four();
    files_visit(cache_folder, damage, NULL);
    RUN_RESULT dir = TOOL("dir");
    RUN_RESULT config = TOOL("config");
    RUN_RESULT list = TOOL("list");
    RUN_RESULT clear = TOOL("clear");
    cr_expect_eq(dir.exit_code, 0, "%s", dir.err);
    cr_expect_eq(config.exit_code, 0, "%s", config.err);
    cr_expect_neq(list.exit_code, 0);
    cr_expect_neq(list.exit_code, -1, "signal %d", list.signal);
    cr_expect_eq(clear.exit_code, 0, "%s", clear.err);
    put_four();
    cr_expect_eq(count_stored(), 4);
}

/* --- stats, why --------------------------------------------------------- */

Test(curlcache, stats_count_and_z_zeroes)
{
    const struct cache_item item = {.url = "http://a.example.org/x"};

    cache_put(&item);
    cache_note(NULL, LCC_REASON_HIT, 9);
    cache_note(NULL, LCC_REASON_HIT, 8);
    cache_note(NULL, LCC_REASON_STORED, 7);
    cache_note(NULL, LCC_REASON_RANGE, 6);
    RUN_RESULT stats = TOOL("stats", "-z");
    cr_expect_eq(stats.exit_code, 0, "%s", stats.err);
    cr_expect(says(stats.out, "stored   1 response,"), "%s", stats.out);
    cr_expect(says(stats.out, "requests 4\n"), "%s", stats.out);
    cr_expect(says(stats.out, "hits     2 (50 %)"), "%s", stats.out);
    cr_expect(says(stats.out, "misses   1\npassed   1\n"), "%s", stats.out);
    cr_expect(says(stats.out, "saved    4.0K, 3.0 ms"), "%s", stats.out);
    cr_expect(says(stats.out, "range"), "%s", stats.out);
    RUN_RESULT again = TOOL("stats");
    cr_expect(says(again.out, "requests 0\n"), "%s", again.out);
    cr_expect(says(again.out, "since"), "%s", again.out);
}

Test(curlcache, why_says_what_is_stored_and_what_was_decided)
{
    put_four();
    cache_note("http://a.example.org/one", LCC_REASON_HIT, 90);
    cache_note("http://passed.example/", LCC_REASON_RANGE, 5);
    RUN_RESULT hit = TOOL("why", "http://a.example.org/one");
    RUN_RESULT expired = TOOL("why", "http://a.example.org/two?q=1");
    RUN_RESULT longer =
        TOOL("why", "http://a.example.org/two?q=1", "--ttl", "never");
    RUN_RESULT passed = TOOL("why", "http://passed.example");
    RUN_RESULT unknown = TOOL("why", "http://unknown.example");
    RUN_RESULT denied = TOOL("why", "http://a.example.org/one?token=secret",
                             "--deny", "a.example.org");
    cr_expect(says(hit.out, "GET 200, 4, "), "%s", hit.out);
    cr_expect(says(hit.out, "by max-age"), "%s", hit.out);
    cr_expect(says(hit.out, "last decision: hit, 1m 3"), "%s", hit.out);
    cr_expect(says(expired.out, "expired 1m ago, by max-age") ||
                  says(expired.out, "expired 1m 1s ago, by max-age"),
              "%s", expired.out);
    cr_expect(says(longer.out, "for ever, by CURLCACHE_TTL"), "%s", longer.out);
    cr_expect(says(passed.out, "nothing is stored"), "%s", passed.out);
    cr_expect(says(passed.out, "the request asks for a part"), "%s",
              passed.out);
    cr_expect_eq(passed.exit_code, 0);
    cr_expect_eq(unknown.exit_code, 1);
    cr_expect(says(denied.out, "CURLCACHE_DENY"), "%s", denied.out);
    cr_expect_not(says(denied.out, "secret"), "%s", denied.out);
}

/* --- dir, config -------------------------------------------------------- */

Test(curlcache, dir_is_where_the_files_are)
{
    const struct cache_item item = {.url = "http://a.example.org/x"};

    cache_put(&item);
    RUN_RESULT dir = TOOL("dir");
    cr_assert_gt(dir.out_size, 0);
    dir.out[dir.out_size - 1] = '\0';
    cr_expect_eq(strncmp(dir.out, cache_folder, strlen(cache_folder)), 0);
    char *database = files_find(dir.out, ".db");
    cr_expect_not_null(database, "%s", dir.out);
    free(database);
}

Test(curlcache, config_says_where_a_value_came_from)
{
    char *file = text_of("%s/my.conf", cache_home);
    char *config = text_of("CURLCACHE_CONFIG=%s", file);
    static const char lines[] = "FALLBACK_TTL = 2h\nMODE = readonly\n";

    file_write(file, lines, strlen(lines));
    RUN_RESULT result =
        tool_run_in(ARGV(config, "CURLCACHE_MODE=offline", "CURLCACHE_TLL=1h"),
                    ARGV(TOOL_PATH, "config"));
    cr_expect_eq(result.exit_code, 0, "%s", result.err);
#define LCC_SETTING(name, type, dflt, takes, meaning)                          \
    cr_expect(says(result.out, "CURLCACHE_" #name " "), #name);
#include "store/settings.def"
#undef LCC_SETTING
    cr_expect(says(result.out, "2h"), "%s", result.out);
    cr_expect(says(result.out, "offline"), "%s", result.out);
    cr_expect_not(says(result.out, "readonly"), "%s", result.out);
    cr_expect(says(result.err, "CURLCACHE_TLL means nothing; did you mean "
                               "CURLCACHE_TTL?"),
              "%s", result.err);
    RUN_RESULT bad = tool_run_in(ARGV("CURLCACHE_MAX_SIZE=large"),
                                 ARGV(TOOL_PATH, "config"));
    cr_expect_eq(bad.exit_code, 2);
    cr_expect(says(bad.out, "CURLCACHE_TTL"), "%s", bad.out);
    cr_expect(says(bad.err, "CURLCACHE_MAX_SIZE"), "%s", bad.err);
    cr_expect(says(bad.err, "large"), "%s", bad.err);
    free(config);
    free(file);
}
