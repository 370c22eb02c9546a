/*
 * measure.c - running a program with and without the preload, and medians
 */
#include "tests/bench/measure.h"

#include <ftw.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ENV_SIZE = 16, VARIABLE_SIZE = 512, VALUES_MAX = 1 << 20 };

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return (*x > *y) - (*x < *y);
}

struct spread measure_spread(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return (struct spread){values[count / 2], values[count / 10],
                           values[count * 9 / 10]};
}

/* How many of @count values lie below the median is binomial: 1.96 deviations
 * of that, sqrt(count) / 2 each, to either side. */
struct spread measure_interval(double *values, size_t count)
{
    size_t away = 0;
    size_t low;
    size_t high;

    qsort(values, count, sizeof(*values), compare);
    while ((double)(away * away) < 0.9604 * (double)count) {
        away++;
    }
    low = count / 2 > away ? count / 2 - away : 0;
    high = count / 2 + away < count ? count / 2 + away : count - 1;
    return (struct spread){values[count / 2], values[low], values[high]};
}

static cpu_set_t allowed;

static void pin_to(pid_t pid, bool last)
{
    const size_t none = CPU_SETSIZE;
    cpu_set_t one;
    size_t chosen = none;

    for (size_t i = 0; i < CPU_SETSIZE && (last || chosen == none); i++) {
        chosen = CPU_ISSET(i, &allowed) ? i : chosen;
    }
    CPU_ZERO(&one);
    CPU_SET(chosen, &one);
    sched_setaffinity(pid, sizeof(one), &one);
}

void measure_pin(pid_t other)
{
    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0 &&
        CPU_COUNT(&allowed) > 1) {
        pin_to(0, false);
        pin_to(other, true);
    }
}

void measure_unpin(pid_t other)
{
    if (CPU_COUNT(&allowed) > 1) {
        sched_setaffinity(0, sizeof(allowed), &allowed);
        sched_setaffinity(other, sizeof(allowed), &allowed);
    }
}

struct spread measure_over_rounds(const struct spread *rounds, int count)
{
    double *medians = calloc((size_t)count, sizeof(*medians));
    struct spread result;

    if (!medians) {
        exit(3);
    }
    for (int i = 0; i < count; i++) {
        medians[i] = rounds[i].median;
    }
    result = measure_spread(medians, (size_t)count);
    free(medians);
    return result;
}

/* A small environment of known size: start-up time depends on it. */
struct environment {
    char text[4][VARIABLE_SIZE];
    char *list[ENV_SIZE];
};

static void environment_make(struct environment *env, const char *preload,
                             const char *cache, const char *setting)
{
    size_t n = 0;

    snprintf(env->text[0], VARIABLE_SIZE, "CURLCACHE_DIR=%s", cache);
    snprintf(env->text[1], VARIABLE_SIZE, "CURLCACHE_TTL=1h");
    env->list[n++] = env->text[0];
    env->list[n++] = env->text[1];
    if (setting) {
        snprintf(env->text[2], VARIABLE_SIZE, "%s", setting);
        env->list[n++] = env->text[2];
    }
    if (preload) {
        snprintf(env->text[3], VARIABLE_SIZE, "LD_PRELOAD=%s", preload);
        env->list[n++] = env->text[3];
    }
    env->list[n] = NULL;
}

static char *const *argv_of(const char *const *argv)
{
    union {
        const char *const *in;
        char *const *out;
    } cast = {.in = argv};

    return cast.out;
}

static void must_end_well(pid_t pid, const char *program)
{
    int status = 0;

    if (waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "bench: %s ended with status %d\n", program, status);
        exit(3);
    }
}

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Run it, and read numbers from what it prints. */
static size_t run_and_read(const char *const *argv, char *const *environment,
                           double *values, size_t most)
{
    posix_spawn_file_actions_t actions;
    size_t count = 0;
    int ends[2];
    pid_t pid;
    FILE *from;

    if (pipe(ends) != 0) {
        exit(3);
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    if (posix_spawn(&pid, argv[0], &actions, NULL, argv_of(argv),
                    environment)) {
        fprintf(stderr, "bench: cannot start %s\n", argv[0]);
        exit(3);
    }
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    from = fdopen(ends[0], "r");
    while (from && count < most && fscanf(from, "%lf", &values[count]) == 1) {
        count++;
    }
    if (from) {
        fclose(from);
    }
    must_end_well(pid, argv[0]);
    if (count == 0) {
        fprintf(stderr, "bench: %s measured nothing\n", argv[0]);
        exit(3);
    }
    return count;
}

struct spread measure_client(const char *const *argv, const char *preload,
                             const char *cache, const char *setting)
{
    static double values[VALUES_MAX];
    struct environment env;

    environment_make(&env, preload, cache, setting);
    return measure_spread(values,
                          run_and_read(argv, env.list, values, VALUES_MAX));
}

void measure_numbers(const char *const *argv, double *values, size_t count)
{
    if (run_and_read(argv, environ, values, count) != count) {
        fprintf(stderr, "bench: %s said too little\n", argv[0]);
        exit(3);
    }
}

double measure_process(const char *const *argv, const char *preload,
                       const char *cache)
{
    struct environment env;
    double start;
    pid_t pid;

    environment_make(&env, preload, cache, NULL);
    start = now_us();
    if (posix_spawn(&pid, argv[0], NULL, NULL, argv_of(argv), env.list)) {
        fprintf(stderr, "bench: cannot start %s\n", argv[0]);
        exit(3);
    }
    must_end_well(pid, argv[0]);
    return now_us() - start;
}

void measure_make_folder(char *path, size_t size, const char *name)
{
    const char *below = getenv("TMPDIR");

    snprintf(path, size, "%s/%s-XXXXXX", below ? below : "/tmp", name);
    if (!mkdtemp(path)) {
        perror("bench: a folder");
        exit(3);
    }
}

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void measure_remove_tree(const char *folder)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
