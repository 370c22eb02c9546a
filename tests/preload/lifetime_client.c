/*
 * lifetime_client.c - transfers before main() and after it
 *
 * An ordinary program, built also as a module that can be preloaded
 * (LIFETIME_MODULE): a static initialiser, exit handlers that were set before
 * and after the first transfer, a thread's last breath, a destructor, and a
 * thread that is still at work while the program ends. $URL is the origin.
 */
#include "tests/preload/ways.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef LIFETIME_MODULE
#define WHO "module"
#else
#define WHO "program"
#endif

static size_t count_bytes(char *bytes, size_t size, size_t count, void *total)
{
    (void)bytes;
    *(size_t *)total += size * count;
    return size * count;
}

static CURL *handle_new(const char *path, size_t *total)
{
    char url[512];
    CURL *curl = curl_easy_init();

    snprintf(url, sizeof(url), "%s%s", getenv("URL"), path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, count_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, total);
    return curl;
}

/* One by each way, a line for all of them. */
static void transfer(const char *what)
{
    char line[256];
    int length = snprintf(line, sizeof(line), WHO ", %s:", what);

    for (int way = WAY_EASY; way < WAY_COUNT; way++) {
        size_t total = 0;
        CURL *curl = handle_new(way % 2 ? "/small" : "/medium", &total);
        CURLcode code = ways_transfer((enum way)way, &curl, 1);

        curl_easy_cleanup(curl);
        length += snprintf(line + length, sizeof(line) - (size_t)length,
                           " %d %zu", (int)code, total);
    }
    length += snprintf(line + length, sizeof(line) - (size_t)length, "\n");
    if (write(STDOUT_FILENO, line, (size_t)length) != length) {
        _exit(9);
    }
}

__attribute__((constructor(101))) static void before_all(void)
{
    transfer("constructor, early");
}

__attribute__((constructor)) static void before(void)
{
    transfer("constructor");
}

__attribute__((destructor)) static void after(void)
{
    transfer("destructor");
}

__attribute__((destructor(101))) static void after_all(void)
{
    transfer("destructor, late");
}

#ifndef LIFETIME_MODULE
static void at_exit_first(void)
{
    transfer("exit handler, set first");
}

static void at_exit_last(void)
{
    transfer("exit handler, set last");
    curl_global_cleanup();
    transfer("after curl_global_cleanup()");
}

static pthread_key_t key;

static void last_breath(void *arg)
{
    (void)arg;
    transfer("destructor of a thread's value");
}

static void *thread_main(void *arg)
{
    pthread_setspecific(key, arg);
    return NULL;
}

/* Nobody waits for it. What it says is not to be compared. */
static void *restless(void *arg)
{
    for (;;) {
        size_t total = 0;
        CURL *curl = handle_new("/medium", &total);

        curl_easy_perform(curl);
        curl_easy_cleanup(curl);
    }
    return arg;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    atexit(at_exit_first);
    pthread_key_create(&key, last_breath);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    transfer("main");
    atexit(at_exit_last);
    pthread_create(&thread, NULL, thread_main, &key);
    pthread_join(thread, NULL);
    if (argc > 1 && strcmp(argv[1], "restless") == 0) {
        pthread_create(&thread, NULL, restless, NULL);
        usleep(20 * 1000);
        exit(0);
    }
    return 0;
}
#endif
