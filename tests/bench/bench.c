/*
 * bench.c - hit, miss, pass-through and start-up beside plain libcurl
 *
 * usage: bench CLIENT PRELOAD [ROUNDS [ROWS [ENTRIES]]]
 *
 * ROWS: only the rows whose title contains this, "1 MiB" say.
 *
 * Starts nginx on loopback with three files, runs bench_client plain and under
 * the preload in interleaved rounds of one run, and prints one Markdown table.
 * Each cell is the median over all rounds of the medians within a round; 10th
 * and 90th percentile stand beside it, because ratios near 1 drown in noise.
 * What hardly differs from plain is measured in pairs instead: plain and the
 * variant one right after the other, in turns, on one core with nginx on
 * another, and the ratio is the median of the pairs' ratios with its 95 %
 * interval. A row of plain against plain says what such a ratio is worth.
 * Rows of the store alone come from `gets`, which lies beside CLIENT; one of
 * them has ENTRIES entries, 1000000 say, where that is asked for.
 * Run by hand (tests/bench/run); never a test.
 */
#include "tests/bench/bench_store.h"
#include "tests/bench/measure.h"
#include "tests/bench/origin_nginx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 9, ROUNDS_MAX = 200, START_ROUNDS = 400, CURL_ROUNDS = 60 };
enum { MEMORY_TRANSFERS = 3000 };
enum { PAIRS_A_ROUND = 8, PAIRS_MAX = PAIRS_A_ROUND * ROUNDS_MAX };

struct variant {
    const char *name;
    bool preload;
    const char *which;   /* same or unique URLs */
    const char *setting; /* "NAME=value" beside TTL and DIR, or NULL */
    const char *base;    /* variant it is compared with */
};

static const struct variant variants[] = {
    {"plain", false, "same", NULL, "plain"},
    {"hit", true, "same", NULL, "plain"},
    {"plain, new URLs", false, "unique", NULL, "plain, new URLs"},
    {"plain, multi", false, "multi", NULL, "plain"},
    {"hit, multi", true, "multi", NULL, "hit"},
    {"miss, stored", true, "unique", NULL, "plain, new URLs"},
    {"miss, not stored", true, "unique", "CURLCACHE_URLS_TTL=*=no-store",
     "plain, new URLs"},
    {"plain, each written to a file", false, "written", NULL,
     "plain, new URLs"},
    {"plain, each body to a new file", false, "bodies", NULL,
     "plain, new URLs"},
    {"plain, multi, new URLs", false, "multi-unique", NULL,
     "plain, multi, new URLs"},
    {"miss, multi, stored", true, "multi-unique", NULL,
     "plain, multi, new URLs"},
};
/*
 * What checking a stored response with the origin costs. "304, then hit" is one
 * program that does both, one after the other, as a revalidation does: the
 * caches of the processor are as warm for the body as they are there, and not
 * as warm as where hit follows hit.
 */
static const struct variant checked[] = {
    {"plain", false, "same", NULL, "plain"},
    {"hit", true, "same", NULL, "plain"},
    {"bare 304", false, "known", NULL, "bare 304"},
    {"304, then hit", true, "both", "CURLCACHE_DENY=*/*?asked",
     "304, then hit"},
    {"revalidated hit", true, "same", "CURLCACHE_ALWAYS_REVALIDATE=1",
     "304, then hit"},
};

/* What the cache does not touch, beside the first of them. */
static const struct variant untouched[] = {
    {"plain", false, "same", NULL, "plain"},
    {"plain again", false, "same", NULL, "plain"},
    {"disabled", true, "same", "CURLCACHE_DISABLE=1", "plain"},
    {"pass-through", true, "same", "CURLCACHE_DENY=*", "plain"},
};
enum { UNTOUCHED = sizeof(untouched) / sizeof(untouched[0]) };

struct table {
    const struct variant *variants;
    size_t count;
};
enum { VARIANTS_MAX = 12 };
#define TABLE(list) ((struct table){(list), sizeof(list) / sizeof((list)[0])})

