/*
 * refresh_thread.c - one thread, up to LCC_REFRESH_MAX transfers in a multi
 *
 * Two locks. `queue.mutex` guards what both sides look at, for some
 * instructions. `inside` is held by the thread while it is in libcurl, which
 * never blocks there (that is what the multi interface is for): whoever has it
 * knows that the thread is in no library that exit or fork could break.
 */
#include "shim/refresh_thread.h"

#include "shim/log.h"
#include "shim/process.h"
#include "shim/refresh.h"
#include "shim/twin.h"
#include "store/clock.h"
#include "store/ctl.h"
#include "store/lease_holder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct {
    pthread_mutex_t mutex;
    struct lcc_refresh_job *waiting;
    unsigned int count; /* reserved, waiting and under way */
    bool running;
    pid_t pid; /* whose thread that is */
    const struct lcc_real *real;
} queue = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static pthread_mutex_t inside = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool exiting;
static atomic_bool unfit; /* a thread could not be set apart from the program */

/* --- exit and fork ------------------------------------------------------- */

static bool lock_in_time(pthread_mutex_t *mutex, long most_ms)
{
    const int64_t until_ms = lcc_now_ms() + most_ms;
    const struct timespec until = {until_ms / 1000,
                                   until_ms % 1000 * 1000 * 1000};

    return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until) == 0;
}

/* Within the time that exit or fork may wait. */
static bool stop_outside(void)
{
    return lock_in_time(&inside, LCC_REFRESH_STEP_MS);
}

/* Registered when libcurl had long been started, so it runs before whatever
 * its TLS library registered. `inside` is kept for good. */
static void at_exit(void)
{
    if (!atomic_exchange(&exiting, true)) {
        (void)stop_outside();
    }
}

static bool fork_has_inside;
static bool fork_has_queue;

/* A signal handler may fork while its own thread has the queue. */
static void before_fork(void)
{
    fork_has_queue = lock_in_time(&queue.mutex, LCC_LOCK_WAIT_MS);
    fork_has_inside = !atomic_load(&exiting) && stop_outside();
}

static void after_fork(void)
{
    if (fork_has_inside) {
        (void)pthread_mutex_unlock(&inside);
    }
    if (fork_has_queue) {
        (void)pthread_mutex_unlock(&queue.mutex);
    }
}

/* What the thread was at stays as it is: half-way, and never touched. */
static void forget_all(void)
{
    queue.waiting = NULL;
    queue.count = 0;
    queue.running = false;
}

static void in_child(void)
{
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;

    memcpy(&queue.mutex, &fresh, sizeof(fresh));
    memcpy(&inside, &fresh, sizeof(fresh));
    forget_all();
}

static bool registered;

static void register_once(void)
{
    registered = pthread_atfork(before_fork, after_fork, in_child) == 0 &&
                 atexit(at_exit) == 0;
}

/* --- the thread's own life ----------------------------------------------- */

/* One that the log needs stays; the rest of 0 to 2 leads nowhere. */
static void open_nowhere(bool keep_stderr)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fd == STDERR_FILENO && keep_stderr) {
            continue;
        }
        (void)close(fd);
        /* The lowest free number, which is this one. */
        (void)open("/dev/null", O_RDWR | O_CLOEXEC);
    }
}

/* A table of descriptors of its own, with none of the program's. */
static bool set_apart(void)
{
    const char *log = lcc_process()->settings->log;

#ifdef LCC_SANITIZED_THREAD
    /* It knows of one table alone: the same number in two is a race to it. */
    (void)log;
    return true;
#endif
    if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_UNSHARE) !=
        0) {
        return false;
    }
    open_nowhere(log && strcmp(log, "stderr") == 0);
    return true;
}

static void enter(void)
{
    /* While the program exits it never returns. */
    (void)pthread_mutex_lock(&inside);
}

static void leave(void)
{
    (void)pthread_mutex_unlock(&inside);
}

/* All that waits. */
static struct lcc_refresh_job *take_waiting(void)
{
    struct lcc_refresh_job *jobs;

    (void)pthread_mutex_lock(&queue.mutex);
    jobs = queue.waiting;
    queue.waiting = NULL;
    (void)pthread_mutex_unlock(&queue.mutex);
    return jobs;
}

