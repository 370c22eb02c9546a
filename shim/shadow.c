/*
 * shadow.c - values of the options, and the life of a shadow
 *
 * Owns: keeping and giving back one value by its kind, reset, duplicate. What
 * one option does to others is in shadow_follow.c.
 */
#include "shim/shadow.h"

#include <stdlib.h>
#include <string.h>

#include "shim/shadow_value.h"

void lcc_shadow_init(struct lcc_shadow *shadow)
{
    memset(shadow, 0, sizeof(*shadow));
}

static bool owns_string(enum lcc_option_row row)
{
    return lcc_option_at(row)->kind == LCC_KIND_STRING ||
           row == LCC_OPT_COPYPOSTFIELDS;
}

void lcc_shadow_clear(struct lcc_shadow *shadow, enum lcc_option_row row)
{
    if (!shadow->set[row]) {
        return;
    }
    if (owns_string(row)) {
        free(shadow->value[row].string);
    } else if (lcc_option_at(row)->kind == LCC_KIND_BLOB) {
        free(shadow->value[row].blob.data);
    }
    memset(&shadow->value[row], 0, sizeof(shadow->value[row]));
    shadow->set[row] = false;
}

void lcc_shadow_done(struct lcc_shadow *shadow)
{
    for (int row = 0; row < LCC_OPT_MAX_; row++) {
        lcc_shadow_clear(shadow, (enum lcc_option_row)row);
    }
}

