/*
 * web.c - one nginx process for a test
 */
#include "tests/support/web.h"

#include "tests/support/tmpdir.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 500, TRY_NS = 10000000 };

struct web {
    char *folder;
    char *http;
    char *https;
    char *certificate;
    int ports[2];
    struct run_beside nginx;
};

/* Paths are below the prefix, the folder of the test. */
#define CONFIGURATION                                                          \
    "daemon off;\n"                                                            \
    "user root; worker_processes 1;\n"                                         \
    "pid nginx.pid;\n"                                                         \
    "error_log error.log;\n"                                                   \
    "events { worker_connections 64; }\n"                                      \
    "http {\n"                                                                 \
    "  log_format counted '$request_method $uri $status $body_bytes_sent ';\n" \
    "  access_log access.log counted;\n"                                       \
    "  client_body_temp_path t1; proxy_temp_path t2;\n"                        \
    "  fastcgi_temp_path t3; uwsgi_temp_path t4;\n"                            \
    "  scgi_temp_path t5;\n"                                                   \
    "  default_type text/plain;\n"                                             \
    "  gzip on; gzip_min_length 1; gzip_types text/plain;\n"                   \
    "  server {\n"                                                             \
    "    listen 127.0.0.1:%d;\n"                                               \
    "    listen 127.0.0.1:%d ssl;\n"                                           \
    "    ssl_certificate cert.pem;\n"                                          \
    "    ssl_certificate_key key.pem;\n"                                       \
    "    root www;\n"                                                          \
    "    location /silent/ {\n"                                                \
    "      alias www/; etag off; if_modified_since off;\n"                     \
    "      add_header Last-Modified \"\";\n"                                   \
    "    }\n"                                                                  \
    "    location = /moved { return 302 /text; }\n"                            \
    "    location = /ready { return 204; }\n"                                  \
    "  }\n"                                                                    \
    "}\n"

static int bind_any(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 ||
        bind(fd, (struct sockaddr *)(void *)&address, sizeof(address)) < 0 ||
        listen(fd, 64) < 0 ||
        getsockname(fd, (struct sockaddr *)(void *)&address, &size) < 0) {
        perror("web: cannot listen");
        exit(99);
    }
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void make_certificate(const char *folder)
{
    char *key = text_of("%s/key.pem", folder);
    char *certificate = text_of("%s/cert.pem", folder);
    RUN_RESULT made = run_program(&(struct run){
        .argv = ARGV("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                     "-subj", "/CN=localhost", "-addext",
                     "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                     key, "-out", certificate)});

    if (made.exit_code != 0) {
        fprintf(stderr, "web: openssl: %s\n", made.err);
        exit(99);
    }
    free(key);
    free(certificate);
}

/* One plain request by hand: a libcurl here could be the one under test. */
static bool ask(const struct web *web, const char *target)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((in_port_t)web->ports[0]),
    };
    struct timeval patience = {.tv_sec = 5};
    char *request = text_of(
        "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", target);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char answer[16] = "";

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    bool did = connect(fd, (struct sockaddr *)(void *)&address,
                       sizeof(address)) == 0 &&
               send(fd, request, strlen(request), MSG_NOSIGNAL) > 0 &&
               recv(fd, answer, sizeof(answer) - 1, 0) > 0;

    close(fd);
    free(request);
    return did && strncmp(answer, "HTTP/1.1", 8) == 0;
}

static void start(struct web *web, const int *sockets)
{
    char *config = text_of("%s/nginx.conf", web->folder);
    char *log = text_of("%s/nginx.out", web->folder);
    char *inherited = text_of("NGINX=%d;%d;", sockets[0], sockets[1]);
    char *text = text_of(CONFIGURATION, web->ports[0], web->ports[1]);
    const char *const env[] = {inherited, "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                               NULL};

    file_write(config, text, strlen(text));
    web->nginx =
        run_start(&(struct run){.argv = ARGV("nginx", "-p", web->folder, "-c",
                                             config, "-e", "error.log"),
                                .env = env},
                  log);
    free(config);
    free(log);
    free(inherited);
    free(text);
}

struct web *web_start(const char *folder)
{
    struct web *web = calloc(1, sizeof(*web));
    struct timespec pause = {.tv_nsec = TRY_NS};
    int sockets[2];

    if (!web) {
        exit(99);
    }
    web->folder = text_of("%s", folder);
    make_certificate(folder);
    for (int i = 0; i < 2; i++) {
        sockets[i] = bind_any(&web->ports[i]);
    }
    start(web, sockets);
    for (int i = 0; i < 2; i++) {
        close(sockets[i]);
    }
    web->http = text_of("http://localhost:%d", web->ports[0]);
    web->https = text_of("https://localhost:%d", web->ports[1]);
    web->certificate = text_of("%s/cert.pem", folder);
    for (int i = 0; i < TRIES && !ask(web, "/ready"); i++) {
        nanosleep(&pause, NULL);
    }
    if (!ask(web, "/ready")) {
        char *path = text_of("%s/nginx.out", folder);
        char *said = file_read(path, NULL);

        fprintf(stderr, "web: nginx does not answer: %s\n", said ? said : "");
        exit(99);
    }
    return web;
}

struct web *web_stop(struct web *web)
{
    if (web) {
        run_stop(&web->nginx);
        free(web->folder);
        free(web->http);
        free(web->https);
        free(web->certificate);
        free(web);
    }
    return NULL;
}

const char *web_http(const struct web *web)
{
    return web->http;
}

const char *web_https(const struct web *web)
{
    return web->https;
}

const char *web_certificate(const struct web *web)
{
    return web->certificate;
}

int web_count(const struct web *web, const char *line)
{
    /* One process serves one event after the other: when a new connection is
     * answered, what ended before it has been logged. */
    ask(web, "/ready");
    char *path = text_of("%s/access.log", web->folder);
    char *log = file_read(path, NULL);
    int count = 0;

    for (const char *at = log; at && *at;) {
        count += strncmp(at, line, strlen(line)) == 0;
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    free(log);
    free(path);
    return count;
}
