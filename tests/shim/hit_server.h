/*
 * hit_server.h - answers with bytes given by the test, one per path
 */
#ifndef LCC_TESTS_HIT_SERVER_H
#define LCC_TESTS_HIT_SERVER_H

#include <stddef.h>

struct hit_answer {
    const char *path;
    const char *head; /* status line and fields, empty line included */
    const char *body; /* NULL: `size` bytes of a pattern */
    size_t size;      /* of the body; 0 with a body: its strlen() */
};

/* Serve @answers, ended by a NULL path, on a port of 127.0.0.1 until the
 * process ends. Each connection carries one exchange. Return: the port. */
int hit_server_start(const struct hit_answer *answers);

#endif
