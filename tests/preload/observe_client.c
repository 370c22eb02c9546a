/*
 * observe_client.c - every option of delivery, and every info, from the tables
 *
 * observe_client URL: for each row of class DELIVERY in shim/options.def, with
 * several values, a transfer of several kinds of answer; whatever can be seen
 * of it is printed, each row of shim/infos.def included, also from inside
 * callbacks. A row that needs a value nobody gave it here is said on stderr.
 * The program itself knows nothing of the cache.
 */
#include <curl/curl.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo

enum kind { KIND_LONG, KIND_OFF, KIND_POINTER, KIND_FUNCTION, KIND_OTHER };
#define KIND_STRING KIND_OTHER
#define KIND_SLIST KIND_OTHER
#define KIND_BLOB KIND_OTHER

static const struct option {
    const char *name;
    int number;
    const char *class_;
    enum kind kind;
} options[] = {
#define LCC_OPTION(name_, number_, class_of, kind_, dflt_)                     \
    {#name_, number_, #class_of, KIND_##kind_},
#include "shim/options.def"
#undef LCC_OPTION
};

static const struct info {
    const char *name;
    unsigned int number;
} infos[] = {
#define LCC_INFO(name_, number_, class_, since_) {#name_, number_},
#include "shim/infos.def"
#undef LCC_INFO
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HASH_START UINT64_C(14695981039346656037)

/* What one transfer is watched by. */
struct watch {
    CURL *curl;
    const char *option; /* "" for none: the infos are asked in callbacks */
    uint64_t hash;
    size_t bytes;
    bool is_chain; /* of more than one response */
    bool is_long;  /* its body comes in more than one piece, or in chunks */
    bool asked_in_body;
    bool under_way;
    char error[CURL_ERROR_SIZE];
    curl_off_t last_total;
    curl_off_t last_now;
    bool progressed;
    uint64_t debug_hash; /* of header lines */
    FILE *file;
};

/* --- infos --------------------------------------------------------------- */

/* What kind a number is of stands in its upper bits. */
static void show_info(CURL *curl, const char *where, const struct info *info)
{
    CURLINFO number = (CURLINFO)info->number;
    CURLcode code;

    printf("info %s = ", info->name);
    switch (info->number & CURLINFO_TYPEMASK) {
    case CURLINFO_STRING: {
        char *value = NULL;

        code = curl_easy_getinfo(curl, number, &value);
        printf("%d %s", (int)code, value ? value : "(none)");
        break;
    }
    case CURLINFO_LONG: {
        long value = -77;

        code = curl_easy_getinfo(curl, number, &value);
        printf("%d %ld", (int)code, value);
        break;
    }
    case CURLINFO_DOUBLE: {
        double value = -77;

        code = curl_easy_getinfo(curl, number, &value);
        printf("%d %.6f", (int)code, value);
        break;
    }
    case CURLINFO_OFF_T: {
        curl_off_t value = -77;

        code = curl_easy_getinfo(curl, number, &value);
        printf("%d %lld", (int)code, (long long)value);
        break;
    }
    case CURLINFO_SOCKET: {
        curl_socket_t value = -77;

        code = curl_easy_getinfo(curl, number, &value);
        printf("%d %d", (int)code, (int)value);
        break;
    }
    default: { /* a list or a struct: is there one? */
        void *value = NULL;

        code = curl_easy_getinfo(curl, number, &value);
        printf("%d %s", (int)code, value ? "some" : "(none)");
        if (number == CURLINFO_COOKIELIST || number == CURLINFO_SSL_ENGINES) {
            curl_slist_free_all(value);
        }
        break;
    }
    }
    printf(" (%s)\n", where);
}

/* Of a chain a hit has the size of all its requests from the start, and libcurl
 * of those so far (shim/DIFFERENCES.md, 3). */
static bool is_told_early(const struct watch *watch, const struct info *info)
{
    return watch->is_chain && info->number == CURLINFO_REQUEST_SIZE;
}

/* The steps in which it grows go with the pieces (4). */
static bool is_of_pieces(const struct watch *watch, const struct info *info)
{
    return watch->is_long && watch->under_way &&
           strncmp(info->name, "SIZE_DOWNLOAD", strlen("SIZE_DOWNLOAD")) == 0;
}

static void show_infos(const struct watch *watch, const char *where)
{
    for (size_t i = 0; i < COUNT(infos); i++) {
        if (!is_told_early(watch, &infos[i]) &&
            !is_of_pieces(watch, &infos[i])) {
            show_info(watch->curl, where, &infos[i]);
        }
    }
}

/* --- callbacks ----------------------------------------------------------- */

static uint64_t hash_on(uint64_t hash, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static size_t on_write(char *bytes, size_t size, size_t count, void *arg)
{
    struct watch *watch = arg;

    if (!*watch->option && !watch->asked_in_body) {
        watch->asked_in_body = true;
        show_infos(watch, "at the first piece of the body");
    }
    watch->hash = hash_on(watch->hash, bytes, size * count);
    watch->bytes += size * count;
    return size * count;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct watch *watch = arg;

    printf("header %.*s (%zu)\n",
           (int)(size * count > 2 ? size * count - 2 : 0), bytes, size * count);
    if (!*watch->option) {
        show_infos(watch, "at a header line");
    }
    return size * count;
}

static int on_xferinfo(void *arg, curl_off_t total, curl_off_t now,
                       curl_off_t up_total, curl_off_t up_now)
{
    struct watch *watch = arg;

    watch->progressed = true;
    watch->last_total = total;
    watch->last_now = now;
    return up_total != 0 || up_now != 0;
}

static int on_progress(void *arg, double total, double now, double up_total,
                       double up_now)
{
    return on_xferinfo(arg, (curl_off_t)total, (curl_off_t)now,
                       (curl_off_t)up_total, (curl_off_t)up_now);
}

static int on_debug(CURL *curl, curl_infotype type, char *bytes, size_t size,
                    void *arg)
{
    struct watch *watch = arg;

    (void)curl;
    if (type == CURLINFO_HEADER_IN) { /* of the body see (6) */
        watch->debug_hash = hash_on(watch->debug_hash, bytes, size);
    }
    return 0;
}

/* --- values -------------------------------------------------------------- */

typedef void (*any_function)(void);

static const long numbers[] = {0, 1, 2, 1000, 20000};
static const curl_off_t offsets[] = {0, 1, 1000, 100000000};

/* Values @which and on of the functions and pointers; false: no more. */
static bool other_value(const struct option *option, size_t which,
                        struct watch *watch, any_function *ret_function,
                        void **ret_pointer)
{
    const struct {
        const char *name;
        any_function function;
        void *pointers[3];
        size_t count;
    } values[] = {
        {"WRITEFUNCTION", (any_function)on_write, {NULL}, 1},
        {"WRITEDATA", NULL, {watch}, 1},
        {"HEADERFUNCTION", (any_function)on_header, {NULL}, 2},
        {"HEADERDATA", NULL, {watch}, 1},
        {"ERRORBUFFER", NULL, {watch->error, NULL}, 2},
        {"PRIVATE", NULL, {watch->error, NULL}, 2},
        {"PROGRESSFUNCTION", (any_function)on_progress, {NULL}, 2},
        {"XFERINFOFUNCTION", (any_function)on_xferinfo, {NULL}, 2},
        {"XFERINFODATA", NULL, {watch}, 1},
        {"STDERR", NULL, {watch->file}, 1},
        {"DEBUGFUNCTION", (any_function)on_debug, {NULL}, 2},
        {"DEBUGDATA", NULL, {watch}, 1},
    };

    for (size_t i = 0; i < COUNT(values); i++) {
        if (strcmp(values[i].name, option->name) == 0) {
            *ret_function = which == 0 ? values[i].function : NULL;
            *ret_pointer = which < 3 ? values[i].pointers[which] : NULL;
            return which < values[i].count;
        }
    }
    fprintf(stderr, "observe_client: no value for %s\n", option->name);
    return false;
}

/* False: there is no value of this number. */
static bool set_value(CURL *curl, const struct option *option, size_t which,
                      struct watch *watch)
{
    CURLoption number = (CURLoption)option->number;
    any_function function = NULL;
    void *pointer = NULL;

    switch (option->kind) {
    case KIND_LONG:
        return which < COUNT(numbers) &&
               curl_easy_setopt(curl, number, numbers[which]) <= CURL_LAST;
    case KIND_OFF:
        return which < COUNT(offsets) &&
               curl_easy_setopt(curl, number, offsets[which]) <= CURL_LAST;
    case KIND_FUNCTION:
        return other_value(option, which, watch, &function, &pointer) &&
               curl_easy_setopt(curl, number, function) <= CURL_LAST;
    case KIND_POINTER:
    case KIND_OTHER:
        break;
    }
    return other_value(option, which, watch, &function, &pointer) &&
           curl_easy_setopt(curl, number, pointer) <= CURL_LAST;
}

/* --- transfers ----------------------------------------------------------- */

static const char *const paths[] = {"/small", "/hop1",   "/gzip",
                                    "/error", "/medium", "/trailers"};

static CURL *handle_new(const char *url, struct watch *watch)
{
    CURL *curl = curl_easy_init();

    watch->curl = curl;
    watch->hash = watch->debug_hash = HASH_START;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, watch);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, watch);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, watch);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, watch);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, watch->error);
    return curl;
}