struct size_class {
    const char *name;
    const char *path;
    size_t bytes;
    int count; /* timed transfers of one round */
};

static const struct size_class sizes[] = {
    {"1 KiB", "1k", 1024, 1000},
    {"64 KiB", "64k", 64 * 1024, 300},
    {"1 MiB", "1m", 1024 * 1024, 60},
    {"10 MiB", "10m", 10 * 1024 * 1024, 15},
};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static const struct size_class checked_sizes[] = {
    {"1 KiB, checked", "1k", 1024, 1000},
    {"1 MiB, checked", "1m", 1024 * 1024, 300},
};
enum { CHECKED_SIZES = sizeof(checked_sizes) / sizeof(checked_sizes[0]) };

static const struct size_class untouched_sizes[] = {
    {"1 KiB, in pairs", "1k", 1024, 1000},
    {"1 MiB, in pairs", "1m", 1024 * 1024, 100},
};
enum { UNTOUCHED_SIZES = sizeof(untouched_sizes) / sizeof(untouched_sizes[0]) };

struct setup {
    const char *client;
    const char *preload;
    const char *cache;
    const char *rows; /* what a title must contain */
    struct origin_nginx origin;
};

static struct spread median_of_round(const struct setup *setup,
                                     const struct variant *variant,
                                     const struct size_class *size)
{
    char url[256];
    char count[16];
    const char *argv[] = {setup->client, url, count, variant->which, NULL};
    char cache[256];

    snprintf(url, sizeof(url), "http://127.0.0.1:%d/%s", setup->origin.port,
             size->path);
    snprintf(count, sizeof(count), "%d", size->count);
    /* Thousands of new URLs would push the one that is hit out of the cache. */
    snprintf(cache, sizeof(cache), "%s/%s", setup->cache, variant->which);
    return measure_client(argv, variant->preload ? setup->preload : NULL, cache,
                          variant->setting);
}

static size_t index_of(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->variants[i].name, name) == 0) {
            return i;
        }
    }
    return 0;
}

static bool is_wanted(const struct setup *setup, const char *title)
{
    return strstr(title, setup->rows) != NULL;
}

static void bench_size(const struct setup *setup, const struct table *table,
                       const struct size_class *size, int rounds)
{
    static struct spread results[VARIANTS_MAX][ROUNDS_MAX];
    struct spread total[VARIANTS_MAX];

    if (!is_wanted(setup, size->name)) {
        return;
    }
    for (int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < table->count; i++) {
            size_t which = (i + (size_t)round) % table->count;

            results[which][round] =
                median_of_round(setup, &table->variants[which], size);
        }
    }
    for (size_t i = 0; i < table->count; i++) {
        total[i] = measure_over_rounds(results[i], rounds);
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct variant *variant = &table->variants[i];
        double base = total[index_of(table, variant->base)].median;

        printf("| %s | %s | %.1f | %.1f | %.1f | %.3f |\n", size->name,
               variant->name, total[i].median, total[i].p10, total[i].p90,
               total[i].median / base);
    }
    fflush(stdout);
}

static double one_of_pair(const struct setup *setup,
                          const struct variant *variant,
                          const struct size_class *size)
{
    return median_of_round(setup, variant, size).median;
}

/* Times of plain in the pairs measured last, and those of the variant. */
struct pairs {
    double plain[PAIRS_MAX];
    double times[PAIRS_MAX];
    double ratios[PAIRS_MAX];
};

/* The variant beside plain; which of them is first changes from pair to pair,
 * so that a machine that becomes slower or faster favours neither. */
static void measure_pairs(const struct setup *setup,
                          const struct variant *variant,
                          const struct size_class *size, size_t count,
                          struct pairs *ret)
{
    for (size_t i = 0; i < count; i++) {
        double first = i % 2 ? one_of_pair(setup, variant, size) : 0;

        ret->plain[i] = one_of_pair(setup, &untouched[0], size);
        ret->times[i] = i % 2 ? first : one_of_pair(setup, variant, size);
        ret->ratios[i] = ret->times[i] / ret->plain[i];
    }
}