/* Nothing reserved, nothing under way: the thread ends, and a new one is
 * started when there is something to do. An idle thread would keep a program
 * alive whose main thread has ended by itself. */
static bool may_end(void)
{
    bool end;

    (void)pthread_mutex_lock(&queue.mutex);
    end = queue.count == 0;
    if (end) {
        queue.running = false;
    }
    (void)pthread_mutex_unlock(&queue.mutex);
    return end;
}

/* --- jobs ---------------------------------------------------------------- */

/* What the thread is at. */
struct work {
    const struct lcc_real *real;
    CURLM *multi;
    struct lcc_refresh_job *jobs;
};

static void note(const struct lcc_refresh_job *job, bool refreshed)
{
    const struct lcc_engine_state *state = job->twin->handle.state;
    const struct lcc_process *process = state->transfer.process;
    const struct lcc_decided decided = {
        .reason = refreshed ? LCC_REASON_REFRESHED : LCC_REASON_REFRESH_FAILED,
        .when_s = lcc_clock_now_s(),
    };

    /* Not as the last decision of the URL: that is what the program got. */
    lcc_ledger_note(process->ledger, NULL, &decided);
    lcc_log_decision(process, decided.reason,
                     lcc_buf_span(&state->plan.redacted), NULL);
}

/* Its transfer is over, its handle in no multi. */
static void end_job(struct lcc_refresh_job *job)
{
    struct lcc_engine_state *state = job->twin->handle.state;
    const bool refreshed = state->transfer.renewed;

    note(job, refreshed);
    lcc_transfer_end(state);
    job->twin->handle.state = lcc_engine_state_free(state);
    lcc_lease_release(job->leases, &job->lease,
                      refreshed ? LCC_LEASE_STORED : LCC_LEASE_DROPPED);
    enter();
    lcc_twin_free(job->twin);
    leave();
    free(job);
    lcc_refresh_give_back();
}

static bool add(const struct work *work, const struct lcc_refresh_job *job)
{
    CURLMcode code;

    enter();
    code = work->real->multi_add_handle(work->multi, job->twin->handle.curl);
    leave();
    return code == CURLM_OK;
}

/* The real handle has done what it was to do. True when it goes on. */
static bool goes_on(const struct work *work, struct lcc_refresh_job *job,
                    CURLcode result)
{
    struct lcc_transfer *transfer = &job->twin->handle.state->transfer;
    enum lcc_step step = lcc_transfer_arrived(transfer, result);

    while (step == LCC_STEP_REAL) {
        if (add(work, job)) {
            return true;
        }
        step = lcc_transfer_arrived(transfer, CURLE_FAILED_INIT);
    }
    /* What is renewed is there; there is nobody to be served. */
    return false;
}

static void start_jobs(struct work *work)
{
    struct lcc_refresh_job *jobs = take_waiting();

    while (jobs) {
        struct lcc_refresh_job *job = jobs;

        jobs = job->next;
        if (add(work, job) || goes_on(work, job, CURLE_FAILED_INIT)) {
            job->next = work->jobs;
            work->jobs = job;
        } else {
            end_job(job);
        }
    }
}

/* Out of the list. */
static struct lcc_refresh_job *unlist(struct work *work, const CURL *curl)
{
    struct lcc_refresh_job **at = &work->jobs;
    struct lcc_refresh_job *job;

    while (*at && (*at)->twin->handle.curl != curl) {
        at = &(*at)->next;
    }
    job = *at;
    if (job) {
        *at = job->next;
    }
    return job;
}

/* One that libcurl is done with, out of the multi. */
static struct lcc_refresh_job *next_done(struct work *work, CURLcode *ret)
{
    struct lcc_refresh_job *job = NULL;
    CURLMsg *message;
    int left;

    enter();
    message = work->real->multi_info_read(work->multi, &left);
    if (message && message->msg == CURLMSG_DONE) {
        CURL *curl = message->easy_handle;

        *ret = message->data.result;
        work->real->multi_remove_handle(work->multi, curl);
        job = unlist(work, curl);
    }
    leave();
    return job;
}

