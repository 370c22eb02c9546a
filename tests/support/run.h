/*
 * run.h - run a program to its end and keep what it said
 *
 * The program gets this process's environment without anything that would
 * change a transfer (CURLCACHE_*, LD_PRELOAD, proxies, XDG_*), a HOME of its
 * own, and what the test adds. It lives in a process group of its own, dies
 * with us, and is ended after a bound (patience.h).
 */
#ifndef LCC_TESTS_RUN_H
#define LCC_TESTS_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { RUN_TIMEOUT_S = 60, RUN_OUTPUT_MAX = 64 * 1024 * 1024 };

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

struct run {
    const char *const *argv;
    const char *const *env; /* NAME=value to add, NULL at the end; or NULL */
    const char *home;       /* HOME of the program; NULL: "/nonexistent" */
    const char *cwd;        /* NULL: ours */
    int timeout_s;          /* 0: RUN_TIMEOUT_S */
};

struct run_result {
    int exit_code; /* -1 when a signal ended it */
    int signal;    /* 0, or the one that ended it */
    bool timed_out;
    char *out; /* NUL after it, not counted */
    size_t out_size;
    char *err;
    size_t err_size;
};

struct run_result run_program(const struct run *run);
void run_result_done(struct run_result *result);
#define RUN_RESULT __attribute__((cleanup(run_result_done))) struct run_result

/* A program that goes on beside the test. It ends with the test, whatever
 * ends that: a guard process watches a pipe that only we hold open. */
struct run_beside {
    pid_t guard;
    int life;
};

/* Its output goes to @log. Descriptors without close-on-exec are inherited. */
struct run_beside run_start(const struct run *run, const char *log);
/* SIGTERM to all of its group, SIGKILL after a bound; waits for the end. */
void run_stop(struct run_beside *beside);

/* Is a program of this name to be had? A test that wants it asks need.h. */
bool run_find(const char *program);

#endif