/* The last column is that of other tables, a ratio of medians; what counts
 * here stands behind it. */
static void bench_pairs_of(const struct setup *setup,
                           const struct variant *variant,
                           const struct size_class *size, size_t count)
{
    static struct pairs pairs;
    struct spread plain;
    struct spread time;
    struct spread ratio;

    measure_pairs(setup, variant, size, count, &pairs);
    plain = measure_spread(pairs.plain, count);
    time = measure_spread(pairs.times, count);
    ratio = measure_interval(pairs.ratios, count);
    if (variant == &untouched[1]) {
        printf("| %s | plain | %.1f | %.1f | %.1f | 1.000 |\n", size->name,
               plain.median, plain.p10, plain.p90);
    }
    printf("| %s | %s | %.1f | %.1f | %.1f | %.3f (%zu pairs: %.3f, %.3f to "
           "%.3f) |\n",
           size->name, variant->name, time.median, time.p10, time.p90,
           time.median / plain.median, count, ratio.median, ratio.p10,
           ratio.p90);
    fflush(stdout);
}

static void bench_untouched(const struct setup *setup,
                            const struct size_class *size, int rounds)
{
    if (!is_wanted(setup, size->name)) {
        return;
    }
    measure_pin(setup->origin.pid);
    for (size_t i = 1; i < UNTOUCHED; i++) {
        bench_pairs_of(setup, &untouched[i], size,
                       (size_t)rounds * PAIRS_A_ROUND);
    }
    measure_unpin(setup->origin.pid);
}

/* Whole processes: start to end, with and without the preload. */
static void bench_process(const struct setup *setup, const char *title,
                          const char *const *argv, int rounds)
{
    static double plain[START_ROUNDS];
    static double loaded[START_ROUNDS];
    struct spread a;
    struct spread b;

    if (!is_wanted(setup, title)) {
        return;
    }
    for (int i = 0; i < rounds; i++) {
        plain[i] = measure_process(argv, NULL, setup->cache);
        loaded[i] = measure_process(argv, setup->preload, setup->cache);
    }
    a = measure_spread(plain, (size_t)rounds);
    b = measure_spread(loaded, (size_t)rounds);
    printf("| %s | plain | %.1f | %.1f | %.1f | 1.000 |\n", title, a.median,
           a.p10, a.p90);
    printf("| %s | preload | %.1f | %.1f | %.1f | %.3f (%+.1f us) |\n", title,
           b.median, b.p10, b.p90, b.median / a.median, b.median - a.median);
    fflush(stdout);
}

/* Its own start: curl with the same bytes out of a file. A hit of a new process
 * against that is what the first hit costs. */
static void bench_first_hit(const struct setup *setup, const char *file,
                            const char *url)
{
    static double plain[CURL_ROUNDS];
    static double hit[CURL_ROUNDS];
    const char *plain_argv[] = {"/usr/bin/curl", "-so", "/dev/null", file,
                                NULL};
    const char *hit_argv[] = {"/usr/bin/curl", "-so", "/dev/null", url, NULL};
    struct spread a;
    struct spread b;

    for (int i = 0; i < CURL_ROUNDS; i++) {
        plain[i] = measure_process(plain_argv, NULL, setup->cache);
        hit[i] = measure_process(hit_argv, setup->preload, setup->cache);
    }
    a = measure_spread(plain, CURL_ROUNDS);
    b = measure_spread(hit, CURL_ROUNDS);
    printf("| `curl`, 1 KiB | plain, file:// | %.1f | %.1f | %.1f | 1.000 |\n",
           a.median, a.p10, a.p90);
    printf("| `curl`, 1 KiB | first hit | %.1f | %.1f | %.1f | %.3f (%+.1f us) "
           "|\n",
           b.median, b.p10, b.p90, b.median / a.median, b.median - a.median);
    fflush(stdout);
}

