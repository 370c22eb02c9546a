/*
 * calls_show.c - what can be asked of a handle
 */
#include "tests/calls/calls.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Those that are not in the closed list: timings (1) and the connection (2)
 * are free. HEADER_SIZE, REQUEST_SIZE and SIZE_DOWNLOAD have their own. */
/* clang-format off */
#define LONGS(X) \
    X(RESPONSE_CODE) X(HTTP_CONNECTCODE) X(SSL_VERIFYRESULT) X(FILETIME) \
    X(REDIRECT_COUNT) X(HTTPAUTH_AVAIL) X(PROXYAUTH_AVAIL) X(CONDITION_UNMET) \
    X(RTSP_CLIENT_CSEQ) X(HTTP_VERSION) X(PROXY_SSL_VERIFYRESULT) X(PROTOCOL)
#define OFFSETS(X) \
    X(SIZE_UPLOAD_T) X(FILETIME_T) X(CONTENT_LENGTH_DOWNLOAD_T) \
    X(CONTENT_LENGTH_UPLOAD_T) X(RETRY_AFTER)
#define STRINGS(X) \
    X(EFFECTIVE_URL) X(CONTENT_TYPE) X(PRIVATE) X(FTP_ENTRY_PATH) X(REDIRECT_URL) \
    X(RTSP_SESSION_ID) X(SCHEME) X(EFFECTIVE_METHOD) X(REFERER) X(CAINFO) X(CAPATH)
/* clang-format on */

struct named {
    const char *name;
    CURLINFO info;
};

#define ROW(info) {#info, CURLINFO_##info},
/* PROTOCOL is deprecated and still asked for. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static const struct named longs[] = {LONGS(ROW)};
enum { INFO_PROTOCOL = CURLINFO_PROTOCOL };
#pragma GCC diagnostic pop
static const struct named offsets[] = {OFFSETS(ROW)};
static const struct named strings[] = {STRINGS(ROW)};

static long ask_long(CURL *curl, CURLINFO info)
{
    long value = -77;

    curl_easy_getinfo(curl, info, &value);
    return value;
}

static curl_off_t ask_offset(CURL *curl, CURLINFO info)
{
    curl_off_t value = -77;

    curl_easy_getinfo(curl, info, &value);
    return value;
}

static const char *ask_text(CURL *curl, CURLINFO info)
{
    char *value = NULL;

    curl_easy_getinfo(curl, info, &value);
    return value ? value : "(none)";
}

void show_inside(struct easy *easy)
{
    CURL *curl = easy->curl;

    say("inside code=%ld version=%ld redirects=%ld url=%s method=%s "
        "private=%s unmet=%ld\n",
        ask_long(curl, CURLINFO_RESPONSE_CODE),
        ask_long(curl, CURLINFO_HTTP_VERSION),
        ask_long(curl, CURLINFO_REDIRECT_COUNT),
        ask_text(curl, CURLINFO_EFFECTIVE_URL),
        ask_text(curl, CURLINFO_EFFECTIVE_METHOD),
        ask_text(curl, CURLINFO_PRIVATE),
        ask_long(curl, CURLINFO_CONDITION_UNMET));
    /* DIFFERENCES.md, 2: before the first line it says if a connection was
     * there already. */
    if (easy->header_lines > 0) {
        say("inside scheme=%s\n", ask_text(curl, CURLINFO_SCHEME));
    }
    /* DIFFERENCES.md, 17: a part has its fields in another order. */
    if (easy->status != 206 && easy->status != 416 && !easy->blind) {
        say("inside headers=%ld length=%ld type=%s\n",
            ask_long(curl, CURLINFO_HEADER_SIZE) - easy->free_bytes,
            (long)ask_offset(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T),
            ask_text(curl, CURLINFO_CONTENT_TYPE));
    }
}

/* DIFFERENCES.md, 2: before the first line some tell if a connection was there
 * already. */
static bool is_of_before(const struct easy *easy, CURLINFO info)
{
    bool nothing =
        easy->header_lines == 0 && (!easy->blind || easy->status == 0);

    switch ((int)info) {
    case CURLINFO_SCHEME:
    case INFO_PROTOCOL:
        return nothing;
    default:
        return false;
    }
}

static void show_sizes(const struct easy *easy)
{
    CURL *curl = easy->curl;

    if (!easy->blind) {
        say("info HEADERS %ld\n",
            ask_long(curl, CURLINFO_HEADER_SIZE) - easy->free_bytes);
    }
    /* DIFFERENCES.md, 3 and 13: that of the stored transfer, all of it. */
    if (!calls.changes && !calls.sends && !(easy->aborted && easy->chained) &&
        !is_of_before(easy, CURLINFO_REQUEST_SIZE)) {
        say("info REQUEST %ld\n", ask_long(curl, CURLINFO_REQUEST_SIZE));
    }
    /* DIFFERENCES.md, 4: in what steps it grows. */
    if (!easy->aborted) {
        say("info DOWNLOAD %ld\n",
            (long)ask_offset(curl, CURLINFO_SIZE_DOWNLOAD_T));
    }
}

