/*
 * programs.h - a table of programs that nobody changed, and how it is played
 *
 * Against nginx: its access log says what reached it. A line runs plain, then
 * twice under the preload; each time it has to say the same and to have made
 * as many requests as its row tells.
 */
#ifndef LCC_TESTS_PROGRAMS_H
#define LCC_TESTS_PROGRAMS_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

struct program_row {
    const char *name;
    const char *need; /* a command that succeeds when its parts are there */
    const char *line; /* for sh: $AT is the folder's URL, $DIR is its own */
    int plain;        /* requests that reach nginx */
    int cold;         /* less when a program asks twice for one thing */
    int warm;         /* 0, or what the program itself wants checked */
    bool rare;        /* large: not in tools/install-deps */
};

/* $AT holds text, n1 to n10 and what @make, a line for sh that is run in that
 * folder, puts beside them ("" for nothing). */
void program_play(const struct program_row *row, const char *make);

/* Criterion's parameters: an index of each row. */
struct criterion_test_params program_indices(size_t count);

#endif
