/*
 * fake_real.c - the scripted libcurl
 */
#include "tests/shim/fake_real.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELD_KINDS = 3, HELD_SIZE = 64 * 1024 };

/* What a pause holds, in the order the kinds came. */
struct held {
    enum fake_kind kind;
    bool write_done; /* the write callback's half of a header is over */
    size_t size;
    char bytes[HELD_SIZE];
};

struct telling {
    struct fake_easy *easy;
    bool paused;
    size_t held_count;
    struct held held[HELD_KINDS];
};

static void hold(struct telling *telling, enum fake_kind kind, bool write_done,
                 const char *data, size_t size)
{
    struct held *held = telling->held;
    struct held *end = held + telling->held_count;

    telling->paused = true;
    /* Without CURLOPT_HEADER there is one kind of header bytes. */
    write_done = write_done || !telling->easy->header_option;
    while (held < end &&
           (held->kind != kind || held->write_done != write_done)) {
        held++;
    }
    if (held == end) {
        telling->held_count++;
        *held = (struct held){.kind = kind, .write_done = write_done};
    }
    memcpy(held->bytes + held->size, data, size);
    held->size += size;
}

static CURLcode tell_write(struct telling *telling, enum fake_kind kind,
                           char **data, size_t *size)
{
    struct fake_easy *easy = telling->easy;

    while (*size) {
        size_t piece =
            *size < CURL_MAX_WRITE_SIZE ? *size : CURL_MAX_WRITE_SIZE;
        size_t wrote = easy->write
                           ? easy->write(*data, 1, piece, easy->write_data)
                           : fwrite(*data, 1, piece, easy->write_data);

        if (wrote == CURL_WRITEFUNC_PAUSE) {
            hold(telling, kind, false, *data, *size);
            return CURLE_OK;
        }
        if (wrote != piece) {
            if (easy->error_buffer) {
                strcpy(easy->error_buffer,
                       "Failure writing output to destination");
            }
            return CURLE_WRITE_ERROR;
        }
        *data += piece;
        *size -= piece;
    }
    return CURLE_OK;
}

static CURLcode tell_header(struct telling *telling, enum fake_kind kind,
                            char *data, size_t size)
{
    struct fake_easy *easy = telling->easy;
    curl_write_callback function = easy->header ? easy->header : easy->write;
    size_t wrote;

    if (!easy->header && !easy->header_data) {
        return CURLE_OK;
    }
    wrote = function(data, 1, size, easy->header_data);
    if (wrote == CURL_WRITEFUNC_PAUSE) {
        hold(telling, kind, true, data, size);
        return CURLE_OK;
    }
    if (wrote != size) {
        if (easy->error_buffer) {
            strcpy(easy->error_buffer, "Failed writing header");
        }
        return CURLE_WRITE_ERROR;
    }
    return CURLE_OK;
}

static CURLcode tell(struct telling *telling, enum fake_kind kind,
                     bool write_done, char *data, size_t size)
{
    struct fake_easy *easy = telling->easy;
    char *rest = data;
    size_t left = size;
    bool writes = kind == FAKE_BODY ||
                  (kind == FAKE_HEADER && easy->header_option && !write_done);
    CURLcode code = CURLE_OK;

    if (telling->paused) {
        hold(telling, kind, write_done, data, size);
        return CURLE_OK;
    }
    if (writes) {
        code = tell_write(telling, kind, &rest, &left);
    }
    if (code || telling->paused || kind == FAKE_BODY) {
        return code;
    }
    return tell_header(telling, kind, data, size);
}

static CURLcode resume(struct telling *telling)
{
    struct telling *before = malloc(sizeof(*before));
    CURLcode code = CURLE_OK;

    *before = *telling;
    telling->paused = false;
    telling->held_count = 0;
    for (size_t i = 0; !code && i < before->held_count; i++) {
        struct held *held = &before->held[i];

        code = tell(telling, held->kind, held->write_done, held->bytes,
                    held->size);
    }
    free(before);
    return code;
}

/* Each piece is told from a fresh copy, as callbacks may edit it. */
static CURLcode tell_text(struct telling *telling, enum fake_kind kind,
                          const char *text)
{
    size_t size = strlen(text);
    char *copy = strdup(text);
    CURLcode code;

    /* libcurl knows the code before it tells the line. */
    if (kind != FAKE_BODY && strncmp(text, "HTTP/", 5) == 0) {
        telling->easy->status = strtol(strchr(text, ' ') + 1, NULL, 10);
    }
    code = tell(telling, kind, false, copy, size);
    if (kind == FAKE_BODY) {
        telling->easy->arrived += (curl_off_t)size;
    }
    free(copy);
    return code;
}