void show_infos(struct easy *easy)
{
    if (easy->dirty || easy->state == ADDED) {
        return;
    }
    for (size_t i = 0; i < COUNT(longs); i++) {
        if (is_of_before(easy, longs[i].info)) {
            continue;
        }
        say("info %s %ld\n", longs[i].name,
            ask_long(easy->curl, longs[i].info));
    }
    for (size_t i = 0; i < COUNT(offsets); i++) {
        /* DIFFERENCES.md, 19: past the end there is no body. Whether libcurl
         * counts what it sent at once is a matter of timing. */
        if ((easy->status != 416 ||
             offsets[i].info != CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) &&
            (!calls.sends || offsets[i].info != CURLINFO_SIZE_UPLOAD_T) &&
            !is_of_before(easy, offsets[i].info)) {
            say("info %s %ld\n", offsets[i].name,
                (long)ask_offset(easy->curl, offsets[i].info));
        }
    }
    for (size_t i = 0; i < COUNT(strings); i++) {
        if ((easy->status != 416 || strings[i].info != CURLINFO_CONTENT_TYPE) &&
            !is_of_before(easy, strings[i].info)) {
            say("info %s %s\n", strings[i].name,
                ask_text(easy->curl, strings[i].info));
        }
    }
    if (easy->status != 416) {
        show_sizes(easy);
    }
}

static bool is_free(const char *name)
{
    return strcasecmp(name, "Age") == 0 ||
           strcasecmp(name, "Transfer-Encoding") == 0 ||
           strcasecmp(name, "Connection") == 0;
}

/* DIFFERENCES.md, 7: fields that may differ; 17 and 19: the order.
 * libcurl keeps a line twice that was held by a pause, and counts one
 * request more where it sent a body again. */
void show_fields(struct easy *easy)
{
    static const unsigned int origins[] = {CURLH_HEADER, CURLH_TRAILER,
                                           CURLH_1XX, CURLH_CONNECT};
    struct curl_header *found = NULL;

    if (easy->dirty || easy->state == ADDED || easy->fields_free ||
        easy->status == 206 || easy->status == 416) {
        return;
    }
    for (int request = -1; request < (calls.sends ? 0 : 3); request++) {
        for (size_t i = 0; i < COUNT(origins); i++) {
            struct curl_header *field = NULL;

            while ((field = curl_easy_nextheader(easy->curl, origins[i],
                                                 request, field))) {
                if (!is_free(field->name)) {
                    say("field %s = %s (request %d, %zu of %zu, origin %u)\n",
                        field->name, field->value, request, field->index,
                        field->amount, field->origin);
                }
            }
        }
    }
    CURLHcode code = curl_easy_header(easy->curl, "content-TYPE", 0,
                                      CURLH_HEADER, -1, &found);

    say("field code %d %s\n", (int)code,
        code == CURLHE_OK ? found->value : "(none)");
    say("field code %d %d %d\n",
        (int)curl_easy_header(easy->curl, "X-Nothing", 0, CURLH_HEADER, -1,
                              &found),
        (int)curl_easy_header(easy->curl, "Content-Type", 5, CURLH_HEADER, -1,
                              &found),
        (int)curl_easy_header(easy->curl, "Content-Type", 0, CURLH_HEADER, 77,
                              &found));
}

/* Netscape lines. When one runs out counts from the time of the transfer:
 * compared to an hour. */
static void show_cookie(const char *line)
{
    const char *field = line;

    for (int i = 0; i < 4 && field; i++) {
        field = strchr(field, '\t');
        field = field ? field + 1 : NULL;
    }
    if (!field) {
        say("cookie %s\n", line);
        return;
    }
    long long expiry = strtoll(field, NULL, 10);
    long long left = expiry - (long long)time(NULL);
    const char *after = strchr(field, '\t');

    say("cookie %.*s%lld%s\n", (int)(field - line), line,
        expiry == 0 ? 0 : (left + 1800) / 3600, after ? after : "");
}

void show_cookies(struct easy *easy)
{
    struct curl_slist *list = NULL;

    curl_easy_getinfo(easy->curl, CURLINFO_COOKIELIST, &list);
    for (const struct curl_slist *one = list; one; one = one->next) {
        show_cookie(one->data);
    }
    curl_slist_free_all(list);
}
