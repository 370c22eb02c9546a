/*
 * fill.c - what a put and a get cost as the cache grows, and when it is full
 *
 * usage: fill FOLDER COUNT MAX_SIZE
 * Puts entries of 1 KiB into a cache of MAX_SIZE bytes, below FOLDER, which
 * must not exist: until a tenth of it is full, and COUNT more. Prints what a
 * put cost around a tenth; then, for each tenth of COUNT, what a put cost, what
 * a get of a random entry of the last ones costs, and what lies on the disk; in
 * the end how many times as much one of the last ones has cost.
 * No network and no libcurl: the store alone.
 */
#include "store/settings_parse.h"
#include "store/store.h"
#include "tests/bench/entries.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum {
    TENTHS = 10,
    GETS = 20000,
    WARM = 2000,
    LOOK_EVERY = 256,  /* puts between two looks at the disk */
    AROUND_FROM = 5,   /* percent of MAX_SIZE */
    AROUND_UNTIL = 15, /* the same */
    PERCENT = 100,
};

static uint64_t disk_bytes;

static int add_file(const char *path, const struct stat *info, int type,
                    struct FTW *walk)
{
    (void)path;
    (void)walk;
    disk_bytes += type == FTW_F ? (uint64_t)info->st_blocks * 512 : 0;
    return 0;
}

/* Processor time of this process: what others do to the machine shows less. */
static double cpu_us(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static struct lcc_store *open_store(const struct lcc_store_config *config)
{
    char why[LCC_WHY_SIZE] = "";
    struct lcc_store *store = NULL;

    if (lcc_store_open(config, &store, why) != 0) {
        fprintf(stderr, "fill: %s\n", why);
        exit(1);
    }
    return store;
}

/* Of the newest @among entries; microseconds each. As a reader that notes no
 * use: what is put is all that changes the cache. */
static double gets(const struct lcc_store_config *config, uint64_t newest,
                   uint64_t among)
{
    struct lcc_store_config looking = *config;
    struct lcc_store *store;
    struct lcc_hit hit = LCC_HIT_INIT;
    double began = 0;
    uint64_t missed = 0;

    looking.readonly = true;
    store = open_store(&looking);
    for (int i = 0; i < WARM + GETS; i++) {
        struct lcc_id id = entries_id(newest - entries_random() % among);

        if (i == WARM) {
            began = entries_now_us();
        }
        missed += lcc_store_lookup(store, &id, NULL, NULL, 1, &hit) != 0;
    }
    lcc_hit_done(&hit);
    lcc_store_free(store);
    if (missed) {
        fprintf(stderr, "fill: %" PRIu64 " gets missed\n", missed);
    }
    return (entries_now_us() - began) / GETS;
}

static void look_at_disk(const char *folder)
{
    disk_bytes = 0;
    nftw(folder, add_file, 16, FTW_PHYS);
}

/* Processor time of a put while so many bytes come to lie on the disk; @number
 * of them are put before, and afterwards. */
static double around(struct lcc_store *store, struct lcc_span bytes,
                     uint64_t until_bytes, uint64_t *number)
{
    const uint64_t from = *number;
    double busy = 0;

    do {
        const double cpu = cpu_us();

        for (int i = 0; i < LOOK_EVERY; i++) {
            entries_put(store, (*number)++, bytes);
        }
        busy += cpu_us() - cpu;
        look_at_disk(lcc_store_path(store));
    } while (disk_bytes < until_bytes);
    return busy / (double)(*number - from);
}

static void fill(struct lcc_store *store, uint64_t count,
                 const struct lcc_store_config *config)
{
    const uint64_t max_bytes = config->max_size_bytes;
    const char *folder = lcc_store_path(store);
    struct lcc_buf meta = LCC_BUF_INIT(4096);
    struct lcc_span bytes = entries_meta(&meta);
    struct lcc_totals totals = {0};
    uint64_t number = 0;
    double tenth_full;
    double busy = 0;

    (void)around(store, bytes, max_bytes / PERCENT * AROUND_FROM, &number);
    tenth_full =
        around(store, bytes, max_bytes / PERCENT * AROUND_UNTIL, &number);
    printf("%d to %d percent full, %" PRIu64 " entries: %.1f us of CPU a put\n",
           AROUND_FROM, AROUND_UNTIL, number, tenth_full);
    puts("| entries put | put, us | of it CPU | get, us | entries | counted, "
         "MiB | on disk, MiB |\n|---|---|---|---|---|---|---|");
    for (int tenth = 1; tenth <= TENTHS; tenth++) {
        uint64_t from = number;
        uint64_t until = from + count / TENTHS;
        double began = entries_now_us();
        double cpu = cpu_us();

        for (; number < until; number++) {
            entries_put(store, number, bytes);
        }
        double each = (entries_now_us() - began) / (double)(number - from);
        busy = (cpu_us() - cpu) / (double)(number - from);

        lcc_store_totals(store, &totals);
        look_at_disk(folder);
        printf("| %" PRIu64 " | %.1f | %.1f | %.1f | %" PRIu64
               " | %.1f | %.1f |\n",
               number, each, busy,
               gets(config, number - 1,
                    totals.entries / 2 ? totals.entries / 2 : 1),
               totals.entries, (double)totals.bytes / 1048576,
               (double)disk_bytes / 1048576);
        fflush(stdout);
    }
    printf("the last ones: %.2f times as much\n", busy / tenth_full);
    lcc_buf_done(&meta);
}

int main(int argc, char **argv)
{
    struct lcc_store_config config = {0};
    struct lcc_store *store;
    uint64_t count = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;

    if (count < TENTHS ||
        !lcc_size_parse(lcc_span_str(argv[3]), &config.max_size_bytes)) {
        fprintf(stderr, "usage: fill FOLDER COUNT MAX_SIZE\n");
        return 2;
    }
    config.folder = argv[1];
    config.max_entry_bytes = config.max_size_bytes / 10;
    store = open_store(&config);
    fill(store, count, &config);
    lcc_store_free(store);
    return 0;
}
