/*
 * client_scenes_delivery.c - where bytes go, and programs that interfere
 */
#include "tests/preload/client.h"

#include <stdio.h>
#include <stdlib.h>

void client_scene_header_in_body(struct client *client)
{
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, NULL);
    curl_easy_setopt(client->curl, CURLOPT_HEADERDATA, NULL);
    curl_easy_setopt(client->curl, CURLOPT_HEADER, 1L);
    client_perform(client);
    client_end(client);
}

void client_scene_header_in_both(struct client *client)
{
    client_begin(client, "/chunked");
    curl_easy_setopt(client->curl, CURLOPT_HEADER, 1L);
    client_perform(client);
    client_end(client);
}

void client_scene_header_in_body_hops(struct client *client)
{
    client_begin(client, "/hop1");
    curl_easy_setopt(client->curl, CURLOPT_HEADER, 1L);
    curl_easy_setopt(client->curl, CURLOPT_FOLLOWLOCATION, 1L);
    client_perform(client);
    client_end(client);
}

/* Without a header function HEADERDATA goes to the write function. */
void client_scene_headerdata_alone(struct client *client)
{
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, NULL);
    client_perform(client);
    client_end(client);
}

static void play_files(struct client *client, bool header)
{
    char *body = client_path(client, "body");
    char *head = client_path(client, "head");
    FILE *to = fopen(body, "we");
    FILE *head_to = fopen(head, "we");

    client_begin(client, "/medium");
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, NULL);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, to);
    if (header) {
        curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, NULL);
        curl_easy_setopt(client->curl, CURLOPT_HEADERDATA, head_to);
    }
    client_perform(client);
    client_end(client);
    fclose(to);
    fclose(head_to);
    client_show_file("body", body);
    client_show_file("head", head);
    free(body);
    free(head);
}

void client_scene_headerdata_file(struct client *client)
{
    play_files(client, true);
}

void client_scene_write_file(struct client *client)
{
    play_files(client, false);
}

void client_scene_write_stdout(struct client *client)
{
    client->curl = curl_easy_init();
    client_url(client, "/small");
    client_perform(client);
    client_end(client);
}

void client_scene_buffersize(struct client *client)
{
    client_begin(client, "/medium");
    curl_easy_setopt(client->curl, CURLOPT_BUFFERSIZE, 1024L);
    client_perform(client);
    printf("pieces at most 1024: %s\n", client->largest <= 1024 ? "yes" : "no");
    client_end(client);
}

void client_scene_terminated(struct client *client)
{
    client_begin(client, "/medium");
    client_perform(client);
    printf("not terminated: %zu, pieces at most 16384: %s\n",
           client->unterminated, client->largest <= 16384 ? "yes" : "no");
    client_end(client);
}

static void play_with(struct client *client, const char *path,
                      struct client_plan plan)
{
    client_begin(client, path);
    client->plan = plan;
    client_perform(client);
    client_end(client);
}

/* Once undisturbed, then again with a program that interferes. */
static void play_after(struct client *client, const char *path,
                       struct client_plan plan)
{
    client_begin(client, path);
    client_perform(client);
    client->plan = plan;
    client_perform(client);
    client_end(client);
}

#define WITH_SCENE(name, path, ...)                                            \
    void client_scene_##name(struct client *client)                            \
    {                                                                          \
        play_with(client, path, (struct client_plan){__VA_ARGS__});            \
    }                                                                          \
    struct client_swallow_semicolon
#define AFTER_SCENE(name, path, ...)                                           \
    void client_scene_##name(struct client *client)                            \
    {                                                                          \
        play_after(client, path, (struct client_plan){__VA_ARGS__});           \
    }                                                                          \
    struct client_swallow_semicolon

WITH_SCENE(edited, "/medium", .edits = true);
WITH_SCENE(ask_in_callbacks, "/small", .asks_headers = true);
WITH_SCENE(paused, "/small", .pauses = 1);
/* Where its pieces lie before and after the pause is a matter of timing. */
WITH_SCENE(paused_large, "/medium", .pauses = 1, .quiet = true);
WITH_SCENE(abort_header, "/small", .abort_header = 2);
WITH_SCENE(abort_write, "/small", .abort_write = true);
WITH_SCENE(abort_progress, "/small", .abort_progress = true);
WITH_SCENE(short_write, "/small", .short_write = true);
WITH_SCENE(error_write, "/small", .error_write = true);
WITH_SCENE(set_in_callback, "/medium", .switches = true);
WITH_SCENE(nested, "/small", .nested = "/other");

AFTER_SCENE(abort_header_after, "/small", .abort_header = 2);
AFTER_SCENE(abort_write_after, "/small", .abort_write = true);
AFTER_SCENE(abort_progress_after, "/small", .abort_progress = true);
AFTER_SCENE(abort_at_once_after, "/small", .abort_at_once = true);
AFTER_SCENE(short_write_after, "/small", .short_write = true);
AFTER_SCENE(error_write_after, "/small", .error_write = true);

/* How many bytes came before the abort is a matter of timing, so only the
 * result is written down. */
void client_scene_abort_large(struct client *client)
{
    client_begin(client, "/large");
    client->plan = (struct client_plan){.abort_progress = true, .quiet = true};
    client_forget(client);
    CURLcode code = client_run(client, client->curl);

    printf("result %d %s\n", (int)code, client->error);
    client_end(client);
}

void client_scene_maxfilesize(struct client *client)
{
    client_begin(client, "/medium");
    curl_easy_setopt(client->curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)1000);
    client_perform(client);
    client_end(client);
}

static void play_maxfilesize_after(struct client *client, const char *path)
{
    client_begin(client, path);
    client_perform(client);
    curl_easy_setopt(client->curl, CURLOPT_MAXFILESIZE, 1000L);
    client_perform(client);
    client_end(client);
}

void client_scene_maxfilesize_after(struct client *client)
{
    play_maxfilesize_after(client, "/medium");
}

void client_scene_maxfilesize_chunked(struct client *client)
{
    play_maxfilesize_after(client, "/chunked");
}

/* As a program that only wants to know: no callback but the body's. */
void client_scene_no_callbacks_info(struct client *client)
{
    client->curl = curl_easy_init();
    client_url(client, "/small");
    client_set_write(client);
    client_perform(client);
    client_end(client);
}

void client_scene_progress_new(struct client *client)
{
    play_with(client, "/medium", (struct client_plan){0});
}

void client_scene_progress_old(struct client *client)
{
    client_begin(client, "/medium");
    curl_easy_setopt(client->curl, CURLOPT_XFERINFOFUNCTION, NULL);
    client_set_old_progress(client);
    client_perform(client);
    client_end(client);
}
