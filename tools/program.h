/*
 * program.h - can a preload get into this program?
 *
 * Answered from the file alone: its ELF header (elf(5)), its mode and its
 * capabilities. Nothing is run.
 */
#ifndef LCC_TOOL_PROGRAM_H
#define LCC_TOOL_PROGRAM_H

#include "store/bytes.h"

#include <limits.h>

enum { PROGRAM_NEEDED_MAX = 128 };

struct program {
    char path[PATH_MAX];   /* of the file judged: of a script, what runs it */
    char script[PATH_MAX]; /* the script, else empty */
    bool elf;
    bool other_architecture;
    bool is_static;
    bool is_go;            /* made by Go, which speaks HTTP on its own */
    bool privileged;       /* setuid, setgid or capabilities that we lack */
    char loader[PATH_MAX]; /* the dynamic loader it names, else empty */
    bool other_loader;     /* not ours: another C library */
    char libcurl[128];     /* the libcurl it is linked to, else empty */
};

/**
 * program_read() - find a command as the shell would, and read its file
 * @command: a path, or a name to look for in PATH
 *
 * Return: 0; -ENOENT and the like when there is no such command; -EACCES when
 * it may not be read.
 */
int program_read(const char *command, struct program *ret);

/**
 * program_obstacle() - why a preload cannot work there
 * @out: appended to, one sentence without NUL
 *
 * Return: true when something is in the way.
 */
bool program_obstacle(const struct program *program, struct lcc_buf *out);

#endif
