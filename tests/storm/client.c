/*
 * client.c - a program of the storm
 *
 * usage: storm_client BASE FOLDER KIND SLOT PLAIN MODE RESPAWN_MS SEED
 *
 * An ordinary user of libcurl that asks and asks until the page says stop.
 * The kinds curl and curl-Z start that program over and over.
 */
#include "tests/preload/ways.h"
#include "tests/storm/curl.h"
#include "tests/storm/transfer.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ARGUMENTS = 9,
    BATCH = 6,
    FORK_EVERY = 4,
    CHILD_TRANSFERS = 3,
    REST_MS = 30, /* of plain programs, which would be alone on the machine */
    RENEW_EVERY = 40,
};

static bool goes_on(const struct storm_self *self)
{
    if (self->plain) {
        torment_sleep_ms(REST_MS);
    }
    return !atomic_load(&self->page->stop);
}

/* A new handle now and then. */
static void renew(struct storm_transfer *transfer, uint64_t *random)
{
    if (torment_random(random) % RENEW_EVERY == 0) {
        curl_easy_cleanup(transfer->curl);
        transfer->curl = NULL;
    }
}

static void be_easy(struct storm_self *self)
{
    struct storm_transfer transfer = {.self = self};

    while (goes_on(self)) {
        storm_get(&transfer, 0, &self->random);
        renew(&transfer, &self->random);
    }
    curl_easy_cleanup(transfer.curl);
}

/* --- several at once ----------------------------------------------------- */

static void be_multi(struct storm_self *self)
{
    struct storm_transfer transfers[BATCH] = {{.self = self}};
    CURL *curls[BATCH];
    unsigned int turn = 0;

    while (goes_on(self)) {
        const enum way ways[] = {WAY_SOCKET, WAY_PERFORM, WAY_SOCKET, WAY_POLL};
        CURLcode code;

        for (int i = 0; i < BATCH; i++) {
            transfers[i].self = self;
            storm_prepare(&transfers[i], &self->random);
            curls[i] = transfers[i].curl;
        }
        storm_enter(self, 0);
        code = ways_transfer(ways[turn++ % 4], curls, BATCH);
        storm_leave(self, 0);
        for (int i = 0; i < BATCH; i++) {
            storm_settle(&transfers[i], code);
            renew(&transfers[i], &self->random);
        }
    }
    for (int i = 0; i < BATCH; i++) {
        curl_easy_cleanup(transfers[i].curl);
    }
}

struct thread {
    struct storm_self *self;
    unsigned int at;
    uint64_t random;
};

static void *thread_main(void *arg)
{
    struct thread *thread = arg;
    struct storm_transfer transfer = {.self = thread->self};

    while (goes_on(thread->self)) {
        storm_get(&transfer, thread->at, &thread->random);
        renew(&transfer, &thread->random);
    }
    curl_easy_cleanup(transfer.curl);
    return NULL;
}

static void be_threaded(struct storm_self *self)
{
    pthread_t ids[STORM_THREADS];
    struct thread threads[STORM_THREADS];

    for (unsigned int i = 0; i < STORM_THREADS; i++) {
        threads[i] = (struct thread){self, i, self->random + i};
        if (pthread_create(&ids[i], NULL, thread_main, &threads[i]) != 0) {
            exit(99);
        }
    }
    for (int i = 0; i < STORM_THREADS; i++) {
        (void)pthread_join(ids[i], NULL);
    }
}

/* --- children ------------------------------------------------------------ */

/* It goes with its parent. */
static void die_with_parent(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == 1) {
        _exit(0);
    }
}

static _Noreturn void child_main(struct storm_self *self, unsigned int seed)
{
    struct storm_transfer transfer = {.self = self};
    uint64_t random = seed;

    die_with_parent();
    for (int i = 0; i < CHILD_TRANSFERS; i++) {
        storm_get(&transfer, 1, &random);
    }
    _exit(0);
}

static pid_t the_child;

