/*
 * sweep.c - every byte of a small cache damaged, every file cut and removed
 *
 * usage: sweep LIBRARY CLIENT all|SECONDS
 * A cache is made by a program under the preload. Then, one at a time: a byte
 * of one of its files is changed, a file is cut at each page and to nothing, a
 * file is removed. After each a program that opens the cache anew must get
 * every answer right and in time, and so must a second one; files are damaged
 * and removed under a running one, and curl is asked too. `all` takes every
 * byte (hours); SECONDS takes as many as that allows, spread evenly.
 *
 * Fails on a wrong body, a failed transfer, a signal (a hang is SIGALRM), and
 * when the second program still asks the origin, but for the places in
 * `slow_to_heal`.
 */
#include "bodies.h"
#include "folder_copy.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/origin.h"
#include "tests/support/run.h"
#include "tests/support/tmpdir.h"

enum {
    PAGE = 4096,
    CURL_EVERY = 40, /* trials */
    LIVE_TRIALS = 60,
    STRIDE = 7919, /* a prime: positions are spread over the file */
};

struct client {
    pid_t pid;
    FILE *in;
    FILE *out;
};

struct sweep {
    const char *library;
    const char *program;
    struct origin *origin;
    char *folder;
    struct folder_copy copy;
    struct client client;
    size_t trials;
    size_t unhealed;
    size_t bad;
    int64_t until_ms; /* 0: none */
};

/* Here the lock may look taken: others are let in after some seconds. */
static const struct {
    const char *file;
    size_t from;
    size_t to;
} slow_to_heal[] = {
    {"ctl", 128, 168},
};

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_over(const struct sweep *sweep)
{
    return sweep->until_ms != 0 && now_ms() >= sweep->until_ms;
}

/* --- the origin ---------------------------------------------------------- */

static void serve(struct sweep *sweep)
{
    sweep->origin = origin_start(NULL);
    for (size_t i = 0; i < BODIES; i++) {
        char *body = calloc(1, body_sizes[i] + 1);

        for (size_t at = 0; body && at < body_sizes[i]; at++) {
            body[at] = (char)body_byte(i, at);
        }
        const struct origin_response response = {
            .path = text_of("/%zu", i),
            .fields = "Cache-Control: max-age=1000000\r\n",
            .body = body,
            .size = body_sizes[i],
        };
        origin_answer(sweep->origin, &response);
    }
}

/* --- the client ---------------------------------------------------------- */

static void client_start(struct sweep *sweep)
{
    struct client *client = &sweep->client;
    int in[2];
    int out[2];

    if (pipe(in) != 0 || pipe(out) != 0) {
        perror("pipe");
        exit(2);
    }
    client->pid = fork();
    if (client->pid == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)close(in[1]);
        (void)close(out[0]);
        (void)setenv("LD_PRELOAD", sweep->library, 1);
        (void)setenv("CURLCACHE_DIR", sweep->folder, 1);
        (void)execl(sweep->program, sweep->program, origin_base(sweep->origin),
                    (char *)NULL);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    client->in = fdopen(in[1], "w");
    client->out = fdopen(out[0], "r");
}

static void client_stop(struct sweep *sweep)
{
    (void)fclose(sweep->client.in);
    (void)fclose(sweep->client.out);
    (void)kill(sweep->client.pid, SIGKILL);
    (void)waitpid(sweep->client.pid, NULL, 0);
}

/* What it says; false when it says nothing any more. */
static bool client_ask(struct sweep *sweep, char kind, char line[64])
{
    line[0] = '\0';
    return fprintf(sweep->client.in, "%c\n", kind) > 0 &&
           fflush(sweep->client.in) == 0 &&
           fgets(line, 64, sweep->client.out) != NULL;
}

static bool client_is_right(struct sweep *sweep, char kind, const char *what)
{
    char line[64];

    if (client_ask(sweep, kind, line) && strcmp(line, "right\n") == 0) {
        return true;
    }
    (void)printf("%s: %s\n", what, line[0] ? line : "the program ended");
    sweep->bad++;
    return false;
}

static bool curl_is_right(struct sweep *sweep, const char *what)
{
    char *url = text_of("%s/6", origin_base(sweep->origin));
    char *preload = text_of("LD_PRELOAD=%s", sweep->library);
    char *folder = text_of("CURLCACHE_DIR=%s", sweep->folder);
    const char *env[] = {preload, folder, NULL};
    RUN_RESULT result = run_program(
        &(struct run){.argv = ARGV("curl", "-sf", url), .env = env});
    bool right = result.exit_code == 0 && result.out_size == body_sizes[6] &&
                 result.err_size == 0;

    for (size_t at = 0; right && at < result.out_size; at++) {
        right = (unsigned char)result.out[at] == body_byte(6, at);
    }
    if (!right) {
        (void)printf("%s: curl: status %d, %zu bytes, %s\n", what,
                     result.exit_code, result.out_size, result.err);
        sweep->bad++;
    }
    free(url);
    free(preload);
    free(folder);
    return right;
}

/* --- one trial ----------------------------------------------------------- */

static bool may_heal_slowly(const char *path, size_t at)
{
    const char *name = strrchr(path, '/');

    for (size_t i = 0; i < sizeof(slow_to_heal) / sizeof(slow_to_heal[0]);
         i++) {
        if (strcmp(name ? name + 1 : path, slow_to_heal[i].file) == 0 &&
            at >= slow_to_heal[i].from && at < slow_to_heal[i].to) {
            return true;
        }
    }
    return false;
}