/* What some options need to be seen at all. */
static void set_with(CURL *curl, const struct watch *watch)
{
    const char *option = watch->option;

    if (strncmp(option, "PROGRESS", 8) == 0 ||
        strncmp(option, "XFERINFO", 8) == 0) {
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    }
    if (strcmp(option, "XFERINFODATA") == 0) {
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_xferinfo);
    }
    if (strncmp(option, "DEBUG", 5) == 0) {
        curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
        curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    }
    if (strcmp(option, "STDERR") == 0) {
        curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    }
    if (strcmp(option, "VERBOSE") != 0) {
        /* Where the progress meter goes too, which is of times. */
        curl_easy_setopt(curl, CURLOPT_STDERR, watch->file);
    }
}

/* Was anything written there? What libcurl says of itself is of its times. */
static void show_file(const struct watch *watch)
{
    printf("file of %s: %s\n", watch->option,
           ftell(watch->file) > 0 ? "written to" : "empty");
}

static void show(const struct watch *watch, CURLcode code)
{
    printf("result %d \"%s\"\n", (int)code, watch->error);
    printf("body total=%zu hash=%016llx\n", watch->bytes,
           (unsigned long long)watch->hash);
    printf("debug %016llx\n", (unsigned long long)watch->debug_hash);
    printf("progress %d: %lld of %lld\n", watch->progressed,
           (long long)watch->last_now, (long long)watch->last_total);
    show_file(watch);
    show_infos(watch, "afterwards");
}

