/*
 * urls.c - the table of what the storm asks for
 */
#include "tests/storm/urls.h"

#include <stdio.h>
#include <string.h>

#define LONG "max-age=86400"

/* Inline bodies end at 16 KiB; what is larger has a side file. */
const struct storm_url storm_urls[] = {
    /* clang-format off */
    {"empty",     0,       0,   LONG,        false, false, NULL, 0, 0, 1},
    {"one",       1,       0,   LONG,        false, false, NULL, 0, 0, 1},
    {"small",     300,     0,   LONG,        false, false, NULL, 0, 0, 1},
    {"page",      5000,    0,   LONG,        false, false, NULL, 0, 0, 1},
    {"chunks",    9000,    0,   LONG,        false, true,  NULL, 0, 0, 1},
    {"inline",    16384,   0,   LONG,        false, false, NULL, 0, 0, 1},
    {"side",      16385,   0,   LONG,        false, false, NULL, 0, 0, 1},
    {"file",      60000,   0,   LONG,        false, false, NULL, 0, 0, 1},
    {"large",     400000,  0,   LONG,        false, false, NULL, 0, 0, 2},
    {"huge",      2000000, 0,   LONG,        false, false, NULL, 0, 0, 4},
    {"slow",      2000,    250, LONG,        false, false, NULL, 0, 0, 1},
    {"slower",    300,     450, LONG,        false, false, NULL, 0, 0, 1},
    {"trickle",   20000,   60,  LONG,        false, false, NULL, 0, 0, 1},
    {"short",     3000,    0,   "max-age=1", true,  false, NULL, 0, 0, 2},
    {"shortfile", 50000,   0,   "max-age=1", true,  false, NULL, 0, 0, 2},
    {"asked",     800,     0,   "no-cache",  true,  false, NULL, 0, 0, 2},
    {"varied",    2500,    0,   LONG,        false, false, "en", 0, 0, 1},
    {"varied",    30000,   0,   LONG,        false, false, "fr", 0, 0, 1},
    {"parts",     90000,   0,   LONG,        false, false, NULL, 0, 4999, 1},
    {"parts",     90000,   0,   LONG,        false, false, NULL, 5000, 14999, 1},
    {"parts",     90000,   0,   LONG,        false, false, NULL, 40000, 89999, 1},
    /* clang-format on */
};
const unsigned int storm_url_count = sizeof(storm_urls) / sizeof(storm_urls[0]);

_Static_assert(sizeof(storm_urls) / sizeof(storm_urls[0]) <= STORM_URLS_MAX,
               "numbers of rows are kept apart");

/* The first row of a name, and of a language where there is one. */
static unsigned int first_of(const char *name, size_t length,
                             const char *language)
{
    unsigned int row = 0;

    while (row < storm_url_count &&
           (strlen(storm_urls[row].name) != length ||
            memcmp(storm_urls[row].name, name, length) != 0 ||
            (storm_urls[row].language && language &&
             strncmp(language, storm_urls[row].language, 2) != 0))) {
        row++;
    }
    return row;
}

unsigned int storm_body_number(unsigned int row, unsigned int generation)
{
    const char *name = storm_urls[row].name;

    return storm_number(first_of(name, strlen(name), storm_urls[row].language),
                        generation);
}

bool storm_find(const char *text, const char *language, unsigned int *ret_row,
                unsigned int *ret_generation)
{
    size_t length = strcspn(text, "/ ");
    unsigned int row = first_of(text, length, language);

    if (row == storm_url_count || text[length] != '/' ||
        sscanf(text + length, "/%u", ret_generation) != 1) {
        return false;
    }
    *ret_row = row;
    return true;
}
