/*
 * client_scenes_timer.c - timers of programs with a multi handle, and waiting
 */
#include "tests/preload/client_multi.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- timers and waiting -------------------------------------------------- */

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
        multi_say("perform in the timer",
                  (int)curl_multi_perform(multi, &running));
        multi_say("add in the timer",
                  (int)curl_multi_add_handle(multi, timer->curl));
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
    multi_say("set",
              (int)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer));
    multi_say("set", (int)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, &timer));
    client_forget(client);
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    printf("told %d times, %d zeros\n", timer.calls, timer.zeros);
    for (int i = 0, running = 1; running && i < MULTI_ROUNDS; i++) {
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        curl_multi_perform(multi, &running);
    }
    multi_read_all(multi);
    client_show_result(client, CURLE_OK);
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
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
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    multi_say("calls", timer.calls);
    client_end(client);
    multi_say("perform", (int)curl_multi_perform(multi, &running));
    multi_say("running", running);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
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
    multi_say("perform", (int)curl_multi_perform(multi, &running));
    pthread_create(&thread, NULL, wake, multi);
    multi_say("poll", (int)curl_multi_poll(multi, NULL, 0, 30000, &count));
    multi_say("descriptors", count);
    pthread_join(thread, NULL);
    multi_say("wakeup", (int)woken);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
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
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    multi_say("wait", (int)curl_multi_wait(multi, &extra, 1, 30000, &count));
    printf("descriptors %d, %d\n", count, (int)extra.revents);
    extra.revents = 0;
    multi_say("poll", (int)curl_multi_poll(multi, &extra, 1, 30000, &count));
    printf("descriptors %d, %d\n", count, (int)extra.revents);
    client_forget(client);
    multi_drive(multi, NULL);
    multi_read_all(multi);
    client_show_result(client, CURLE_OK);
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_end(client);
    close(ends[0]);
    close(ends[1]);
    multi_say("cleanup", (int)curl_multi_cleanup(multi));
}