static bool transfer(const char *base, const char *path,
                     const struct option *option, size_t which)
{
    struct watch watch = {.option = option ? option->name : ""};
    char url[512];
    CURL *curl;
    bool is_value = true;

    snprintf(url, sizeof(url), "%s%s", base, path);
    watch.file = tmpfile();
    watch.is_long =
        strcmp(path, "/medium") == 0 || strcmp(path, "/trailers") == 0;
    watch.is_chain = strcmp(path, "/hop1") == 0;
    curl = handle_new(url, &watch);
    if (option) {
        set_with(curl, &watch);
        is_value = set_value(curl, option, which, &watch);
    }
    if (is_value) {
        printf("--- %s %zu %s\n", watch.option, which, path);
        watch.under_way = true;
        CURLcode code = curl_easy_perform(curl);

        watch.under_way = false;
        show(&watch, code);
        fflush(stdout);
    }
    curl_easy_cleanup(curl);
    fclose(watch.file);
    return is_value;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (size_t i = 0; i < COUNT(paths); i++) {
        transfer(argv[1], paths[i], NULL, 0);
    }
    for (size_t i = 0; i < COUNT(options); i++) {
        size_t which = 0;

        if (strcmp(options[i].class_, "DELIVERY") != 0) {
            continue;
        }
        while (transfer(argv[1], paths[0], &options[i], which)) {
            for (size_t j = 1; j < COUNT(paths); j++) {
                transfer(argv[1], paths[j], &options[i], which);
            }
            which++;
        }
        if (which == 0) {
            return 3;
        }
    }
    return 0;
}
