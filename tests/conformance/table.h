/*
 * table.h - the shape of the conformance table
 *
 * A row is a name, the section that asks for it and a script of steps. A step
 * is one request of an ordinary libcurl program, the answer the origin gives
 * should it be asked, and what must have happened. Everything is text and
 * numbers: the client and the origin know nothing of caching.
 *
 * Field text is lines ended by "\n" ("Cache-Control: max-age=60\nETag: \"a\"").
 * In it stands
 *   {-60}      the date 60 seconds before the step, in the preferred form
 *   {=-60}     the same, counted from the start of the run: equal in each step
 *   {850:-60}  as RFC 850 wrote it; {asc:-60} as asctime() does; {utc:-60},
 * {lower:-60}: wrong {base}     http://host:port/path of the row, {path} its
 * path alone
 */
#ifndef LCC_CONFORMANCE_TABLE_H
#define LCC_CONFORMANCE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    STEPS_MAX = 12,
    SHOWS_NOTHING = -1, /* an empty body */
    SHOWS_ANY = -2,
    STATUS_ANY = -1,
};

enum outcome {
    END = 0,     /* no step any more */
    ASKED,       /* the origin was asked, without any condition of ours */
    CACHED,      /* the origin was not asked */
    CHECKED,     /* the origin was asked by a condition of ours */
    ASKED_ANY,   /* the origin was asked; a condition may or may not be there */
    ANY_OUTCOME, /* only what else the step says counts */
};

enum quirk {
    PLAIN = 0,
    NO_DATE = 1,   /* no Date is added */
    NO_LENGTH = 2, /* no Content-Length is added; the connection ends it */
    TRUNCATED = 4, /* the connection ends before the length is reached */
    DROP = 8,      /* the connection ends before any answer */
    CHUNKED = 16,  /* in chunks; `trailers` follow */
    FULL = 32,     /* a condition is not answered by 304 but in full */
    HTTP_1_0 = 64, /* the status line says HTTP/1.0 */
    SLOW = 128,    /* the answer comes a second later */
    HOLDS = 256,   /* any condition is answered by 304, whatever the tag */
};

struct step {
    enum outcome expect;

    /* The request of the program. */
    const char *method; /* NULL: GET */
    const char *path;   /* after the row's path: "?a=1", "/other"; NULL: "" */
    const char *ask;    /* its request fields */
    const char *range;  /* CURLOPT_RANGE */
    const char *post;   /* a body */
    bool wait;          /* the shared wait comes before this step */

    /* The answer of the origin, once for each request of the step. */
    int code;             /* 0: 200, or 304 where a condition of ours holds */
    const char *say;      /* response fields */
    const char *body;     /* NULL: one that tells row and step */
    const char *before;   /* a whole interim response, lines ended by "\n" */
    const char *trailers; /* lines */
    unsigned int quirks;  /* of enum quirk */

    /* What must have happened. */
    int requests;           /* at the origin; 0: as the outcome says */
    int later;              /* requests that follow after the answer */
    int status;             /* seen by the program; 0: 200, or what was said */
    int result;             /* CURLcode */
    int shows;              /* the step whose body the program got; 0: this one
                               when asked, the first when cached */
    const char *shows_text; /* or these bytes */
    int blocks;             /* header blocks it must see; 0: any number */
    const char *sees;       /* fields the program must see; "Age: >30" */
    const char *lacks;      /* names it must not see, one a line */
    const char *sends;      /* fields the origin must see */
    const char *withholds;  /* names it must not see */
};

/* Each set of settings has a process and a cache of its own. */
enum setting {
    RFC_ONLY,
    WITH_FALLBACK,
    STALE_IF_ERROR,
    STALE_REVALIDATE,
    ALWAYS_REVALIDATE,
    WITH_POST,
    WITH_STATUS,
    REFRESHING,
    RECACHING,
    SETTINGS_COUNT,
};

struct row {
    const char *name;
    const char *section;
    struct step steps[STEPS_MAX];
    enum setting setting;
};

struct group {
    const char *name;
    const struct row *rows; /* ended by a NULL name */
};

/* In the order of the score; ended by a NULL name. */
extern const struct group groups[];

struct note { /* what is not shown, and why */
    const char *group;
    const char *behaviour;
    const char *reason;
};
extern const struct note notes[]; /* ended by a NULL group */

/* --- words of the tables ------------------------------------------------- */

#define ROW(name_, section_, ...)                                              \
    {                                                                          \
        .name = (name_), .section = (section_), .steps = { __VA_ARGS__ }       \
    }
#define ROW_UNDER(setting_, name_, section_, ...)                              \
    {                                                                          \
        .name = (name_), .section = (section_), .setting = (setting_),         \
        .steps = {                                                             \
            __VA_ARGS__                                                        \
        }                                                                      \
    }
/* ASK and CHECK begin with the fields the origin answers with; the rest is as
 * in struct step. */
#define ASK(...)                                                               \
    {                                                                          \
        .expect = ASKED, .say = __VA_ARGS__                                    \
    }
#define HIT(...)                                                               \
    {                                                                          \
        .expect = CACHED, __VA_ARGS__                                          \
    }
#define CHECK(...)                                                             \
    {                                                                          \
        .expect = CHECKED, .say = __VA_ARGS__                                  \
    }
#define ANEW(...)                                                              \
    {                                                                          \
        .expect = ASKED_ANY, __VA_ARGS__                                       \
    }

#define ROW_END                                                                \
    {                                                                          \
        .name = NULL                                                           \
    }

/* The commonest rows: a response with these fields is used again, or not. */
#define REUSED(name_, section_, say_) ROW(name_, section_, ASK(say_), HIT())
#define NOT_REUSED(name_, section_, say_)                                      \
    ROW(name_, section_, ASK(say_), ANEW())

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