static CURLcode play_step(struct telling *telling, const struct fake_step *step)
{
    CURLcode code = CURLE_OK;

    if (step->kind == FAKE_RESUME) {
        return resume(telling);
    }
    if (step->kind == FAKE_URL) {
        snprintf(telling->easy->effective, sizeof(telling->easy->effective),
                 "%s", step->text);
        telling->easy->redirects++;
        return CURLE_OK;
    }
    for (size_t i = 0; !code && i < (step->repeat ? step->repeat : 1); i++) {
        code = tell_text(telling, step->kind, step->text);
    }
    return code;
}

static void note_fields(struct fake_easy *easy)
{
    size_t used = 0;

    easy->asked[0] = '\0';
    for (const struct curl_slist *line = easy->fields; line;
         line = line->next) {
        used += (size_t)snprintf(easy->asked + used, sizeof(easy->asked) - used,
                                 "%s\n", line->data);
    }
}

static CURLcode fake_easy_perform(CURL *curl)
{
    struct fake_easy *easy = curl;
    struct telling *telling;
    CURLcode code = CURLE_OK;

    if (easy->busy) {
        return CURLE_FAILED_INIT;
    }
    easy->performs++;
    easy->arrived = 0;
    easy->status = 0;
    easy->redirects = 0;
    easy->busy = true;
    note_fields(easy);
    telling = calloc(1, sizeof(*telling));
    telling->easy = easy;
    for (const struct fake_step *step = easy->script;
         !code && step && step->kind != FAKE_END; step++) {
        code = play_step(telling, step);
    }
    if (!code && telling->paused) {
        code = CURLE_OPERATION_TIMEDOUT; /* paused for good */
    }
    free(telling);
    easy->busy = false;
    return code ? code : easy->result;
}

static CURLcode fake_easy_setopt(CURL *curl, CURLoption option, ...)
{
    struct fake_easy *easy = curl;
    va_list arguments;

    va_start(arguments, option);
    switch ((int)option) {
    case CURLOPT_WRITEFUNCTION:
        easy->write = va_arg(arguments, curl_write_callback);
        break;
    case CURLOPT_WRITEDATA:
        easy->write_data = va_arg(arguments, void *);
        break;
    case CURLOPT_HEADERFUNCTION:
        easy->header = va_arg(arguments, curl_write_callback);
        break;
    case CURLOPT_HEADERDATA:
        easy->header_data = va_arg(arguments, void *);
        break;
    case CURLOPT_HEADER:
        easy->header_option = va_arg(arguments, long);
        break;
    case CURLOPT_HTTPHEADER:
        easy->fields = va_arg(arguments, struct curl_slist *);
        break;
    case CURLOPT_ERRORBUFFER:
        easy->error_buffer = va_arg(arguments, char *);
        break;
    default:
        break;
    }
    va_end(arguments);
    return CURLE_OK;
}

static CURLcode fake_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
    const struct fake_easy *easy = curl;
    va_list arguments;
    void *out;

    va_start(arguments, info);
    out = va_arg(arguments, void *);
    va_end(arguments);
    switch ((int)info) {
    case CURLINFO_RESPONSE_CODE:
        *(long *)out = easy->status;
        return CURLE_OK;
    case CURLINFO_REDIRECT_COUNT:
        *(long *)out = easy->redirects;
        return CURLE_OK;
    case CURLINFO_SIZE_DOWNLOAD_T:
        *(curl_off_t *)out = easy->arrived + easy->arrived_more;
        return CURLE_OK;
    case CURLINFO_CONTENT_LENGTH_DOWNLOAD_T:
        *(curl_off_t *)out = easy->announced;
        return CURLE_OK;
    case CURLINFO_EFFECTIVE_URL:
        *(const char **)out = easy->effective;
        return CURLE_OK;
    default:
        break;
    }
    switch ((unsigned int)info & CURLINFO_TYPEMASK) {
    case CURLINFO_LONG:
        *(long *)out = 0;
        return CURLE_OK;
    case CURLINFO_DOUBLE:
        *(double *)out = 0;
        return CURLE_OK;
    case CURLINFO_OFF_T:
        *(curl_off_t *)out = 0;
        return CURLE_OK;
    default:
        *(void **)out = NULL;
        return CURLE_OK;
    }
}

static void set_defaults(struct fake_easy *easy)
{
    easy->write = NULL;
    easy->write_data = stdout;
    easy->header = NULL;
    easy->header_data = NULL;
    easy->header_option = 0;
    easy->error_buffer = NULL;
    easy->fields = NULL;
}

static void fake_easy_reset(CURL *curl)
{
    set_defaults(curl);
}

static CURL *fake_easy_init(void)
{
    struct fake_easy *easy = calloc(1, sizeof(*easy));

    set_defaults(easy);
    easy->announced = -1;
    return easy;
}

