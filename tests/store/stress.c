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
#include "store_values.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    WORKERS_MAX = 64,
    THREADS_MAX = 4,
    KEYS = 24,      /* of each thread */
    HANG_MS = 2000, /* a call that takes longer; the lock's bound is 100 */
};

/* What the owner of a key was promised. Written by it alone. */
struct promise {
    atomic_uint accepted; /* version that must be there; 0: none */
    atomic_uint tried;    /* version that may be there instead; 0: none */
    atomic_bool removing; /* it may be gone */
};

struct thread_state {
    atomic_bool in_call;
    _Atomic int64_t since_ms; /* start of the call, or of its last stop */
    atomic_uint version;      /* the last one used */
    struct promise keys[KEYS];
};

struct shared {
    atomic_bool stop;
    atomic_ulong puts, gets, removes, hits, busy, full, other;
    atomic_ulong wrong, lost, hangs, slowest_ms;
    struct thread_state threads[WORKERS_MAX][THREADS_MAX];
};

struct options {
    const char *folder;
    long workers, threads, seconds, kills, min_ms, max_ms, respawn_ms, stop,
        seed;
};

static struct shared *shared;
static struct options options = {.workers = 8,
                                 .threads = 2,
                                 .seconds = 5,
                                 .min_ms = 20,
                                 .max_ms = 50,
                                 .stop = 1,
                                 .seed = 1};

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_ms(long ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&pause, &pause) != 0 && errno == EINTR) {
    }
}

/* --- a worker ------------------------------------------------------------ */

struct thread {
    struct lcc_store *store;
    long worker;
    long number;
    uint64_t random;
    struct thread_state *state;
};

static unsigned int next_random(struct thread *t)
{
    t->random = t->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned int)(t->random >> 33);
}

static unsigned int key_number(long worker, long thread, unsigned int key)
{
    return (unsigned int)((worker * THREADS_MAX + thread) * KEYS) + key + 1;
}

static void enter(struct thread *t)
{
    atomic_store(&t->state->since_ms, now_ms());
    atomic_store(&t->state->in_call, true);
}

static void leave(struct thread *t)
{
    int64_t took = now_ms() - atomic_load(&t->state->since_ms);

    atomic_store(&t->state->in_call, false);
    if (took > (int64_t)atomic_load(&shared->slowest_ms)) {
        atomic_store(&shared->slowest_ms, (unsigned long)took);
    }
}

static void count_refusal(int result)
{
    if (result == LCC_STORE_BUSY) {
        atomic_fetch_add(&shared->busy, 1);
    } else if (result == LCC_STORE_FULL) {
        atomic_fetch_add(&shared->full, 1);
    } else {
        (void)fprintf(stderr, "stress: a call answered %d\n", result);
        atomic_fetch_add(&shared->other, 1);
    }
}

/* 200 bytes to 256 KiB, small ones more often. */
static size_t random_size(struct thread *t)
{
    unsigned int kind = next_random(t) % 10;
    size_t most = kind < 6 ? 4000 : kind < 9 ? 20000 : 256 * 1024;

    return 200 + next_random(t) % (most - 200 + 1);
}

static int64_t fast_clock_s(void)
{
    return HELP_NOW + now_ms(); /* a second is a millisecond: uses get noted */
}

static void do_put(struct thread *t, unsigned int key)
{
    struct promise *p = &t->state->keys[key];
    unsigned int version = atomic_fetch_add(&t->state->version, 1) + 1;
    size_t size = random_size(t);
    int result;

    atomic_store(&p->tried, version);
    enter(t);
    result = help_put_at(t->store, key_number(t->worker, t->number, key),
                         version, size, fast_clock_s());
    leave(t);
    atomic_fetch_add(&shared->puts, 1);
    if (result == 0) {
        atomic_store(&p->accepted, version);
        atomic_store(&p->removing, false);
    } else {
        count_refusal(result);
    }
    atomic_store(&p->tried, 0);
}

