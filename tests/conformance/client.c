/*
 * client.c - an ordinary libcurl program that does as it is told
 *
 * On stdin: "url U", "method M", "field F", "range R", "post TEXT", then
 * "go". On stdout, for each transfer: "result N", "status N", the lines of
 * the header callback as "line L", "body SIZE", the bytes, "end". Knows
 * nothing of caches. Its argument is how it drives transfers: client_drive.h.
 */
#include "tests/conformance/client_drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER_MAX = 64 * 1024, TIMEOUT_S = 10 };

struct told { /* what one transfer gave */
    FILE *lines;
    FILE *body;
    char *line_bytes;
    char *body_bytes;
    size_t line_size;
    size_t body_size;
};

static size_t on_line(char *bytes, size_t size, size_t count, void *arg)
{
    struct told *told = arg;
    size_t length = size * count;

    while (length > 0 && (bytes[length - 1] == '\n' || //
                          bytes[length - 1] == '\r')) {
        length--;
    }
    if (length > 0) {
        fprintf(told->lines, "line %.*s\n", (int)length, bytes);
    }
    return size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct told *told = arg;

    return fwrite(bytes, size, count, told->body);
}

/* True when the order is complete. */
static bool obey(CURL *curl, char *order, struct curl_slist **fields)
{
    char *value = strchr(order, ' ');

    if (value) {
        *value++ = '\0';
    }
    if (strcmp(order, "go") == 0) {
        return true;
    }
    if (!value) {
        exit(98);
    }
    if (strcmp(order, "url") == 0) {
        curl_easy_setopt(curl, CURLOPT_URL, value);
    } else if (strcmp(order, "method") == 0 && strcmp(value, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else if (strcmp(order, "method") == 0) {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, value);
    } else if (strcmp(order, "range") == 0) {
        curl_easy_setopt(curl, CURLOPT_RANGE, value);
    } else if (strcmp(order, "post") == 0) {
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, value);
    } else if (strcmp(order, "field") == 0) {
        *fields = curl_slist_append(*fields, value);
    }
    return false;
}

static void report(CURL *curl, CURLcode result, struct told *told)
{
    long status = 0;

    fclose(told->lines);
    fclose(told->body);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    printf("result %d\nstatus %ld\n", (int)result, status);
    fwrite(told->line_bytes, 1, told->line_size, stdout);
    printf("body %zu\n", told->body_size);
    fwrite(told->body_bytes, 1, told->body_size, stdout);
    printf("\nend\n");
    fflush(stdout);
    free(told->line_bytes);
    free(told->body_bytes);
}

static void transfer(CURL *curl, struct drive *drive, struct curl_slist *fields)
{
    struct told told = {0};

    told.lines = open_memstream(&told.line_bytes, &told.line_size);
    told.body = open_memstream(&told.body_bytes, &told.body_size);
    if (!told.lines || !told.body) {
        exit(98);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_line);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &told);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &told);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    report(curl, drive_run(drive, curl), &told);
}

int main(int argc, char **argv)
{
    char *order = malloc(ORDER_MAX);
    struct curl_slist *fields = NULL;
    struct drive drive;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (argc != 2 || !order || !drive_init(&drive, argv[1])) {
        fprintf(stderr, "client easy|multi|socket\n");
        return 2;
    }
    CURL *curl = curl_easy_init();

    while (curl && fgets(order, ORDER_MAX, stdin)) {
        order[strcspn(order, "\n")] = '\0';
        if (obey(curl, order, &fields)) {
            transfer(curl, &drive, fields);
            curl_easy_reset(curl);
            curl_slist_free_all(fields);
            fields = NULL;
        }
    }
    curl_easy_cleanup(curl);
    drive_done(&drive);
    curl_global_cleanup();
    free(order);
    return 0;
}
