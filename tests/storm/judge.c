/*
 * judge.c - the lines of a report, twice: what plain programs took, then
 * everybody's
 */
#include "tests/storm/judge.h"

#include <curl/curl.h>
#include <inttypes.h>

enum { TOLD_MAX = 20, FIELDS = 10 };

/* By kind, and for one at a time by row. */
static long plain_ms[STORM_KINDS][STORM_URLS_MAX];

static bool read_line(FILE *file, struct storm_line *ret)
{
    return fscanf(file, "%d %d %d %d %d %d %ld %d %d %c", &ret->kind,
                  &ret->slot, &ret->row, &ret->generation, &ret->code,
                  &ret->verdict, &ret->took_ms, &ret->serial, &ret->plain,
                  &ret->mode) == FIELDS &&
           ret->kind >= 0 && ret->kind < STORM_KINDS && ret->row >= 0 &&
           ret->row < STORM_URLS_MAX;
}

/* Several at once take as long as the longest: no row tells them apart. */
static long *plain_of(const struct storm_line *line)
{
    bool one = line->kind == STORM_EASY || line->kind == STORM_FORKING ||
               line->kind == STORM_THREADED;

    return &plain_ms[one ? STORM_EASY : line->kind][one ? line->row : 0];
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
                      line->took_ms, *plain_of(line));
    }
}

static void judge_time(const struct storm_line *line, long coalesce_ms,
                       struct storm_tally *tally)
{
    const long plain = *plain_of(line);
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

static void note_plain(const struct storm_line *line)
{
    long *plain = plain_of(line);

    if (line->plain && line->took_ms > *plain) {
        *plain = line->took_ms;
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
    while (read_line(file, &line)) {
        note_plain(&line);
    }
    rewind(file);
    while (read_line(file, &line)) {
        judge(&line, coalesce_ms, ret);
    }
    bool whole = feof(file);

    (void)fclose(file);
    return whole;
}
