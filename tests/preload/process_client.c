/*
 * process_client.c - transfers, and what is said of them
 */
#include "tests/preload/process_client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const way_names[WAY_COUNT] = {"easy", "perform", "poll",
                                                 "socket"};
const char *client_url;

void client_print(const char *format, ...)
{
    char line[1024];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    /* In one write: several processes and threads talk. */
    if (write(STDOUT_FILENO, line, (size_t)length) != length) {
        _exit(9);
    }
}

static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
    struct got *got = arg;

    for (size_t i = 0; i < size * count; i++) {
        got->hash = (got->hash ^ (unsigned char)bytes[i]) * 1099511628211ULL;
    }
    got->size += size * count;
    if (got->in_callback) {
        got->in_callback(got);
    }
    return size * count;
}

CURL *client_handle(const char *path, struct got *got)
{
    char url[512];
    CURL *curl = curl_easy_init();

    snprintf(url, sizeof(url), "%s%s", client_url, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, got);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    return curl;
}

struct got client_get(enum way way, const char *path,
                      void (*in_callback)(struct got *), void *arg)
{
    struct got got = {
        .hash = 14695981039346656037ULL,
        .in_callback = in_callback,
        .arg = arg,
    };
    CURL *curl = client_handle(path, &got);

    got.code = curl ? ways_transfer(way, &curl, 1) : CURLE_OUT_OF_MEMORY;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &got.status);
    curl_easy_cleanup(curl);
    return got;
}

void client_say(const char *what, const char *path, const struct got *got)
{
    client_print("%s %s: %d, %ld, %zu bytes, %016llx\n", what, path,
                 (int)got->code, got->status, got->size, got->hash);
}

void client_do(const char *what, enum way way, const char *path)
{
    struct got got = client_get(way, path, NULL, NULL);
    char said[128];

    snprintf(said, sizeof(said), "%s, %s", what, way_names[way]);
    client_say(said, path, &got);
}

void client_do_all(const char *what)
{
    for (enum way way = WAY_EASY; way < WAY_COUNT; way++) {
        client_do(what, way, "/small");
        client_do(what, way, "/medium");
    }
}

bool client_wait(const char *what, int pid)
{
    int status = 0;
    bool ended;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!ended) {
        client_print("%s: ended with %x\n", what, (unsigned int)status);
    }
    return ended;
}

static const struct client_scene *find(const struct client_scene *scenes,
                                       const char *name)
{
    for (; scenes->name; scenes++) {
        if (strcmp(scenes->name, name) == 0) {
            return scenes;
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const struct client_scene *scene;

    if (argc != 3) {
        return 2;
    }
    client_url = argv[1];
    scene = find(client_scenes_process, argv[2]);
    scene = scene ? scene : find(client_scenes_confined, argv[2]);
    if (!scene) {
        client_print("process_client: no scene %s\n", argv[2]);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    scene->run();
    return 0;
}
