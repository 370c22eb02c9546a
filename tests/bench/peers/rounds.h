/*
 * rounds.h - what the measured programs in C share: rounds on command
 *
 * A program is started once, and then told line by line on its standard input
 * what to do; it answers each with one line. So a round of one program can
 * stand between rounds of others, all of them warm.
 *
 *   same MS         for so long, the URL
 *   random MS N     for so long, one of URL?e=0 to URL?e=N-1
 *   new MS          for so long, URLs that nobody asked for before
 *   fill FROM TO    each of URL?e=FROM to URL?e=TO-1, once
 *   count N         so many new URLs
 *   write MS US     for so long, a new URL each so many microseconds
 *
 * The answer is "MEDIAN P10 P90 COUNT ELAPSED", in microseconds; every worker
 * makes one transfer at least. A transfer that fails, or whose body has not the
 * length it should have, ends the program with status 3.
 */
#ifndef LCC_BENCH_ROUNDS_H
#define LCC_BENCH_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>

struct rounds_kind {
    /* What a worker keeps between its transfers; NULL: it does not work. */
    void *(*open)(int worker);
    /* One transfer, to the end of the body. */
    bool (*get)(void *mine, const char *url, size_t *ret_bytes);
    /* What the library left to be done, after a round; NULL: nothing. */
    void (*settle)(void *mine);
    void (*close)(void *mine);
};

/* Until standard input ends. @bytes: what every body must have. @workers:
 * threads, each with what open() gave it. Return: the exit status. */
int rounds_serve(const struct rounds_kind *kind, const char *url, size_t bytes,
                 int workers);

#endif
