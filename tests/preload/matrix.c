/*
 * matrix.c - one scene of the client: plain, cold and warm are equal
 */
#include "tests/preload/matrix.h"

#include "tests/support/origin.h"
#include "tests/support/run.h"
#include "tests/support/tmpdir.h"
#include "tests/support/transcript.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 16, COUNT_FREE = -1 };

const struct scene matrix_scenes[] = {
#define CLIENT_SCENE(name, plain, cold, warm, env)                             \
    {#name, plain, cold, warm, env},
#include "tests/preload/scenes.def"
#undef CLIENT_SCENE
};
const size_t matrix_scene_count =
    sizeof(matrix_scenes) / sizeof(matrix_scenes[0]);

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
                       const char *shape, const char *folder, const char *more)
{
    memset(words, 0, sizeof(*words));
    if (shape) {
        add_word(words, text_of("CLIENT_SHAPE=%s", shape));
    }
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

void matrix_expect_agreement(const struct scene *scene, const char *shape)
{
    struct origin *origin = origin_start(NULL);
    char *folder = tmpdir_new();
    struct words words;
    const char *plain_env[2] = {NULL, NULL};
    char *name = text_of("%s by %s", scene->name, shape ? shape : "easy");

    make_words(&words, scene, shape, folder, NULL);
    plain_env[0] = words.list[0]; /* the shape alone */
    struct told plain = play(scene, origin, folder, shape ? plain_env : NULL);
    struct told cold = play(scene, origin, folder, words.list);
    struct told warm = play(scene, origin, folder, words.list);

    expect_equal(name, "cold", &plain, &cold);
    expect_equal(name, "warm", &plain, &warm);
    if (warm.requests == 0) {
        expect_ordered(name, &warm);
    }
    expect_requests(name, "plain", scene->plain, plain.requests);
    expect_requests(name, "cold", scene->cold, cold.requests);
    expect_requests(name, "warm", scene->warm, warm.requests);
    free_told(&plain);
    free_told(&cold);
    free_told(&warm);
    free(name);
    free_words(&words);
    tmpdir_free(folder);
    origin_stop(origin);
}

void matrix_expect_checks_unseen(const struct scene *scene, const char *shape)
{
    struct origin *origin = origin_start(NULL);
    char *folder = tmpdir_new();
    struct words words;
    const char *plain_env[2] = {NULL, NULL};
    char *name = text_of("%s by %s", scene->name, shape ? shape : "easy");

    origin_validate(origin);
    make_words(&words, scene, shape, folder, "CURLCACHE_ALWAYS_REVALIDATE=1");
    plain_env[0] = words.list[0]; /* the shape alone */
    struct told plain = play(scene, origin, folder, shape ? plain_env : NULL);
    struct told cold = play(scene, origin, folder, words.list);
    struct told checked = play(scene, origin, folder, words.list);

    expect_equal(name, "cold", &plain, &cold);
    expect_equal(name, "checked", &plain, &checked);
    free_told(&plain);
    free_told(&cold);
    free_told(&checked);
    free(name);
    free_words(&words);
    tmpdir_free(folder);
    origin_stop(origin);
}
