/*
 * client_scenes_range.c - parts of a file, by every option that asks for one
 */
#include "tests/preload/client.h"

enum { RANGED_SIZE = 300000 };

/* The whole first, so that a part can come out of it. */
static void begin_with_whole(struct client *client)
{
    client_begin(client, "/ranged");
    client_perform(client);
}

static void ask(struct client *client, const char *range)
{
    curl_easy_setopt(client->curl, CURLOPT_RANGE, range);
    client_perform(client);
}

void client_scene_range_stored(struct client *client)
{
    client_begin(client, "/ranged");
    ask(client, "100-70000");
    client_end(client);
}

void client_scene_range_of_whole(struct client *client)
{
    struct curl_slist *line = curl_slist_append(NULL, "Range: bytes=-1000");

    begin_with_whole(client);
    ask(client, "100-299000");
    curl_easy_setopt(client->curl, CURLOPT_RANGE, NULL);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, line);
    client_perform(client);
    client_end(client);
    curl_slist_free_all(line);
}

void client_scene_range_of_parts(struct client *client)
{
    client_begin(client, "/ranged");
    ask(client, "0-99999");
    ask(client, "200000-");
    ask(client, "100000-199999");
    ask(client, "50000-250000");
    client_end(client);
}

void client_scene_range_past_end(struct client *client)
{
    begin_with_whole(client);
    ask(client, "300000-");
    client_end(client);
}

void client_scene_range_past_end_fail(struct client *client)
{
    begin_with_whole(client);
    curl_easy_setopt(client->curl, CURLOPT_FAILONERROR, 1L);
    ask(client, "300000-");
    client_end(client);
}

void client_scene_range_followed(struct client *client)
{
    client_begin(client, "/to-ranged");
    curl_easy_setopt(client->curl, CURLOPT_FOLLOWLOCATION, 1L);
    ask(client, "100-199");
    ask(client, "150-160");
    client_end(client);
}

void client_scene_range_paused(struct client *client)
{
    begin_with_whole(client);
    client->plan.pauses = 1;
    client->plan.quiet = true;
    ask(client, "1000-290000");
    client_end(client);
}

void client_scene_range_maxfilesize(struct client *client)
{
    begin_with_whole(client);
    curl_easy_setopt(client->curl, CURLOPT_MAXFILESIZE, 1000L);
    ask(client, "0-999");
    ask(client, "0-1000");
    client_end(client);
}

void client_scene_range_header_in_body(struct client *client)
{
    begin_with_whole(client);
    curl_easy_setopt(client->curl, CURLOPT_HEADER, 1L);
    ask(client, "5-50");
    client_end(client);
}

void client_scene_resume(struct client *client)
{
    begin_with_whole(client);
    curl_easy_setopt(client->curl, CURLOPT_RESUME_FROM_LARGE,
                     (curl_off_t)250000);
    client_perform(client);
    client_end(client);
}

void client_scene_resume_at_end(struct client *client)
{
    begin_with_whole(client);
    curl_easy_setopt(client->curl, CURLOPT_RESUME_FROM, (long)RANGED_SIZE);
    client_perform(client);
    client_end(client);
}

/* A server without ranges, whose error has a body. */
void client_scene_resume_refused(struct client *client)
{
    client_begin(client, "/nothing-here");
    curl_easy_setopt(client->curl, CURLOPT_RESUME_FROM, 5L);
    client_perform(client);
    client_end(client);
}
