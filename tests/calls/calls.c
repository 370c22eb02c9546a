/*
 * calls.c - reads a program of calls and plays it
 */
#include "tests/calls/calls.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HANG_S = 15 };

struct calls calls;

static const struct {
    const char *name;
    void (*play)(const int *args);
    bool inside;
} ops[] = {
#define CALLS_OP(name, args, weight, inside) {#name, op_##name, inside},
#include "tests/calls/ops.def"
#undef CALLS_OP
};

enum { OPS = sizeof(ops) / sizeof(ops[0]) };

static volatile int playing;

void say(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vfprintf(calls.out, format, list);
    va_end(list);
}

void calls_play(int from, int to)
{
    for (int i = from; i < to && i < calls.line_count; i++) {
        const struct line *line = &calls.lines[i];

        say("%d %s %d %d %d %d\n", i, ops[line->op].name, line->args[0],
            line->args[1], line->args[2], line->args[3]);
        if (calls.depth > 0 && !ops[line->op].inside) {
            say("not inside\n");
            continue;
        }
        playing = i;
        ops[line->op].play(line->args);
        if (strcmp(ops[line->op].name, "on") == 0) {
            i += line->args[3] % 5; /* those are played in the callback */
        }
    }
}

void op_differ(const int *args)
{
    (void)args;
    calls.differs = true;
}

/* A list of calls that does not end says where it was. */
static void on_alarm(int number)
{
    char text[] = "hangs in line 000\n";

    (void)number;
    for (int at = 16, line = playing; at > 13; at--, line /= 10) {
        text[at] = (char)('0' + line % 10);
    }
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(3);
}

static void read_line(const char *text)
{
    struct line *line = &calls.lines[calls.line_count];
    char name[32];

    *line = (struct line){.op = -1};
    if (calls.line_count == LINES_MAX ||
        sscanf(text, "%31s %d %d %d %d", name, &line->args[0], &line->args[1],
               &line->args[2], &line->args[3]) < 1) {
        return;
    }
    for (int i = 0; i < OPS; i++) {
        line->op = strcmp(name, ops[i].name) == 0 ? i : line->op;
    }
    for (int i = 0; i < ARGS; i++) {
        line->args[i] = abs(line->args[i] % 1000);
    }
    if (line->op >= 0 && strcmp(name, "opt") == 0) {
        option_noted(line->args);
    }
    calls.line_count += line->op >= 0;
}

static bool read_program(const char *path)
{
    FILE *file = fopen(path, "re");
    char text[256];

    if (!file) {
        return false;
    }
    while (calls.line_count < LINES_MAX - 1 &&
           fgets(text, sizeof(text), file)) {
        read_line(text);
    }
    fclose(file);
    return true;
}

/* Everything is taken down in an order that the manual gives. */
static void clean_up(void)
{
    for (int i = 0; i < EASIES; i++) {
        int args[ARGS] = {i};

        if (calls.easies[i].multi >= 0) {
            args[0] = calls.easies[i].multi;
            args[1] = i;
            op_remove(args);
            args[0] = i;
        }
        op_cleanup(args);
    }
    for (int i = 0; i < MULTIS; i++) {
        op_mcleanup((const int[ARGS]){i});
    }
    op_scleanup((const int[ARGS]){0});
    for (int i = 0; i < calls.list_count; i++) {
        curl_slist_free_all(calls.lists[i]);
    }
}

int main(int argc, char **argv)
{
    static char buffer[1 << 20];

    if (argc != 4) {
        fprintf(stderr, "usage: %s FILE BASE FOLDER\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    calls.base = argv[2];
    calls.folder = argv[3];
    calls.out = stdout;
    for (int i = 0; i < EASIES; i++) {
        calls.easies[i].index = i;
        calls.easies[i].multi = -1;
    }
    if (!read_program(argv[1])) {
        fprintf(stderr, "cannot read %s\n", argv[1]);
        return 2;
    }
    signal(SIGALRM, on_alarm);
    alarm(HANG_S);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    calls_play(0, calls.line_count);
    clean_up();
    curl_global_cleanup();
    say("end\n");
    return 0;
}
