/*
 * What a power cut may leave: each page of the database from another commit,
 * each valid by itself, without control file and with any journal or none.
 * Entries may be lost; none may be wrong, and nothing may hang.
 */
#include <criterion/criterion.h>

#include "store_help.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STATES = 12,   /* states of the files kept */
    ENTRIES = 150, /* numbers in use */
    TRIALS = 30,
    PAGE = 8192,
    HANG_S = 60, /* one trial takes half a second, far more where all wait */
};

struct state {
    uint8_t *database;
    size_t database_size;
    uint8_t *journal;
    size_t journal_size;
};

static struct help_folder folder;
static struct state states[STATES];
static char database[HELP_PATH * 2];

static uint8_t *slurp(const char *path, size_t *ret_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    uint8_t *bytes;

    cr_assert_eq(fstat(fd, &st), 0);
    bytes = malloc((size_t)st.st_size + 1);
    cr_assert_eq(read(fd, bytes, (size_t)st.st_size), st.st_size);
    (void)close(fd);
    *ret_size = (size_t)st.st_size;
    return bytes;
}

static void spill(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
    (void)close(fd);
}

/* Much is put, replaced and removed between two states, so that pages change
 * their role: leaf, inner page, overflow, free. */
static void record_states(void)
{
    struct lcc_store *store = help_open(&folder);
    const struct lcc_hash none = {{0}};

    for (int s = 0; s < STATES; s++) {
        for (int i = 0; i < 120; i++) {
            unsigned int number = 1 + (unsigned int)rand() % ENTRIES;
            struct lcc_id id = help_id(number);

            if (rand() % 3 == 0) {
                (void)lcc_store_remove(store, &id, &none);
            } else if (rand() % 8 == 0) {
                cr_assert_eq(help_put_parts(store, number, (unsigned int)s + 1),
                             0);
            } else {
                cr_assert_eq(help_put(store, number, (unsigned int)s + 1,
                                      (size_t)(rand() % 16000)),
                             0);
            }
        }
        (void)snprintf(database, sizeof(database), "%s",
                       help_database(&folder));
        states[s].database = slurp(database, &states[s].database_size);
        states[s].journal =
            slurp(help_file(&folder, "journal"), &states[s].journal_size);
    }
    (void)lcc_store_free(store);
}

/* Pages of `a`, but some as they were at `b`, in a file as long as one. */
static void mix(const struct state *a, const struct state *b)
{
    const struct state *length = rand() % 2 ? a : b;
    uint8_t *bytes = malloc(length->database_size);
    int odds = 1 + rand() % 10;

    for (size_t at = 0; at < length->database_size; at += PAGE) {
        const struct state *from = rand() % odds == 0 ? b : a;

        if (at >= from->database_size) {
            from = length;
        }
        memcpy(bytes + at, from->database + at, PAGE);
    }
    spill(database, bytes, length->database_size);
    free(bytes);
    (void)unlink(help_file(&folder, "ctl"));
    (void)unlink(help_file(&folder, "journal"));
    if (rand() % 2) {
        const struct state *j = rand() % 2 ? a : b;

        spill(help_file(&folder, "journal"), j->journal, j->journal_size);
    }
}

/* One in parts has gaps and is no whole one: that is not wrong. */
static bool is_wrong(struct lcc_store *store, unsigned int number)
{
    struct lcc_id id = help_id(number);
    struct lcc_hit hit = LCC_HIT_INIT;
    unsigned int version;
    size_t size;
    bool parts =
        lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit) == 0 &&
        hit.is_partial;

    lcc_hit_done(&hit);
    return (parts ? help_check_parts(store, number)
                  : help_get(store, number, &version, &size)) == HELP_WRONG;
}

static bool any_is_wrong(struct lcc_store *store)
{
    for (unsigned int i = 1; i <= ENTRIES; i++) {
        if (is_wrong(store, i)) {
            return true;
        }
    }
    return false;
}

/* In a child: 0; 1 when something wrong came out; 2 when it does not heal. */
static int use_everything(void)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_repair repair;
    struct lcc_hash url;

    if (any_is_wrong(store)) {
        return 1;
    }
    if (rand() % 2 && lcc_store_repair(store, &repair) != 0) {
        return 2;
    }
    for (unsigned int i = 1; i <= ENTRIES; i++) {
        (void)help_put_parts(store, i * 3 % ENTRIES, 1 + i % STATES);
        (void)help_put(store, i, 99, 3000);
        url = help_id(i * 7 % ENTRIES).url;
        (void)lcc_store_remove_url(store, &url, NULL);
    }
    if (any_is_wrong(store)) {
        return 1;
    }
    if (lcc_store_repair(store, &repair) != 0 || any_is_wrong(store) ||
        lcc_store_verify(store) != 0) {
        return 2;
    }
    (void)lcc_store_free(store);
    return 0;
}

/* As help_wait(), but 2000 when it takes too long: it is in a ring, perhaps
 * with its signals blocked. */
static int wait_in_time(pid_t child)
{
    int status = 0;

    for (int ms = 0; waitpid(child, &status, WNOHANG) == 0; ms += 10) {
        if (ms > HANG_S * 1000) {
            (void)kill(child, SIGKILL);
            (void)waitpid(child, &status, 0);
            return 2000;
        }
        (void)usleep(10000);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Pages as they were at one commit, without control file: what an ordinary
 * reboot leaves. */
Test(power, one_state_is_found_sound_and_loses_nothing, .timeout = 600)
{
    char name[HELP_PATH * 2];

    help_folder_init(&folder);
    srand(11);
    record_states();
    (void)snprintf(name, sizeof(name), "%s", database);
    for (int s = 0; s < STATES; s++) {
        struct lcc_repair repair = {.damaged = true};
        struct lcc_store *store;

        (void)unlink(help_database(&folder));
        (void)snprintf(database, sizeof(database), "%s", name);
        mix(&states[s], &states[s]);
        store = help_open(&folder);
        cr_expect_not(any_is_wrong(store));
        cr_expect_eq(lcc_store_repair(store, &repair), 0);
        cr_expect_not(repair.damaged, "state %d", s);
        cr_expect_eq(lcc_store_verify(store), 0);
        (void)lcc_store_free(store);
    }
    help_folder_done(&folder);
}

Test(power, mixed_pages_never_give_a_wrong_answer_or_a_hang, .timeout = 600)
{
    char name[HELP_PATH * 2];

    help_folder_init(&folder);
    srand(getenv("POWER_SEED")
              ? (unsigned int)strtoul(getenv("POWER_SEED"), NULL, 10)
              : 7);
    record_states();
    (void)snprintf(name, sizeof(name), "%s", database);
    for (int trial = 0; trial < TRIALS; trial++) {
        int a = rand() % STATES;
        int b = (a + STATES - 1 - rand() % (trial % 2 ? 1 : 4)) % STATES;
        pid_t child;
        int status;

        (void)unlink(help_database(&folder));
        (void)snprintf(database, sizeof(database), "%s", name);
        mix(&states[a], &states[b]);
        child = fork();
        if (child == 0) {
            _exit(use_everything());
        }
        status = wait_in_time(child);
        cr_expect_neq(status, 1, "trial %d: wrong", trial);
        cr_expect_neq(status, 2, "trial %d: does not heal", trial);
        cr_expect_neq(status, 2000, "trial %d: hangs", trial);
        cr_expect_eq(status, 0, "trial %d: %d", trial, status);
    }
    help_folder_done(&folder);
}