/* After some thousand misses every page of the store's cache is in use. */
static void bench_memory(const struct setup *setup, const char *url)
{
    char count[16];
    const char *argv[] = {setup->client, url, count, "memory", NULL};
    double plain;
    double warm;

    snprintf(count, sizeof(count), "%d", MEMORY_TRANSFERS);
    plain = measure_client(argv, NULL, setup->cache, NULL).median / 1024;
    warm =
        measure_client(argv, setup->preload, setup->cache, NULL).median / 1024;
    printf("| memory, MiB | plain | %.1f | | | 1.000 |\n", plain);
    printf("| memory, MiB | %d misses | %.1f | | | %.3f (%+.1f MiB) |\n",
           MEMORY_TRANSFERS, warm, warm / plain, warm - plain);
    fflush(stdout);
}

static void bench_gets(const struct setup *setup, uint64_t entries, int rounds)
{
    const char *slash = strrchr(setup->client, '/');
    char gets[512];

    snprintf(gets, sizeof(gets), "%.*sgets",
             slash ? (int)(slash - setup->client + 1) : 0, setup->client);
    bench_store(gets, setup->cache, entries, rounds);
}

static void bench_all(const struct setup *setup, int rounds, uint64_t entries)
{
    char url[256];
    char file[256];
    const char *true_argv[] = {"/bin/true", NULL};
    const char *curl_argv[] = {"/usr/bin/curl", "-so", "/dev/null", url, NULL};

    puts("| what | variant | median, us | p10 | p90 | ratio |");
    puts("|---|---|---|---|---|---|");
    for (size_t i = 0; i < SIZES; i++) {
        bench_size(setup, &TABLE(variants), &sizes[i], rounds);
    }
    for (size_t i = 0; i < CHECKED_SIZES; i++) {
        bench_size(setup, &TABLE(checked), &checked_sizes[i], rounds);
    }
    for (size_t i = 0; i < UNTOUCHED_SIZES; i++) {
        bench_untouched(setup, &untouched_sizes[i], rounds);
    }
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/1k", setup->origin.port);
    bench_process(setup, "`/bin/true`", true_argv, START_ROUNDS);
    bench_process(setup, "`curl`, 1 KiB, hit", curl_argv, CURL_ROUNDS);
    snprintf(file, sizeof(file), "file://%s/www/1k", setup->origin.folder);
    if (is_wanted(setup, "first hit")) {
        bench_first_hit(setup, file, url);
    }
    if (is_wanted(setup, "memory")) {
        bench_memory(setup, url);
    }
    if (is_wanted(setup, "store, get")) {
        bench_gets(setup, entries, rounds);
    }
}

int main(int argc, char **argv)
{
    char cache[128];
    struct setup setup;
    int rounds = argc > 3 ? atoi(argv[3]) : ROUNDS;
    uint64_t entries = argc > 5 ? strtoull(argv[5], NULL, 10) : 0;

    if (argc < 3 || rounds < 1 || rounds > ROUNDS_MAX) {
        fputs("usage: bench CLIENT PRELOAD [ROUNDS [ROWS [ENTRIES]]]\n",
              stderr);
        return 2;
    }
    if (access(argv[1], X_OK) != 0 || access(argv[2], R_OK) != 0) {
        fprintf(stderr, "bench: %s or %s is not there\n", argv[1], argv[2]);
        return 2;
    }
    setup = (struct setup){.client = argv[1],
                           .preload = argv[2],
                           .rows = argc > 4 ? argv[4] : ""};
    measure_make_folder(cache, sizeof(cache), "curlcache-bench");
    setup.cache = cache;
    if (!origin_nginx_start(&setup.origin)) {
        return 3;
    }
    for (size_t i = 0; i < SIZES; i++) {
        origin_nginx_file(&setup.origin, sizes[i].path, sizes[i].bytes);
    }
    for (size_t i = 0; i < CHECKED_SIZES; i++) {
        origin_nginx_file(&setup.origin, checked_sizes[i].path,
                          checked_sizes[i].bytes);
    }
    bench_all(&setup, rounds, entries);
    origin_nginx_stop(&setup.origin);
    measure_remove_tree(cache);
    return 0;
}
