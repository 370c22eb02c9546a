/*
 * http_uri.c - normal form of the target URI, and what may be shown of it
 *
 * Pure. RFC 9110, section 4.2.3; RFC 3986, sections 3 and 6. Percent-encoding
 * and dot segments are left as they are: libcurl sends them so.
 */
#include "store/http_glob.h"

#include <errno.h>
#include <string.h>

enum {
    PARAM_NAME_MAX = 256, /* bytes of a decoded name that globs look at */
    PORT_MAX = 65535,
};

struct url {
    struct lcc_span scheme; /* "http", "https", or empty */
    struct lcc_span user;   /* user information, without "@" */
    struct lcc_span host;   /* brackets included */
    struct lcc_span port;   /* digits, without ":" */
    bool has_port;
    struct lcc_span path;  /* may be empty */
    struct lcc_span query; /* without "?" */
    bool has_query;
};

static bool is_one_of(char c, const char *stops)
{
    while (*stops && *stops != c) {
        stops++;
    }
    return *stops != '\0';
}

/* The first of @stops, or the text's size. A NUL is none. */
static size_t find_stop(struct lcc_span text, const char *stops)
{
    const char *from = text.data;
    size_t at = 0;

    if (text.size && !stops[1]) {
        const char *found = memchr(from, stops[0], text.size);

        return found ? (size_t)(found - from) : text.size;
    }
    while (at < text.size && !is_one_of(from[at], stops)) {
        at++;
    }
    return at;
}

/* Cut @text at the first of @stops; the rest, stop included, is returned. */
static struct lcc_span cut(struct lcc_span *text, const char *stops)
{
    const char *from = text->data;
    const size_t at = find_stop(*text, stops);
    const size_t left = text->size - at;

    text->size = at;
    return lcc_span_of(at ? from + at : from, left);
}

static struct lcc_span skip(struct lcc_span text, size_t bytes)
{
    return lcc_span_of((const char *)text.data + bytes, text.size - bytes);
}

static bool begins(struct lcc_span text, const char *with)
{
    size_t size = strlen(with);

    return text.size >= size && memcmp(text.data, with, size) == 0;
}

/* The user information ends at the last "@", as libcurl reads it. */
static void split_user(struct lcc_span *authority, struct url *url)
{
    const char *at =
        authority->size ? memrchr(authority->data, '@', authority->size) : NULL;

    if (at) {
        size_t size = (size_t)(at - (const char *)authority->data);
        url->user = lcc_span_of(authority->data, size);
        *authority = skip(*authority, size + 1);
    }
}

static void split_authority(struct lcc_span authority, struct url *url)
{
    split_user(&authority, url);
    struct lcc_span host = authority;
    struct lcc_span rest = LCC_SPAN_EMPTY;

    if (begins(authority, "[")) {
        rest = cut(&host, "]");
        if (rest.size > 0) {
            host.size++;
            rest = skip(rest, 1);
        }
    } else {
        rest = cut(&host, ":");
    }
    url->host = host;
    url->has_port = begins(rest, ":");
    url->port = url->has_port ? skip(rest, 1) : rest;
}

/* Any text gives some cut; whether it is a URL is asked elsewhere. */
static struct url split(struct lcc_span text)
{
    struct url url = {0};
    struct lcc_span scheme = text;
    struct lcc_span rest = cut(&scheme, ":/?#");

