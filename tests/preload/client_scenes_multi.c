/*
 * client_scenes_multi.c - what only programs with a multi handle do
 */
#include "tests/preload/client_multi.h"

#ifdef LCC_SANITIZED_ADDRESS
#include <sanitizer/lsan_interface.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 12 };

/* --- many at once --------------------------------------------------------- */

struct one {
    CURL *curl;
    char mark[16];
    uint64_t hash;
    size_t bytes;
    int messages;
    int result;
};

static size_t take(char *data, size_t size, size_t count, void *user)
{
    struct one *one = user;

    one->hash = client_hash(one->hash, data, size * count);
    one->bytes += size * count;
    return size * count;
}

static void read_one(CURLM *multi)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left))) {
        struct one *one = NULL;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &one);
        one->messages++;
        one->result = (int)message->data.result;
    }
}

static void add_one(CURLM *multi, struct client *client, struct one *one,
                    int number)
{
    static const char *const paths[] = {"/small", "/medium", "/large",
                                        "/chunked"};
    char url[256];

    *one = (struct one){.curl = curl_easy_init(), .hash = CLIENT_HASH_START};
    snprintf(url, sizeof(url), "%s%s?%d", client->base, paths[number % 4],
             number);
    curl_easy_setopt(one->curl, CURLOPT_URL, url);
    curl_easy_setopt(one->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(one->curl, CURLOPT_WRITEDATA, one);
    curl_easy_setopt(one->curl, CURLOPT_PRIVATE, one);
    curl_multi_add_handle(multi, one->curl);
}

/* The running count falls with the messages: what is not read is not lost. */
void client_scene_multi_many(struct client *client)
{
    CURLM *multi = curl_multi_init();
    struct one all[MANY];
    int running = MANY;

    for (int i = 0; i < MANY; i++) {
        add_one(multi, client, &all[i], i);
    }
    for (int i = 0; running && i < MULTI_ROUNDS; i++) {
        curl_multi_perform(multi, &running);
        read_one(multi);
        if (running) {
            curl_multi_poll(multi, NULL, 0, MULTI_WAIT_MS, NULL);
        }
    }
    for (int i = 0; i < MANY; i++) {
        long code = 0;

        curl_easy_getinfo(all[i].curl, CURLINFO_RESPONSE_CODE, &code);
        printf("%d: %zu bytes hash=%016llx messages %d result %d code %ld\n", i,
               all[i].bytes, (unsigned long long)all[i].hash, all[i].messages,
               all[i].result, code);
        curl_multi_remove_handle(multi, all[i].curl);
        curl_easy_cleanup(all[i].curl);
    }
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}

/* --- wrong use ----------------------------------------------------------- */

void client_scene_multi_codes(struct client *client)
{
    CURLM *multi = curl_multi_init();
    CURLM *other = curl_multi_init();
    long ms = 0;
    int running = -5;

    client_begin(client, "/small");
    multi_say("remove what was not added",
              (int)curl_multi_remove_handle(multi, client->curl));
    multi_say("timeout", (int)curl_multi_timeout(multi, &ms));
    printf("nothing to wait for: %ld\n", ms);
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    multi_say("timeout", (int)curl_multi_timeout(multi, &ms));
    printf("at once: %ld\n", ms);
    multi_say("add again", (int)curl_multi_add_handle(multi, client->curl));
    multi_say("add to another",
              (int)curl_multi_add_handle(other, client->curl));
    multi_say("remove from another",
              (int)curl_multi_remove_handle(other, client->curl));
    multi_say("wait for a negative time",
              (int)curl_multi_wait(multi, NULL, 0, -1, NULL));
    multi_say("add none", (int)curl_multi_add_handle(multi, NULL));
    multi_say("remove none", (int)curl_multi_remove_handle(multi, NULL));
    multi_say("another", (int)curl_multi_perform(other, &running));
    multi_say("running there", running);
    multi_say("no option",
              (int)curl_multi_setopt(multi, (CURLMoption)9999, 1L));
    multi_say("assign", (int)curl_multi_assign(multi, 1, NULL));
    multi_drive(multi, NULL);
    multi_say("add when done", (int)curl_multi_add_handle(multi, client->curl));
    multi_say("add to another when done",
              (int)curl_multi_add_handle(other, client->curl));
    multi_read_all(multi);
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    multi_say("remove again",
              (int)curl_multi_remove_handle(multi, client->curl));
    multi_read_all(multi);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
    multi_say("cleanup", (int)curl_multi_cleanup(other));
    client_end(client);
}

/* --- calls from inside callbacks ------------------------------------------ */

static CURLM *inside_multi;
static CURL *inside_other;
static bool inside_done;

static size_t call_all(char *data, size_t size, size_t count, void *user)
{
    int number = -5;
    long ms = -5;
    int left = -5;
    CURL *self = user;
    fd_set set;

    (void)data;
    if (inside_done) {
        return size * count;
    }
    inside_done = true;
    FD_ZERO(&set);
    multi_say("perform", (int)curl_multi_perform(inside_multi, &number));
    multi_say("socket_action",
              (int)curl_multi_socket_action(inside_multi, CURL_SOCKET_TIMEOUT,
                                            0, &number));
    multi_say("running untouched", number);
    multi_say("wait", (int)curl_multi_wait(inside_multi, NULL, 0, 0, &number));
    multi_say("poll", (int)curl_multi_poll(inside_multi, NULL, 0, 0, &number));
    multi_say("timeout", (int)curl_multi_timeout(inside_multi, &ms));
    multi_say("fdset",
              (int)curl_multi_fdset(inside_multi, &set, &set, &set, &number));
    multi_say("setopt",
              (int)curl_multi_setopt(inside_multi, CURLMOPT_MAXCONNECTS, 3L));
    multi_say("info_read", curl_multi_info_read(inside_multi, &left) != NULL);
    multi_say("left", left);
    multi_say("add itself", (int)curl_multi_add_handle(inside_multi, self));
    multi_say("add another",
              (int)curl_multi_add_handle(inside_multi, inside_other));
    multi_say("remove itself",
              (int)curl_multi_remove_handle(inside_multi, self));
    multi_say("remove another",
              (int)curl_multi_remove_handle(inside_multi, inside_other));
    multi_say("perform itself", (int)curl_easy_perform(self));
    multi_say("wakeup", (int)curl_multi_wakeup(inside_multi));
    multi_say("cleanup", (int)curl_multi_cleanup(inside_multi));
    return size * count;
}

void client_scene_multi_recursive(struct client *client)
{
    CURLM *multi = curl_multi_init();

    inside_multi = multi;
    inside_done = false;
    inside_other = curl_easy_init();
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, call_all);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client->curl);
    multi_fetch(multi, client);
    curl_easy_cleanup(inside_other);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
    client_end(client);
}