/* The folder is damaged. Two programs, one after the other. */
static void try_it(struct sweep *sweep, const char *what, bool slowly)
{
    int before;

    if (sweep->trials++ % CURL_EVERY == 0) {
        (void)curl_is_right(sweep, what);
    }
    if (!client_is_right(sweep, 'n', what)) {
        return;
    }
    before = origin_total(sweep->origin);
    if (client_is_right(sweep, 'n', what) && !slowly &&
        origin_total(sweep->origin) != before) {
        (void)printf("%s: not healed\n", what);
        sweep->unhealed++;
    }
}

static void flip(struct sweep *sweep, size_t file, size_t at, unsigned char by)
{
    struct copied_file *which = &sweep->copy.files[file];
    char what[COPY_PATH + 64];

    (void)snprintf(what, sizeof(what), "%s: byte %zu ^ %u", which->path, at,
                   by);
    which->bytes[at] ^= by;
    folder_copy_put_back(&sweep->copy);
    which->bytes[at] ^= by;
    try_it(sweep, what, may_heal_slowly(which->path, at));
}

static void cut(struct sweep *sweep, size_t file, size_t at)
{
    const char *path = folder_copy_path(&sweep->copy, file);
    char what[COPY_PATH + 64];

    (void)snprintf(what, sizeof(what), "%s: cut to %zu",
                   sweep->copy.files[file].path, at);
    folder_copy_put_back(&sweep->copy);
    path = folder_copy_path(&sweep->copy, file);
    if (truncate(path, (off_t)at) != 0) {
        perror(path);
        exit(2);
    }
    try_it(sweep, what, false);
}

static void take_away(struct sweep *sweep, size_t file)
{
    char what[COPY_PATH + 64];

    (void)snprintf(what, sizeof(what), "%s: removed",
                   sweep->copy.files[file].path);
    folder_copy_put_back(&sweep->copy);
    (void)unlink(folder_copy_path(&sweep->copy, file));
    try_it(sweep, what, false);
}

/* --- all of them --------------------------------------------------------- */

static void cut_and_remove(struct sweep *sweep)
{
    for (size_t file = 0; file < sweep->copy.count; file++) {
        const size_t size = sweep->copy.files[file].size;

        take_away(sweep, file);
        for (size_t at = 0; at < size && !is_over(sweep); at += PAGE) {
            cut(sweep, file, at);
        }
    }
}

static void flip_all(struct sweep *sweep)
{
    for (size_t file = 0; file < sweep->copy.count; file++) {
        for (size_t at = 0; at < sweep->copy.files[file].size; at++) {
            flip(sweep, file, at, (unsigned char)(1 << at % 8));
        }
        (void)printf("%s: done\n", sweep->copy.files[file].path);
    }
}

/* Round after round one byte of each file, until time is over. */
static void flip_some(struct sweep *sweep)
{
    for (size_t round = 0; !is_over(sweep); round++) {
        for (size_t file = 0; file < sweep->copy.count && !is_over(sweep);
             file++) {
            const size_t size = sweep->copy.files[file].size;
            /* the first bytes of a file say what it is: more of them */
            const size_t within = round % 2 == 0 && size > 512 ? 512 : size;

            if (size > 0) {
                flip(sweep, file, round * STRIDE % within,
                     (unsigned char)(1 << round % 8));
            }
        }
    }
}

/* Under a program that has the cache open all the time. A mapped file is not
 * made shorter: that is SIGBUS to any program (store/NOTES.md). */
static void damage_in_use(struct sweep *sweep)
{
    folder_copy_put_back(&sweep->copy);
    (void)client_is_right(sweep, 's', "in use");
    for (size_t trial = 0; trial < LIVE_TRIALS; trial++) {
        const size_t file = trial % sweep->copy.count;
        const size_t size = sweep->copy.files[file].size;
        const char *path = folder_copy_path(&sweep->copy, file);
        char what[2 * COPY_PATH + 64];
        FILE *out = NULL;

        (void)snprintf(what, sizeof(what), "%s, in use", path);
        if (trial / sweep->copy.count % 2 == 0) {
            (void)unlink(path);
        } else if (size > 0 && (out = fopen(path, "r+")) != NULL) {
            (void)fseek(out, (long)(trial * STRIDE % size), SEEK_SET);
            (void)fputc((int)(trial & 255), out);
            (void)fclose(out);
        }
        if (!client_is_right(sweep, 's', what)) {
            return;
        }
    }
}

int main(int argc, char **argv)
{
    struct sweep sweep = {0};
    const int64_t began_ms = now_ms();

    if (argc != 4) {
        (void)fprintf(stderr, "usage: sweep LIBRARY CLIENT all|SECONDS\n");
        return 2;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    sweep.library = argv[1];
    sweep.program = argv[2];
    sweep.folder = tmpdir_new();
    serve(&sweep);
    client_start(&sweep);
    if (client_is_right(&sweep, 'n', "at first")) {
        folder_copy_take(&sweep.copy, sweep.folder);
        if (strcmp(argv[3], "all") != 0) {
            sweep.until_ms = began_ms + 1000 * strtoll(argv[3], NULL, 10) / 2;
        }
        cut_and_remove(&sweep);
        if (sweep.until_ms != 0) {
            sweep.until_ms = began_ms + 1000 * strtoll(argv[3], NULL, 10);
            flip_some(&sweep);
        } else {
            flip_all(&sweep);
        }
        damage_in_use(&sweep);
    }
    client_stop(&sweep);
    (void)printf("%zu trials over %zu files in %lld s: %zu bad, %zu not healed "
                 "at once\n",
                 sweep.trials, sweep.copy.count,
                 (long long)(now_ms() - began_ms) / 1000, sweep.bad,
                 sweep.unhealed);
    folder_copy_done(&sweep.copy);
    (void)tmpdir_free(sweep.folder);
    (void)origin_stop(sweep.origin);
    return sweep.bad != 0 || sweep.unhealed != 0;
}