    if (begins(rest, "://")) {
        url.scheme = scheme;
        text = skip(rest, strlen("://"));
    }
    (void)cut(&text, "#");
    struct lcc_span query = cut(&text, "?");
    url.has_query = query.size > 0;
    url.query = url.has_query ? skip(query, 1) : query;
    url.path = cut(&text, "/");
    split_authority(text, &url);
    return url;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The zone of a scoped address ("%25eth0") is a name of the system's own. */
static int append_host(struct lcc_buf *out, struct lcc_span host)
{
    const size_t before = out->size;
    const bool bracketed = begins(host, "[");
    const int result = lcc_buf_append(out, host);

    for (size_t i = before; !result && i < out->size; i++) {
        if (bracketed && out->data[i] == '%') {
            break;
        }
        out->data[i] = (uint8_t)lower((char)out->data[i]);
    }
    return result;
}

/* 0 for none, -1 for what is no port. */
static long port_of(const struct url *url)
{
    const char *digits = url->port.data;
    long port = 0;

    for (size_t i = 0; i < url->port.size; i++) {
        if (digits[i] < '0' || digits[i] > '9') {
            return -1;
        }
        port = port * 10 + (digits[i] - '0');
        if (port > PORT_MAX) {
            return -1;
        }
    }
    return url->port.size > 0 && port == 0 ? -1 : port;
}

/* Digits alone, as port_of() found. */
static int append_port(struct lcc_buf *out, struct lcc_span digits)
{
    while (*(const char *)digits.data == '0') {
        digits = skip(digits, 1);
    }
    int result = lcc_buf_append_str(out, ":");
    return result ? result : lcc_buf_append(out, digits);
}

static int append_origin(struct lcc_buf *out, const struct url *url)
{
    bool secure = lcc_span_equal_nocase(url->scheme, lcc_span_str("https"));
    bool plain = lcc_span_equal_nocase(url->scheme, lcc_span_str("http"));
    long port = port_of(url);

    if ((!secure && !plain) || url->host.size == 0 || port < 0) {
        return -EINVAL;
    }
    int result = lcc_buf_append_str(out, secure ? "https://" : "http://");
    if (!result) {
        result = append_host(out, url->host);
    }
    if (!result && port != 0 && port != (secure ? 443 : 80)) {
        result = append_port(out, url->port);
    }
    return result;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "utm%5Fid" is named utm_id to whoever reads the query. */
static struct lcc_span decode_name(struct lcc_span name,
                                   char into[PARAM_NAME_MAX])
{
    const char *text = name.data;
    size_t size = 0;

    for (size_t i = 0; i < name.size && size < PARAM_NAME_MAX; i++) {
        int high = -1;
        int low = -1;
        if (text[i] == '%' && name.size - i > 2) {
            high = hex_value(text[i + 1]);
            low = hex_value(text[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            into[size++] = (char)(high * 16 + low);
            i += 2;
        } else {
            into[size++] = text[i];
        }
    }
    return lcc_span_of(into, size);
}

static bool names_param(const struct lcc_list *globs, struct lcc_span param,
                        bool fold)
{
    char decoded[PARAM_NAME_MAX];

    if (!globs || globs->count == 0) {
        return false;
    }
    (void)cut(&param, "=");
    struct lcc_span name = decode_name(param, decoded);
    const struct lcc_subject s = {name, LCC_SPAN_EMPTY, fold ? name.size : 0};
    for (size_t i = 0; i < globs->count; i++) {
        if (lcc_glob_subject(&s, globs->items[i], false)) {
            return true;
        }
    }
    return false;
}

/* "a=1" off the front of a query, its separator left at the front. */
static struct lcc_span take_param(struct lcc_span *query, const char *stops)
{
    struct lcc_span param = *query;

    *query = cut(&param, stops);
    return param;
}

static int append_kept_params(struct lcc_buf *out, struct lcc_span query,
                              const struct lcc_list *ignore)
{
    const char *between = "?";
    bool more = true;

    while (more) {
        struct lcc_span param = take_param(&query, "&");
        more = query.size > 0;
        query = more ? skip(query, 1) : query;
        if (names_param(ignore, param, false)) {
            continue;
        }
        int result = lcc_buf_append_str(out, between);
        if (!result) {
            result = lcc_buf_append(out, param);
        }
        if (result) {
            return result;
        }
        between = "&";
    }
    return 0;
}

static int append_normal(struct lcc_buf *out, const struct url *url,
                         const struct lcc_list *ignore)
{
    int result = append_origin(out, url);

    if (!result && url->path.size == 0) {
        result = lcc_buf_append_str(out, "/");
    }
    if (!result) {
        result = lcc_buf_append(out, url->path);
    }
    if (!result && url->has_query) {
        result = append_kept_params(out, url->query, ignore);
    }
    return result;
}

int lcc_uri_normalise(struct lcc_span url, const struct lcc_list *ignore,
                      struct lcc_buf *out)
{
    size_t before = out->size;

    if (url.size > LCC_URI_MAX) {
        return -EFBIG;
    }
    const struct url parts = split(url);
    int result = append_normal(out, &parts, ignore);
    if (result) {
        out->size = before;
    }
    return result;
}

/* Printable as it is, everything else percent-encoded: one word on a line. */
static int append_shown(struct lcc_buf *out, struct lcc_span text)
{
    const unsigned char *at = text.data;
    size_t from = 0;
    int result = 0;

    for (size_t i = 0; i < text.size && !result; i++) {
        if (at[i] > ' ' && at[i] < 127) {
            continue;
        }
        result = lcc_buf_append(out, lcc_span_of(at + from, i - from));
        if (!result) {
            result = lcc_buf_printf(out, "%%%02X", at[i]);
        }
        from = i + 1;
    }
    if (!result && from < text.size) {
        result = lcc_buf_append(out, lcc_span_of(at + from, text.size - from));
    }
    return result;
}

/* ";" separates too: some servers read it so, and a secret may follow it. */
static int append_redacted_params(struct lcc_buf *out, struct lcc_span query,
                                  const struct lcc_list *redact)
{
    int result = 0;

    while (!result) {
        struct lcc_span param = take_param(&query, "&;");
        struct lcc_span name = param;
        bool has_value = cut(&name, "=").size > 0;
        if (has_value && names_param(redact, param, true)) {
            result = append_shown(out, name);
            result = result ? result : lcc_buf_append_str(out, "=REDACTED");
        } else {
            result = append_shown(out, param);
        }
        if (result || query.size == 0) {
            break;
        }
        result = lcc_buf_append(out, lcc_span_of(query.data, 1));
        query = skip(query, 1);
    }
    return result;
}

static int append_redacted(struct lcc_buf *out, const struct url *url,
                           const struct lcc_list *redact)
{
    int result = append_shown(out, url->scheme);

    if (!result && url->scheme.data) {
        result = lcc_buf_append_str(out, "://");
    }
    if (!result) {
        result = append_shown(out, url->host);
    }
    if (!result && url->has_port) {
        result = lcc_buf_append_str(out, ":");
        result = result ? result : append_shown(out, url->port);
    }
    if (!result) {
        result = append_shown(out, url->path);
    }
    if (!result && url->has_query) {
        result = lcc_buf_append_str(out, "?");
        result =
            result ? result : append_redacted_params(out, url->query, redact);
    }
    return result;
}

int lcc_uri_redact(struct lcc_span url, const struct lcc_list *redact,
                   struct lcc_buf *out)
{
    size_t before = out->size;
    const struct url parts = split(url);
    int result = append_redacted(out, &parts, redact);

    if (result) {
        out->size = before;
    }
    return result;
}

struct lcc_span lcc_uri_authority(struct lcc_span url)
{
    struct lcc_span scheme = url;
    struct lcc_span rest = cut(&scheme, ":/?#");

    if (begins(rest, "://")) {
        url = skip(rest, strlen("://"));
    }
    (void)cut(&url, "/?#");
    return url;
}

/* The bytes of @url from @from on. */
static struct lcc_span tail_from(struct lcc_span url, const char *from)
{
    const char *end = (const char *)url.data + url.size;

    return lcc_span_of(from, (size_t)(end - from));
}

bool lcc_uri_matches(struct lcc_span url, const char *pattern)
{
    if (url.size == 0) {
        return false;
    }
    const struct lcc_span authority = lcc_uri_authority(url);
    const struct url parts = split(url);
    const struct lcc_span path =
        tail_from(url, (const char *)authority.data + authority.size);

    if (strstr(pattern, "://")) {
        size_t origin = url.size - path.size;
        const struct lcc_subject whole = {url, LCC_SPAN_EMPTY, origin};
        return lcc_glob_subject(&whole, pattern, true);
    }
    bool with_path = strchr(pattern, '/') != NULL;
    const struct lcc_span tail = with_path ? path : LCC_SPAN_EMPTY;
    const struct lcc_subject named = {parts.host, tail, parts.host.size};
    const struct lcc_subject exact = {authority, tail, authority.size};
    return lcc_glob_subject(&named, pattern, with_path) ||
           lcc_glob_subject(&exact, pattern, with_path);
}

static bool matches_any(struct lcc_span url, const struct lcc_list *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (lcc_uri_matches(url, patterns->items[i])) {
            return true;
        }
    }
    return false;
}

bool lcc_uri_allowed(struct lcc_span url, const struct lcc_policy *policy)
{
    if (policy->allow.count > 0 && !matches_any(url, &policy->allow)) {
        return false;
    }
    return !matches_any(url, &policy->deny);
}
