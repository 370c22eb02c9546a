/*
 * stress.c - many processes at work on one cache while some are killed
 *
 * usage: stress FOLDER|- [workers=8] [threads=2] [seconds=5] [kills=0]
 *               [min_ms=20] [max_ms=50] [respawn_ms=0] [stop=1] [seed=1]
 *
 * With - for a folder it works in one of its own under /tmp, checks the file
 * with db5.3_verify where that is installed, and removes everything.
 * Ends after so many seconds, or when kills is not 0 after so many kills.
 * Each thread owns some keys: it alone puts and removes them, everybody reads
 * all. What a thread was promised stands in memory that outlives it, so that
 * the one that takes its place, and this program at the end, know what must
 * be there. Exit status 0: nothing wrong, lost, hanging or crashed.
 */
#include "stress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct stress_shared *stress_shared;
struct stress_options stress_options = {.workers = 8,
                                        .threads = 2,
                                        .seconds = 5,
                                        .min_ms = 20,
                                        .max_ms = 50,
                                        .stop = 1,
                                        .seed = 1};

/* --- the one that kills -------------------------------------------------- */

struct child {
    pid_t pid; /* 0: to be started at `start_ms` */
    int64_t start_ms;
    int64_t stopped_until_ms; /* 0: running */
};

static struct child children[STRESS_WORKERS_MAX];
static unsigned long kills, kills_in_call, stops, crashes;
static uint64_t spawned;

static void spawn(long number)
{
    pid_t pid;

    for (long i = 0; i < stress_options.threads; i++) {
        atomic_store(&stress_shared->threads[number][i].in_call, false);
    }
    spawned++;
    pid = fork();
    if (pid == 0) {
        _exit(stress_worker(number,
                            (uint64_t)stress_options.seed * 1000003 + spawned));
    }
    children[number] = (struct child){.pid = pid};
}

static bool is_in_call(long number)
{
    for (long i = 0; i < stress_options.threads; i++) {
        if (atomic_load(&stress_shared->threads[number][i].in_call)) {
            return true;
        }
    }
    return false;
}

static void kill_one(long number)
{
    struct child *child = &children[number];

    if (child->pid == 0) {
        return;
    }
    kills++;
    kills_in_call += is_in_call(number);
    (void)kill(child->pid, SIGKILL);
    (void)waitpid(child->pid, NULL, 0);
    *child = (struct child){.start_ms =
                                torment_now_ms() + stress_options.respawn_ms};
}

static void stop_one(long number)
{
    struct child *child = &children[number];

    if (child->pid != 0 && child->stopped_until_ms == 0) {
        (void)kill(child->pid, SIGSTOP);
        child->stopped_until_ms = torment_now_ms() + 50 + rand() % 400;
        stops++;
    }
}

static void look_for_hangs(long number)
{
    for (long i = 0; i < stress_options.threads; i++) {
        struct stress_thread *state = &stress_shared->threads[number][i];
        int64_t now = torment_now_ms();

        if (atomic_load(&state->in_call) &&
            now - atomic_load(&state->since_ms) > STRESS_HANG_MS) {
            (void)fprintf(stderr, "stress: worker %ld hangs\n", number);
            atomic_fetch_add(&stress_shared->hangs, 1);
            atomic_store(&state->since_ms, now);
        }
    }
}

static void go_on(long number)
{
    for (long i = 0; i < stress_options.threads; i++) {
        atomic_store(&stress_shared->threads[number][i].since_ms,
                     torment_now_ms());
    }
    children[number].stopped_until_ms = 0;
    (void)kill(children[number].pid, SIGCONT);
}

/* A worker that ended by itself while there was work: a crash. */
static void look_after(long number)
{
    struct child *child = &children[number];
    int status = 0;

    if (child->pid == 0) {
        if (torment_now_ms() >= child->start_ms) {
            spawn(number);
        }
        return;
    }
    if (child->stopped_until_ms != 0) {
        if (torment_now_ms() >= child->stopped_until_ms) {
            go_on(number);
        }
        return;
    }
    if (waitpid(child->pid, &status, WNOHANG) == child->pid) {
        (void)fprintf(stderr, "stress: worker %ld ended by itself: %x\n",
                      number, (unsigned int)status);
        crashes++;
        spawn(number);
        return;
    }
    look_for_hangs(number);
}

static bool is_over(int64_t started_ms)
{
    return stress_options.kills > 0
               ? kills >= (unsigned long)stress_options.kills
               : torment_now_ms() - started_ms > stress_options.seconds * 1000;
}

static void torment(void)
{
    int64_t started_ms = torment_now_ms();
    int64_t next_kill_ms = 0;

    while (!is_over(started_ms)) {
        for (long i = 0; i < stress_options.workers; i++) {
            look_after(i);
        }
        if (torment_now_ms() >= next_kill_ms) {
            next_kill_ms =
                torment_now_ms() + stress_options.min_ms +
                rand() % (stress_options.max_ms - stress_options.min_ms + 1);
            kill_one(rand() % stress_options.workers);
            if (stress_options.stop && rand() % 4 == 0) {
                stop_one(rand() % stress_options.workers);
            }
        }
        torment_sleep_ms(2);
    }
}

