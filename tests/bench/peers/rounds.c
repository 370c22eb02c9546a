/*
 * rounds.c - timed transfers by one or more threads, on command
 */
#include "tests/bench/peers/rounds.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    WORKERS_MAX = 16,
    SAMPLES_MAX = 200000, /* of one worker in one round */
    URL_SIZE = 512,
    LINE_SIZE = 128,
};

struct order {
    char verb[16];
    long first;
    long second;
};

struct rounds {
    const struct rounds_kind *kind;
    const char *url;
    size_t bytes;
    int count; /* of workers */
    struct order order;
    pthread_barrier_t begin;
    pthread_barrier_t end;
};

struct worker {
    struct rounds *rounds;
    int number;
    void *mine;
    unsigned long random;
    long serial; /* of the URLs that are new */
    double *samples;
    size_t made;
    pthread_t thread;
};

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void transfer(struct worker *w, const char *url)
{
    size_t bytes = 0;
    double start = now_us();

    if (!w->rounds->kind->get(w->mine, url, &bytes) ||
        bytes != w->rounds->bytes) {
        fprintf(stderr, "bench: %s failed, or has %zu bytes\n", url, bytes);
        _exit(3);
    }
    if (w->made < SAMPLES_MAX) {
        w->samples[w->made++] = now_us() - start;
    }
}

static unsigned long next_random(struct worker *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random;
}

static void numbered(struct worker *w, long number)
{
    char url[URL_SIZE];

    snprintf(url, sizeof(url), "%s?e=%ld", w->rounds->url, number);
    transfer(w, url);
}

static void never_asked(struct worker *w)
{
    char url[URL_SIZE];

    snprintf(url, sizeof(url), "%s?n=%ld-%d-%ld", w->rounds->url,
             (long)getpid(), w->number, w->serial++);
    transfer(w, url);
}

static void follow(struct worker *w)
{
    const struct order *order = &w->rounds->order;
    const char *verb = order->verb;
    double until = now_us() + (double)order->first * 1000;

    w->made = 0;
    if (strcmp(verb, "same") == 0) {
        do {
            transfer(w, w->rounds->url);
        } while (now_us() < until && w->made < SAMPLES_MAX);
    } else if (strcmp(verb, "random") == 0) {
        do {
            numbered(w, (long)(next_random(w) % (size_t)order->second));
        } while (now_us() < until && w->made < SAMPLES_MAX);
    } else if (strcmp(verb, "new") == 0) {
        do {
            never_asked(w);
        } while (now_us() < until && w->made < SAMPLES_MAX);
    } else if (strcmp(verb, "fill") == 0) {
        for (long i = order->first + w->number; i < order->second;
             i += w->rounds->count) {
            numbered(w, i);
        }
    } else if (strcmp(verb, "count") == 0) {
        for (long i = 0; i < order->first; i++) {
            never_asked(w);
        }
    } else if (strcmp(verb, "write") == 0) {
        do {
            never_asked(w);
            usleep((useconds_t)order->second);
        } while (now_us() < until);
    } else {
        fprintf(stderr, "bench: what is '%s'?\n", verb);
        _exit(2);
    }
}

static void settle(const struct worker *w)
{
    if (w->rounds->kind->settle) {
        w->rounds->kind->settle(w->mine);
    }
}

/* All but the first, which is the program's own thread. */
static void *work(void *arg)
{
    struct worker *w = arg;

    for (;;) {
        pthread_barrier_wait(&w->rounds->begin);
        follow(w);
        pthread_barrier_wait(&w->rounds->end);
        settle(w);
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return (*x > *y) - (*x < *y);
}

static void answer(const struct worker *workers, int count, double elapsed)
{
    static double all[(size_t)WORKERS_MAX * SAMPLES_MAX];
    size_t made = 0;

    for (int i = 0; i < count; i++) {
        memcpy(all + made, workers[i].samples,
               workers[i].made * sizeof(*workers[i].samples));
        made += workers[i].made;
    }
    if (made == 0) {
        puts("0 0 0 0 0");
    } else {
        qsort(all, made, sizeof(*all), compare);
        printf("%.3f %.3f %.3f %zu %.0f\n", all[made / 2], all[made / 10],
               all[made * 9 / 10], made, elapsed);
    }
    fflush(stdout);
}

static void serve(struct rounds *rounds, struct worker *workers)
{
    struct order *order = &rounds->order;
    char line[LINE_SIZE];

    while (fgets(line, sizeof(line), stdin)) {
        double elapsed;
        double start;

        *order = (struct order){.second = 1};
        if (sscanf(line, "%15s %ld %ld", order->verb, &order->first,
                   &order->second) < 2 ||
            order->second < 1) {
            fputs("bench: an order is a verb and numbers\n", stderr);
            _exit(2);
        }
        start = now_us();
        if (rounds->count > 1) {
            pthread_barrier_wait(&rounds->begin);
        }
        follow(&workers[0]);
        if (rounds->count > 1) {
            pthread_barrier_wait(&rounds->end);
        }
        elapsed = now_us() - start;
        settle(&workers[0]);
        answer(workers, rounds->count, elapsed);
    }
}

int rounds_serve(const struct rounds_kind *kind, const char *url, size_t bytes,
                 int workers)
{
    static struct worker all[WORKERS_MAX];
    struct rounds rounds = {.kind = kind,
                            .url = url,
                            .bytes = bytes,
                            .count = workers};

    if (workers < 1 || workers > WORKERS_MAX) {
        return 2;
    }
    pthread_barrier_init(&rounds.begin, NULL, (unsigned)workers);
    pthread_barrier_init(&rounds.end, NULL, (unsigned)workers);
    for (int i = 0; i < workers; i++) {
        all[i] = (struct worker){
            .rounds = &rounds,
            .number = i,
            .mine = kind->open(i),
            .random = 88172645463325252u + (unsigned long)i * 7919,
            .samples = calloc(SAMPLES_MAX, sizeof(double)),
        };
        if (!all[i].mine || !all[i].samples ||
            (i > 0 &&
             pthread_create(&all[i].thread, NULL, work, &all[i]) != 0)) {
            return 3;
        }
    }
    serve(&rounds, all);
    for (int i = 0; i < workers; i++) {
        kind->close(all[i].mine);
    }
    return 0;
}