static void do_remove(struct thread *t, unsigned int key)
{
    struct promise *p = &t->state->keys[key];
    struct lcc_id id = help_id(key_number(t->worker, t->number, key));
    const struct lcc_hash variant = {{0}};
    int result;

    atomic_store(&p->removing, true);
    enter(t);
    result = lcc_store_remove(t->store, &id, &variant);
    leave(t);
    atomic_fetch_add(&shared->removes, 1);
    if (result == 0 || result == LCC_STORE_MISS) {
        atomic_store(&p->accepted, 0);
    } else {
        count_refusal(result);
    }
    atomic_store(&p->removing, false);
}

/* Is the outcome one that the promise allows? Only while its owner is still:
 * the owner itself, or nobody at all, asks. */
static void judge(const struct promise *p, unsigned int number, int result,
                  unsigned int version)
{
    unsigned int accepted = atomic_load(&p->accepted);
    unsigned int tried = atomic_load(&p->tried);
    bool removing = atomic_load(&p->removing);

    if (result == -ESTALE) {
        (void)fprintf(stderr, "stress: the body of key %u is gone\n", number);
        atomic_fetch_add(&shared->lost, 1);
    } else if (result == LCC_STORE_MISS && accepted != 0 && !removing) {
        (void)fprintf(stderr, "stress: key %u is lost (version %u)\n", number,
                      accepted);
        atomic_fetch_add(&shared->lost, 1);
    } else if (result == 0 && version != accepted && version != tried) {
        (void)fprintf(stderr,
                      "stress: key %u has version %u, promised %u or %u\n",
                      number, version, accepted, tried);
        atomic_fetch_add(&shared->wrong, 1);
    }
}

/* What a killed predecessor left undecided is decided by looking; until that
 * succeeds nothing else may be done with the key. */
static bool is_settled(const struct promise *p)
{
    return atomic_load(&p->tried) == 0 && !atomic_load(&p->removing);
}

static void settle(struct promise *p, int result, unsigned int version)
{
    if (result == 0 || result == LCC_STORE_MISS) {
        atomic_store(&p->accepted, result == 0 ? version : 0);
        atomic_store(&p->tried, 0);
        atomic_store(&p->removing, false);
    }
}

static int do_get(struct thread *t, unsigned int number, unsigned int *version)
{
    size_t size;
    int result;

    enter(t);
    result = help_get_at(t->store, number, fast_clock_s(), version, &size);
    leave(t);
    atomic_fetch_add(&shared->gets, 1);
    if (result == 0) {
        atomic_fetch_add(&shared->hits, 1);
    } else if (result == HELP_WRONG) {
        (void)fprintf(stderr, "stress: key %u: wrong bytes\n", number);
        atomic_fetch_add(&shared->wrong, 1);
    } else if (result != LCC_STORE_MISS && result != -ESTALE) {
        count_refusal(result); /* -ESTALE: replaced between look and read */
    }
    return result;
}

static void get_own(struct thread *t, unsigned int key)
{
    struct promise *p = &t->state->keys[key];
    unsigned int version = 0;
    unsigned int number = key_number(t->worker, t->number, key);
    int result = do_get(t, number, &version);

    judge(p, number, result, version);
    settle(p, result, version);
}

static void *thread_run(void *arg)
{
    struct thread *t = arg;

    for (unsigned int key = 0; key < KEYS; key++) {
        get_own(t, key);
    }
    while (!atomic_load(&shared->stop)) {
        unsigned int key = next_random(t) % KEYS;
        unsigned int what = next_random(t) % 100;
        unsigned int version;

        if (!is_settled(&t->state->keys[key])) {
            get_own(t, key);
        } else if (what < 30) {
            do_put(t, key);
        } else if (what < 35) {
            do_remove(t, key);
        } else if (what < 60) {
            get_own(t, key);
        } else {
            (void)do_get(t,
                         key_number(next_random(t) % options.workers,
                                    next_random(t) % options.threads, key),
                         &version);
        }
    }
    return NULL;
}

