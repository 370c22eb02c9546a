/*
 * programs.c - who is at work in which slot
 */
#include "tests/storm/programs.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 600,
    ENV_MAX = 256,
    OURS_MAX = 12,
    POLL_MS = 5,
    LARGE_MB = 8192
};

/* A process of ours and what has been done to it. */
struct program {
    pid_t pid; /* 0: to be started at start_ms */
    int64_t start_ms;
    int stopped; /* a descriptor of the stopped process; -1: none */
    int64_t stopped_at_ms, stopped_until_ms;
};

static const struct storm_options *options;
static const char *base;
static struct storm_page *page;
static struct program programs[STORM_SLOTS_MAX];
static uint64_t chance;

static const enum storm_kind plain_kinds[STORM_PLAIN_COUNT] = {
    STORM_EASY, STORM_MULTI, STORM_CURL, STORM_CURL_Z};

static int slot_count(void)
{
    return (int)options->workers + STORM_PLAIN_COUNT;
}

static bool is_plain(int slot)
{
    return slot >= options->workers;
}

static enum storm_kind kind_of(int slot)
{
    return is_plain(slot) ? plain_kinds[slot - options->workers]
                          : (enum storm_kind)(slot % STORM_LAST);
}

/* --- starting ------------------------------------------------------------ */

/* Most as everybody, some with another mode or lifetime. */
struct setting {
    const char *mode, *ttl;
};

static const struct setting settings[] = {
    {"normal", NULL},  {"normal", NULL},  {"normal", NULL},  {"normal", NULL},
    {"normal", NULL},  {"normal", NULL},  {"normal", "1h"},  {"normal", "2s"},
    {"recache", NULL}, {"refresh", NULL}, {"offline", NULL}, {"readonly", NULL},
};
static const struct setting offline = {"offline", NULL};

/* First letters; 'e' and 'c' for refresh and recache. */
static char letter_of(const struct setting *setting)
{
    return strcmp(setting->mode, "refresh") == 0   ? 'e'
           : strcmp(setting->mode, "recache") == 0 ? 'c'
                                                   : setting->mode[0];
}

extern char **environ;

/* What is to run: the words, and the environment with ours. */
struct start {
    char words[8][TEXT_SIZE];
    char *argv[10];
    char ours[OURS_MAX][TEXT_SIZE];
    char *env[ENV_MAX + OURS_MAX + 1];
    int ours_count;
};

__attribute__((format(printf, 2, 3))) static void add(struct start *start,
                                                      const char *format, ...)
{
    va_list values;

    va_start(values, format);
    (void)vsnprintf(start->ours[start->ours_count], TEXT_SIZE, format, values);
    va_end(values);
    start->ours_count++;
}

static void make_env(struct start *start, int slot,
                     const struct setting *setting)
{
    const enum storm_kind kind = kind_of(slot);
    int count = 0;

    add(start, "CURLCACHE_DIR=%s/cache", options->folder);
    add(start, "CURLCACHE_LOG=%s/log.%d", options->folder, slot);
    add(start, "CURLCACHE_COALESCE=%lds", options->coalesce_s);
    add(start, "CURLCACHE_MAX_SIZE=%ldM",
        options->max_mb ? options->max_mb : LARGE_MB);
    add(start, "CURLCACHE_MAX_ENTRY=4M");
    add(start, "CURLCACHE_STATUS_HEADER=1");
    add(start, "CURLCACHE_MODE=%s", setting->mode);
    if (setting->ttl) {
        add(start, "CURLCACHE_TTL=%s", setting->ttl);
    }
    if (!is_plain(slot)) {
        add(start, "%s=%s",
            storm_starts_curl(kind) ? "STORM_PRELOAD" : "LD_PRELOAD",
            options->preload);
    }
    for (char **one = environ; *one && count < ENV_MAX; one++) {
        if (strncmp(*one, "CURLCACHE_", 10) != 0 &&
            strncmp(*one, "LD_PRELOAD=", 11) != 0) {
            start->env[count++] = *one;
        }
    }
    for (int i = 0; i < start->ours_count; i++) {
        start->env[count++] = start->ours[i];
    }
}

