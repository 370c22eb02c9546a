/*
 * play.c - one program of calls: plain, cold and warm
 */
#include "tests/calls/play.h"

#include "tests/calls/answers.h"
#include "tests/support/run.h"
#include "tests/support/tmpdir.h"
#include "tests/support/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 16, AGAIN = 3, SHOWN = 3000 };

struct words {
    char *list[WORDS_MAX + 1];
    size_t count;
};

static void add(struct words *words, char *word)
{
    if (words->count < WORDS_MAX) {
        words->list[words->count++] = word;
    } else {
        free(word);
    }
}

static void make_words(struct words *words, const struct play *play,
                       const char *text)
{
    static const char mark[] = "# env ";

    *words = (struct words){.count = 0};
    add(words, text_of("LD_PRELOAD=%s", play->preload));
    add(words, text_of("CURLCACHE_DIR=%s/cache", play->folder));
    for (const char *at = strstr(text, mark); at; at = strstr(at, mark)) {
        at += strlen(mark);
        add(words, text_of("%.*s", (int)strcspn(at, "\r\n"), at));
    }
}

static void free_words(struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        free(words->list[i]);
    }
}

struct side {
    const char *name;
    char *told; /* normal form */
    char *trouble;
};

static void side_done(struct side *side)
{
    free(side->told);
    free(side->trouble);
    *side = (struct side){.name = side->name};
}

static struct side run_side(const char *name, const struct play *play,
                            struct origin *origin, const struct words *words)
{
    char *program = text_of("%s/program", play->folder);
    RUN_RESULT result = run_program(&(struct run){
        .argv = ARGV(play->client, program, origin_base(origin), play->folder),
        .env = words ? (const char *const *)words->list : NULL,
        .home = play->folder,
        .timeout_s = PLAY_TIMEOUT_S,
    });
    struct side side = {.name = name, .told = transcript_normal(result.out)};

    if (result.timed_out || result.exit_code != 0 || result.err_size > 0 ||
        strstr(result.out, "stranger")) {
        size_t from = result.out_size > SHOWN ? result.out_size - SHOWN : 0;

        side.trouble =
            text_of("%s: %s, exit %d, signal %d\nstderr: %.2000s\nlast: %s\n",
                    name, result.timed_out ? "hangs" : "ends", result.exit_code,
                    result.signal, result.err, result.out + from);
    }
    free(program);
    return side;
}

/* Does plain libcurl agree with itself? */
static bool is_steady(const struct play *play, struct origin *origin,
                      const struct side *plain)
{
    bool steady = true;

    for (int i = 0; i < AGAIN && steady; i++) {
        struct side again = run_side("plain", play, origin, NULL);

        steady = again.trouble == NULL && strcmp(again.told, plain->told) == 0;
        side_done(&again);
    }
    return steady;
}

static enum play_outcome compare(const struct side *plain,
                                 const struct side *other, char **ret_words)
{
    if (other->trouble) {
        *ret_words = text_of("%s", other->trouble);
        return PLAY_ENDS;
    }
    *ret_words =
        transcript_compare("plain", plain->told, other->name, other->told);
    return *ret_words ? PLAY_DIFFERS : PLAY_EQUAL;
}

static enum play_outcome play_at(const struct play *play, struct origin *origin,
                                 const struct words *words, bool twice,
                                 char **ret_words)
{
    struct side plain = run_side("plain", play, origin, NULL);
    enum play_outcome outcome = PLAY_EQUAL;
    const char *const names[] = {"cold", "warm"};

    if (plain.trouble) {
        *ret_words = text_of("%s", plain.trouble);
        outcome = PLAY_UNSTEADY;
    }
    for (size_t i = 0; i < 2 && outcome == PLAY_EQUAL; i++) {
        struct side side = run_side(names[i], play, origin, words);

        outcome = compare(&plain, &side, ret_words);
        side_done(&side);
    }
    if ((outcome == PLAY_DIFFERS || outcome == PLAY_ENDS) && twice &&
        !is_steady(play, origin, &plain)) {
        outcome = PLAY_UNSTEADY;
    }
    side_done(&plain);
    return outcome;
}

static enum play_outcome play_it(const struct play *play, const char *text,
                                 bool twice, char **ret_words)
{
    struct origin *origin = answers_start();
    char *program = text_of("%s/program", play->folder);
    char *cache = text_of("%s/cache", play->folder);
    struct words words;
    enum play_outcome outcome;

    *ret_words = NULL;
    make_words(&words, play, text);
    file_write(program, text, strlen(text));
    outcome = play_at(play, origin, &words, twice, ret_words);
    free_words(&words);
    tmpdir_free(cache);
    free(program);
    origin_stop(origin);
    return outcome;
}

enum play_outcome play_once(const struct play *play, const char *text,
                            char **ret_words)
{
    return play_it(play, text, false, ret_words);
}

enum play_outcome play(const struct play *play, const char *text,
                       char **ret_words)
{
    return play_it(play, text, true, ret_words);
}
