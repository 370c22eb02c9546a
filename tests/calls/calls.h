/*
 * calls.h - a libcurl program that plays a list of calls
 *
 * `calls FILE BASE FOLDER` reads one call a line (ops.def), plays them against
 * the server at BASE and prints what it saw: results, what callbacks were
 * told, infos. It knows nothing of the cache. What libcurl leaves undefined is
 * not played; what depends on timing alone is not printed, so that two runs
 * of plain libcurl print the same.
 */
#ifndef LCC_TESTS_CALLS_H
#define LCC_TESTS_CALLS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    EASIES = 4,
    MULTIS = 2,
    LINES_MAX = 400,
    DEPTH_MAX = 3, /* callbacks inside callbacks */
    ARGS = 4,
    LISTS_MAX = 2 * LINES_MAX,
};

enum state {
    IDLE,       /* in no multi handle */
    PERFORMING, /* in curl_easy_perform() */
    ADDED,      /* in a multi handle, not driven */
    MOVING,     /* driven, how far is a matter of timing */
    PAUSED,     /* driven until nothing else could go on */
    SETTLED,    /* done, still in the multi handle */
};

/* What happens once in a callback: lines are played, then it answers. */
struct event {
    int where; /* enum place */
    int answer;
    int from; /* lines of the program */
    int to;
    bool set;
};

enum place { AT_HEADER_1, AT_HEADER_3, AT_WRITE, AT_PROGRESS, PLACES };
enum answer {
    ANSWER_GOES_ON,
    ANSWER_SHORT,
    ANSWER_ABORT,
    ANSWER_PAUSE,
    ANSWER_ERROR,
    ANSWERS
};

struct easy {
    int index;
    CURL *curl; /* NULL: none */
    enum state state;
    int multi; /* in which, or -1 */
    int url;   /* of urls.def; -1: none */
    char error[CURL_ERROR_SIZE];
    struct event event;
    bool ranged;    /* RANGE or RESUME_FROM is set */
    bool headers;   /* HEADER is set */
    bool elsewhere; /* REQUEST_TARGET was set */
    bool traced;    /* VERBOSE is set */
    bool follows;   /* FOLLOWLOCATION is set */
    bool refers;    /* AUTOREFERER is set */
    bool decodes;   /* ACCEPT_ENCODING is set */
    bool login;     /* USERPWD is set */
    bool picks;     /* HTTPAUTH allows more than Basic: a 401 is answered */
    bool login_off; /* no more: it left when it may have picked */
    bool sends;     /* it was told to send a body */
    bool limited;   /* MAXFILESIZE, FAILONERROR or RESUME_FROM is set */
    bool bodiless;  /* NOBODY is set */
    bool method;    /* CUSTOMREQUEST is set */
    bool cookies;   /* the cookie engine is on, or it shares one */
    bool tofile;    /* libcurl writes the body itself */
    bool dirty;     /* its last transfer ended at a matter of timing */
    bool blind;     /* it is told no header lines */
    bool shares;
    bool stale;     /* its multi handle went away under it */
    bool performed; /* libcurl keeps a multi handle of its own for it */
    bool aborted;   /* a callback ended it */
    bool chained;   /* its last transfer may have had several requests */
    FILE *file;
    /* Of the transfer that runs. */
    FILE *log;
    char *log_text;
    size_t log_size;
    FILE *block; /* header lines of one response */
    char *block_text;
    size_t block_size;
    int status; /* of the block */
    int header_lines;
    int write_calls;
    int write_kind; /* which function took it */
    uint64_t total;
    uint64_t hash;
    long free_bytes;  /* of lines that may differ */
    bool held;        /* a pause has held header lines */
    bool fields_free; /* what the header API answers may differ */
    bool paused;
    bool was_paused;
    int steps; /* since it was added */
    bool progress_seen;
    curl_off_t progress[4];
    int messages;
    CURLcode result;
    bool told; /* the message was printed */
};

struct multi {
    CURLM *curlm;    /* NULL: none */
    bool events;     /* driven by sockets */
    bool read_early; /* messages were read while it moved */
    bool busy;       /* inside a call that drives it */
    bool moving;     /* driven, and not to the end */
    int epoll;
    bool is_due;
    int64_t due_ms;
    int timer_calls;
    int woken;
};

struct line {
    int op;
    int args[ARGS];
};

struct calls {
    const char *base;
    const char *folder;
    struct line lines[LINES_MAX];
    int line_count;
    struct easy easies[EASIES];
    struct multi multis[MULTIS];
    CURLSH *share;
    bool share_cookies;
    bool changes; /* request fields that are not in the key will be set */
    bool sends;   /* bodies will be sent */
    bool differs; /* known differences are not avoided */
    int depth;
    struct easy *current; /* inside a callback of */
    struct curl_slist *lists[LISTS_MAX];
    int list_count;
    FILE *out; /* what is printed goes to */
};

extern struct calls calls;

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* calls.c: lines [from, to) of the program. */
void calls_play(int from, int to);

/* calls_callbacks.c */
void callbacks_set(struct easy *easy, bool fully);
void transfer_begin(struct easy *easy);
/* What was set since then counts as well. */
void transfer_options(struct easy *easy);
/* Does it go on after a redirect or a 401? */
bool makes_chain(const struct easy *easy);
/* Prints what was told; the handle is at rest. */
void transfer_end(struct easy *easy);
void transfer_drop(struct easy *easy);
/* libcurl 7.88 holds three kinds of what it tells and ends the transfer at a
 * fourth, if that has come in time: an interim response or trailers beside
 * status line, fields and body. DIFFERENCES.md, 10: what it reads meanwhile
 * may end the transfer. */
bool may_pause(const struct easy *easy);

/* calls_show.c */
void show_infos(struct easy *easy);
void show_fields(struct easy *easy);
void show_cookies(struct easy *easy);
void show_inside(struct easy *easy);

/* One for each row of ops.def. */
#define CALLS_OP(name, args, weight, inside) void op_##name(const int *args_);
#include "tests/calls/ops.def"
#undef CALLS_OP

/* calls_options.c: the program has an `opt` with these. */
void option_noted(const int *args);
/* calls_easy.c. May options of it be set, and may it be asked? Inside a
 * callback only its own handle, and those that nobody uses. */
struct easy *easy_at_rest(int number);
struct easy *easy_usable(int number);
/* Its transfer ended at a matter of timing: nothing of it is shown. */
void easy_left(struct easy *easy);

struct calls_url {
    const char *target;
    bool ranges;
};
extern const struct calls_url calls_urls[];
extern const int calls_url_count;

#endif
