/*
 * client.c - the measured program: one easy handle, many transfers
 *
 * usage: bench_client URL COUNT MODE
 *        MODE: same|unique|written|bodies|known|both|multi|multi-unique|memory
 *
 * An ordinary libcurl program that knows nothing of a cache. It performs COUNT
 * transfers on one kept-alive handle, a fifth as many before them to warm up,
 * and prints the microseconds of each timed one on a line of its own. With
 * `unique` each transfer asks for a URL that was never asked before; with
 * `known` all but the first name the first one's ETag and get a 304. With
 * `both` each is two: such a 304 for URL?asked on a handle of its own, then
 * URL. With `multi` the transfers go through a multi handle, `multi-unique` is
 * both. `written` does as `unique` and writes what came to a file each time, as
 * whatever keeps it on a disk must: opened, written at its end, closed, begun
 * anew after WRITTEN_MAX bytes. `bodies` writes each body, as it comes, to a
 * new file. `memory` does as `unique` and prints the KiB it held at most.
 */
#include "tests/bench/perform.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { URL_SIZE = 512, COUNT_MAX = 1000000, WARM_UP_SHARE = 5 };
enum { HEAD_BYTES = 700, WRITTEN_MAX = 64 * 1024 };

static int body_file = -1; /* open for `bodies` alone */

static size_t swallow(char *data, size_t size, size_t count, void *user)
{
    size_t *total = user;

    if (body_file >= 0 && write(body_file, data, size * count) < 0) {
        return 0;
    }
    *total += size * count;
    return size * count;
}

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* From now on the program says what it has. */
static struct curl_slist *name_tag(CURL *curl)
{
    struct curl_header *tag = NULL;
    struct curl_slist *fields = NULL;
    char line[URL_SIZE];

    if (curl_easy_header(curl, "ETag", 0, CURLH_HEADER, -1, &tag) ==
        CURLHE_OK) {
        snprintf(line, sizeof(line), "If-None-Match: %s", tag->value);
        fields = curl_slist_append(NULL, line);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    }
    return fields;
}

static void print_memory(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[URL_SIZE];
    long kib = 0;

    while (status && fgets(line, sizeof(line), status)) {
        if (sscanf(line, "VmHWM: %ld", &kib) == 1) {
            break;
        }
    }
    if (status) {
        fclose(status);
    }
    printf("%ld\n", kib);
}

/* Kept for all transfers; NULL: the easy interface. */
static CURLM *multi;
/* Where the answers go; empty: nowhere. */
static char written[URL_SIZE];

/* Beside the cache, so on the same file system. */
static void name_written(void)
{
    const char *folder = getenv("CURLCACHE_DIR");

    folder = folder ? folder : ".";
    (void)mkdir(folder, 0700);
    snprintf(written, sizeof(written), "%s/written", folder);
}

/* As many bytes as body and head. */
static bool write_answer(size_t body_bytes)
{
    static char answer[WRITTEN_MAX];
    static off_t end;
    size_t size = body_bytes + HEAD_BYTES;
    ssize_t done;
    int fd = open(written, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    size = size < sizeof(answer) ? size : sizeof(answer);
    end = end + (off_t)size > WRITTEN_MAX ? 0 : end;
    done = fd < 0 ? -1 : pwrite(fd, answer, size, end);
    end += (off_t)size;
    return done == (ssize_t)size && close(fd) == 0;
}

static bool keeps_bodies;

static bool open_body(int serial)
{
    char path[URL_SIZE + 48];

    snprintf(path, sizeof(path), "%s.%ld-%d", written, (long)getpid(), serial);
    body_file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return body_file >= 0;
}

static double timed_transfer(CURL *curl, const char *url, int serial)
{
    curl_off_t body_bytes = 0;
    char unique[URL_SIZE];
    double start;

    if (serial >= 0) {
        snprintf(unique, sizeof(unique), "%s?p%ld-%d", url, (long)getpid(),
                 serial);
        curl_easy_setopt(curl, CURLOPT_URL, unique);
    }
    start = now_us();
    if (keeps_bodies && !open_body(serial)) {
        return -1;
    }
    if ((multi ? perform_in_multi(multi, curl) : curl_easy_perform(curl)) !=
        CURLE_OK) {
        return -1;
    }
    if (keeps_bodies) {
        close(body_file);
    } else if (written[0] && (curl_easy_getinfo(curl, CURLINFO_SIZE_DOWNLOAD_T,
                                                &body_bytes) != CURLE_OK ||
                              !write_answer((size_t)body_bytes))) {
        return -1;
    }
    return now_us() - start;
}

static CURL *make_handle(const char *url, size_t *total)
{
    CURL *curl = curl_easy_init();

    if (curl) {
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, total);
        curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    }
    return curl;
}

/* Asks the origin, which is told what is known already. */
static CURL *make_asker(const char *url, size_t *total,
                        struct curl_slist **ret_fields)
{
    char asked[URL_SIZE];
    CURL *curl;

    snprintf(asked, sizeof(asked), "%s?asked", url);
    curl = make_handle(asked, total);
    if (curl && curl_easy_perform(curl) == CURLE_OK) {
        *ret_fields = name_tag(curl);
    }
    return curl;
}

int main(int argc, char **argv)
{
    size_t total = 0;
    int count = argc == 4 ? atoi(argv[2]) : 0;
    int warm_up = count / WARM_UP_SHARE + 1;
    const char *mode = argc == 4 ? argv[3] : "";
    bool memory = strcmp(mode, "memory") == 0;
    bool writes = strcmp(mode, "written") == 0;
    bool known = strcmp(mode, "known") == 0;
    bool both = strcmp(mode, "both") == 0;
    bool both_multi = strcmp(mode, "multi-unique") == 0;
    bool by_multi = both_multi || strcmp(mode, "multi") == 0;
    bool bodies = strcmp(mode, "bodies") == 0;
    bool unique =
        memory || writes || bodies || both_multi || strcmp(mode, "unique") == 0;
    struct curl_slist *fields = NULL;
    double *times;
    CURL *curl;
    CURL *asker = NULL;

    if (count < 1 || count > COUNT_MAX) {
        fputs("usage: bench_client URL COUNT "
              "same|unique|written|bodies|known|both|"
              "multi|multi-unique|memory\n",
              stderr);
        return 2;
    }
    if (writes || bodies) {
        name_written();
        keeps_bodies = bodies;
    }
    times = calloc((size_t)count, sizeof(*times));
    curl = make_handle(argv[1], &total);
    if (both) {
        asker = make_asker(argv[1], &total, &fields);
    }
    multi = by_multi ? curl_multi_init() : NULL;
    if (!times || !curl || (both && !fields) || (by_multi && !multi)) {
        return 3;
    }
    for (int i = -warm_up; i < count; i++) {
        double asking = asker ? timed_transfer(asker, argv[1], -1) : 0;
        double took = timed_transfer(curl, argv[1], unique ? i + warm_up : -1);

        if (took < 0 || asking < 0) {
            fprintf(stderr, "bench_client: transfer %d failed\n", i);
            return 3;
        }
        if (i >= 0) {
            times[i] = took + asking;
        }
        if (known && !fields) {
            fields = name_tag(curl);
        }
    }
    for (int i = 0; i < count && !memory; i++) {
        printf("%.3f\n", times[i]);
    }
    if (memory) {
        print_memory();
    }
    curl_easy_cleanup(curl);
    curl_easy_cleanup(asker);
    if (multi) {
        curl_multi_cleanup(multi);
    }
    curl_slist_free_all(fields);
    free(times);
    return 0;
}