/* From a callback of one multi handle's member another one is driven. */
static size_t fetch_inside(char *data, size_t size, size_t count, void *user)
{
    struct client *outer = user;

    (void)data;
    if (!inside_done) {
        struct client inner = {.base = outer->base, .folder = outer->folder};
        CURLM *multi = curl_multi_init();

        inside_done = true;
        client_begin(&inner, "/medium");
        inner.plan.quiet = true;
        multi_fetch(multi, &inner);
        client_end(&inner);
        multi_say("cleanup", (int)curl_multi_cleanup(multi));
    }
    return size * count;
}

void client_scene_multi_add_inside(struct client *client)
{
    CURLM *multi = curl_multi_init();

    inside_done = false;
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, fetch_inside);
    multi_fetch(multi, client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
    client_end(client);
}

/* --- taken away early ---------------------------------------------------- */

void client_scene_multi_undriven(struct client *client)
{
    CURLM *multi = curl_multi_init();
    int running = -1;

    client_begin(client, "/small");
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    multi_say("perform", (int)curl_multi_perform(multi, &running));
    multi_say("running", running);
    multi_read_all(multi);
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    client_end(client);
    multi_say("perform", (int)curl_multi_perform(multi, &running));
    multi_say("running", running);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}

/* A paused transfer is half told. */
static void take_half(struct client *client, CURLM *multi)
{
    int running = -1;

    client_forget(client);
    curl_easy_setopt(client->curl, CURLOPT_NOPROGRESS, 1L);
    client->plan = (struct client_plan){.pauses = 1, .quiet = true};
    client->paused = false;
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    multi_drive(multi, &client->paused);
    multi_say("perform", (int)curl_multi_perform(multi, &running));
    multi_say("running", running);
    multi_read_all(multi);
}

static void leave_half(struct client *client, CURLM *multi)
{
    int running = -1;

    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    multi_say("perform", (int)curl_multi_perform(multi, &running));
    multi_say("running", running);
    multi_read_all(multi);
    multi_say("pause", (int)curl_easy_pause(client->curl, CURLPAUSE_CONT));
}

