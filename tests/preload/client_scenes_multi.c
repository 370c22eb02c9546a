/*
 * client_scenes_multi.c - what only programs with a multi handle do
 */
#include "tests/preload/client.h"

#include <pthread.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 12, ROUNDS_MAX = 10000, WAIT_MS = 100 };

static void say(const char *what, int code)
{
    printf("%s %d\n", what, code);
}

/* Drive until nothing runs; @until may end it before. */
static void drive(CURLM *multi, const bool *until)
{
    int running = 1;

    for (int i = 0; running && i < ROUNDS_MAX && !(until && *until); i++) {
        CURLMcode code = curl_multi_perform(multi, &running);

        if (code != CURLM_OK) {
            say("perform", (int)code);
            return;
        }
        if (running && !(until && *until)) {
            curl_multi_poll(multi, NULL, 0, WAIT_MS, NULL);
        }
    }
    if (!until) {
        say("running", running);
    }
}

static void read_all(CURLM *multi)
{
    CURLMsg *message;
    int left = -1;

    while ((message = curl_multi_info_read(multi, &left))) {
        char *mark = NULL;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &mark);
        printf("message %d result %d of %s left %d\n", (int)message->msg,
               (int)message->data.result, mark ? mark : "(none)", left);
    }
    say("left at the end", left);
}

static void fetch(CURLM *multi, struct client *client)
{
    client_forget(client);
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    drive(multi, NULL);
    read_all(multi);
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_show_result(client, CURLE_OK);
}

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
    for (int i = 0; running && i < ROUNDS_MAX; i++) {
        curl_multi_perform(multi, &running);
        read_one(multi);
        if (running) {
            curl_multi_poll(multi, NULL, 0, WAIT_MS, NULL);
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
    say("cleanup", (int)curl_multi_cleanup(multi));
}

/* --- wrong use -------------------------------------------------------------
 */

void client_scene_multi_codes(struct client *client)
{
    CURLM *multi = curl_multi_init();
    CURLM *other = curl_multi_init();
    long ms = 0;
    int running = -5;

    client_begin(client, "/small");
    say("remove what was not added",
        (int)curl_multi_remove_handle(multi, client->curl));
    say("timeout", (int)curl_multi_timeout(multi, &ms));
    printf("nothing to wait for: %ld\n", ms);
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    say("timeout", (int)curl_multi_timeout(multi, &ms));
    printf("at once: %ld\n", ms);
    say("add again", (int)curl_multi_add_handle(multi, client->curl));
    say("add to another", (int)curl_multi_add_handle(other, client->curl));
    say("remove from another",
        (int)curl_multi_remove_handle(other, client->curl));
    say("wait for a negative time",
        (int)curl_multi_wait(multi, NULL, 0, -1, NULL));
    say("add none", (int)curl_multi_add_handle(multi, NULL));
    say("remove none", (int)curl_multi_remove_handle(multi, NULL));
    say("another", (int)curl_multi_perform(other, &running));
    say("running there", running);
    say("no option", (int)curl_multi_setopt(multi, (CURLMoption)9999, 1L));
    say("assign", (int)curl_multi_assign(multi, 1, NULL));
    drive(multi, NULL);
    say("add when done", (int)curl_multi_add_handle(multi, client->curl));
    say("add to another when done",
        (int)curl_multi_add_handle(other, client->curl));
    read_all(multi);
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    say("remove again", (int)curl_multi_remove_handle(multi, client->curl));
    read_all(multi);
    say("cleanup", (int)curl_multi_cleanup(multi));
    say("cleanup", (int)curl_multi_cleanup(other));
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
    say("perform", (int)curl_multi_perform(inside_multi, &number));
    say("socket_action", (int)curl_multi_socket_action(
                             inside_multi, CURL_SOCKET_TIMEOUT, 0, &number));
    say("running untouched", number);
    say("wait", (int)curl_multi_wait(inside_multi, NULL, 0, 0, &number));
    say("poll", (int)curl_multi_poll(inside_multi, NULL, 0, 0, &number));
    say("timeout", (int)curl_multi_timeout(inside_multi, &ms));
    say("fdset",
        (int)curl_multi_fdset(inside_multi, &set, &set, &set, &number));
    say("setopt",
        (int)curl_multi_setopt(inside_multi, CURLMOPT_MAXCONNECTS, 3L));
    say("info_read", curl_multi_info_read(inside_multi, &left) != NULL);
    say("left", left);
    say("add itself", (int)curl_multi_add_handle(inside_multi, self));
    say("add another", (int)curl_multi_add_handle(inside_multi, inside_other));
    say("remove itself", (int)curl_multi_remove_handle(inside_multi, self));
    say("remove another",
        (int)curl_multi_remove_handle(inside_multi, inside_other));
    say("perform itself", (int)curl_easy_perform(self));
    say("wakeup", (int)curl_multi_wakeup(inside_multi));
    say("cleanup", (int)curl_multi_cleanup(inside_multi));
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
    fetch(multi, client);
    curl_easy_cleanup(inside_other);
    say("cleanup", (int)curl_multi_cleanup(multi));
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
        fetch(multi, &inner);
        client_end(&inner);
        say("cleanup", (int)curl_multi_cleanup(multi));
    }
    return size * count;
}

