/*
 * client_scenes_handle.c - handles reused and copied; forks and threads
 */
#include "tests/preload/client.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 8, HOST_FILES = 16 };

void client_scene_reset_reuse(struct client *client)
{
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_HEADER, 1L);
    client_perform(client);
    curl_easy_reset(client->curl);
    client_show_infos(client);
    client_url(client, "/other");
    client_set_write(client);
    client_perform(client);
    client_url(client, "/small");
    client_perform(client);
    client_end(client);
}

void client_scene_duplicate(struct client *client)
{
    struct client copy = *client;

    client_begin(client, "/small");
    client_perform(client);
    copy.curl = curl_easy_duphandle(client->curl);
    /* The copy's callbacks still speak to the first client. */
    client_forget(client);
    printf("copy %d\n", (int)client_run(&copy, copy.curl));
    client_show_result(client, CURLE_OK);
    client_show_infos(&copy);
    client_end(client);
    client_set_write(&copy);
    client_set_header(&copy);
    client_set_progress(&copy);
    curl_easy_setopt(copy.curl, CURLOPT_ERRORBUFFER, copy.error);
    client_perform(&copy);
    client_end(&copy);
}

void client_scene_duplicate_in_callback(struct client *client)
{
    client_begin(client, "/small");
    client->plan.duplicates = true;
    client_perform(client);
    curl_easy_cleanup(client->curl);
    client->curl = client->duplicate;
    client_perform(client);
    client_end(client);
}

void client_scene_infos_before(struct client *client)
{
    client_begin(client, "/small");
    client_show_infos(client);
    client_show_fields(client);
    client_perform(client);
    client_end(client);
}

/* What a hit left behind must not be told of the next transfer. */
void client_scene_infos_hit_then_miss(struct client *client)
{
    client_begin(client, "/small");
    client_perform(client);
    client_url(client, "/nothing-here");
    client_perform(client);
    client_end(client);
}

void client_scene_debug(struct client *client)
{
    client_begin(client, "/small");
    client_set_debug(client);
    client_perform(client);
    client_end(client);
}

void client_scene_debug_hops(struct client *client)
{
    client_begin(client, "/hop1");
    client_set_debug(client);
    curl_easy_setopt(client->curl, CURLOPT_FOLLOWLOCATION, 1L);
    client_perform(client);
    client_end(client);
}

void client_scene_verbose(struct client *client)
{
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_VERBOSE, 1L);
    client_perform(client);
    client_end(client);
}

void client_scene_without_error_buffer(struct client *client)
{
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, NULL);
    client->plan.abort_write = true;
    client_perform(client);
    client_end(client);
}

static void play_quietly(struct client *client, const char *who)
{
    client_begin(client, "/medium");
    client_forget(client);
    CURLcode code = client_run(client, client->curl);

    printf("%s result %d\n", who, (int)code);
    client_end(client);
}

/* Each side goes on after a fork, with the cache open in the parent. */
void client_scene_forked(struct client *client)
{
    int status = 0;

    play_quietly(client, "first");
    fflush(stdout);
    pid_t pid = fork();

    if (pid == 0) {
        play_quietly(client, "child");
        fflush(stdout);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    printf("child ended with %d\n", status);
    play_quietly(client, "parent");
}

/* As daemons do: every descriptor closed, the numbers used for own files. A
 * cache that kept one would write into them. */
void client_scene_closed_descriptors(struct client *client)
{
    int files[HOST_FILES];

    play_quietly(client, "first");
    for (int fd = 3; fd < 1024; fd++) {
        close(fd);
    }
    for (int i = 0; i < HOST_FILES; i++) {
        char name[32];

        snprintf(name, sizeof(name), "host-%d", i);
        char *path = client_path(client, name);

        files[i] = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        (void)!write(files[i], "the program's own\n", 18);
        free(path);
    }
    play_quietly(client, "second");
    for (int i = 0; i < HOST_FILES; i++) {
        char text[64] = "";

        printf("own file %zd ", pread(files[i], text, sizeof(text) - 1, 0));
        printf("%s", text);
        printf("closed %d\n", close(files[i]));
    }
}

struct worker {
    const struct client *client;
    pthread_t thread;
    uint64_t hash;
    int failed;
};

static size_t add_bytes(char *data, size_t size, size_t count, void *user)
{
    struct worker *worker = user;

    worker->hash = client_hash(worker->hash, data, size * count);
    return size * count;
}

static void *work(void *arg)
{
    static const char *const paths[] = {"/small", "/medium", "/chunked",
                                        "/other"};
    struct worker *worker = arg;
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, add_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, worker);
    for (int i = 0; i < ROUNDS; i++) {
        char url[256];

        snprintf(url, sizeof(url), "%s%s", worker->client->base, paths[i % 4]);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        worker->failed += client_run(NULL, curl) != CURLE_OK;
    }
    curl_easy_cleanup(curl);
    return NULL;
}

void client_scene_threads(struct client *client)
{
    struct worker workers[THREADS];

    for (int i = 0; i < THREADS; i++) {
        workers[i] =
            (struct worker){.client = client, .hash = CLIENT_HASH_START};
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        printf("thread failed=%d hash=%016llx\n", workers[i].failed,
               (unsigned long long)workers[i].hash);
    }
}