static void settle_jobs(struct work *work)
{
    CURLcode result = CURLE_OK;
    struct lcc_refresh_job *job;

    while ((job = next_done(work, &result))) {
        if (goes_on(work, job, result)) {
            job->next = work->jobs;
            work->jobs = job;
        } else {
            end_job(job);
        }
    }
}

static void step(struct work *work)
{
    int running = 0;

    enter();
    (void)work->real->multi_perform(work->multi, &running);
    leave();
    settle_jobs(work);
    if (work->jobs) {
        int ready = 0;

        (void)work->real->multi_poll(work->multi, NULL, 0, LCC_REFRESH_TICK_MS,
                                     &ready);
    }
}

/* Between a place reserved and its job there is some work of another thread. */
static void wait_for_jobs(void)
{
    static const struct timespec pause = {0, 1000L * 1000L};

    (void)nanosleep(&pause, NULL);
}

/* Until there is nothing to do. False when the program's own threads have all
 * ended before: what is under way is left as it is, and the process ends. */
static bool run(struct work *work)
{
    do {
        if (lcc_holder_is_last_thread()) {
            return false;
        }
        start_jobs(work);
        if (work->jobs) {
            step(work);
        } else {
            wait_for_jobs();
        }
    } while (!may_end());
    return true;
}

/* Nothing can be asked from here: all that comes is dropped. */
static void drop_jobs(void)
{
    do {
        struct lcc_refresh_job *jobs = take_waiting();

        while (jobs) {
            struct lcc_refresh_job *job = jobs;

            jobs = job->next;
            (void)lcc_transfer_arrived(&job->twin->handle.state->transfer,
                                       CURLE_FAILED_INIT);
            end_job(job);
        }
        wait_for_jobs();
    } while (!may_end());
}

static void *thread_main(void *arg)
{
    struct work work = {.real = arg};

    if (set_apart()) {
        enter();
        work.multi = work.real->multi_init();
        leave();
    }
    if (!work.multi) {
        atomic_store(&unfit, true);
        drop_jobs();
        return NULL;
    }
    if (run(&work)) {
        enter();
        work.real->multi_cleanup(work.multi);
        leave();
    }
    return NULL;
}

/* --- the program's side -------------------------------------------------- */

/* The program may end libcurl (curl_global_cleanup) while we are in it: it is
 * counted, and this is one more. */
static bool hold_library(const struct lcc_real *real)
{
    static const struct lcc_real *_Atomic held;

    if (atomic_load(&held) != real) {
        if (real->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
            return false;
        }
        atomic_store(&held, real);
    }
    return true;
}

static bool start_thread(const struct lcc_real *real)
{
    sigset_t all;
    sigset_t before;
    pthread_attr_t attributes;
    pthread_t thread;
    int r;

    (void)sigfillset(&all);
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&thread, &attributes, thread_main,
                       (void *)(uintptr_t)real);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return r == 0;
}

/* With the queue locked. */
static bool reserve(const struct lcc_real *real)
{
    if (queue.pid != getpid()) {
        /* A child that no handler told of its birth. */
        forget_all();
        queue.pid = getpid();
    }
    if (queue.count >= LCC_REFRESH_MAX ||
        (queue.running && queue.real != real)) {
        return false;
    }
    if (!queue.running && (!hold_library(real) || !start_thread(real))) {
        return false;
    }
    queue.running = true;
    queue.real = real;
    queue.count++;
    return true;
}

bool lcc_refresh_reserve(const struct lcc_real *real)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    bool reserved;

    pthread_once(&once, register_once);
    if (!registered || atomic_load(&exiting) || atomic_load(&unfit)) {
        return false;
    }
    (void)pthread_mutex_lock(&queue.mutex);
    reserved = reserve(real);
    (void)pthread_mutex_unlock(&queue.mutex);
    return reserved;
}

void lcc_refresh_give_back(void)
{
    (void)pthread_mutex_lock(&queue.mutex);
    queue.count--;
    (void)pthread_mutex_unlock(&queue.mutex);
}

void lcc_refresh_push(struct lcc_refresh_job *job)
{
    (void)pthread_mutex_lock(&queue.mutex);
    job->next = queue.waiting;
    queue.waiting = job;
    (void)pthread_mutex_unlock(&queue.mutex);
}
