/*
 * curl.c - curl as a program of the storm
 */
#include "tests/storm/curl.h"

#include "tests/storm/heard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WORDS_MAX = 40,
    WORD_SIZE = STORM_PATH_MAX + 16,
    PIECE = 64 * 1024,
    OLDER = 4,
    RANGES_EVERY = 6,
    LINE_SIZE = 1024,
};

/* One run of the program: what it is asked for. */
struct run {
    struct storm_self *self;
    int count;
    struct storm_heard heard[STORM_CURL_Z_URLS];
    bool known[STORM_CURL_Z_URLS];
    bool told[STORM_CURL_Z_URLS];
    int code[STORM_CURL_Z_URLS];
    int64_t began_ms, stopped_ms;
    char words[WORDS_MAX][WORD_SIZE];
    int word_count;
};

/* --- awaiting ------------------------------------------------------------ */

int storm_await(pid_t child, struct storm_slot *slot, pid_t next)
{
    siginfo_t info;
    int status = 0;

    while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    atomic_store(&slot->target, next);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

void storm_report_end(const struct storm_self *self, int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
        storm_report(self, &(struct storm_line){.kind = (int)self->kind,
                                                .slot = self->slot,
                                                .code = -WTERMSIG(status),
                                                .plain = self->plain,
                                                .mode = self->mode});
    }
}

/* --- what it is asked for ------------------------------------------------ */

/* One run has one language and one range, or none, for all. */
static bool fits(const struct run *run, unsigned int row, bool ranges,
                 const char *language)
{
    const struct storm_url *url = &storm_urls[row];

    if (storm_is_range(url) != ranges) {
        return false;
    }
    return ranges ? run->count == 0 || row == run->heard[0].row
                  : !url->language || strcmp(url->language, language) == 0;
}

static void draw(struct run *run, int count, const char *language)
{
    struct storm_self *self = run->self;
    bool ranges = torment_random(&self->random) % RANGES_EVERY == 0;

    while (run->count < count) {
        unsigned int now = atomic_load(&self->page->generation);
        unsigned int back = torment_random(&self->random) % OLDER;
        unsigned int generation = back > now ? 0 : now - back;
        unsigned int row = torment_random(&self->random) % storm_url_count;

        if (!fits(run, row, ranges, language) ||
            generation % storm_urls[row].every != 0) {
            continue;
        }
        run->heard[run->count] =
            (struct storm_heard){.row = row, .generation = generation};
        run->known[run->count] = storm_is_stored(self, row, generation);
        run->count++;
    }
}

static void add(struct run *run, const char *option, const char *value)
{
    (void)snprintf(run->words[run->word_count++], WORD_SIZE, "%s", option);
    if (value) {
        (void)snprintf(run->words[run->word_count++], WORD_SIZE, "%s", value);
    }
}

static void body_path(const struct run *run, int i, char out[WORD_SIZE])
{
    (void)snprintf(out, WORD_SIZE, "%s/body.%d.%d", run->self->folder,
                   run->self->slot, i);
}

static void make_words(struct run *run, const char *language)
{
    const struct storm_url *first = &storm_urls[run->heard[0].row];
    char text[WORD_SIZE];

    add(run, "curl", "-s");
    add(run, "--no-progress-meter", NULL);
    add(run, "-w",
        "%{urlnum}|%{exitcode}|%{response_code}|%header{etag}|"
        "%header{cache-status}\n");
    if (run->self->kind == STORM_CURL_Z) {
        add(run, "-Z", NULL);
    }
    (void)snprintf(text, sizeof(text), "Accept-Language: %s", language);
    add(run, "-H", text);
    if (storm_is_range(first)) {
        (void)snprintf(text, sizeof(text), "%zu-%zu", first->first,
                       first->last);
        add(run, "-r", text);
    }
    for (int i = 0; i < run->count; i++) {
        body_path(run, i, text);
        (void)unlink(text);
        add(run, "-o", text);
        (void)snprintf(text, sizeof(text), "%s/%s/%u", run->self->base,
                       storm_urls[run->heard[i].row].name,
                       run->heard[i].generation);
        add(run, text, NULL);
    }
}

/* --- what came of it ----------------------------------------------------- */

