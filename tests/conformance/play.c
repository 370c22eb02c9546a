/*
 * play.c - acts between the shared waits
 *
 * Time passes for all rows at once: every row is played up to its next wait,
 * then the wait is waited once.
 */
#include "tests/conformance/play.h"

#include "tests/conformance/judge.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WAIT_MS = 2300,  /* longer than the shortest lifetimes, which are 1 s */
    LATER_MS = 3000, /* how long a request that comes later may take */
    TICK_MS = 20,
    ENV_MAX = 16,
};

static const char *const settings[SETTINGS_COUNT][ENV_MAX] = {
    [RFC_ONLY] = {"CURLCACHE_FALLBACK_TTL=0"},
    [WITH_FALLBACK] = {"CURLCACHE_FALLBACK_TTL=1h"},
    [STALE_IF_ERROR] = {"CURLCACHE_FALLBACK_TTL=0",
                        "CURLCACHE_STALE_IF_ERROR=1h"},
    [STALE_REVALIDATE] = {"CURLCACHE_FALLBACK_TTL=0",
                          "CURLCACHE_STALE_WHILE_REVALIDATE=1h"},
    [ALWAYS_REVALIDATE] = {"CURLCACHE_FALLBACK_TTL=0",
                           "CURLCACHE_ALWAYS_REVALIDATE=1"},
    [WITH_POST] = {"CURLCACHE_FALLBACK_TTL=0",
                   "CURLCACHE_METHODS=GET,HEAD,POST"},
    [WITH_STATUS] = {"CURLCACHE_FALLBACK_TTL=0", "CURLCACHE_STATUS_HEADER=1"},
    [REFRESHING] = {"CURLCACHE_FALLBACK_TTL=0", "CURLCACHE_MODE=refresh"},
    [RECACHING] = {"CURLCACHE_FALLBACK_TTL=0", "CURLCACHE_MODE=recache"},
};

struct stage {
    struct script_origin *origin;
    struct link links[SETTINGS_COUNT];
    bool started[SETTINGS_COUNT];
    char *folders[SETTINGS_COUNT];
};

static void rest(int ms)
{
    struct timespec pause = {.tv_sec = ms / 1000,
                             .tv_nsec = (long)(ms % 1000) * 1000000};

    nanosleep(&pause, NULL);
}

const char *const *play_settings(enum setting setting)
{
    return settings[setting];
}

/* --- clients ------------------------------------------------------------- */

static struct link *link_of(const struct play *play, struct stage *stage,
                            enum setting setting)
{
    const char *env[ENV_MAX * 2] = {NULL};
    size_t count = 0;

    if (!stage->started[setting]) {
        stage->folders[setting] = tmpdir_new();
        char *preload = text_of("LD_PRELOAD=%s", play->preload);
        char *folder = text_of("CURLCACHE_DIR=%s", stage->folders[setting]);

        env[count++] = preload;
        env[count++] = folder;
        /* The first of two values of a name is the one that counts. */
        for (const char *const *at = play->more; at && *at; at++) {
            env[count++] = *at;
        }
        for (const char *const *at = settings[setting]; *at; at++) {
            env[count++] = *at;
        }
        stage->links[setting] = link_start(play->client, play->shape, env);
        stage->started[setting] = true;
        free(preload);
        free(folder);
    }
    return &stage->links[setting];
}

static void stage_done(struct stage *stage)
{
    for (int i = 0; i < SETTINGS_COUNT; i++) {
        if (stage->started[i]) {
            int status = link_stop(&stage->links[i]);

            if (status != 0) {
                printf("# client %d ended with %d\n", i, status);
            }
            tmpdir_free(stage->folders[i]);
        }
    }
    script_origin_stop(stage->origin);
}

/* --- one step ------------------------------------------------------------ */

