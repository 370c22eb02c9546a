/*
 * steps.h - a story told in a table: lines that are run one after the other,
 * how many requests each makes, and what it prints
 */
#ifndef LCC_TESTS_STEPS_H
#define LCC_TESTS_STEPS_H

#include "tests/preload/stage.h"

enum { STEPS_MAX = 8 };

struct step {
    const char *line; /* NULL: the story ends */
    int asked;        /* requests that reach the origin */
    const char *out;  /* its whole output; NULL: whatever it is */
    int code;         /* exit status */
    const char *env;  /* besides that of the story; NULL: none */
};

struct story {
    const char *name; /* names the section of the RFC */
    const char *env;
    struct step steps[STEPS_MAX];
};

/* Against an origin of its own that has these answers besides its own. It gives
 * its texts a tag, and answers 304 to who has them. */
void story_play(const struct story *story,
                const struct origin_response *answers, size_t count);

#endif