static CURL *fake_easy_duphandle(CURL *curl)
{
    struct fake_easy *copy = malloc(sizeof(*copy));

    *copy = *(const struct fake_easy *)curl;
    copy->busy = false;
    return copy;
}

static CURLcode fake_easy_pause(CURL *curl, int bitmask)
{
    (void)curl;
    (void)bitmask;
    return CURLE_OK;
}

const struct lcc_real fake_real = {
    .version = LIBCURL_VERSION_NUM,
    .easy_init = fake_easy_init,
    .easy_setopt = fake_easy_setopt,
    .easy_perform = fake_easy_perform,
    .easy_getinfo = fake_easy_getinfo,
    .easy_reset = fake_easy_reset,
    .easy_duphandle = fake_easy_duphandle,
    .easy_cleanup = free,
    .easy_pause = fake_easy_pause,
    .easy_strerror = curl_easy_strerror,
    .slist_append = curl_slist_append,
    .slist_free_all = curl_slist_free_all,
    .version_info = curl_version_info,
    .free = curl_free,
    .url = curl_url,
    .url_cleanup = curl_url_cleanup,
    .url_get = curl_url_get,
    .url_set = curl_url_set,
    .url_dup = curl_url_dup,
};

/* --- the program's side --------------------------------------------------- */

struct fake_easy *fake_of(const struct lcc_handle *handle)
{
    return handle->curl;
}

struct lcc_handle *fake_handle_new(const char *url)
{
    struct lcc_handle *handle = calloc(1, sizeof(*handle));

    handle->real = &fake_real;
    handle->curl = fake_easy_init();
    lcc_shadow_init(&handle->shadow);
    fake_setopt_string(handle, CURLOPT_URL, url);
    snprintf(fake_of(handle)->effective, sizeof(fake_of(handle)->effective),
             "%s", url);
    return handle;
}

void fake_handle_free(struct lcc_handle *handle)
{
    if (!handle) {
        return;
    }
    if (handle->state) {
        lcc_engine_table()->release(handle);
    }
    handle->real->easy_cleanup(handle->curl);
    lcc_shadow_done(&handle->shadow);
    free(handle);
}

static bool held_by_engine(const struct lcc_handle *handle, CURLoption option)
{
    return handle->state && lcc_engine_table()->holds(handle, option);
}

void fake_setopt_long(struct lcc_handle *handle, CURLoption option, long value)
{
    const union lcc_value kept = {.number = value};

    if (!held_by_engine(handle, option)) {
        handle->real->easy_setopt(handle->curl, option, value);
    }
    lcc_shadow_set(&handle->shadow, option, &kept);
}

void fake_setopt_string(struct lcc_handle *handle, CURLoption option,
                        const char *value)
{
    union lcc_value kept = {.string = value ? strdup(value) : NULL};

    handle->real->easy_setopt(handle->curl, option, value);
    lcc_shadow_set(&handle->shadow, option, &kept);
    free(kept.string);
}

void fake_setopt_pointer(struct lcc_handle *handle, CURLoption option,
                         void *value)
{
    const union lcc_value kept = {.pointer = value};

    if (!held_by_engine(handle, option)) {
        handle->real->easy_setopt(handle->curl, option, value);
    }
    lcc_shadow_set(&handle->shadow, option, &kept);
}

void fake_setopt_function(struct lcc_handle *handle, CURLoption option,
                          curl_write_callback value)
{
    const union lcc_value kept = {.function = (void (*)(void))value};

    if (!held_by_engine(handle, option)) {
        handle->real->easy_setopt(handle->curl, option, value);
    }
    lcc_shadow_set(&handle->shadow, option, &kept);
}

void fake_reset(struct lcc_handle *handle)
{
    if (handle->state) {
        lcc_engine_table()->reset(handle);
    }
    handle->real->easy_reset(handle->curl);
    lcc_shadow_reset(&handle->shadow);
}

struct lcc_handle *fake_duplicate(struct lcc_handle *handle)
{
    struct lcc_handle *copy = calloc(1, sizeof(*copy));

    copy->real = handle->real;
    copy->curl = handle->real->easy_duphandle(handle->curl);
    lcc_shadow_init(&copy->shadow);
    lcc_shadow_copy(&copy->shadow, &handle->shadow);
    if (handle->state) {
        lcc_engine_table()->duplicated(handle, copy);
    }
    return copy;
}

CURLcode fake_perform(struct lcc_handle *handle)
{
    return lcc_engine_table()->perform(handle);
}

long fake_status(struct lcc_handle *handle)
{
    long status = -1;
    CURLcode code = CURLE_OK;

    if (!handle->state || !lcc_engine_table()->getinfo(
                              handle, CURLINFO_RESPONSE_CODE, &status, &code)) {
        handle->real->easy_getinfo(handle->curl, CURLINFO_RESPONSE_CODE,
                                   &status);
    }
    return status;
}