static void hear_file(struct storm_heard *heard, const char *path)
{
    static char piece[PIECE];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    while (fd >= 0 && (got = read(fd, piece, sizeof(piece))) > 0) {
        storm_hear_body(heard, piece, (size_t)got);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* "NUMBER|EXIT|STATUS|TAG|CACHE-STATUS" */
static void read_told(struct run *run, char *line)
{
    const char *part[5] = {NULL};
    char text[LINE_SIZE];
    int which;

    for (int i = 0; i < 5; i++) {
        part[i] = strsep(&line, "|");
    }
    which = part[4] ? (int)strtol(part[0], NULL, 10) : -1;
    if (which < 0 || which >= run->count) {
        return;
    }
    struct storm_heard *heard = &run->heard[which];

    run->told[which] = true;
    run->code[which] = (int)strtol(part[1], NULL, 10);
    heard->status = strtol(part[2], NULL, 10);
    (void)snprintf(text, sizeof(text), "ETag: %s", part[3]);
    storm_hear_header(heard, text, strlen(text));
    (void)snprintf(text, sizeof(text), "Cache-Status: %s", part[4]);
    storm_hear_header(heard, text, strlen(text));
    body_path(run, which, text);
    hear_file(heard, text);
}

static void read_output(struct run *run, const char *path)
{
    FILE *file = fopen(path, "re");
    char line[LINE_SIZE];

    while (file && fgets(line, sizeof(line), file)) {
        read_told(run, line);
    }
    if (file) {
        (void)fclose(file);
    }
}

static void report(const struct run *run, int64_t took_ms)
{
    for (int i = 0; i < run->count; i++) {
        storm_report(
            run->self,
            &(struct storm_line){
                .kind = (int)run->self->kind,
                .slot = run->self->slot,
                .row = (int)run->heard[i].row,
                .generation = (int)run->heard[i].generation,
                .code = run->told[i] ? run->code[i] : -1000,
                .verdict = run->told[i] && run->code[i] == 0
                               ? (int)storm_judge(&run->heard[i], run->known[i])
                               : STORM_RIGHT,
                .took_ms = (long)took_ms,
                .serial = run->self->kind == STORM_CURL ? STORM_CURL_URLS : 1,
                .plain = run->self->plain,
                .mode = run->self->mode,
            });
    }
}

/* --------------------------------------------------------------------------
 */

static pid_t start(struct run *run, const char *output)
{
    char *words[WORDS_MAX + 1] = {NULL};
    const char *preload = getenv("STORM_PRELOAD");
    pid_t pid;

    for (int i = 0; i < run->word_count; i++) {
        words[i] = run->words[i];
    }
    pid = fork();
    if (pid == 0) {
        int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(fd, STDOUT_FILENO);
        if (!run->self->plain && preload) {
            (void)setenv("LD_PRELOAD", preload, 1);
        }
        (void)execvp("curl", words);
        _exit(99);
    }
    return pid;
}

/* The program, from its start to its end. */
static int run_once(struct run *run, const char *output)
{
    struct storm_slot *slot = &run->self->page->slots[run->self->slot];
    pid_t pid;
    int status;

    run->stopped_ms = atomic_load(&slot->stopped_ms);
    run->began_ms = torment_now_ms();
    atomic_store(&slot->at[0].since_ms, run->began_ms);
    pid = start(run, output);
    atomic_store(&slot->target, pid);
    status = storm_await(pid, slot, 0);
    atomic_store(&slot->at[0].since_ms, 0);
    return status;
}

static void ask(struct storm_self *self, const char *output)
{
    const char *language = torment_random(&self->random) % 2 ? "en" : "fr";
    struct run *run = calloc(1, sizeof(*run));
    int status;

    if (!run) {
        exit(99);
    }
    run->self = self;
    draw(run, self->kind == STORM_CURL ? STORM_CURL_URLS : STORM_CURL_Z_URLS,
         language);
    make_words(run, language);
    status = run_once(run, output);
    storm_report_end(self, status);
    if (WIFEXITED(status)) {
        const int64_t stopped_ms =
            atomic_load(&self->page->slots[self->slot].stopped_ms) -
            run->stopped_ms;
        const int64_t took_ms = torment_now_ms() - run->began_ms - stopped_ms;

        read_output(run, output);
        report(run, took_ms);
    } else if (self->respawn_ms) {
        torment_sleep_ms(self->respawn_ms);
    }
    storm_read_log(self);
    free(run);
}

void storm_run_curl(struct storm_self *self)
{
    char output[STORM_PATH_MAX];

    (void)snprintf(output, sizeof(output), "%s/told.%d", self->folder,
                   self->slot);
    while (!atomic_load(&self->page->stop)) {
        ask(self, output);
        if (self->plain) {
            torment_sleep_ms(100);
        }
    }
}
