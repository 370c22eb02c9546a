/*
 * test_documents.c - README and manual pages say what the tables say
 */
#include "store/base.h"
#include "tests/support/tmpdir.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define README SOURCE_ROOT "/README.md"
#define PAGE_TOOL SOURCE_ROOT "/tools/curlcache.1"
#define PAGE_LIBRARY SOURCE_ROOT "/tools/libcurlcache.7"

struct setting {
    const char *name, *dflt, *takes, *meaning;
};
static const struct setting settings[] = {
#define LCC_SETTING(name, type, dflt, takes, meaning)                          \
    {"CURLCACHE_" #name, dflt, takes, meaning},
#include "store/settings.def"
#undef LCC_SETTING
};

struct reason {
    const char *word, *sentence, *section;
};
static const struct reason reasons[] = {
#define LCC_REASON(name, kind, word, sentence, section)                        \
    {word, sentence, section},
#include "store/reason.def"
#undef LCC_REASON
};

struct command {
    const char *name, *arguments, *meaning;
};
static const struct command commands[] = {
#define LCC_COMMAND(name, arguments, meaning) {#name, arguments, meaning},
#include "tools/commands.def"
#undef LCC_COMMAND
};

/* The text without roff's and Markdown's escapes, white space as one space,
 * request lines of roff as text. The caller frees it. */
static char *plain(const char *path)
{
    size_t size = 0;
    char *text = file_read(path, &size);
    size_t to = 0;

    cr_assert_not_null(text, "%s", path);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\\' && (text[i + 1] == '-' || text[i + 1] == '|')) {
            continue;
        }
        if (text[i] == '\\' && text[i + 1] == '&') {
            i++;
            continue;
        }
        const bool space = isspace((unsigned char)text[i]);
        if (!space || (to > 0 && text[to - 1] != ' ')) {
            text[to++] = space ? ' ' : text[i];
        }
    }
    text[to] = '\0';
    return text;
}

static void expect(const char *document, const char *path, const char *want)
{
    cr_expect(strstr(document, want), "%s does not say: %s", path, want);
}

static size_t count(const char *document, const char *word)
{
    size_t found = 0;

    for (const char *at = strstr(document, word); at;
         at = strstr(at + 1, word)) {
        found++;
    }
    return found;
}

Test(documents, every_setting_is_in_the_manual)
{
    char *page = plain(PAGE_LIBRARY);

    for (size_t i = 0; i < LCC_ARRAY_SIZE(settings); i++) {
        const struct setting *s = &settings[i];
        char *dflt =
            s->dflt[0] ? text_of(" Default: %s.", s->dflt) : text_of("%s", "");
        char *want = text_of(".TP .B %s %s. Takes %s.%s", s->name, s->meaning,
                             s->takes, dflt);
        expect(page, PAGE_LIBRARY, want);
        free(want);
        free(dflt);
    }
    cr_expect_eq(count(page, ".TP .B CURLCACHE_"), LCC_ARRAY_SIZE(settings));
    free(page);
}

Test(documents, every_reason_is_in_the_manual)
{
    char *page = plain(PAGE_LIBRARY);
    char *list = strstr(page, ".SH REASONS");
    char *end = list ? strstr(list, ".SH LIMITS") : NULL;

    cr_assert_not_null(end);
    *end = '\0';
    for (size_t i = 0; i < LCC_ARRAY_SIZE(reasons); i++) {
        const struct reason *r = &reasons[i];
        char *section =
            r->section[0] ? text_of(" (%s)", r->section) : text_of("%s", "");
        char *want = text_of(".TP .B %s %s%s.", r->word, r->sentence, section);
        expect(list, PAGE_LIBRARY, want);
        free(want);
        free(section);
    }
    cr_expect_eq(count(list, ".TP "), LCC_ARRAY_SIZE(reasons));
    free(page);
}

Test(documents, every_command_is_in_the_manual)
{
    char *page = plain(PAGE_TOOL);

    for (size_t i = 0; i < LCC_ARRAY_SIZE(commands); i++) {
        const struct command *c = &commands[i];
        char *want =
            text_of(".TP .B curlcache %s%s%s %s.", c->name,
                    c->arguments[0] ? " " : "", c->arguments, c->meaning);
        expect(page, PAGE_TOOL, want);
        free(want);
    }
    cr_expect_eq(count(page, ".TP .B curlcache "), LCC_ARRAY_SIZE(commands));
    free(page);
}

Test(documents, the_tables_of_the_readme_are_those_of_the_code)
{
    char *page = plain(README);

    for (size_t i = 0; i < LCC_ARRAY_SIZE(settings); i++) {
        const struct setting *s = &settings[i];
        char *dflt = s->dflt[0] ? text_of("`%s`", s->dflt) : text_of("%s", "-");
        char *want = text_of("| `%s` | %s | %s |", s->name, dflt, s->meaning);
        expect(page, README, want);
        free(want);
        free(dflt);
    }
    for (size_t i = 0; i < LCC_ARRAY_SIZE(commands); i++) {
        const struct command *c = &commands[i];
        char *want =
            text_of("| `curlcache %s%s%s` | %s |", c->name,
                    c->arguments[0] ? " " : "", c->arguments, c->meaning);
        expect(page, README, want);
        free(want);
    }
    const char *table = strstr(page, "## Settings");
    cr_assert_not_null(table);
    cr_expect_eq(count(table, "| `CURLCACHE_"), LCC_ARRAY_SIZE(settings));
    cr_expect_eq(count(page, "| `curlcache "), LCC_ARRAY_SIZE(commands));
    free(page);
}

/* A path as documents write it: between backquotes, below a folder of ours,
 * `file.[ch]` and `file_*.c` standing for more than one. */
static void expect_file(const char *document, const char *name)
{
    glob_t found = {0};
    char *pattern = text_of("%s/%s", SOURCE_ROOT, name);
    const int result = glob(pattern, 0, NULL, &found);

    cr_expect_eq(result, 0, "%s names %s, which is not there", document, name);
    if (result == 0) {
        globfree(&found);
    }
    free(pattern);
}

Test(documents, the_files_they_name_are_there)
{
    static const char *const documents[] = {README,
                                            SOURCE_ROOT "/CONTRIBUTING.md"};
    static const char *const folders[] = {"shim/", "store/", "tests/",
                                          "tools/"};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(documents); i++) {
        char *text = file_read(documents[i], NULL);
        size_t seen = 0;
        cr_assert_not_null(text);
        for (char *at = strchr(text, '`'); at; at = strchr(at + 1, '`')) {
            for (size_t j = 0; j < LCC_ARRAY_SIZE(folders); j++) {
                if (strncmp(at + 1, folders[j], strlen(folders[j])) == 0) {
                    char *name =
                        text_of("%.*s", (int)strcspn(at + 1, "` \n"), at + 1);
                    expect_file(documents[i], name);
                    free(name);
                    seen++;
                }
            }
        }
        cr_expect_gt(seen, 0, "%s", documents[i]);
        free(text);
    }
    expect_file(README, "tools/demo");
    expect_file(README, "tools/test");
}
