/*
 * peer_soup.c - an ordinary program of libsoup, told its rounds
 *
 * usage: peer_soup URL BYTES THREADS plain|cached|passed FOLDER
 *
 * With `cached` each thread has a session with a SoupCache of its own, below
 * FOLDER: one belongs to one process. What is stored there is loaded at the
 * start and written at the end. With `passed` the cache is there, and each
 * message says that it is not to be kept.
 */
#include "tests/bench/peers/rounds.h"

#include <libsoup/soup.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 * 1024 };
/* Of the cache; one response may have a tenth of it. */
static const guint cache_bytes = 4000000000u;

struct mine {
    SoupSession *session;
    SoupCache *cache;
    GMainContext *loop;
    GInputStream *body; /* what the last message has brought; NULL: nothing */
    bool answered;
};

static const char *folder;
static bool cached;
static bool passed;

static void *mine_open(int worker)
{
    struct mine *mine = calloc(1, sizeof(*mine));

    if (!mine) {
        return NULL;
    }
    /* Of the thread that will use it, which may not be this one. */
    mine->loop = g_main_context_new();
    g_main_context_push_thread_default(mine->loop);
    mine->session = soup_session_new();
    if (cached || passed) {
        char *own = g_strdup_printf("%s/%d", folder, worker);

        mine->cache = soup_cache_new(own, SOUP_CACHE_SINGLE_USER);
        g_free(own);
        soup_cache_set_max_size(mine->cache, cache_bytes);
        soup_cache_load(mine->cache);
        soup_session_add_feature(mine->session,
                                 SOUP_SESSION_FEATURE(mine->cache));
    }
    g_main_context_pop_thread_default(mine->loop);
    return mine;
}

static bool read_all(GInputStream *body, size_t *ret_bytes)
{
    static _Thread_local char chunk[CHUNK];
    gssize got;

    *ret_bytes = 0;
    while ((got = g_input_stream_read(body, chunk, sizeof(chunk), NULL, NULL)) >
           0) {
        *ret_bytes += (size_t)got;
    }
    return got == 0 && g_input_stream_close(body, NULL, NULL);
}

static void on_answer(GObject *session, GAsyncResult *result, gpointer user)
{
    struct mine *mine = user;

    mine->body = soup_session_send_finish(SOUP_SESSION(session), result, NULL);
    mine->answered = true;
}

/* The cache answers only those that do not block for an answer. */
static bool send_and_read(struct mine *mine, SoupMessage *message,
                          size_t *ret_bytes)
{
    bool ok;

    mine->answered = false;
    soup_session_send_async(mine->session, message, G_PRIORITY_DEFAULT, NULL,
                            on_answer, mine);
    while (!mine->answered) {
        g_main_context_iteration(mine->loop, TRUE);
    }
    ok = mine->body && read_all(mine->body, ret_bytes) &&
         soup_message_get_status(message) == SOUP_STATUS_OK;
    g_clear_object(&mine->body);
    /* What was left to the loop: to end the writing of a file, say. */
    while (g_main_context_iteration(mine->loop, FALSE)) {
    }
    return ok;
}

static bool mine_get(void *arg, const char *url, size_t *ret_bytes)
{
    struct mine *mine = arg;
    SoupMessage *message = soup_message_new("GET", url);
    bool ok;

    if (passed) {
        soup_message_disable_feature(message, SOUP_TYPE_CACHE);
    }
    g_main_context_push_thread_default(mine->loop);
    ok = send_and_read(mine, message, ret_bytes);
    g_main_context_pop_thread_default(mine->loop);
    g_object_unref(message);
    return ok;
}

/* A program's loop goes on between its messages, and files are written in it.
 */
static void mine_settle(void *arg)
{
    struct mine *mine = arg;

    if (mine->cache) {
        g_main_context_push_thread_default(mine->loop);
        soup_cache_flush(mine->cache);
        g_main_context_pop_thread_default(mine->loop);
    }
}

static void mine_close(void *arg)
{
    struct mine *mine = arg;

    g_main_context_push_thread_default(mine->loop);
    if (mine->cache) {
        soup_cache_flush(mine->cache);
        soup_cache_dump(mine->cache);
        g_object_unref(mine->cache);
    }
    g_object_unref(mine->session);
    g_main_context_pop_thread_default(mine->loop);
    g_main_context_unref(mine->loop);
    free(mine);
}

int main(int argc, char **argv)
{
    static const struct rounds_kind kind = {mine_open, mine_get, mine_settle,
                                            mine_close};

    if (argc != 6) {
        fputs("usage: peer_soup URL BYTES THREADS plain|cached|passed FOLDER\n",
              stderr);
        return 2;
    }
    cached = strcmp(argv[4], "cached") == 0;
    passed = strcmp(argv[4], "passed") == 0;
    folder = argv[5];
    return rounds_serve(&kind, argv[1], strtoul(argv[2], NULL, 10),
                        atoi(argv[3]));
}