static void make_words(struct start *start, int slot, enum storm_kind kind,
                       char mode)
{
    const char *const fixed[] = {options->client, base, options->folder,
                                 storm_kinds[kind]};
    int count = 0;

    for (; count < 4; count++) {
        start->argv[count] = (char *)(size_t)fixed[count];
    }
    (void)snprintf(start->words[0], TEXT_SIZE, "%d", slot);
    (void)snprintf(start->words[1], TEXT_SIZE, "%d", is_plain(slot));
    (void)snprintf(start->words[2], TEXT_SIZE, "%c", mode);
    (void)snprintf(start->words[3], TEXT_SIZE, "%ld", options->respawn_ms);
    (void)snprintf(start->words[4], TEXT_SIZE, "%u", torment_random(&chance));
    for (int i = 0; i < 5; i++) {
        start->argv[count++] = start->words[i];
    }
}

static void run(int slot, enum storm_kind kind, const struct setting *setting)
{
    struct start *start = calloc(1, sizeof(*start));
    struct program *program = &programs[slot];

    if (!start) {
        exit(99);
    }
    make_env(start, slot, setting);
    make_words(start, slot, kind, letter_of(setting));
    for (int i = 0; i < STORM_THREADS; i++) {
        atomic_store(&page->slots[slot].at[i].inside, false);
        atomic_store(&page->slots[slot].at[i].since_ms, 0);
    }
    *program = (struct program){.stopped = -1, .pid = fork()};
    if (program->pid == 0) {
        (void)execve(options->client, start->argv, start->env);
        _exit(99);
    }
    if (!storm_starts_curl(kind)) {
        atomic_store(&page->slots[slot].target, program->pid);
    }
    free(start);
}

static void spawn(int slot)
{
    const size_t count = sizeof(settings) / sizeof(settings[0]);

    run(slot, kind_of(slot), &settings[torment_random(&chance) % count]);
}

void storm_start_programs(const struct storm_options *given,
                          const char *origin_base, struct storm_page *its_page)
{
    options = given;
    base = origin_base;
    page = its_page;
    chance = (uint64_t)given->seed * 1000003;
    for (int slot = 0; slot < slot_count(); slot++) {
        spawn(slot);
    }
}

/* --- killing ------------------------------------------------------------- */

/* A descriptor of the slot's process, which stands for no other; -1: there is
 * none. Who reaps it takes it out of the slot before (storm_await()). */
static int open_target(int slot)
{
    const pid_t pid = atomic_load(&page->slots[slot].target);
    int fd = pid > 0 ? pidfd_open(pid, 0) : -1;

    if (fd >= 0 && atomic_load(&page->slots[slot].target) != pid) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

bool storm_is_inside(int slot)
{
    if (storm_starts_curl(kind_of(slot))) {
        return atomic_load(&page->slots[slot].target) > 0;
    }
    for (int i = 0; i < STORM_THREADS; i++) {
        if (atomic_load(&page->slots[slot].at[i].inside)) {
            return true;
        }
    }
    return false;
}

void storm_kill_program(int slot, struct storm_counts *counts)
{
    int fd = open_target(slot);

    if (fd < 0) {
        return;
    }
    counts->kills++;
    if (storm_starts_curl(kind_of(slot))) {
        counts->of_curl++;
    } else {
        counts->inside += storm_is_inside(slot);
    }
    (void)pidfd_send_signal(fd, SIGKILL, NULL, 0);
    (void)close(fd);
}

void storm_stop_program(int slot, long ms, struct storm_counts *counts)
{
    struct program *program = &programs[slot];
    int fd = program->stopped < 0 ? open_target(slot) : -1;

    if (fd < 0) {
        return;
    }
    (void)pidfd_send_signal(fd, SIGSTOP, NULL, 0);
    program->stopped = fd;
    program->stopped_at_ms = torment_now_ms();
    program->stopped_until_ms = program->stopped_at_ms + ms;
    counts->stops++;
}

static void go_on(int slot)
{
    struct program *program = &programs[slot];
    struct storm_slot *shared = &page->slots[slot];

    /* Told before it can look. */
    atomic_fetch_add(&shared->stopped_ms,
                     torment_now_ms() - program->stopped_at_ms);
    (void)pidfd_send_signal(program->stopped, SIGCONT, NULL, 0);
    (void)close(program->stopped);
    program->stopped = -1;
}

/* --- looking after ------------------------------------------------------- */

/* It has ended: by us, or by itself, which is a fault while there is work. */
static void note_end(int slot, int status, struct storm_counts *counts)
{
    struct program *program = &programs[slot];

    if (program->stopped >= 0) {
        go_on(slot);
    }
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        (void)fprintf(stderr, "storm: slot %d (%s) ended by itself: %x\n", slot,
                      storm_kinds[kind_of(slot)], (unsigned int)status);
        counts->crashes++;
    }
    program->pid = 0;
    program->start_ms = torment_now_ms() + options->respawn_ms;
}

