/*
 * shadow_follow.c - what an accepted option does, to its row and to others
 *
 * Follows curl_easy_setopt of libcurl 7.88 (the manual page of each option;
 * lib/setopt.c): methods that overwrite each other, names that share a field,
 * logins, known https hosts, and names that stay resolved. Cookies are
 * shadow_cookies.c.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shim/shadow_value.h"
#include "store/base.h"

/* --- methods ------------------------------------------------------------ */

static void set_method(struct lcc_shadow *shadow, enum lcc_shadow_method method)
{
    shadow->method = method;
    shadow->changes++;
}

static void imply_body(struct lcc_shadow *shadow)
{
    lcc_shadow_put_number(shadow, LCC_OPT_NOBODY, 0);
}

static void drop_copied_postfields(struct lcc_shadow *shadow)
{
    const char *copied = shadow->value[LCC_OPT_COPYPOSTFIELDS].string;

    if (copied && shadow->value[LCC_OPT_POSTFIELDS].pointer == copied) {
        shadow->value[LCC_OPT_POSTFIELDS].pointer = NULL;
    }
    lcc_shadow_clear(shadow, LCC_OPT_COPYPOSTFIELDS);
}

void lcc_shadow_put_postfields(struct lcc_shadow *shadow, const char *data,
                               curl_off_t size)
{
    size_t length = size < 0 ? strlen(data) + 1 : (size_t)size;
    char *copy = malloc(length ? length : 1);

    drop_copied_postfields(shadow);
    if (!copy) {
        shadow->broken = true;
        return;
    }
    memcpy(copy, data, length);
    shadow->value[LCC_OPT_COPYPOSTFIELDS].string = copy;
    shadow->set[LCC_OPT_COPYPOSTFIELDS] = true;
    shadow->value[LCC_OPT_POSTFIELDS].pointer = copy;
    shadow->set[LCC_OPT_POSTFIELDS] = true;
    shadow->changes++;
}

static void follow_copypostfields(struct lcc_shadow *shadow, const char *data)
{
    drop_copied_postfields(shadow);
    shadow->value[LCC_OPT_POSTFIELDS].pointer = NULL;
    if (data) {
        lcc_shadow_put_postfields(
            shadow, data, lcc_shadow_off(shadow, LCC_OPT_POSTFIELDSIZE_LARGE));
    }
    set_method(shadow, LCC_METHOD_POST);
}

/* A longer size than the copy was made for: libcurl lets the copy go. */
static void follow_postfieldsize(struct lcc_shadow *shadow, curl_off_t size)
{
    if (lcc_shadow_off(shadow, LCC_OPT_POSTFIELDSIZE_LARGE) < size &&
        shadow->value[LCC_OPT_COPYPOSTFIELDS].string) {
        drop_copied_postfields(shadow);
    }
    lcc_shadow_put_number(shadow, LCC_OPT_POSTFIELDSIZE, size);
    lcc_shadow_put_number(shadow, LCC_OPT_POSTFIELDSIZE_LARGE, size);
}

/* UPLOAD and PUT are one switch; off means GET, whatever was asked before. */
static void follow_upload(struct lcc_shadow *shadow, bool on)
{
    lcc_shadow_put_number(shadow, LCC_OPT_UPLOAD, on);
    lcc_shadow_put_number(shadow, LCC_OPT_PUT, on);
    set_method(shadow, on ? LCC_METHOD_PUT : LCC_METHOD_GET);
    if (on) {
        imply_body(shadow);
    }
}

static void follow_nobody(struct lcc_shadow *shadow, bool on)
{
    if (on) {
        set_method(shadow, LCC_METHOD_HEAD);
    } else if (shadow->method == LCC_METHOD_HEAD) {
        set_method(shadow, LCC_METHOD_GET);
    }
}

static void follow_form(struct lcc_shadow *shadow)
{
    set_method(shadow, LCC_METHOD_POST_FORM);
    imply_body(shadow);
}

/* Does the row choose a method? Its own value is set by the caller. */
static void follow_method(struct lcc_shadow *shadow, enum lcc_option_row row,
                          const union lcc_value *argument)
{
    if (row == LCC_OPT_HTTPGET && argument->number) {
        set_method(shadow, LCC_METHOD_GET);
        imply_body(shadow);
    } else if (row == LCC_OPT_POST) {
        set_method(shadow, argument->number ? LCC_METHOD_POST : LCC_METHOD_GET);
        if (argument->number) {
            imply_body(shadow);
        }
    } else if (row == LCC_OPT_NOBODY) {
        follow_nobody(shadow, argument->number);
    } else if (row == LCC_OPT_HTTPPOST || row == LCC_OPT_MIMEPOST) {
        follow_form(shadow);
    }
}

/* With the body left out a GET goes out as HEAD, in whatever order the two
 * were asked for. */
static void settle_method(struct lcc_shadow *shadow)
{
    if (shadow->method == LCC_METHOD_GET &&
        lcc_shadow_long(shadow, LCC_OPT_NOBODY)) {
        shadow->method = LCC_METHOD_HEAD;
    }
}