static int worker(long number, uint64_t seed)
{
    const struct lcc_store_config config = {
        .folder = options.folder,
        .max_size_bytes = UINT64_C(4) << 30,
        .max_entry_bytes = UINT64_C(64) << 20,
    };
    struct thread threads[THREADS_MAX];
    pthread_t ids[THREADS_MAX];
    struct lcc_store *store;
    char why[LCC_WHY_SIZE];

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (lcc_store_open(&config, &store, why) != 0) {
        (void)fprintf(stderr, "stress: %s\n", why);
        return 1;
    }
    for (long i = 0; i < options.threads; i++) {
        threads[i] = (struct thread){store, number, i, seed * 31 + (uint64_t)i,
                                     &shared->threads[number][i]};
        (void)pthread_create(&ids[i], NULL, thread_run, &threads[i]);
    }
    for (long i = 0; i < options.threads; i++) {
        (void)pthread_join(ids[i], NULL);
    }
    (void)lcc_store_free(store);
    return 0;
}

/* --- the one that kills -------------------------------------------------- */

struct child {
    pid_t pid; /* 0: to be started at `start_ms` */
    int64_t start_ms;
    int64_t stopped_until_ms; /* 0: running */
};

static struct child children[WORKERS_MAX];
static unsigned long kills, kills_in_call, stops, crashes;
static uint64_t spawned;

static void spawn(long number)
{
    pid_t pid;

    for (long i = 0; i < options.threads; i++) {
        atomic_store(&shared->threads[number][i].in_call, false);
    }
    spawned++;
    pid = fork();
    if (pid == 0) {
        _exit(worker(number, (uint64_t)options.seed * 1000003 + spawned));
    }
    children[number] = (struct child){.pid = pid};
}

