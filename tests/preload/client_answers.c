/*
 * client_answers.c - everything that can be asked of a handle afterwards
 */
#include "tests/preload/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* clang-format off */
#define LONGS(X) \
    X(RESPONSE_CODE) X(HTTP_CONNECTCODE) X(HEADER_SIZE) X(REQUEST_SIZE) \
    X(SSL_VERIFYRESULT) X(FILETIME) X(REDIRECT_COUNT) X(HTTPAUTH_AVAIL) \
    X(PROXYAUTH_AVAIL) X(OS_ERRNO) X(NUM_CONNECTS) X(LASTSOCKET) \
    X(CONDITION_UNMET) X(RTSP_CLIENT_CSEQ) X(RTSP_SERVER_CSEQ) X(RTSP_CSEQ_RECV) \
    X(PRIMARY_PORT) X(LOCAL_PORT) X(HTTP_VERSION) X(PROXY_SSL_VERIFYRESULT) \
    X(PROTOCOL) X(PROXY_ERROR)
#define OFFSETS(X) \
    X(SIZE_UPLOAD_T) X(SIZE_DOWNLOAD_T) X(SPEED_DOWNLOAD_T) X(SPEED_UPLOAD_T) \
    X(FILETIME_T) X(CONTENT_LENGTH_DOWNLOAD_T) X(CONTENT_LENGTH_UPLOAD_T) \
    X(TOTAL_TIME_T) X(NAMELOOKUP_TIME_T) X(CONNECT_TIME_T) X(PRETRANSFER_TIME_T) \
    X(STARTTRANSFER_TIME_T) X(REDIRECT_TIME_T) X(APPCONNECT_TIME_T) X(RETRY_AFTER)
#define DOUBLES(X) \
    X(TOTAL_TIME) X(NAMELOOKUP_TIME) X(CONNECT_TIME) X(PRETRANSFER_TIME) \
    X(SIZE_UPLOAD) X(SIZE_DOWNLOAD) X(SPEED_DOWNLOAD) X(SPEED_UPLOAD) \
    X(CONTENT_LENGTH_DOWNLOAD) X(CONTENT_LENGTH_UPLOAD) X(STARTTRANSFER_TIME) \
    X(REDIRECT_TIME) X(APPCONNECT_TIME)
#define STRINGS(X) \
    X(EFFECTIVE_URL) X(CONTENT_TYPE) X(PRIVATE) X(FTP_ENTRY_PATH) X(REDIRECT_URL) \
    X(PRIMARY_IP) X(RTSP_SESSION_ID) X(LOCAL_IP) X(SCHEME) X(EFFECTIVE_METHOD) \
    X(REFERER) X(CAINFO) X(CAPATH)
/* clang-format on */

struct named_info {
    const char *name;
    CURLINFO info;
};

#define ROW(info) {#info, CURLINFO_##info},
/* The doubles are deprecated and still asked for by programs. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static const struct named_info longs[] = {LONGS(ROW)};
static const struct named_info offsets[] = {OFFSETS(ROW)};
static const struct named_info doubles[] = {DOUBLES(ROW)};
static const struct named_info strings[] = {STRINGS(ROW)};
#pragma GCC diagnostic pop

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void show_numbers(CURL *curl)
{
    for (size_t i = 0; i < COUNT(longs); i++) {
        long value = -77;
        CURLcode code = curl_easy_getinfo(curl, longs[i].info, &value);

        printf("info %s = %d %ld\n", longs[i].name, (int)code, value);
    }
    for (size_t i = 0; i < COUNT(offsets); i++) {
        curl_off_t value = -77;
        CURLcode code = curl_easy_getinfo(curl, offsets[i].info, &value);

        printf("info %s = %d %ld\n", offsets[i].name, (int)code, (long)value);
    }
    for (size_t i = 0; i < COUNT(doubles); i++) {
        double value = -77;
        CURLcode code = curl_easy_getinfo(curl, doubles[i].info, &value);

        printf("info %s = %d %.6f\n", doubles[i].name, (int)code, value);
    }
}

static void show_strings(CURL *curl)
{
    for (size_t i = 0; i < COUNT(strings); i++) {
        char *value = NULL;
        CURLcode code = curl_easy_getinfo(curl, strings[i].info, &value);

        printf("info %s = %d %s\n", strings[i].name, (int)code,
               value ? value : "(none)");
    }
}

/* Netscape lines: the expiry is a moment, compared to five minutes. */
static void show_cookie(const char *line)
{
    const char *field = line;

    for (int i = 0; i < 4 && field; i++) {
        field = strchr(field, '\t');
        field = field ? field + 1 : NULL;
    }
    if (!field) {
        printf("cookie %s\n", line);
        return;
    }
    long long expiry = strtoll(field, NULL, 10);
    long long left = expiry - (long long)time(NULL);
    const char *after = strchr(field, '\t');

    printf("cookie %.*s", (int)(field - line), line);
    if (expiry == 0) {
        printf("session");
    } else if (left < 86400) {
        printf("in %lld minutes", (left + 150) / 300 * 5);
    } else {
        printf("%lld", expiry);
    }
    printf("%s\n", after ? after : "");
}

