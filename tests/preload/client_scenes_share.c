/*
 * client_scenes_share.c - shares with cookies and without, joined and left
 */
#include "tests/preload/client.h"

#include <stdio.h>

static CURLSH *new_share(curl_lock_data data)
{
    CURLSH *share = curl_share_init();

    printf("share holds %d\n",
           (int)curl_share_setopt(share, CURLSHOPT_SHARE, data));
    return share;
}

static void join(struct client *client, CURLSH *share)
{
    printf("join %d\n",
           (int)curl_easy_setopt(client->curl, CURLOPT_SHARE, share));
}

static void ask(struct client *client, const char *path)
{
    client_url(client, path);
    client_perform(client);
}

void client_scene_share(struct client *client)
{
    CURLSH *share = new_share(CURL_LOCK_DATA_COOKIE);
    struct client second = *client;

    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    client_begin(client, "/small");
    join(client, share);
    client_perform(client);
    client_perform(client);
    client_begin(&second, "/other");
    join(&second, share);
    client_perform(&second);
    client_end(&second);
    client_end(client);
    printf("share %d\n", (int)curl_share_cleanup(share));
}

/* Nobody has an engine: what is set is lost. */
static void play_without_cookies(struct client *client, CURLSH *share)
{
    client_begin(client, "/cookies");
    join(client, share);
    client_perform(client);
    ask(client, "/echo");
    ask(client, "/cookies");
    client_end(client);
    printf("share %d\n", (int)curl_share_cleanup(share));
}

void client_scene_share_of_names(struct client *client)
{
    play_without_cookies(client, new_share(CURL_LOCK_DATA_DNS));
}

void client_scene_share_of_nothing(struct client *client)
{
    play_without_cookies(client, curl_share_init());
}

void client_scene_share_emptied(struct client *client)
{
    CURLSH *share = new_share(CURL_LOCK_DATA_COOKIE);

    curl_share_setopt(share, CURLSHOPT_UNSHARE, CURL_LOCK_DATA_COOKIE);
    play_without_cookies(client, share);
}

/* While a handle is in it a share can be neither changed nor freed. */
void client_scene_share_in_use(struct client *client)
{
    CURLSH *share = new_share(CURL_LOCK_DATA_COOKIE);
    struct client second = *client;

    client_begin(client, "/cookies");
    join(client, share);
    printf("refused %d %d\n", (int)curl_share_cleanup(share),
           (int)curl_share_setopt(share, CURLSHOPT_UNSHARE,
                                  CURL_LOCK_DATA_COOKIE));
    client_perform(client);
    client_begin(&second, "/echo");
    join(&second, share);
    client_perform(&second);
    client_end(&second);
    client_end(client);
    printf("share %d\n", (int)curl_share_cleanup(share));
}

/* Among those who share it, one listens to Set-Cookie: who has an engine. */
void client_scene_share_with_engine(struct client *client)
{
    CURLSH *share = new_share(CURL_LOCK_DATA_COOKIE);
    struct client second = *client;

    client_begin(client, "/cookies");
    join(client, share);
    curl_easy_setopt(client->curl, CURLOPT_COOKIEFILE, "");
    client_perform(client);
    ask(client, "/echo");
    client_begin(&second, "/echo");
    join(&second, share);
    client_perform(&second);
    client_end(&second);
    join(client, NULL);
    ask(client, "/cookies");
    client_end(client);
    printf("share %d\n", (int)curl_share_cleanup(share));
}

/* The copy of a handle with a jar. */
void client_scene_duplicate_with_jar(struct client *client)
{
    struct client copy = *client;

    client_begin(client, "/cookies");
    curl_easy_setopt(client->curl, CURLOPT_COOKIEJAR, NULL);
    client_perform(client);
    client_forget(client);
    copy.curl = curl_easy_duphandle(client->curl);
    client_set_header(&copy);
    ask(&copy, "/echo");
    ask(&copy, "/cookies");
    ask(&copy, "/echo");
    curl_easy_cleanup(copy.curl);
    client_end(client);
}

/* The engine was the share's. */
void client_scene_share_left(struct client *client)
{
    CURLSH *share = new_share(CURL_LOCK_DATA_COOKIE);

    client_begin(client, "/cookies");
    join(client, share);
    client_perform(client);
    join(client, NULL);
    ask(client, "/echo");
    ask(client, "/cookies");
    client_end(client);
    printf("share %d\n", (int)curl_share_cleanup(share));
}

/* The handle's own engine gives way to the share's, and is there again after
 * it: a cookie file was named. */
void client_scene_share_and_own(struct client *client)
{
    CURLSH *share = new_share(CURL_LOCK_DATA_COOKIE);

    client_begin(client, "/cookies");
    curl_easy_setopt(client->curl, CURLOPT_COOKIEFILE, "");
    client_perform(client);
    join(client, share);
    ask(client, "/echo");
    curl_easy_setopt(client->curl, CURLOPT_COOKIELIST,
                     "Set-Cookie: own=1; domain=127.0.0.1");
    ask(client, "/echo");
    join(client, NULL);
    ask(client, "/echo");
    ask(client, "/cookies");
    curl_easy_setopt(client->curl, CURLOPT_COOKIEFILE, NULL);
    join(client, share);
    ask(client, "/echo");
    client_end(client);
    printf("share %d\n", (int)curl_share_cleanup(share));
}
