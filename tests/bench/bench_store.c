/*
 * bench_store.c - rows of the table that need no network
 *
 * The median of a get by the program `gets`, in rounds over all rows.
 */
#include "tests/bench/bench_store.h"

#include "tests/bench/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = 8,
    ROUNDS_MAX = 200,
    SPAN_MS = 150, /* of each measurement */
    WRITER_US = 2000,
    FEW = 1000,
    MANY = 100000,
};

struct row {
    const char *title;
    uint64_t entries;
    int processes;
    int threads;
    int writer_us;
    const char *base; /* title of the row it is compared with */
};

static const struct row rows[] = {
    {"1 k entries", FEW, 1, 1, 0, "1 k entries"},
    {"1 k entries, 2 processes", FEW, 2, 1, 0, "1 k entries"},
    {"1 k entries, 2 threads", FEW, 1, 2, 0, "1 k entries"},
    {"1 k entries, a put each 2 ms", FEW, 1, 1, WRITER_US, "1 k entries"},
    {"100 k entries", MANY, 1, 1, 0, "1 k entries"},
    {"100 k entries, 2 processes", MANY, 2, 1, 0, "100 k entries"},
    {"more entries", 0, 1, 1, 0, "1 k entries"},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
_Static_assert((int)ROWS <= (int)ROWS_MAX, "room for every row");

struct results {
    double median[ROUNDS_MAX];
    double per_second[ROUNDS_MAX];
};

/* The median of a get, and how many there were in a second. */
static double get(const char *gets, const char *cache, const struct row *row,
                  uint64_t entries, double *ret_per_second)
{
    char folder[256];
    char count[24];
    char processes[12];
    char threads[12];
    char writer[12];
    char span[12];
    const char *argv[] = {gets,    folder, count, processes,
                          threads, writer, span,  NULL};
    double values[3];

    /* A writer's entries are no one else's. */
    snprintf(folder, sizeof(folder), "%s/store-%" PRIu64 "%s", cache, entries,
             row->writer_us ? "-w" : "");
    snprintf(count, sizeof(count), "%" PRIu64, entries);
    snprintf(processes, sizeof(processes), "%d", row->processes);
    snprintf(threads, sizeof(threads), "%d", row->threads);
    snprintf(writer, sizeof(writer), "%d", row->writer_us);
    snprintf(span, sizeof(span), "%d", SPAN_MS);
    measure_numbers(argv, values, 3);
    *ret_per_second = values[2];
    return values[0];
}

static size_t index_of(const char *title)
{
    size_t i = 0;

    while (i + 1 < ROWS && strcmp(rows[i].title, title) != 0) {
        i++;
    }
    return i;
}

static void print_row(const struct row *row, const char *title,
                      struct results *all, int rounds)
{
    static struct spread spreads[ROWS_MAX];
    static struct spread speeds[ROWS_MAX];
    size_t i = (size_t)(row - rows);
    size_t base = index_of(row->base);

    spreads[i] = measure_spread(all[i].median, (size_t)rounds);
    speeds[i] = measure_spread(all[i].per_second, (size_t)rounds);
    printf("| store, get | %s | %.2f | %.2f | %.2f | %.3f (%.0f k/s, %.2f "
           "times) |\n",
           title, spreads[i].median, spreads[i].p10, spreads[i].p90,
           spreads[i].median / spreads[base].median, speeds[i].median / 1000,
           speeds[i].median / speeds[base].median);
}

void bench_store(const char *gets, const char *cache, uint64_t entries,
                 int rounds)
{
    static struct results all[ROWS_MAX];
    char title[64];

    for (int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < ROWS; i++) {
            uint64_t count = rows[i].entries ? rows[i].entries : entries;

            if (count) {
                all[i].median[round] = get(gets, cache, &rows[i], count,
                                           &all[i].per_second[round]);
            }
        }
    }
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].entries || entries) {
            snprintf(title, sizeof(title), "%" PRIu64 " entries", entries);
            print_row(&rows[i], rows[i].entries ? rows[i].title : title, all,
                      rounds);
        }
    }
    fflush(stdout);
}