/* --- logins ------------------------------------------------------------- */

/* "name:password"; without a colon there is no password, and NULL clears. */
static void follow_login(struct lcc_shadow *shadow, const char *login,
                         enum lcc_option_row user, enum lcc_option_row password)
{
    const char *colon = login ? strchr(login, ':') : NULL;
    char *name = NULL;

    if (login) {
        name = colon ? strndup(login, (size_t)(colon - login)) : strdup(login);
        shadow->broken = shadow->broken || !name;
    }
    lcc_shadow_put_string(shadow, user, name);
    lcc_shadow_put_string(shadow, password, colon ? colon + 1 : NULL);
    free(name);
}

/* --- known https hosts -------------------------------------------------- */

static void follow_hsts_ctrl(struct lcc_shadow *shadow, long bits)
{
    lcc_shadow_put_number(shadow, LCC_OPT_HSTS_CTRL, bits);
    if (!(bits & CURLHSTS_ENABLE)) {
        lcc_shadow_clear(shadow, LCC_OPT_HSTS);
    }
}

/* --- names that stay resolved ------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    /* The 64-bit golden ratio keeps order in the result. */
    return (a ^ (b + UINT64_C(0x9e3779b97f4a7c15) + (a << 6) + (a >> 2)));
}

/* FNV-1a: against mistakes, not against an attacker; the key hashes it. */
static uint64_t list_checksum(const struct curl_slist *list)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; list; list = list->next) {
        for (const char *p = list->data; *p; p++) {
            hash = (hash ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
        }
        hash = (hash ^ '\n') * UINT64_C(0x100000001b3);
    }
    return hash ? hash : 1;
}

/* Handles of one share object use one cache of names. Which share it was is
 * not followed: the first list read into any of them reaches all their keys,
 * and with a second, different one nobody can tell who would answer. */
static _Atomic uint64_t shared_list;
static atomic_bool shared_lists_differ;

static void follow_shared_names(struct lcc_shadow *shadow, uint64_t list)
{
    uint64_t first = 0;

    if (list && !atomic_compare_exchange_strong(&shared_list, &first, list) &&
        first != list) {
        atomic_store(&shared_lists_differ, true);
    }
    if (atomic_load(&shared_lists_differ)) {
        shadow->unknown = true;
    } else if (shadow->resolve_digest == 0 && atomic_load(&shared_list)) {
        shadow->resolve_digest = mix(0, atomic_load(&shared_list));
    }
}

void lcc_shadow_resolve(struct lcc_shadow *shadow)
{
    uint64_t before = shadow->resolve_digest;
    uint64_t list = 0;

    if (shadow->resolve_pending) {
        list = list_checksum(shadow->resolve_pending);
        shadow->resolve_pending = NULL;
        /* Reading the same list again changes nothing. */
        if (list != shadow->resolve_last) {
            shadow->resolve_digest = mix(before, list);
            shadow->resolve_last = list;
        }
    }
    if (shadow->value[LCC_OPT_SHARE].pointer) {
        follow_shared_names(shadow, list);
        lcc_shadow_learn_hidden(shadow);
    }
    if (shadow->resolve_digest != before) {
        shadow->changes++;
    }
}

static void follow_resolve(struct lcc_shadow *shadow, struct curl_slist *list)
{
    union lcc_value value = {.list = list};

    lcc_shadow_put(shadow, LCC_OPT_RESOLVE, &value);
    shadow->resolve_pending = list;
}

/* --- values that libcurl changes before it keeps them -------------------- */

enum {
    LCC_BUFFER_MAX = 512 * 1024, /* CURLOPT_BUFFERSIZE manual page */
    LCC_BUFFER_MIN = 1024,
};

static long normal_number(enum lcc_option_row row, long number)
{
    switch ((int)row) {
    case LCC_OPT_SSL_VERIFYHOST:
    case LCC_OPT_PROXY_SSL_VERIFYHOST:
    case LCC_OPT_DOH_SSL_VERIFYHOST:
        return (number & 3) ? 2 : 0;
    case LCC_OPT_HTTP_VERSION:
        return number == CURL_HTTP_VERSION_NONE ? CURL_HTTP_VERSION_2TLS
                                                : number;
    case LCC_OPT_BUFFERSIZE:
        if (number < 1) {
            return CURL_MAX_WRITE_SIZE;
        }
        if (number > LCC_BUFFER_MAX) {
            return LCC_BUFFER_MAX;
        }
        return number < LCC_BUFFER_MIN ? LCC_BUFFER_MIN : number;
    default:
        return number;
    }
}

