/*
 * client_multi.c - steps that scenes with a multi handle share
 */
#include "tests/preload/client_multi.h"

#include <stdio.h>

void multi_say(const char *what, int code)
{
    printf("%s %d\n", what, code);
}

/* Drive until nothing runs; @until may end it before. */
void multi_drive(CURLM *multi, const bool *until)
{
    int running = 1;

    for (int i = 0; running && i < MULTI_ROUNDS && !(until && *until); i++) {
        CURLMcode code = curl_multi_perform(multi, &running);

        if (code != CURLM_OK) {
            multi_say("perform", (int)code);
            return;
        }
        if (running && !(until && *until)) {
            curl_multi_poll(multi, NULL, 0, MULTI_WAIT_MS, NULL);
        }
    }
    if (!until) {
        multi_say("running", running);
    }
}

void multi_read_all(CURLM *multi)
{
    CURLMsg *message;
    int left = -1;

    while ((message = curl_multi_info_read(multi, &left))) {
        char *mark = NULL;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &mark);
        printf("message %d result %d of %s left %d\n", (int)message->msg,
               (int)message->data.result, mark ? mark : "(none)", left);
    }
    multi_say("left at the end", left);
}

void multi_fetch(CURLM *multi, struct client *client)
{
    client_forget(client);
    multi_say("add", (int)curl_multi_add_handle(multi, client->curl));
    multi_drive(multi, NULL);
    multi_read_all(multi);
    multi_say("remove", (int)curl_multi_remove_handle(multi, client->curl));
    client_show_result(client, CURLE_OK);
}
