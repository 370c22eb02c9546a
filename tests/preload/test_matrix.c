/*
 * test_matrix.c - every scene of the client, by the easy interface
 */
#include "tests/preload/matrix.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

enum { WORDS_MAX = 16, COUNT_FREE = -1 };

struct scene {
    const char *name;
    int plain;
    int cold;
    int warm;
    const char *env;
};

static const struct scene scenes[] = {
#define CLIENT_SCENE(name, plain, cold, warm, env)                             \
    {#name, plain, cold, warm, env},
#include "tests/preload/scenes.def"
#undef CLIENT_SCENE
};

/* The environment of one run: the preload and the words of a scene. */
struct words {
    char *owned[WORDS_MAX];
    const char *list[WORDS_MAX + 1];
    size_t count;
};

static void add_word(struct words *words, char *word)
{
    cr_assert_lt(words->count, (size_t)WORDS_MAX);
    words->owned[words->count] = word;
    words->list[words->count] = word;
    words->count++;
}

static void make_words(struct words *words, const struct scene *scene,
                       const char *folder, const char *more)
{
    memset(words, 0, sizeof(*words));
    add_word(words, text_of("LD_PRELOAD=%s", getenv("LCC_PRELOAD")));
    add_word(words, text_of("CURLCACHE_DIR=%s/cache", folder));
    for (const char *at = scene->env; *at;) {
        size_t length = strcspn(at, " ");

        add_word(words, text_of("%.*s", (int)length, at));
        at += length + strspn(at + length, " ");
    }
    if (more) {
        add_word(words, text_of("%s", more));
    }
}

static void free_words(struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        free(words->owned[i]);
    }
}

struct told {
    char *raw;
    char *out;
    char *err;
    int requests;
};

static struct told play(const struct scene *scene, struct origin *origin,
                        const char *folder, const char *const *env)
{
    int before = origin_total(origin);
    RUN_RESULT result = run_program(&(struct run){
        .argv = ARGV(getenv("LCC_CLIENT"), scene->name, origin_base(origin),
                     folder),
        .env = env,
        .home = folder,
    });

    cr_assert(!result.timed_out, "%s: it hangs; so far:\n%.2000s", scene->name,
              result.out);
    cr_assert_eq(result.exit_code, 0, "%s: exit %d, signal %d\n%s\n%.2000s",
                 scene->name, result.exit_code, result.signal, result.err,
                 result.out);
    return (struct told){
        .raw = text_of("%s", result.out),
        .out = transcript_normal(result.out),
        .err = transcript_normal(result.err),
        .requests = origin_total(origin) - before,
    };
}

static void free_told(struct told *told)
{
    free(told->raw);
    free(told->out);
    free(told->err);
}

static void expect_equal(const char *name, const char *what,
                         const struct told *plain, const struct told *other)
{
    char *out = transcript_compare("plain", plain->out, what, other->out);
    char *err = transcript_compare("plain", plain->err, what, other->err);

    cr_expect_null(out, "%s, transcript: %s", name, out);
    cr_expect_null(err, "%s, stderr: %s", name, err);
    free(out);
    free(err);
}

static void expect_requests(const char *name, const char *what, int wanted,
                            int seen)
{
    if (wanted != COUNT_FREE) {
        cr_expect_eq(seen, wanted, "%s, %s: the origin saw %d requests, not %d",
                     name, what, seen, wanted);
    }
}

/* libcurl's own times and counts fall where it reuses a connection or follows
 * a redirect; those of a hit never do. */
static void expect_ordered(const char *name, const struct told *warm)
{
    cr_expect(strstr(warm->raw, "times fall") == NULL, "%s: times fall", name);
    cr_expect(strstr(warm->raw, "progress fell") == NULL, "%s: progress falls",
              name);
}

ParameterizedTestParameters(matrix, plain_cold_and_warm_agree)
{
    static size_t rows[SCENES_MAX];

    for (size_t i = 0; i < matrix_scene_count; i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, matrix_scene_count);
}

ParameterizedTest(size_t *row, matrix, plain_cold_and_warm_agree,
                  .timeout = 120)
{
    const struct scene *scene = &scenes[*row];
    struct origin *origin = origin_start(NULL);
    char *folder = tmpdir_new();
    struct words words;

    make_words(&words, scene, folder, NULL);
    struct told plain = play(scene, origin, folder, NULL);
    struct told cold = play(scene, origin, folder, words.list);
    struct told warm = play(scene, origin, folder, words.list);

    expect_equal(scene->name, "cold", &plain, &cold);
    expect_equal(scene->name, "warm", &plain, &warm);
    if (warm.requests == 0) {
        expect_ordered(scene->name, &warm);
    }
    expect_requests(scene->name, "plain", scene->plain, plain.requests);
    expect_requests(scene->name, "cold", scene->cold, cold.requests);
    expect_requests(scene->name, "warm", scene->warm, warm.requests);
    free_told(&plain);
    free_told(&cold);
    free_told(&warm);
    free_words(&words);
    tmpdir_free(folder);
    origin_stop(origin);
}

ParameterizedTestParameters(matrix, what_is_checked_first_looks_the_same)
{
    static size_t rows[sizeof(scenes) / sizeof(scenes[0])];
    size_t count = sizeof(rows) / sizeof(rows[0]);

    for (size_t i = 0; i < count; i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, count);
}

/* The origin answers 304 wherever it can: the program sees none of them, nor
 * the validators that brought them. */
ParameterizedTest(size_t *row, matrix, what_is_checked_first_looks_the_same,
                  .timeout = 120)
{
    const struct scene *scene = &scenes[*row];
    struct origin *origin = origin_start(NULL);
    char *folder = tmpdir_new();
    struct words words;

    origin_validate(origin);
    make_words(&words, scene, folder, "CURLCACHE_ALWAYS_REVALIDATE=1");
    struct told plain = play(scene, origin, folder, NULL);
    struct told cold = play(scene, origin, folder, words.list);
    struct told checked = play(scene, origin, folder, words.list);

    expect_equal(scene->name, "cold", &plain, &cold);
    expect_equal(scene->name, "checked", &plain, &checked);
    free_told(&plain);
    free_told(&cold);
    free_told(&checked);
    free_words(&words);
    tmpdir_free(folder);
    origin_stop(origin);
}
