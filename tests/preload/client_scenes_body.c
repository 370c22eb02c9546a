/*
 * client_scenes_body.c - bodies, framing, status, redirects, the server's rule
 */
#include "tests/preload/client.h"

#include <stdlib.h>

static void play(struct client *client, const char *path)
{
    client_begin(client, path);
    client_perform(client);
    client_end(client);
}

#define PLAIN_SCENE(name, path)                                                \
    void client_scene_##name(struct client *client)                            \
    {                                                                          \
        play(client, path);                                                    \
    }                                                                          \
    struct client_swallow_semicolon

PLAIN_SCENE(small, "/small");
PLAIN_SCENE(empty, "/empty");
PLAIN_SCENE(no_content, "/nocontent");
PLAIN_SCENE(medium, "/medium");
PLAIN_SCENE(large, "/large");
PLAIN_SCENE(chunked, "/chunked");
PLAIN_SCENE(trailers, "/trailers");
PLAIN_SCENE(close_delimited, "/close");
PLAIN_SCENE(slow, "/slow");
PLAIN_SCENE(truncated, "/cut");
PLAIN_SCENE(gzip_raw, "/gzip");
PLAIN_SCENE(many_fields, "/folded");
PLAIN_SCENE(redirect_shown, "/hop1");
PLAIN_SCENE(moved_shown, "/moved");
PLAIN_SCENE(not_found, "/nothing-here");
PLAIN_SCENE(not_found_kept, "/nothing-here");
PLAIN_SCENE(server_error, "/error");
PLAIN_SCENE(max_age, "/maxage");
PLAIN_SCENE(fallback, "/bare");
PLAIN_SCENE(no_store, "/nostore");
PLAIN_SCENE(no_store_ttl, "/nostore");
PLAIN_SCENE(no_store_overruled, "/nostore");
PLAIN_SCENE(no_cache, "/nocache");
PLAIN_SCENE(expired, "/expired");

static void play_decoded(struct client *client, const char *path)
{
    client_begin(client, path);
    curl_easy_setopt(client->curl, CURLOPT_ACCEPT_ENCODING, "");
    client_perform(client);
    client_end(client);
}

void client_scene_gzip_decoded(struct client *client)
{
    play_decoded(client, "/gzip");
}

void client_scene_gzip_chunked_decoded(struct client *client)
{
    play_decoded(client, "/gzip-chunked");
}

void client_scene_gzip_both_forms(struct client *client)
{
    play_decoded(client, "/gzip");
    play(client, "/gzip");
}

/* The same is sent in both forms, so that infos of what was sent agree. */
static void play_decoded_unasked(struct client *client, const char *path)
{
    struct curl_slist *none = curl_slist_append(NULL, "Accept-Encoding:");

    client_begin(client, path);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, none);
    curl_easy_setopt(client->curl, CURLOPT_ACCEPT_ENCODING, "");
    client_perform(client);
    client_end(client);
    curl_slist_free_all(none);
}

void client_scene_plain_both_forms(struct client *client)
{
    play(client, "/small");
    play_decoded_unasked(client, "/small");
    play_decoded_unasked(client, "/chunked");
    play(client, "/chunked");
    play(client, "/large");
    play_decoded_unasked(client, "/large");
}

void client_scene_head(struct client *client)
{
    client_begin(client, "/medium");
    curl_easy_setopt(client->curl, CURLOPT_NOBODY, 1L);
    client_perform(client);
    client_end(client);
}

void client_scene_head_then_get(struct client *client)
{
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_NOBODY, 1L);
    client_perform(client);
    curl_easy_setopt(client->curl, CURLOPT_NOBODY, 0L);
    curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
    client_perform(client);
    client_end(client);
}

static void play_followed(struct client *client, const char *path, long limit)
{
    client_begin(client, path);
    curl_easy_setopt(client->curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(client->curl, CURLOPT_MAXREDIRS, limit);
    curl_easy_setopt(client->curl, CURLOPT_AUTOREFERER, 1L);
    client_perform(client);
    client_end(client);
}

void client_scene_redirect_followed(struct client *client)
{
    play_followed(client, "/hop1", 10);
}

void client_scene_redirect_limit(struct client *client)
{
    play_followed(client, "/hop1", 1);
}

void client_scene_redirect_no_store(struct client *client)
{
    play_followed(client, "/hop-private", 10);
}

void client_scene_not_found_fail(struct client *client)
{
    client_begin(client, "/nothing-here");
    curl_easy_setopt(client->curl, CURLOPT_FAILONERROR, 1L);
    client_perform(client);
    client_end(client);
}

void client_scene_not_found_fail_after(struct client *client)
{
    client_begin(client, "/nothing-here");
    client_perform(client);
    curl_easy_setopt(client->curl, CURLOPT_FAILONERROR, 1L);
    client_perform(client);
    client_end(client);
}

void client_scene_vary(struct client *client)
{
    struct curl_slist *german = curl_slist_append(NULL, "Accept-Language: de");
    struct curl_slist *french = curl_slist_append(NULL, "Accept-Language: fr");

    client_begin(client, "/vary");
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, german);
    client_perform(client);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, french);
    client_perform(client);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, german);
    client_perform(client);
    client_end(client);
    curl_slist_free_all(german);
    curl_slist_free_all(french);
}
