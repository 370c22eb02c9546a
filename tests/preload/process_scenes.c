/*
 * process_scenes.c - forks, programs, jumps and cancelled threads
 */
#include "tests/preload/process_client.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    WORKERS = 4,
    FORKS = 16,
    CANCELLED = 60,
    LONGEST_MS = 20 * 1000, /* a process that takes longer hangs */
};

extern char **environ;

/* --- children ------------------------------------------------------------ */

static char self_path[] = "/proc/self/exe";
static char self_url[512];
static char self_scene[] = "get";
static char *self[] = {self_path, self_url, self_scene, NULL};

static void scene_get(void)
{
    client_do("program", WAY_EASY, "/small");
    client_do("program", WAY_POLL, "/medium");
}

static char **self_with_url(void)
{
    snprintf(self_url, sizeof(self_url), "%s", client_url);
    return self;
}

static void child_of_fork(void)
{
    pid_t child = fork();

    if (child == 0) {
        alarm(LONGEST_MS / 1000);
        client_do_all("child");
        _exit(0);
    }
    client_wait("child", child);
}

static void child_that_executes(void)
{
    char **words = self_with_url();
    pid_t child = fork();

    if (child == 0) {
        execve(words[0], words, environ);
        _exit(127);
    }
    client_wait("fork and exec", child);
}

static void child_of_vfork(void)
{
    char **words = self_with_url();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    pid_t child = vfork();
#pragma GCC diagnostic pop

    if (child == 0) {
        execve(words[0], words, environ);
        _exit(127);
    }
    client_wait("vfork", child);
}

static void child_of_spawn(void)
{
    char **words = self_with_url();
    pid_t child = -1;

    if (posix_spawn(&child, words[0], NULL, NULL, words, environ) == 0) {
        client_wait("spawn", child);
    }
}

static void scene_children(void)
{
    child_of_fork(); /* the cache not yet open */
    client_do_all("parent");
    child_of_fork();
    child_that_executes();
    child_of_vfork();
    child_of_spawn();
    client_do_all("parent");
}

/* Once a transfer: at its first piece. */
static void have_a_child(struct got *got)
{
    void (**child)(void) = got->arg;

    got->in_callback = NULL;
    (*child)();
}

static void scene_children_of_callbacks(void)
{
    void (*const kinds[])(void) = {child_of_fork, child_that_executes,
                                   child_of_vfork, child_of_spawn};

    for (enum way way = WAY_EASY; way < WAY_COUNT; way++) {
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            void (*kind)(void) = kinds[i];
            char path[64];

            snprintf(path, sizeof(path), "/medium?%d-%zu", (int)way, i);
            for (int again = 0; again < 2; again++) {
                struct got got = client_get(way, path, have_a_child, &kind);

                client_say("parent", path, &got);
            }
        }
    }
}

/* The child takes over the transfer that its parent began, and the parent
 * goes on too. */
static void go_on_in_both(struct got *got)
{
    pid_t child = fork();

    got->in_callback = NULL;
    if (child == 0) {
        client_do_all("child in the middle");
        _exit(0);
    }
    client_wait("child in the middle", child);
}

static void scene_child_in_the_middle(void)
{
    for (int again = 0; again < 2; again++) {
        for (enum way way = WAY_EASY; way < WAY_COUNT; way++) {
            struct got got = client_get(way, "/medium", go_on_in_both, NULL);

            client_say("parent", "/medium", &got);
        }
    }
}

/* --- forks beside threads ------------------------------------------------ */

static atomic_bool enough;

static void *work(void *arg)
{
    enum way way = (enum way)(*(int *)arg % WAY_COUNT);
    char path[64];

    for (unsigned int i = 0; !atomic_load(&enough); i++) {
        snprintf(path, sizeof(path), "/%s?%u", i % 2 ? "medium" : "small",
                 i % 32);
        struct got got = client_get(way, path, NULL, NULL);

        if (got.code != CURLE_OK || got.status != 200) {
            client_say("worker", path, &got);
        }
    }
    return NULL;
}

static void scene_forks_beside_threads(void)
{
    pthread_t threads[WORKERS];
    int numbers[WORKERS];

    for (int i = 0; i < WORKERS; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, work, &numbers[i]);
    }
    for (int i = 0; i < FORKS; i++) {
        (i % 3 ? child_of_fork : child_that_executes)();
    }
    atomic_store(&enough, true);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    client_do_all("parent");
}

