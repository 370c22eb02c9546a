/*
 * origin_nginx.c - nginx on a free loopback port, serving made-up files
 */
#include "tests/bench/origin_nginx.h"

#include "tests/bench/measure.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 256, START_TRIES = 200, MISSING = 127 };

static const char configuration[] =
    "daemon off; master_process off; worker_processes 1;\n"
    "pid %s/pid; error_log %s/error.log;\n"
    "events { worker_connections 64; }\n"
    "http {\n"
    "  access_log off; sendfile on; tcp_nopush on; keepalive_requests "
    "10000000;\n"
    "  client_body_temp_path %s/t1; proxy_temp_path %s/t2;\n"
    "  fastcgi_temp_path %s/t3; uwsgi_temp_path %s/t4; scgi_temp_path %s/t5;\n"
    "  server { listen 127.0.0.1:%d; root %s/www; }\n"
    "}\n";

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((in_port_t)port);
    return address;
}

static int free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int port = -1;

    if (bind(fd, (struct sockaddr *)&address, size) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
        port = ntohs(address.sin_port);
    }
    close(fd);
    return port;
}

static bool answers(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(fd);
    return ok;
}

static bool write_configuration(const struct origin_nginx *origin)
{
    const char *f = origin->folder;
    char path[PATH_SIZE];
    FILE *file;

    snprintf(path, sizeof(path), "%s/www", f);
    if (mkdir(path, 0755) != 0) {
        return false;
    }
    snprintf(path, sizeof(path), "%s/nginx.conf", f);
    file = fopen(path, "w");
    if (!file) {
        return false;
    }
    fprintf(file, configuration, f, f, f, f, f, f, f, origin->port, f);
    return fclose(file) == 0;
}

/* It ends when this process does, however that is. */
static pid_t begin(char *const *argv)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent) {
            execvp("nginx", argv);
            execv("/usr/sbin/nginx", argv);
        }
        _exit(MISSING);
    }
    return pid;
}

static bool wait_until_ready(struct origin_nginx *origin)
{
    const struct timespec pause = {0, 10 * 1000 * 1000};
    int status = 0;

    for (int i = 0; i < START_TRIES; i++) {
        if (answers(origin->port)) {
            return true;
        }
        if (waitpid(origin->pid, &status, WNOHANG) == origin->pid) {
            origin->pid = -1;
            fputs(WEXITSTATUS(status) == MISSING
                      ? "bench: nginx is missing (Debian: nginx-light)\n"
                      : "bench: nginx ended\n",
                  stderr);
            return false;
        }
        nanosleep(&pause, NULL);
    }
    fputs("bench: nginx does not answer\n", stderr);
    return false;
}

bool origin_nginx_start(struct origin_nginx *origin)
{
    char conf[PATH_SIZE];
    char program[] = "nginx";
    char flag[] = "-c";
    char *argv[] = {program, flag, conf, NULL};

    measure_make_folder(origin->folder, sizeof(origin->folder),
                        "curlcache-nginx");
    if (chmod(origin->folder, 0755) != 0) {
        return false;
    }
    origin->port = free_port();
    snprintf(conf, sizeof(conf), "%s/nginx.conf", origin->folder);
    origin->pid = write_configuration(origin) ? begin(argv) : -1;
    if (origin->pid < 0 || !wait_until_ready(origin)) {
        origin_nginx_stop(origin);
        return false;
    }
    return true;
}

void origin_nginx_file(const struct origin_nginx *origin, const char *name,
                       size_t bytes)
{
    char path[PATH_SIZE];
    FILE *file;

    snprintf(path, sizeof(path), "%s/www/%s", origin->folder, name);
    file = fopen(path, "w");
    if (!file) {
        exit(3);
    }
    for (size_t i = 0; i < bytes; i++) {
        fputc((int)('a' + (i * 7 + i / 251) % 26), file);
    }
    fclose(file);
    chmod(path, 0644);
}

void origin_nginx_stop(struct origin_nginx *origin)
{
    if (origin->pid > 0) {
        kill(origin->pid, SIGTERM);
        waitpid(origin->pid, NULL, 0);
    }
    measure_remove_tree(origin->folder);
}
