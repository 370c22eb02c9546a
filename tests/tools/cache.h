/*
 * cache.h - a cache in a temporary folder, filled by hand, and the tool on it
 */
#ifndef LCC_TESTS_TOOLS_CACHE_H
#define LCC_TESTS_TOOLS_CACHE_H

#include "store/store.h"
#include "tests/support/run.h"
#include "tests/support/tmpdir.h"

/* TestSuite(name, .init = cache_set_up, .fini = cache_tear_down) */
extern char *cache_folder; /* CURLCACHE_DIR; not made yet */
extern char *cache_home;   /* HOME, and where it lies in */
void cache_set_up(void);
void cache_tear_down(void);

struct cache_item {
    const char *method; /* NULL: GET */
    const char *url;    /* normal form */
    int status;         /* 0: 200 */
    const char *fields; /* lines, each with \r\n; NULL: none */
    const char *body;   /* NULL: "body" */
    size_t body_size;   /* 0: strlen */
    int64_t age_s;      /* stored so long ago */
    uint64_t first;     /* as a part that begins there, of so many bytes, */
    uint64_t part_of;   /* LCC_LENGTH_UNKNOWN too; 0: as a whole */
};
void cache_put(const struct cache_item *item);

/* Count a decision, @ago_s seconds ago; @url in normal form, or NULL. */
void cache_note(const char *url, int reason, int64_t ago_s);
struct lcc_store *cache_store(void); /* freed by the caller */

/* Run curlcache with these words. CURLCACHE_CONFIG is /dev/null. */
struct run_result tool_run(const char *const *argv);
/* With NAME=value in the environment, too. */
struct run_result tool_run_in(const char *const *env, const char *const *argv);
#define TOOL(...) tool_run(ARGV(TOOL_PATH, __VA_ARGS__))

/* A command as a row of a table has it. */
enum { WORDS_MAX = 8 };
struct words {
    const char *list[WORDS_MAX];
};
struct run_result tool_words(const struct words *words);

/* Four responses: one fresh, one expired, one old on another port, one HEAD
 * with an error; two hosts below example.org and one other. */
void cache_put_four(void);

bool says(const char *text, const char *want);
/* Exactly one line on stderr, which begins with "curlcache: "? */
bool one_sentence(const struct run_result *result);

#endif