/* Out of a callback, beside a thread in a transfer, into another program. */
static void become(struct got *got)
{
    char **words = self_with_url();

    (void)got;
    execve(words[0], words, environ);
    _exit(127);
}

static void scene_exec_in_a_callback(void)
{
    pthread_t thread;
    int number = 1;

    client_do_all("before");
    pthread_create(&thread, NULL, work, &number);
    client_get(WAY_EASY, "/medium", become, NULL);
}

/* --- out of a callback by a jump ----------------------------------------- */

static sigjmp_buf out;

static void jump(int signal)
{
    siglongjmp(out, signal);
}

static void interrupt(struct got *got)
{
    (void)got;
    raise(SIGUSR1);
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* What the jump left is left to itself, as programs must. */
static void jump_out_of(enum way way, const char *path)
{
    if (sigsetjmp(out, 1) == 0) {
        client_get(way, path, interrupt, NULL);
        client_print("no jump\n");
    }
}

static void scene_jumps(void)
{
    struct sigaction action = {.sa_handler = jump};
    double start;

    sigaction(SIGUSR1, &action, NULL);
    for (int again = 0; again < 3; again++) {
        for (enum way way = WAY_EASY; way < WAY_COUNT; way++) {
            char path[64];

            snprintf(path, sizeof(path), "/medium?%d", (int)way);
            jump_out_of(way, path);
            client_do("other", way, "/small");
            start = now_ms();
            client_do("same", way, path);
            if (now_ms() - start > LONGEST_MS) {
                client_print("too slow\n");
            }
        }
    }
    client_do_all("after");
}

/* A binding whose language ends a callback by an exception does this, and
 * frees the handle later. */
static void scene_jumps_and_cleanup(void)
{
    struct sigaction action = {.sa_handler = jump};

    sigaction(SIGUSR1, &action, NULL);
    for (int again = 0; again < 3; again++) {
        struct got got = {.in_callback = interrupt};
        CURL *volatile curl = client_handle("/medium", &got);

        if (sigsetjmp(out, 1) == 0) {
            curl_easy_perform(curl);
            client_print("no jump\n");
        }
        curl_easy_cleanup(curl);
        client_do_all("after");
    }
}

/* --- cancelled threads --------------------------------------------------- */

static void *be_cancelled(void *arg)
{
    const char *path = arg;

    for (;;) {
        client_get(WAY_EASY, path, NULL, NULL);
        client_get(WAY_POLL, path, NULL, NULL);
        pthread_testcancel();
    }
    return NULL;
}

/* A piece of the body is where many programs can be cancelled. */
static void point(struct got *got)
{
    (void)got;
    pthread_testcancel();
}

static void *be_cancelled_in_callbacks(void *arg)
{
    for (;;) {
        client_get(WAY_EASY, arg, point, NULL);
        client_get(WAY_SOCKET, arg, point, NULL);
        pthread_testcancel();
    }
    return NULL;
}

static void scene_cancelled(void)
{
    for (unsigned int i = 0; i < CANCELLED; i++) {
        struct timespec pause = {0, (long)(i * 370001 % 9000000)};
        char path[64];
        pthread_t thread;
        void *result = NULL;

        snprintf(path, sizeof(path), i % 3 ? "/medium?%u" : "/slow?%u", i % 20);
        pthread_create(&thread, NULL,
                       i % 2 ? be_cancelled : be_cancelled_in_callbacks, path);
        nanosleep(&pause, NULL);
        pthread_cancel(thread);
        pthread_join(thread, &result);
        if (result != PTHREAD_CANCELED) {
            client_print("not cancelled\n");
        }
    }
    for (int i = 0; i < 20; i++) {
        char path[64];

        snprintf(path, sizeof(path), "/medium?%u", i);
        client_do("after", (enum way)(i % WAY_COUNT), path);
    }
    client_do("after", WAY_EASY, "/slow?0");
}

const struct client_scene client_scenes_process[] = {
    {"get", scene_get},
    {"children", scene_children},
    {"children-of-callbacks", scene_children_of_callbacks},
    {"child-in-the-middle", scene_child_in_the_middle},
    {"forks-beside-threads", scene_forks_beside_threads},
    {"exec-in-a-callback", scene_exec_in_a_callback},
    {"jumps", scene_jumps},
    {"jumps-and-cleanup", scene_jumps_and_cleanup},
    {"cancelled", scene_cancelled},
    {NULL, NULL},
};