void client_scene_multi_add_inside(struct client *client)
{
    CURLM *multi = curl_multi_init();

    inside_done = false;
    client_begin(client, "/small");
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, fetch_inside);
    fetch(multi, client);
    say("cleanup", (int)curl_multi_cleanup(multi));
    client_end(client);
}

/* --- taken away early ------------------------------------------------------
 */

void client_scene_multi_undriven(struct client *client)
{
    CURLM *multi = curl_multi_init();
    int running = -1;

    client_begin(client, "/small");
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    say("perform", (int)curl_multi_perform(multi, &running));
    say("running", running);
    read_all(multi);
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    client_end(client);
    say("perform", (int)curl_multi_perform(multi, &running));
    say("running", running);
    say("cleanup", (int)curl_multi_cleanup(multi));
}

/* A paused transfer is half told. */
static void take_half(struct client *client, CURLM *multi)
{
    int running = -1;

    client_forget(client);
    curl_easy_setopt(client->curl, CURLOPT_NOPROGRESS, 1L);
    client->plan = (struct client_plan){.pauses = 1, .quiet = true};
    client->paused = false;
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    drive(multi, &client->paused);
    say("perform", (int)curl_multi_perform(multi, &running));
    say("running", running);
    read_all(multi);
}

static void leave_half(struct client *client, CURLM *multi)
{
    int running = -1;

    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    say("perform", (int)curl_multi_perform(multi, &running));
    say("running", running);
    read_all(multi);
    say("pause", (int)curl_easy_pause(client->curl, CURLPAUSE_CONT));
}

void client_scene_multi_half(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/large");
    take_half(client, multi);
    leave_half(client, multi);
    client_end(client);
    say("cleanup", (int)curl_multi_cleanup(multi));
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
    say("cleanup", (int)curl_multi_cleanup(multi));
}

void client_scene_multi_unread(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/small");
    client_forget(client);
    curl_easy_setopt(client->curl, CURLOPT_PRIVATE, "first");
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    drive(multi, NULL);
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    read_all(multi);
    client_show_result(client, CURLE_OK);
    client_show_infos(client);
    client_show_fields(client);
    client_end(client);
    say("cleanup", (int)curl_multi_cleanup(multi));
}

/* The multi handle goes first, with one half told, one done, one undriven. */
void client_scene_multi_cleanup_first(struct client *client)
{
    CURLM *multi = curl_multi_init();
    struct client half = {.base = client->base, .folder = client->folder};
    struct client late = {.base = client->base, .folder = client->folder};

    client_begin(client, "/medium");
    client->plan.quiet = true;
    fetch(multi, client);
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    drive(multi, NULL);
    client_begin(&half, "/medium");
    take_half(&half, multi);
    client_begin(&late, "/small");
    say("add", (int)curl_multi_add_handle(multi, late.curl));
    say("cleanup", (int)curl_multi_cleanup(multi));
    client_end(&late);
    client_end(&half);
    client_end(client);
}

/* libcurl 7.88 never frees what it holds for a paused handle that is cleaned
 * up while it is in a multi handle: that leak is not to be reported. */
static void take_half_for_good(struct client *client, CURLM *multi)
{
#ifdef __SANITIZE_ADDRESS__
    __lsan_disable();
#endif
    take_half(client, multi);
#ifdef __SANITIZE_ADDRESS__
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
    say("perform", (int)curl_multi_perform(multi, &running));
    say("running", running);
    read_all(multi);
    say("cleanup", (int)curl_multi_cleanup(multi));
}

/* --- handles used again ----------------------------------------------------
 */

void client_scene_multi_reused(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/small");
    fetch(multi, client);
    fetch(multi, client);
    client_url(client, "/medium");
    client->plan.quiet = true;
    fetch(multi, client);
    client_perform(client);
    say("cleanup", (int)curl_multi_cleanup(multi));
    client_end(client);
}

/* curl_easy_perform() on a handle that is in a multi handle. */
void client_scene_multi_performed(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/small");
    client_forget(client);
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    printf("text \"%s\"\n", client->error);
    say("easy perform", (int)curl_easy_perform(client->curl));
    printf("text \"%s\"\n", client->error);
    drive(multi, NULL);
    say("easy perform", (int)curl_easy_perform(client->curl));
    printf("text \"%s\"\n", client->error);
    read_all(multi);
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    say("cleanup", (int)curl_multi_cleanup(multi));
}

/* Options are read when the transfer begins, not when it is added. */
void client_scene_multi_set_late(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/nothing-here");
    client_forget(client);
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    client_url(client, "/small");
    drive(multi, NULL);
    read_all(multi);
    client_show_infos(client);
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    say("cleanup", (int)curl_multi_cleanup(multi));
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
    fetch(multi, client);
    client_end(client);
    say("cleanup", (int)curl_multi_cleanup(multi));
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
    say("resumed", (int)curl_easy_pause(client->curl, CURLPAUSE_CONT));
    fflush(stdout);
    drive(multi, NULL);
    read_all(multi);
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    say("cleanup", (int)curl_multi_cleanup(multi));
}

