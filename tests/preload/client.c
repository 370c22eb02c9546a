/*
 * client.c - the callbacks of the client, and how one transfer is played
 */
#include "tests/preload/client.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void client_print(const char *label, const char *bytes, size_t size)
{
    printf("%s ", label);
    for (size_t i = 0; i < size; i++) {
        unsigned char one = (unsigned char)bytes[i];

        if (one == '\r' && i + 2 == size) {
            continue; /* the end of a line is told by its length */
        }
        if (one == '\n' && i + 1 == size) {
            continue;
        }
        if (isprint(one)) {
            putchar(one);
        } else {
            printf("\\x%02x", one);
        }
    }
    printf(" (%zu)\n", size);
}

uint64_t client_hash(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *from = bytes;

    for (size_t i = 0; i < size; i++) {
        hash = hash * 33 + from[i];
    }
    return hash;
}

/* What programs ask inside callbacks; written down when it has changed. */
static void show_inside(struct client *client, const char *where)
{
    char now[CLIENT_SHOWN_MAX];
    long code = -1;
    long version = -1;
    long redirects = -1;
    long header_size = -1;
    curl_off_t length = -2;
    char *url = NULL;
    char *type = NULL;
    char *scheme = NULL;

    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(client->curl, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(client->curl, CURLINFO_REDIRECT_COUNT, &redirects);
    curl_easy_getinfo(client->curl, CURLINFO_HEADER_SIZE, &header_size);
    curl_easy_getinfo(client->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                      &length);
    curl_easy_getinfo(client->curl, CURLINFO_EFFECTIVE_URL, &url);
    curl_easy_getinfo(client->curl, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(client->curl, CURLINFO_SCHEME, &scheme);
    snprintf(now, sizeof(now),
             "code=%ld version=%ld redirects=%ld headers=%ld length=%ld "
             "type=%s scheme=%s url=%s",
             code, version, redirects, header_size, (long)length,
             type ? type : "(none)", scheme ? scheme : "(none)",
             url ? url : "(none)");
    if (strcmp(now, client->shown) != 0) {
        printf("inside %s %s\n", where, now);
        strcpy(client->shown, now);
    }
}

static void ask_headers(struct client *client, const char *where)
{
    struct curl_header *found = NULL;
    CURLHcode code = curl_easy_header(client->curl, "Content-Type", 0,
                                      CURLH_HEADER, -1, &found);

    printf("asked %s code=%d value=%s\n", where, (int)code,
           code == CURLHE_OK ? found->value : "(none)");
}

static size_t on_write2(char *data, size_t size, size_t count, void *user);

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct client *client = user;
    size_t bytes = size * count;

    client->header_calls++;
    client_print("header", data, bytes);
    client->unterminated += data[bytes] != '\0';
    show_inside(client, "header");
    if (client->plan.asks_headers) {
        ask_headers(client, "header");
    }
    if (client->plan.edits) {
        memset(data, '#', bytes);
    }
    if (client->plan.switches && client->header_calls == 1) {
        printf("set %d\n", (int)curl_easy_setopt(
                               client->curl, CURLOPT_WRITEFUNCTION, on_write2));
    }
    if (client->plan.duplicates && !client->duplicate) {
        client->duplicate = curl_easy_duphandle(client->curl);
    }
    return client->header_calls == client->plan.abort_header ? 0 : bytes;
}

static void run_nested(struct client *client)
{
    struct client inner = {.base = client->base, .folder = client->folder};
    const char *path = client->plan.nested;

    client->plan.nested = NULL;
    printf("nested begins\n");
    client_begin(&inner, path);
    client_perform(&inner);
    client_end(&inner);
    printf("nested ends\n");
}

static size_t take_piece(struct client *client, int which, char *data,
                         size_t bytes)
{
    client->total[which] += bytes;
    client->hash[which] = client_hash(client->hash[which], data, bytes);
    client->largest = bytes > client->largest ? bytes : client->largest;
    client->unterminated += data[bytes] != '\0';
    if (client->plan.quiet) {
        return bytes;
    }
    printf("body%s total=%llu hash=%016llx\n", which ? "2" : "",
           (unsigned long long)client->total[which],
           (unsigned long long)client->hash[which]);
    if (client->plan.edits) {
        memset(data, '#', bytes);
    }
    return bytes;
}

static size_t on_write2(char *data, size_t size, size_t count, void *user)
{
    return take_piece(user, 1, data, size * count);
}

static size_t on_write(char *data, size_t size, size_t count, void *user)
{
    struct client *client = user;
    const struct client_plan *plan = &client->plan;
    size_t bytes = size * count;

    show_inside(client, "write");
    if (plan->pauses > 0) {
        client->plan.pauses--;
        client->paused = true;
        printf("pause\n");
        return CURL_WRITEFUNC_PAUSE;
    }
    if (plan->asks_headers && client->total[0] == 0) {
        ask_headers(client, "write");
    }
    if (plan->nested) {
        run_nested(client);
    }
    if (plan->abort_write || plan->error_write || plan->short_write) {
        printf("piece not taken\n");
        return plan->error_write   ? CURL_WRITEFUNC_ERROR
               : plan->short_write ? bytes - 1
                                   : 0;
    }
    return take_piece(client, 0, data, bytes);
}

void client_resume(struct client *client)
{
    client->paused = false;
    printf("resume\n");
    printf("resumed %d\n", (int)curl_easy_pause(client->curl, CURLPAUSE_CONT));
}

static int on_progress(void *user, curl_off_t total, curl_off_t now,
                       curl_off_t up_total, curl_off_t up_now)
{
    struct client *client = user;

    client->progress_called = true;
    client->progress_fell |= now < client->progress[1];
    client->progress[0] = total;
    client->progress[1] = now;
    client->progress[2] = up_total;
    client->progress[3] = up_now;
    if (client->paused) {
        client_resume(client);
    }
    return client->plan.abort_at_once ||
           (client->plan.abort_progress && now > 0);
}

static int on_old_progress(void *user, double total, double now,
                           double up_total, double up_now)
{
    return on_progress(user, (curl_off_t)total, (curl_off_t)now,
                       (curl_off_t)up_total, (curl_off_t)up_now);
}

static int on_debug(CURL *curl, curl_infotype type, char *data, size_t size,
                    void *user)
{
    static const char *const names[] = {
        "TEXT",     "HEADER_IN",   "HEADER_OUT",  "DATA_IN",
        "DATA_OUT", "SSL_DATA_IN", "SSL_DATA_OUT"};
    static uint64_t total;
    static uint64_t hash;
    char label[64];

    (void)curl;
    (void)user;
    snprintf(label, sizeof(label), "debug %s", names[type]);
    if (type == CURLINFO_HEADER_IN) {
        total = 0; /* of each response its own */
        hash = CLIENT_HASH_START;
    }
    if (type == CURLINFO_DATA_IN) {
        total += size;
        hash = client_hash(hash, data, size);
        printf("%s total=%llu hash=%016llx\n", label, (unsigned long long)total,
               (unsigned long long)hash);
    } else {
        client_print(label, data, size);
    }
    return 0;
}

void client_set_write(struct client *client)
{
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
}

void client_set_header(struct client *client)
{
    curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(client->curl, CURLOPT_HEADERDATA, client);
}

void client_set_progress(struct client *client)
{
    curl_easy_setopt(client->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(client->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(client->curl, CURLOPT_XFERINFODATA, client);
}

void client_set_old_progress(struct client *client)
{
    curl_easy_setopt(client->curl, CURLOPT_NOPROGRESS, 0L);
    /* Deprecated, and still what older programs use. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    curl_easy_setopt(client->curl, CURLOPT_PROGRESSFUNCTION, on_old_progress);
#pragma GCC diagnostic pop
    curl_easy_setopt(client->curl, CURLOPT_PROGRESSDATA, client);
}

void client_set_debug(struct client *client)
{
    curl_easy_setopt(client->curl, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(client->curl, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(client->curl, CURLOPT_DEBUGDATA, client);
}

void client_url(struct client *client, const char *path)
{
    char url[2048];

    snprintf(url, sizeof(url), "%s%s", client->base, path);
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
}

void client_begin(struct client *client, const char *path)
{
    client->curl = curl_easy_init();
    if (!client->curl) {
        printf("no handle\n");
        exit(1);
    }
    client_url(client, path);
    curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, client->error);
    client_set_write(client);
    client_set_header(client);
    client_set_progress(client);
}

void client_forget(struct client *client)
{
    client->header_calls = 0;
    client->total[0] = client->total[1] = 0;
    client->hash[0] = client->hash[1] = CLIENT_HASH_START;
    client->largest = 0;
    client->unterminated = 0;
    client->progress_called = client->progress_fell = false;
    memset(client->progress, 0, sizeof(client->progress));
    memset(client->shown, 0, sizeof(client->shown));
    snprintf(client->error, sizeof(client->error), "untouched");
}

void client_show_result(const struct client *client, CURLcode code)
{
    printf("result %d (%s) text \"%s\"\n", (int)code, curl_easy_strerror(code),
           client->error);
    if (!client->plan.abort_progress) {
        printf("bytes %llu hash=%016llx\n",
               (unsigned long long)client->total[0],
               (unsigned long long)client->hash[0]);
    }
    if (client->progress_fell) {
        printf("progress fell\n");
    }
    if (client->progress_called) {
        printf("progress last %ld %ld %ld %ld\n", (long)client->progress[0],
               (long)client->progress[1], (long)client->progress[2],
               (long)client->progress[3]);
    }
}

CURLcode client_perform(struct client *client)
{
    client_forget(client);
    CURLcode code = client_run(client, client->curl);

    client_show_result(client, code);
    client_show_infos(client);
    client_show_fields(client);
    return code;
}

void client_end(struct client *client)
{
    curl_easy_cleanup(client->curl);
    client->curl = NULL;
}
