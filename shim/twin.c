/*
 * twin.c - options by value, from a shadow to a new handle
 */
#include "shim/twin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Takes the body of an answer that nobody reads. */
static size_t throw_away(char *bytes, size_t size, size_t count, void *data)
{
    (void)bytes;
    (void)data;
    return size * count;
}

bool lcc_twin_set(struct lcc_twin *twin, enum lcc_option_row row,
                  const union lcc_value *value)
{
    const struct lcc_option *option = lcc_option_at(row);
    const CURLoption number = (CURLoption)option->number;
    const struct lcc_real *real = twin->handle.real;
    CURL *curl = twin->handle.curl;
    CURLcode code = CURLE_UNKNOWN_OPTION;

    switch (option->kind) {
    case LCC_KIND_LONG:
        code = real->easy_setopt(curl, number, value->number);
        break;
    case LCC_KIND_OFF:
        code = real->easy_setopt(curl, number, value->offset);
        break;
    case LCC_KIND_BLOB: {
        struct curl_blob blob = value->blob;

        blob.flags = CURL_BLOB_COPY;
        code = real->easy_setopt(curl, number, &blob);
        break;
    }
    case LCC_KIND_FUNCTION:
        code = real->easy_setopt(curl, number, value->function);
        break;
    case LCC_KIND_STRING:
    case LCC_KIND_SLIST:
    case LCC_KIND_POINTER:
        code = real->easy_setopt(curl, number, value->pointer);
        break;
    }
    if (code == CURLE_OK) {
        lcc_shadow_set(&twin->handle.shadow, number, value);
    }
    return code == CURLE_OK;
}

static bool set_number(struct lcc_twin *twin, enum lcc_option_row row,
                       long number)
{
    return lcc_twin_set(twin, row, &(union lcc_value){.number = number});
}

/* --- what is copied ------------------------------------------------------- */

/* Rows of REQUEST and DELIVERY that are copied by their kind alone. Those of
 * SCOPE all are; of TRANSPORT the numbers. */
static bool is_plain(enum lcc_option_row row)
{
    switch ((int)row) {
    case LCC_OPT_URL:
    case LCC_OPT_DEFAULT_PROTOCOL:
    case LCC_OPT_PATH_AS_IS:
    case LCC_OPT_CUSTOMREQUEST:
    case LCC_OPT_HTTPHEADER:
    case LCC_OPT_USERAGENT:
    case LCC_OPT_REFERER:
    case LCC_OPT_ACCEPT_ENCODING:
    case LCC_OPT_HTTP_CONTENT_DECODING:
    case LCC_OPT_FOLLOWLOCATION:
    case LCC_OPT_MAXREDIRS:
    case LCC_OPT_UNRESTRICTED_AUTH:
    case LCC_OPT_USERNAME:
    case LCC_OPT_PASSWORD:
    case LCC_OPT_HTTPAUTH:
    case LCC_OPT_NETRC:
    case LCC_OPT_NETRC_FILE:
    case LCC_OPT_COOKIE:
    case LCC_OPT_CERTINFO:
    case LCC_OPT_FILETIME:
        return true;
    default:
        return false;
    }
}

/* Times of the program's are for the program to wait, not for us. */
static bool is_bound(enum lcc_option_row row)
{
    return row == LCC_OPT_TIMEOUT || row == LCC_OPT_TIMEOUT_MS ||
           row == LCC_OPT_CONNECTTIMEOUT || row == LCC_OPT_CONNECTTIMEOUT_MS;
}

static bool is_number(enum lcc_option_row row)
{
    const enum lcc_option_kind kind = lcc_option_at(row)->kind;

    return kind == LCC_KIND_LONG || kind == LCC_KIND_OFF;
}

static bool is_copied(enum lcc_option_row row)
{
    switch (lcc_option_at(row)->class_) {
    case LCC_OPTION_SCOPE:
        return true;
    case LCC_OPTION_TRANSPORT:
        return is_number(row) && !is_bound(row);
    case LCC_OPTION_REQUEST:
    case LCC_OPTION_DELIVERY:
        return is_plain(row);
    case LCC_OPTION_REFUSE:
        break;
    }
    return false;
}

/* A share is left out: its names are in resolve_digest, its cookies are listed,
 * and the key tells of the rest. What a value cannot carry: objects of the
 * program, files that libcurl writes when the handle ends, names that only this
 * handle knows, a key log that is one stream for the process, an engine's own
 * descriptors. */
static bool has_no_twin(const struct lcc_handle *of)
{
    static const enum lcc_option_row rows[] = {
        LCC_OPT_CURLU,       LCC_OPT_HSTS,
        LCC_OPT_HSTS_CTRL,   LCC_OPT_ALTSVC,
        LCC_OPT_ALTSVC_CTRL, LCC_OPT_RESOLVE,
        LCC_OPT_SSLENGINE,   LCC_OPT_SSLENGINE_DEFAULT,
        LCC_OPT_LOCALPORT,   LCC_OPT_RANGE,
        LCC_OPT_RESUME_FROM, LCC_OPT_RESUME_FROM_LARGE,
    };
    const struct lcc_shadow *shadow = &of->shadow;

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        if (lcc_shadow_differs(shadow, rows[i])) {
            return true;
        }
    }
    return shadow->unknown || shadow->broken || shadow->resolve_digest != 0 ||
           shadow->resolve_pending || shadow->cookies_stdin ||
           shadow->cookies_hidden ||
           (shadow->method != LCC_METHOD_GET &&
            shadow->method != LCC_METHOD_HEAD);
}

/* libcurl keeps lists by reference, and the program may free its own as soon
 * as its transfer is over. */
