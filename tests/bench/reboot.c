/*
 * reboot.c - what the first programs after a reboot pay
 *
 * usage: reboot FOLDER COUNT
 * A cache of COUNT entries of 1 KiB below FOLDER, made if it is not there, is
 * given another boot's control file. Then one program after the other opens
 * it, looks ten entries up and stores ten. Prints for each what that took and
 * what was found and stored, until everything is stored again.
 */
#include "store/ctl.h"
#include "tests/bench/entries.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EACH = 10, PROGRAMS = 100 };

static struct lcc_store *store_open(const char *folder)
{
    const struct lcc_store_config config = {
        .folder = folder,
        .max_size_bytes = UINT64_C(4) << 30,
        .max_entry_bytes = UINT64_C(1) << 20,
    };
    struct lcc_store *store = NULL;
    char why[LCC_WHY_SIZE] = "";

    if (lcc_store_open(&config, &store, why) != 0) {
        fprintf(stderr, "reboot: %s\n", why);
        exit(1);
    }
    return store;
}

static void make(const char *folder, uint64_t count)
{
    struct lcc_store *store = store_open(folder);
    struct lcc_buf meta = LCC_BUF_INIT(4096);
    struct lcc_span bytes = entries_meta(&meta);
    struct lcc_totals totals = {0};

    lcc_store_totals(store, &totals);
    for (uint64_t i = totals.entries; i < count; i++) {
        entries_put(store, i, bytes);
    }
    lcc_buf_done(&meta);
    lcc_store_free(store);
}

static void forget_boot(const char *folder)
{
    struct lcc_store *store = store_open(folder);
    char file[4096];
    uint8_t other[16] = "another boot's.";
    int fd;

    snprintf(file, sizeof(file), "%s/ctl", lcc_store_path(store));
    fd = open(file, O_WRONLY | O_CLOEXEC);
    if (pwrite(fd, other, sizeof(other), offsetof(struct lcc_ctl_page, boot)) !=
        (ssize_t)sizeof(other)) {
        perror(file);
        exit(1);
    }
    close(fd);
    lcc_store_free(store);
}

static int try_put(struct lcc_store *store, uint64_t number,
                   struct lcc_span meta)
{
    static char body[1024];
    const struct lcc_id id = entries_id(number);
    const struct lcc_hash variant = {0};
    const struct lcc_stamp stamp = {.stored_s = 1, .expires_s = INT64_MAX};
    struct lcc_writer *writer = NULL;
    int r = lcc_writer_new(store, &writer);

    r = r ? r : lcc_writer_append(writer, lcc_span_of(body, sizeof(body)));
    r = r ? r : lcc_writer_commit(writer, &id, &variant, meta, &stamp);
    lcc_writer_free(writer);
    return r;
}

/* One program. True when it could store everything. */
static bool program(const char *folder, uint64_t count, int number)
{
    struct lcc_buf meta = LCC_BUF_INIT(4096);
    struct lcc_span bytes = entries_meta(&meta);
    struct lcc_hit hit = LCC_HIT_INIT;
    const double began = entries_now_us();
    struct lcc_store *store = store_open(folder);
    double looked;
    double ended;
    struct rusage used;
    int found = 0;
    int stored = 0;

    for (int i = 0; i < EACH; i++) {
        struct lcc_id id = entries_id(entries_random() % count);

        found += lcc_store_lookup(store, &id, NULL, NULL, 1, &hit) == 0;
    }
    looked = entries_now_us();
    for (int i = 0; i < EACH; i++) {
        stored +=
            try_put(store, count + (uint64_t)(number * EACH + i), bytes) == 0;
    }
    ended = entries_now_us();
    lcc_store_free(store);
    getrusage(RUSAGE_SELF, &used);
    printf("program %3d: looked up %2d of %d in %6.2f ms, stored %2d in %6.2f "
           "ms, %6.2f ms of processor\n",
           number + 1, found, EACH, (looked - began) / 1e3, stored,
           (ended - looked) / 1e3,
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3 +
               (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3);
    fflush(stdout);
    lcc_hit_done(&hit);
    lcc_buf_done(&meta);
    return stored == EACH;
}

int main(int argc, char **argv)
{
    const uint64_t count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

    if (count == 0) {
        fprintf(stderr, "usage: reboot FOLDER COUNT\n");
        return 2;
    }
    make(argv[1], count);
    forget_boot(argv[1]);
    for (int i = 0; i < PROGRAMS; i++) {
        pid_t child = fork();
        int status = 0;

        if (child == 0) {
            exit(program(argv[1], count, i) ? 0 : 1);
        }
        if (child < 0 || waitpid(child, &status, 0) != child) {
            return 1;
        }
        if (status == 0) {
            return 0;
        }
    }
    return 1;
}
