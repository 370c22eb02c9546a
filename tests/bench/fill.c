/*
 * fill.c - what a put and a get cost as the cache grows, and when it is full
 *
 * usage: fill FOLDER COUNT MAX_SIZE
 * Puts COUNT entries of 1 KiB into a cache of MAX_SIZE bytes, below FOLDER,
 * which must not exist. Prints for each tenth of the way what a put cost, what
 * a get of a random entry of the last ones costs, and what lies on the disk.
 * No network and no libcurl: the store alone.
 */
#include "store/entry.h"
#include "store/settings_parse.h"
#include "store/store.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { BODY_BYTES = 1024, TENTHS = 10, GETS = 20000, WARM = 2000 };

static uint64_t disk_bytes;

static int add_file(const char *path, const struct stat *info, int type,
                    struct FTW *walk)
{
    (void)path;
    (void)walk;
    disk_bytes += type == FTW_F ? (uint64_t)info->st_blocks * 512 : 0;
    return 0;
}

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Processor time of this process: what others do to the machine shows less. */
static double cpu_us(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void stop(const char *what, int r)
{
    fprintf(stderr, "fill: %s: %d\n", what, r);
    exit(1);
}

/* As even and as irregular as the hashes that stand there otherwise. */
static struct lcc_id id_of(uint64_t number)
{
    struct lcc_id id = {0};
    uint64_t mixed = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    mixed ^= mixed >> 31;

    memcpy(&id.url, &mixed, sizeof(mixed));
    memcpy(&id.request, &number, sizeof(number));
    return id;
}

/* A stored response as small as they come. */
static struct lcc_span meta_of(struct lcc_buf *out)
{
    static const char lines[] = "HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n"
                                "Content-Type: text/plain\r\n\r\n";
    struct lcc_buf head = LCC_BUF_INIT(4096);
    struct lcc_buf pieces = LCC_BUF_INIT(4096);
    struct lcc_entry entry = {
        .method = lcc_span_str("GET"),
        .url = lcc_span_str("http://example.org/some/where?page=1"),
        .status = 200,
        .body_bytes = BODY_BYTES,
    };
    const char *at = lines;
    int r = 0;

    for (int i = 0; !r && *at; i++) {
        size_t size = (size_t)(strchr(at, '\n') + 1 - at);
        enum lcc_piece_kind kind = i == 0      ? LCC_PIECE_STATUS
                                   : size == 2 ? LCC_PIECE_END
                                               : LCC_PIECE_FIELD;

        r = lcc_pieces_add(&head, &pieces, kind, lcc_span_of(at, size));
        at += size;
    }
    entry.head = lcc_buf_span(&head);
    entry.pieces = lcc_buf_span(&pieces);
    r = r ? r : lcc_entry_encode(&entry, out);
    if (r) {
        stop("the entry", r);
    }
    lcc_buf_done(&head);
    lcc_buf_done(&pieces);
    return lcc_buf_span(out);
}

static void put(struct lcc_store *store, uint64_t number, struct lcc_span meta)
{
    static char body[BODY_BYTES];
    const struct lcc_id id = id_of(number);
    const struct lcc_hash variant = {0};
    const struct lcc_stamp stamp = {.stored_s = 1, .expires_s = INT64_MAX};
    struct lcc_writer *writer = NULL;
    int r = lcc_writer_new(store, &writer);

    r = r ? r : lcc_writer_append(writer, lcc_span_of(body, sizeof(body)));
    r = r ? r : lcc_writer_commit(writer, &id, &variant, meta, &stamp);
    lcc_writer_free(writer);
    if (r) {
        stop("a put", r);
    }
}

static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Of the newest @among entries; microseconds each. */
static double gets(struct lcc_store *store, uint64_t newest, uint64_t among)
{
    struct lcc_hit hit = LCC_HIT_INIT;
    double began = 0;
    uint64_t missed = 0;

    for (int i = 0; i < WARM + GETS; i++) {
        struct lcc_id id = id_of(newest - next_random() % among);

        if (i == WARM) {
            began = now_us();
        }
        missed += lcc_store_lookup(store, &id, NULL, NULL, 1, &hit) != 0;
    }
    lcc_hit_done(&hit);
    if (missed) {
        fprintf(stderr, "fill: %" PRIu64 " gets missed\n", missed);
    }
    return (now_us() - began) / GETS;
}

static void fill(struct lcc_store *store, uint64_t count, const char *folder)
{
    struct lcc_buf meta = LCC_BUF_INIT(4096);
    struct lcc_span bytes = meta_of(&meta);
    struct lcc_totals totals = {0};
    uint64_t number = 0;

    printf("| entries put | put, us | of it CPU | get, us | entries | counted, "
           "MiB | on "
           "disk, MiB |\n|---|---|---|---|---|---|---|\n");
    for (int tenth = 1; tenth <= TENTHS; tenth++) {
        uint64_t until = count * (uint64_t)tenth / TENTHS;
        uint64_t from = number;
        double began = now_us();
        double cpu = cpu_us();

        for (; number < until; number++) {
            put(store, number, bytes);
        }
        double each = (now_us() - began) / (double)(number - from);
        double busy = (cpu_us() - cpu) / (double)(number - from);

        lcc_store_totals(store, &totals);
        disk_bytes = 0;
        nftw(folder, add_file, 16, FTW_PHYS);
        printf("| %" PRIu64 " | %.1f | %.1f | %.1f | %" PRIu64
               " | %.1f | %.1f |\n",
               number, each, busy,
               gets(store, number - 1,
                    totals.entries / 2 ? totals.entries / 2 : 1),
               totals.entries, (double)totals.bytes / 1048576,
               (double)disk_bytes / 1048576);
        fflush(stdout);
    }
    lcc_buf_done(&meta);
}

int main(int argc, char **argv)
{
    struct lcc_store_config config = {0};
    char why[LCC_WHY_SIZE] = "";
    struct lcc_store *store = NULL;
    uint64_t count = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;

    if (count < TENTHS ||
        !lcc_size_parse(lcc_span_str(argv[3]), &config.max_size_bytes)) {
        fprintf(stderr, "usage: fill FOLDER COUNT MAX_SIZE\n");
        return 2;
    }
    config.folder = argv[1];
    config.max_entry_bytes = config.max_size_bytes / 10;
    int r = lcc_store_open(&config, &store, why);

    if (r) {
        fprintf(stderr, "fill: %s\n", why);
        return 1;
    }
    fill(store, count, lcc_store_path(store));
    lcc_store_free(store);
    return 0;
}
