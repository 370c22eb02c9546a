/*
 * generate.c - random programs of calls
 *
 * Lines are taken by the weights of ops.def, and now and then a whole habit of
 * real programs: lines alone would seldom make a transfer worth looking at.
 */
#include "tests/calls/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LINES_LEAST = 8, LINES_MORE = 50, HABITS_IN_TEN = 4 };

static const struct {
    const char *name;
    const char *args;
    unsigned weight;
} ops[] = {
#define CALLS_OP(name, args, weight, inside) {#name, args, weight},
#include "tests/calls/ops.def"
#undef CALLS_OP
};

enum {
    URLS = 0
#define CALLS_URL(target, ranges) +1
#include "tests/calls/urls.def"
#undef CALLS_URL
    ,
    OPTIONS = 0
#define CALLS_OPTION(name, kind, values) +1
#include "tests/calls/options.def"
#undef CALLS_OPTION
};

/* E, F: easy handles; M: a multi handle; U: a URL; O: an option; V: a number.
 * The letters mean the same in all of a habit, but for O and V. */
static const char *const habits[] = {
    "init E\nurl E U\nperform E\n",
    "url E U\nperform E\nperform E\n",
    "init E\ninit F\nurl E U\nurl F U\nminit M V\nadd M E\nadd M F\n"
    "drive M V\nread M\n",
    "minit M V\nadd M E\ndrive M V\nread M\nremove M E\n",
    "add M E\ndrive M V\nread M\nremove M E\nadd M E\nstep M V\nremove M E\n",
    "on E V 3 V\nadd M E\ndrive M V\npause E 0\ndrive M V\nread M\n",
    "on E V 3 0\nperform E\n",
    "on E 2 V 3\nurl F U\nperform F\ninfo E\nperform E\nfields E\n",
    "init E\nopt E O V\nopt E O V\nurl E U\nperform E\nfields E\ncookies E\n",
    "url E U\nperform E\nopt E O V\nperform E\nfields E\n",
    "dup E F\nperform F\nperform E\ncleanup F\n",
    "reset E\nurl E U\nperform E\n",
    "add M E\nstep M V\nread M\nadd M F\ndrive M V\nread M\nfields F\n",
    "add M E\nperform E\nadd M E\ndrive M V\nread M\ncleanup E\n",
    "add M E\nadd M F\ntimeout M\npoll M V\nwakeup M\npoll M V\nmcleanup M\n",
    "sinit V\nshare E 1\nshare F 1\nurl E U\nperform E\nurl F U\nperform F\n",
    "mcleanup M\nminit M 1\nurl E U\nadd M E\nstep M 1\nadd M F\nwakeup M\n"
    "drive M V\nread M\nremove M E\nremove M F\n",
    "url E U\nurl F U\nadd M E\nadd M F\non E V 0 4\nremove M E\nremove M F\n"
    "add M F\ninfo E\ndrive M V\nread M\nremove M E\n",
    "url E U\non E V 0 3\nfields E\ninfo E\ncookies F\nperform E\nfields E\n",
    "url E U\nadd M E\nstep M V\npause E V\ndrive M V\nread M\nfields E\n",
    "url E 37\nadd M E\nstep M V\npause E 8\ndrive M V\npause E 0\ndrive M V\n"
    "read M\nremove M E\n",
    "url E U\non E V V 2\ndup E F\nperform F\nperform E\ncleanup F\n",
    "url E U\nadd M E\nadd M F\nstep M V\nremove M E\ndrive M V\nread M\n",
    "callback E V\nurl E U\nperform E\nreset E\nfields E\ninfo E\nperform E\n",
    "url E 11\nopt E 19 1\nopt E 20 1\nperform E\nurl E 9\nperform E\nurl E "
    "11\n"
    "perform E\n",
    "opt E 0 0\nopt E 24 V\nurl E 6\nperform E\nurl E U\nperform E\ndup E F\n",
    "url E U\non E V 0 1\nurl E U\nperform E\ninfo E\nperform E\n",
};

static const char *const environments[] = {
    "",
    "",
    "",
    "# env CURLCACHE_TTL=1h\n",
    "# env CURLCACHE_ALWAYS_REVALIDATE=1\n",
    "# env CURLCACHE_TTL=1h\n# env CURLCACHE_CODES=all\n",
    "# env CURLCACHE_METHODS=GET,HEAD,POST\n# env CURLCACHE_TTL=1h\n",
    "# env CURLCACHE_FALLBACK_TTL=0\n",
    "# env CURLCACHE_TTL=0\n",
    "# env CURLCACHE_COALESCE=0\n",
    "# env CURLCACHE_TTL=never\n",
};

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static unsigned below(uint64_t *state, unsigned end)
{
    return (unsigned)(next(state) % end);
}

/* Few handles are used much, so that calls meet. */
static unsigned some_easy(uint64_t *state)
{
    return below(state, 3) ? below(state, 2) : below(state, 4);
}

static unsigned some_multi(uint64_t *state)
{
    return below(state, 4) ? 0 : 1;
}

/* The first ones are the most telling. */
static unsigned some_url(uint64_t *state)
{
    return below(state, 2) ? below(state, 8) : below(state, URLS);
}

static void put_habit(FILE *out, uint64_t *state)
{
    unsigned easy = some_easy(state);
    unsigned other = (easy + 1 + below(state, 3)) % 4;
    unsigned multi = some_multi(state);
    unsigned url = some_url(state);

    for (const char *at = habits[below(state, COUNT(habits))]; *at; at++) {
        switch (*at) {
        case 'E':
            fprintf(out, "%u", easy);
            break;
        case 'F':
            fprintf(out, "%u", other);
            break;
        case 'M':
            fprintf(out, "%u", multi);
            break;
        case 'U':
            fprintf(out, "%u", url);
            break;
        case 'O':
            fprintf(out, "%u", below(state, OPTIONS));
            break;
        case 'V':
            fprintf(out, "%u", below(state, 16));
            break;
        default:
            fputc(*at, out);
            break;
        }
    }
}

static void put_line(FILE *out, uint64_t *state)
{
    unsigned all = 0;
    size_t which = 0;

    for (size_t i = 0; i < COUNT(ops); i++) {
        all += ops[i].weight;
    }
    for (unsigned at = below(state, all); at >= ops[which].weight; which++) {
        at -= ops[which].weight;
    }
    fputs(ops[which].name, out);
    for (const char *kind = ops[which].args; *kind; kind++) {
        unsigned value = *kind == 'e'   ? some_easy(state)
                         : *kind == 'm' ? some_multi(state)
                         : *kind == 'u' ? some_url(state)
                         : *kind == 'o' ? below(state, OPTIONS)
                                        : below(state, 16);

        fprintf(out, " %u", value);
    }
    fputc('\n', out);
}

char *generate(uint64_t number)
{
    uint64_t state = number;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out) {
        return NULL;
    }
    next(&state);
    unsigned count = LINES_LEAST + below(&state, LINES_MORE);

    fputs(environments[below(&state, COUNT(environments))], out);
    fputs("init 0\nurl 0 0\ninit 1\nurl 1 1\nminit 0 0\n", out);
    for (unsigned i = 0; i < count; i++) {
        if (below(&state, 10) < HABITS_IN_TEN) {
            put_habit(out, &state);
        } else {
            put_line(out, &state);
        }
    }
    fclose(out);
    return text;
}
