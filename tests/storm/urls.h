/*
 * urls.h - what the storm asks for, and what it must get
 *
 * A table of requests. Each exists once in each generation, so that there are
 * always some that nobody has asked for yet. URL: BASE/NAME/GENERATION.
 */
#ifndef LCC_STORM_URLS_H
#define LCC_STORM_URLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STORM_URLS_MAX = 24, STORM_URL_SIZE = 128 };

struct storm_url {
    const char *name;     /* rows of one name are one URL */
    size_t size;          /* bytes of the whole body */
    int pause_ms;         /* after the head and each 4 KiB */
    const char *control;  /* Cache-Control */
    bool changes;         /* another body every STORM_CHANGE_S */
    bool chunked;         /* no length is announced */
    const char *language; /* Accept-Language that it varies by; or NULL */
    size_t first, last;   /* the range that is asked for; 0, 0: all of it */
    unsigned int every;   /* in each generation whose number this divides */
};

enum { STORM_CHANGE_S = 2 };

extern const struct storm_url storm_urls[];
extern const unsigned int storm_url_count;

static inline bool storm_is_range(const struct storm_url *url)
{
    return url->last != 0;
}

/* Of a row of a generation; also the place of it in storm_page.stored. */
static inline unsigned int storm_number(unsigned int row,
                                        unsigned int generation)
{
    return generation * STORM_URLS_MAX + row;
}

/* The number that its body is made of: ranges of one URL have one body. */
unsigned int storm_body_number(unsigned int row, unsigned int generation);
/* NAME/GENERATION back to the row: the first of that name, or that of the
 * language. @text may go on after it. False: none. */
bool storm_find(const char *text, const char *language, unsigned int *ret_row,
                unsigned int *ret_generation);

#endif
