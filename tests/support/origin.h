/*
 * origin.h - a scripted HTTP/1.1 server that counts
 *
 * Listens on port 0 of 127.0.0.1, and on a unix socket when asked; one thread
 * accepts, one serves each connection, all ended by origin_stop(). Paths have
 * the answers of origin_scenes.c and those a test registers. Every answer is
 * deterministic; Date is the time the origin began, so that two runs against
 * one origin see the same bytes.
 */
#ifndef LCC_TESTS_ORIGIN_H
#define LCC_TESTS_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

enum origin_framing {
    ORIGIN_LENGTH,    /* Content-Length */
    ORIGIN_CHUNKED,   /* chunks of 1000 bytes */
    ORIGIN_CLOSE,     /* ended by the end of the connection */
    ORIGIN_TRUNCATED, /* Content-Length says 100 more than is sent */
    ORIGIN_BARE,      /* no body and no length: 204, 304 */
};

enum origin_content {
    ORIGIN_TEXT,     /* `body`, or `size` bytes of a pattern when NULL */
    ORIGIN_ECHO,     /* the head of the request */
    ORIGIN_NUMBERED, /* "answer N\n", N counts the requests of this origin */
    ORIGIN_KEYED,    /* `size` bytes of torment_body(number, version) */
};

struct origin_response {
    const char *path;   /* without query */
    int status;         /* 0: 200 */
    const char *fields; /* more header lines, each ended by \r\n; or NULL */
    enum origin_content content;
    const char *body;
    size_t size; /* bytes of body or pattern; 0 with a body: strlen() */
    enum origin_framing framing;
    const char *trailers;      /* chunked only: lines as in fields */
    const char *authorization; /* the value that is wanted, else 401 */
    unsigned int number;       /* of a keyed body */
    unsigned int version;      /* likewise */
    bool own_length;           /* Content-Length is among `fields` */
    bool own_date;             /* Date is among `fields` */
    bool ranges;               /* one range is answered by 206 or 416 */
    int pause_ms;              /* after the head, and after each 4 KiB */
};

struct origin;

/* @unix_path: also listen there; NULL: do not. Ends the test on failure. */
struct origin *origin_start(const char *unix_path);
/* Returns NULL; accepts NULL. */
struct origin *origin_stop(struct origin *origin);

/* "http://127.0.0.1:port", lives as long as the origin. */
const char *origin_base(const struct origin *origin);
int origin_port(const struct origin *origin);
/* Add or replace an answer; the strings are borrowed. */
void origin_answer(struct origin *origin,
                   const struct origin_response *response);

/* From now on every 200 with a fixed text carries an ETag, and a request that
 * names it gets a 304. */
void origin_validate(struct origin *origin);

/* What is about to be answered, for a test to change: called by the threads of
 * the origin. @fields: room for header lines, for as long as the answer lives.
 */
struct origin_request;
typedef void (*origin_editor)(const struct origin_request *request,
                              struct origin_response *response, char *fields,
                              size_t size);
void origin_edit(struct origin *origin, origin_editor editor);

/* 304s that were sent, and bytes of bodies in all. */
int origin_not_modified(struct origin *origin);
size_t origin_body_bytes(struct origin *origin);

/* Requests seen: of this method and target (with query), or of all. */
int origin_count(struct origin *origin, const char *method, const char *target);
int origin_total(struct origin *origin);
/* Head of the last request, copied; the caller frees it. */
char *origin_last(struct origin *origin);
/* Waits until @count requests were seen in all; false after 10 s. */
bool origin_wait(struct origin *origin, int count);

/* Byte @at of the pattern that large bodies are made of. */
unsigned char origin_pattern(size_t at);

/* The scenes known to every origin, ended by a NULL path. */
extern const struct origin_response origin_scenes[];

#endif
