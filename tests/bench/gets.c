/*
 * gets.c - what a get costs beside others: entries, processes, threads, writer
 *
 * usage: gets FOLDER COUNT PROCESSES THREADS WRITER MILLISECONDS
 *
 * In the cache below FOLDER, made with COUNT entries if it is not there, each
 * thread of each process gets entries at random for so long. With WRITER not 0
 * one more process puts a new entry every so many microseconds. Prints the
 * median of a get (means of hundreds), the processor's time for one, and all
 * gets of a second: "MEDIAN-US CPU-US PER-SECOND".
 */
#include "tests/bench/entries.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    WORKERS_MAX = 64,
    BATCH = 100, /* gets between two looks at the clock */
    WARM = 20000,
    SAMPLES_MAX = 100000,
};

struct worker {
    double median_us;
    double cpu_us;
    double per_second;
};

struct run {
    struct lcc_store_config config;
    uint64_t count;
    int processes;
    int threads;
    int writer_us;
    double span_us;
    struct worker *workers; /* shared by the processes */
};

struct job {
    const struct run *run;
    struct lcc_store *store;
    struct worker *result;
};

static struct lcc_store *store_open(const struct run *run)
{
    char why[LCC_WHY_SIZE] = "";
    struct lcc_store *store = NULL;

    if (lcc_store_open(&run->config, &store, why) != 0) {
        fprintf(stderr, "gets: %s\n", why);
        exit(1);
    }
    return store;
}

static void make(const struct run *run)
{
    struct lcc_store *store = store_open(run);
    struct lcc_buf meta = LCC_BUF_INIT(4096);
    struct lcc_span bytes = entries_meta(&meta);
    struct lcc_totals totals = {0};

    lcc_store_totals(store, &totals);
    for (uint64_t i = totals.entries; i < run->count; i++) {
        entries_put(store, i, bytes);
    }
    lcc_buf_done(&meta);
    lcc_store_free(store);
}

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return (*x > *y) - (*x < *y);
}

static double cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void some_gets(const struct job *job, struct lcc_hit *hit, int n)
{
    for (int i = 0; i < n; i++) {
        struct lcc_id id = entries_id(entries_random() % job->run->count);

        if (lcc_store_lookup(job->store, &id, NULL, NULL, 1, hit) == 0 &&
            hit->body_size == 0) {
            abort();
        }
    }
}

static void *work(void *arg)
{
    const struct job *job = arg;
    struct lcc_hit hit = LCC_HIT_INIT;
    double *samples = calloc(SAMPLES_MAX, sizeof(*samples));
    size_t count = 0;
    double began;
    double cpu;
    double now;

    if (!samples) {
        exit(1);
    }
    some_gets(job, &hit, WARM);
    cpu = cpu_us();
    began = now = entries_now_us();
    while (now - began < job->run->span_us && count < SAMPLES_MAX) {
        double before = now;

        some_gets(job, &hit, BATCH);
        now = entries_now_us();
        samples[count++] = (now - before) / BATCH;
    }
    qsort(samples, count, sizeof(*samples), compare);
    *job->result = (struct worker){
        .median_us = samples[count / 2],
        .cpu_us = (cpu_us() - cpu) / (double)count / BATCH,
        .per_second = (double)count * BATCH * 1e6 / (now - began)};
    free(samples);
    lcc_hit_done(&hit);
    return NULL;
}

static void process(const struct run *run, int number)
{
    struct lcc_store *store = store_open(run);
    pthread_t threads[WORKERS_MAX];
    struct job jobs[WORKERS_MAX];

    for (int i = 0; i < run->threads; i++) {
        jobs[i] =
            (struct job){run, store, &run->workers[number * run->threads + i]};
        if (pthread_create(&threads[i], NULL, work, &jobs[i]) != 0) {
            exit(1);
        }
    }
    for (int i = 0; i < run->threads; i++) {
        pthread_join(threads[i], NULL);
    }
    lcc_store_free(store);
}

static void write_on(const struct run *run)
{
    struct lcc_store *store = store_open(run);
    struct lcc_buf meta = LCC_BUF_INIT(4096);
    struct lcc_span bytes = entries_meta(&meta);

    for (uint64_t i = 0;; i++) {
        entries_put(store, run->count + i % 1000, bytes);
        usleep((useconds_t)run->writer_us);
    }
}

static pid_t start(const struct run *run, int number)
{
    pid_t pid = fork();

    if (pid == 0) {
        if (number < 0) {
            write_on(run);
        } else {
            process(run, number);
        }
        _exit(0);
    }
    return pid;
}

static void run_all(const struct run *run)
{
    int count = run->processes * run->threads;
    pid_t pids[WORKERS_MAX];
    pid_t writer = run->writer_us ? start(run, -1) : -1;
    struct worker all = {0, 0, 0};

    for (int i = 0; i < run->processes; i++) {
        pids[i] = start(run, i);
    }
    for (int i = 0; i < run->processes; i++) {
        int status = 1;

        if (waitpid(pids[i], &status, 0) != pids[i] || status != 0) {
            fputs("gets: a process failed\n", stderr);
            exit(1);
        }
    }
    if (writer > 0) {
        kill(writer, SIGKILL);
        waitpid(writer, NULL, 0);
    }
    for (int i = 0; i < count; i++) {
        all.median_us += run->workers[i].median_us / count;
        all.cpu_us += run->workers[i].cpu_us / count;
        all.per_second += run->workers[i].per_second;
    }
    printf("%.3f %.3f %.0f\n", all.median_us, all.cpu_us, all.per_second);
}

int main(int argc, char **argv)
{
    struct run run = {
        .config = {.max_size_bytes = UINT64_C(8) << 30,
                   .max_entry_bytes = UINT64_C(1) << 30},
    };

    if (argc == 7) {
        run.config.folder = argv[1];
        run.count = strtoull(argv[2], NULL, 10);
        run.processes = atoi(argv[3]);
        run.threads = atoi(argv[4]);
        run.writer_us = atoi(argv[5]);
        run.span_us = atof(argv[6]) * 1000;
    }
    if (run.count < 1 || run.processes < 1 || run.threads < 1 ||
        run.processes * run.threads > WORKERS_MAX || run.span_us <= 0) {
        fputs("usage: gets FOLDER COUNT PROCESSES THREADS WRITER "
              "MILLISECONDS\n",
              stderr);
        return 2;
    }
    run.workers =
        mmap(NULL, WORKERS_MAX * sizeof(*run.workers), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (run.workers == MAP_FAILED) {
        return 1;
    }
    make(&run);
    run_all(&run);
    return 0;
}