static bool copy_list(struct lcc_twin *twin, enum lcc_option_row row,
                      const struct curl_slist *list)
{
    for (; list; list = list->next) {
        struct curl_slist *longer = twin->handle.real->slist_append(
            twin->lists[row], list->data ? list->data : "");

        if (!longer) {
            return false;
        }
        twin->lists[row] = longer;
    }
    return lcc_twin_set(twin, row,
                        &(union lcc_value){.list = twin->lists[row]});
}

static bool copy_options(struct lcc_twin *twin, const struct lcc_shadow *from)
{
    for (int at = 0; at < LCC_OPT_MAX_; at++) {
        const enum lcc_option_row row = (enum lcc_option_row)at;
        const bool is_list = lcc_option_at(row)->kind == LCC_KIND_SLIST;

        if (!is_copied(row) || !lcc_shadow_differs(from, row)) {
            continue;
        }
        if (is_list ? !copy_list(twin, row, from->value[row].list)
                    : !lcc_twin_set(twin, row, &from->value[row])) {
            return false;
        }
    }
    return from->method != LCC_METHOD_HEAD ||
           set_number(twin, LCC_OPT_NOBODY, 1);
}

/* The engine's cookies as they are now: those from files, of options and of
 * earlier answers alike. */
static bool copy_cookies(struct lcc_twin *twin, const struct lcc_handle *of)
{
    struct curl_slist *list = NULL;
    bool copied = true;

    if (!lcc_shadow_takes_cookies(&of->shadow)) {
        return true;
    }
    if (!lcc_twin_set(twin, LCC_OPT_COOKIEFILE,
                      &(union lcc_value){.string = (char[]){""}}) ||
        of->real->easy_getinfo(of->curl, CURLINFO_COOKIELIST, &list)) {
        return false;
    }
    for (struct curl_slist *one = list; copied && one; one = one->next) {
        copied = lcc_twin_set(twin, LCC_OPT_COOKIELIST,
                              &(union lcc_value){.string = one->data});
    }
    of->real->slist_free_all(list);
    return copied;
}

/* --- the environment ----------------------------------------------------- */

static bool is_variable(const char *entry, const char *suffix, size_t size)
{
    const char *end = strchr(entry, '=');

    return end && (size_t)(end - entry) >= size &&
           strncasecmp(end - size, suffix, size) == 0;
}

static bool environment_has(const char *suffix)
{
    const size_t size = strlen(suffix);

    for (char **entry = environ; entry && *entry; entry++) {
        if (is_variable(*entry, suffix, size)) {
            return true;
        }
    }
    return false;
}

/* libcurl looks for proxies in the environment at every transfer, and the
 * program may change its environment beside our thread. Where there is none
 * to be found it is told so; that is no option of the program's and stays out
 * of the shadow. */
static bool quiet_environment(struct lcc_twin *twin)
{
    const struct lcc_real *real = twin->handle.real;
    CURL *curl = twin->handle.curl;
    const struct lcc_shadow *shadow = &twin->handle.shadow;

    if (environment_has("_proxy") ||
        lcc_shadow_differs(shadow, LCC_OPT_PROXY) ||
        lcc_shadow_differs(shadow, LCC_OPT_PRE_PROXY) ||
        lcc_shadow_differs(shadow, LCC_OPT_NOPROXY)) {
        return true;
    }
    return real->easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           real->easy_setopt(curl, CURLOPT_NOPROXY, "") == CURLE_OK;
}

/* How it behaves in a thread of ours. A connection is not kept, since
 * nobody would use it again. Nobody waits for a name that is still being looked
 * up (an option since 7.87). */
static bool behave(struct lcc_twin *twin)
{
    const struct lcc_real *real = twin->handle.real;

    (void)real->easy_setopt(twin->handle.curl, CURLOPT_QUICK_EXIT, 1L);
    return set_number(twin, LCC_OPT_NOSIGNAL, 1) &&
           real->easy_setopt(twin->handle.curl, CURLOPT_FORBID_REUSE, 1L) ==
               CURLE_OK;
}

/* --- making and unmaking ------------------------------------------------- */

static bool fill(struct lcc_twin *twin, const struct lcc_handle *of)
{
    const curl_write_callback taker = throw_away;
    union lcc_value take;

    memset(&take, 0, sizeof(take));
    memcpy(&take.function, &taker, sizeof(taker));
    return lcc_twin_set(twin, LCC_OPT_WRITEFUNCTION, &take) &&
           copy_options(twin, &of->shadow) && copy_cookies(twin, of) &&
           quiet_environment(twin) && behave(twin) &&
           !twin->handle.shadow.broken;
}

enum lcc_reason lcc_twin_new(const struct lcc_handle *of, struct lcc_twin **ret)
{
    struct lcc_twin *twin;

    if (has_no_twin(of) || environment_has("SSLKEYLOGFILE")) {
        return LCC_REASON_REFRESH_OPTION;
    }
    twin = calloc(1, sizeof(*twin));
    if (!twin) {
        return LCC_REASON_NO_MEMORY;
    }
    twin->handle.real = of->real;
    lcc_shadow_init(&twin->handle.shadow);
    twin->handle.curl = of->real->easy_init();
    if (!twin->handle.curl || !fill(twin, of)) {
        lcc_twin_free(twin);
        return LCC_REASON_REFRESH_OPTION;
    }
    *ret = twin;
    return LCC_REASON_NONE;
}

struct lcc_twin *lcc_twin_free(struct lcc_twin *twin)
{
    if (!twin) {
        return NULL;
    }
    if (twin->handle.curl) {
        twin->handle.real->easy_cleanup(twin->handle.curl);
    }
    lcc_shadow_done(&twin->handle.shadow);
    for (size_t i = 0; i < LCC_OPT_MAX_; i++) {
        twin->handle.real->slist_free_all(twin->lists[i]);
    }
    free(twin);
    return NULL;
}
