/*
 * test_curlcache_change.c - the commands that change a cache, and what the
 * settings and the ledger tell
 */
#include "store/base.h"
#include "store/reason.h"
#include "tests/tools/cache.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 300 };

TestSuite(curlcache_change, .init = cache_set_up, .fini = cache_tear_down);

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

Test(curlcache_change, remove_removes_what_was_named)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(removes); i++) {
        const struct remove_case *c = &removes[i];
        cache_put_four();
        RUN_RESULT result = tool_words(&c->words);
        const bool dry = says(result.out, "would be");

        cr_expect_eq(result.exit_code, c->left == 4 && !dry ? 1 : 0, "%zu: %s",
                     i, result.err);
        cr_expect_eq(count_stored(), c->left, "%zu: %d left", i,
                     count_stored());
    }
}

/* More than the store reads at a time, and than fits a page. */
Test(curlcache_change, remove_reaches_all_of_many)
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

Test(curlcache_change, clear_empties)
{
    cache_put_four();
    RUN_RESULT dry = TOOL("clear", "--dry-run");
    cr_expect(says(dry.out, "4 responses would be removed"), "%s", dry.out);
    cr_expect_eq(count_stored(), 4);
    RUN_RESULT clear = TOOL("clear");
    cr_expect_eq(clear.exit_code, 0, "%s", clear.err);
    cr_expect_eq(count_stored(), 0);
}

/* --- cleanup, verify ----------------------------------------------------- */

Test(curlcache_change, cleanup_drops_what_is_expired_and_cannot_be_renewed)
{
    static const struct cache_item items[] = {
        {.url = "http://a.example.org/fresh"},
        {.url = "http://a.example.org/old",
         .fields = "Cache-Control: max-age=60\r\n",
         .age_s = 100},
        {.url = "http://a.example.org/tagged",
         .fields = "Cache-Control: max-age=60\r\nETag: \"t\"\r\n",
         .age_s = 100},
        {.url = "http://a.example.org/dated",
         .fields = "Cache-Control: max-age=60\r\n"
                   "Last-Modified: Mon, 06 Jan 2020 10:20:30 GMT\r\n",
         .age_s = 100},
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(items); i++) {
        cache_put(&items[i]);
    }
    RUN_RESULT dry = TOOL("cleanup", "--dry-run");
    cr_expect(says(dry.out, "http://a.example.org/old\n"), "%s", dry.out);
    cr_expect(says(dry.out, "1 response would be removed"), "%s", dry.out);
    cr_expect_eq(count_stored(), 4);
    RUN_RESULT cleanup = TOOL("cleanup");
    cr_expect_eq(cleanup.exit_code, 0, "%s", cleanup.err);
    cr_expect_eq(count_stored(), 3);
    RUN_RESULT again = TOOL("cleanup");
    cr_expect_eq(again.exit_code, 1, "nothing matched");
    RUN_RESULT wrong = TOOL("cleanup", "a.example.org");
    cr_expect_eq(wrong.exit_code, 2);
}

static void spoil(void *arg, const char *path)
{
    int *count = arg;
    const int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (strstr(path, "/bodies/") && *count > 0) {
        cr_assert_eq(pwrite(fd, "damage", 6, 1000), 6);
        (*count)--;
    }
    close(fd);
}

static void put_large(const char *url)
{
    static char body[100000];

    memset(body, 'x', sizeof(body));
    cache_put(&(struct cache_item){.url = url,
                                   .body = body,
                                   .body_size = sizeof(body)});
}