static void order_fields(struct link *link, const struct step *step,
                         const struct place *place)
{
    char *filled = text_fill(step->ask, place);
    const char *cursor = filled;
    char line[LINE_MAX_BYTES];

    while (text_line(&cursor, line)) {
        link_order(link, "field", line);
    }
    free(filled);
}

static void order(struct link *link, const struct step *step,
                  const struct place *place)
{
    char *url = text_of("%s%s", place->base, step->path ? step->path : "");

    link_order(link, "url", url);
    if (step->post) {
        link_order(link, "post", step->post);
    }
    if (step->method) {
        link_order(link, "method", step->method);
    }
    if (step->range) {
        link_order(link, "range", step->range);
    }
    order_fields(link, step, place);
    free(url);
}

static void await_later(struct script_origin *origin, size_t number,
                        const struct step *step)
{
    for (int waited = 0;
         step->later && waited < LATER_MS &&
         script_origin_count(origin, number) < judge_requests(step);
         waited += TICK_MS) {
        rest(TICK_MS);
    }
    if (step->later) {
        rest(TICK_MS * 5); /* until what it brought is stored */
    }
}

static void play_step(const struct play *play, struct stage *stage,
                      size_t number)
{
    struct verdict *verdict = &play->verdicts[number];
    const struct step *step = &verdict->row->steps[verdict->at];
    struct link *link = link_of(play, stage, verdict->row->setting);
    struct place place = script_origin_place(stage->origin, number);
    struct seen seen;

    script_origin_step(stage->origin, number, verdict->at);
    order(link, step, &place);
    if (!link_go(link, &seen)) {
        printf("Bail out! the client is gone in row `%s`\n",
               verdict->row->name);
        exit(99);
    }
    await_later(stage->origin, number, step);
    verdict->complaint =
        judge_step(stage->origin, number, verdict->row, verdict->at, &seen);
    seen_done(&seen);
}

/* Up to the next wait; @waited: the wait before the first step is over. */
static void play_act(const struct play *play, struct stage *stage,
                     size_t number, bool waited)
{
    struct verdict *verdict = &play->verdicts[number];

    while (!verdict->ended) {
        const struct step *step = &verdict->row->steps[verdict->at];

        if (verdict->at == STEPS_MAX || step->expect == END) {
            verdict->ended = true;
            return;
        }
        if (step->wait && !waited) {
            return;
        }
        waited = false;
        play_step(play, stage, number);
        if (verdict->complaint) {
            verdict->ended = true;
            return;
        }
        verdict->at++;
    }
}

/* --- all rows ------------------------------------------------------------ */

static bool is_wanted(const char *only, const struct group *group,
                      const struct row *row)
{
    return !only || strcasestr(group->name, only) ||
           strcasestr(row->name, only);
}

void play_gather(struct play *play)
{
    play->verdicts = calloc(ROWS_MAX, sizeof(*play->verdicts));
    if (!play->verdicts) {
        exit(99);
    }
    for (const struct group *group = groups; group->name; group++) {
        for (const struct row *row = group->rows; row->name; row++) {
            if (is_wanted(play->only, group, row) && play->count < ROWS_MAX) {
                play->verdicts[play->count++] =
                    (struct verdict){.group = group, .row = row};
            }
        }
    }
}

void play_run(struct play *play)
{
    struct stage stage = {.origin = script_origin_start(time(NULL))};
    bool waited = false;
    bool more = true;

    for (size_t i = 0; i < play->count; i++) {
        script_origin_row(stage.origin, i, play->verdicts[i].row);
    }
    while (more) {
        more = false;
        for (size_t i = 0; i < play->count; i++) {
            play_act(play, &stage, i, waited);
            more = more || !play->verdicts[i].ended;
        }
        if (more) {
            rest(WAIT_MS);
        }
        waited = true;
    }
    stage_done(&stage);
}

void play_done(struct play *play)
{
    for (size_t i = 0; i < play->count; i++) {
        free(play->verdicts[i].complaint);
    }
    free(play->verdicts);
}