static void finish(void)
{
    atomic_store(&stress_shared->stop, true);
    for (long i = 0; i < stress_options.workers; i++) {
        int status = 0;

        if (children[i].pid == 0) {
            continue;
        }
        (void)kill(children[i].pid, SIGCONT);
        (void)waitpid(children[i].pid, &status, 0);
        if (status != 0) {
            crashes++;
        }
    }
}

/* Nobody is at work any more: every promise is judged. */
static void judge_all(void)
{
    const struct lcc_store_config config = {
        .folder = stress_options.folder,
        .max_size_bytes = UINT64_C(4) << 30,
        .max_entry_bytes = UINT64_C(64) << 20,
    };
    struct lcc_store *store;
    char why[LCC_WHY_SIZE];
    unsigned long there = 0;

    if (lcc_store_open(&config, &store, why) != 0) {
        (void)fprintf(stderr, "stress: %s\n", why);
        atomic_fetch_add(&stress_shared->lost, 1);
        return;
    }
    for (long w = 0; w < stress_options.workers; w++) {
        for (long i = 0; i < stress_options.threads * STRESS_KEYS; i++) {
            long thread = i / STRESS_KEYS;
            unsigned int key = (unsigned int)(i % STRESS_KEYS);
            unsigned int number = stress_key_number(w, thread, key);
            unsigned int version = 0;
            unsigned int renewal = 0;
            size_t size;
            int result = help_get_renewed(store, number, HELP_NOW, &version,
                                          &size, &renewal);

            if (result != 0 && result != LCC_STORE_MISS) {
                (void)fprintf(stderr, "stress: key %u: %d at the end\n", number,
                              result);
                atomic_fetch_add(&stress_shared->wrong, 1);
            }
            there += result == 0;
            stress_judge(&stress_shared->threads[w][thread].keys[key], number,
                         result, (uint64_t)version << 32 | renewal);
        }
    }
    stress_judge_parts(store);
    (void)lcc_store_free(store);
    (void)printf("entries at the end: %lu\n", there);
}

static bool parse(int count, char **words)
{
    const struct torment_option known[] = {
        {"workers", &stress_options.workers},
        {"threads", &stress_options.threads},
        {"seconds", &stress_options.seconds},
        {"kills", &stress_options.kills},
        {"min_ms", &stress_options.min_ms},
        {"max_ms", &stress_options.max_ms},
        {"respawn_ms", &stress_options.respawn_ms},
        {"stop", &stress_options.stop},
        {"seed", &stress_options.seed},
    };

    if (count < 2 ||
        !torment_parse(count - 2, words + 2, known, LCC_ARRAY_SIZE(known))) {
        return false;
    }
    stress_options.folder = words[1];
    return stress_options.workers <= STRESS_WORKERS_MAX &&
           stress_options.threads <= STRESS_THREADS_MAX;
}

/* --- a folder of our own ------------------------------------------------- */

static bool shell(const char *command)
{
    return torment_shell(stress_options.folder, command);
}

static bool verify(void)
{
    return !shell("command -v db5.3_verify >/dev/null") ||
           shell("db5.3_verify -q \"$FOLDER\"/*/index.*.db");
}

int main(int count, char **words)
{
    char own[] = "/tmp/lcc-stress-XXXXXX";
    bool verified;
    bool bad;

    if (!parse(count, words)) {
        (void)fprintf(stderr, "usage: stress FOLDER [name=number]...\n");
        return 2;
    }
    stress_shared = mmap(NULL, sizeof(*stress_shared), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stress_shared == MAP_FAILED) {
        return 2;
    }
    if (strcmp(stress_options.folder, "-") == 0) {
        stress_options.folder = mkdtemp(own);
    }
    if (!stress_options.folder) {
        return 2;
    }
    srand((unsigned int)stress_options.seed);
    torment();
    finish();
    judge_all();
    (void)printf("puts %lu gets %lu (hits %lu) removes %lu\n",
                 stress_shared->puts, stress_shared->gets, stress_shared->hits,
                 stress_shared->removes);
    (void)printf("renewals %lu, parts put %lu, got %lu\n",
                 stress_shared->renewals, stress_shared->part_puts,
                 stress_shared->part_gets);
    (void)printf("busy %lu full %lu other %lu, slowest call %lu ms\n",
                 stress_shared->busy, stress_shared->full, stress_shared->other,
                 stress_shared->slowest_ms);
    (void)printf("kills %lu, inside a call %lu, stops %lu\n", kills,
                 kills_in_call, stops);
    (void)printf("wrong %lu lost %lu hangs %lu crashes %lu\n",
                 stress_shared->wrong, stress_shared->lost,
                 stress_shared->hangs, crashes);
    verified = verify();
    (void)printf("db5.3_verify: %s\n", verified ? "passes" : "FAILS");
    if (stress_options.folder == own) {
        (void)shell("rm -rf \"$FOLDER\"");
    }
    bad = !verified || stress_shared->wrong || stress_shared->lost ||
          stress_shared->hangs || crashes || stress_shared->other;
    return bad ? 1 : 0;
}