Test(curlcache_change, verify_finds_a_damaged_body_and_repair_drops_it)
{
    int damaged = 1;

    cache_put_four();
    put_large("http://a.example.org/large");
    put_large("http://a.example.org/larger");
    RUN_RESULT whole = TOOL("verify");
    cr_expect_eq(whole.exit_code, 0, "%s", whole.err);
    cr_expect_str_eq(whole.out, "6 responses whole, nothing damaged.\n");
    files_visit(cache_folder, spoil, &damaged);
    for (int i = 0; i < 2; i++) {
        RUN_RESULT found = TOOL("verify");
        cr_expect_eq(found.exit_code, 3, "%s", found.err);
        cr_expect_str_eq(found.out, "5 responses whole; 1 response damaged.\n");
        cr_expect_eq(count_stored(), 6, "it only looks");
    }
    RUN_RESULT repaired = TOOL("verify", "--repair");
    cr_expect_eq(repaired.exit_code, 0, "%s", repaired.err);
    cr_expect(says(repaired.out, "1 response damaged and removed"), "%s",
              repaired.out);
    cr_expect_eq(count_stored(), 5);
    RUN_RESULT after = TOOL("verify");
    cr_expect_eq(after.exit_code, 0, "%s", after.out);
}

static void spoil_index(void *arg, const char *path)
{
    static const char zero[8192];
    const int fd = open(path, O_WRONLY | O_CLOEXEC);

    (void)arg;
    if (strstr(path, "/index.")) {
        cr_assert_eq(pwrite(fd, zero, sizeof(zero), 0), (ssize_t)sizeof(zero));
    }
    close(fd);
}

Test(curlcache_change, verify_finds_a_damaged_index_and_repair_makes_a_new_one)
{
    cache_put_four();
    put_large("http://a.example.org/large");
    files_visit(cache_folder, spoil_index, NULL);
    RUN_RESULT found = TOOL("verify");
    cr_expect_eq(found.exit_code, 3, "%s", found.err);
    cr_expect(says(found.out, "The index is damaged"), "%s", found.out);
    RUN_RESULT doctor = TOOL("doctor");
    cr_expect(says(doctor.out, "index of the cache is damaged"), "%s",
              doctor.out);
    RUN_RESULT repaired = TOOL("verify", "--repair");
    cr_expect_eq(repaired.exit_code, 0, "%s", repaired.err);
    cr_expect(says(repaired.out, "a new one has what was whole in it"), "%s",
              repaired.out);
    cr_expect(says(repaired.out, "5 responses whole, nothing damaged"), "%s",
              repaired.out);
    cr_expect_eq(count_stored(), 5);
    RUN_RESULT after = TOOL("verify");
    cr_expect_eq(after.exit_code, 0, "%s", after.out);
}

Test(curlcache_change, verify_without_a_cache)
{
    RUN_RESULT result = TOOL("verify");

    cr_expect_eq(result.exit_code, 1, "%s", result.err);
    cr_expect_str_eq(result.out, "There is no cache.\n");
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

Test(curlcache_change, a_damaged_cache_can_be_looked_at_and_cleared)
{
    cache_put_four();
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
    cache_put_four();
    cr_expect_eq(count_stored(), 4);
}

/* It is made anew at each boot, and a cleaner may take it. */
Test(curlcache_change, a_lost_control_page_hides_nothing)
{
    cache_put_four();
    char *control = files_find(cache_folder, "/ctl");
    cr_assert_not_null(control);
    cr_assert_eq(unlink(control), 0);
    cr_expect_eq(count_stored(), 4);
    free(control);
}

Test(curlcache_change, a_folder_that_cannot_be_written_can_be_looked_at)
{
    cache_put_four();
    RUN_RESULT dir = TOOL("dir");
    dir.out[dir.out_size - 1] = '\0';
    cr_assert_eq(chmod(dir.out, 0500), 0);
    cr_expect_eq(count_stored(), 4);
    RUN_RESULT readonly = TOOL("list", "--mode", "readonly");
    cr_expect_eq(readonly.exit_code, 0, "%s", readonly.err);
    cr_assert_eq(chmod(dir.out, 0700), 0);
}

/* --- stats, why --------------------------------------------------------- */

Test(curlcache_change, stats_count_and_z_zeroes)
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

Test(curlcache_change, why_says_what_is_stored_and_what_was_decided)
{
    cache_put_four();
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

Test(curlcache_change, dir_is_where_the_files_are)
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

Test(curlcache_change, config_says_where_a_value_came_from)
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
