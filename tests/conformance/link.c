/*
 * link.c - starting a client, telling and hearing it
 */
#include "tests/conformance/link.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENVIRONMENT_MAX = 1024 };

/* What would change a transfer, by its beginning. */
static const char *const dropped[] = {
    "http_proxy=", "HTTP_PROXY=", "ALL_PROXY=", "all_proxy=",  "no_proxy=",
    "NO_PROXY=",   "CURLCACHE_",  "XDG_",       "LD_PRELOAD=", "HOME=",
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

/* Our own environment without that, and with what the row's set asks for. */
static char **make_environment(const char *const *more)
{
    char **env = calloc(ENVIRONMENT_MAX + 1, sizeof(*env));
    size_t count = 0;

    for (char **entry = environ; env && *entry && count < ENVIRONMENT_MAX / 2;
         entry++) {
        if (!is_dropped(*entry)) {
            env[count++] = *entry;
        }
    }
    if (env) {
        env[count++] = strdup("HOME=/nonexistent");
    }
    for (; env && *more && count < ENVIRONMENT_MAX; more++) {
        env[count++] = strdup(*more);
    }
    return env;
}

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(99);
}

static _Noreturn void become(const char *program, const char *shape,
                             const char *const *env, int in, int out)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char *const argv[] = {strdup(program), strdup(shape), NULL};
    char **environment = make_environment(env);

    if (!environment) {
        _exit(126);
    }
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0) {
        _exit(126);
    }
    execve(program, argv, environment);
    _exit(127);
}

struct link link_start(const char *program, const char *shape,
                       const char *const *env)
{
    int to[2];
    int from[2];
    struct link link = {0};

    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) {
        give_up("pipe2");
    }
    link.pid = fork();
    if (link.pid < 0) {
        give_up("fork");
    }
    if (link.pid == 0) {
        become(program, shape, env, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    link.orders = fdopen(to[1], "w");
    link.answers = fdopen(from[0], "r");
    if (!link.orders || !link.answers) {
        give_up("fdopen");
    }
    return link;
}

int link_stop(struct link *link)
{
    int status = 0;

    fclose(link->orders);
    fclose(link->answers);
    waitpid(link->pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void link_order(struct link *link, const char *word, const char *value)
{
    fprintf(link->orders, "%s %s\n", word, value);
}

static bool read_body(struct link *link, struct seen *seen, size_t size)
{
    seen->body = calloc(1, size + 1);
    seen->body_size = size;
    return seen->body && fread(seen->body, 1, size, link->answers) == size &&
           fgetc(link->answers) == '\n';
}

/* A status line begins the block anew: the last one counts. */
static void read_header(struct seen *seen, FILE **lines, size_t *size,
                        const char *line)
{
    if (strncmp(line, "HTTP/", 5) == 0) {
        seen->blocks++;
        fclose(*lines);
        free(seen->lines);
        *lines = open_memstream(&seen->lines, size);
        if (!*lines) {
            give_up("open_memstream");
        }
    }
    fputs(line, *lines);
}

bool link_go(struct link *link, struct seen *ret)
{
    char *line = NULL;
    size_t room = 0;
    size_t size = 0;
    bool whole = false;

    *ret = (struct seen){0};
    fputs("go\n", link->orders);
    fflush(link->orders);
    FILE *lines = open_memstream(&ret->lines, &size);

    while (lines && getline(&line, &room, link->answers) > 0) {
        if (strncmp(line, "line ", 5) == 0) {
            read_header(ret, &lines, &size, line + 5);
        } else if (strncmp(line, "result ", 7) == 0) {
            ret->result = (int)strtol(line + 7, NULL, 10);
        } else if (strncmp(line, "status ", 7) == 0) {
            ret->status = (int)strtol(line + 7, NULL, 10);
        } else if (strncmp(line, "body ", 5) == 0) {
            if (!read_body(link, ret, strtoul(line + 5, NULL, 10))) {
                break;
            }
        } else if (strcmp(line, "end\n") == 0) {
            whole = true;
            break;
        }
    }
    free(line);
    fclose(lines);
    return whole;
}

void seen_done(struct seen *seen)
{
    free(seen->lines);
    free(seen->body);
    *seen = (struct seen){0};
}