/* True when it was reaped, which the slot's target does not survive. */
static bool reap(int slot, int *ret_status)
{
    siginfo_t info = {.si_pid = 0};
    const pid_t pid = programs[slot].pid;

    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0) {
        return false;
    }
    atomic_store(&page->slots[slot].target, 0);
    return waitpid(pid, ret_status, 0) == pid;
}

static void look_for_hangs(int slot, struct storm_counts *counts)
{
    const int64_t now_ms = torment_now_ms();

    for (int i = 0; i < STORM_THREADS; i++) {
        struct storm_at *at = &page->slots[slot].at[i];
        const int64_t since_ms = atomic_load(&at->since_ms);

        if (since_ms != 0 && now_ms - since_ms > STORM_HANG_MS) {
            (void)fprintf(stderr, "storm: slot %d (%s) hangs\n", slot,
                          storm_kinds[kind_of(slot)]);
            counts->hangs++;
            atomic_store(&at->since_ms, now_ms);
        }
    }
}

static void look_after(int slot, struct storm_counts *counts)
{
    struct program *program = &programs[slot];
    int status = 0;

    if (program->pid == 0) {
        if (torment_now_ms() >= program->start_ms) {
            spawn(slot);
        }
        return;
    }
    if (program->stopped >= 0 &&
        torment_now_ms() >= program->stopped_until_ms) {
        go_on(slot);
    }
    if (reap(slot, &status)) {
        note_end(slot, status, counts);
    } else {
        look_for_hangs(slot, counts);
    }
}

void storm_look_after_programs(struct storm_counts *counts)
{
    for (int slot = 0; slot < slot_count(); slot++) {
        look_after(slot, counts);
    }
}

/* --- the end ------------------------------------------------------------- */

static void await(int slot, long most_ms, struct storm_counts *counts)
{
    struct program *program = &programs[slot];
    const int64_t until_ms = torment_now_ms() + most_ms;
    int status = 0;

    if (program->stopped >= 0) {
        go_on(slot);
    }
    while (program->pid != 0 && !reap(slot, &status)) {
        if (torment_now_ms() > until_ms) {
            (void)fprintf(stderr, "storm: slot %d does not end\n", slot);
            counts->hangs++;
            (void)kill(program->pid, SIGKILL);
            (void)waitpid(program->pid, &status, 0);
            break;
        }
        torment_sleep_ms(POLL_MS);
    }
    if (program->pid != 0 && status != 0 &&
        (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)) {
        (void)fprintf(stderr, "storm: slot %d ended with %x\n", slot,
                      (unsigned int)status);
        counts->crashes++;
    }
    program->pid = 0;
}

void storm_end_programs(struct storm_counts *counts)
{
    atomic_store(&page->stop, true);
    for (int slot = 0; slot < slot_count(); slot++) {
        if (programs[slot].stopped >= 0) {
            go_on(slot);
        }
    }
    for (int slot = 0; slot < slot_count(); slot++) {
        await(slot, STORM_END_MS, counts);
    }
    run(0, STORM_LAST, &offline);
    await(0, STORM_LAST_MS, counts);
}