static bool is_in_call(long number)
{
    for (long i = 0; i < options.threads; i++) {
        if (atomic_load(&shared->threads[number][i].in_call)) {
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
    *child = (struct child){.start_ms = now_ms() + options.respawn_ms};
}

static void stop_one(long number)
{
    struct child *child = &children[number];

    if (child->pid != 0 && child->stopped_until_ms == 0) {
        (void)kill(child->pid, SIGSTOP);
        child->stopped_until_ms = now_ms() + 50 + rand() % 400;
        stops++;
    }
}

static void look_for_hangs(long number)
{
    for (long i = 0; i < options.threads; i++) {
        struct thread_state *state = &shared->threads[number][i];
        int64_t now = now_ms();

        if (atomic_load(&state->in_call) &&
            now - atomic_load(&state->since_ms) > HANG_MS) {
            (void)fprintf(stderr, "stress: worker %ld hangs\n", number);
            atomic_fetch_add(&shared->hangs, 1);
            atomic_store(&state->since_ms, now);
        }
    }
}

static void go_on(long number)
{
    for (long i = 0; i < options.threads; i++) {
        atomic_store(&shared->threads[number][i].since_ms, now_ms());
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
        if (now_ms() >= child->start_ms) {
            spawn(number);
        }
        return;
    }
    if (child->stopped_until_ms != 0) {
        if (now_ms() >= child->stopped_until_ms) {
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
    return options.kills > 0 ? kills >= (unsigned long)options.kills
                             : now_ms() - started_ms > options.seconds * 1000;
}

static void torment(void)
{
    int64_t started_ms = now_ms();
    int64_t next_kill_ms = 0;

    while (!is_over(started_ms)) {
        for (long i = 0; i < options.workers; i++) {
            look_after(i);
        }
        if (now_ms() >= next_kill_ms) {
            next_kill_ms = now_ms() + options.min_ms +
                           rand() % (options.max_ms - options.min_ms + 1);
            kill_one(rand() % options.workers);
            if (options.stop && rand() % 4 == 0) {
                stop_one(rand() % options.workers);
            }
        }
        sleep_ms(2);
    }
}

static void finish(void)
{
    atomic_store(&shared->stop, true);
    for (long i = 0; i < options.workers; i++) {
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
        .folder = options.folder,
        .max_size_bytes = UINT64_C(4) << 30,
        .max_entry_bytes = UINT64_C(64) << 20,
    };
    struct lcc_store *store;
    char why[LCC_WHY_SIZE];
    unsigned long there = 0;

    if (lcc_store_open(&config, &store, why) != 0) {
        (void)fprintf(stderr, "stress: %s\n", why);
        atomic_fetch_add(&shared->lost, 1);
        return;
    }
    for (long w = 0; w < options.workers; w++) {
        for (long i = 0; i < options.threads * KEYS; i++) {
            long thread = i / KEYS;
            unsigned int key = (unsigned int)(i % KEYS);
            unsigned int number = key_number(w, thread, key);
            unsigned int version = 0;
            size_t size;
            int result = help_get(store, number, &version, &size);

            if (result != 0 && result != LCC_STORE_MISS) {
                (void)fprintf(stderr, "stress: key %u: %d at the end\n", number,
                              result);
                atomic_fetch_add(&shared->wrong, 1);
            }
            there += result == 0;
            judge(&shared->threads[w][thread].keys[key], number, result,
                  version);
        }
    }
    (void)lcc_store_free(store);
    (void)printf("entries at the end: %lu\n", there);
}

static bool parse(int count, char **words)
{
    struct {
        const char *name;
        long *value;
    } known[] = {
        {"workers", &options.workers},
        {"threads", &options.threads},
        {"seconds", &options.seconds},
        {"kills", &options.kills},
        {"min_ms", &options.min_ms},
        {"max_ms", &options.max_ms},
        {"respawn_ms", &options.respawn_ms},
        {"stop", &options.stop},
        {"seed", &options.seed},
    };

    if (count < 2) {
        return false;
    }
    options.folder = words[1];
    for (int i = 2; i < count; i++) {
        char *value = strchr(words[i], '=');
        bool found = false;

        for (size_t k = 0; value && k < LCC_ARRAY_SIZE(known); k++) {
            size_t length = strlen(known[k].name);

            if ((size_t)(value - words[i]) == length &&
                memcmp(words[i], known[k].name, length) == 0) {
                *known[k].value = strtol(value + 1, NULL, 10);
                found = true;
            }
        }
        if (!found) {
            return false;
        }
    }
    return options.workers <= WORKERS_MAX && options.threads <= THREADS_MAX;
}

/* --- a folder of our own ------------------------------------------------- */

static bool shell(const char *command)
{
    return setenv("FOLDER", options.folder, 1) == 0 && system(command) == 0;
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
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        return 2;
    }
    if (strcmp(options.folder, "-") == 0) {
        options.folder = mkdtemp(own);
    }
    if (!options.folder) {
        return 2;
    }
    srand((unsigned int)options.seed);
    torment();
    finish();
    judge_all();
    (void)printf("puts %lu gets %lu (hits %lu) removes %lu\n", shared->puts,
                 shared->gets, shared->hits, shared->removes);
    (void)printf("busy %lu full %lu other %lu, slowest call %lu ms\n",
                 shared->busy, shared->full, shared->other, shared->slowest_ms);
    (void)printf("kills %lu, inside a call %lu, stops %lu\n", kills,
                 kills_in_call, stops);
    (void)printf("wrong %lu lost %lu hangs %lu crashes %lu\n", shared->wrong,
                 shared->lost, shared->hangs, crashes);
    verified = verify();
    (void)printf("db5.3_verify: %s\n", verified ? "passes" : "FAILS");
    if (options.folder == own) {
        (void)shell("rm -rf \"$FOLDER\"");
    }
    bad = !verified || shared->wrong || shared->lost || shared->hangs ||
          crashes || shared->other;
    return bad ? 1 : 0;
}
