#include "tests/preload/steps.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void play_step(struct stage *stage, const struct story *story,
                      const struct step *step, size_t number)
{
    char env[512];

    snprintf(env, sizeof(env), "%s%s%s", story->env, step->env ? " " : "",
             step->env ? step->env : "");
    RUN_RESULT now = stage_run(stage, STAGE_CACHED, env, step->line);
    int asked = stage_requests(stage);

    cr_expect_eq(asked, step->asked, "%s, %zu: %d requests, not %d",
                 story->name, number, asked, step->asked);
    cr_expect_eq(now.exit_code, step->code, "%s, %zu: status %d: %s",
                 story->name, number, now.exit_code, now.err);
    if (step->out) {
        cr_expect_str_eq(now.out, step->out, "%s, %zu: it said %s", story->name,
                         number, now.out);
    }
}

void story_play(const struct story *story,
                const struct origin_response *answers, size_t count)
{
    struct stage *stage = stage_begin();

    origin_validate(stage->origin);
    for (size_t i = 0; i < count; i++) {
        origin_answer(stage->origin, &answers[i]);
    }
    for (size_t i = 0; i < STEPS_MAX && story->steps[i].line; i++) {
        play_step(stage, story, &story->steps[i], i + 1);
    }
    stage_end(stage);
}
