/*
 * origin.h - a server that answers as the table says, on real sockets
 *
 * Listens on port 0 of 127.0.0.1; a thread for each connection, ended by
 * script_origin_stop(). It keeps for each row which step is being played and
 * the requests that arrived in it.
 */
#ifndef LCC_CONFORMANCE_ORIGIN_H
#define LCC_CONFORMANCE_ORIGIN_H

#include "tests/conformance/table.h"
#include "tests/conformance/text.h"

#include <time.h>

enum { ROWS_MAX = 1024, HEADS_MAX = 6 };

struct script_origin;

struct script_origin *script_origin_start(time_t start);
void script_origin_stop(struct script_origin *origin);

/* Before the first step of a row. @number: 0..ROWS_MAX-1. */
void script_origin_row(struct script_origin *origin, size_t number,
                       const struct row *row);
/* The step whose answer is given from now on; its requests count from 0. */
void script_origin_step(struct script_origin *origin, size_t number, int step);

/* Requests of the step so far. */
int script_origin_count(struct script_origin *origin, size_t number);
/* The status of the step's first answer, 0 when nothing was asked. */
int script_origin_code(struct script_origin *origin, size_t number);
/* The head of the @at-th request of the step, "" when there is none. It lives
 * until the next step begins. */
const char *script_origin_head(struct script_origin *origin, size_t number,
                               int at);

/* Where the row lives, and the time of now. */
struct place script_origin_place(const struct script_origin *origin,
                                 size_t number);
/* The body that a step of a row answers with; the caller frees it. */
char *script_body(const struct row *row, size_t number, int step);

#endif