/* Either of the two may be killed while there is a child. */
static void begin_child(struct storm_self *self)
{
    struct storm_slot *slot = &self->page->slots[self->slot];
    unsigned int seed = torment_random(&self->random);

    the_child = fork();
    if (the_child == 0) {
        child_main(self, seed);
    }
    if (the_child > 0 && seed % 2) {
        atomic_store(&slot->target, the_child);
    }
}

static void fork_inside(struct storm_transfer *transfer)
{
    transfer->on_body = NULL;
    begin_child(transfer->self);
}

static void end_child(struct storm_self *self)
{
    struct storm_slot *slot = &self->page->slots[self->slot];

    if (the_child > 0) {
        storm_report_end(self, storm_await(the_child, slot, getpid()));
        storm_leave(self, 1);
    }
    the_child = 0;
}

static void be_forking(struct storm_self *self)
{
    struct storm_transfer transfer = {.self = self};

    while (goes_on(self)) {
        unsigned int draw = torment_random(&self->random) % FORK_EVERY;

        transfer.on_body = draw == 0 ? fork_inside : NULL;
        storm_get(&transfer, 0, &self->random);
        if (draw == 1) {
            begin_child(self);
        }
        end_child(self);
        renew(&transfer, &self->random);
    }
    curl_easy_cleanup(transfer.curl);
}

/* --- at the end ---------------------------------------------------------- */

static void be_last(struct storm_self *self)
{
    struct storm_transfer transfer = {.self = self};

    for (unsigned int number = 0; number < STORM_NUMBERS; number++) {
        unsigned int row = number % STORM_URLS_MAX;
        unsigned int generation = number / STORM_URLS_MAX;

        if (storm_is_stored(self, row, generation)) {
            storm_prepare_for(&transfer, row, generation);
            storm_perform(&transfer, 0);
        }
    }
    curl_easy_cleanup(transfer.curl);
}

/* --------------------------------------------------------------------------
 */

static int open_in(const char *folder, const char *name, int slot, int flags)
{
    char path[STORM_PATH_MAX];
    int fd;

    (void)snprintf(path, sizeof(path), slot < 0 ? "%s/%s" : "%s/%s.%d", folder,
                   name, slot);
    fd = open(path, flags | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        perror(path);
        exit(99);
    }
    return fd;
}

static bool read_arguments(int count, char **words, struct storm_self *ret)
{
    int kind = 0;

    if (count != ARGUMENTS) {
        return false;
    }
    while (kind < STORM_KINDS && strcmp(storm_kinds[kind], words[3]) != 0) {
        kind++;
    }
    *ret = (struct storm_self){
        .base = words[1],
        .folder = words[2],
        .kind = (enum storm_kind)kind,
        .slot = (int)strtol(words[4], NULL, 10),
        .plain = strtol(words[5], NULL, 10) != 0,
        .mode = words[6][0],
        .respawn_ms = strtol(words[7], NULL, 10),
        .random = strtoull(words[8], NULL, 10),
        .log = -1,
        .alone = -1,
    };
    return kind < STORM_KINDS && ret->slot >= 0 && ret->slot < STORM_SLOTS_MAX;
}

int main(int count, char **words)
{
    static void (*const be[STORM_KINDS])(struct storm_self *) = {
        [STORM_EASY] = be_easy,         [STORM_MULTI] = be_multi,
        [STORM_THREADED] = be_threaded, [STORM_FORKING] = be_forking,
        [STORM_CURL] = storm_run_curl,  [STORM_CURL_Z] = storm_run_curl,
        [STORM_LAST] = be_last,
    };
    struct storm_self self;

    if (!read_arguments(count, words, &self)) {
        (void)fputs("storm_client: started by storm alone\n", stderr);
        return 2;
    }
    die_with_parent();
    self.page = storm_page_map(self.folder);
    self.report = open_in(self.folder, "report", -1, O_WRONLY | O_APPEND);
    if (!self.plain) {
        /* What a killed one before us left is read, then what we add. */
        self.log = open_in(self.folder, "log", self.slot, O_RDONLY);
        storm_read_log(&self);
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    be[self.kind](&self);
    curl_global_cleanup();
    return 0;
}
