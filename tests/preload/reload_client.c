/*
 * reload_client.c - libcurl loaded by name, closed, and loaded again
 *
 * Linked with no libcurl. reload_client FILE…: each FILE is loaded, used and
 * closed, in turn; with "both" before them all are loaded, and transfers on
 * multi handles of each are under way at once. Prints what each transfer gave.
 * $URL is the origin.
 */
#include <curl/curl.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 4, EACH = 6, ROUNDS_MAX = 100000, WAIT_MS = 20 };

#undef curl_easy_setopt
#undef curl_easy_getinfo
#define FUNCTIONS(X)                                                           \
    X(easy_init)                                                               \
    X(easy_setopt)                                                             \
    X(easy_getinfo)                                                            \
    X(easy_perform)                                                            \
    X(easy_cleanup)                                                            \
    X(multi_init)                                                              \
    X(multi_add_handle)                                                        \
    X(multi_perform)                                                           \
    X(multi_poll)                                                              \
    X(multi_info_read)                                                         \
    X(multi_remove_handle)                                                     \
    X(multi_cleanup)

struct library {
    void *handle;
    CURLM *multi;
    CURL *curls[EACH];
    size_t totals[EACH];
    int running;
#define X(name) __typeof__(&curl_##name) name;
    FUNCTIONS(X)
#undef X
};

static size_t count_bytes(char *bytes, size_t size, size_t count, void *total)
{
    (void)bytes;
    *(size_t *)total += size * count;
    return size * count;
}

static void *find(void *handle, const char *name)
{
    void *symbol = dlsym(handle, name);

    if (!symbol) {
        fprintf(stderr, "no %s\n", name);
        exit(3);
    }
    return symbol;
}

static void open_library(const char *file, struct library *library)
{
    memset(library, 0, sizeof(*library));
    library->handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library->handle) {
        fprintf(stderr, "%s\n", dlerror());
        exit(3);
    }
#define X(name)                                                                \
    {                                                                          \
        void *symbol = find(library->handle, "curl_" #name);                   \
        memcpy(&library->name, &symbol, sizeof(symbol));                       \
    }
    FUNCTIONS(X)
#undef X
}

static CURL *handle_new(const struct library *library, const char *path,
                        size_t *total)
{
    char url[512];
    CURL *curl = library->easy_init();

    snprintf(url, sizeof(url), "%s%s", getenv("URL"), path);
    library->easy_setopt(curl, CURLOPT_URL, url);
    library->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    library->easy_setopt(curl, CURLOPT_WRITEFUNCTION, count_bytes);
    library->easy_setopt(curl, CURLOPT_WRITEDATA, total);
    return curl;
}

static void say(const char *what, CURLcode code, long status, size_t total)
{
    printf("%s: %d, %ld, %zu bytes\n", what, (int)code, status, total);
    fflush(stdout);
}

static void use_easy(const struct library *library)
{
    size_t total = 0;
    long status = 0;
    CURL *curl = handle_new(library, "/small", &total);
    CURLcode code = library->easy_perform(curl);

    library->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    library->easy_cleanup(curl);
    say("easy", code, status, total);
}

static void begin_multi(struct library *library)
{
    char path[64];

    library->multi = library->multi_init();
    library->running = 1;
    for (int i = 0; i < EACH; i++) {
        snprintf(path, sizeof(path), "/medium?%d", i);
        library->curls[i] = handle_new(library, path, &library->totals[i]);
        library->multi_add_handle(library->multi, library->curls[i]);
    }
}

static void end_multi(struct library *library)
{
    int left;
    int messages = 0;
    const CURLMsg *message;

    while ((message = library->multi_info_read(library->multi, &left))) {
        messages += message->data.result == CURLE_OK;
    }
    printf("%d messages\n", messages);
    for (int i = 0; i < EACH; i++) {
        long status = 0;

        library->easy_getinfo(library->curls[i], CURLINFO_RESPONSE_CODE,
                              &status);
        library->multi_remove_handle(library->multi, library->curls[i]);
        library->easy_cleanup(library->curls[i]);
        say("multi", CURLE_OK, status, library->totals[i]);
    }
    library->multi_cleanup(library->multi);
}

/* All of them, in turn, until none has anything left to do. */
static void drive(struct library *libraries, int count)
{
    int running = 1;

    for (int i = 0; running && i < ROUNDS_MAX; i++) {
        running = 0;
        for (int j = 0; j < count; j++) {
            struct library *one = &libraries[j];

            if (one->running &&
                one->multi_perform(one->multi, &one->running) == CURLM_OK &&
                one->running) {
                one->multi_poll(one->multi, NULL, 0, WAIT_MS, NULL);
            }
            running += one->running;
        }
    }
}

static void use(struct library *libraries, int count)
{
    for (int i = 0; i < count; i++) {
        use_easy(&libraries[i]);
        begin_multi(&libraries[i]);
    }
    drive(libraries, count);
    for (int i = 0; i < count; i++) {
        end_multi(&libraries[i]);
    }
}

int main(int argc, char **argv)
{
    struct library libraries[FILES_MAX];
    int first = argc > 1 && strcmp(argv[1], "both") == 0 ? 2 : 1;
    int count = argc - first;

    if (count < 1 || count > FILES_MAX) {
        return 2;
    }
    if (first == 2) {
        for (int i = 0; i < count; i++) {
            open_library(argv[first + i], &libraries[i]);
        }
        use(libraries, count);
        return 0;
    }
    for (int i = 0; i < count; i++) {
        open_library(argv[first + i], libraries);
        use(libraries, 1);
        printf("closed: %d\n", dlclose(libraries->handle));
    }
    return 0;
}
