/*
 * origin_nginx.h - nginx on a free loopback port, serving made-up files
 */
#ifndef LCC_BENCH_ORIGIN_NGINX_H
#define LCC_BENCH_ORIGIN_NGINX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct origin_nginx {
    char folder[128]; /* everything of it, removed by stop */
    int port;
    pid_t pid;
};

/* False, with a sentence on stderr, when nginx is not there or won't run. */
bool origin_nginx_start(struct origin_nginx *origin);
/* A file of that many bytes below /. */
void origin_nginx_file(const struct origin_nginx *origin, const char *name,
                       size_t bytes);
void origin_nginx_stop(struct origin_nginx *origin);

#endif
