/*
 * peer_curl.c - an ordinary program of libcurl, told its rounds
 *
 * usage: peer_curl URL BYTES THREADS easy|multi
 *
 * It knows of no cache. Each thread keeps one handle, and so its connection.
 * A proxy is what the environment says, as libcurl reads it.
 */
#include "tests/bench/peers/rounds.h"
#include "tests/bench/perform.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mine {
    CURL *easy;
    CURLM *multi; /* NULL: the easy interface */
    size_t bytes;
};

static bool by_multi;

static size_t swallow(char *data, size_t size, size_t count, void *user)
{
    struct mine *mine = user;

    (void)data;
    mine->bytes += size * count;
    return size * count;
}

static void *mine_open(int worker)
{
    struct mine *mine = calloc(1, sizeof(*mine));

    (void)worker;
    if (!mine) {
        return NULL;
    }
    mine->easy = curl_easy_init();
    mine->multi = by_multi ? curl_multi_init() : NULL;
    if (!mine->easy || (by_multi && !mine->multi)) {
        return NULL;
    }
    curl_easy_setopt(mine->easy, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(mine->easy, CURLOPT_WRITEDATA, mine);
    curl_easy_setopt(mine->easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(mine->easy, CURLOPT_NOSIGNAL, 1L);
    return mine;
}

static bool mine_get(void *arg, const char *url, size_t *ret_bytes)
{
    struct mine *mine = arg;
    CURLcode result;

    mine->bytes = 0;
    curl_easy_setopt(mine->easy, CURLOPT_URL, url);
    result = mine->multi ? perform_in_multi(mine->multi, mine->easy)
                         : curl_easy_perform(mine->easy);
    *ret_bytes = mine->bytes;
    return result == CURLE_OK;
}

static void mine_close(void *arg)
{
    struct mine *mine = arg;

    curl_easy_cleanup(mine->easy);
    if (mine->multi) {
        curl_multi_cleanup(mine->multi);
    }
    free(mine);
}

int main(int argc, char **argv)
{
    static const struct rounds_kind kind = {.open = mine_open,
                                            .get = mine_get,
                                            .close = mine_close};

    if (argc != 5) {
        fputs("usage: peer_curl URL BYTES THREADS easy|multi\n", stderr);
        return 2;
    }
    by_multi = strcmp(argv[4], "multi") == 0;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return rounds_serve(&kind, argv[1], strtoul(argv[2], NULL, 10),
                        atoi(argv[3]));
}
