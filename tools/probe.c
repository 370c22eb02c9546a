/*
 * probe.c - a one-shot server, and this tool as its client under the preload
 */
#include "tools/probe.h"

#include "tools/environment.h"
#include "tools/library.h"
#include "tools/tool.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROBE_BODY "curlcache doctor\n"
#define PROBE_HEAD                                                             \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"   \
    "Cache-Control: max-age=60\r\nConnection: close\r\n\r\n"

enum {
    PROBE_CLIENT_TIMEOUT_S = 5,
    PROBE_ALARM_S = 10, /* ends a client that hangs in spite of that */
    PROBE_REQUEST_TIMEOUT_MS = 5000,
    PROBE_REQUEST_BYTES = 4096,
    PROBE_FOLDERS_OPEN = 16,
    PROBE_URL_SIZE = 64,
};

extern char **environ;

/* --- client ------------------------------------------------------------- */

static size_t count_body(char *data, size_t size, size_t items, void *arg)
{
    size_t *at = arg;
    const size_t bytes = size * items;

    if (*at + bytes > strlen(PROBE_BODY) ||
        memcmp(data, &PROBE_BODY[*at], bytes) != 0) {
        return 0;
    }
    *at += bytes;
    return bytes;
}

/* What `curlcache --probe URL` does: as any small libcurl program would. */
int cmd_probe(int argc, char **argv)
{
    size_t got = 0;
    CURL *easy = NULL;

    if (argc != 2) {
        tool_say("%s is the doctor's own and needs a URL.", TOOL_PROBE);
        return TOOL_WRONG;
    }
    alarm(PROBE_ALARM_S);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    easy = curl_easy_init();
    if (!easy) {
        return TOOL_FAILED;
    }
    curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)PROBE_CLIENT_TIMEOUT_S);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &got);
    const CURLcode code = curl_easy_perform(easy);
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    return code == CURLE_OK && got == strlen(PROBE_BODY) ? TOOL_DONE
                                                         : TOOL_FAILED;
}

/* --- server ------------------------------------------------------------- */

struct server {
    int listener;
    int stop[2]; /* a pipe: its end wakes the thread */
    in_port_t port;
    pthread_t thread;
    unsigned int requests;
};

static void answer(int fd)
{
    char request[PROBE_REQUEST_BYTES];
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    if (poll(&wait, 1, PROBE_REQUEST_TIMEOUT_MS) == 1 &&
        recv(fd, request, sizeof(request), 0) > 0) {
        dprintf(fd, PROBE_HEAD "%s", strlen(PROBE_BODY), PROBE_BODY);
        shutdown(fd, SHUT_WR);
    }
}

static void *serve(void *arg)
{
    struct server *server = arg;
    struct pollfd wait[2] = {{.fd = server->listener, .events = POLLIN},
                             {.fd = server->stop[0], .events = POLLIN}};

    while (poll(wait, LCC_ARRAY_SIZE(wait), -1) > 0 && !wait[1].revents) {
        const int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            server->requests++;
            answer(fd);
            close(fd);
        }
    }
    return NULL;
}

static int listen_somewhere(struct server *server)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof(address);

    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0 ||
        bind(server->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(server->listener, PROBE_RUNS) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) !=
            0) {
        return -errno;
    }
    server->port = ntohs(address.sin_port);
    return 0;
}

static void close_all(struct server *server)
{
    const int descriptors[] = {server->listener, server->stop[0],
                               server->stop[1]};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(descriptors); i++) {
        if (descriptors[i] >= 0) {
            close(descriptors[i]);
        }
    }
}

static int server_start(struct server *server)
{
    *server = (struct server){.listener = -1, .stop = {-1, -1}};
    int result = listen_somewhere(server);

    if (result == 0 && pipe2(server->stop, O_CLOEXEC) != 0) {
        result = -errno;
    }
    if (result == 0) {
        result = -pthread_create(&server->thread, NULL, serve, server);
    }
    if (result != 0) {
        close_all(server);
    }
    return result;
}

static void server_stop(struct server *server)
{
    (void)!write(server->stop[1], "", 1);
    pthread_join(server->thread, NULL);
    close_all(server);
}

/* --- both --------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *status, int type,
                      struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static int make_folder(struct lcc_buf *ret)
{
    const char *parent = environment_get("TMPDIR");
    int result = lcc_buf_printf(ret, "%s/curlcache-doctor-XXXXXX",
                                parent && parent[0] ? parent : "/tmp");

    if (result == 0) {
        result = lcc_buf_append(ret, lcc_span_of("", 1));
    }
    if (result == 0 && !mkdtemp((char *)ret->data)) {
        result = -errno;
    }
    return result;
}

static int put_environment(const char *library, const char *folder)
{
    struct lcc_buf preload = LCC_BUF_INIT(SIZE_MAX);
    int result = environment_preload(library, &preload);

    if (result == 0) {
        result = lcc_buf_append(&preload, lcc_span_of("", 1));
    }
    if (result == 0) {
        result = environment_put("LD_PRELOAD", (const char *)preload.data);
    }
    if (result == 0) {
        result = environment_forget_settings();
    }
    if (result == 0) {
        result = environment_put_setting(LCC_SETTING_DIR, folder);
    }
    lcc_buf_done(&preload);
    return result;
}

static bool run_client(const char *self, const char *url)
{
    char name[] = "curlcache";
    char command[] = TOOL_PROBE;
    char target[PROBE_URL_SIZE];
    char *argv[] = {name, command, target, NULL};
    pid_t child = 0;
    int status = 0;

    snprintf(target, sizeof(target), "%s", url);
    if (posix_spawn(&child, self, NULL, NULL, argv, environ) != 0) {
        return false;
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == TOOL_DONE;
}

static int ask_twice(const char *self, struct probe_result *ret)
{
    struct server server;
    char url[PROBE_URL_SIZE];
    const int result = server_start(&server);

    if (result != 0) {
        return result;
    }
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", server.port);
    for (int i = 0; i < PROBE_RUNS; i++) {
        ret->done += run_client(self, url);
    }
    server_stop(&server);
    ret->requests = server.requests;
    return 0;
}

int probe_run(const char *library, struct probe_result *ret)
{
    struct lcc_buf self = LCC_BUF_INIT(SIZE_MAX);
    struct lcc_buf folder = LCC_BUF_INIT(SIZE_MAX);
    int result = library_self(&self);

    *ret = (struct probe_result){0};
    signal(SIGPIPE, SIG_IGN);
    if (result == 0) {
        result = make_folder(&folder);
    }
    if (result == 0) {
        const char *path = (const char *)folder.data;
        result = put_environment(library, path);
        if (result == 0) {
            result = ask_twice((const char *)self.data, ret);
        }
        (void)nftw(path, remove_one, PROBE_FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
    }
    lcc_buf_done(&folder);
    lcc_buf_done(&self);
    return result;
}
