/*
 * damage_client.c - a program that fetches and looks at every byte
 *
 * usage: damage_client BASE
 * For each line on stdin one on stdout. `n`: in a child, that opens the cache
 * anew; `s`: in this process, that keeps it open. Then it has fetched
 * BASE/0, BASE/1, ... and says "right", "wrong N", "failed N CODE", or of a
 * child "signal N".
 */
#include "bodies.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HANG_S = 10, WRONG = 64, FAILED = 128 };

struct body {
    size_t number;
    size_t size;
    bool wrong;
};

static size_t take(char *bytes, size_t one, size_t count, void *arg)
{
    struct body *body = arg;

    (void)one;
    for (size_t i = 0; i < count; i++) {
        const unsigned char right = body_byte(body->number, body->size + i);

        body->wrong = body->wrong || (unsigned char)bytes[i] != right;
    }
    body->size += count;
    return count;
}

/* 0, WRONG or FAILED; *ret_code: libcurl's. */
static int fetch(CURL *handle, const char *base, size_t number,
                 CURLcode *ret_code)
{
    struct body body = {.number = number};
    char url[256];
    long status = 0;

    (void)snprintf(url, sizeof(url), "%s/%zu", base, number);
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
    *ret_code = curl_easy_perform(handle);
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (*ret_code != CURLE_OK || status != 200) {
        return FAILED;
    }
    return body.wrong || body.size != body_sizes[number] ? WRONG : 0;
}

/* 0, or WRONG or FAILED and the number. */
static int fetch_all(const char *base, CURLcode *ret_code)
{
    CURL *handle = curl_easy_init();
    int result = handle ? 0 : FAILED;

    for (size_t i = 0; result == 0 && i < BODIES; i++) {
        result = fetch(handle, base, i, ret_code);
        result = result != 0 ? result + (int)i : 0;
    }
    curl_easy_cleanup(handle);
    return result;
}

static void say(int result, CURLcode code)
{
    if (result == 0) {
        puts("right");
    } else if (result >= FAILED) {
        printf("failed %d %d\n", result - FAILED, (int)code);
    } else {
        printf("wrong %d\n", result - WRONG);
    }
}

static void in_a_child(const char *base)
{
    int status = 0;
    CURLcode code = CURLE_OK;
    const pid_t child = fork();

    if (child == 0) {
        (void)alarm(HANG_S);
        _exit(fetch_all(base, &code));
    }
    (void)waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        printf("signal %d\n", WTERMSIG(status));
    } else {
        say(WEXITSTATUS(status), code);
    }
}

int main(int argc, char **argv)
{
    char line[16];

    if (argc != 2 || curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK) {
        return 2;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof(line), stdin)) {
        if (line[0] == 's') {
            CURLcode code = CURLE_OK;
            const int result = fetch_all(argv[1], &code);

            say(result, code);
        } else {
            in_a_child(argv[1]);
        }
    }
    return 0;
}