/* Paused in a callback, resumed from outside. */
void client_scene_multi_pause_outside(struct client *client)
{
    CURLM *multi = curl_multi_init();

    client_begin(client, "/medium");
    client->plan.quiet = true;
    client_perform(client);
    take_half(client, multi);
    say("resumed", (int)curl_easy_pause(client->curl, CURLPAUSE_CONT));
    drive(multi, NULL);
    read_all(multi);
    client_show_result(client, CURLE_OK);
    say("pause", (int)curl_easy_pause(client->curl, CURLPAUSE_RECV));
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    say("cleanup", (int)curl_multi_cleanup(multi));
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
    fetch(multi, client);
    client_forget(&other);
    say("add", (int)curl_multi_add_handle(multi, other.curl));
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    drive(multi, NULL);
    read_all(multi);
    client_show_result(&other, CURLE_OK);
    say("remove", (int)curl_multi_remove_handle(multi, other.curl));
    client_end(&other);
    client_end(client);
    say("cleanup", (int)curl_multi_cleanup(multi));
}

/* --- timers and waiting -----------------------------------------------------
 */

struct timer {
    CURLM *multi;
    CURL *curl;
    int calls;
    int zeros;
    int answer;
    bool nested;
};

static int on_timer(CURLM *multi, long ms, void *user)
{
    struct timer *timer = user;

    timer->calls++;
    timer->zeros += ms == 0;
    if (timer->nested) {
        int running = -5;

        timer->nested = false;
        say("perform in the timer", (int)curl_multi_perform(multi, &running));
        say("add in the timer", (int)curl_multi_add_handle(multi, timer->curl));
    }
    return timer->answer;
}

void client_scene_multi_timer(struct client *client)
{
    CURLM *multi = curl_multi_init();
    struct timer timer = {.multi = multi, .nested = true};

    client_begin(client, "/small");
    client_perform(client);
    timer.curl = client->curl;
    say("set", (int)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer));
    say("set", (int)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, &timer));
    client_forget(client);
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    printf("told %d times, %d zeros\n", timer.calls, timer.zeros);
    for (int i = 0, running = 1; running && i < ROUNDS_MAX; i++) {
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        curl_multi_perform(multi, &running);
    }
    read_all(multi);
    client_show_result(client, CURLE_OK);
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    say("cleanup", (int)curl_multi_cleanup(multi));
}

/* A timer callback that fails ends all transfers. */
void client_scene_multi_timer_fails(struct client *client)
{
    CURLM *multi = curl_multi_init();
    struct timer timer = {.multi = multi, .answer = -1};
    int running = -5;

    client_begin(client, "/small");
    client_perform(client);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, &timer);
    client_forget(client);
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    say("calls", timer.calls);
    client_end(client);
    say("perform", (int)curl_multi_perform(multi, &running));
    say("running", running);
    say("cleanup", (int)curl_multi_cleanup(multi));
}

static CURLMcode woken;

static void *wake(void *multi)
{
    usleep(20000);
    woken = curl_multi_wakeup(multi);
    return NULL;
}

void client_scene_multi_wakeup(struct client *client)
{
    CURLM *multi = curl_multi_init();
    pthread_t thread;
    int count = -1;
    int running = -1;

    (void)client;
    say("perform", (int)curl_multi_perform(multi, &running));
    pthread_create(&thread, NULL, wake, multi);
    say("poll", (int)curl_multi_poll(multi, NULL, 0, 30000, &count));
    say("descriptors", count);
    pthread_join(thread, NULL);
    say("wakeup", (int)woken);
    say("cleanup", (int)curl_multi_cleanup(multi));
}

/* The program's own descriptors are looked at while hits wait too. */
void client_scene_multi_waitfds(struct client *client)
{
    CURLM *multi = curl_multi_init();
    struct curl_waitfd extra = {.events = CURL_WAIT_POLLIN};
    int ends[2];
    int count = -1;

    client_begin(client, "/small");
    client_perform(client);
    if (pipe(ends) || write(ends[1], "x", 1) != 1) {
        return;
    }
    extra.fd = ends[0];
    say("add", (int)curl_multi_add_handle(multi, client->curl));
    say("wait", (int)curl_multi_wait(multi, &extra, 1, 30000, &count));
    printf("descriptors %d, %d\n", count, (int)extra.revents);
    extra.revents = 0;
    say("poll", (int)curl_multi_poll(multi, &extra, 1, 30000, &count));
    printf("descriptors %d, %d\n", count, (int)extra.revents);
    client_forget(client);
    drive(multi, NULL);
    read_all(multi);
    client_show_result(client, CURLE_OK);
    say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    close(ends[0]);
    close(ends[1]);
    say("cleanup", (int)curl_multi_cleanup(multi));
}
