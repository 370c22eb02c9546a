/*
 * run.c - programs as children of a test
 */
#include "tests/support/run.h"

#include "tests/support/patience.h"
#include "tests/support/tmpdir.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { ENV_MAX = 512, STOP_WAIT_MS = 5000 };

/* What would change a transfer, or where a cache lies. */
static const char *const dropped[] = {
    "CURLCACHE_",  "LD_PRELOAD=",  "LD_LIBRARY_PATH=",
    "http_proxy=", "https_proxy=", "HTTPS_PROXY=",
    "ALL_PROXY=",  "all_proxy=",   "no_proxy=",
    "NO_PROXY=",   "XDG_",         "HOME=",
    "LC_",         "LANG=",        "LANGUAGE=",
    "SSL_CERT_",   "CURL_",        "NGINX=",
};

static bool is_dropped(const char *entry)
{
    for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
        if (strncmp(entry, dropped[i], strlen(dropped[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool same_name(const char *a, const char *b)
{
    size_t length = strcspn(a, "=");

    return strncmp(a, b, length) == 0 && b[length] == '=';
}

static void put(const char **env, const char *entry)
{
    size_t count = 0;

    for (; env[count]; count++) {
        if (same_name(entry, env[count])) {
            env[count] = entry;
            return;
        }
    }
    if (count < ENV_MAX - 1) {
        env[count] = entry;
    }
}

/* @home must outlive the array. */
static void make_environment(const struct run *run, const char *home,
                             const char **env)
{
    memset(env, 0, ENV_MAX * sizeof(*env));
    for (char **entry = environ; *entry; entry++) {
        if (!is_dropped(*entry)) {
            put(env, *entry);
        }
    }
    put(env, home);
    put(env, "LC_ALL=C");
    for (const char *const *entry = run->env; entry && *entry; entry++) {
        put(env, *entry);
    }
}

static _Noreturn void become(const struct run *run, const char *const *env,
                             int out, int err)
{
    int nothing = open("/dev/null", O_RDONLY);

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(out, 1) < 0 ||
        dup2(err, 2) < 0 || (run->cwd && chdir(run->cwd) < 0)) {
        _exit(126);
    }
    if (nothing > 2) {
        close(nothing);
    }
    execvpe(run->argv[0], (char *const *)(const void *)run->argv,
            (char *const *)(const void *)env);
    _exit(127);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads what is there; false at the end of the stream. */
static bool take(int fd, char **text, size_t *size)
{
    char piece[64 * 1024];
    ssize_t got = read(fd, piece, sizeof(piece));

    if (got <= 0) {
        return got < 0 && errno == EINTR;
    }
    if (*size + (size_t)got > RUN_OUTPUT_MAX) {
        return false;
    }
    char *more = realloc(*text, *size + (size_t)got + 1);

    if (!more) {
        return false;
    }
    memcpy(more + *size, piece, (size_t)got);
    *size += (size_t)got;
    more[*size] = '\0';
    *text = more;
    return true;
}

static void gather(struct run_result *result, pid_t pid, int out, int err,
                   int64_t until_ms)
{
    struct pollfd waiting[2] = {{.fd = out, .events = POLLIN},
                                {.fd = err, .events = POLLIN}};

    while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
        int64_t left = until_ms - now_ms();

        if (left <= 0) {
            result->timed_out = true;
            kill(-pid, SIGKILL);
            break;
        }
        if (poll(waiting, 2, (int)left) < 0 && errno != EINTR) {
            break;
        }
        if (waiting[0].revents && !take(out, &result->out, &result->out_size)) {
            waiting[0].fd = -1;
        }
        if (waiting[1].revents && !take(err, &result->err, &result->err_size)) {
            waiting[1].fd = -1;
        }
    }
}

static void settle(struct run_result *result, pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    result->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (!result->out) {
        result->out = calloc(1, 1);
    }
    if (!result->err) {
        result->err = calloc(1, 1);
    }
}

struct run_result run_program(const struct run *run)
{
    struct run_result result = {0};
    const char *env[ENV_MAX];
    char *home = text_of("HOME=%s", run->home ? run->home : "/nonexistent");
    int out[2];
    int err[2];
    int timeout_s = run->timeout_s ? run->timeout_s : RUN_TIMEOUT_S;
    int64_t limit_ms = (int64_t)timeout_s * patience() * 1000;

    make_environment(run, home, env);
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
        perror("pipe2");
        exit(99);
    }
    pid_t pid = fork();

    if (pid == 0) {
        become(run, env, out[1], err[1]);
    }
    close(out[1]);
    close(err[1]);
    if (pid > 0) {
        gather(&result, pid, out[0], err[0], now_ms() + limit_ms);
        settle(&result, pid);
    }
    close(out[0]);
    close(err[0]);
    free(home);
    return result;
}

void run_result_done(struct run_result *result)
{
    free(result->out);
    free(result->err);
    memset(result, 0, sizeof(*result));
}

/* Between us and a program that goes on: ends all of its group once the pipe
 * says that we are gone or have had enough. */
static _Noreturn void guard(pid_t program, int life)
{
    struct timespec pause = {.tv_nsec = 2000000};
    char nothing;

    signal(SIGTERM, SIG_IGN);
    while (read(life, &nothing, 1) < 0 && errno == EINTR) {
    }
    kill(-program, SIGTERM);
    for (int64_t until = now_ms() + STOP_WAIT_MS; now_ms() < until;) {
        if (waitpid(program, NULL, WNOHANG) != 0) {
            break;
        }
        nanosleep(&pause, NULL);
    }
    kill(-program, SIGKILL);
    _exit(0);
}

static _Noreturn void start_guarded(const struct run *run,
                                    const char *const *env, const char *log,
                                    int life)
{
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t program = fork();

    if (program == 0) {
        become(run, env, out, out);
    }
    /* Both sides do it, so that the group is there before it is needed. */
    setpgid(program, program);
    guard(program, life);
}

struct run_beside run_start(const struct run *run, const char *log)
{
    const char *env[ENV_MAX];
    char *home = text_of("HOME=%s", run->home ? run->home : "/nonexistent");
    int life[2];

    make_environment(run, home, env);
    if (pipe2(life, O_CLOEXEC) < 0) {
        perror("pipe2");
        exit(99);
    }
    pid_t pid = fork();

    if (pid == 0) {
        close(life[1]);
        start_guarded(run, env, log, life[0]);
    }
    close(life[0]);
    free(home);
    return (struct run_beside){.guard = pid, .life = life[1]};
}

void run_stop(struct run_beside *beside)
{
    if (beside->guard > 0) {
        close(beside->life);
        waitpid(beside->guard, NULL, 0);
    }
    *beside = (struct run_beside){.guard = -1, .life = -1};
}

bool run_find(const char *program)
{
    RUN_RESULT result = run_program(&(struct run){
        .argv = ARGV("sh", "-c", "command -v \"$1\"", "sh", program)});

    return result.exit_code == 0;
}
