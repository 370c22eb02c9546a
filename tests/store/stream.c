/*
 * stream.c - much more than the cache may hold, from several processes
 *
 * usage: stream [megabytes [limit]]
 * Puts bodies of 500 B to 2 MB, mixed by chance, until so many megabytes have
 * gone through a cache of @limit megabytes, and looks all the while at what
 * its files take on the disk: never more than the limit and 5 percent, and
 * something is stored in the end. Exit status 0 when that held.
 */
#include "tests/store/store_values.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WRITERS = 3, LARGEST = 2000000, PIECE = 16384, SAMPLE_US = 500 };

static uint64_t found; /* bytes on the disk, by add_file() */

static int add_file(const char *path, const struct stat *info, int type,
                    struct FTW *walk)
{
    (void)path;
    (void)walk;
    found += (type == FTW_F || type == FTW_D) && info->st_nlink > 0
                 ? (uint64_t)info->st_blocks * 512
                 : 0;
    return 0;
}

static int remove_file(const char *path, const struct stat *info, int type,
                       struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static uint64_t on_disk(const char *folder)
{
    found = 0;
    nftw(folder, add_file, 16, FTW_PHYS);
    return found;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Small ones most often: each power of two is as likely as the next. */
static size_t random_size(uint64_t *state)
{
    size_t most = (size_t)500 << next_random(state) % 13;

    most = most < LARGEST ? most : LARGEST;
    return 500 + next_random(state) % (most - 499);
}

static int put(struct lcc_store *store, uint64_t number, size_t size)
{
    static char piece[PIECE];
    const struct lcc_hash variant = {0};
    const struct lcc_stamp stamp = {1, INT64_MAX};
    struct lcc_id id = {0};
    struct lcc_writer *writer = NULL;
    uint64_t state = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
    int r = lcc_writer_new(store, &writer);

    for (int i = 0; i < 4; i++) {
        uint64_t part = next_random(&state);

        memcpy((uint8_t *)&id + 8 * i, &part, sizeof(part));
    }
    while (!r && size > 0) {
        size_t some = size < PIECE ? size : PIECE;

        r = lcc_writer_append(writer, lcc_span_of(piece, some));
        size -= some;
    }
    r = r ? r
          : lcc_writer_commit(writer, &id, &variant, lcc_span_str("meta"),
                              &stamp);
    lcc_writer_free(writer);
    return r;
}

static int write_all(const struct lcc_store_config *config, uint64_t bytes,
                     unsigned int who)
{
    uint64_t state = 88172645463325252u + who * 977;
    char why[LCC_WHY_SIZE];
    struct lcc_store *store = NULL;
    unsigned int by_result[2] = {0, 0};

    if (lcc_store_open(config, &store, why)) {
        return 1;
    }
    for (uint64_t number = (uint64_t)who << 40, done = 0; done < bytes;
         number++) {
        const size_t size = random_size(&state);

        by_result[put(store, number, size) != 0]++;
        done += size;
    }
    lcc_store_free(store);
    printf("writer %u: %u stored, %u not\n", who, by_result[0], by_result[1]);
    fflush(stdout);
    return by_result[1] > (by_result[0] + by_result[1]) / 4;
}

int main(int argc, char **argv)
{
    const uint64_t mega = 1024 * 1024;
    const uint64_t through = (argc > 1 ? strtoull(argv[1], NULL, 10) : 40);
    const uint64_t limit = (argc > 2 ? strtoull(argv[2], NULL, 10) : 20) * mega;
    char folder[] = "/tmp/lcc-stream-XXXXXX";
    struct lcc_store_config config = {.max_size_bytes = limit,
                                      .max_entry_bytes = limit / 10};
    uint64_t most = 0;
    uint64_t last = 0;
    unsigned int samples = 0;
    int running = WRITERS;
    int bad = 0;

    if (!mkdtemp(folder)) {
        return 2;
    }
    config.folder = folder;
    for (unsigned int i = 0; i < WRITERS; i++) {
        if (fork() == 0) {
            _exit(write_all(&config, through * mega / WRITERS, i + 1));
        }
    }
    while (running > 0) {
        const struct timespec pause = {0, SAMPLE_US * 1000};
        int status;

        last = on_disk(folder);
        most = last > most ? last : most;
        samples++;
        while (running > 0 && waitpid(-1, &status, WNOHANG) > 0) {
            running--;
            bad += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        }
        nanosleep(&pause, NULL);
    }
    nftw(folder, remove_file, 16, FTW_PHYS | FTW_DEPTH);
    printf("%llu MiB through %llu: at most %.2f MiB on the disk, %.2f at the "
           "end, %u samples, %d writers failed\n",
           (unsigned long long)through, (unsigned long long)(limit / mega),
           (double)most / (double)mega, (double)last / (double)mega, samples,
           bad);
    return bad || most > limit + limit / 20 || last < limit / 4;
}
