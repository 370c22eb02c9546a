/*
 * judge.c - the lines of a report, three times: what plain programs took at
 * the least, how much longer they took at times, then everybody's
 */
#include "tests/storm/judge.h"

#include <curl/curl.h>

enum { TOLD_MAX = 20, FIELDS = 11, WINDOWS = 4096 };

/* By kind, and for one at a time by row; 0: none was seen. */
static long least_ms[STORM_KINDS][STORM_URLS_MAX];
/* By how much plain ones took longer than that, window by window: several at
 * once, and one at a time. */
static long stall_ms[2][WINDOWS];
static long began_ms; /* the end of the first transfer */

static bool read_line(FILE *file, struct storm_line *ret)
{
    return fscanf(file, "%d %d %d %d %d %d %ld %ld %d %d %c", &ret->kind,
                  &ret->slot, &ret->row, &ret->generation, &ret->code,
                  &ret->verdict, &ret->took_ms, &ret->ended_ms, &ret->serial,
                  &ret->plain, &ret->mode) == FIELDS &&
           ret->kind >= 0 && ret->kind < STORM_KINDS && ret->row >= 0 &&
           ret->row < STORM_URLS_MAX;
}

static bool is_alone(const struct storm_line *line)
{
    return line->kind == STORM_EASY || line->kind == STORM_FORKING ||
           line->kind == STORM_THREADED || line->kind == STORM_LAST;
}

/* Several at once take as long as the longest: no row tells them apart. */
static long *least_of(const struct storm_line *line)
{
    const bool alone = is_alone(line);

    return &least_ms[alone ? STORM_EASY : line->kind][alone ? line->row : 0];
}

static void note_least(const struct storm_line *line)
{
    long *least = least_of(line);

    if (line->plain && (*least == 0 || line->took_ms < *least)) {
        *least = line->took_ms > 0 ? line->took_ms : 1;
    }
    began_ms = began_ms ? began_ms : line->ended_ms;
}

static size_t window_of(long at_ms)
{
    long window = (at_ms - began_ms) / STORM_WINDOW_MS;

    return window < 0 ? 0 : window < WINDOWS ? (size_t)window : WINDOWS - 1;
}

/* The windows that it lasted in, and the one after, in which others end that
 * were late for the same reason. */
static void note_stall(const struct storm_line *line)
{
    const long over = line->took_ms - *least_of(line);
    long *stall = stall_ms[is_alone(line)];

    for (size_t i = window_of(line->ended_ms - line->took_ms);
         line->plain && i <= window_of(line->ended_ms + STORM_WINDOW_MS); i++) {
        stall[i] = over > stall[i] ? over : stall[i];
    }
}

/* What it would have taken without us at that time. */
static long plain_of(const struct storm_line *line)
{
    const long *stalls = stall_ms[is_alone(line)];
    long stall = 0;

    for (size_t i = window_of(line->ended_ms - line->took_ms);
         i <= window_of(line->ended_ms); i++) {
        stall = stalls[i] > stall ? stalls[i] : stall;
    }
    return *least_of(line) + stall;
}

static void tell(const struct storm_line *line, const char *what)
{
    static int told;

    if (told++ < TOLD_MAX) {
        (void)fprintf(stderr,
                      "storm: %s: %s%s in slot %d, mode %c, /%s/%d, result %d, "
                      "%ld ms (plain at most %ld)\n",
                      what, line->plain ? "plain " : "",
                      storm_kinds[line->kind], line->slot, line->mode,
                      storm_urls[line->row].name, line->generation, line->code,
                      line->took_ms, plain_of(line));
    }
}

static void judge_time(const struct storm_line *line, long coalesce_ms,
                       struct storm_tally *tally)
{
    const long plain = plain_of(line);
    const long bound =
        plain + line->serial * (STORM_LOCK_MS + coalesce_ms) + STORM_SLACK_MS;
    const long over = line->took_ms - plain;

    tally->slowest_ms =
        line->took_ms > tally->slowest_ms ? line->took_ms : tally->slowest_ms;
    tally->worst_ms = over > tally->worst_ms ? over : tally->worst_ms;
    if (line->took_ms > bound) {
        tally->late++;
        tell(line, "late");
    }
}

static void judge(const struct storm_line *line, long coalesce_ms,
                  struct storm_tally *tally)
{
    if (line->code < 0 && line->code > -100) {
        tally->crashes++;
        tell(line, "crash");
        return;
    }
    tally->transfers += !line->plain;
    tally->plain += line->plain != 0;
    tally->last += line->kind == STORM_LAST && line->code == 0;
    if (line->verdict == STORM_WRONG) {
        tally->wrong++;
        tell(line, "wrong");
    } else if (line->verdict == STORM_LOST) {
        tally->lost++;
        tell(line, "lost");
    }
    if (line->code == CURLE_COULDNT_CONNECT && line->kind == STORM_LAST) {
        tally->lost++;
        tell(line, "lost at the end");
    } else if (line->code == CURLE_COULDNT_CONNECT && line->mode == 'o' &&
               !line->plain) {
        tally->offline++;
    } else if (line->code != 0) {
        tally->failed++;
        tell(line, "failed");
    }
    if (!line->plain) {
        judge_time(line, coalesce_ms, tally);
    }
}

static void read_all(FILE *file, void (*note)(const struct storm_line *line))
{
    struct storm_line line;

    rewind(file);
    while (read_line(file, &line)) {
        note(&line);
    }
}

bool storm_read_report(const char *path, long coalesce_ms,
                       struct storm_tally *ret)
{
    FILE *file = fopen(path, "re");
    struct storm_line line;

    if (!file) {
        return false;
    }
    *ret = (struct storm_tally){0};
    read_all(file, note_least);
    read_all(file, note_stall);
    for (size_t i = 0; i < WINDOWS; i++) {
        ret->stall_ms = stall_ms[true][i] > ret->stall_ms ? stall_ms[true][i]
                                                          : ret->stall_ms;
    }
    rewind(file);
    while (read_line(file, &line)) {
        judge(&line, coalesce_ms, ret);
    }
    bool whole = feof(file);

    (void)fclose(file);
    return whole;
}
