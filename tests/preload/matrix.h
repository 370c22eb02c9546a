/*
 * matrix.h - one scene of the client: plain, cold and warm are equal
 *
 * One origin, one folder, three runs of one client program: without the
 * preload, under it with an empty cache, under it again. The transcripts
 * agree but for the closed list of transcript.c, and the origin has seen the
 * requests that scenes.def states.
 */
#ifndef LCC_TESTS_MATRIX_H
#define LCC_TESTS_MATRIX_H

#include <stddef.h>

struct scene {
    const char *name;
    int plain;
    int cold;
    int warm;
    const char *env;
};

extern const struct scene matrix_scenes[];
extern const size_t matrix_scene_count;

/* @shape: of client_shapes.c; NULL: the easy interface. */
void matrix_expect_agreement(const struct scene *scene, const char *shape);

/* The same with an origin that answers 304 wherever it can, and all that is
 * stored checked with it first: the program sees none of them, nor the
 * validators that brought them. */
void matrix_expect_checks_unseen(const struct scene *scene, const char *shape);

#endif
