/*
 * program.h - a program of the tests: what its callbacks saw, and what they do
 */
#ifndef LCC_TESTS_PROGRAM_H
#define LCC_TESTS_PROGRAM_H

#include "tests/shim/fake_real.h"

#include <stdio.h>
#include <string.h>

struct program {
    char seen[64 * 1024]; /* "W:" and "H:" before each piece */
    size_t seen_size;
    size_t body_bytes;
    /* What a callback does at its call number `at` (from 1; 0: never). */
    unsigned int calls;
    unsigned int at;
    size_t (*act)(struct program *program, char *data, size_t size);
    bool only_headers; /* counts and acts in the header callback alone */
    struct lcc_handle *handle;
    struct lcc_handle *other; /* made, or to be used, by `act` */
    CURLcode nested;
    bool quiet; /* counts, and writes nothing down */
};

static inline void program_note(struct program *program, const char *mark,
                                const char *data, size_t size)
{
    size_t room = sizeof(program->seen) - program->seen_size;

    if (!program->quiet && size + strlen(mark) < room) {
        program->seen_size +=
            (size_t)snprintf(program->seen + program->seen_size, room, "%s%.*s",
                             mark, (int)size, data);
    }
}

static inline size_t program_take(struct program *program, const char *mark,
                                  char *data, size_t size, bool header)
{
    size_t answer = size;

    if (header || !program->only_headers) {
        program->calls++;
    }
    program_note(program, mark, data, size);
    if ((header || !program->only_headers) && program->act &&
        program->calls == program->at) {
        answer = program->act(program, data, size);
    }
    return answer;
}

static inline size_t program_write(char *data, size_t size, size_t count,
                                   void *user)
{
    struct program *program = user;

    program->body_bytes += size * count;
    return program_take(program, "W:", data, size * count, false);
}

static inline size_t program_header(char *data, size_t size, size_t count,
                                    void *user)
{
    return program_take(user, "H:", data, size * count, true);
}

/* Both callbacks of the program on a handle. */
static inline void program_attach(struct program *program,
                                  struct lcc_handle *handle)
{
    program->handle = handle;
    fake_setopt_function(handle, CURLOPT_WRITEFUNCTION, program_write);
    fake_setopt_pointer(handle, CURLOPT_WRITEDATA, program);
    fake_setopt_function(handle, CURLOPT_HEADERFUNCTION, program_header);
    fake_setopt_pointer(handle, CURLOPT_HEADERDATA, program);
}

static inline void program_forget(struct program *program)
{
    program->seen[0] = '\0';
    program->seen_size = 0;
    program->body_bytes = 0;
    program->calls = 0;
    program->act = NULL;
}

/* One transfer: it is told and, when stored, told again the same way. */
static inline CURLcode program_perform(struct program *program,
                                       const struct fake_step *script)
{
    fake_of(program->handle)->script = script;
    return fake_perform(program->handle);
}

#endif
