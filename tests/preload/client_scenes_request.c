/*
 * client_scenes_request.c - what is asked: fields, logins, cookies, methods
 */
#include "tests/preload/client.h"

#include <stdio.h>
#include <stdlib.h>

void client_scene_cookies(struct client *client)
{
    client_begin(client, "/cookies");
    curl_easy_setopt(client->curl, CURLOPT_COOKIEFILE, "");
    client_perform(client);
    client_url(client, "/echo");
    client_perform(client);
    curl_easy_setopt(client->curl, CURLOPT_COOKIELIST, "ALL");
    client_perform(client);
    client_end(client);
}

void client_scene_cookie_jar(struct client *client)
{
    static const char line[] =
        "127.0.0.1\tFALSE\t/\tFALSE\t2145916800\tfrom\tjar\n";
    char *jar = client_path(client, "jar");
    char *kept = client_path(client, "kept");
    FILE *file = fopen(jar, "we");

    fputs("# Netscape HTTP Cookie File\n", file);
    fputs(line, file);
    fclose(file);
    client_begin(client, "/echo");
    curl_easy_setopt(client->curl, CURLOPT_COOKIEFILE, jar);
    curl_easy_setopt(client->curl, CURLOPT_COOKIEJAR, kept);
    client_perform(client);
    client_end(client);
    client_show_file("jar", kept);
    client_begin(client, "/echo");
    client_perform(client);
    client_end(client);
    free(jar);
    free(kept);
}

static void play_auth(struct client *client, const char *login, long kinds)
{
    client_begin(client, "/auth");
    curl_easy_setopt(client->curl, CURLOPT_USERPWD, login);
    curl_easy_setopt(client->curl, CURLOPT_HTTPAUTH, kinds);
    client_perform(client);
    client_end(client);
}

void client_scene_basic_auth(struct client *client)
{
    play_auth(client, "user:s3cret-p4ss", (long)CURLAUTH_BASIC);
}

void client_scene_basic_auth_wrong(struct client *client)
{
    play_auth(client, "user:wrong", (long)CURLAUTH_BASIC);
}

void client_scene_any_auth(struct client *client)
{
    play_auth(client, "user:s3cret-p4ss",
              (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
}

void client_scene_custom_fields(struct client *client)
{
    struct curl_slist *fields = NULL;

    fields = curl_slist_append(fields, "X-Api-Key: k-12345");
    fields = curl_slist_append(fields, "Accept:");
    fields = curl_slist_append(fields, "X-Empty;");
    client_begin(client, "/echo?q=1&r=a%20b#fragment");
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(client->curl, CURLOPT_USERAGENT, "client/1");
    curl_easy_setopt(client->curl, CURLOPT_REFERER, "http://before.test/");
    curl_easy_setopt(client->curl, CURLOPT_PRIVATE, "mine");
    client_perform(client);
    client_end(client);
    curl_slist_free_all(fields);
}

void client_scene_filetime(struct client *client)
{
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_FILETIME, 1L);
    client_perform(client);
    client_end(client);
}

void client_scene_range(struct client *client)
{
    client_begin(client, "/medium");
    curl_easy_setopt(client->curl, CURLOPT_RANGE, "0-99");
    client_perform(client);
    client_end(client);
}

void client_scene_post(struct client *client)
{
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, "a=1");
    client_perform(client);
    client_end(client);
}

void client_scene_post_between(struct client *client)
{
    client_begin(client, "/small");
    client_perform(client);
    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, "a=1");
    client_perform(client);
    curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
    client_perform(client);
    client_end(client);
}

void client_scene_custom_get(struct client *client)
{
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, "GET");
    client_perform(client);
    client_end(client);
}

/* Port 1 of the loopback: nothing listens there. */
void client_scene_refused_connection(struct client *client)
{
    client->base = "http://127.0.0.1:1";
    client_begin(client, "/small");
    client_perform(client);
    client_end(client);
}

void client_scene_bad_scheme(struct client *client)
{
    client->base = "nonsense://127.0.0.1";
    client_begin(client, "/small");
    client_perform(client);
    client_end(client);
}

void client_scene_no_url(struct client *client)
{
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_URL, NULL);
    client_perform(client);
    client_end(client);
}
