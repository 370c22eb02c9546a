/*
 * client_ranges.c - an ordinary reader by ranges, as those of GeoTIFF are
 *
 *     client_ranges URL SIZE COUNT
 *
 * Reads COUNT random ranges of a file that test_ranges.c has made, holds every
 * byte against what the file has there, and says what it found and the most
 * memory that it used. The same ranges in every run.
 */
#include "tests/preload/range_file.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 20000, TEXT = 64 };

struct reading {
    uint64_t at;
    uint64_t end;
    bool wrong;
};

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct reading *reading = user;

    for (size_t i = 0; i < size * count; i++) {
        if (reading->at >= reading->end ||
            (unsigned char)data[i] != range_file_byte(reading->at)) {
            reading->wrong = true;
        }
        reading->at++;
    }
    return size * count;
}

/* A generator of its own: the same numbers wherever it runs. */
static uint64_t next_number(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return *state >> 20;
}

/* By the option and by a line of HTTPHEADER in turn. */
static CURLcode read_range(CURL *curl, struct reading *reading, bool by_line)
{
    struct curl_slist *lines = NULL;
    char text[TEXT];
    CURLcode code;

    snprintf(text, sizeof(text), "%s%llu-%llu", by_line ? "Range: bytes=" : "",
             (unsigned long long)reading->at,
             (unsigned long long)reading->end - 1);
    lines = by_line ? curl_slist_append(NULL, text) : NULL;
    curl_easy_setopt(curl, CURLOPT_RANGE, by_line ? NULL : text);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reading);
    code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(lines);
    return code;
}

static bool is_right(CURL *curl, const struct reading *reading, uint64_t first)
{
    long status = 0;
    curl_off_t size = 0;
    curl_off_t length = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_SIZE_DOWNLOAD_T, &size);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return status == 206 && !reading->wrong && reading->at == reading->end &&
           (uint64_t)size == reading->end - first && size == length;
}

static long most_memory_kib(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kib = -1;

    while (file && fgets(line, sizeof(line), file)) {
        if (sscanf(line, "VmHWM: %ld", &kib) == 1) {
            break;
        }
    }
    if (file) {
        fclose(file);
    }
    return kib;
}

int main(int argc, char **argv)
{
    uint64_t state = 1;
    int wrong = 0;

    if (argc != 4) {
        return 2;
    }
    uint64_t size = strtoull(argv[2], NULL, 10);
    int count = atoi(argv[3]);
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    for (int i = 0; i < count; i++) {
        uint64_t first = next_number(&state) % size;
        uint64_t length = 1 + next_number(&state) % LONGEST;
        struct reading reading = {.at = first, .end = first + length};

        if (reading.end > size) {
            reading.end = size;
        }
        if (read_range(curl, &reading, i % 2) ||
            !is_right(curl, &reading, first)) {
            wrong++;
        }
    }
    curl_easy_cleanup(curl);
    printf("wrong %d\nmemory %ld KiB\n", wrong, most_memory_kib());
    return 0;
}