void lcc_shadow_changed(struct lcc_shadow *shadow, enum lcc_option_row row)
{
    switch (lcc_option_at(row)->class_) {
    case LCC_OPTION_REQUEST:
    case LCC_OPTION_SCOPE:
    case LCC_OPTION_REFUSE:
        shadow->changes++;
        break;
    case LCC_OPTION_DELIVERY:
    case LCC_OPTION_TRANSPORT:
        break;
    }
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

void lcc_shadow_put_string(struct lcc_shadow *shadow, enum lcc_option_row row,
                           const char *text)
{
    char *copy = NULL;

    if (shadow->set[row] && same_text(shadow->value[row].string, text)) {
        return;
    }
    if (text) {
        copy = strdup(text);
        shadow->broken = shadow->broken || !copy;
    }
    lcc_shadow_clear(shadow, row);
    shadow->value[row].string = copy;
    shadow->set[row] = true;
    lcc_shadow_changed(shadow, row);
}

static void put_blob(struct lcc_shadow *shadow, enum lcc_option_row row,
                     const struct curl_blob *blob)
{
    struct curl_blob copy = {.len = blob->len, .flags = blob->flags};

    if (blob->data) {
        copy.data = malloc(blob->len ? blob->len : 1);
        if (!copy.data) {
            shadow->broken = true;
            return;
        }
        memcpy(copy.data, blob->data, blob->len);
    }
    lcc_shadow_clear(shadow, row);
    shadow->value[row].blob = copy;
    shadow->set[row] = true;
    lcc_shadow_changed(shadow, row);
}

void lcc_shadow_put_number(struct lcc_shadow *shadow, enum lcc_option_row row,
                           curl_off_t number)
{
    union lcc_value *value = &shadow->value[row];

    if (lcc_option_at(row)->kind == LCC_KIND_OFF) {
        if (shadow->set[row] && value->offset == number) {
            return;
        }
        value->offset = number;
    } else {
        if (shadow->set[row] && value->number == (long)number) {
            return;
        }
        value->number = (long)number;
    }
    shadow->set[row] = true;
    lcc_shadow_changed(shadow, row);
}

void lcc_shadow_put(struct lcc_shadow *shadow, enum lcc_option_row row,
                    const union lcc_value *value)
{
    switch (lcc_option_at(row)->kind) {
    case LCC_KIND_LONG:
        lcc_shadow_put_number(shadow, row, value->number);
        break;
    case LCC_KIND_OFF:
        lcc_shadow_put_number(shadow, row, value->offset);
        break;
    case LCC_KIND_STRING:
        lcc_shadow_put_string(shadow, row, value->string);
        break;
    case LCC_KIND_BLOB:
        put_blob(shadow, row, &value->blob);
        break;
    case LCC_KIND_SLIST:
    case LCC_KIND_POINTER:
    case LCC_KIND_FUNCTION:
        shadow->value[row] = *value;
        shadow->set[row] = true;
        lcc_shadow_changed(shadow, row);
        break;
    }
}

/*
 * What lives outside libcurl's set of options and therefore outlasts reset:
 * the share, and the caches of alternative services and https hosts.
 */
static bool outlasts_reset(enum lcc_option_row row)
{
    return row == LCC_OPT_SHARE || row == LCC_OPT_ALTSVC ||
           row == LCC_OPT_ALTSVC_CTRL || row == LCC_OPT_HSTS ||
           row == LCC_OPT_HSTS_CTRL;
}

void lcc_shadow_reset(struct lcc_shadow *shadow)
{
    for (int row = 0; row < LCC_OPT_MAX_; row++) {
        if (!outlasts_reset((enum lcc_option_row)row)) {
            lcc_shadow_clear(shadow, (enum lcc_option_row)row);
        }
    }
    shadow->unknown = false;
    shadow->method = LCC_METHOD_GET;
    shadow->cookies_stdin = false;
    shadow->changes++;
    shadow->urls_given++;
}

/* COPYPOSTFIELDS: as many bytes as libcurl copies, that is POSTFIELDSIZE. */
static void copy_postfields(struct lcc_shadow *to,
                            const struct lcc_shadow *from)
{
    const char *data = from->value[LCC_OPT_COPYPOSTFIELDS].string;

    if (data) {
        lcc_shadow_put_postfields(
            to, data, lcc_shadow_off(from, LCC_OPT_POSTFIELDSIZE_LARGE));
    }
}

void lcc_shadow_copy(struct lcc_shadow *to, const struct lcc_shadow *from)
{
    for (int at = 0; at < LCC_OPT_MAX_; at++) {
        enum lcc_option_row row = (enum lcc_option_row)at;

        /* The duplicate joins no share. */
        if (from->set[row] && row != LCC_OPT_SHARE &&
            row != LCC_OPT_COPYPOSTFIELDS) {
            lcc_shadow_put(to, row, &from->value[row]);
        }
    }
    copy_postfields(to, from);
    to->unknown = from->unknown;
    to->broken = to->broken || from->broken;
    to->method = from->method;
    to->cookies_on = from->cookies_on;
    to->cookies_running = from->cookies_running;
    to->cookies_stdin = from->cookies_stdin;
    to->cookies_hidden = from->cookies_hidden;
    to->resolve_digest = from->resolve_digest;
    to->resolve_last = from->resolve_last;
    to->resolve_pending = from->value[LCC_OPT_RESOLVE].list;
    to->changes++;
}

long lcc_shadow_long(const struct lcc_shadow *shadow, enum lcc_option_row row)
{
    return shadow->set[row] ? shadow->value[row].number
                            : lcc_option_at(row)->dflt;
}

curl_off_t lcc_shadow_off(const struct lcc_shadow *shadow,
                          enum lcc_option_row row)
{
    return shadow->set[row] ? shadow->value[row].offset
                            : lcc_option_at(row)->dflt;
}

const char *lcc_shadow_string(const struct lcc_shadow *shadow,
                              enum lcc_option_row row)
{
    return shadow->value[row].string;
}

struct curl_slist *lcc_shadow_list(const struct lcc_shadow *shadow,
                                   enum lcc_option_row row)
{
    return shadow->value[row].list;
}

void *lcc_shadow_pointer(const struct lcc_shadow *shadow,
                         enum lcc_option_row row)
{
    return shadow->value[row].pointer;
}

void (*lcc_shadow_function(const struct lcc_shadow *shadow,
                           enum lcc_option_row row))(void)
{
    return shadow->value[row].function;
}

const char *lcc_shadow_method_word(enum lcc_shadow_method method)
{
    switch (method) {
    case LCC_METHOD_HEAD:
        return "HEAD";
    case LCC_METHOD_POST:
    case LCC_METHOD_POST_FORM:
        return "POST";
    case LCC_METHOD_PUT:
        return "PUT";
    case LCC_METHOD_GET:
        break;
    }
    return "GET";
}

/* libcurl's default is a path of its build, so that NULL says something. */
static bool default_is_a_path(enum lcc_option_row row)
{
    return row == LCC_OPT_CAINFO || row == LCC_OPT_CAPATH ||
           row == LCC_OPT_PROXY_CAINFO || row == LCC_OPT_PROXY_CAPATH;
}

bool lcc_shadow_differs(const struct lcc_shadow *shadow,
                        enum lcc_option_row row)
{
    const struct lcc_option *option = lcc_option_at(row);

    if (!shadow->set[row]) {
        return false;
    }
    switch (option->kind) {
    case LCC_KIND_LONG:
        return shadow->value[row].number != option->dflt;
    case LCC_KIND_OFF:
        return shadow->value[row].offset != option->dflt;
    case LCC_KIND_STRING:
        return shadow->value[row].string || default_is_a_path(row);
    case LCC_KIND_SLIST:
        return shadow->value[row].list;
    case LCC_KIND_POINTER:
        return shadow->value[row].pointer;
    case LCC_KIND_FUNCTION:
        return shadow->value[row].function;
    case LCC_KIND_BLOB:
        return shadow->value[row].blob.data;
    }
    return true;
}
