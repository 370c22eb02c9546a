/*
 * Where settings come from, which source wins, and the one sentence about
 * what cannot be used.
 *
 * Criterion gives each test a process of its own, so the environment is the
 * test's alone.
 */
#include "store/settings.h"
#include "tests/support/cases.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[PATH_MAX];

static void write_file(const char *name, const char *text)
{
    char path[PATH_MAX + 64];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static int remove_one(const char *path, const struct stat *status, int type,
                      struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void clean_environment(void)
{
    const char *base = getenv("TMPDIR");

    (void)snprintf(folder, sizeof(folder), "%s/settings.XXXXXX",
                   base ? base : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
    for (size_t i = 0; i < LCC_SETTING_MAX_; i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "CURLCACHE_%s",
                       lcc_setting_name((enum lcc_setting)i));
        unsetenv(name);
    }
    unsetenv("CURLCACHE_PATH");
    unsetenv("CURLCACHE_CONFIG");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", folder, 1);
}

static void remove_folder(void)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(settings, .init = clean_environment, .fini = remove_folder);

static struct lcc_settings *load(void)
{
    struct lcc_settings *settings = NULL;
    char system_file[PATH_MAX + 64];

    (void)snprintf(system_file, sizeof(system_file), "%s/system.conf", folder);
    cr_assert_eq(lcc_settings_load_with(system_file, &settings), 0);
    return settings;
}

static void use_config(const char *text)
{
    char path[PATH_MAX + 64];

    write_file("user.conf", text);
    (void)snprintf(path, sizeof(path), "%s/user.conf", folder);
    setenv("CURLCACHE_CONFIG", path, 1);
}

Test(settings, defaults)
{
    struct lcc_settings *s = load();
    char want[PATH_MAX + 64];

    cr_expect_str_empty(s->problem);
    cr_expect_not(s->disable);
    cr_expect_eq(s->policy.ttl_s, LCC_TTL_UNSET);
    cr_expect_eq(s->policy.fallback_ttl_s, 3600);
    cr_expect_eq(s->policy.cache_control, LCC_CACHE_CONTROL_AUTO);
    cr_expect_eq(s->policy.mode, LCC_MODE_NORMAL);
    cr_expect_not(s->policy.codes.set);
    cr_expect_eq(s->policy.methods.count, 2);
    cr_expect_eq(s->policy.redact_params.count, 10);
    cr_expect_eq(s->max_size_bytes, UINT64_C(1) << 30);
    cr_expect_eq(s->max_entry_bytes, (UINT64_C(1) << 30) / 10);
    cr_expect_null(s->log);
    (void)snprintf(want, sizeof(want), "%s/.cache/curlcache", folder);
    cr_expect_str_eq(s->dir, want);
    cr_expect_str_eq(s->text[LCC_SETTING_DIR], want);
    for (size_t i = 0; i < LCC_SETTING_MAX_; i++) {
        cr_expect_eq(s->origin[i], LCC_ORIGIN_DEFAULT);
        cr_expect_not_null(s->text[i]);
    }
    lcc_settings_free(s);
}

Test(settings, the_strongest_source_wins)
{
    write_file("system.conf", "TTL = 1\nMODE = offline\nFALLBACK_TTL = 9\n");
    use_config("TTL = 2\nMODE = recache\n");
    setenv("CURLCACHE_TTL", "3", 1);
    struct lcc_settings *s = load();

    cr_expect_str_empty(s->problem, "%s", s->problem);
    cr_expect_eq(s->policy.ttl_s, 3);
    cr_expect_eq(s->origin[LCC_SETTING_TTL], LCC_ORIGIN_ENVIRONMENT);
    cr_expect_eq(s->policy.mode, LCC_MODE_RECACHE);
    cr_expect_eq(s->origin[LCC_SETTING_MODE], LCC_ORIGIN_USER_FILE);
    cr_expect_eq(s->policy.fallback_ttl_s, 9);
    cr_expect_eq(s->origin[LCC_SETTING_FALLBACK_TTL], LCC_ORIGIN_SYSTEM_FILE);
    cr_expect_str_eq(s->text[LCC_SETTING_MODE], "recache");
    lcc_settings_free(s);
}

Test(settings, an_empty_value_counts_as_unset)
{
    use_config("TTL = 2\n");
    setenv("CURLCACHE_TTL", "", 1);
    setenv("CURLCACHE_MODE", "  ", 1);
    struct lcc_settings *s = load();

    cr_expect_str_empty(s->problem);
    cr_expect_eq(s->policy.ttl_s, 2);
    cr_expect_eq(s->policy.mode, LCC_MODE_NORMAL);
    lcc_settings_free(s);
}

Test(settings, a_weaker_source_may_be_wrong_when_it_is_not_used)
{
    use_config("TTL = rubbish\n");
    setenv("CURLCACHE_TTL", "3", 1);
    struct lcc_settings *s = load();

    cr_expect_str_empty(s->problem);
    lcc_settings_free(s);
}

Test(settings, a_file_has_comments_blank_lines_and_long_names)
{
    use_config("# a comment\r\n\r\n  CURLCACHE_TTL=1h  \r\nMODE\t=\treadonly\n"
               "TTL = 2h");
    struct lcc_settings *s = load();

    cr_expect_str_empty(s->problem, "%s", s->problem);
    cr_expect_eq(s->policy.ttl_s, 7200, "the last line wins");
    cr_expect_eq(s->policy.mode, LCC_MODE_READONLY);
    lcc_settings_free(s);
}

Test(settings, the_users_file_has_a_usual_place)
{
    char path[PATH_MAX + 64];

    (void)snprintf(path, sizeof(path), "mkdir -p '%s/xdg/curlcache'", folder);
    cr_assert_eq(system(path), 0);
    (void)snprintf(path, sizeof(path), "%s/xdg", folder);
    setenv("XDG_CONFIG_HOME", path, 1);
    write_file("xdg/curlcache/curlcache.conf", "TTL = 5\n");
    struct lcc_settings *s = load();

    cr_expect_eq(s->policy.ttl_s, 5);
    lcc_settings_free(s);
    setenv("XDG_CONFIG_HOME", "relative", 1);
    s = load();
    cr_expect_eq(s->policy.ttl_s, LCC_TTL_UNSET, "relative counts as unset");
    lcc_settings_free(s);
}

Test(settings, unknown_names_in_a_file_are_kept_for_the_tool)
{
    use_config("TTL = 1\nTLT = 5\n");
    struct lcc_settings *s = load();

    cr_expect_str_empty(s->problem);
    cr_assert_eq(s->unknown.count, 1);
    cr_expect_not_null(strstr(s->unknown.items[0], "user.conf:2: TLT"));
    lcc_settings_free(s);
}

struct problem_case {
    const char *name;
    const char *variable;
    const char *value;
    const char *want[3]; /* what the sentence must hold */
};

/* clang-format off */
static const struct problem_case problems[] = {
    {"a duration", "CURLCACHE_TTL", "1x", {"CURLCACHE_TTL is \"1x\"", "it takes a duration such as"}},
    {"a mode", "CURLCACHE_MODE", "ofline", {"\"ofline\"", "it takes normal, offline", "did you mean offline?"}},
    {"one element of a list", "CURLCACHE_CODES", "200,9", {"\"200,9\"", "\"9\" cannot be used"}},
    {"a method that is not cached", "CURLCACHE_METHODS", "PUT", {"\"PUT\"", "a list of GET, HEAD, POST and QUERY"}},
    {"control characters are not printed", "CURLCACHE_TTL", "\x1b[31m", {"\"?[31m\""}},
    {"a password is not printed", "CURLCACHE_STORE", "redis://me:secret@host/0", {"redis://*********@host/0"}},
    {"a file that is not there", "CURLCACHE_CONFIG", "/nowhere/x", {"CURLCACHE_CONFIG", "/nowhere/x", "No such file"}},
    {"a folder for a file", "CURLCACHE_CONFIG", "/", {"CURLCACHE_CONFIG", "Is a directory"}},
};
/* clang-format on */

LCC_CASES(settings, problems, problems)
{
    const struct problem_case *c = &problems[*which];

    setenv(c->variable, c->value, 1);
    struct lcc_settings *s = load();
    for (size_t i = 0; i < LCC_ARRAY_SIZE(c->want) && c->want[i]; i++) {
        cr_expect_not_null(strstr(s->problem, c->want[i]), "%s: %s", c->name,
                           s->problem);
    }
    cr_expect_null(strchr(s->problem, '\n'));
    lcc_settings_free(s);
}

Test(settings, a_problem_in_a_file_names_its_line)
{
    use_config("\nTTL = 1x\n");
    struct lcc_settings *s = load();

    cr_expect_not_null(strstr(s->problem, "user.conf:2: TTL is \"1x\""), "%s",
                       s->problem);
    lcc_settings_free(s);
    use_config("TTL 1\n");
    s = load();
    cr_expect_not_null(strstr(s->problem, "user.conf:1 is \"TTL 1\""), "%s",
                       s->problem);
    lcc_settings_free(s);
}

Test(settings, a_value_too_long_is_a_problem_and_is_cut_where_shown)
{
    static char value[LCC_SETTING_VALUE_MAX + 2];

    memset(value, 'a', sizeof(value) - 1);
    setenv("CURLCACHE_ALLOW", value, 1);
    struct lcc_settings *s = load();
    cr_expect_not_null(strstr(s->problem, "aaa...\""), "%s", s->problem);
    lcc_settings_free(s);
}

Test(settings, a_file_too_long_is_a_problem)
{
    static char text[LCC_SETTINGS_FILE_MAX + 2];

    memset(text, '\n', sizeof(text) - 1);
    use_config(text);
    struct lcc_settings *s = load();
    cr_expect_not_null(strstr(s->problem, "longer than"), "%s", s->problem);
    lcc_settings_free(s);
}

Test(settings, who_stands_aside_has_no_problem)
{
    setenv("CURLCACHE_DISABLE", "1", 1);
    setenv("CURLCACHE_TTL", "rubbish", 1);
    struct lcc_settings *s = load();

    cr_expect(s->disable);
    cr_expect_str_empty(s->problem);
    lcc_settings_free(s);
}

Test(settings, the_folder_has_two_names_and_becomes_absolute)
{
    char cwd[PATH_MAX];
    char want[PATH_MAX + 64];

    cr_assert_not_null(getcwd(cwd, sizeof(cwd)));
    setenv("CURLCACHE_PATH", "here", 1);
    struct lcc_settings *s = load();
    (void)snprintf(want, sizeof(want), "%s/here", cwd);
    cr_expect_str_eq(s->dir, want);
    lcc_settings_free(s);
    setenv("CURLCACHE_DIR", "/there", 1);
    s = load();
    cr_expect_str_eq(s->dir, "/there", "DIR is the stronger name");
    lcc_settings_free(s);
    unsetenv("CURLCACHE_DIR");
    unsetenv("CURLCACHE_PATH");
    setenv("XDG_CACHE_HOME", "/xdg", 1);
    s = load();
    cr_expect_str_eq(s->dir, "/xdg/curlcache");
    lcc_settings_free(s);
}

Test(settings, without_home_the_user_database_is_asked)
{
    unsetenv("HOME");
    struct lcc_settings *s = load();

    cr_assert_not_null(s->dir);
    cr_expect_eq(s->dir[0], '/');
    lcc_settings_free(s);
}

Test(settings, one_response_may_take_a_tenth)
{
    setenv("CURLCACHE_MAX_SIZE", "1000", 1);
    struct lcc_settings *s = load();
    cr_expect_eq(s->max_entry_bytes, 100);
    cr_expect_str_eq(s->text[LCC_SETTING_MAX_ENTRY], "100");
    lcc_settings_free(s);
    setenv("CURLCACHE_MAX_ENTRY", "700", 1);
    s = load();
    cr_expect_eq(s->max_entry_bytes, 700);
    lcc_settings_free(s);
}

struct program_case {
    const char *programs;
    const char *program;
    bool want;
};

static const struct program_case programs[] = {
    {"", "curl", true},
    {"curl", "curl", true},
    {"curl", "git", false},
    {"!git", "curl", true},
    {"!git", "git", false},
    {"git*,!git-lfs", "git-lfs", false},
    {"git*,!git-lfs", "git-remote-https", true},
    {"php*", "php8.2", true},
};

LCC_CASES(settings, programs, programs)
{
    const struct program_case *c = &programs[*which];

    setenv("CURLCACHE_PROGRAMS", c->programs, 1);
    struct lcc_settings *s = load();
    cr_expect_eq(lcc_settings_program(s, c->program), c->want, "%s in %s",
                 c->program, c->programs);
    lcc_settings_free(s);
}

static void note(void *arg, const char *name, const char *nearest)
{
    char *notes = arg;
    size_t used = strlen(notes);

    (void)snprintf(notes + used, 200 - used, "%s>%s;", name,
                   nearest ? nearest : "");
}

Test(settings, unknown_variables_are_pointed_at)
{
    char notes[200] = "";

    clearenv();
    setenv("CURLCACHE_TLT", "1", 1);
    setenv("CURLCACHE_CONFIG", "x", 1);
    setenv("CURLCACHE_PATH", "x", 1);
    setenv("CURLCACHE_TTL", "1", 1);
    setenv("CURLCACHE_QUITEELSE", "1", 1);
    setenv("OTHER", "1", 1);
    lcc_settings_unknown(note, notes);
    cr_expect_not_null(strstr(notes, "CURLCACHE_TLT>CURLCACHE_TTL;"), "%s",
                       notes);
    cr_expect_not_null(strstr(notes, "CURLCACHE_QUITEELSE>;"), "%s", notes);
    cr_expect_eq(strlen(notes),
                 strlen("CURLCACHE_TLT>CURLCACHE_TTL;"
                        "CURLCACHE_QUITEELSE>;"),
                 "%s", notes);
}

Test(settings, every_default_is_one_that_parses)
{
    /* Loading fails outright when one does not. */
    struct lcc_settings *s = load();

    for (size_t i = 0; i < LCC_SETTING_MAX_; i++) {
        enum lcc_setting setting = (enum lcc_setting)i;
        if (lcc_setting_default(setting)[0]) {
            cr_expect_str_eq(s->text[i], lcc_setting_default(setting));
        }
    }
    lcc_settings_free(s);
    cr_expect_null(lcc_settings_free(NULL));
}