/* Row + 1 of the other one of a pair, 0 where there is none. */
#define PAIR(a, b)                                                             \
    [LCC_OPT_##a] = LCC_OPT_##b + 1, [LCC_OPT_##b] = LCC_OPT_##a + 1

/* Rows that write one field of libcurl: the one given last counts. */
static const uint16_t rivals[LCC_OPT_MAX_] = {
    PAIR(UNIX_SOCKET_PATH, ABSTRACT_UNIX_SOCKET),
    PAIR(PROTOCOLS, PROTOCOLS_STR),
    PAIR(REDIR_PROTOCOLS, REDIR_PROTOCOLS_STR),
    PAIR(PROXY_SERVICE_NAME, SOCKS5_GSSAPI_SERVICE),
    PAIR(TIMEOUT, TIMEOUT_MS),
    PAIR(CONNECTTIMEOUT, CONNECTTIMEOUT_MS),
};

/* A number as long and as offset: one field, so both rows get it. */
static const uint16_t twins[LCC_OPT_MAX_] = {
    PAIR(RESUME_FROM, RESUME_FROM_LARGE),
    PAIR(MAXFILESIZE, MAXFILESIZE_LARGE),
    PAIR(TIMEVALUE, TIMEVALUE_LARGE),
    PAIR(INFILESIZE, INFILESIZE_LARGE),
};
#undef PAIR

static void clear_rival(struct lcc_shadow *shadow, enum lcc_option_row row)
{
    if (rivals[row]) {
        lcc_shadow_clear(shadow, (enum lcc_option_row)(rivals[row] - 1));
    }
}

static bool follow_twin(struct lcc_shadow *shadow, enum lcc_option_row row,
                        const union lcc_value *argument)
{
    curl_off_t number;

    if (!twins[row]) {
        return false;
    }
    number = lcc_option_at(row)->kind == LCC_KIND_LONG
                 ? (curl_off_t)argument->number
                 : argument->offset;
    lcc_shadow_put_number(shadow, row, number);
    lcc_shadow_put_number(shadow, (enum lcc_option_row)(twins[row] - 1),
                          number);
    return true;
}

/* --- the whole ------------------------------------------------------------ */

/* Rows that are kept in a way of their own. False: keep it by its kind. */
static bool follow_special(struct lcc_shadow *shadow, enum lcc_option_row row,
                           const union lcc_value *argument)
{
    switch ((int)row) {
    case LCC_OPT_COPYPOSTFIELDS:
        follow_copypostfields(shadow, argument->pointer);
        return true;
    case LCC_OPT_POSTFIELDS:
        drop_copied_postfields(shadow);
        lcc_shadow_put(shadow, row, argument);
        set_method(shadow, LCC_METHOD_POST);
        return true;
    case LCC_OPT_POSTFIELDSIZE:
        follow_postfieldsize(shadow, argument->number);
        return true;
    case LCC_OPT_POSTFIELDSIZE_LARGE:
        follow_postfieldsize(shadow, argument->offset);
        return true;
    case LCC_OPT_UPLOAD:
    case LCC_OPT_PUT:
        follow_upload(shadow, argument->number);
        return true;
    case LCC_OPT_USERPWD:
        follow_login(shadow, argument->string, LCC_OPT_USERNAME,
                     LCC_OPT_PASSWORD);
        return true;
    case LCC_OPT_PROXYUSERPWD:
        follow_login(shadow, argument->string, LCC_OPT_PROXYUSERNAME,
                     LCC_OPT_PROXYPASSWORD);
        return true;
    case LCC_OPT_COOKIEFILE:
        lcc_shadow_cookie_file(shadow, argument->string);
        return true;
    case LCC_OPT_COOKIEJAR:
        shadow->cookies_on = true;
        shadow->cookies_running = true;
        return false;
    case LCC_OPT_COOKIELIST:
        lcc_shadow_cookie_list(shadow, argument->string);
        return true;
    case LCC_OPT_SHARE:
        lcc_shadow_join(shadow, argument->pointer, LCC_JAR_UNKNOWN);
        return true;
    case LCC_OPT_HSTS_CTRL:
        follow_hsts_ctrl(shadow, argument->number);
        return true;
    case LCC_OPT_RESOLVE:
        follow_resolve(shadow, argument->list);
        return true;
    case LCC_OPT_AWS_SIGV4:
        if (argument->string) {
            lcc_shadow_put_number(shadow, LCC_OPT_HTTPAUTH,
                                  (long)CURLAUTH_AWS_SIGV4);
        }
        return false;
    default:
        return follow_twin(shadow, row, argument);
    }
}

void lcc_shadow_set(struct lcc_shadow *shadow, CURLoption option,
                    const union lcc_value *argument)
{
    int found = lcc_option_row(option);
    enum lcc_option_row row;
    union lcc_value value = *argument;

    if (found < 0) {
        shadow->unknown = true;
        shadow->changes++;
        return;
    }
    row = (enum lcc_option_row)found;
    if (lcc_option_at(row)->kind == LCC_KIND_LONG) {
        value.number = normal_number(row, argument->number);
    }
    shadow->urls_given += row == LCC_OPT_URL;
    clear_rival(shadow, row);
    if (!follow_special(shadow, row, &value)) {
        lcc_shadow_put(shadow, row, &value);
        follow_method(shadow, row, &value);
    }
    settle_method(shadow);
}
