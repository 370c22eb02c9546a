/*
 * perform.c - one transfer through a multi handle
 */
#include "tests/bench/perform.h"

CURLcode perform_in_multi(CURLM *multi, CURL *curl)
{
    CURLcode result = CURLE_FAILED_INIT;
    CURLMsg *message;
    int running = 1;
    int left;

    curl_multi_add_handle(multi, curl);
    while (running && curl_multi_perform(multi, &running) == CURLM_OK) {
        if (running) {
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
        }
    }
    message = curl_multi_info_read(multi, &left);
    if (message) {
        result = message->data.result;
    }
    curl_multi_remove_handle(multi, curl);
    return result;
}
