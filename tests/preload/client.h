/*
 * client.h - an ordinary libcurl program that writes down all it is told
 *
 * One program, many scenes: `client SCENE BASE FOLDER` runs one against the
 * server at BASE, with FOLDER for its files, and prints a transcript of every
 * callback, result and answer. It knows nothing of the cache. With
 * CLIENT_SHAPE in the environment the transfers go through a multi handle.
 */
#ifndef LCC_TESTS_CLIENT_H
#define LCC_TESTS_CLIENT_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

enum { CLIENT_SHOWN_MAX = 4096 };

/* What the callbacks do besides writing down. */
struct client_plan {
    int abort_header;    /* at the nth header line, from 1; 0: never */
    bool abort_write;    /* the first piece is not taken */
    bool short_write;    /* one byte less than given is taken */
    bool error_write;    /* CURL_WRITEFUNC_ERROR */
    bool abort_progress; /* once bytes have arrived */
    bool abort_at_once;  /* at the first progress call */
    int pauses;          /* so many pieces are answered with a pause */
    bool edits;          /* the buffers are overwritten */
    bool quiet;          /* body pieces are not written down */
    bool switches;       /* another write callback is set while headers come */
    bool asks_headers;   /* the header API is asked inside callbacks */
    bool duplicates;     /* the handle is duplicated inside a callback */
    const char *nested;  /* another transfer of this path inside a callback */
};

struct client {
    CURL *curl;
    const char *base;
    const char *folder;
    char error[CURL_ERROR_SIZE];
    struct client_plan plan;
    /* Of the transfer that runs. */
    int header_calls;
    uint64_t total[2];
    uint64_t hash[2];
    size_t largest;
    size_t unterminated;
    bool paused;
    bool progress_called;
    bool progress_fell;
    curl_off_t progress[4];
    char shown[CLIENT_SHOWN_MAX];
    CURL *duplicate;
};

/* A handle with URL (base and path), error buffer, all callbacks. */
void client_begin(struct client *client, const char *path);
/* The URL alone. */
void client_url(struct client *client, const char *path);
/* Perform, then write down the result and everything there is to ask. */
CURLcode client_perform(struct client *client);
void client_end(struct client *client);

/* The callbacks' settings, for a scene that sets them one by one. */
void client_set_write(struct client *client);
void client_set_header(struct client *client);
void client_set_progress(struct client *client);
void client_set_old_progress(struct client *client);
void client_set_debug(struct client *client);

/* Parts of client_perform(). */
/* The transfer alone, in the shape that CLIENT_SHAPE names. */
CURLcode client_run(struct client *client, CURL *curl);
/* Go on after a pause. */
void client_resume(struct client *client);
void client_forget(struct client *client);
void client_show_result(const struct client *client, CURLcode code);
void client_show_infos(const struct client *client);
void client_show_fields(const struct client *client);
void client_show_file(const char *label, const char *path);
/* The path of a file in the client's folder; the caller frees it. */
char *client_path(const struct client *client, const char *name);

/* Bytes as text: printable characters, the rest as \xNN. */
void client_print(const char *label, const char *bytes, size_t size);
uint64_t client_hash(uint64_t hash, const void *bytes, size_t size);
enum { CLIENT_HASH_START = 5381 };

struct client_scene {
    const char *name;
    void (*play)(struct client *client);
};

#define CLIENT_SCENE(name, plain, cold, warm, env)                             \
    void client_scene_##name(struct client *client);
#include "tests/preload/scenes.def"
#undef CLIENT_SCENE

#endif