void client_scene_multi_half(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/large");
    take_half(client, multi);
    leave_half(client, multi);
    client_end(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}

/* The same where it is stored, and then once more to its end. */
void client_scene_multi_half_after(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/medium");
    client->plan.quiet = true;
    client_perform(client);
    take_half(client, multi);
    leave_half(client, multi);
    client_end(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}

void client_scene_multi_unread(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/small");
    client_forget(client);
    curl_easy_setopt(client->curl, CURLOPT_PRIVATE, "first");
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    multi_drive(multi, NULL);
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    multi_read_all(multi);
    client_show_result(client, CURLE_OK);
    client_show_infos(client);
    client_show_fields(client);
    client_end(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}

/* The multi handle goes first, with one half told, one done, one undriven. */
void client_scene_multi_cleanup_first(struct client *client)
{
    CURLM *multi = curl_multi_init();
    struct client half = {.base = client->base, .folder = client->folder};
    struct client late = {.base = client->base, .folder = client->folder};

    client_begin(client, "/medium");
    client->plan.quiet = true;
    multi_fetch(multi, client);
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    multi_drive(multi, NULL);
    client_begin(&half, "/medium");
    take_half(&half, multi);
    client_begin(&late, "/small");
    multi_say("add", (int)curl_multi_add_handle(multi, late.curl));
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
    client_end(&late);
    client_end(&half);
    client_end(client);
}

/* libcurl 7.88 never frees what it holds for a paused handle that is cleaned
 * up while it is in a multi handle: that leak is not to be reported. */
static void take_half_for_good(struct client *client, CURLM *multi)
{
#ifdef LCC_SANITIZED_ADDRESS
    __lsan_disable();
#endif
    take_half(client, multi);
#ifdef LCC_SANITIZED_ADDRESS
    __lsan_enable();
#endif
}

void client_scene_multi_easy_cleanup(struct client *client)
{
    CURLM *multi = curl_multi_init();
    int running = -1;

    client_begin(client, "/medium");
    client->plan.quiet = true;
    client_perform(client);
    take_half_for_good(client, multi);
    client_end(client);
    multi_say("perform", (int)curl_multi_perform(multi, &running));
    multi_say("running", running);
    multi_read_all(multi);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}

/* --- handles used again -------------------------------------------------- */

void client_scene_multi_reused(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/small");
    multi_fetch(multi, client);
    multi_fetch(multi, client);
    client_url(client, "/medium");
    client->plan.quiet = true;
    multi_fetch(multi, client);
    client_perform(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
    client_end(client);
}

/* curl_easy_perform() on a handle that is in a multi handle. */
void client_scene_multi_performed(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/small");
    client_forget(client);
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    printf("text \"%s\"\n", client->error);
    multi_say("easy perform", (int)curl_easy_perform(client->curl));
    printf("text \"%s\"\n", client->error);
    multi_drive(multi, NULL);
    multi_say("easy perform", (int)curl_easy_perform(client->curl));
    printf("text \"%s\"\n", client->error);
    multi_read_all(multi);
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}

/* Options are read when the transfer begins, not when it is added. */
void client_scene_multi_set_late(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/nothing-here");
    client_forget(client);
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    client_url(client, "/small");
    multi_drive(multi, NULL);
    multi_read_all(multi);
    client_show_infos(client);
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}

void client_scene_multi_other_scheme(struct client *client)
{
    CURLM *multi = curl_multi_init();
    char *path = client_path(client, "a-file");
    char url[2048];
    FILE *file = fopen(path, "wx"); /* its time is told */

    if (file) {
        fputs("of a file\n", file);
        fclose(file);
    }
    client_begin(client, "/small");
    snprintf(url, sizeof(url), "file://%s", path);
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    multi_fetch(multi, client);
    client_end(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
    free(path);
}

/* Reset while it is half told: the transfer goes on, to the default's file. */
void client_scene_multi_reset_midway(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/small");
    client_perform(client);
    take_half(client, multi);
    curl_easy_reset(client->curl);
    multi_say("resumed", (int)curl_easy_pause(client->curl, CURLPAUSE_CONT));
    fflush(stdout);
    multi_drive(multi, NULL);
    multi_read_all(multi);
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}

/* Paused in a callback, resumed from outside. */
void client_scene_multi_pause_outside(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/medium");
    client->plan.quiet = true;
    client_perform(client);
    take_half(client, multi);
    multi_say("resumed", (int)curl_easy_pause(client->curl, CURLPAUSE_CONT));
    multi_drive(multi, NULL);
    multi_read_all(multi);
    client_show_result(client, CURLE_OK);
    multi_say("pause", (int)curl_easy_pause(client->curl, CURLPAUSE_RECV));
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}

/* Two members of one answer: the second waits for nobody. */
void client_scene_multi_two(struct client *client)
{
    CURLM *multi = curl_multi_init();
    struct client other = {.base = client->base, .folder = client->folder};

    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_PRIVATE, "first");
    client_begin(&other, "/small");
    curl_easy_setopt(other.curl, CURLOPT_PRIVATE, "second");
    multi_fetch(multi, client);
    client_forget(&other);
    multi_say("add", (int)curl_multi_add_handle(multi, other.curl));
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    multi_drive(multi, NULL);
    multi_read_all(multi);
    client_show_result(&other, CURLE_OK);
    multi_say("remove", (int)curl_multi_remove_handle(multi, other.curl));
    client_end(&other);
    client_end(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}
