/*
 * judge.c - requests, status, fields and body of one step
 */
#include "tests/conformance/judge.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct judgement {
    struct script_origin *origin;
    const struct row *row;
    const struct step *step;
    const struct seen *seen;
    size_t number;
    int at;
    const char *head; /* of the first request of the step, or "" */
    char *complaint;
};

__attribute__((format(printf, 2, 3))) static void
complain(struct judgement *judged, const char *format, ...)
{
    va_list arguments;

    if (judged->complaint) {
        return;
    }
    va_start(arguments, format);
    if (vasprintf(&judged->complaint, format, arguments) < 0) {
        exit(99);
    }
    va_end(arguments);
}

bool judge_needs_cache(const struct row *row, int step)
{
    const struct step *judged = &row->steps[step];

    return judged->expect == CACHED || judged->expect == CHECKED ||
           (judged->expect == ASKED_ANY && judged->shows > 0 &&
            judged->shows != step + 1);
}

int judge_requests(const struct step *step)
{
    int now = step->expect == CACHED ? 0 : 1;

    return (step->requests ? step->requests : now) + step->later;
}

/* A condition in the request that the program did not put there. */
static bool has_condition_of_ours(const struct judgement *judged)
{
    static const char *const names[] = {"If-None-Match", "If-Modified-Since",
                                        "If-Match", "If-Unmodified-Since"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (text_has_field(judged->head, names[i]) &&
            !text_has_field(judged->step->ask, names[i])) {
            return true;
        }
    }
    return false;
}

static void judge_origin(struct judgement *judged)
{
    const struct step *step = judged->step;
    int count = script_origin_count(judged->origin, judged->number);
    int wanted = judge_requests(step);

    if (step->expect == ANY_OUTCOME) {
        return;
    }
    /* libcurl itself asks again where a kept connection was dropped. */
    if (step->quirks & DROP ? count < wanted : count != wanted) {
        complain(judged, "%d requests at the origin, %d expected", count,
                 wanted);
    }
    if (step->expect == ASKED && has_condition_of_ours(judged)) {
        complain(judged, "asked by a condition, a plain request expected");
    }
    if (step->expect == CHECKED && !has_condition_of_ours(judged)) {
        complain(judged, "asked without any condition, one was expected");
    }
}

/* Asked by a condition of ours, which held. */
static bool is_checked(const struct judgement *judged)
{
    return script_origin_code(judged->origin, judged->number) == 304 &&
           has_condition_of_ours(judged);
}

static int status_wanted(const struct judgement *judged)
{
    const struct step *step = judged->step;

    if (step->status) {
        return step->status;
    }
    if (step->expect == CACHED || is_checked(judged)) {
        return 200;
    }
    return step->code && step->code != 304 ? step->code : 200;
}

/* --- fields -------------------------------------------------------------- */

/* "Age: >30" and "Age: <30" are numbers. */
static bool value_fits(const char *wanted, const char *got)
{
    if ((*wanted == '>' || *wanted == '<') &&
        isdigit((unsigned char)wanted[1])) {
        long limit = strtol(wanted + 1, NULL, 10);
        char *end;
        long value = strtol(got, &end, 10);

        return end != got && !*end &&
               (*wanted == '>' ? value > limit : value < limit);
    }
    return strcmp(wanted, got) == 0;
}

static bool block_has(const char *block, const char *line)
{
    const char *wanted = strchr(line, ':');
    char value[LINE_MAX_BYTES];

    if (!wanted) {
        return text_has_field(block, line);
    }
    wanted += 1 + strspn(wanted + 1, " ");
    while (text_field(&block, line, value)) {
        if (value_fits(wanted, value)) {
            return true;
        }
    }
    return false;
}

/* @lines are to be in @block (or, with @absent, are not to be there). */
static void judge_fields(struct judgement *judged, const char *lines,
                         const char *block, bool absent, const char *who)
{
    struct place place = script_origin_place(judged->origin, judged->number);
    char *filled = text_fill(lines, &place);
    const char *cursor = filled;
    char line[LINE_MAX_BYTES];

    while (text_line(&cursor, line)) {
        if (block_has(block, line) == absent) {
            complain(judged, "%s %s `%s`", who, absent ? "got" : "did not get",
                     line);
        }
    }
    free(filled);
}

/* --- body ---------------------------------------------------------------- */

static bool shows_none(const struct judgement *judged, int status)
{
    const char *method = judged->step->method;

    return judged->step->shows == SHOWS_NOTHING || status == 204 ||
           status == 304 || (method && strcmp(method, "HEAD") == 0);
}

static char *body_wanted(const struct judgement *judged, int status)
{
    const struct step *step = judged->step;
    bool stored = step->expect == CACHED || is_checked(judged);

    if (step->shows_text) {
        return strdup(step->shows_text);
    }
    if (shows_none(judged, status)) {
        return strdup("");
    }
    int from = step->shows > 0 ? step->shows - 1 : stored ? 0 : judged->at;

    return script_body(judged->row, judged->number, from);
}

static void judge_program(struct judgement *judged)
{
    const struct seen *seen = judged->seen;
    int status = status_wanted(judged);

    if (seen->result != judged->step->result) {
        complain(judged, "the program got result %d, %d expected", seen->result,
                 judged->step->result);
    }
    if (judged->step->result) {
        return;
    }
    if (status != STATUS_ANY && seen->status != status) {
        complain(judged, "the program saw status %d, %d expected", seen->status,
                 status);
    }
    if (judged->step->blocks && seen->blocks != judged->step->blocks) {
        complain(judged, "the program saw %d header blocks, %d expected",
                 seen->blocks, judged->step->blocks);
    }
    if (judged->step->shows == SHOWS_ANY) {
        return;
    }
    char *body = body_wanted(judged, status);

    if (seen->body_size != strlen(body) ||
        memcmp(seen->body, body, seen->body_size) != 0) {
        complain(judged, "the program got the body `%.60s`, `%.60s` expected",
                 seen->body, body);
    }
    free(body);
}

char *judge_step(struct script_origin *origin, size_t number,
                 const struct row *row, int step, const struct seen *seen)
{
    struct judgement judged = {
        .origin = origin,
        .row = row,
        .step = &row->steps[step],
        .seen = seen,
        .number = number,
        .at = step,
        .head = script_origin_head(origin, number, 0),
    };

    judge_origin(&judged);
    judge_fields(&judged, judged.step->sends, judged.head, false, "the origin");
    judge_fields(&judged, judged.step->withholds, judged.head, true,
                 "the origin");
    judge_program(&judged);
    judge_fields(&judged, judged.step->sees, seen->lines, false, "the program");
    judge_fields(&judged, judged.step->lacks, seen->lines, true, "the program");
    return judged.complaint;
}
