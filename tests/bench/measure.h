/*
 * measure.h - running a program with and without the preload, and medians
 */
#ifndef LCC_BENCH_MEASURE_H
#define LCC_BENCH_MEASURE_H

#include <stddef.h>
#include <sys/types.h>

struct spread {
    double median; /* microseconds */
    double p10;
    double p90;
};

/* Median and percentiles; sorts @values. */
struct spread measure_spread(double *values, size_t count);
/* Median, and where the true one lies with 95 % certainty (p10, p90): between
 * values of these ranks, whatever their distribution. Sorts @values. */
struct spread measure_interval(double *values, size_t count);
/* This process, and what it starts, on the first processor; @other, a process,
 * on the last. Nothing where there is one alone. */
void measure_pin(pid_t other);
/* Both wherever they like. */
void measure_unpin(pid_t other);
/* Median of the rounds' medians, and so for the percentiles. */
struct spread measure_over_rounds(const struct spread *rounds, int count);
/* Run a program that prints microseconds, a line each. Exits on failure.
 * @preload NULL: plain. @setting "NAME=value" or NULL. */
struct spread measure_client(const char *const *argv, const char *preload,
                             const char *cache, const char *setting);
/* Run a program that prints @count numbers, and no other. Exits on failure. */
void measure_numbers(const char *const *argv, double *values, size_t count);
/* Microseconds from before the spawn until the process has ended. */
double measure_process(const char *const *argv, const char *preload,
                       const char *cache);
/* A new folder below TMPDIR, else /tmp; exits when there is none. */
void measure_make_folder(char *path, size_t size, const char *name);
void measure_remove_tree(const char *folder);

#endif