static void show_lists(CURL *curl)
{
    struct curl_slist *list = NULL;
    CURLcode code = curl_easy_getinfo(curl, CURLINFO_COOKIELIST, &list);

    printf("cookies %d\n", (int)code);
    for (const struct curl_slist *one = list; one; one = one->next) {
        show_cookie(one->data);
    }
    curl_slist_free_all(list);
    struct curl_certinfo *certificates = NULL;

    code = curl_easy_getinfo(curl, CURLINFO_CERTINFO, &certificates);
    printf("info CERTINFO = %d %d\n", (int)code,
           certificates ? certificates->num_of_certs : -1);
    struct curl_tlssessioninfo *session = NULL;

    code = curl_easy_getinfo(curl, CURLINFO_TLS_SSL_PTR, &session);
    printf("info TLS_SSL_PTR = %d %d\n", (int)code,
           session ? (int)session->backend : -1);
}

/* What holds of the times whatever they are: programs divide by them. */
static void show_times(CURL *curl)
{
    static const CURLINFO order[] = {
        CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T,
        CURLINFO_PRETRANSFER_TIME_T, CURLINFO_STARTTRANSFER_TIME_T,
        CURLINFO_TOTAL_TIME_T};
    curl_off_t before = 0;
    bool ordered = true;

    for (size_t i = 0; i < COUNT(order); i++) {
        curl_off_t now = -1;

        curl_easy_getinfo(curl, order[i], &now);
        ordered &= now >= before;
        before = now;
    }
    if (!ordered || before <= 0) {
        printf("times fall, or there are none\n");
    }
}

void client_show_infos(const struct client *client)
{
    long code = 0;

    show_numbers(client->curl);
    show_strings(client->curl);
    show_lists(client->curl);
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &code);
    if (code == 200) {
        show_times(client->curl);
    }
}

void client_show_fields(const struct client *client)
{
    static const unsigned int origins[] = {CURLH_HEADER, CURLH_TRAILER,
                                           CURLH_1XX, CURLH_CONNECT};

    for (int request = -1; request < 4; request++) {
        for (size_t i = 0; i < COUNT(origins); i++) {
            struct curl_header *field = NULL;

            while ((field = curl_easy_nextheader(client->curl, origins[i],
                                                 request, field))) {
                printf("field %s = %s (request %d, %zu of %zu, origin %u)\n",
                       field->name, field->value, request, field->index,
                       field->amount, field->origin);
            }
        }
    }
    struct curl_header *found = NULL;

    printf("field code %d %d\n",
           (int)curl_easy_header(client->curl, "content-TYPE", 0, CURLH_HEADER,
                                 -1, &found),
           (int)curl_easy_header(client->curl, "X-Nothing", 0, CURLH_HEADER, -1,
                                 &found));
    printf("field code %d %d\n",
           (int)curl_easy_header(client->curl, "Content-Type", 5, CURLH_HEADER,
                                 -1, &found),
           (int)curl_easy_header(client->curl, "Content-Type", 0, CURLH_HEADER,
                                 77, &found));
}

char *client_path(const struct client *client, const char *name)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s", client->folder, name) < 0) {
        exit(1);
    }
    return path;
}

void client_show_file(const char *label, const char *path)
{
    FILE *file = fopen(path, "re");
    uint64_t hash = CLIENT_HASH_START;
    size_t total = 0;
    char piece[4096];
    size_t got;

    if (!file) {
        printf("%s missing\n", label);
        return;
    }
    while ((got = fread(piece, 1, sizeof(piece), file)) > 0) {
        hash = client_hash(hash, piece, got);
        total += got;
    }
    fclose(file);
    printf("%s file total=%zu hash=%016llx\n", label, total,
           (unsigned long long)hash);
}
